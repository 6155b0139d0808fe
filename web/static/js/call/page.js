// The call page: a telephone for citizens, with what is said to them as text.
import { LitElement, html, nothing } from '../../vendor/lit.js';
import { ask } from '../ask.js';
import { lasted, now, ticking } from '../clock.js';
import { header } from '../header.js';
import { icon } from '../icons.js';
import { Line } from '../line.js';
import { Telephone } from '../telephone.js';
import { current, t, useLanguage } from '../texts.js';
import { inbox, put } from './inbox.js';
import { KEYS, keypad } from './keypad.js';
import { Pace } from './pace.js';
import { add, transcript } from './transcript.js';

const TOKEN_BYTES = 16;

function newToken() {
  const bytes = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

class CallPage extends LitElement {
  numbers = [];
  callers = [];
  demonstration = false;
  chosen = '';
  from = '';
  entries = [];
  letters = []; // of every call from this page, newest first
  pressed = '';
  fault = null;
  stage = null; // what the live text says of the call: waiting, person
  place = null;
  recording = false;
  textLost = false;
  #telephone = null;
  #line = null;
  #pace = new Pace((said) => { this.entries = add(this.entries, said); this.requestUpdate(); });

  createRenderRoot() { return this; }

  async connectedCallback() {
    super.connectedCallback();
    ticking(this);
    document.addEventListener('keydown', (event) => this.#typed(event));
    addEventListener('beforeunload', (event) => { if (this.#inCall()) event.preventDefault(); });
    await this.#load();
  }

  async #load() {
    const [{ ok, body }, line] = await Promise.all([ask('GET', '/page/numbers'), ask('POST', '/page/telephone', {})]);
    if (!ok || !line.ok) { this.fault = line.status === 429 ? 'busy' : 'page'; this.requestUpdate(); return; }
    this.numbers = body.numbers;
    this.callers = body.callers;
    this.demonstration = body.demonstration;
    this.chosen = body.numbers[0]?.number ?? '';
    this.#telephone = new Telephone(line.body);
    this.#telephone.addEventListener('change', () => this.requestUpdate());
    this.#telephone.addEventListener('ended', ({ detail }) => this.#ended(detail.fault));
    this.#telephone.start();
    this.requestUpdate();
  }

  #inCall() { return Boolean(this.#telephone) && this.#telephone.call !== 'none'; }

  #call() {
    const token = newToken();
    this.#pace.hurry();
    Object.assign(this, { entries: [], pressed: '', fault: null, stage: null, place: null, recording: false, textLost: false });
    if (this.#telephone.line === 'lost') { this.fault = 'line'; this.requestUpdate(); return; }
    this.#readAlong(token);
    const headers = [`X-Ventanilla-Page: ${token}`];
    if (this.from) headers.push(`X-Ventanilla-Caller: ${this.from}`);
    this.#telephone.dial(this.chosen, headers);
    this.updateComplete.then(() => this.querySelector('#stop')?.focus());
  }

  #readAlong(token) {
    this.#line?.close();
    this.#line = new Line('/page/updates', { type: 'listen', token });
    this.#line.addEventListener('message', ({ detail }) => this.#told(detail));
    this.#line.addEventListener('state', () => { this.textLost = this.#line.state === 'lost'; this.requestUpdate(); });
    this.#line.open();
  }

  #told(message) {
    if (message.type === 'said') {
      this.#pace.say(message);
      this.pressed = '';
    }
    if (message.type === 'waiting') Object.assign(this, { stage: 'waiting', place: message });
    if (message.type === 'person') { Object.assign(this, { stage: 'person', place: null }); this.#note('call.said.person'); }
    if (message.type === 'menu') Object.assign(this, { stage: null, place: null });
    if (message.type === 'recording') this.recording = message.on;
    if (message.type === 'letter') this.letters = put(this.letters, message);
    this.requestUpdate();
  }

  #note(key) { this.#pace.hurry(); this.entries = add(this.entries, { text: t(key), language: current(), note: true }); }

  #ended(fault) {
    this.fault = fault;
    this.#pace.hurry();
    if (this.entries.length && !fault) this.#note('call.said.ended');
    Object.assign(this, { stage: null, place: null, recording: false, textLost: false });
    this.#line?.close();
    this.requestUpdate();
    this.updateComplete.then(() => this.querySelector('#start')?.focus());
  }

  #press(key) {
    if (!this.#inCall()) return;
    this.#telephone.press(key);
    this.pressed += key;
    this.requestUpdate();
  }

  #typed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || !this.#inCall() || !KEYS.includes(event.key)) return;
    event.preventDefault();
    this.#press(event.key);
    this.querySelector(`[data-key="${event.key}"]`)?.animate?.([{ transform: 'scale(.94)' }, { transform: 'none' }], { duration: 120 });
  }

  #state() {
    const call = this.#telephone?.call ?? 'none';
    if (call === 'none') return this.entries.length ? 'ended' : 'idle';
    if (call === 'talking') return this.stage ?? 'talking';
    return 'calling';
  }

  #waiting() {
    if (!this.place) return nothing;
    const [from, to] = (this.place.wait_s ?? []).map((seconds) => Math.ceil(seconds / 60));
    const range = to === undefined ? '' : to <= 1 ? t('call.waiting.minute') : t('call.waiting.range', { from: Math.max(1, from), to });
    return html`<p class="place">${t('call.waiting', { position: this.place.position })} ${range}</p>`;
  }

  #choices() {
    return html`
      <fieldset class="numbers" ?disabled=${this.#inCall()}>
        <legend>${t('call.number')}</legend>
        ${this.numbers.map((n) => html`
          <label class="number">
            <input type="radio" name="number" value=${n.number} .checked=${n.number === this.chosen} @change=${() => { this.chosen = n.number; }}>
            <span><strong>${n.shown}</strong><span>${n.about[current()] ?? n.about.es}</span></span>
          </label>`)}
      </fieldset>
      ${this.callers.length ? this.#pretending() : nothing}`;
  }

  #pretending() {
    return html`
      <div class="pretend">
        <label for="from">${t('call.from')}</label>
        <select id="from" aria-describedby="from-help" ?disabled=${this.#inCall()} @change=${(event) => { this.from = event.target.value; }}>
          <option value="">${t('call.from.none')}</option>
          ${this.callers.map((c) => html`<option value=${c.number}>${c.about[current()] ?? c.about.es}</option>`)}
        </select>
        <p id="from-help" class="help">${t('call.from.help')}</p>
      </div>`;
  }

  #handset() {
    const inCall = this.#inCall();
    const state = this.#state();
    const telephone = this.#telephone;
    return html`
      <section class="window" data-state=${state} aria-label=${t(`call.state.${state}`)}>
        <div class="pane">
          <p class="state" role="status">${icon({ person: 'talking', waiting: 'clock' }[state] ?? 'call')}<span>${t(`call.state.${state}`)}</span></p>
          <p class="timer" aria-hidden=${!inCall}>${telephone?.call === 'talking' ? lasted(telephone.since, now()) : ' '}</p>
          <div role="status">${this.#waiting()}</div>
          <p class="pressed" ?hidden=${!this.pressed}><span class="quiet">${t('call.pressed')}</span> <output>${this.pressed}</output></p>
          <p class="recording" ?hidden=${!this.recording}>${icon('record')} ${t('call.recording')}</p>
        </div>
        ${keypad((key) => this.#press(key), !inCall)}
        <p class="help" ?hidden=${!inCall}>${t('call.keypad.help')}</p>
        <div class="sill">${inCall ? this.#during(telephone) : html`
          <button id="start" class="go" type="button" ?disabled=${!telephone || !this.chosen} @click=${this.#call}>${icon('call')} ${t('call.start')}</button>`}
        </div>
      </section>`;
  }

  #during(telephone) {
    return html`
      <button type="button" class="quiet-button" aria-pressed=${telephone.muted} @click=${() => telephone.mute(!telephone.muted)}>
        ${icon(telephone.muted ? 'mute' : 'microphone')} ${t(telephone.muted ? 'call.unmute' : 'call.mute')}</button>
      <button id="stop" class="stop" type="button" @click=${() => telephone.hangUp()}>${icon('hang_up')} ${t('call.stop')}</button>`;
  }

  render() {
    return html`
      ${header(this, t('call.title'))}
      <main id="main" tabindex="-1" class="call" data-in-call=${this.#inCall()} data-line=${this.#telephone?.line ?? 'connecting'}>
        <div class="before">
          <p class="lead">${t('call.lead')}</p>
          <p class="notice" role="alert" data-kind="fault" ?hidden=${!this.fault}>${this.fault ? t(`fault.${this.fault}`) : nothing}</p>
          ${this.#choices()}
          <p class="to-text" ?hidden=${this.#inCall()}><a href="/text">${t('call.to_text')}</a></p>
          ${this.demonstration ? html`<p class="help demonstration">${t('call.demonstration')}</p>` : nothing}
        </div>
        ${this.#handset()}
        <section class="said" aria-labelledby="said">
          <h2 id="said">${t('call.log')}</h2>
          <p class="notice" role="status" data-kind="news" ?hidden=${!this.textLost}>${t('call.text_lost')}</p>
          <p class="notice" role="status" data-kind="news" ?hidden=${!this.#telephone?.muted}>${t('call.muted')}</p>
          ${transcript(this.entries)}
          ${this.demonstration ? inbox(this.letters) : nothing}
        </section>
      </main>`;
  }

  updated() {
    const log = this.querySelector('.log');
    if (log && this.entries.length !== this.shown) log.scrollTop = log.scrollHeight;
    this.shown = this.entries.length;
  }
}

await useLanguage();
customElements.define('call-page', CallPage);
