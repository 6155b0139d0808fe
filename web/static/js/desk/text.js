// A contact in writing on the desk: offered like a call, then both sides see each other's letters.
import { html } from '../../vendor/lit.js';
import { icon } from '../icons.js';
import { Line } from '../line.js';
import { t } from '../texts.js';
import { Pen, add, field, sheet, visible } from '../text/writing.js';

export class TextContact extends EventTarget {
  call = null;
  taken = false;
  lines = [];
  typing = '';
  draft = '';
  #line = new Line('/desk/text');
  #pen = new Pen((text) => this.#line.say({ type: 'typing', call: this.call, text }));

  constructor() {
    super();
    this.#line.addEventListener('message', ({ detail }) => this.#told(detail));
    this.#line.open();
  }

  get offered() { return this.call !== null && !this.taken; }

  close() { this.#line.close(); }

  take() { if (this.offered) this.#line.say({ type: 'take', call: this.call }); }

  end() { this.#line.say({ type: 'end', call: this.call }); }

  typed(text) {
    this.draft = visible(text);
    this.#pen.draw(this.draft);
    this.#changed();
  }

  enter() {
    const text = this.draft.trim();
    if (!text) return;
    this.#pen.stop();
    if (this.#line.say({ type: 'enter', call: this.call, text })) this.draft = '';
    this.#changed();
  }

  #told(message) {
    if (message.type === 'contact') this.#show(message);
    if (message.type === 'line' || message.type === 'note') this.lines = add(this.lines, message);
    if (message.type === 'line' && message.by === 'caller') this.typing = '';
    if (message.type === 'typing') this.typing = message.text;
    this.#changed();
  }

  #show({ call, taken = false }) {
    if (call !== this.call) Object.assign(this, { lines: [], typing: '', draft: '' });
    const rings = call !== null && !taken && !(call === this.call && this.offered);
    Object.assign(this, { call, taken });
    if (rings) this.dispatchEvent(new CustomEvent('ringing', { detail: { call } }));
  }

  #changed() { this.dispatchEvent(new Event('change')); }
}

const incoming = (contact) => html`
  <p class="incoming" role="alert">${icon('ringing')} ${t('desk.text.incoming')}</p>
  <button id="answer" type="button" class="go large" aria-keyshortcuts="Alt+A" @click=${() => contact.take()}>
    ${icon('talking')} ${t('desk.text.take')} <kbd>${t('desk.answer.keys')}</kbd></button>`;

const talking = (contact) => html`
  ${sheet(contact.lines, contact.typing, 'agent', 'caller', t('text.log'))}
  ${field({ id: 'write', label: t('text.write'), help: t('desk.text.help'), value: contact.draft, disabled: false, typed: (text) => contact.typed(text), enter: () => contact.enter() })}
  <button type="button" class="stop" @click=${() => contact.end()}>${t('desk.text.end')}</button>`;

export function textContact({ text: contact }) {
  return html`
    <section class="sheet telephone in-writing" data-call=${contact.taken ? 'talking' : 'incoming'} aria-labelledby="in-writing">
      <h2 id="in-writing">${t('desk.text.title')}</h2>
      ${contact.taken ? talking(contact) : incoming(contact)}
    </section>`;
}
