// Entries of the journal become rows: what they are, whose, which exchange they belong to, what is trouble.

import { EVENT, KIND, causeOf } from './kinds.js';
import { BIT } from './store.js';
import { LINE } from './people.js';
import { count } from './dom.js';
import { describe } from './describe.js';

/** Of these a packet tells already. */
const SILENT = new Set(['connected', 'subscribed', 'unsubscribed']);
const LOSES = new Set(['drop', 'answer', 'refuse', 'disconnect', 'replace']);
const HOLDS = new Set(['latency', 'hold', 'reorder', 'answer_early']);
const HANDSHAKE = new Set([KIND.PUBACK, KIND.PUBREC, KIND.PUBREL, KIND.PUBCOMP]);

export class Ingest {
  /** `seen` hears of each entry with its row, or -1 where it has none; `noted` of rows that have no entry. */
  constructor(store, people, exchanges, seen, noted) {
    Object.assign(this, { store, people, exchanges, seen, noted });
    this.clear();
  }

  clear() {
    /** CONNECTs whose connection has no client yet. */
    this.connects = new Map();
    /** Connections, by whether they ask for a session that outlasts them. */
    this.keeping = new Map();
    /** Packets that a rule holds back: the row that says so. */
    this.held = new Map();
    this.before = -1;
    this.shown = [];
    /** The latest entry; and how many rows of the page's own stand behind it. */
    this.last = 0;
    this.own = 0;
    this.gap = { n: -1, entries: 0 };
  }

  /** A row that no entry has: something is true from here on. It stands between two entries. */
  note(kind, at, bits, text) {
    const { store } = this;
    const before = store.size ? store.at(store.next - 1) : 0;
    const seq = this.last + Math.min(4095, ++this.own) / 4096;
    const n = store.push({ seq, at: Math.max(before, at), kind, bits, qos: 0, client: -1, topic: null, id: 0, text });
    this.noted(n);
    return n;
  }

  /** Entries never came. Gaps that touch are one. */
  missed(entries, at) {
    const { store, gap } = this;
    this.exchanges.missed();
    gap.entries = gap.n === store.next - 1 && store.has(gap.n) ? gap.entries + entries : entries;
    const text = `${count(gap.entries, 'entry', 'entries')} of the journal ${gap.entries === 1 ? 'is' : 'are'} not here: the broker no longer kept ${gap.entries === 1 ? 'it' : 'them'} when the page asked`;
    if (gap.entries === entries) gap.n = this.note(EVENT.gap, at, BIT.TROUBLE, text);
    else store.texts[gap.n % store.texts.length] = text;
  }

  /** The broker is as new: what was under way is over, and so are connections whose end the journal no longer tells. */
  reset(n) {
    const { people, exchanges } = this;
    for (const one of people.all) {
      exchanges.end(one.number);
      if (one.lines.length) people.line(one, n, LINE.NONE);
      one.connected = false;
      // Who comes back takes a lane anew.
      one.lane = -1;
    }
    people.byConn.clear();
    people.changes++;
    this.held.clear();
    this.before = -1;
  }

  entry(entry) {
    this.last = entry.seq;
    this.own = 0;
    const n = entry.record === 'packet' ? this.packet(entry) : this.event(entry);
    this.seen(entry, n);
  }

  nameOf(entry) {
    return entry.client_id || entry.client_identifier || this.people.byConn.get(entry.conn) || (entry.conn ? `connection ${entry.conn}` : '');
  }

  add(entry, kind, bits, more = {}) {
    const name = this.nameOf(entry);
    const one = name ? this.people.of(name, this.store.next) : null;
    const n = this.store.push({
      seq: entry.seq, at: entry.at_secs, kind, bits, qos: entry.qos ?? 0, client: one?.number ?? -1,
      topic: more.topic ?? null, id: entry.packet_identifier ?? 0, text: describe(entry),
    });
    if (one) this.people.seen(one, n, kind === KIND.PINGREQ || kind === KIND.PINGRESP);
    return [n, one];
  }

  packet(entry) {
    const { store, people, exchanges } = this;
    const kind = KIND[entry.packet] ?? 0;
    const out = entry.direction === 'out';
    const decisions = entry.decisions ?? [];
    let bits = (out ? BIT.OUT : 0) | (entry.dup ? BIT.DUP | BIT.TROUBLE : 0) | (entry.retain ? BIT.RETAIN : 0);
    if (entry.version === '5.0') bits |= BIT.V5;
    if (entry.side === 'engine') bits |= BIT.ENGINE | (out ? BIT.HIDDEN : 0);
    if (entry.malformed || !kind || entry.reason_code >= 0x80 || entry.reason_codes?.some(code => code >= 0x80)) bits |= BIT.TROUBLE | BIT.REFUSED;
    const to = [];
    for (const { decision, client_id, why } of decisions) {
      if (decision === 'sent' || decision === 'queued') to.push(client_id);
      else if (decision === 'retained') bits |= BIT.KEPT;
      else if (decision === 'duplicate') bits |= BIT.DUPLICATE;
      else if (decision === 'refused') bits |= BIT.REFUSED | BIT.TROUBLE;
      else if (decision === 'dropped' && why !== 'away') bits |= BIT.DROPPED;
    }
    if (kind === KIND.PUBLISH && !out && to.length === 0 && !(bits & (BIT.DUPLICATE | BIT.REFUSED)) && entry.side !== 'client') bits |= BIT.NOBODY;
    const [n, one] = this.add(entry, kind, bits, { topic: entry.topic_name });
    const release = this.held.get(key(entry, one));
    if (release !== undefined && entry.side) {
      this.held.delete(key(entry, one));
      store.set(n, BIT.HELD);
      store.roots[n % store.roots.length] = release;
    }
    if (one) this.ofClient(entry, kind, out, n, one);
    if (one && entry.side !== 'engine') {
      if (kind === KIND.PUBLISH && store.qos(n) > 0) exchanges.take(n, one.number);
      else if (HANDSHAKE.has(kind)) exchanges.take(n, one.number);
    }
    if (kind === KIND.PUBLISH && one) {
      if (!out) exchanges.expect(n, to);
      else if (!(bits & BIT.HIDDEN) && release === undefined) exchanges.link(n, one.name);
    }
    this.before = n;
    return n;
  }

