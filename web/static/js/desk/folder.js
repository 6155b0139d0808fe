// The citizen's folder: requests and contacts of every channel, page by page, and what can be done with a request.
// It is opened by hand: every look is on record. What the level proven does not uncover never comes from the server.
import { html, nothing } from '../../vendor/lit.js';
import { ask } from '../ask.js';
import { icon } from '../icons.js';
import { subject, subjectNames } from '../subjects.js';
import { current, date, has, hour, t } from '../texts.js';

const PAGE = { requests: 8, contacts: 20 }; // as crm_bridge/folder.py; only for going back
const WHICH = ['open', 'closed', 'all'];

const word = (list, name) => list?.find((one) => one.name === name)?.about?.[current()] ?? name ?? '';
const wordOr = (key, name) => (has(`${key}.${name}`) ? t(`${key}.${name}`) : name.replaceAll('_', ' '));
const moment = (seconds) => `${date(seconds)} ${hour(seconds).slice(0, 5)}`;

export class Folder {
  seen = null;
  which = 'open';
  from = { requests: 0, contacts: 0 };
  whole = null; // the one request that is open on the page
  catalogue = null;
  fault = null;
  pending = false;
  busy = false;

  // `place`: where requests are read and handled; a supervisor's is another.
  constructor(desk, place = '/desk/requests') { Object.assign(this, { desk, place }); }

  forget() { Object.assign(this, { seen: null, whole: null, fault: null, pending: false, which: 'open', from: { requests: 0, contacts: 0 } }); }

  async #get(path) {
    this.busy = true;
    this.desk.requestUpdate();
    const { ok, body } = await ask('GET', path);
    this.busy = false;
    this.fault = ok ? null : [`refused.${body.error.reason}`, `refused.${body.error.code}`].find(has) ?? 'refused.our_fault';
    this.desk.requestUpdate();
    return ok ? body : null;
  }

  async learn() {
    this.catalogue ??= await this.#get('/desk/catalogue');
  }

  async open() {
    const call = this.desk.my.call;
    await this.learn();
    const seen = await this.#get(`/desk/folder?which=${this.which}&requests_from=${this.from.requests}&contacts_from=${this.from.contacts}`);
    if (!seen || this.desk.my.call !== call) return;
    const first = this.seen === null;
    this.seen = seen;
    this.desk.requestUpdate();
    if (!first) return;
    await this.desk.updateComplete;
    this.desk.querySelector('#folder')?.focus();
  }

  choose(which) { Object.assign(this, { which, whole: null }); this.from.requests = 0; this.open(); }

  turn(list, to) { this.from[list] = Math.max(0, to); this.open(); }

  async unfold(reference) {
    if (this.whole?.request.reference === reference) { this.whole = null; this.desk.requestUpdate(); return; }
    await this.learn();
    this.whole = await this.#get(`${this.place}/${reference}`);
    this.desk.requestUpdate();
  }

  async handle(reference, what) {
    this.busy = true;
    this.desk.requestUpdate();
    const { ok, body } = await ask('POST', `${this.place}/${reference}`, what);
    this.busy = false;
    if (!ok) {
      this.fault = [`refused.${body.error.reason}`, `refused.${body.error.code}`].find(has) ?? 'refused.our_fault';
      this.desk.requestUpdate();
      return;
    }
    this.pending = body.pending;
    const whole = await this.#get(`${this.place}/${reference}`);
    if (whole) this.whole = whole;
    if (this.seen) await this.open();
    this.desk.requestUpdate();
  }

  async unseal(reason) {
    const { ok, body } = await ask('POST', '/desk/unseal', { reason });
    this.fault = ok ? 'folder.unseal.asked' : [`refused.${body.error.reason}`, `refused.${body.error.code}`].find(has) ?? 'refused.our_fault';
    this.desk.requestUpdate();
  }
}

// ---- one request ----

const chosen = (event, name) => event.target.elements[name]?.value ?? '';

const options = (names, said, now) => names.map((name) => html`<option value=${name} ?selected=${name === now}>${said(name)}</option>`);

function form(folder, request, action, fields, what, label = `handle.${action}`) {
  const send = (event) => { event.preventDefault(); folder.handle(request.reference, { action, ...what(event) }); };
  return html`
    <details>
      <summary>${t(label)}</summary>
      <form @submit=${send}>${fields}<button ?disabled=${folder.busy}>${t(label)}</button></form>
    </details>`;
}

const labelled = (id, label, control) => html`<label for=${id}>${t(label)}</label>${control}`;

const areas = (folder, id, now) => html`<select id=${id} name="area"><option value="">${t('folder.no_area')}</option>
  ${options(folder.catalogue.areas.map(({ name }) => name), (name) => word(folder.catalogue.areas, name), now)}</select>`;

