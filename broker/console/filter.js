// What is shown: words that are and-ed, families that are hidden, and, where there is too much to follow, a sample.

import { familyOf } from './kinds.js';
import { BIT } from './store.js';
import { words } from './query.js';
import { isOfAll } from './words.js';

/** So many rows a second can be followed; above that one in so many is shown. */
const FOLLOWED_PER_SEC = 400;

export class Filter {
  constructor(store, people, exchanges) {
    this.at = { store, people };
    this.exchanges = exchanges;
    this.hidden = new Set();
    this.words = [];
    this.clients = [];
    this.query = '';
    /** One in so many is shown. */
    this.every = 1;
    this.came = 0;
    this.since = 0;
    this.until = 0;
  }

  ask(query) {
    this.query = query;
    const { fit, wrong, clients } = words(query);
    this.words = fit;
    this.clients = clients;
    /** What is wrong with the words, said at the field; such a word fits nothing. */
    this.wrong = wrong;
  }

  /** Whether the words ask for this client. */
  asks(name) { return this.clients.length > 0 && this.clients.every(fits => fits(name)); }

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
    return this.words.every(fit => fit(n, this.at));
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
