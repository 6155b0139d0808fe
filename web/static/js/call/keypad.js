// The twelve keys, as every telephone has them.
import { html } from '../../vendor/lit.js';
import { t } from '../texts.js';

const LETTERS = { 2: 'ABC', 3: 'DEF', 4: 'GHI', 5: 'JKL', 6: 'MNO', 7: 'PQRS', 8: 'TUV', 9: 'WXYZ' };
const NAMES = { '*': 'call.key.star', '#': 'call.key.hash' };

export const KEYS = [...'123456789*0#'];

const key = (sign, press, disabled) => html`
  <button type="button" class="key" data-key=${sign} ?disabled=${disabled} @click=${() => press(sign)}
    aria-label=${sign in NAMES ? t(NAMES[sign]) : t('call.key', { key: sign })}>
    <span class="sign">${sign === '*' ? '∗' : sign}</span><span class="letters" data-letters=${LETTERS[sign] ?? ''}></span>
  </button>`;

export const keypad = (press, disabled) => html`
  <div class="keypad" role="group" aria-label=${t('call.keypad')}>${KEYS.map((sign) => key(sign, press, disabled))}</div>`;
