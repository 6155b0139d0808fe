// The agent's desk. Two lines that know nothing of each other: the telephone (Asterisk) and the news (our server).
// When the news line drops, the conversation goes on and the card stays where it is.
import { LitElement, html, nothing } from '../../vendor/lit.js';
import { ask } from '../ask.js';
import { now, serverNow, ticking } from '../clock.js';
import { header } from '../header.js';
import { icon } from '../icons.js';
import { Line } from '../line.js';
import { ring, wakeBell } from '../ring.js';
import { learnSubjects } from '../subjects.js';
import { has, t, useLanguage } from '../texts.js';
import '../sign-in.js';
import { card } from './card.js';
import { consent, consentKey, learnActs } from './consent.js';
import { closeContact, passOn } from './contact.js';
import { Folder, folder } from './folder.js';
import { learnColleagues, legs, supervised } from './legs.js';
import { forgetNotes, keptNotes, keepNotes } from './notes.js';
import { place, state, telephone } from './place.js';
import { openTelephone } from './telephone.js';
import { TextContact, textContact } from './text.js';
import { Work, work, workOffer } from './work.js';
import { Unsealings, unsealings } from '../unsealings.js';
import { follow } from '../text/writing.js';

const ACTIVE_MS = 60000;
const REGISTER_MS = 3000; // Asterisk on the same network answers in milliseconds; without it the desk shows why
const SAVE_BEFORE_S = 3; // the server ends a wrap-up that lasts too long; what was written is saved before that
const WITH_CARD = new Set(['reserved', 'ringing', 'awaiting', 'talking', 'wrap_up']);

class DeskPage extends LitElement {
  who = null;
  reason = null;
  loaded = false;
  my = { state: 'signed_out', since: now(), reason: null, call: null };
  card = null;
  waiting = null;
  fault = null;
  busy = false;
  notes = '';
  outcome = '';
  address = 'browser';
  phone = null;
  elsewhere = false;
  text = null;
  legs = null;
  colleagues = null;
  watched = null;
  consent = null;
  acts = null;
  consentAct = null;
  consentDetail = '';
  consentLast = null;
  consentSent = null;
  proved = null;
  folder = new Folder(this);
  work = new Work(this);
  unsealings = new Unsealings(this);
  line = null;
  #stopRinging = null;
  #rangAt = null;
  #touched = false;

  createRenderRoot() { return this; }

