// What a supervisor may do: each with a reason, in a dialog that keyboard and screen reader know; every use is on record.
import { html, nothing } from '../../vendor/lit.js';
import { ask } from '../ask.js';
import { icon } from '../icons.js';
import { subject, subjectNames } from '../subjects.js';
import { Telephone } from '../telephone.js';
import { has, t } from '../texts.js';

const PRIORITIES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

// ---- the headset: one call of the supervisor's own into the centre, from where the server lets it listen ----

export async function putOn(wall) {
  const { ok, body } = await ask('POST', '/wall/telephone', {});
  if (!ok) { wall.fault = 'refused.no_telephone'; wall.requestUpdate(); return; }
  wall.headset = new Telephone(body, { register: true });
  wall.headset.addEventListener('change', () => wall.requestUpdate());
  wall.headset.start();
  await wall.headset.registered(3000);
  wall.headset.dial('headset', []);
}

export function takeOff(wall) {
  wall.headset?.stop();
  wall.headset = null;
  wall.requestUpdate();
}

export const headset = (wall) => {
  const on = wall.headset?.call === 'talking';
  return html`<button type="button" class="quiet-button" aria-pressed=${on} @click=${() => (wall.headset ? takeOff(wall) : putOn(wall))}>${icon(on ? 'microphone' : 'mute')} ${t(on ? 'hands.headset.off' : 'hands.headset.on')}</button>`;
};

// ---- the dialog ----

export const opener = (wall, open, label, name) => html`
  <button type="button" class="small" aria-haspopup="dialog" aria-label=${name ? `${t(label)}: ${name}` : t(label)} @click=${() => { wall.open = open; wall.fault = null; if (open.kind === 'caller') askWhy(wall, open.caller); wall.requestUpdate(); }}>${t(label)}</button>`;

async function send(wall, path, body) {
  const { ok, body: answer } = await ask('POST', path, body);
  const { code, reason } = answer.error ?? {};
  wall.fault = ok ? null : [`refused.${reason}`, `refused.${code}`].find(has) ?? 'refused.our_fault';
  if (ok) wall.open = null;
  wall.requestUpdate();
}

const doing = (wall, label, path, body, kind = '') => html`
  <button type="submit" class=${kind} @click=${(event) => {
    event.preventDefault();
    const form = event.target.closest('form');
    if (form.reportValidity()) send(wall, path, body(form.elements));
  }}>${t(label)}</button>`;

const reasonField = () => html`
  <label for="hands-reason">${t('hands.reason')}</label>
  <input id="hands-reason" name="reason" required minlength="3" maxlength="40" autocomplete="off" aria-describedby="hands-record">
  <p id="hands-record" class="help">${t('hands.record')}</p>`;

const spying = (wall, agent) => {
  const spy = (how) => (fields) => ({ agent: agent.name, how, reason: fields.reason.value.trim() });
  if (wall.headset?.call !== 'talking') return html`<p class="help">${t('hands.headset.first')}</p>`;
  return html`<div class="hands-row">
    ${doing(wall, 'hands.listen', '/wall/spy', spy('listen'), 'primary')} ${doing(wall, 'hands.whisper', '/wall/spy', spy('whisper'))}
    ${doing(wall, 'hands.join', '/wall/spy', spy('join'))}
    ${doing(wall, 'hands.take_over', '/wall/take-over', (fields) => ({ agent: agent.name, reason: fields.reason.value.trim() }))}
    ${doing(wall, 'hands.stop', '/wall/spy', spy('stop'))}
  </div>`;
};

const forced = (wall, agent, to) => doing(wall, `hands.${to}`, '/wall/force', (fields) => ({ agent: agent.name, to, reason: fields.reason.value.trim() }));

const ofAgent = (wall, agent) => html`
  ${reasonField()}
  ${agent.state === 'talking' ? spying(wall, agent) : nothing}
  <div class="hands-row">${['ready', 'pause', 'sign_out'].map((to) => forced(wall, agent, to))}</div>`;

const subjectList = (chosen, all = false) => html`
  <label for="hands-subject">${t('wall.wish')}</label>
  <select id="hands-subject" name="subject">${all ? html`<option value="all">${t('hands.all')}</option>` : nothing}
    ${subjectNames().map((name) => html`<option value=${name} ?selected=${name === chosen}>${subject(name)}</option>`)}</select>`;

