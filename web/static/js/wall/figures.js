// The figures of the top row, each with its word; the service level with its definition.
import { html, nothing } from '../../vendor/lit.js';
import { lasted, serverNow } from '../clock.js';
import { icon } from '../icons.js';
import { t } from '../texts.js';

const figure = (name, value, { alarm = false, note = nothing } = {}) => html`
  <div class="figure" data-alarm=${alarm}>
    <dt>${t(name)}</dt><dd>${alarm ? icon('warning') : nothing}<span>${value}</span></dd>${note}
  </div>`;

function level({ service_level: level, target = null }) {
  if (level === null || level === undefined) return figure('wall.level', '–', { note: html`<dd class="note">${t('wall.level.none')}</dd>` });
  if (target === null) return figure('wall.level', `${Math.round(level * 100)} %`);
  const met = level >= target;
  return figure('wall.level', `${Math.round(level * 100)} %`, {
    alarm: !met, note: html`<dd class="note">${t(met ? 'wall.target.met' : 'wall.target.missed')}</dd>` });
}

function longestNow({ waiting }) {
  if (!waiting.length) return '–';
  return lasted(Math.min(...waiting.map((caller) => caller.since)));
}

export function figures(board) {
  const { today, waiting } = board;
  const longest = waiting.length ? serverNow() - Math.min(...waiting.map((caller) => caller.since)) : 0;
  return html`
    <dl class="figures">
      ${figure('wall.waiting', waiting.length)}
      ${figure('wall.longest_now', longestNow(board), { alarm: longest > today.threshold_s })}
      ${level(today)}
      ${figure('wall.answered', today.answered)}
      ${figure('wall.abandoned', today.abandoned)}
      ${figure('wall.longest_today', lasted(0, today.longest_wait_s))}
    </dl>
    <p class="definition">${t('wall.definition', { threshold: today.threshold_s })}
      ${today.short_abandon_s ? t('wall.definition.short', { short: today.short_abandon_s }) : nothing}
      ${today.target ? t('wall.target', { target: Math.round(today.target * 100) }) : nothing}</p>`;
}
