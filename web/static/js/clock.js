// Time as the server tells it, so that timers agree on every screen.
let offset = 0;

export const now = () => (performance.timeOrigin + performance.now()) / 1000; // of this browser, monotonic, in seconds
export const serverNow = () => now() + offset;
export const hear = (sentAt) => { offset = sentAt - now(); };

export function lasted(since, until = serverNow()) {
  const seconds = Math.max(0, Math.floor(until - since));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  const two = (n) => String(n).padStart(2, '0');
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

// Redraws a component each second while it is on the page.
export function ticking(component) {
  const timer = setInterval(() => component.requestUpdate(), 1000);
  return () => clearInterval(timer);
}
