// What calls are about, in the institution's own words (institution.toml, [subjects]).
import { ask } from './ask.js';
import { current } from './texts.js';

let known = [];

// Asked again after a reconnection: the server may serve other flows by then. Without an answer the old ones stay.
export async function learnSubjects() {
  const { ok, body } = await ask('GET', '/subjects');
  if (ok) known = body.subjects;
}

export const subjectNames = () => known.map(({ name }) => name);

// A subject nobody described is shown by its name: a CRM may know more of them than the institution.
export function subject(name) {
  const about = known.find((one) => one.name === name)?.about ?? {};
  return about[current()] ?? Object.values(about)[0] ?? name.replaceAll('_', ' ');
}
