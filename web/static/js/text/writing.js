// What is written by hand on both sides, the citizen's page and the agent's desk: lines, unfinished lines, the field.
import { html, live, nothing } from '../../vendor/lit.js';
import { hour, t, tagOf } from '../texts.js';

export const LINE_LENGTH = 500; // web/text_forms.py
const MOST = 1000; // hours of writing
const PAUSE_MS = 40; // a held key repeats thirty times a second; the eye does not see the difference
const UNSEEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/gu;

// As the server takes it: pasted tabs and line ends become blanks, what cannot be seen goes.
export const visible = (text) => text.replace(/[\t\n\r]+/g, ' ').replace(UNSEEN, '').slice(0, LINE_LENGTH);

export function add(lines, line) {
  return lines.some((one) => one.number === line.number) ? lines : [...lines, line].slice(-MOST);
}

// Sends an unfinished line on: at once if none was sent lately, else the newest state after a moment.
export class Pen {
  #send;
  #timer = null;
  #sentAt = 0;
  #next = '';

  constructor(send) { this.#send = send; }

  draw(text) {
    this.#next = text;
    if (this.#timer) return;
    const left = PAUSE_MS - (performance.now() - this.#sentAt);
    if (left <= 0) this.#go();
    else this.#timer = setTimeout(() => this.#go(), left);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = null;
  }

  #go() {
    this.stop();
    this.#sentAt = performance.now();
    this.#send(this.#next);
  }
}

const line = (one, mine) => html`
  <p class="said-line" data-by=${one.by === mine ? 'me' : one.by} lang=${tagOf(one.language)}>
    <span class="unseen" lang=${document.documentElement.lang}>${t(`text.by.${one.by === mine ? 'me' : one.by}`)}: </span>${one.text}
    <time class="at" aria-hidden="true">${hour(one.at).slice(0, 5)}</time>
  </p>`;

const note = (one) => html`<p class="said-line" data-by="note">${t(one.key)}</p>`;

// Whole lines are announced once each; what is being typed is seen as it comes and announced when it is whole.
export const sheet = (lines, typing, mine, other, label) => html`
  <div class="written" role="log" aria-live="polite" aria-relevant="additions" tabindex="0" aria-label=${label}>
    ${lines.map((one) => (one.key ? note(one) : line(one, mine)))}
  </div>
  <p class="typing" aria-live="off" data-by=${other} ?hidden=${!typing}><span class="who">${t(`text.typing.${other}`)}</span> <span class="drawn" dir="auto">${typing}</span></p>`;

export const field = ({ id, label, help, value, disabled, typed, enter }) => html`
  <form class="writing" @submit=${(event) => { event.preventDefault(); enter(); }}>
    <label for=${id}>${label}</label>
    <div class="row">
      <input id=${id} type="text" autocomplete="off" enterkeyhint="send" maxlength=${LINE_LENGTH} aria-describedby=${help ? `${id}-help` : nothing}
        .value=${live(value)} ?disabled=${disabled} @input=${(event) => typed(event.target.value)}>
      <button class="primary" ?disabled=${disabled}>${t('text.send')}</button>
    </div>
    ${help ? html`<p id="${id}-help" class="help">${help}</p>` : nothing}
  </form>`;

// Keeps the newest line in sight, unless its reader has gone up to read what was before.
export function follow(root) {
  const log = root.querySelector('.written');
  if (!log) return;
  const last = log.lastElementChild;
  if (last === root.lastShown) return;
  root.lastShown = last;
  log.scrollTop = log.scrollHeight;
}
