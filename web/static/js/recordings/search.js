// What is looked for, and what was found.
import { html, nothing, repeat } from '../../vendor/lit.js';
import { lasted } from '../clock.js';
import { icon } from '../icons.js';
import { subject } from '../subjects.js';
import { current, date, hour, t } from '../texts.js';

const STATES = ['sealed', 'partial', 'empty', 'missing', 'held', 'destroyed'];
const DAY_S = 86400;
const SHOWN_DAYS = 30;

const dayOf = (seconds) => {
  const at = new Date(seconds * 1000);
  return `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, '0')}-${String(at.getDate()).padStart(2, '0')}`;
};
const midnight = (day, later = 0) => {
  const at = new Date(`${day}T00:00:00`);
  at.setDate(at.getDate() + later);
  return at.getTime() / 1000;
};

export const act = (page, name) => {
  const about = page.acts.find((one) => one.name === name)?.about ?? {};
  return about[current()] ?? about.es ?? name.replaceAll('_', ' ');
};

const field = (id, label, input, help = '') => html`
  <div class="field"><label for=${id}>${t(label)}</label>${input}${help ? html`<p class="help" id=${`${id}-help`}>${t(help)}</p>` : nothing}</div>`;

function send(page, event) {
  event.preventDefault();
  const { since, before, person, agent, act: of, state } = event.target.elements;
  page.search({
    since: midnight(since.value), before: midnight(before.value, 1), person: person.value.trim(),
    agent: agent.value.trim().toLowerCase(), act: of.value, state: state.value,
  });
}

export function searchForm(page) {
  const now = Date.now() / 1000;
  const states = page.who.role === 'authority' ? [...STATES, 'blocked'] : STATES;
  return html`
    <section class="sheet" aria-labelledby="search">
      <h2 id="search">${t('recordings.search')}</h2>
      <form class="search" @submit=${(event) => send(page, event)}>
        ${field('since', 'recordings.since', html`<input id="since" name="since" type="date" required value=${dayOf(now - SHOWN_DAYS * DAY_S)}>`)}
        ${field('before', 'recordings.until', html`<input id="before" name="before" type="date" required value=${dayOf(now)}>`)}
        ${field('person', 'recordings.person', html`<input id="person" name="person" maxlength="40" pattern="[A-Za-z0-9\\-]*" autocomplete="off" spellcheck="false" aria-describedby="person-help">`, 'recordings.person.help')}
        ${field('agent', 'recordings.agent', html`<input id="agent" name="agent" maxlength="31" autocomplete="off" autocapitalize="none" spellcheck="false">`)}
        ${field('act', 'recordings.act', html`<select id="act" name="act"><option value="">${t('recordings.any')}</option>${page.acts.map(({ name }) => html`<option value=${name}>${act(page, name)}</option>`)}</select>`)}
        ${field('state', 'recordings.state', html`<select id="state" name="state"><option value="">${t('recordings.any')}</option>${states.map((one) => html`<option value=${one}>${t(`recordings.state.${one}`)}</option>`)}</select>`)}
        <button class="primary" ?disabled=${page.busy}>${t('recordings.go')}</button>
      </form>
    </section>`;
}

const stateOf = (one) => (one.keeping !== 'active' ? one.keeping : one.flaw === 'partial' ? 'partial' : one.state);
const audible = (one) => one.state === 'sealed' && one.keeping !== 'destroyed';

const row = (page, one) => html`
  <tr data-state=${stateOf(one)}>
    <td>${date(one.at)}<br><span class="quiet">${hour(one.at)}</span></td>
    <td class="time">${one.duration_ms === null ? '–' : lasted(0, one.duration_ms / 1000)}</td>
    <td>${one.protected ? html`<strong class="protected">${icon('shield')} ${t('card.protected')}</strong>` : html`${one.subject ? subject(one.subject) : '–'}${one.request ? html`<br><span class="quiet">${one.request}</span>` : nothing}`}
      ${one.level ? html`<br><span class="quiet">${t(`card.level.${one.level}`)}</span>` : nothing}</td>
    <td>${one.agents.join(', ') || '–'}</td>
    <td>${one.acts.length ? html`<ul>${one.acts.map((held) => html`<li>${act(page, held.act)}: ${t(`recordings.outcome.${held.outcome}`)}</li>`)}</ul>` : '–'}</td>
    <td>${t(`recordings.state.${stateOf(one)}`)}${one.hold ? html`<br><span class="quiet">${t('recordings.state.held')}</span>` : nothing}</td>
    <td class="act">
      ${audible(one) ? html`<button type="button" class="small primary" aria-haspopup="dialog" aria-label=${`${t(one.writing ? 'recordings.read' : 'recordings.listen')}: ${date(one.at)} ${hour(one.at)}`}
        @click=${() => { page.open = one; page.fault = null; page.requestUpdate(); }}>${t(one.writing ? 'recordings.read' : 'recordings.listen')}</button>` : nothing}
      <button type="button" class="small" aria-label=${`${t('recordings.who')}: ${date(one.at)} ${hour(one.at)}`} @click=${() => page.record(one.call)}>${t('recordings.who')}</button>
    </td>
  </tr>`;

export const results = (page) => html`
  <section class="sheet" aria-labelledby="results">
    <h2 id="results" tabindex="-1">${t('recordings.found', { count: page.found.length })}</h2>
    ${page.found.length ? html`<div class="scroll" role="group" aria-labelledby="results" tabindex="0"><table>
      <thead><tr>${['when', 'length', 'about', 'agent', 'act', 'state'].map((one) => html`<th scope="col">${t(`recordings.column.${one}`)}</th>`)}<th scope="col"><span class="unseen">${t('recordings.column.do')}</span></th></tr></thead>
      <tbody>${repeat(page.found, (one) => one.call, (one) => row(page, one))}</tbody>
    </table></div>` : html`<p class="help">${t('recordings.none')}</p>`}
  </section>`;
