// Handshakes of QoS 1 and 2: which packets belong together, which of them are open, and which messages left because of which.

import { KIND } from './kinds.js';
import { BIT } from './store.js';

/** An exchange has so many rows at most that the page knows of: repetitions go on for as long as a client likes. */
const MOST_ROWS = 24;
/** Brackets side by side. */
export const TRACKS = 6;
const MOST_PENDING = 20_000;

/** How an exchange stands: packets are still to come; all came; its session ended before. */
export const OPEN = 'open';
export const WHOLE = 'whole';
export const CUT = 'cut';

export class Exchanges {
  constructor(store) {
    this.store = store;
    this.clear();
  }

  clear() {
    this.number = 0;
    this.byNumber = new Map();
    /** By client, way and packet identifier. */
    this.open = new Map();
    this.tracks = new Array(TRACKS).fill(0);
    /** By client and topic: rows of messages that are on their way to it. */
    this.pending = new Map();
    this.retained = new Map();
    /** Messages came that the page does not know of: what leaves may be one of those. */
    this.isGapped = false;
  }

  /** Entries never came. What was under way may have left with them. */
  missed() {
    this.pending.clear();
    this.isGapped = true;
  }

  get(number) { return this.byNumber.get(number); }
  of(n) { return this.byNumber.get(this.store.exchange(n)); }

  /** Puts a packet where it belongs. `way`: in which direction the message of the exchange goes, 0 in, 1 out. */
  take(n, client) {
    const { store } = this;
    const kind = store.kind(n);
    const out = store.is(n, BIT.OUT) ? 1 : 0;
    const way = kind === KIND.PUBLISH || kind === KIND.PUBREL ? out : 1 - out;
    const key = `${client} ${way} ${store.id(n)}`;
    let exchange = this.open.get(key);
    if (kind === KIND.PUBLISH) {
      if (exchange && !store.is(n, BIT.DUP)) {
        this.close(exchange);
        exchange = undefined;
      }
      exchange ??= this.begin(key, n, client, way);
    }
    if (!exchange) return;
    if (exchange.rows.length < MOST_ROWS) exchange.rows.push(n);
    exchange.last = n;
    store.exchanges[n % store.exchanges.length] = exchange.number;
    if (exchange.kinds & (1 << kind)) store.set(n, BIT.AGAIN);
    exchange.kinds |= 1 << kind;
    const isRefusal = kind === KIND.PUBREC && store.is(n, BIT.REFUSED);
    if (kind === KIND.PUBACK || kind === KIND.PUBCOMP || isRefusal) this.close(exchange);
  }

  begin(key, n, client, way) {
    const free = this.tracks.indexOf(0);
    const exchange = { number: ++this.number, key, client, way, qos: this.store.qos(n), id: this.store.id(n), rows: [], first: n, last: n, kinds: 0, state: OPEN, track: free };
    if (free >= 0) this.tracks[free] = exchange.number;
    this.byNumber.set(exchange.number, exchange);
    this.open.set(key, exchange);
    return exchange;
  }

  close(exchange, state = WHOLE) {
    exchange.state = state;
    if (this.open.get(exchange.key) === exchange) this.open.delete(exchange.key);
    if (exchange.track >= 0 && this.tracks[exchange.track] === exchange.number) this.tracks[exchange.track] = 0;
  }

  /** A packet that closed its exchange was lost: it is open still. */
  reopen(n) {
    const exchange = this.of(n);
    if (!exchange || exchange.state === OPEN) return;
    exchange.state = OPEN;
    exchange.kinds &= ~(1 << this.store.kind(n));
    if (!this.open.has(exchange.key)) this.open.set(exchange.key, exchange);
  }

  /** The session of a client has ended: nothing of it goes on. */
  end(client) {
    for (const exchange of this.open.values()) {
      if (exchange.client === client) this.close(exchange, CUT);
    }
  }

  /** A message came in that goes on to these clients. */
  expect(n, clients) {
    const topic = this.store.topic(n);
    if (this.store.is(n, BIT.KEPT)) this.retained.set(topic, n);
    for (const client of clients) {
      const key = `${client}\n${topic}`;
      const waiting = this.pending.get(key);
      if (!waiting) this.pending.set(key, [n]);
      else if (waiting.length < 1000) waiting.push(n);
      else this.isGapped = true;
    }
    if (this.pending.size > MOST_PENDING || this.retained.size > MOST_PENDING) this.prune();
  }

  /** A message goes out: which one is it that came in? */
  link(n, client) {
    const { store } = this;
    if (store.is(n, BIT.DUP)) return;
    const topic = store.topic(n);
    const key = `${client}\n${topic}`;
    const waiting = this.pending.get(key);
    let root;
    if (waiting) {
      root = this.isGapped ? this.same(waiting, n) : waiting.shift();
      if (waiting.length === 0) this.pending.delete(key);
    } else if (store.is(n, BIT.RETAIN)) {
      root = this.retained.get(topic);
    }
    if (root !== undefined && root >= store.first) store.roots[n % store.roots.length] = root;
  }

  /** Of the messages on their way the first with this payload: those before it left while the page missed entries. */
  same(waiting, n) {
    const { store } = this;
    const payload = row => store.text(row).split('\n')[0];
    const i = waiting.findIndex(row => store.has(row) && payload(row) === payload(n));
    return i < 0 ? undefined : waiting.splice(0, i + 1)[i];
  }

  /** Whether the broker sends a message of its own: of a stub, a will, the API. A retained one and a repetition are none. */
  isOfBroker(n) {
    const { store } = this;
    return store.kind(n) === KIND.PUBLISH && store.is(n, BIT.OUT) && store.root(n) < 0 && !store.is(n, BIT.DUP | BIT.RETAIN | BIT.HIDDEN);
  }

  prune() {
    const { first } = this.store;
    for (const [key, rows] of this.pending) if (rows.at(-1) < first) this.pending.delete(key);
    for (const [topic, n] of this.retained) if (n < first) this.retained.delete(topic);
    if (this.pending.size > MOST_PENDING) this.pending.clear();
    if (this.retained.size > MOST_PENDING) this.retained.clear();
  }

  /** Forgets exchanges whose rows are forgotten. */
  forget() {
    const { first } = this.store;
    for (const [number, exchange] of this.byNumber) {
      if (exchange.last >= first) break;
      this.close(exchange);
      this.byNumber.delete(number);
    }
  }

  /** All rows that belong to the way of one message: how it came, whom it went to, and their handshakes. */
  journey(n) {
    const { store } = this;
    const found = new Set([n]);
    const add = row => {
      found.add(row);
      for (const other of this.of(row)?.rows ?? []) if (store.has(other)) found.add(other);
    };
    add(n);
    const opening = this.of(n)?.first ?? n;
    const root = store.has(opening) && store.root(opening) >= 0 ? store.root(opening) : store.root(n) >= 0 ? store.root(n) : opening;
    if (!store.has(root)) return found;
    add(root);
    const end = Math.min(store.next, root + 5000);
    for (let row = root + 1; row < end && found.size < 2000; row++) if (store.root(row) === root) add(row);
    return found;
  }
}
