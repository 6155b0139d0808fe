// What is being said, as text that screen readers follow and that stays readable afterwards.
import { html } from '../../vendor/lit.js';
import { t, tagOf } from '../texts.js';

const MOST = 200; // an hour of prompts; older ones make room

export function add(entries, { text, language, note = false }) {
  return [...entries, { text, language, note, number: (entries.at(-1)?.number ?? 0) + 1 }].slice(-MOST);
}

export const transcript = (entries) => html`
  <p class="help" ?hidden=${entries.length > 0}>${t('call.log.empty')}</p>
  <div class="log" role="log" aria-live="polite" aria-relevant="additions" tabindex="0" aria-labelledby="said" ?hidden=${!entries.length}>
    ${entries.map((entry) => html`<p lang=${tagOf(entry.language)} class=${entry.note ? 'note' : 'said-line'}>${entry.text}</p>`)}
  </div>`;
