// The supervisor's wall: the live board, readable from across a room.
import { LitElement, html, nothing } from '../../vendor/lit.js';
import { ask } from '../ask.js';
import { learnSubjects } from '../subjects.js';
import { hour, number, t, useLanguage } from '../texts.js';
import { ticking } from '../clock.js';
import { header } from '../header.js';
import { icon } from '../icons.js';
import { Line } from '../line.js';
import '../sign-in.js';
import { agents } from './agents.js';
import { figures } from './figures.js';
import { closed, followHands, hands, headset, opener, takeOff } from './hands.js';
import { waiting } from './waiting.js';
import { Unsealings, unsealings } from '../unsealings.js';

class WallPage extends LitElement {
  who = null;
  reason = null;
  board = null;
  loaded = false;
  open = null;
  why = null;
  fault = null;
  headset = null;
  unsealings = new Unsealings(this);
  #line = null;

  createRenderRoot() { return this; }

  async connectedCallback() {
    super.connectedCallback();
    ticking(this);
    const { ok, body } = await ask('GET', '/session');
    this.loaded = true;
    if (ok && body.name) this.#enter(body); else this.requestUpdate();
  }

  #enter(who) {
    if (who.role !== 'supervisor') { this.#out('sign_in.wrong_role.wall'); return; }
    this.who = who;
    this.unsealings.look();
    this.#line = new Line('/wall/updates');
    this.#line.addEventListener('message', ({ detail }) => {
      if (detail.type === 'board') this.board = detail;
      this.requestUpdate();
    });
    this.#line.addEventListener('state', () => {
      if (this.#line.state === 'signed_out') this.#out('sign_in.over');
      if (this.#line.state === 'not_yours') this.#out('sign_in.wrong_role.wall');
      if (this.#line.state === 'open') learnSubjects().then(() => this.requestUpdate());
      this.requestUpdate();
    });
    this.#line.open();
    // A wall that is looked at is in use although nobody touches it.
    setInterval(() => { if (!document.hidden) this.#line?.say({ type: 'active' }); }, 60000);
    this.requestUpdate();
  }

  #out(reason) {
    takeOff(this);
    this.#line?.close();
    Object.assign(this, { who: null, board: null, reason });
    this.requestUpdate();
  }

  async #leave() {
    await ask('DELETE', '/session');
    this.#out(null);
  }

  #head() {
    if (!this.who) return nothing;
    const state = this.#line.state;
    return html`
      <p class="line" data-state=${state} role="status">${icon(state === 'open' ? 'ready' : 'warning')} ${t(`line.${state === 'open' ? 'open' : 'lost'}`)}</p>
      ${headset(this)}
      <a href="/recordings">${t('recordings.title')}</a>
      <button type="button" class="quiet-button" @click=${this.#leave}>${t('sign_out')} · ${this.who.display}</button>`;
  }

  #delay() {
    const { latency_ms: delay, late_ms: late } = this.board.asterisk;
    const told = (text, ms) => (ms === null || ms === undefined ? nothing : t(text, { ms: number(ms) }));
    return html`${told('wall.delay', delay)} ${told('wall.late', late)}`;
  }

  updated() { followHands(this); }

  #view() {
    if (!this.loaded) return nothing;
    if (!this.who) return html`<sign-in page="wall" .reason=${this.reason} @signed-in=${({ detail }) => { this.reason = null; this.#enter(detail); }}></sign-in>`;
    if (!this.board) return html`<p class="help" role="status">${t('line.connecting')}</p>`;
    return html`
      <p class="notice" role="alert" data-kind="fault" ?hidden=${this.board.asterisk.connected}>${icon('warning')} ${t('wall.asterisk_lost')}</p>
      ${closed(this, this.board)} ${unsealings(this.unsealings)}
      ${figures(this.board)}
      <div class="floor">${waiting(this.board, this)} ${agents(this.board, this)}</div>
      <footer class="definition"><p><a href="/requests">${t('demand.title')}</a> · ${t('wall.updated', { time: hour(this.board.at) })} ${this.#delay()} ${opener(this, { kind: 'queue' }, 'hands.close', '')}</p></footer>
      ${hands(this)}`;
  }

  render() {
    return html`${header(this, t('wall.title'), this.#head())}
      <main id="main" tabindex="-1" class="wall" data-stale=${Boolean(this.who) && this.#line.state !== 'open'}>${this.#view()}</main>`;
  }
}

await Promise.all([useLanguage(), learnSubjects()]);
customElements.define('wall-page', WallPage);