  async connectedCallback() {
    super.connectedCallback();
    ticking(this);
    document.addEventListener('keydown', (event) => this.#typed(event));
    for (const sign of ['pointerdown', 'keydown']) addEventListener(sign, () => { this.#touched = true; }, { passive: true });
    addEventListener('beforeunload', (event) => { if (this.#inTalk()) event.preventDefault(); });
    setInterval(() => this.#live(), ACTIVE_MS);
    setInterval(() => this.#saveInTime(), 1000);
    const { ok, body } = await ask('GET', '/session');
    this.loaded = true;
    if (ok && body.name) this.#enter(body); else this.requestUpdate();
  }

  // ---- news ----

  #enter(who) {
    if (who.role !== 'agent') { this.#out('sign_in.wrong_role.desk'); return; }
    this.who = who;
    this.unsealings.look();
    this.line?.close();
    this.line = new Line('/desk/updates');
    this.line.addEventListener('message', ({ detail }) => this.#told(detail));
    this.line.addEventListener('state', () => this.#lineChanged());
    this.line.open();
    this.#openText();
    this.requestUpdate();
  }

  #lineChanged() {
    // The conversation outlives the session: its telephone is only put away when nobody is on it.
    if (this.line.state === 'signed_out') this.#out('sign_in.over');
    if (this.line.state === 'not_yours') this.#out('sign_in.wrong_role.desk');
    if (this.line.state === 'open') learnSubjects().then(() => this.requestUpdate());
    this.requestUpdate();
  }

  #told(message) {
    if (message.type === 'state') this.#become(message);
    if (message.type === 'card') this.#show(message);
    if (message.type === 'waiting') this.waiting = message.count;
    if (message.type === 'legs') this.legs = message;
    if (message.type === 'consent') this.#consentIs(message);
    if (message.type === 'proved') this.proved = message;
    if (message.type === 'supervised') this.watched = message;
    this.requestUpdate();
  }

  #become(message) {
    if (message.state === 'talking' && this.my.state !== 'talking') { learnColleagues(this); learnActs(this); }
    if (message.call !== this.my.call) Object.assign(this, { consentLast: null, consentDetail: '' });
    if (message.state !== 'talking') this.watched = null;
    if (message.call !== this.my.call) this.folder.forget();
    this.my = message;
    if (this.work.between) this.work.look();
    if (!WITH_CARD.has(message.state)) Object.assign(this, { card: null, notes: '', outcome: '' });
    if (message.state === 'signed_out') this.#putAwayTelephone();
    else if (message.address === 'browser') this.#takeTelephone();
    if (message.call && this.#rangAt) this.#stampRing(message.call);
  }

  // The buttons change under the agent's hands: what was chosen with the keyboard goes on with the keyboard.
  #consentIs(message) {
    const within = this.querySelector('.consent')?.contains(document.activeElement);
    const begins = message.episode && message.episode !== this.consent?.episode;
    if (message.outcome) this.consentLast = message.outcome;
    this.consent = message;
    this.requestUpdate();
    if (within) this.updateComplete.then(() => this.querySelector(begins ? '#statement' : '#consent-next, #act')?.focus());
  }

  async #show(message) {
    const anew = this.card?.call !== message.call;
    this.card = message.card;
    if (this.notes === '') this.notes = keptNotes(message.call);
    this.requestUpdate();
    await this.updateComplete;
    // The frame is drawn between the callback that precedes it and the next task: then the card stands on the screen.
    requestAnimationFrame(() => setTimeout(() => {
      this.line.say({ type: 'card_shown', call: message.call, shown_at: now() });
      // Only now: a tab of another site covers this one, and what is covered is not drawn. Once for each card.
      if (anew && message.card.pop?.opens) window.open(message.card.pop.url, '_blank', 'noopener,noreferrer');
    }));
  }

  #saveInTime() {
    const { state, until } = this.my;
    if (state !== 'wrap_up' || !until || this.busy || serverNow() < until - SAVE_BEFORE_S) return;
    if (!this.outcome && !this.notes) return;
    this.outcome ||= 'pending';
    this.my = { ...this.my, until: null };
    this.finish();
  }

  #live() {
    if (!this.#touched && !this.#inTalk()) return;
    this.#touched = false;
    this.line?.say({ type: 'active' });
  }

  // ---- in writing ----

  #openText() {
    this.text?.close();
    this.text = new TextContact();
    this.text.addEventListener('change', () => this.#contactsChanged());
    this.text.addEventListener('ringing', ({ detail }) => this.line.say({ type: 'rang', call: detail.call, rang_at: now() }));
  }

  #inTalk() { return this.phone?.call === 'talking' || Boolean(this.text?.taken); }

  // ---- the telephone ----

  async #takeTelephone() {
    if (this.phone || this.opening) return;
    this.opening = true;
    const opened = await openTelephone();
    this.opening = false;
    this.elsewhere = opened === 'elsewhere';
    this.phone = this.elsewhere ? null : opened;
    this.phone?.addEventListener('change', () => this.#contactsChanged());
    this.phone?.addEventListener('ringing', ({ detail }) => this.#rings(detail.at));
    this.phone?.addEventListener('ended', ({ detail }) => { this.fault = detail.fault ? { key: `fault.${detail.fault}` } : this.fault; this.requestUpdate(); });
    this.phone?.start();
    this.requestUpdate();
  }

  #putAwayTelephone() {
    if (!this.phone || this.phone.call === 'talking') return;
    this.phone.stop();
    this.phone.release();
    this.phone = null;
  }

  #rings(at) {
    this.#rangAt = at;
    if (this.my.call) this.#stampRing(this.my.call);
  }

  #stampRing(call) {
    if (this.line.say({ type: 'rang', call, rang_at: this.#rangAt })) this.#rangAt = null;
  }

  #contactsChanged() {
    const incoming = this.phone?.call === 'incoming' || Boolean(this.text?.offered);
    this.requestUpdate();
    if (incoming && !this.#stopRinging) {
      this.#stopRinging = ring();
      this.updateComplete.then(() => this.#offerAnswer());
    }
    if (!incoming && this.#stopRinging) {
      this.#stopRinging();
      this.#stopRinging = null;
      this.#rangAt = null;
    }
  }

  // The button comes to whoever is not writing; who is writing has Alt+A.
  #offerAnswer() {
    if (!['INPUT', 'TEXTAREA', 'SELECT'].includes(document.activeElement?.tagName)) this.querySelector('#answer')?.focus();
  }

  #typed(event) {
    consentKey(this, event);
    if (event.altKey && !event.ctrlKey && !event.metaKey && this.#pressed(event.code)) { event.preventDefault(); return; }
    if (!event.altKey || event.ctrlKey || event.metaKey || event.code !== 'KeyA') return;
    if (this.phone?.call !== 'incoming' && !this.text?.offered) return;
    event.preventDefault();
    if (this.text?.offered) this.text.take();
    else this.phone.answer();
  }

  #pressed(code) {
    const button = { KeyC: '.open-folder', KeyW: '.work-offer button' }[code];
    const there = button && this.querySelector(button);
    there?.click();
    return Boolean(there);
  }

  // ---- requests ----

  async ask(path, body = {}) {
    this.busy = true;
    this.fault = null;
    this.requestUpdate();
    const { ok, status, body: answer } = await ask('POST', path, body);
    this.busy = false;
    if (status === 401) this.#out('sign_in.over');
    else if (!ok) this.fault = this.#refusal(answer.error);
    this.requestUpdate();
    return ok;
  }

  #refusal({ code, reason, faults }) {
    if (code === 'body_not_valid') return { key: 'refused.body_not_valid', values: { field: faults.map((one) => one.field).join(', ') } };
    return { key: [`refused.${reason}`, `refused.${code}`].find(has) ?? 'refused.our_fault' };
  }

  // A browser becomes a telephone first, then an agent: the floor may send a call at once.
  async takePlace() {
    wakeBell();
    this.busy = true;
    this.requestUpdate();
    if (this.address === 'browser') {
      await this.#takeTelephone();
      await this.phone?.registered(REGISTER_MS);
    }
    await this.ask('/desk/sign-in', { address: this.address });
  }

  // Should a call come between the two requests, the floor keeps the pause for after it.
  async finish(pause = null) {
    const { call } = this.my;
    if (!await this.ask('/desk/finish', { outcome: this.outcome, notes: this.notes })) return;
    forgetNotes(call);
    if (pause) await this.ask('/desk/pause', { reason: pause });
  }

  write(notes) {
    this.notes = notes;
    keepNotes(this.my.call, notes);
  }

  #out(reason) {
    this.line?.close();
    this.text?.close();
    this.text = null;
    this.#putAwayTelephone();
    Object.assign(this, { who: null, card: null, reason });
    this.requestUpdate();
  }

  async #leave() {
    await ask('DELETE', '/session');
    this.my = { state: 'signed_out', since: now(), reason: null, call: null };
    this.#out(null);
  }

  // ---- what it looks like ----

  #head() {
    if (!this.who) return nothing;
    const open = this.line.state === 'open';
    const key = open ? 'line.open' : this.line.state === 'connecting' ? 'line.connecting' : this.phone?.call === 'talking' ? 'line.lost.talking' : 'line.lost';
    return html`
      <p class="line" data-state=${this.line.state} role="status">${icon(open ? 'ready' : 'warning')} ${t(key)}</p>
      <button type="button" class="quiet-button" ?disabled=${this.phone?.call === 'talking'} @click=${this.#leave}>${t('sign_out')} · ${this.who.display}</button>`;
  }

