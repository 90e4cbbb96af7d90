// What the page keeps of the journal: a ring of rows, each a few numbers and a short text. The bytes of a packet are fetched
// from the broker once somebody looks at it.

/** So many rows are kept. */
export const ROOM = 200_000;
const MOST_NAMES = 20_000;

/** What is true of a row. */
export const BIT = {
  OUT: 1, DUP: 2, RETAIN: 4, QOS: 8 | 16, TROUBLE: 32, LOST: 64, AGAIN: 128, HELD: 256, KEPT: 512, DUPLICATE: 1024,
  ENGINE: 2048, NOBODY: 4096, HIDDEN: 8192, DROPPED: 16384, V5: 32768, REFUSED: 65536,
};
const QOS_SHIFT = 3;

/** Texts by number, so that a row holds a number. Where there are too many, those that no row has any more are forgotten. */
export class Names {
  constructor() {
    this.numbers = new Map();
    this.texts = [];
    this.free = [];
  }

  number(text, sweep) {
    let number = this.numbers.get(text);
    if (number === undefined) {
      if (this.numbers.size >= MOST_NAMES && this.free.length === 0) sweep?.();
      number = this.free.pop() ?? this.texts.length;
      this.texts[number] = text;
      this.numbers.set(text, number);
    }
    return number;
  }

  keep(used) {
    for (const [text, number] of this.numbers) {
      if (used.has(number)) continue;
      this.numbers.delete(text);
      this.texts[number] = undefined;
      this.free.push(number);
    }
  }
}

/** Rows by their place `n`: it counts all rows that ever came, so that it stays the same while the oldest are forgotten. */
export class Store {
  constructor() {
    this.seqs = new Float64Array(ROOM);
    this.ats = new Float64Array(ROOM);
    this.kinds = new Uint8Array(ROOM);
    this.bits = new Uint32Array(ROOM);
    this.clients = new Int32Array(ROOM);
    this.topics = new Int32Array(ROOM);
    this.ids = new Uint16Array(ROOM);
    this.exchanges = new Int32Array(ROOM);
    this.roots = new Float64Array(ROOM);
    this.texts = new Array(ROOM).fill('');
    this.topicNames = new Names();
    this.clear();
  }

  clear() {
    this.first = this.next ?? 0;
    this.next = this.first;
    this.missed = 0;
  }

  get size() { return this.next - this.first; }
  has(n) { return n >= this.first && n < this.next; }

  /** Adds a row and gives its place. */
  push(row) {
    const n = this.next;
    const i = n % ROOM;
    this.seqs[i] = row.seq;
    this.ats[i] = row.at;
    this.kinds[i] = row.kind;
    this.bits[i] = row.bits | (row.qos << QOS_SHIFT);
    this.clients[i] = row.client;
    this.topics[i] = row.topic === null ? -1 : this.topicNames.number(row.topic, () => this.sweep());
    this.ids[i] = row.id;
    this.exchanges[i] = 0;
    this.roots[i] = -1;
    this.texts[i] = row.text;
    this.next++;
    if (this.size > ROOM) this.first++;
    return n;
  }

  sweep() {
    const used = new Set();
    for (let n = this.first; n < this.next; n++) used.add(this.topics[n % ROOM]);
    this.topicNames.keep(used);
  }

  seq(n) { return this.seqs[n % ROOM]; }
  at(n) { return this.ats[n % ROOM]; }
  kind(n) { return this.kinds[n % ROOM]; }
  client(n) { return this.clients[n % ROOM]; }
  topic(n) { const number = this.topics[n % ROOM]; return number < 0 ? null : this.topicNames.texts[number]; }
  id(n) { return this.ids[n % ROOM]; }
  exchange(n) { return this.exchanges[n % ROOM]; }
  root(n) { return this.roots[n % ROOM]; }
  text(n) { return this.texts[n % ROOM]; }
  qos(n) { return (this.bits[n % ROOM] & BIT.QOS) >> QOS_SHIFT; }
  is(n, bit) { return (this.bits[n % ROOM] & bit) !== 0; }
  set(n, bit) { this.bits[n % ROOM] |= bit; }
  unset(n, bit) { this.bits[n % ROOM] &= ~bit; }

  /** The place of the entry with this number, or of the one behind it. */
  find(seq) {
    let low = this.first;
    let high = this.next;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.seq(middle) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
