// The line to the server: a WebSocket that comes back by itself and says how it is.
import { hear } from './clock.js';

const SILENCE_MS = 25000; // the server beats every 10 s
const LONGEST_PAUSE_MS = 5000;
const SIGNED_OUT = 4401;
const NOT_YOURS = 4403;

export class Line extends EventTarget {
  #path;
  #first;
  #socket = null;
  #pause = 250;
  #timer = null;
  #wanted = false;
  state = 'connecting';

  // `first`: what the page says as soon as the line is open, if anything; a function says it anew each time.
  constructor(path, first = null) {
    super();
    this.#path = path;
    this.#first = first;
  }

  open() {
    this.#wanted = true;
    this.#connect();
  }

  close() {
    this.#wanted = false;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  say(word) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(word));
    return true;
  }

  #connect() {
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${this.#path}`);
    this.#socket = socket;
    socket.onopen = () => {
      this.#pause = 250;
      const first = typeof this.#first === 'function' ? this.#first() : this.#first;
      if (first) this.say(first);
      this.#listen();
    };
    socket.onmessage = ({ data }) => this.#take(JSON.parse(data));
    socket.onclose = ({ code }) => { if (socket === this.#socket) this.#ended(code); };
  }

  #take(message) {
    this.#listen();
    if (message.v !== 1) return; // a newer server; the page will be fresh after the next load
    hear(message.sent_at);
    this.#become('open');
    if (message.type !== 'beat') this.dispatchEvent(new CustomEvent('message', { detail: message }));
  }

  #listen() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.drop(), SILENCE_MS);
  }

  // Gives the line up and tries anew.
  drop() {
    const silent = this.#socket;
    this.#socket = null;
    silent?.close();
    this.#ended(0);
  }

  #ended(code) {
    clearTimeout(this.#timer);
    if (!this.#wanted) return;
    if (code === SIGNED_OUT) { this.#become('signed_out'); return; }
    if (code === NOT_YOURS) { this.#become('not_yours'); return; }
    this.#become('lost');
    const pause = this.#pause * (0.7 + 0.6 * Math.random());
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
    this.#timer = setTimeout(() => this.#connect(), pause);
  }

  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new Event('state'));
  }
}
