// The clock of the broker: what it shows, stopped and moved.

import { $, say, toast } from './dom.js';
import { get, post } from './api.js';

export class Clock {
  constructor() {
    Object.assign(this, { base: 0, since: performance.now(), isFrozen: false });
    $('#freeze').addEventListener('click', () => this.toggle());
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

  async ask(path, body) {
    try {
      this.take(await post(path, body));
    } catch (error) {
      toast(error.message);
    }
  }

  draw() {
    const now = this.now();
    const minutes = Math.floor(now / 60);
    const two = n => String(n).padStart(2, '0');
    say($('#face'), `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${(now % 60).toFixed(3).padStart(6, '0')}`);
    say($('#clockstate'), this.isFrozen ? 'stands still' : 'runs');
    say($('#freeze span'), this.isFrozen ? 'Run' : 'Freeze');
  }
}
