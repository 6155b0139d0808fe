// The texts of the page in the language its reader chose; one JSON file per language.
export const LANGUAGES = ['es', 'ca', 'va', 'gl', 'eu', 'en'];
const KEY = 'ventanilla.language';
// Valencian has no code of its own: the browser knows it as a variant of Catalan.
const TAGS = { va: 'ca-valencia' };
export const tagOf = (code) => TAGS[code] ?? code;
const codeOf = (tag) => (/^ca-(es-)?valencia$/i.test(tag) ? 'va' : tag.split('-')[0].toLowerCase());

let texts = {};
let language = 'es';

function wanted() {
  const kept = localStorage.getItem(KEY);
  if (LANGUAGES.includes(kept)) return kept;
  const proposed = navigator.languages.map(codeOf);
  return proposed.find((tag) => LANGUAGES.includes(tag)) ?? 'es';
}

export const current = () => language;

export async function useLanguage(next = wanted()) {
  const answer = await fetch(`/static/texts/${next}.json`);
  if (!answer.ok) throw new Error(`no texts for ${next}`);
  texts = await answer.json();
  language = next;
  localStorage.setItem(KEY, next);
  document.documentElement.lang = tagOf(next);
}

export const has = (key) => key in texts;

// An unknown word from the server is shown as it is rather than hidden.
export function t(key, values = {}) {
  const text = texts[key] ?? key.split('.').pop().replaceAll('_', ' ');
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export const date = (seconds) =>
  new Intl.DateTimeFormat(tagOf(language), { day: 'numeric', month: 'short', year: 'numeric' }).format(new Date(seconds * 1000));

export const isoDate = (iso) => date(Date.parse(`${iso}T12:00:00Z`) / 1000);

// +34931234567 as people here write it; foreign numbers as they came.
export const telephoneNumber = (e164) => e164.replace(/^\+34(\d{3})(\d{2})(\d{2})(\d{2})$/, '$1\u00a0$2\u00a0$3\u00a0$4');

export const hour = (seconds) =>
  new Intl.DateTimeFormat(tagOf(language), { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(new Date(seconds * 1000));

// 12.34 as people here write it, with one decimal at most.
export const number = (value) => new Intl.NumberFormat(tagOf(language), { maximumFractionDigits: 1 }).format(value);
