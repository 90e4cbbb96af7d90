// Which rows are shown, in order: places in the store, so that a row of the page is found by its number.

import { ROOM } from './store.js';

export class View {
  constructor(store, filter) {
    Object.assign(this, { store, filter });
    this.places = new Float64Array(ROOM);
    this.clear();
  }

  clear() {
    this.from = 0;
    this.length = 0;
    this.upTo = this.store.first;
    /** Rows were left out, for there were too many to follow. */
    this.isSample = false;
  }

  at(i) { return this.places[(this.from + i) % ROOM]; }

  /** Takes in what came, and lets go of what is forgotten. Gives how many rows fell out at the top. */
  extend(isLive) {
    const { store, filter } = this;
    const sampling = isLive && filter.every > 1;
    for (let n = Math.max(this.upTo, store.first); n < store.next; n++) {
      if (!filter.shows(n)) continue;
      if (sampling && !filter.sampled(n)) { this.isSample = true; continue; }
      this.add(n);
    }
    this.upTo = store.next;
    let gone = 0;
    while (this.length && this.at(0) < store.first) { this.drop(); gone++; }
    return gone;
  }

  add(n) {
    if (this.length === ROOM) this.drop();
    this.places[(this.from + this.length++) % ROOM] = n;
  }

  drop() {
    this.from = (this.from + 1) % ROOM;
    this.length--;
  }

  /** A row that is shown after all. */
  insert(n) {
    if (n >= this.upTo || !this.filter.shows(n)) return;
    const i = this.indexFrom(n);
    if (i < this.length && this.at(i) === n) return;
    this.add(n);
    for (let j = this.length - 1; j > i; j--) this.places[(this.from + j) % ROOM] = this.at(j - 1);
    this.places[(this.from + i) % ROOM] = n;
  }

  /** All anew, and all of it. */
  rebuild() {
    this.clear();
    this.extend(false);
  }

  /** The number of the first row at this place or behind it. */
  indexFrom(n) {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.at(middle) < n) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The number of this row, or -1. */
  index(n) {
    const i = this.indexFrom(n);
    return i < this.length && this.at(i) === n ? i : -1;
  }
}
