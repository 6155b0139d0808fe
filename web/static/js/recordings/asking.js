// Before the first byte: why. In a dialog that keyboard and screen reader know; what is said stays on record.
import { html, nothing } from '../../vendor/lit.js';
import { icon } from '../icons.js';
import { date, hour, t } from '../texts.js';

function send(page, event) {
  event.preventDefault();
  page.wish(page.open.call, event.target.elements.reason.value.trim());
}

export function asking(page) {
  const one = page.open;
  const shut = () => { if (page.open) { page.open = null; page.fault = null; page.requestUpdate(); } };
  return html`
    <dialog class="sheet asking" aria-labelledby="asking-title" @close=${shut}>
      ${one ? html`<form @submit=${(event) => send(page, event)}>
        <div class="asking-head"><h2 id="asking-title">${t('recordings.ask')}</h2><button type="button" @click=${shut}>${t('hands.shut')}</button></div>
        <p class="notice" role="alert" data-kind="fault" ?hidden=${!page.fault}>${page.fault ? t(page.fault) : nothing}</p>
        <p>${date(one.at)}, ${hour(one.at)}</p>
        ${one.protected ? html`<p class="notice">${icon('shield')} ${t('recordings.second.needed')}</p>` : nothing}
        <label for="reason">${t('recordings.reason')}</label>
        <textarea id="reason" name="reason" rows="3" required minlength="5" maxlength="200" aria-describedby="reason-help"></textarea>
        <p id="reason-help" class="help">${t('recordings.reason.help')}</p>
        <button class="primary">${t(one.protected ? 'recordings.second.ask' : one.writing ? 'recordings.read' : 'recordings.listen')}</button>
      </form>` : nothing}
    </dialog>`;
}

// Called after each drawing: the dialog is modal while something is asked for.
export function followAsking(page) {
  const dialog = page.querySelector('dialog.asking');
  if (!dialog) return;
  if (page.open && !dialog.open) { dialog.showModal(); dialog.querySelector('textarea').focus(); }
  if (!page.open && dialog.open) dialog.close();
}
