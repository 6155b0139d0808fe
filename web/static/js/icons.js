// Shapes that say a state without colour. Drawn on 24 by 24, in the colour of the text.
import { html, svg } from '../vendor/lit.js';

const SHAPES = {
  ready: svg`<circle cx="12" cy="12" r="9"/><path d="m7.5 12.5 3 3 6-6.5" class="cut"/>`,
  reserved: svg`<path d="M12 2 22 12 12 22 2 12z"/><path d="M12 7v6m0 3v1" class="cut"/>`,
  ringing: svg`<path d="M5 17V11a7 7 0 0 1 14 0v6l2 2H3z"/><circle cx="12" cy="21" r="2"/>`,
  awaiting: svg`<circle cx="12" cy="12" r="9"/><path d="M12 6.5V12l4 2.5" class="cut"/>`,
  talking: svg`<path d="M3 4h18v13H10l-5 4v-4H3z"/><path d="M7 9h10M7 12.5h7" class="cut"/>`,
  wrap_up: svg`<path d="M4 20l1-5L16 4l4 4L9 19z"/>`,
  paused: svg`<rect x="5" y="4" width="5" height="16" rx="1"/><rect x="14" y="4" width="5" height="16" rx="1"/>`,
  unreachable: svg`<path d="M12 2 23 21H1z"/><path d="M12 9v6m0 2.5v1" class="cut"/>`,
  signed_out: svg`<circle cx="12" cy="12" r="8.5" class="stroke"/><path d="M6 18 18 6" class="stroke"/>`,
  call: svg`<path d="M6.5 2.5 10 7 8 10c1 2.5 3.5 5 6 6l3-2 4.5 3.5c0 2-1.5 4-3.5 4C10 21.5 2.5 14 2.5 6c0-2 2-3.5 4-3.5z"/>`,
  hang_up: svg`<path d="M1.5 15c0-2 .5-3.5 2-4.5 5-3.5 12-3.5 17 0 1.5 1 2 2.5 2 4.5l-5.5 1-1-4c-2.5-1-5.5-1-8 0l-1 4z"/>`,
  mute: svg`<rect x="9" y="2" width="6" height="12" rx="3"/><path d="M5 11a7 7 0 0 0 14 0M12 18v4M3 3l18 18" class="stroke"/>`,
  microphone: svg`<rect x="9" y="2" width="6" height="12" rx="3"/><path d="M5 11a7 7 0 0 0 14 0M12 18v4" class="stroke"/>`,
  hold: svg`<circle cx="12" cy="12" r="9.5" class="stroke"/><path d="M9.5 8.5v7m5-7v7" class="stroke"/>`,
  warning: svg`<path d="M12 2 23 21H1z"/><path d="M12 9v6m0 2.5v1" class="cut"/>`,
  shield: svg`<path d="M12 2 20 5v6c0 5-3.5 9-8 11-4.5-2-8-6-8-11V5z"/><path d="m8 12 3 3 5-6" class="cut"/>`,
  person: svg`<circle cx="12" cy="8" r="4.5"/><path d="M3 22a9 8 0 0 1 18 0z"/>`,
  record: svg`<circle cx="12" cy="12" r="9" class="stroke"/><circle cx="12" cy="12" r="5"/>`,
  clock: svg`<circle cx="12" cy="12" r="9" class="stroke"/><path d="M12 6.5V12l4 2.5" class="stroke"/>`,
};

export const icon = (name) => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${SHAPES[name] ?? ''}</svg>`;
