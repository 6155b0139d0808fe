// One telephone for each agent, whatever the number of tabs: the browser's lock decides which tab has it.
import { ask } from '../ask.js';
import { Telephone } from '../telephone.js';

const LOCK = 'ventanilla.telephone';

function takeLock() {
  return new Promise((taken) => {
    navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => {
      if (!lock) { taken(null); return null; }
      return new Promise((release) => taken(release));
    });
  });
}

// A Telephone that is not started yet, with release(); "elsewhere" when another tab has it; null without credentials.
export async function openTelephone() {
  const release = await takeLock();
  if (!release) return 'elsewhere';
  const { ok, body } = await ask('GET', '/desk/telephone');
  if (!ok) { release(); return null; }
  const telephone = new Telephone(body, { register: true });
  telephone.release = release;
  return telephone;
}