  #desk() {
    if (this.my.state === 'signed_out') return place(this);
    return html`
      <div class="left">${state(this)} ${this.text?.offered ? textContact(this) : nothing} ${telephone(this)} ${workOffer(this)}</div>
      <div class="middle">${this.text?.taken ? textContact(this) : nothing} ${work(this) === nothing ? card(this) : work(this)} ${folder(this)}</div>
      <div class="right">${legs(this)} ${consent(this)} ${closeContact(this)} ${passOn(this)}</div>`;
  }

  #view() {
    if (!this.loaded) return nothing;
    if (!this.who) return html`${this.phone ? telephone(this) : nothing}
      <sign-in page="desk" .reason=${this.reason} @signed-in=${({ detail }) => { this.reason = null; wakeBell(); this.#enter(detail); }}></sign-in>`;
    return this.#desk();
  }

  updated() { follow(this); }

  render() {
    return html`${header(this, t('desk.title'), this.#head())}
      <main id="main" tabindex="-1" class="desk" data-state=${this.who ? this.my.state : 'nobody'}>
        <p class="notice wide" role="alert" data-kind="fault" ?hidden=${!this.fault}>${this.fault ? t(this.fault.key, this.fault.values) : nothing}</p>
        ${supervised(this)} ${this.who ? unsealings(this.unsealings) : nothing}
        ${this.#view()}
      </main>`;
  }
}

await Promise.all([useLanguage(), learnSubjects()]);
customElements.define('desk-page', DeskPage);
