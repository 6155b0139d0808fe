// Who waits, since when and for what, in their order.
import { html, nothing, repeat } from '../../vendor/lit.js';
import { lasted, serverNow } from '../clock.js';
import { icon } from '../icons.js';
import { subject } from '../subjects.js';
import { t } from '../texts.js';
import { opener } from './hands.js';

// Nobody is on the line of who is called back: then "away" would say nothing more.
function whereabouts(caller) {
  if (caller.called_back) return html` <span class="away">${icon('call')}${t('wall.called_back')}</span>`;
  return caller.here === false ? html` <span class="away">${t('wall.away')}</span>` : nothing;
}

const row = (caller, wall, tooLongS) => {
  const long = serverNow() - caller.since > tooLongS;
  return html`
    <tr data-long=${long}>
      <td class="position">${caller.position}</td>
      <td><strong>${subject(caller.subject)}</strong>${whereabouts(caller)}</td>
      <td>${t(`speaks.${caller.language}`)}</td>
      <td>${caller.level}${caller.priority ? html` <span class="away">${t('hands.priority')} ${caller.priority}</span>` : nothing}</td>
      <td class="time">${long ? html`${icon('warning')}<span class="unseen">${t('wall.too_long')}</span>` : nothing}${lasted(caller.since)}</td>
      <td>${opener(wall, { kind: 'caller', caller }, 'hands.move', `${caller.position}, ${subject(caller.subject)}`)}</td>
    </tr>`;
};

const table = (callers, wall, tooLongS) => html`
  <div class="scroll" tabindex="0" role="group" aria-labelledby="waiting"><table>
    <thead><tr>
      <th scope="col">${t('wall.position')}</th><th scope="col">${t('wall.wish')}</th><th scope="col">${t('wall.language')}</th>
      <th scope="col">${t('wall.wanted_level')}</th><th scope="col" class="time">${t('wall.wait')}</th><th scope="col"><span class="unseen">${t('hands.move')}</span></th>
    </tr></thead>
    <tbody>${repeat(callers, (caller) => caller.call, (caller) => row(caller, wall, tooLongS))}</tbody>
  </table></div>`;

export const waiting = ({ waiting: callers, today }, wall) => html`
  <section class="sheet" aria-labelledby="waiting">
    <h2 id="waiting">${t('wall.waiting.who')}</h2>
    ${callers.length ? table(callers, wall, today.threshold_s) : html`<p class="empty">${icon('ready')} ${t('wall.waiting.empty')}</p>`}
  </section>`;
