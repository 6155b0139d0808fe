// The agent's place: taking it, the state with its time, and the telephone.
import { html, nothing } from '../../vendor/lit.js';
import { lasted, now } from '../clock.js';
import { icon } from '../icons.js';
import { has, t } from '../texts.js';

export const REASONS = ['rest', 'paperwork', 'training', 'meeting', 'technical'];

const BY_NAME = ['browser', 'telephone', 'outside'];
const kindOf = (address) => (BY_NAME.includes(address) ? address : 'sip:');

const choice = (desk, value, label, help) => html`
  <label class="number">
    <input type="radio" name="address" ?checked=${kindOf(desk.address) === value} @change=${() => { desk.address = value; desk.requestUpdate(); }}>
    <span><strong>${t(label)}</strong><span>${t(help)}</span></span>
  </label>`;

const sipAddress = (desk) => html`
  <label for="address">${t('desk.place.sip.address')}</label>
  <input id="address" required maxlength="200" spellcheck="false" autocapitalize="none" .value=${desk.address} @input=${(event) => { desk.address = event.target.value.trim(); }}>`;

export const place = (desk) => html`
  <form class="sheet taking" @submit=${(event) => { event.preventDefault(); desk.takePlace(); }}>
    <h2>${t('desk.place')}</h2>
    <fieldset>
      <legend>${t('desk.place.lead')}</legend>
      ${choice(desk, 'browser', 'desk.place.browser', 'desk.place.browser.help')}
      ${choice(desk, 'telephone', 'desk.place.telephone', 'desk.place.telephone.help')}
      ${choice(desk, 'outside', 'desk.place.outside', 'desk.place.outside.help')}
      ${choice(desk, 'sip:', 'desk.place.sip', 'desk.place.sip.help')}
    </fieldset>
    ${kindOf(desk.address) === 'sip:' ? sipAddress(desk) : nothing}
    <button class="primary" ?disabled=${desk.busy}>${t('desk.place.take')}</button>
  </form>`;

// While a call is at hand, a pause is for afterwards.
function afterwards(desk) {
  const { then } = desk.my;
  return html`
    <div class="controls">
      ${then ? html`<p class="why">${icon('paused')} ${t(`then.${then}`)}</p>
        <button type="button" ?disabled=${desk.busy} @click=${() => desk.ask('/desk/ready')}>${t('then.take_back')}</button>` : pausing(desk, 'then.pause')}
    </div>`;
}

function waitingNow(count) {
  if (count === null) return nothing;
  const key = count === 0 ? 'desk.waiting.none' : count === 1 ? 'desk.waiting.one' : 'desk.waiting.many';
  return html`<p class="queue">${icon('clock')} ${t(key, { count })}</p>`;
}

const pausing = (desk, label) => html`
  <form class="pausing" @submit=${(event) => { event.preventDefault(); desk.ask('/desk/pause', { reason: event.target.elements.reason.value }); }}>
    <label for="reason">${t(label)}</label>
    <div class="row">
      <select id="reason" name="reason">${REASONS.map((reason) => html`<option value=${reason}>${t(`pause.${reason}`)}</option>`)}</select>
      <button ?disabled=${desk.busy}>${icon('paused')} ${t('desk.pause')}</button>
    </div>
  </form>`;

const controls = (desk) => html`
  <div class="controls">
    ${desk.my.state === 'ready' ? nothing : html`
      <button type="button" class="go" ?disabled=${desk.busy} @click=${() => desk.ask('/desk/ready')}>${icon('ready')} ${t('desk.ready')}</button>`}
    ${pausing(desk, 'pause.reason')}
    <button type="button" class="quiet-button" ?disabled=${desk.busy} @click=${() => desk.ask('/desk/sign-out')}>${t('desk.leave')}</button>
  </div>`;

export function state(desk) {
  const { state: name, since, reason } = desk.my;
  return html`
    <section class="sheet state-sheet" data-state=${name} aria-labelledby="state">
      <h2 id="state" class="unseen">${t('desk.state')}</h2>
      <p class="big" role="status">${icon(name)} <span>${t(`state.${name}`)}</span></p>
      ${reason ? html`<p class="why">${has(`pause.${reason}`) ? t(`pause.${reason}`) : reason}</p>` : nothing}
      <p class="timer" role="timer">${lasted(since)}</p>
      ${waitingNow(desk.waiting)}
      ${name === 'ready' || name === 'paused' ? controls(desk) : nothing}
      ${name === 'talking' ? afterwards(desk) : nothing}
    </section>`;
}

function lineWord(desk) {
  if (desk.elsewhere) return 'desk.telephone.elsewhere';
  if (desk.phone) return `desk.telephone.${{ registered: 'registered', lost: 'lost' }[desk.phone.line] ?? 'connecting'}`;
  if (desk.my.address === 'outside') return 'desk.telephone.outside';
  return desk.my.address && desk.my.address !== 'browser' ? 'desk.telephone.sip' : 'desk.telephone.off';
}

const incoming = (desk) => html`
  <p class="incoming" role="alert">${icon('ringing')} ${t('desk.incoming')}</p>
  <button id="answer" type="button" class="go large" aria-keyshortcuts="Alt+A" @click=${() => desk.phone.answer()}>
    ${icon('call')} ${t('desk.answer')} <kbd>${t('desk.answer.keys')}</kbd></button>`;

const talking = ({ phone, line }) => html`
  <p class="timer small">${lasted(phone.since, now())}</p>
  <div class="row">
    <button type="button" aria-pressed=${phone.muted} @click=${() => phone.mute(!phone.muted)}>${icon(phone.muted ? 'mute' : 'microphone')} ${t(phone.muted ? 'desk.unmute' : 'desk.mute')}</button>
    ${line?.state === 'open' && !phone.held ? nothing : html`<button type="button" aria-pressed=${phone.held} @click=${() => phone.hold(!phone.held)}>${icon('hold')} ${t(phone.held ? 'desk.unhold' : 'desk.hold')}</button>`}
  </div>
  <button type="button" class="stop" @click=${() => phone.hangUp()}>${icon('hang_up')} ${t('desk.hang_up')}</button>`;

export function telephone(desk) {
  const call = desk.phone?.call ?? 'none';
  return html`
    <section class="sheet telephone" data-call=${call} data-line=${desk.phone?.line ?? 'none'} aria-labelledby="telephone">
      <h2 id="telephone">${t('desk.telephone')}</h2>
      <p class="help" role="status">${t(lineWord(desk))}${desk.my.address?.startsWith('sip:') ? html` <code>${desk.my.address}</code>` : nothing}</p>
      ${call === 'incoming' ? incoming(desk) : nothing}
      ${call === 'talking' ? talking(desk) : nothing}
    </section>`;
}
