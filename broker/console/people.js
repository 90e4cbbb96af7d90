// The clients, as the ladder knows them: where the lifeline of each stands, and when it was connected.

import { ROOM } from './store.js';

const MOST = 20_000;
const MOST_SPANS = 400;
/** What a lifeline shows from a row on. */
export const LINE = { NONE: 0, AWAY: 1, ON: 2 };
/** Colours for clients that one name stands before, as in a class: `ana-foo1`, `ana/ear`. The name itself is the mark. */
export const GROUPS = 6;

/** Identifiers that a broker chose, ours or mosquitto's: they say nothing of whose they are. */
const groupOf = name => (/^auto-[0-9A-Fa-f-]{16,}$/.test(name) ? undefined : /^([A-Za-z0-9_]{1,20})[-/]./.exec(name)?.[1]);

export class People {
  constructor(store) {
    this.store = store;
    this.clear();
  }

  clear() {
    this.byName = new Map();
    this.byNumber = [];
    this.free = [];
    this.byConn = new Map();
    this.groups = new Map();
    this.changes = 0;
  }

  get(number) { return this.byNumber[number]; }
  find(name) { return this.byName.get(name); }
  name(number) { return this.byNumber[number]?.name ?? ''; }
  get all() { return this.byName.values(); }

  /** The client of this name; where it is new, its lifeline begins before the first row, unless it connects here. */
  of(name, n) {
    let one = this.byName.get(name);
    if (!one) {
      if (this.byName.size >= MOST) this.forget();
      const number = this.free.pop() ?? this.byNumber.length;
      one = { name, number, side: null, lane: -1, lines: [], rows: 0, first: n, last: n, heard: 0, conn: null, pinned: false, keepAlive: 0, version: '', connected: false, keeps: false, drops: 0, spoken: 0, weighed: 0, busy: 0 };
      this.byNumber[number] = one;
      this.byName.set(name, one);
      this.join(groupOf(name), 1);
      this.changes++;
    }
    return one;
  }

  join(group, count) {
    if (group === undefined) return;
    const known = this.groups.get(group) ?? { clients: 0, colour: this.groups.size % GROUPS };
    known.clients += count;
    if (known.clients > 0) this.groups.set(group, known);
    else this.groups.delete(group);
  }

  /** The number of the colour of a client's group; -1 where it is alone. */
  colour(one) {
    const group = this.groups.get(groupOf(one.name));
    return group?.clients > 1 ? group.colour : -1;
  }

  /** There is a row of it; one that keeps the connection alive says nothing else. */
  seen(one, n, isPing) {
    one.rows++;
    if (!isPing) one.spoken++;
    one.last = n;
  }

  /** Its lifeline is another one from this row on. */
  line(one, n, state) {
    const last = one.lines.at(-1);
    if (last && last.n === n) last.state = state;
    else if (last?.state !== state) one.lines.push({ n, state });
    if (one.lines.length > MOST_SPANS) one.lines.splice(0, one.lines.length - MOST_SPANS);
  }

  /** Left or right of the broker: said once, and kept. */
  take(one, side) {
    if (one.side) return;
    one.side = side;
    this.changes++;
  }

  /** Keeps the lane of a client in sight, or no longer. */
  pin(one) {
    one.pinned = !one.pinned;
    this.changes++;
  }

  /** Forgets those that are gone and have no row any more. */
  forget() {
    for (const one of this.byName.values()) {
      if (one.connected || one.pinned || one.last >= this.store.first + ROOM / 2) continue;
      if (one.last >= this.store.first && this.byName.size < MOST) continue;
      this.byName.delete(one.name);
      this.join(groupOf(one.name), -1);
      this.byNumber[one.number] = undefined;
      this.free.push(one.number);
      this.changes++;
    }
  }
}
