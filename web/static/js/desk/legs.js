// What an agent may do with the caller they have: hold, ask a colleague, meet, give on. The server says where the call stands.
import { html, nothing } from '../../vendor/lit.js';
import { ask } from '../ask.js';
import { icon } from '../icons.js';
import { subject } from '../subjects.js';
import { t } from '../texts.js';

const go = (desk, move, label, shape, kind = '') => html`
  <button type="button" class=${kind} ?disabled=${desk.busy} @click=${() => desk.ask(`/desk/legs/${move}`)}>${icon(shape)} ${t(label)}</button>`;

// Asked for when the list is needed: who is free changes all the time, and most calls need nobody else.
export async function learnColleagues(desk) {
  const { ok, body } = await ask('GET', '/desk/colleagues');
  desk.colleagues = ok ? body.colleagues : [];
  desk.requestUpdate();
}

const knows = (one) => [t('wall.level_n', { level: one.level }), ...one.skills.map(subject)].join(', ');

const option = (one) => html`
  <option value=${one.name} ?disabled=${!one.free}>${one.display} · ${knows(one)}${one.free ? '' : ` (${t('legs.busy')})`}</option>`;

function colleagues(desk) {
  const all = desk.colleagues ?? [];
  const chosen = () => desk.querySelector('#colleague').value;
  return html`
    <label for="colleague">${t('legs.colleague')}</label>
    <div class="row">
      <select id="colleague" @focus=${() => learnColleagues(desk)} @pointerdown=${() => learnColleagues(desk)}>${all.map(option)}</select>
    </div>
    ${all.some((one) => one.free) ? nothing : html`<p class="help">${t('legs.nobody')}</p>`}
    <div class="row">
      <button type="button" ?disabled=${desk.busy || !all.length} @click=${() => desk.ask('/desk/consult', { agent: chosen() })}>${icon('talking')} ${t('legs.consult')}</button>
      <button type="button" ?disabled=${desk.busy || !all.length} @click=${() => desk.ask('/desk/hand', { agent: chosen() })}>${icon('call')} ${t('legs.hand')}</button>
    </div>`;
}

const other = (desk) => {
  const name = desk.legs.second;
  return desk.colleagues?.find((one) => one.name === name)?.display ?? name;
};

const PROCEDURES = ['identity', 'address', 'bank_account', 'certificate', 'health_card', 'appointment'];

// The person keys the code to the machine, alone; the agent hears music and is told how it ended.
function prove(desk) {
  const chosen = () => desk.querySelector('#procedure').value;
  return html`
    <h3 id="prove">${t('prove.title')}</h3>
    <label for="procedure">${t('prove.for')}</label>
    <div class="row">
      <select id="procedure">${PROCEDURES.map((one) => html`<option value=${one}>${t(`prove.procedure.${one}`)}</option>`)}</select>
    </div>
    <div class="row">
      <button type="button" id="send-code" aria-describedby="prove-help" ?disabled=${desk.busy} @click=${() => desk.ask('/desk/code', { procedure: chosen() })}>${icon('shield')} ${t('prove.send')}</button>
    </div>
    <p class="help" id="prove-help">${t('prove.help')}</p>`;
}

const proved = ({ proved: last, my }) => html`
  <p class="notice" role="status" data-kind=${last?.outcome === 'proven' ? 'news' : 'fault'} ?hidden=${last?.call !== my.call}>${last?.call === my.call ? t(`prove.outcome.${last.outcome}`) : nothing}</p>`;

const STAGES = {
  talk: (desk) => html`${go(desk, 'hold', 'legs.hold', 'hold')} ${colleagues(desk)} ${prove(desk)}`,
  held: (desk) => html`${go(desk, 'resume', 'legs.resume', 'call', 'primary')} ${colleagues(desk)} ${prove(desk)}`,
  asking: (desk) => go(desk, 'back', 'legs.back', 'call', 'primary'),
  consulting: (desk) => html`
    ${go(desk, 'complete', 'legs.complete', 'ready', 'primary')}
    ${go(desk, 'meet', 'legs.meet', 'person')}
    ${go(desk, 'back', 'legs.back', 'call')}`,
  meeting: (desk) => html`${go(desk, 'complete', 'legs.leave', 'hang_up')} ${go(desk, 'back', 'legs.alone', 'call')}`,
};

export function legs(desk) {
  const { state, call } = desk.my;
  if (state !== 'talking' || desk.text?.taken) return nothing;
  const mine = desk.legs?.call === call ? desk.legs : { stage: 'talk', agent: desk.who.name, second: null };
  desk.legs = mine;
  const helping = mine.second === desk.who.name;
  const buttons = STAGES[mine.stage];
  return html`
    <section class="sheet legs" data-stage=${mine.stage} aria-labelledby="legs">
      <h2 id="legs">${t('legs.title')}</h2>
      <p class="why" role="status">${helping ? t('legs.helping', { name: mine.agent }) : t(`legs.stage.${mine.stage}`, { name: mine.second ? other(desk) : '' })}</p>
      ${proved(desk)}
      ${helping || !buttons ? nothing : buttons(desk)}
    </section>`;
}

export const supervised = ({ watched }) => html`
  <p class="notice wide" role="status" data-kind="news" ?hidden=${!watched || watched.how === 'stop'}>${icon('person')} ${watched ? t(`legs.watched.${watched.how}`, { name: watched.by }) : nothing}</p>`;
