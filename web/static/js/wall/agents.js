// The agents: state as shape, word and time.
import { html, nothing, repeat } from '../../vendor/lit.js';
import { lasted } from '../clock.js';
import { icon } from '../icons.js';
import { t } from '../texts.js';
import { opener } from './hands.js';

const MANY = 24; // more tiles than fit large on one screen: they get smaller, and who is not there is left out
const ORDER = ['unreachable', 'ready', 'reserved', 'ringing', 'awaiting', 'talking', 'wrap_up', 'paused', 'signed_out'];

const tile = (agent, wall) => html`
  <li class="agent" data-state=${agent.state}>
    <p class="who"><strong>${agent.display}</strong><span>${t('wall.level_n', { level: agent.level })}${agent.languages?.length ? ` · ${agent.languages.join(', ')}` : ''}</span></p>
    <p class="doing">${icon(agent.state)} <span>${t(`state.${agent.state}`)}${agent.reason ? ` · ${t(`pause.${agent.reason}`)}` : ''}</span></p>
    ${agent.then ? html`<p class="then">${t(`then.${agent.then}`)}</p>` : nothing}
    <p class="time">${agent.state === 'signed_out' ? ' ' : lasted(agent.since)}</p>
    ${agent.state === 'signed_out' ? nothing : html`<p class="act">${opener(wall, { kind: 'agent', agent }, 'hands.agent', agent.display)}</p>`}
  </li>`;

const byState = (one, other) => ORDER.indexOf(one.state) - ORDER.indexOf(other.state) || one.since - other.since;

export function agents({ agents: all }, wall) {
  const count = (state) => all.filter((agent) => agent.state === state).length;
  const present = all.filter((agent) => agent.state !== 'signed_out').length;
  const many = all.length > MANY;
  return html`
    <section class="sheet" aria-labelledby="agents">
      <h2 id="agents">${t('wall.agents')}</h2>
      <p class="summary">${present ? t('wall.agents.summary', { ready: count('ready'), talking: count('talking'), total: present }) : t('wall.agents.empty')}</p>
      <ul class="agents" data-many=${many}>${repeat((many ? all.filter((agent) => agent.state !== 'signed_out') : [...all]).sort(byState), (agent) => agent.name, (agent) => tile(agent, wall))}</ul>
    </section>`;
}