export async function askWhy(wall, { call }) {
  wall.why = null;
  const { ok, body } = await ask('GET', `/wall/why/${call}`);
  wall.why = ok ? body : null;
  wall.requestUpdate();
}

const why = ({ why: reasons }) => (reasons ? html`
  <section class="why-not" aria-labelledby="why-not">
    <h3 id="why-not">${t('why.title')}</h3>
    <ul>
      ${reasons.nobody_ever ? html`<li>${icon('warning')} ${t('why.nobody_ever')}</li>` : reasons.nobody_here ? html`<li>${icon('warning')} ${t('why.nobody_here')}</li>` : nothing}
      ${Object.entries(reasons.hindered).map(([one, many]) => html`<li>${t(`why.${one === 'free' && reasons.away ? 'free_away' : one}`)}: ${many}</li>`)}
      ${reasons.next_opens_in_s === null ? nothing : html`<li>${t('why.opens', { time: Math.ceil(reasons.next_opens_in_s) })}</li>`}
    </ul>
  </section>` : nothing);

const ofCaller = (wall, caller) => html`
  ${why(wall)}
  ${subjectList(caller.subject)}
  <label for="hands-level">${t('wall.wanted_level')}</label>
  <select id="hands-level" name="level">${[1, 2].map((level) => html`<option ?selected=${level === caller.level}>${level}</option>`)}</select>
  <label for="hands-priority">${t('hands.priority')}</label>
  <select id="hands-priority" name="priority">${PRIORITIES.map((one) => html`<option ?selected=${one === caller.priority}>${one}</option>`)}</select>
  ${reasonField()}
  <div class="hands-row">${doing(wall, 'hands.move.go', '/wall/move', ({ subject: about, level, priority, reason: why }) => ({
    call: caller.call, subject: about.value, level: Number(level.value), priority: Number(priority.value), reason: why.value.trim() }), 'primary')}</div>`;

const ofQueue = (wall) => html`
  ${subjectList('', true)}
  <fieldset><legend>${t('hands.waiting')}</legend>
    ${['serve', 'callback', 'goodbye', 'open'].map((one) => html`<label class="option"><input type="radio" name="waiting" value=${one} required> ${t(`hands.waiting.${one}`)}</label>`)}
  </fieldset>
  ${reasonField()}
  <div class="hands-row">${doing(wall, 'hands.close.go', '/wall/close', ({ subject: about, waiting, reason: why }) => ({
    subject: about.value, waiting: waiting.value, reason: why.value.trim() }), 'primary')}</div>`;

const titleOf = ({ kind, agent, caller }) => (kind === 'agent' ? agent.display : kind === 'caller' ? `${t('hands.move')} · ${subject(caller.subject)}` : t('hands.close'));

export function hands(wall) {
  const { open } = wall;
  const shut = () => { wall.open = null; wall.requestUpdate(); };
  const agent = open?.kind === 'agent' ? wall.board.agents.find((one) => one.name === open.agent.name) ?? open.agent : null;
  return html`
    <dialog class="sheet hands" aria-labelledby="hands-title" @close=${shut}>
      ${open ? html`<form>
        <div class="hands-head"><h2 id="hands-title">${titleOf(open)}</h2><button type="button" @click=${shut}>${t('hands.shut')}</button></div>
        <p class="notice" role="alert" data-kind="fault" ?hidden=${!wall.fault}>${wall.fault ? t(wall.fault) : nothing}</p>
        ${open.kind === 'agent' ? ofAgent(wall, agent) : open.kind === 'caller' ? ofCaller(wall, open.caller) : ofQueue(wall)}
      </form>` : nothing}
    </dialog>`;
}

// Called after each drawing: the dialog is modal while something is open.
export function followHands(wall) {
  const dialog = wall.querySelector('dialog.hands');
  if (!dialog) return;
  if (wall.open && !dialog.open) dialog.showModal();
  if (!wall.open && dialog.open) dialog.close();
}

export const closed = (wall, { closed: queues = {} }) => Object.entries(queues).map(([name, waiting]) => html`
  <p class="notice" role="status" data-kind="fault">${icon('warning')} ${t('hands.closed', { queue: name === 'all' ? t('hands.all') : subject(name) })} · ${t(`hands.waiting.${waiting}`)}</p>`);
