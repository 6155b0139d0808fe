// The messages that the call had sent, as the telephone of a made-up citizen would show them: demonstration only.
import { html } from '../../vendor/lit.js';
import { current, t } from '../texts.js';

const MOST = 20; // older ones make room

export function put(letters, { text, language, to, at }) {
  return [{ text, language, to, at }, ...letters].slice(0, MOST);
}

const clock = (at) => new Date(at * 1000).toLocaleTimeString(current(), { hour: '2-digit', minute: '2-digit' });

const letter = ({ text, language, to, at }) => html`
  <article class="letter">
    <h3>${t('call.inbox.to', { to })} <time datetime=${new Date(at * 1000).toISOString()}>${clock(at)}</time></h3>
    <p lang=${language}>${text}</p>
  </article>`;

export const inbox = (letters) => html`
  <section class="inbox" aria-labelledby="inbox">
    <h2 id="inbox">${t('call.inbox')}</h2>
    <p class="help">${t(letters.length ? 'call.inbox.help' : 'call.inbox.empty')}</p>
    <div class="letters" role="log" aria-live="polite" aria-relevant="additions" aria-labelledby="inbox" tabindex=${letters.length ? 0 : -1}>
      ${letters.map(letter)}
    </div>
  </section>`;
