// A telephone in the page: JsSIP over Asterisk's WebSocket. It knows nothing of our server and lives on without it.
import JsSIP from '../vendor/jssip.js';
import { now } from './clock.js';

const KEY_MS = 120; // long enough for every DTMF detector, short enough to type at ease
const GAP_MS = 80;
const CANDIDATES_MS = 400; // on a slow interface the last candidates are not worth the caller's wait
const RECOVER_S = 1;
const RECOVER_MOST_S = 6;

const FAULTS = {
  [JsSIP.C.causes.BUSY]: 'busy',
  [JsSIP.C.causes.NOT_FOUND]: 'number',
  [JsSIP.C.causes.ADDRESS_INCOMPLETE]: 'number',
  [JsSIP.C.causes.UNAVAILABLE]: 'number',
  [JsSIP.C.causes.USER_DENIED_MEDIA_ACCESS]: 'microphone',
  [JsSIP.C.causes.CONNECTION_ERROR]: 'line',
  [JsSIP.C.causes.REQUEST_TIMEOUT]: 'line',
  [JsSIP.C.causes.INCOMPATIBLE_SDP]: 'audio',
  [JsSIP.C.causes.MISSING_SDP]: 'audio',
  [JsSIP.C.causes.RTP_TIMEOUT]: 'audio',
};
const QUIET_ENDINGS = new Set([JsSIP.C.causes.BYE, JsSIP.C.causes.CANCELED, JsSIP.C.causes.NO_ANSWER, JsSIP.C.causes.EXPIRES]);

// Events: "change" after anything below changed; "ringing" when a call comes in; "ended" with its fault or null.
export class Telephone extends EventTarget {
  line = 'connecting'; // connecting | connected | registered | lost
  call = 'none'; // none | calling | incoming | talking
  muted = false;
  held = false;
  since = 0;
  #agent;
  #session = null;
  #audio = new Audio();

  constructor({ socket, uri, user, password }, { register = false } = {}) {
    super();
    this.#audio.autoplay = true;
    this.#agent = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(socket)],
      uri,
      authorization_user: user,
      password,
      register,
      register_expires: 120,
      session_timers: false,
      connection_recovery_min_interval: RECOVER_S,
      connection_recovery_max_interval: RECOVER_MOST_S,
      user_agent: 'Ventanilla',
    });
    this.#agent.on('connected', () => this.#set({ line: 'connected' }));
    this.#agent.on('disconnected', () => this.#set({ line: 'lost' }));
    this.#agent.on('registered', () => this.#set({ line: 'registered' }));
    this.#agent.on('unregistered', () => this.#set({ line: 'connected' }));
    this.#agent.on('registrationFailed', () => this.#set({ line: 'lost' }));
    this.#agent.on('newRTCSession', (event) => { if (event.originator === 'remote') this.#offered(event.session); });
  }

  start() { this.#agent.start(); }

  // Waits until the registration stands, but no longer than `most` milliseconds.
  registered(most) {
    if (this.line === 'registered') return Promise.resolve();
    return new Promise((go) => {
      const over = () => { clearTimeout(timer); this.removeEventListener('change', look); go(); };
      const look = () => { if (this.line === 'registered') over(); };
      const timer = setTimeout(over, most);
      this.addEventListener('change', look);
    });
  }

  stop() {
    this.hangUp();
    this.#agent.stop();
  }

  dial(number, headers) {
    const session = this.#agent.call(number, {
      mediaConstraints: { audio: true, video: false },
      pcConfig: { iceServers: [] },
      extraHeaders: headers,
    });
    this.#follow(session, 'calling');
  }

  answer() {
    if (this.call !== 'incoming') return;
    this.#session.answer({ mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] } });
  }

  hangUp() {
    const session = this.#session;
    if (session && !session.isEnded()) session.terminate();
  }

  // RFC 4733 events in the audio stream, as every telephone sends them.
  press(key) {
    if (this.#session?.isEstablished() || this.#session?.isInProgress()) {
      this.#session.sendDTMF(key, { transportType: 'RFC2833', duration: KEY_MS, interToneGap: GAP_MS });
    }
  }

  mute(on) {
    if (!this.#session) return;
    if (on) this.#session.mute({ audio: true }); else this.#session.unmute({ audio: true });
    this.#set({ muted: on });
  }

  hold(on) {
    if (!this.#session?.isEstablished()) return;
    if (on) this.#session.hold(); else this.#session.unhold();
    this.#set({ held: on });
  }

  #offered(session) {
    if (this.#session) { session.terminate({ status_code: 486 }); return; }
    this.#follow(session, 'incoming');
    this.dispatchEvent(new CustomEvent('ringing', { detail: { at: now() } }));
  }

  #follow(session, call) {
    this.#session = session;
    this.#set({ call, muted: false, held: false, since: now() });
    if (session.connection) this.#hearOn(session.connection);
    session.on('peerconnection', ({ peerconnection }) => this.#hearOn(peerconnection));
    session.on('icecandidate', this.#patience());
    // An outgoing call is confirmed by its answer, an incoming one when our own answer was acknowledged.
    session.on('accepted', () => this.#set({ call: 'talking', since: now() }));
    session.on('getusermediafailed', (error) => { session.mediaFault = error?.name === 'NotFoundError' ? 'no_microphone' : 'microphone'; });
    session.on('ended', ({ cause }) => this.#over(session, cause));
    session.on('failed', ({ cause }) => this.#over(session, cause));
  }

  #patience() {
    let timer;
    return ({ ready }) => {
      clearTimeout(timer);
      timer = setTimeout(ready, CANDIDATES_MS);
    };
  }

  #hearOn(connection) {
    connection.addEventListener('track', ({ track, streams }) => {
      this.#audio.srcObject = streams[0] ?? new MediaStream([track]);
      this.#audio.play().catch(() => {}); // browsers that want a gesture had one: the call or the answer
    });
  }

  #over(session, cause) {
    if (session !== this.#session) return;
    this.#session = null;
    this.#audio.srcObject = null;
    this.#set({ call: 'none', muted: false, held: false });
    const fault = session.mediaFault ?? (QUIET_ENDINGS.has(cause) ? null : FAULTS[cause] ?? 'number');
    this.dispatchEvent(new CustomEvent('ended', { detail: { fault } }));
  }

  #set(changes) {
    Object.assign(this, changes);
    this.dispatchEvent(new Event('change'));
  }
}
