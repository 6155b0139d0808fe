// A consent episode held by an agent: choose the act, read the statement aloud, take the answer. The server keeps it; this page shows it.
import { html, live, nothing } from '../../vendor/lit.js';
import { ask } from '../ask.js';
import { icon } from '../icons.js';
import { current, t, tagOf } from '../texts.js';

const DETAIL_LENGTH = 200;
const HEARD = new Set(['talk', 'meeting']);

// Asked for once a call is there: an institution changes its acts rarely.
export async function learnActs(desk) {
  const { ok, body } = await ask('GET', '/desk/acts');
  desk.acts = ok ? body.acts : [];
  desk.requestUpdate();
}

const name = (act) => act?.about[current()] ?? act?.about.es ?? act?.name ?? '';

// Never disabled while a request is under way: a button that is disabled loses the focus, and the agent the place. So a
// second press of the same is let pass by.
async function step(desk, what) {
  const { episode } = desk.consent;
  if (desk.consentSent === `${episode} ${what}`) return;
  desk.consentSent = `${episode} ${what}`;
  if (!await desk.ask(`/desk/consent/${what}`, { episode })) desk.consentSent = null;
}

const button = (desk, what, label, shape, key, kind = '', id = nothing) => html`
  <button type="button" id=${id} class=${kind} aria-keyshortcuts="Alt+${key}" @click=${() => step(desk, what)}>
    ${icon(shape)} ${t(label)} <kbd aria-hidden="true">Alt+${key}</kbd></button>`;

function statement(desk) {
  const { consent } = desk;
  const act = desk.acts?.find((one) => one.name === consent.act);
  const heard = HEARD.has(desk.legs?.call === desk.my.call ? desk.legs.stage : 'talk');
  return html`
    <p class="why"><strong>${name(act)}</strong></p>
    <p role="status">${t(heard ? (consent.read ? 'consent.ask_now' : 'consent.read_aloud') : 'consent.not_heard')}</p>
    <blockquote id="statement" lang=${tagOf(consent.language)} tabindex="-1">${consent.text}</blockquote>
    <div class="row">
      ${consent.read
    ? html`${button(desk, 'accepted', 'consent.accepted', 'ready', 'S', 'primary', 'consent-next')} ${button(desk, 'refused', 'consent.refused', 'signed_out', 'N')}`
    : button(desk, 'read', 'consent.read', 'talking', 'L', 'primary', 'consent-next')}
      ${button(desk, 'interrupted', 'consent.interrupted', 'hold', 'I')}
    </div>`;
}

async function begin(desk, event) {
  event.preventDefault();
  if (desk.busy) return;
  const { act, detail } = event.target.elements;
  if (!await desk.ask('/desk/consent', { act: act.value, detail: detail?.value ?? '' })) return;
  desk.consentDetail = '';
  desk.consentLast = null;
}

function choice(desk) {
  const acts = desk.acts ?? [];
  const proven = desk.card?.proven_level ?? 0;
  const chosen = acts.find((one) => one.name === desk.consentAct) ?? acts[0];
  if (!chosen) return html`<p class="help">${t('consent.none')}</p>`;
  return html`
    ${desk.consentLast ? html`<p role="status" data-outcome=${desk.consentLast}>${icon(desk.consentLast === 'accepted' ? 'ready' : 'warning')} ${t(`consent.was.${desk.consentLast}`)}</p>` : nothing}
    <form @submit=${(event) => begin(desk, event)}>
      <label for="act">${t('consent.act')}</label>
      <select id="act" name="act" @change=${(event) => { desk.consentAct = event.target.value; desk.requestUpdate(); }}>
        ${acts.map((one) => html`<option value=${one.name} ?selected=${one === chosen}>${name(one)}</option>`)}</select>
      ${chosen.detail ? html`
        <label for="detail">${t('consent.detail')}</label>
        <input id="detail" name="detail" required maxlength=${DETAIL_LENGTH} autocomplete="off" aria-describedby="detail-help"
          .value=${live(desk.consentDetail ?? '')} @input=${(event) => { desk.consentDetail = event.target.value; }}>
        <p id="detail-help" class="help">${t('consent.detail.help')}</p>` : nothing}
      ${proven < chosen.level ? html`<p class="help">${t('consent.level', { level: chosen.level })}</p>` : nothing}
      <button>${icon('record')} ${t('consent.begin')}</button>
    </form>`;
}

export function consent(desk) {
  const { state, call } = desk.my;
  if (state !== 'talking' || desk.text?.taken) return nothing;
  const open = desk.consent?.episode && desk.consent.call === call;
  const helping = desk.legs?.call === call && desk.legs.second === desk.who.name;
  if (helping && !open) return nothing;
  return html`
    <section class="sheet consent" aria-labelledby="consent" data-open=${Boolean(open)}>
      <h2 id="consent">${t('consent.title')}</h2>
      ${open ? statement(desk) : choice(desk)}
    </section>`;
}

const KEYS = { KeyL: ['read', false], KeyS: ['accepted', true], KeyN: ['refused', true], KeyI: ['interrupted', null] };

// Alt and a letter, wherever the agent is writing: nobody looks for a button while reading aloud.
export function consentKey(desk, event) {
  if (!event.altKey || event.ctrlKey || event.metaKey || !(event.code in KEYS)) return;
  const [what, afterReading] = KEYS[event.code];
  const { consent: open } = desk;
  if (!open?.episode || desk.my.state !== 'talking' || event.repeat) return;
  if (afterReading !== null && afterReading !== open.read) return;
  event.preventDefault();
  step(desk, what);
}