const FORMS = {
  assign: (folder, one) => form(folder, one, 'assign', html`
    ${labelled('assign-area', 'folder.area', areas(folder, 'assign-area', one.area))}
    ${labelled('assign-agent', 'folder.assignee', html`<select id="assign-agent" name="agent"><option value="">${t('folder.nobody')}</option>
      ${options(folder.catalogue.agents.map(({ name }) => name), (name) => folder.catalogue.agents.find((agent) => agent.name === name).display, one.assignee)}</select>`)}`,
  (event) => ({ area: chosen(event, 'area'), agent: chosen(event, 'agent') })),
  prioritise: (folder, one) => form(folder, one, 'prioritise', labelled('priority', 'folder.priority', html`
    <select id="priority" name="priority">${options([9, 7, 5, 3, 1], (n) => t(`priority.${n}`), one.priority)}</select>`),
  (event) => ({ priority: Number(chosen(event, 'priority')) })),
  classify: (folder, one) => form(folder, one, 'classify', html`
    ${labelled('classify-subject', 'pass.subject', html`<select id="classify-subject" name="subject">${options(subjectNames(), subject, one.subject)}</select>`)}
    ${labelled('classify-kind', 'folder.kind', html`<select id="classify-kind" name="kind">
      ${options(folder.catalogue.kinds.map(({ name }) => name), (name) => word(folder.catalogue.kinds, name), one.kind)}</select>`)}`,
  (event) => ({ subject: chosen(event, 'subject'), kind: chosen(event, 'kind') })),
  escalate: (folder, one) => form(folder, one, 'escalate', html`
    ${labelled('escalate-level', 'wall.wanted_level', html`<select id="escalate-level" name="level">${options([2, 3, 1], (level) => t('wall.level_n', { level }), one.level + 1)}</select>`)}
    ${labelled('escalate-area', 'folder.area', areas(folder, 'escalate-area', one.area))}
    ${labelled('escalate-reason', 'folder.reason', html`<textarea id="escalate-reason" name="reason" rows="2" maxlength="400" required></textarea>`)}`,
  (event) => ({ level: Number(chosen(event, 'level')), area: chosen(event, 'area'), reason: chosen(event, 'reason') })),
};

const press = (folder, one, action, kind = '') => html`
  <button type="button" class=${kind} ?disabled=${folder.busy} @click=${() => folder.handle(one.reference, { action })}>${t(`handle.${action}`)}</button>`;

function hands(folder, { request: one, may }) {
  const still = one.open ? may : may.filter((action) => action === 'continue' && one.state === 'resolved');
  const mine = folder.desk.who.name;
  const plain = still.filter((action) => (action === 'continue' && folder.desk.my.call && folder.desk.card?.request !== one.reference) || (action === 'take' && one.assignee !== mine) || action === 'close');
  return html`
    <div class="row wrap">${plain.map((action) => press(folder, one, action, action === 'continue' ? 'primary' : ''))}</div>
    ${still.filter((action) => action in FORMS).map((action) => FORMS[action](folder, one))}`;
}

const responsible = (folder, one) => [
  word(folder.catalogue?.areas, one.area), t('wall.level_n', { level: one.level }),
  folder.catalogue?.agents.find(({ name }) => name === one.assignee)?.display ?? one.assignee,
].filter(Boolean).join(' · ');

const attached = (one) => html`<li>${wordOr('attachment', one.kind)} · ${moment(one.at)}${one.reference ? html` <span class="ref">${one.reference}</span>` : nothing}</li>`;

export const contact = (one) => html`
  <li>
    <p>${moment(one.at)} · ${wordOr('channel', one.channel)} · ${t(`direction.${one.direction}`)} <span class="ref">${one.request}</span></p>
    <p><strong>${subject(one.subject)}</strong>${one.outcome ? html` · ${wordOr('outcome', one.outcome)}` : nothing}${one.agent ? html` · ${one.agent}` : nothing}</p>
    ${one.notes ? html`<p class="quiet">${one.notes}</p>` : nothing}
  </li>`;

export function whole(folder) {
  const { request: one, contacts, attachments } = folder.whole;
  return html`
    <div class="whole">
      <dl class="facts">
        <div><dt>${t('folder.kind')}</dt><dd>${word(folder.catalogue?.kinds, one.kind)}</dd></div>
        <div><dt>${t('folder.responsible')}</dt><dd>${responsible(folder, one)}</dd></div>
        <div><dt>${t('folder.priority')}</dt><dd>${has(`priority.${one.priority}`) ? t(`priority.${one.priority}`) : one.priority}</dd></div>
        ${one.reason ? html`<div class="wide"><dt>${t('folder.reason')}</dt><dd>${one.reason}</dd></div>` : nothing}
      </dl>
      ${hands(folder, folder.whole)}
      ${contacts.length ? html`<h3>${t('card.contacts')}</h3><ul class="items">${contacts.slice(0, 5).map(contact)}</ul>` : nothing}
      ${attachments.length ? html`<h3>${t('folder.attachments')}</h3><ul class="items">${attachments.map(attached)}</ul>` : nothing}
    </div>`;
}

