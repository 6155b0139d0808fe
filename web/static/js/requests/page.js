// What was asked today, for supervisors: one picture of the lines of demand, and tables of the rest.
import { LitElement, html, nothing, svg } from '../../vendor/lit.js';
import { ask } from '../ask.js';
import { Folder, request, said } from '../desk/folder.js';
import { header } from '../header.js';
import { learnSubjects } from '../subjects.js';
import { current, has, hour, isoDate, t, useLanguage } from '../texts.js';
import '../sign-in.js';

const EVERY_MS = 30000;
const ROW = 44;
const NAME = 330;
const BARS = 520;

const percent = (share) => (share === null || share === undefined ? '–' : new Intl.NumberFormat(current(), { style: 'percent', maximumFractionDigits: 1 }).format(share));
const wordOr = (key, name) => (has(`${key}.${name}`) ? t(`${key}.${name}`) : name.replaceAll('_', ' '));

class RequestsPage extends LitElement {
  who = null;
  reason = null;
  loaded = false;
  demand = null;
  due = [];
  my = { call: null };
  card = null;
  folder = new Folder(this, '/requests');

  createRenderRoot() { return this; }

  async connectedCallback() {
    super.connectedCallback();
    const { ok, body } = await ask('GET', '/session');
    this.loaded = true;
    if (ok && body.name) this.#enter(body); else this.requestUpdate();
    setInterval(() => { if (!document.hidden) this.#look(); }, EVERY_MS);
  }

  #enter(who) {
    if (who.role !== 'supervisor') { this.reason = 'sign_in.wrong_role.requests'; this.requestUpdate(); return; }
    this.who = who;
    this.#look();
  }

  async #look() {
    if (!this.who) return;
    const { ok, status, body } = await ask('GET', '/requests/demand');
    if (status === 401) Object.assign(this, { who: null, reason: 'sign_in.over' });
    if (ok) this.demand = body;
    const { ok: listed, body: late } = await ask('GET', '/requests/due');
    if (listed) this.due = late.due;
    this.requestUpdate();
  }

  #late() {
    return html`
      <section class="sheet folder-sheet" aria-labelledby="due">
        <h2 id="due">${t('demand.due')}</h2>
        ${said(this.folder)}
        ${this.due.length ? html`<ul class="items">${this.due.map((one) => request(this.folder, one))}</ul>` : html`<p class="help">${t('demand.due.none')}</p>`}
      </section>`;
  }

  async #leave() {
    await ask('DELETE', '/session');
    Object.assign(this, { who: null, demand: null, reason: null });
    this.requestUpdate();
  }

  #line(name) { return this.demand.names[name]?.[current()] ?? name; }

  // The picture says what the table below it says; a screen reader is given the table.
  #picture() {
    const lines = this.demand.line;
    const most = Math.max(0.01, ...lines.map((one) => Math.max(one.share ?? 0, one.published_share ?? 0)));
    const wide = (share) => ((share ?? 0) / most) * BARS;
    return html`
      <figure>
        <svg viewBox="0 0 ${NAME + BARS + 90} ${lines.length * ROW + 8}" role="img" aria-label=${t('demand.picture')}>
          ${lines.map((one, n) => svg`
            <g transform="translate(0 ${n * ROW + 4})">
              <foreignObject x="0" y="0" width="${NAME - 12}" height="${ROW}"><p xmlns="http://www.w3.org/1999/xhtml" class="bar-name">${this.#line(one.line)}</p></foreignObject>
              <rect class="now" x="${NAME}" y="8" width="${wide(one.share)}" height="${ROW - 18}" rx="3"/>
              ${one.published_share === null ? nothing : svg`<rect class="published" x="${NAME + wide(one.published_share) - 1.5}" y="3" width="3" height="${ROW - 8}"/>`}
              <text x="${NAME + Math.max(wide(one.share), wide(one.published_share)) + 10}" y="${ROW / 2 + 4}">${percent(one.share)}</text>
            </g>`)}
        </svg>
        <figcaption class="help">${t('demand.picture')}</figcaption>
      </figure>`;
  }

  #table(part, name, shown = true) {
    const rows = this.demand[part];
    const published = part === 'line';
    return html`
      <div class="sheet">
        <h2 id=${part}>${t(`demand.${part}`)}</h2>
        ${rows.length ? html`
          <div class="scroll" tabindex="0" role="region" aria-labelledby=${part}><table>
            <thead><tr><th scope="col">${t('demand.what')}</th>${shown ? html`
              <th scope="col" class="number">${t('demand.contacts')}</th><th scope="col" class="number">${t('demand.requests')}</th><th scope="col" class="number">${t('demand.share')}</th>
              ${published ? html`<th scope="col" class="number">${t('demand.published')}</th>` : nothing}` : html`<th scope="col" class="number">${t('demand.times')}</th>`}</tr></thead>
            <tbody>${rows.map((row) => html`<tr><th scope="row">${name(row[part])}</th>${shown ? html`
              <td class="number">${row.contacts}</td><td class="number">${row.requests}</td><td class="number">${percent(row.share)}</td>
              ${published ? html`<td class="number">${percent(row.published_share)}</td>` : nothing}` : html`<td class="number">${row.times}</td>`}</tr>`)}</tbody>
          </table></div>` : html`<p class="help">${t('demand.none')}</p>`}
      </div>`;
  }

  #view() {
    if (!this.loaded) return nothing;
    if (!this.who) return html`<sign-in page="requests" .reason=${this.reason} @signed-in=${({ detail }) => { this.reason = null; this.#enter(detail); }}></sign-in>`;
    if (!this.demand) return html`<p class="help" role="status">${t('line.connecting')}</p>`;
    const sum = (what) => this.demand.line.reduce((whole, one) => whole + one[what], 0);
    const action = (name) => (has(`outcome.${name}`) ? t(`outcome.${name}`) : has(`handle.${name}`) ? t(`handle.${name}`) : wordOr('action', name));
    return html`
      <p class="lead">${t('demand.lead', { contacts: sum('contacts'), requests: sum('requests'), day: isoDate(this.demand.day) })} <a href="/wall">${t('demand.wall')}</a></p>
      <section class="sheet wide" aria-label=${t('demand.picture')}>${this.#picture()}</section>
      <div class="tables">
        ${this.#table('line', (name) => this.#line(name))}
        ${this.#table('state', (name) => wordOr('request', name))}
        ${this.#table('channel', (name) => wordOr('channel', name))}
        ${this.#table('action', action, false)}
        ${this.#table('territory', (name) => (name === 'unknown' ? t('demand.unknown') : name))}
      </div>
      ${this.#late()}
      <p class="help">${t('wall.updated', { time: hour(this.demand.at) })}</p>`;
  }

  #head() {
    return this.who ? html`<button type="button" class="quiet-button" @click=${this.#leave}>${t('sign_out')} · ${this.who.display}</button>` : nothing;
  }

  render() {
    return html`${header(this, t('demand.title'), this.#head())}<main id="main" tabindex="-1" class="requests">${this.#view()}</main>`;
  }
}

await Promise.all([useLanguage(), learnSubjects()]);
customElements.define('requests-page', RequestsPage);
