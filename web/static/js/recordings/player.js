// The player: the browser's own controls (keyboard, screen reader), the waveform with the marks above, and the marks
// as buttons. Only what is played is fetched, by ranges.
import { html, nothing, svg } from '../../vendor/lit.js';
import { lasted } from '../clock.js';
import { date, hour, t } from '../texts.js';
import { act } from './search.js';

const HALF = 60; // height of a channel in the drawing
const LOUDEST = 255;
const UNTIL = { held: 'back', muted: 'unmuted' };

const columns = (peaks) => Uint8Array.from(atob(peaks), (one) => one.charCodeAt(0));

// A voice is drawn by the root of its loudness, or whispers would not be seen.
function shape(peaks, down) {
  const tall = (peak) => (Math.sqrt(peak / LOUDEST) * (HALF - 2)).toFixed(1);
  return [...peaks].map((peak, at) => `M${at + 0.5} ${HALF}v${down ? '' : '-'}${tall(peak)}`).join('');
}

// From "held" to the next "back" is one span; an episode has its own end.
export function spans(marks, length) {
  const end = (mark, at) => marks.slice(at + 1).find((one) => one.kind === UNTIL[mark.kind])?.from_ms ?? length;
  return marks.flatMap((mark, at) => (mark.kind === 'episode' ? [{ ...mark }]
    : UNTIL[mark.kind] ? [{ ...mark, to_ms: end(mark, at) }] : []));
}

const wordOf = (page, mark) => {
  if (mark.kind === 'agent' && mark.about) return `${t('recordings.mark.agent')}: ${mark.about}`;
  if (mark.kind !== 'episode') return t(`recordings.mark.${mark.kind}`, { language: t(`speaks.${mark.about}`) });
  const [name, outcome] = mark.about.split(' ');
  return `${t('recordings.mark.episode')}: ${act(page, name)}, ${t(`recordings.outcome.${outcome}`)}`;
};

function seek(page, ms) {
  const audio = page.querySelector('audio');
  if (!audio) return;
  audio.currentTime = ms / 1000;
  audio.play().catch(() => {}); // a browser that wants a click first has its own button
}

function follow(page, audio) {
  const part = audio.duration ? audio.currentTime / audio.duration : 0;
  page.querySelector('.now')?.setAttribute('x', part * page.playing.width);
}

const waveform = (page, peaks, length) => {
  const all = columns(peaks);
  const width = all.length / 2;
  page.playing.width = width;
  const x = (ms) => (ms / length) * width;
  const seekHere = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    seek(page, ((event.clientX - box.left) / box.width) * length);
  };
  const { marks } = page.playing;
  return html`<svg class="waveform" viewBox="0 0 ${width} ${2 * HALF}" preserveAspectRatio="none" role="img" aria-label=${t('recordings.waveform')} @click=${seekHere}>
    ${spans(marks, length).map((one) => svg`<rect class="span" data-kind=${one.kind} x=${x(one.from_ms)} y="0" width=${Math.max(2, x(one.to_ms) - x(one.from_ms))} height=${2 * HALF}></rect>`)}
    <path class="caller" d=${shape(all.slice(0, width), false)}></path>
    <path class="agent" d=${shape(all.slice(width), true)}></path>
    ${marks.map((one) => svg`<rect class="mark" data-kind=${one.kind} x=${x(one.from_ms)} y="0" width="1.5" height=${2 * HALF}></rect>`)}
    <rect class="now" x="0" y="0" width="2" height=${2 * HALF}></rect>
  </svg>
  <p class="legend"><span class="caller">▲ ${t('recordings.channel.caller')}</span> <span class="agent">▼ ${t('recordings.channel.agent')}</span></p>`;
};

const mark = (page, one) => html`
  <li><button type="button" class="small moment" data-kind=${one.kind} @click=${() => seek(page, one.from_ms)}><span class="time">${lasted(0, one.from_ms / 1000)}</span> ${wordOf(page, one)}</button></li>`;

function sound(page) {
  const { listening, peaks, duration_ms: length, marks } = page.playing;
  return html`
    <audio controls controlslist="nodownload" preload="metadata" src=${`/recordings/sound/${listening}`} aria-label=${t('recordings.player')}
      @timeupdate=${(event) => follow(page, event.target)} @error=${() => { page.fault = 'refused.recording_away'; page.requestUpdate(); }}></audio>
    ${peaks && length ? waveform(page, peaks, length) : nothing}
    <h3>${t('recordings.marks')}</h3>
    <ul class="marks">${marks.map((one) => mark(page, one))}</ul>`;
}

async function fetchLines(page) {
  const { playing } = page;
  playing.lines = [];
  const answer = await fetch(`/recordings/sound/${playing.listening}`);
  const text = answer.ok ? await answer.text() : '';
  playing.lines = text.split('\n').filter(Boolean).map((line) => JSON.parse(line)).filter((line) => 'line' in line && line.text);
  page.requestUpdate();
}

function writing(page) {
  if (!page.playing.lines) fetchLines(page);
  return html`<ol class="lines">${page.playing.lines.map((line) => html`<li data-by=${line.by}><span class="quiet">${hour(line.at)} · ${t(`recordings.by.${line.by}`)}</span><br>${line.text}</li>`)}</ol>`;
}

export const player = (page) => html`
  <section class="sheet player" aria-labelledby="player">
    <div class="log-head">
      <h2 id="player" tabindex="-1">${t(page.playing.writing ? 'recordings.reading' : 'recordings.playing')}: ${date(page.playing.at)}, ${hour(page.playing.at)}</h2>
      <button type="button" class="small" @click=${() => { page.playing = null; page.requestUpdate(); }}>${t('hands.shut')}</button>
    </div>
    ${page.playing.writing ? writing(page) : sound(page)}
    <p class="help">${t('recordings.until_time', { time: hour(page.playing.until) })}</p>
  </section>`;
