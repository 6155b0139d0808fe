// Ending a contact: notes, outcome; or passing it to the second level.
import { html, live, nothing } from '../../vendor/lit.js';
import { lasted, serverNow } from '../clock.js';
import { subject, subjectNames } from '../subjects.js';
import { t } from '../texts.js';
import { REASONS } from './place.js';

const OUTCOMES = ['resolved', 'informed', 'documents_requested', 'callback', 'pending', 'wrong_service', 'caller_left'];
const NOTES_LENGTH = 4000;

const outcome = (desk, value) => html`
  <label class="option"><input type="radio" name="outcome" value=${value} required .checked=${live(desk.outcome === value)}
    @change=${() => { desk.outcome = value; desk.requestUpdate(); }}> ${t(`outcome.${value}`)}</label>`;

const leftOver = ({ until }) => (until ? html`<p class="help" role="timer">${t('finish.left', { time: lasted(serverNow(), until) })}</p>` : nothing);

const ending = (desk) => html`
  <fieldset><legend>${t('finish.outcome')}</legend>${OUTCOMES.map((value) => outcome(desk, value))}</fieldset>
  <button class="primary" ?disabled=${desk.busy || !desk.outcome}>${t(desk.my.then ? 'finish.only' : 'finish.go')}</button>
  ${desk.my.then ? nothing : html`
    <label for="after">${t('pause.reason')}</label>
    <div class="row">
      <select id="after" name="after">${REASONS.map((reason) => html`<option value=${reason}>${t(`pause.${reason}`)}</option>`)}</select>
      <button name="pause" ?disabled=${desk.busy || !desk.outcome}>${t('finish.pause')}</button>
    </div>`}
  ${desk.outcome ? leftOver(desk.my) : html`<p class="help">${t('finish.choose')}</p>${leftOver(desk.my)}`}`;

export function closeContact(desk) {
  const { state } = desk.my;
  if (state !== 'talking' && state !== 'wrap_up') return nothing;
  return html`
    <form class="sheet" aria-labelledby="contact" @submit=${(event) => { event.preventDefault(); desk.finish(event.submitter?.name === 'pause' ? event.target.elements.after.value : null); }}>
      <h2 id="contact">${t(state === 'wrap_up' ? 'finish.title' : 'notes.during')}</h2>
      <label for="notes">${t('notes')}</label>
      <textarea id="notes" rows="7" maxlength=${NOTES_LENGTH} aria-describedby="notes-help" .value=${live(desk.notes)} @input=${(event) => desk.write(event.target.value)}></textarea>
      <p id="notes-help" class="help">${t('notes.help')}</p>
      ${state === 'wrap_up' ? ending(desk) : nothing}
    </form>`;
}

export function passOn(desk) {
  if (desk.my.state !== 'talking') return nothing;
  const subjects = subjectNames();
  const why = subjects.includes(desk.card?.why) ? desk.card.why : 'general';
  return html`
    <form class="sheet" aria-labelledby="pass" @submit=${(event) => { event.preventDefault(); desk.ask('/desk/pass', { subject: event.target.elements.subject.value, level: Number(event.target.elements.level.value) }); }}>
      <h2 id="pass">${t('pass.title')}</h2>
      <label for="subject">${t('pass.subject')}</label>
      <select id="subject" name="subject">${subjects.map((name) => html`<option value=${name} ?selected=${name === why}>${subject(name)}</option>`)}</select>
      <label for="level">${t('wall.wanted_level')}</label>
      <select id="level" name="level">${[2, 1].map((level) => html`<option value=${level}>${t('wall.level_n', { level })}</option>`)}</select>
      <button ?disabled=${desk.busy}>${t('pass.go')}</button>
    </form>`;
}
