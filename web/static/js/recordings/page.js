// The recordings: look for one, say why you want to hear it, hear it. Nothing of it is fetched before that.
import { LitElement, html, nothing } from '../../vendor/lit.js';
import { ask } from '../ask.js';
import { header } from '../header.js';
import { learnSubjects } from '../subjects.js';
import { has, t, useLanguage } from '../texts.js';
import '../sign-in.js';
import { asking, followAsking } from './asking.js';
import { log } from './log.js';
import { player } from './player.js';
import { results, searchForm } from './search.js';
import { seconds } from './seconds.js';

const LOOK_AGAIN_MS = 5000; // for what waits for a second person, while this page is looked at
const EARS = new Set(['supervisor', 'auditor', 'authority']);

class RecordingsPage extends LitElement {
  who = null;
  reason = null;
  loaded = false;
  found = null;
  acts = [];
  open = null;
  playing = null;
  mine = [];
  others = [];
  entries = null;
  fault = null;
  news = null;
  busy = false;
  #timer = null;

  createRenderRoot() { return this; }

  async connectedCallback() {
    super.connectedCallback();
    const { ok, body } = await ask('GET', '/session');
    this.loaded = true;
    if (ok && body.name) this.#enter(body); else this.requestUpdate();
  }

  #enter(who) {
    if (!EARS.has(who.role)) { this.#out('sign_in.wrong_role.recordings'); return; }
    this.who = who;
    this.#timer = setInterval(() => { if (!document.hidden) this.waiting(); }, LOOK_AGAIN_MS);
    this.waiting();
    this.requestUpdate();
    this.updateComplete.then(() => this.querySelector('form.search')?.requestSubmit()); // the last days, to begin with
  }

  #out(reason) {
    clearInterval(this.#timer);
    Object.assign(this, { who: null, found: null, playing: null, open: null, mine: [], others: [], entries: null, reason });
    this.requestUpdate();
  }

  async #leave() {
    await ask('DELETE', '/session');
    this.#out(null);
  }

  // Ask the server; what it refuses is said, and a session that is over ends the page.
  async answer(method, path, body) {
    const { ok, status, body: answer } = await ask(method, path, body);
    const { code, reason } = answer.error ?? {};
    if (status === 401) this.#out('sign_in.over');
    this.fault = ok ? null : [`refused.${reason}`, `refused.${code}`].find(has) ?? 'refused.our_fault';
    this.requestUpdate();
    return ok ? answer : null;
  }

  async search(look) {
    this.busy = true;
    this.requestUpdate();
    const answer = await this.answer('POST', '/recordings/search', look);
    this.busy = false;
    const first = this.found === null;
    if (answer) Object.assign(this, { found: answer.found, acts: answer.acts ?? this.acts });
    this.requestUpdate();
    if (answer && !first) this.updateComplete.then(() => this.querySelector('#results')?.focus());
  }

  // Granted: open the player. Somebody else must agree: remember it, and look for the answer.
  async wish(call, why) {
    const answer = await this.answer('POST', '/recordings/ask', { call, reason: why });
    if (!answer) return;
    this.open = null;
    if (answer.state === 'granted') { await this.play(answer.listening); return; }
    this.mine = [...this.mine, { listening: answer.listening, call, ready: false }];
    this.news = 'recordings.second.asked';
    this.requestUpdate();
  }

  async play(listening) {
    const about = await this.answer('GET', `/recordings/about/${listening}`);
    if (!about) return;
    this.mine = this.mine.filter((one) => one.listening !== listening);
    this.news = null;
    this.playing = { listening, ...about };
    this.entries = null;
    this.requestUpdate();
    await this.updateComplete;
    this.querySelector('#player')?.focus();
  }

  // What waits for me, and whether somebody agreed to what I wait for.
  async waiting() {
    const { ok, status, body } = await ask('GET', '/recordings/waiting');
    if (status === 401) { this.#out('sign_in.over'); return; }
    if (!ok) return;
    this.others = body.waiting.filter((one) => !one.mine);
    const open = new Set(body.waiting.map((one) => one.listening));
    this.mine = this.mine.map((one) => ({ ...one, ready: !open.has(one.listening) }));
    this.requestUpdate();
  }

  async agree(listening) {
    if (await this.answer('POST', '/recordings/agree', { listening })) await this.waiting();
  }

  async record(call = '') {
    const answer = await this.answer('POST', '/recordings/log', { call });
    if (answer) this.entries = { call, log: answer.log };
    this.requestUpdate();
  }

  updated() { followAsking(this); }

  #head() {
    if (!this.who) return nothing;
    return html`
      ${this.who.role === 'supervisor' ? html`<a href="/wall">${t('sign_in.title.wall')}</a>` : nothing}
      <button type="button" class="quiet-button" @click=${this.#leave}>${t('sign_out')} · ${this.who.display}</button>`;
  }

  #view() {
    if (!this.loaded) return nothing;
    if (!this.who) return html`<sign-in page="recordings" .reason=${this.reason} @signed-in=${({ detail }) => { this.reason = null; this.#enter(detail); }}></sign-in>`;
    return html`
      <p class="notice" role="alert" data-kind="fault" ?hidden=${!this.fault || this.open}>${this.fault ? t(this.fault) : nothing}</p>
      <p class="notice" role="status" ?hidden=${!this.news}>${this.news ? t(this.news) : nothing}</p>
      ${seconds(this)}
      ${this.playing ? player(this) : nothing}
      ${searchForm(this)}
      ${this.found ? results(this) : nothing}
      ${log(this)}
      ${asking(this)}`;
  }

  render() {
    return html`${header(this, t('recordings.title'), this.#head())}
      <main id="main" tabindex="-1" class="recordings">${this.#view()}</main>`;
  }
}

await Promise.all([useLanguage(), learnSubjects()]);
customElements.define('recordings-page', RecordingsPage);
