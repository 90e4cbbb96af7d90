// The clock of the broker: what it shows, stopped and moved.

import { $, say, toast } from './dom.js';
import { get, post } from './api.js';

const UNITS = { ms: 0.001, s: 1, m: 60, min: 60, h: 3600, d: 86_400 };

/** How long `1h30m`, `90s` or `90` is; nothing where it is no time. */
export function secsOf(typed) {
  const text = typed.replace(/\s/g, '');
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  if (!/^(\d+(\.\d+)?(ms|min|[smhd]))+$/.test(text)) return undefined;
  return [...text.matchAll(/([\d.]+)(ms|min|[smhd])/g)].reduce((sum, [, number, unit]) => sum + Number(number) * UNITS[unit], 0);
}

function face(at) {
  const minutes = Math.floor(at / 60);
  const two = n => String(n).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${(at % 60).toFixed(3).padStart(6, '0')}`;
}

export class Clock {
  constructor() {
    Object.assign(this, { base: 0, since: performance.now(), isFrozen: false });
    $('#freeze').addEventListener('click', () => this.toggle());
    $('#advance-by').addEventListener('keydown', event => { if (event.key === 'Enter') this.by(event.target); });
    $('#advance').addEventListener('click', event => { const secs = Number(event.target.dataset.secs); if (secs) this.ask('clock/advance', { secs }); });
  }

  now() { return this.isFrozen ? this.base : this.base + (performance.now() - this.since) / 1000; }

  take({ now_secs, frozen }) {
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