  ofClient(entry, kind, out, n, one) {
    const { people } = this;
    if (!out) one.heard = entry.at_secs;
    if (kind === KIND.CONNECT) {
      one.keepAlive = entry.keep_alive ?? 0;
      one.version = entry.version;
      people.line(one, n, LINE.ON);
      this.connects.set(entry.conn, n);
      this.keeping.set(entry.conn, entry.version === '5.0' ? entry.properties?.session_expiry_interval > 0 : entry.clean_start === false);
      for (const known of [this.connects, this.keeping]) if (known.size > 4096) known.delete(known.keys().next().value);
    } else if (one.lines.length === 0) {
      people.line(one, 0, LINE.ON);
    }
    if (kind === KIND.PUBLISH && !out) people.take(one, 'left');
    if (kind === KIND.SUBSCRIBE) people.take(one, 'right');
  }

  event(entry) {
    const { store, people, exchanges } = this;
    if (entry.event === 'connected') this.connected(entry);
    if (entry.event === 'session_ended' && !entry.expired) {
      const gone = people.find(entry.client_id);
      if (gone) {
        people.line(gone, Math.max(0, gone.last), LINE.NONE);
        exchanges.end(gone.number);
      }
      // One that was to end with its connection needs no row.
      if (!gone?.keeps) return -1;
      gone.keeps = false;
    }
    if (SILENT.has(entry.event) || EVENT[entry.event] === undefined) return -1;
    if (entry.event === 'fault' && !entry.why && this.before >= 0 && LOSES.has(entry.action)) {
      this.lost(entry);
      return -1;
    }
    const isTrouble = entry.event === 'session_ended' ? !entry.expired : entry.event === 'disconnected' ? causeOf(entry.cause)[1] : !['will_published', 'stub_answered', 'passed_through', 'reset', 'restored', 'clock'].includes(entry.event);
    const [n, one] = this.add(entry, EVENT[entry.event], isTrouble ? BIT.TROUBLE : 0, { topic: entry.topic });
    if (entry.event === 'disconnected') {
      // The word for how it ended stands before the sentence.
      store.texts[n % store.texts.length] = `${causeOf(entry.cause)[0]}\n${store.text(n)}`;
      if (one && one.conn === entry.conn) {
        this.keeping.delete(entry.conn);
        one.connected = false;
        people.line(one, n, LINE.AWAY);
        people.changes++;
      }
      people.byConn.delete(entry.conn);
    } else if (entry.event === 'session_ended' && one) {
      people.line(one, n, LINE.NONE);
      exchanges.end(one.number);
    } else if (entry.event === 'reset') {
      this.reset(n);
    } else if (entry.event === 'dropped' && one) {
      one.drops++;
    } else if (entry.event === 'fault' && !entry.why && HOLDS.has(entry.action)) {
      this.holds(n, one);
    }
    return n;
  }

  connected(entry) {
    const one = this.people.of(entry.client_id, this.store.next);
    Object.assign(one, { connected: true, keeps: this.keeping.get(entry.conn) === true, conn: entry.conn, keepAlive: entry.keep_alive_secs, version: entry.version, heard: entry.at_secs });
    this.people.byConn.set(entry.conn, entry.client_id);
    this.people.changes++;
    const began = this.connects.get(entry.conn);
    this.connects.delete(entry.conn);
    if (began === undefined || !this.store.has(began)) return;
    // The identifier may be the broker's choice: it is known only now.
    this.store.clients[began % this.store.clients.length] = one.number;
    this.people.line(one, began, LINE.ON);
  }

  /** The packet before this never came to the other side. */
  lost(entry) {
    const { store } = this;
    const n = this.before;
    store.unset(n, BIT.HIDDEN);
    store.set(n, BIT.LOST | BIT.TROUBLE);
    store.texts[n % store.texts.length] = `${store.text(n).split('\n')[0]}\n${entry.action} by ${entry.rule}`;
    const isHandshake = HANDSHAKE.has(store.kind(n)) || (store.kind(n) === KIND.PUBLISH && store.qos(n) > 0);
    if (store.is(n, BIT.ENGINE) && isHandshake) this.exchanges.take(n, store.client(n));
    this.exchanges.reopen(n);
    this.shown.push(n);
  }

  holds(n, one) {
    const before = this.before;
    if (before < 0) return;
    const { store } = this;
    store.ids[n % store.ids.length] = store.id(before);
    store.texts[n % store.texts.length] = `${store.text(n)}\n${before}`;
    this.held.set(`${one?.number} ${store.is(before, BIT.OUT) ? 'out' : 'in'} ${store.kind(before)} ${store.id(before)} ${store.topic(before) ?? ''}`, n);
    if (this.held.size > 2000) this.held.delete(this.held.keys().next().value);
  }
}

const key = (entry, one) => `${one?.number} ${entry.direction} ${KIND[entry.packet] ?? 0} ${entry.packet_identifier ?? 0} ${entry.topic_name ?? ''}`;
