// The desk's bell: two soft notes and a title that calls, until somebody answers.
import { t } from './texts.js';

const EVERY_MS = 2500;
const NOTES = [[659.3, 0], [523.3, 0.28], [659.3, 0.56]]; // e5, c5, e5; seconds from the start

let context = null;

// Browsers give sound only after a gesture; the desk calls this when the agent takes the place.
export function wakeBell() {
  context ??= new AudioContext();
  context.resume().catch(() => {});
}

function strike() {
  if (context?.state !== 'running') return;
  for (const [pitch, after] of NOTES) {
    const [tone, volume] = [context.createOscillator(), context.createGain()];
    const at = context.currentTime + after;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.22, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.45);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.5);
  }
}

// Starts ringing; the function it returns stops it.
export function ring() {
  const title = document.title;
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  let calling = false;
  const beat = () => {
    strike();
    calling = still || !calling;
    document.title = calling ? t('desk.incoming.title') : title;
  };
  beat();
  const timer = setInterval(beat, still ? EVERY_MS : EVERY_MS / 2);
  return () => {
    clearInterval(timer);
    document.title = title;
  };
}
