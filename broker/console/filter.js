// What is shown: words that are and-ed, families that are hidden, and, where there is too much to follow, a sample.

import { EVENT, PACKETS, familyOf, isEvent, title, wordOf } from './kinds.js';
import { BIT } from './store.js';
import { isOfAll } from './words.js';

/** So many rows a second can be followed; above that one in so many is shown. */
const FOLLOWED_PER_SEC = 400;

/** Whether a topic filter of MQTT fits a topic. */
export function fits(filter, topic) {
  const shared = filter.startsWith('$share/') ? filter.split('/').slice(2) : filter.split('/');
  const levels = topic.split('/');
  if (topic.startsWith('$') && (shared[0] === '#' || shared[0] === '+')) return false;
  for (let i = 0; i < shared.length; i++) {
    if (shared[i] === '#') return i === shared.length - 1;
    if (i >= levels.length || (shared[i] !== '+' && shared[i] !== levels[i])) return false;
  }
  return shared.length === levels.length;
}

const KEYS = {
  client: (value, n, at) => at.people.name(at.store.client(n)).toLowerCase().includes(value),
  id: (value, n, at) => String(at.store.id(n)) === value,
  type: (value, n, at) => value.split(',').some(one => one && kindOf(at.store.kind(n)).startsWith(one)),
  topic: (value, n, at) => { const topic = at.store.topic(n); return topic !== null && (fits(value, topic) || fits(value, topic.toLowerCase())); },
};
const KINDS = [...PACKETS.slice(1), ...Object.keys(EVENT)].map(name => name.toLowerCase());
/** What is wrong with the value of a word, or nothing. */
const WRONG = {
  id: value => (/^\d+$/.test(value) ? '' : `id:${value} is no packet identifier: it is a number, as in id:7`),
  type: value => { const bad = value.split(',').find(one => one && !KINDS.some(kind => kind.startsWith(one))); return bad ? `type:${bad} begins no packet and no event: type:puback, type:sub,unsub, type:dropped` : ''; },
  topic: value => (isFilter(value) ? '' : `topic:${value} is no topic filter: # stands alone and last, + alone between slashes`),
};
const isFilter = value => value.split('/').every((level, i, all) => (level === '#' ? i === all.length - 1 : level === '+' || !/[#+]/.test(level)));
const kindOf = kind => (isEvent(kind) ? wordOf(kind) : title(kind)).toLowerCase();

export class Filter {
  constructor(store, people, exchanges) {
    this.at = { store, people };
    this.exchanges = exchanges;
    this.hidden = new Set();
    this.words = [];
    this.query = '';
    /** One in so many is shown. */
    this.every = 1;
    this.came = 0;
    this.since = 0;
    this.until = 0;
  }

  ask(query) {
    this.query = query;
    /** What is wrong with the words, said at the field; such a word fits nothing. */
    this.wrong = '';
    this.words = query.trim().split(/\s+/).filter(Boolean).map(word => {
      const colon = word.indexOf(':');
      const name = colon > 0 ? word.slice(0, colon).toLowerCase() : '';
      const key = KEYS[name];
      const value = word.slice(colon + 1);
      if (key && !value) return () => true;
      const wrong = key && WRONG[name]?.(name === 'topic' ? value : value.toLowerCase());
      if (wrong) {
        this.wrong ||= wrong;
        return () => false;
      }
      // A topic is as it is written; other words are found in either case.
      if (key) return n => key(key === KEYS.topic ? value : value.toLowerCase(), n, this.at);
      const low = word.toLowerCase();
      return n => this.textOf(n).includes(low);
    });
  }

  textOf(n) {
    const { store, people } = this.at;
    return `${people.name(store.client(n))} ${kindOf(store.kind(n))} ${store.topic(n) ?? ''} ${store.text(n)}`.toLowerCase();
  }

  /** Counts what came, and says how much of it can be followed. What is older came slower than it is read now. */
  pace(rows, now, at) {
    this.came += rows;
    if (now - this.since < 500) return;
    const perSec = this.came / Math.max((now - this.since) / 1000, at - this.until);
    this.until = at;
    this.every = this.since && perSec > FOLLOWED_PER_SEC * 1.25 ? Math.ceil(perSec / FOLLOWED_PER_SEC) : 1;
    this.came = 0;
    this.since = now;
  }

  shows(n) {
    const { store } = this.at;
    if (store.is(n, BIT.HIDDEN) && !store.is(n, BIT.LOST)) return false;
    if (this.hidden.size) {
      const isTrouble = store.is(n, BIT.TROUBLE);
      if (this.hidden.has(familyOf(store.kind(n))) && !(isTrouble && !this.hidden.has(5))) return false;
    }
    return this.words.every(fit => fit(n));
  }

  /** Whether it is in the sample. A message and its handshake are in it together, and trouble always is. */
  sampled(n) {
    if (this.every === 1) return true;
    const { store } = this.at;
    if (store.is(n, BIT.TROUBLE) || isOfAll(store.kind(n))) return true;
    const opening = this.exchanges?.of(n)?.first ?? n;
    const root = store.has(opening) ? store.root(opening) : -1;
    // Mixed, for messages come in step: every twelfth row may be the same packet of each.
    return (Math.imul((root >= 0 ? root : opening) + 1, 0x9e3779b1) >>> 8) % this.every === 0;
  }
}
