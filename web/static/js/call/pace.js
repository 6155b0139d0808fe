// What is said in one breath is told at once; each part is shown when its turn to be heard has about come.

const LETTERS_A_SECOND = 14; // how fast our voices speak
const SAME_BREATH_MS = 300; // what is told so soon after another part is said behind it; later, it cut it short

export class Pace {
  #show;
  #waiting = [];
  #timer = null;
  #toldAt = -Infinity;

  constructor(show) { this.#show = show; }

  say(part) {
    if (performance.now() - this.#toldAt > SAME_BREATH_MS) this.hurry();
    this.#toldAt = performance.now();
    this.#waiting.push(part);
    if (this.#timer === null) this.#next();
  }

  // Show all that waits: something else is being said, or the call is over.
  hurry() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#waiting.splice(0).forEach((part) => this.#show(part));
  }

  #next() {
    const part = this.#waiting.shift();
    this.#timer = part ? setTimeout(() => this.#next(), (part.text.length / LETTERS_A_SECOND) * 1000) : null;
    if (part) this.#show(part);
  }
}
