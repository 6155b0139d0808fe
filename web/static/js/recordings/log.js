// Who asked for what and heard it: for the people in charge.
import { html, nothing } from '../../vendor/lit.js';
import { date, hour, t } from '../texts.js';

const entry = (one) => html`
  <tr>
    <td>${date(one.asked_at)} ${hour(one.asked_at)}</td>
    <td>${one.by}<br><span class="quiet">${t(`recordings.role.${one.role}`)}</span></td>
    <td>${t(`recordings.purpose.${one.purpose}`)}: ${one.opened_at ? hour(one.opened_at) : t('recordings.log.unopened')}</td>
    <td>${one.reason}</td>
    <td>${one.second ?? (one.protected ? t('recordings.second.waits') : '–')}</td>
    <td class="call">${one.call}</td>
  </tr>`;

export const log = (page) => html`
  <section class="sheet" aria-labelledby="log">
    <div class="log-head">
      <h2 id="log">${t('recordings.log')}</h2>
      <button type="button" class="small" @click=${() => page.record('')}>${t('recordings.log.all')}</button>
    </div>
    ${page.entries === null ? html`<p class="help">${t('recordings.log.help')}</p>`
      : page.entries.log.length ? html`<div class="scroll" role="group" aria-labelledby="log" tabindex="0"><table>
        <thead><tr>${['when', 'by', 'heard', 'reason', 'second', 'call'].map((one) => html`<th scope="col">${t(`recordings.log.${one}`)}</th>`)}</tr></thead>
        <tbody>${page.entries.log.map(entry)}</tbody></table></div>`
        : html`<p class="help" role="status">${t('recordings.log.nobody')}</p>`}
  </section>`;
