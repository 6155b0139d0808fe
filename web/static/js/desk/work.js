// Requests that are due, for between calls. A call always goes first: the card takes the place of the work, which stays.
import { html, nothing } from '../../vendor/lit.js';
import { ask } from '../ask.js';
import { t } from '../texts.js';
import { Folder, said, whole } from './folder.js';

const EVERY_MS = 15000; // the server keeps its list for some seconds; a due request can wait that long
const BETWEEN = ['ready', 'paused'];
const OUTCOMES = ['resolved', 'informed', 'documents_requested', 'callback', 'pending', 'wrong_service'];

export class Work {
  offered = 0;
  taken = null;
  notes = '';
  outcome = '';

  constructor(desk) {
    this.desk = desk;
    this.folder = new Folder(desk);
    setInterval(() => this.look(), EVERY_MS);
  }

  get between() { return Boolean(this.desk.who) && BETWEEN.includes(this.desk.my.state); }

  async look() {
    if (!this.between) return;
    const { ok, body } = await ask('GET', '/desk/due');
    if (!ok) return;
    this.offered = body.offered;
    if (body.taken !== this.taken) await this.#hold(body.taken);
    this.desk.requestUpdate();
  }

  async #hold(reference) {
    this.taken = reference;
    Object.assign(this, { notes: '', outcome: '' });
    this.folder.forget();
    if (reference) await this.folder.unfold(reference);
  }

  async take() {
    const { ok, body } = await ask('POST', '/desk/due/take', {});
    if (ok) await this.#hold(body.taken);
    else this.folder.fault = `refused.${body.error.reason ?? body.error.code}`;
    this.desk.requestUpdate();
    await this.desk.updateComplete;
    if (ok) this.desk.querySelector('#work')?.focus();
  }

  async leave() {
    await ask('POST', '/desk/due/leave', {});
    await this.#hold(null);
    this.look();
  }

  async finish() {
    const { ok, body } = await ask('POST', '/desk/due/finish', { outcome: this.outcome, notes: this.notes });
    if (ok) await this.#hold(null);
    else this.folder.fault = `refused.${body.error.reason ?? body.error.code}`;
    this.look();
    this.desk.requestUpdate();
  }
}

export function workOffer(desk) {
  const { work } = desk;
  if (work.taken && !work.between) return html`<section class="sheet"><p class="help">${t('work.waits', { request: work.taken })}</p></section>`;
  if (!work.between || work.taken || (!work.offered && !work.folder.fault)) return nothing;
  return html`
    <section class="sheet work-offer" aria-labelledby="work-offer">
      <h2 id="work-offer">${t('work.title')}</h2>
      ${said(work.folder)}
      <p>${t(work.offered === 1 ? 'work.one' : 'work.many', { count: work.offered })}</p>
      <button type="button" aria-keyshortcuts="Alt+W" @click=${() => work.take()}>${t('work.take')} <kbd>Alt + W</kbd></button>
    </section>`;
}

const outcome = (work, value) => html`
  <label class="option"><input type="radio" name="work-outcome" value=${value} required .checked=${work.outcome === value}
    @change=${() => { work.outcome = value; work.desk.requestUpdate(); }}> ${t(`outcome.${value}`)}</label>`;

export function work(desk) {
  const { work: own } = desk;
  if (!own.taken || !own.between) return nothing;
  return html`
    <section class="sheet folder-sheet" aria-labelledby="work">
      <h2 id="work" tabindex="-1">${t('work.title')} <span class="ref">${own.taken}</span></h2>
      ${said(own.folder)}
      ${own.folder.whole ? whole(own.folder) : nothing}
      <form @submit=${(event) => { event.preventDefault(); own.finish(); }}>
        <label for="work-notes">${t('notes')}</label>
        <textarea id="work-notes" rows="4" maxlength="4000" .value=${own.notes} @input=${(event) => { own.notes = event.target.value; }}></textarea>
        <fieldset><legend>${t('finish.outcome')}</legend>${OUTCOMES.map((value) => outcome(own, value))}</fieldset>
        <div class="row">
          <button class="primary" ?disabled=${!own.outcome}>${t('work.finish')}</button>
          <button type="button" @click=${() => own.leave()}>${t('work.leave')}</button>
        </div>
      </form>
    </section>`;
}
