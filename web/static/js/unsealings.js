// The second person: who may be one sees who asks to open a protected person's folder, and why, and says yes or no.
import { html, nothing } from '../vendor/lit.js';
import { ask } from './ask.js';
import { icon } from './icons.js';
import { t } from './texts.js';

const EVERY_MS = 10000;

export class Unsealings {
  waiting = [];

  constructor(page) {
    this.page = page;
    setInterval(() => this.look(), EVERY_MS);
  }

  async look() {
    if (!this.page.who) { this.waiting = []; return; }
    const { ok, body } = await ask('GET', '/unsealings');
    if (ok) this.waiting = body.waiting;
    this.page.requestUpdate();
  }

  async decide(id, granted) {
    await ask('POST', `/unsealings/${id}`, { granted });
    await this.look();
  }
}

const question = (own, one) => html`
  <div class="notice wide" role="alert">
    ${icon('shield')} <p>${t('unsealing.asks', { agent: one.agent, reason: one.reason })}</p>
    <button type="button" @click=${() => own.decide(one.id, true)}>${t('unsealing.yes')}</button>
    <button type="button" @click=${() => own.decide(one.id, false)}>${t('unsealing.no')}</button>
  </div>`;

export const unsealings = (own) => (own.waiting.length ? own.waiting.map((one) => question(own, one)) : nothing);
