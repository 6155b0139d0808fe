// The page for writing instead of speaking: the same numbers, the same menus, the same people.
import { LitElement, html, nothing } from '../../vendor/lit.js';
import { ask } from '../ask.js';
import { inbox, put } from '../call/inbox.js';
import { header } from '../header.js';
import { icon } from '../icons.js';
import { Line } from '../line.js';
import { current, t, useLanguage } from '../texts.js';
import { Pen, add, field, follow, sheet, visible } from './writing.js';

const TOKEN_BYTES = 16;
const KEPT = 'ventanilla.text'; // this tab's call survives a reload of the page, and goes with the tab

function newToken() {
  const bytes = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

class TextPage extends LitElement {
  numbers = [];
  callers = [];
  demonstration = false;
  chosen = '';
  from = '';
  lines = [];
  typing = '';
  draft = '';
  stands = null; // stage, recording, most, choices
  fault = null;
  ended = false;
  letters = [];
  #token = null;
  #number = null;
  #line = null;
  #pen = new Pen((text) => this.#line?.say({ type: 'typing', text }));

  createRenderRoot() { return this; }

  async connectedCallback() {
    super.connectedCallback();
    addEventListener('beforeunload', (event) => { if (this.#inCall()) event.preventDefault(); });
    const { ok, body } = await ask('GET', '/page/numbers');
    if (!ok) { this.fault = 'fault.page'; this.requestUpdate(); return; }
    Object.assign(this, { numbers: body.numbers, callers: body.callers, demonstration: body.demonstration });
    this.chosen = body.numbers[0]?.number ?? '';
    const kept = sessionStorage.getItem(KEPT);
    if (kept) this.#open(kept, null);
    this.requestUpdate();
  }

  #inCall() { return this.#line !== null; }

  #begin() {
    Object.assign(this, { lines: [], letters: [], typing: '', draft: '', fault: null, ended: false });
    this.#open(newToken(), this.chosen);
    this.updateComplete.then(() => this.querySelector('#write')?.focus());
  }

  #open(token, number) {
    this.#token = token;
    this.#number = number;
    sessionStorage.setItem(KEPT, token);
    this.#line = new Line('/text/line', () => this.#opening());
    this.#line.addEventListener('message', ({ detail }) => this.#told(detail));
    this.#line.addEventListener('state', () => this.#lineChanged());
    this.#line.open();
    this.requestUpdate();
  }

  // The number is dialled once; who comes back only says who they are and what they have read.
  #opening() {
    const seen = this.lines.at(-1)?.number ?? 0;
    return { type: 'open', token: this.#token, number: this.#number, language: current(), caller: this.from, seen };
  }

  #lineChanged() {
    if (this.#line?.state === 'not_yours') this.#over();
    this.requestUpdate();
  }

  #told(message) {
    this.#number = null;
    if (message.type === 'line' || message.type === 'note') this.#read(message);
    if (message.type === 'typing') this.typing = message.text;
    if (message.type === 'stands') this.#stand(message);
    if (message.type === 'letter') this.letters = put(this.letters, message);
    if (message.type === 'refused') this.#refused(message.reason);
    this.requestUpdate();
  }

  #read(message) {
    this.lines = add(this.lines, message);
    if (message.by === 'agent') this.typing = '';
  }

  #stand(message) {
    this.stands = message;
    if (message.stage !== 'person') this.typing = '';
    if (message.stage === 'ended') this.#over();
  }

  #refused(reason) {
    if (reason === 'number_unknown') { if (!this.lines.length) this.#forget(); return; }
    this.fault = `text.fault.${reason}`;
  }

  #over() {
    this.#forget();
    this.ended = this.lines.length > 0;
    this.requestUpdate();
    this.updateComplete.then(() => this.querySelector('#start')?.focus());
  }

  #forget() {
    this.#line?.close();
    this.#line = null;
    this.#pen.stop();
    this.stands = null;
    sessionStorage.removeItem(KEPT);
  }

  #typed(text) {
    this.draft = visible(text);
    if (this.stands?.stage === 'person') this.#pen.draw(this.draft);
    else this.#line?.say({ type: 'active' });
    this.requestUpdate();
  }

  #enter(text = this.draft) {
    const whole = text.trim();
    if (!whole) return;
    this.#pen.stop();
    if (!this.#line?.say({ type: 'enter', text: whole })) { this.fault = 'text.fault.lost'; this.requestUpdate(); return; }
    Object.assign(this, { draft: '', fault: null });
    this.requestUpdate();
    this.querySelector('#write')?.focus();
  }

  #leave() {
    this.#line?.say({ type: 'leave' });
    if (this.#line?.state !== 'open') this.#over();
    this.requestUpdate();
  }

  // ---- what it looks like ----

  #choices() {
    return html`
      <form class="starting" @submit=${(event) => { event.preventDefault(); this.#begin(); }}>
        <fieldset class="numbers">
          <legend>${t('text.number')}</legend>
          ${this.numbers.map((n) => html`
            <label class="number">
              <input type="radio" name="number" value=${n.number} .checked=${n.number === this.chosen} @change=${() => { this.chosen = n.number; }}>
              <span><strong>${n.about[current()] ?? n.about.es}</strong><span>${n.shown}</span></span>
            </label>`)}
        </fieldset>
        ${this.callers.length ? this.#pretending() : nothing}
        <button id="start" class="go" ?disabled=${!this.chosen}>${icon('talking')} ${t('text.start')}</button>
        <p class="help">${t('text.kept')}</p>
      </form>`;
  }

  #pretending() {
    return html`
      <div class="pretend">
        <label for="from">${t('text.from')}</label>
        <select id="from" aria-describedby="from-help" @change=${(event) => { this.from = event.target.value; }}>
          <option value="">${t('call.from.none')}</option>
          ${this.callers.map((c) => html`<option value=${c.number}>${c.about[current()] ?? c.about.es}</option>`)}
        </select>
        <p id="from-help" class="help">${t('call.from.help')}</p>
      </div>`;
  }

  #stage() {
    if (this.#line.state === 'lost') return 'lost';
    return this.stands?.stage ?? 'connecting';
  }

  #bar() {
    const stage = this.#stage();
    const shown = { person: 'talking', waiting: 'clock', ringing: 'ringing', lost: 'warning' }[stage] ?? 'ready';
    return html`
      <div class="bar" data-stage=${stage}>
        <p class="state" role="status">${icon(shown)} ${t(`text.stage.${stage}`)}</p>
        <p class="recording" ?hidden=${!this.stands?.recording}>${icon('record')} ${t('text.recording')}</p>
        <button id="leave" type="button" class="stop" @click=${() => this.#leave()}>${t('text.leave')}</button>
      </div>`;
  }

  #offered() {
    const choices = this.stands?.choices ?? [];
    if (!choices.length) return nothing;
    return html`
      <div class="offered" role="group" aria-label=${t('text.offered')}>
        ${choices.map(({ key, label }) => html`<button type="button" @click=${() => this.#enter(key)}><kbd>${key}</kbd> ${label}</button>`)}
      </div>`;
  }

  #conversation() {
    if (!this.#inCall() && !this.ended) return nothing;
    const most = this.stands?.most ?? 0;
    const person = this.stands?.stage === 'person';
    const help = person ? t('text.help.person') : most > 1 ? t('text.help.digits') : most === 1 ? t('text.help.choice') : t('text.help.wait');
    return html`
      <section class="paper sheet" aria-label=${t('text.conversation')}>
        ${this.#inCall() ? this.#bar() : html`<p class="state" role="status">${t('text.stage.ended')}</p>`}
        ${sheet(this.lines, this.typing, 'caller', 'agent', t('text.log'))}
        ${this.#inCall() ? html`
          ${this.#offered()}
          ${field({ id: 'write', label: t('text.write'), help, value: this.draft, disabled: false, typed: (text) => this.#typed(text), enter: () => this.#enter() })}` : nothing}
      </section>`;
  }

  render() {
    return html`
      ${header(this, t('text.title'))}
      <main id="main" tabindex="-1" class="text" data-in-call=${this.#inCall()}>
        <div class="before" ?hidden=${this.#inCall()}>
          <p class="lead">${t('text.lead')}</p>
          ${this.#inCall() ? nothing : this.#choices()}
          <p><a href="/">${t('text.to_call')}</a></p>
          ${this.demonstration ? html`<p class="help demonstration">${t('call.demonstration')}</p>` : nothing}
        </div>
        <p class="notice" role="alert" data-kind="fault" ?hidden=${!this.fault}>${this.fault ? t(this.fault) : nothing}</p>
        ${this.#conversation()}
        ${this.demonstration && (this.#inCall() || this.ended) ? inbox(this.letters) : nothing}
      </main>`;
  }

  updated() {
    document.title = `${t('text.title')} · Ventanilla`;
    follow(this);
  }
}

await useLanguage();
customElements.define('text-page', TextPage);
