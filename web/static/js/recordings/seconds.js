// Protected persons: what waits for somebody to agree, and what was agreed to.
import { html, nothing } from '../../vendor/lit.js';
import { icon } from '../icons.js';
import { date, hour, t } from '../texts.js';

const theirs = (page, one) => html`
  <li>
    <p><strong>${one.by}</strong> · ${date(one.asked_at)} ${hour(one.asked_at)}<br>${t('recordings.reason')}: ${one.reason}</p>
    <button type="button" class="primary" aria-label=${`${t('recordings.second.agree')}: ${one.by}`} @click=${() => page.agree(one.listening)}>${t('recordings.second.agree')}</button>
  </li>`;

const mine = (page, one) => html`
  <li>
    <p role="status">${t(one.ready ? 'recordings.second.ready' : 'recordings.second.waits')}</p>
    ${one.ready ? html`<button type="button" class="primary" @click=${() => page.play(one.listening)}>${t('recordings.listen')}</button>` : nothing}
  </li>`;

export const seconds = (page) => (page.others.length || page.mine.length ? html`
  <section class="sheet seconds" aria-labelledby="seconds">
    <h2 id="seconds">${icon('shield')} ${t('recordings.second.title')}</h2>
    <ul>${page.others.map((one) => theirs(page, one))}${page.mine.map((one) => mine(page, one))}</ul>
  </section>` : nothing);
