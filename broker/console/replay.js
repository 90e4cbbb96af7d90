// Replay: the rows that are kept, from the selected one on, at the pace at which they came, or slower.

import { seldom, toast } from './dom.js';

/** So many times slower than it was. */
const PACES = [1, 10, 100, 1000];
/** Nobody waits longer than this for the next row. */
const LONGEST_MS = 2000;
/** A frame shows so many rows at most. */
const MOST_AT_ONCE = 500;

export class Replay {
  /** `onRow(n)` hears of the row that is reached, a few times a second. */
  constructor({ store, view, ladder }, onRow) {
    Object.assign(this, { store, view, ladder });
    this.n = -1;
    this.pace = 0;
    this.show = seldom(300, () => { if (this.isOn) onRow(this.n); });
  }

  get isOn() { return this.n >= 0; }

  toggle() {
    if (this.isOn) this.stop();
    else this.start();
  }

  start() {
    const { ladder, view } = this;
    if (view.length === 0) return;
    ladder.setLive(false);
    const chosen = ladder.selected < 0 ? 0 : Math.min(view.length - 1, view.indexFrom(ladder.selected));
    this.due = performance.now();
    this.reach(view.at(chosen));
  }

  stop() {
    this.n = -1;
    Object.assign(this.ladder, { playedTo: -1, said: '', isDirty: true });
  }

  /** Slower, or faster. */
  change(by) {
    this.pace = Math.max(0, Math.min(PACES.length - 1, this.pace + by));
    if (!this.isOn) { toast(`Replay will be ${this.words}`); return; }
    // What is waited for is waited for at the new pace.
    this.due = Math.min(this.due, performance.now());
    this.reach(this.n);
  }

  get words() {
    const slower = PACES[this.pace];
    return slower > 1 ? `${slower} times slower than it was` : 'as fast as it was';
  }

  reach(n) {
    this.n = n;
    Object.assign(this.ladder, { playedTo: n, selected: n, said: `Replay, ${this.words}: r ends it, < slower, > faster` });
    this.ladder.reveal(n);
    this.show();
  }

  /** Called once a frame. */
  tick(time) {
    if (!this.isOn) return;
    const { store, view } = this;
    if (!store.has(this.n)) { this.stop(); return; }
    let n = this.n;
    for (let i = view.indexFrom(n) + 1, steps = 0; steps < MOST_AT_ONCE; i++, steps++) {
      if (i >= view.length) {
        this.reach(n);
        this.stop();
        return;
      }
      const next = view.at(i);
      const due = this.due + Math.min(LONGEST_MS, Math.max(0, store.at(next) - store.at(n)) * 1000 * PACES[this.pace]);
      if (due > time) break;
      this.due = due;
      n = next;
    }
    if (n !== this.n) this.reach(n);
  }
}
