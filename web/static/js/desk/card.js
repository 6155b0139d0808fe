// The citizen's card: who, in which language, how well proven, why, and what was before.
import { html, nothing } from '../../vendor/lit.js';
import { icon } from '../icons.js';
import { subject } from '../subjects.js';
import { date, hour, isoDate, t, telephoneNumber } from '../texts.js';

const noCard = (desk) => html`
  <section class="sheet empty-card" aria-labelledby="card">
    <img src="/static/icon.svg" alt="" width="96" height="96">
    <h2 id="card">${t('desk.no_card')}</h2>
    <p class="help">${t(desk.my.state === 'ready' ? 'desk.no_card.ready' : 'desk.no_card.paused')}</p>
  </section>`;

function name(card) {
  if (card.protected) return t('card.protected');
  if (card.who) return card.proven ? card.who : t('card.perhaps', { name: card.who }); // a number proves nobody
  return card.candidates > 1 ? t('card.several', { count: card.candidates }) : t('card.unknown');
}

const who = (card) => html`
  <div class="who-is">
    ${icon(card.protected ? 'shield' : 'person')}
    <div>
      <h2 id="card" tabindex="-1">${name(card)}</h2>
      ${card.protected ? html`<p>${t('card.protected.help')}</p>` : nothing}
      ${card.who && !card.proven ? html`<p class="hint">${icon('warning')} ${t('card.hint')}</p>` : nothing}
    </div>
  </div>`;

const fact = (label, value, kind = '') => html`<div class=${kind}><dt>${t(label)}</dt><dd>${value}</dd></div>`;

const level = (proven) => html`<span class="steps" aria-hidden="true">${[1, 2, 3].map((step) => html`<i data-on=${step <= proven}></i>`)}</span> ${t(`card.level.${proven}`)}`;

const facts = (card) => html`
  <dl class="facts">
    ${fact('card.why', subject(card.why), 'strong')}
    ${fact('card.language', t(`card.language.${card.language}`), 'strong')}
    ${fact('card.level', level(card.proven_level), 'wide')}
    ${fact('card.number', card.number ? telephoneNumber(card.number) : t('card.number.hidden'))}
    ${card.transfer_to ? fact('card.transfer_to', `${card.transfer_to.body.toUpperCase()} · ${telephoneNumber(card.transfer_to.telephone)}`, 'wide') : nothing}
    ${card.callback ? fact('card.callback', t('card.callback.ours'), 'wide') : nothing}
    ${card.request ? fact('card.request', card.request) : nothing}
  </dl>`;

const request = (one) => html`
  <li>
    <p><strong>${subject(one.subject)}</strong> <span class="ref">${one.reference}</span></p>
    <p><span class="tag">${t(`request.${one.state}`)}</span> ${t('card.since', { date: date(one.opened_at) })}${one.due_at ? html` · ${t('card.due', { date: date(one.due_at) })}` : nothing}</p>
  </li>`;

const contact = (one) => html`
  <li><p>${date(one.at)} · ${t(`channel.${one.channel}`)}</p><p><strong>${subject(one.subject)}</strong>${one.outcome ? html` · ${t(`outcome.${one.outcome}`)}` : nothing}</p></li>`;

const theCase = (one) => html`
  <li>
    <p><strong>${subject(one.subject)}</strong> <span class="ref">${one.reference}</span></p>
    <p><span class="tag">${t(`case.${one.state}`)}</span> ${t('card.since', { date: isoDate(one.since) })} · ${t(`next.${one.next_step}`)}</p>
  </li>`;

// Who may see nothing of a file is not told that there is nothing in it.
const blind = (card) => card.proven && !card.who;

// That somebody has nothing is known when the CRM has answered, and of whom: not when it is down, or nobody was found.
const known = (card) => card.crm === 'ok' && card.who;

function requests(card) {
  const hidden = card.hidden_requests ?? 0;
  if (blind(card) || !known(card) && !hidden && !card.open_requests.length) return nothing;
  return html`
    <h3>${t('card.requests')}</h3>
    ${card.open_requests.length ? html`<ul class="items">${card.open_requests.map(request)}</ul>` : nothing}
    ${hidden ? html`<p class="help">${t('card.requests.hidden', { count: hidden })}</p>` : nothing}
    ${!hidden && !card.open_requests.length ? html`<p class="help">${t('card.requests.none')}</p>` : nothing}`;
}

// At level 0 nothing of a file is shown, so nothing may be said about what it holds either.
const contacts = (card) => blind(card) || !(card.proven && known(card)) && !card.last_contacts.length ? nothing : html`
  <h3>${t('card.contacts')}</h3>
  ${card.last_contacts.length ? html`<ul class="items">${card.last_contacts.map(contact)}</ul>` : html`<p class="help">${t('card.contacts.none')}</p>`}`;

const cases = (card) => card.cases?.length ? html`<h3>${t('card.cases')}</h3><ul class="items">${card.cases.map(theCase)}</ul>` : nothing;

// What the CRM does not answer now may be what it said some minutes ago: then the agent is told of when it is.
const crmNews = (card) => card.crm === 'ok' ? nothing : html`<span>${t(`card.crm.${card.crm}`)} ${card.as_of ? t('card.as_of', { time: hour(card.as_of) }) : nothing}</span>`;

const pop = (card) => card.pop ? html`<p><a class="pop" href=${card.pop.url} target="_blank" rel="noopener noreferrer">${t('card.pop')}</a></p>` : nothing;

export function card(desk) {
  const shown = desk.card;
  if (!shown) return noCard(desk);
  return html`
    <article class="sheet card" aria-labelledby="card" data-crm=${shown.crm}>
      <p class="notice" role="status" data-kind=${shown.crm === 'down' ? 'fault' : 'news'} ?hidden=${shown.crm === 'ok'}>${icon('warning')} ${crmNews(shown)}</p>
      ${who(shown)} ${pop(shown)} ${facts(shown)}
      ${shown.protected ? nothing : html`<div class="folder"><div>${cases(shown)} ${requests(shown)}</div><div>${contacts(shown)}</div></div>`}
    </article>`;
}