const late = (one) => one.open && one.due_at * 1000 < Date.now();

export function request(folder, one) {
  const unfolded = folder.whole?.request.reference === one.reference;
  return html`
    <li>
      <button type="button" class="request" aria-expanded=${unfolded} @click=${() => folder.unfold(one.reference)}>
        <span><strong>${subject(one.subject)}</strong> <span class="ref">${one.reference}</span></span>
        <span><span class="tag">${t(`request.${one.state}`)}</span> ${one.open ? html`<span data-late=${late(one)}>${late(one) ? icon('warning') : nothing} ${t('card.due', { date: date(one.due_at) })}</span>` : t('card.since', { date: date(one.changed_at) })}</span>
      </button>
      ${unfolded ? whole(folder) : nothing}
    </li>`;
}

// ---- the folder ----

const pager = (folder, list, page) => (page.offset || page.more ? html`
  <div class="row pager">
    <button type="button" ?disabled=${folder.busy || !page.offset} @click=${() => folder.turn(list, page.offset - PAGE[list])}>${t('folder.newer')}</button>
    <button type="button" ?disabled=${folder.busy || !page.more} @click=${() => folder.turn(list, page.offset + PAGE[list])}>${t('folder.older')}</button>
  </div>` : nothing);

const person = ({ citizen }) => html`
  <dl class="facts">
    ${['document', 'affiliation'].filter((name) => citizen[name]).map((name) => html`<div><dt>${t(`folder.${name}`)}</dt><dd>${citizen[name]}</dd></div>`)}
    ${citizen.telephones?.length ? html`<div><dt>${t('folder.telephones')}</dt><dd>${citizen.telephones.join(', ')}</dd></div>` : nothing}
  </dl>`;

const filter = (folder) => html`
  <div class="row filter" role="group" aria-label=${t('folder.which')}>${WHICH.map((which) => html`
    <button type="button" aria-pressed=${folder.which === which} ?disabled=${folder.busy} @click=${() => folder.choose(which)}>${t(`folder.${which}`)}</button>`)}</div>`;

const list = (items, none) => (items.length ? html`<ul class="items">${items}</ul>` : html`<p class="help">${t(none)}</p>`);

const opened = (folder) => html`
  ${person(folder.seen)}
  ${filter(folder)}
  ${list(folder.seen.requests.items.map((one) => request(folder, one)), 'folder.none')}
  ${pager(folder, 'requests', folder.seen.requests)}
  <h3>${t('card.contacts')}</h3>
  ${list(folder.seen.contacts.items.map(contact), 'card.contacts.none')}
  ${pager(folder, 'contacts', folder.seen.contacts)}`;

const sealed = (folder) => html`
  <form @submit=${(event) => { event.preventDefault(); folder.unseal(chosen(event, 'reason')); }}>
    <p class="help">${t('folder.unseal.help')}</p>
    ${labelled('unseal', 'folder.reason', html`<input id="unseal" name="reason" required minlength="3" maxlength="40" autocomplete="off">`)}
    <button>${t('folder.unseal')}</button>
  </form>`;

export const said = (folder) => html`
  <p class="notice" role="status" data-kind=${folder.fault === 'folder.unseal.asked' ? 'news' : 'fault'} ?hidden=${!folder.fault}>${folder.fault ? t(folder.fault) : nothing}</p>
  <p class="notice" role="status" data-kind="news" ?hidden=${!folder.pending}>${folder.pending ? t('folder.pending') : nothing}</p>`;

export function folder(desk) {
  const { folder: own, card } = desk;
  // By the level that was proven: where the CRM was down when the card was made, the folder can be opened when it is back.
  if (!card || !(card.proven_level >= 1 || card.protected) || !['talking', 'wrap_up'].includes(desk.my.state)) return nothing;
  const shut = !own.seen || own.seen.sealed;
  return html`
    <section class="sheet folder-sheet" aria-labelledby="folder" aria-busy=${own.busy}>
      <h2 id="folder" tabindex="-1">${t('folder.title')}</h2>
      ${said(own)}
      ${shut ? html`<button type="button" class="open-folder" aria-keyshortcuts="Alt+C" ?disabled=${own.busy} @click=${() => own.open()}>${t('folder.show')} <kbd>Alt + C</kbd></button>` : nothing}
      ${own.seen?.sealed || (card.protected && !own.seen) ? sealed(own) : nothing}
      ${shut ? html`<p class="help">${t('folder.on_record')}</p>` : opened(own)}
    </section>`;
}
