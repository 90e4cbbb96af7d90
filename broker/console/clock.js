// The clock of the broker: what it shows, stopped and moved.

import { $, say, span, toast } from './dom.js';
import { get, post } from './api.js';

const UNITS = { ms: 0.001, s: 1, m: 60, min: 60, h: 3600, d: 86_400 };

/** How long `1h30m`, `90s` or `90` is; nothing where it is no time. */
export function secsOf(typed) {
  const text = typed.replace(/\s/g, '');
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  if (!/^(\d+(\.\d+)?(ms|min|[smhd]))+$/.test(text)) return undefined;
  return [...text.matchAll(/([\d.]+)(ms|min|[smhd])/g)].reduce((sum, [, number, unit]) => sum + Number(number) * UNITS[unit], 0);
}

/** The page's own clock and the way to the broker differ by less. */
const SLACK_SECS = 0.75;
const ONE_MOVE_MS = 1500;

function face(at) {
  const minutes = Math.floor(at / 60);
  const two = n => String(n).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${(at % 60).toFixed(3).padStart(6, '0')}`;
}

export class Clock {
  constructor() {
    Object.assign(this, { base: 0, since: performance.now(), isFrozen: false, isKnown: false, move: { from: 0, seen: -ONE_MOVE_MS }, onChange: () => {}, onMove: () => {} });
    $('#freeze').addEventListener('click', () => this.toggle());
    $('#advance-by').addEventListener('keydown', event => { if (event.key === 'Enter') this.by(event.target); });
    $('#advance').addEventListener('click', event => { const secs = Number(event.target.dataset.secs); if (secs) this.ask('clock/advance', { secs }); });
  }

  now() { return this.isFrozen ? this.base : this.base + (performance.now() - this.since) / 1000; }

  /** Whether the clock shows more than it can by itself since it was last looked at. */
  isAhead(at) {
    // Where it stood still, somebody may have let it run meanwhile.
    const ran = this.isFrozen ? (performance.now() - this.since) / 1000 : 0;
    return this.isKnown && at > this.now() + ran + SLACK_SECS;
  }

  /** An entry has come. One that is ahead of the clock says that the clock was moved. */
  hear(at) {
    if (!this.isAhead(at)) return;
    this.moved(at);
    this.base = at;
    this.since = performance.now();
    this.load().catch(() => {});
  }

  /** It was moved. What is due on the way comes on the way: all of it is one move. */
  moved(to) {
    const { move } = this;
    const isSame = performance.now() - move.seen < ONE_MOVE_MS;
    if (!isSame) move.from = this.now();
    move.seen = performance.now();
    this.onMove(this.now(), `moved on by ${span(to - move.from)}, to ${face(to)}`, isSame);
  }

  take({ now_secs, frozen }) {
    if (this.isAhead(now_secs) || (this.isKnown && this.isFrozen && frozen && now_secs > this.now() + 1e-6)) this.moved(now_secs);
    if (this.isKnown && frozen !== this.isFrozen) this.onChange(now_secs, frozen ? `stopped at ${face(now_secs)}` : `runs again from ${face(now_secs)}`);
    this.isKnown = true;
    this.base = now_secs;
    this.since = performance.now();
    this.isFrozen = frozen;
    this.draw();
  }

  async load() { this.take(await get('clock')); }
  toggle() { return this.ask(this.isFrozen ? 'clock/resume' : 'clock/freeze'); }

  /** Moves it by what is typed, such as 1h30m. */
  async by(field) {
    const secs = secsOf(field.value);
    field.setAttribute('aria-invalid', String(!(secs > 0)));
    if (secs > 0) { await this.ask('clock/advance', { secs }); field.value = ''; } else toast(`“${field.value}” is no time: 90s, 1h30m, 250ms`);
  }

  async ask(path, body) {
    try {
      this.take(await post(path, body));
    } catch (error) {
      toast(error.message);
    }
  }

  draw() {
    say($('#face'), face(this.now()));
    say($('#clockstate'), this.isFrozen ? 'stands still' : 'runs');
    say($('#freeze span'), this.isFrozen ? 'Run' : 'Freeze');
  }
}
