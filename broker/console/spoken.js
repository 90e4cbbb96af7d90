// The ladder for those who hear it: a sentence for each row, and trouble as it comes, but no other row.

import { $, count, secs, seldom } from './dom.js';
import { isEvent } from './kinds.js';
import { BIT } from './store.js';
import { detail, tags, word } from './words.js';

/** So often trouble is said at most. */
const PAUSE_MS = 3000;
/** What is older than this came before anybody listened. */
const OLD_SECS = 5;
/** More are not counted. */
const MOST_WAITING = 10_000;

/** A row as a sentence: who says what to whom, and what is special about it. */
export function sentence(store, people, n) {
  const name = people.name(store.client(n)) || 'broker';
  const { topic, payload, more } = detail(store, n);
  const who = isEvent(store.kind(n)) ? name : store.is(n, BIT.OUT) ? `broker to ${name}` : `${name} to broker`;
  const said = [word(store, n), topic, payload, more].filter(Boolean).join(' ');
  return [`${who}: ${said}`, ...tags(store, n).map(([text]) => text.replace(' · ', ', identifier ')), `at ${secs(store.at(n))} seconds`].join(', ');
}

export class Spoken {
  constructor(parts) {
    Object.assign(this, parts);
    this.waits = [];
    this.tell = seldom(PAUSE_MS, () => this.speak());
  }

  /** A row is trouble. */
  trouble(n) {
    if (this.store.at(n) < this.now() - OLD_SECS) return;
    if (this.waits.length < MOST_WAITING) this.waits.push(n);
    this.tell();
  }

  speak() {
    const waits = this.waits.splice(0).filter(n => this.store.has(n));
    const [first] = waits;
    if (first === undefined) return;
    $('#said').textContent = `Trouble: ${sentence(this.store, this.people, first)}${waits.length > 1 ? `; and ${count(waits.length - 1, 'more row')}` : ''}`;
  }
}
