// The words of a row: what it is called, what it says, and the marks at its end.

import { EVENT, FAMILIES, FAULT, KIND, familyOf, isEvent, title } from './kinds.js';
import { BIT } from './store.js';
import { span } from './dom.js';

/** Name of the family, which is the class that colours it. */
export function family(store, n) {
  const kind = store.kind(n);
  if (kind === EVENT.disconnected && store.is(n, BIT.TROUBLE)) return FAMILIES[FAULT][0];
  return FAMILIES[familyOf(kind)][0];
}

/** What a row is about that is of no client. */
const OF_ALL = new Set([EVENT.clock, EVENT.gap, EVENT.reset, EVENT.restored]);
export const isOfAll = kind => OF_ALL.has(kind);

const parts = text => text.split('\n');

/** The word of the row. */
export function word(store, n) {
  const kind = store.kind(n);
  if (kind === EVENT.disconnected) return parts(store.text(n))[0];
  if (kind === EVENT.fault && heldRow(store, n) !== null) return 'HELD';
  if (kind === EVENT.session_ended && store.is(n, BIT.TROUBLE)) return 'SESSION';
  return title(kind);
}

/** Of a rule that holds a packet back: the row of that packet. */
export function heldRow(store, n) {
  if (store.kind(n) !== EVENT.fault) return null;
  const [, before] = parts(store.text(n));
  return before === undefined ? null : Number(before);
}

/** What stands behind the word: topic, payload, and the rest, each or none. */
export function detail(store, n) {
  const kind = store.kind(n);
  const text = parts(store.text(n));
  if (kind === KIND.PUBLISH) return { topic: store.topic(n) ?? '', payload: text[0] || '(empty)' };
  if (kind === KIND.SUBSCRIBE || kind === KIND.UNSUBSCRIBE) return { topic: text[0] };
  if (kind === EVENT.disconnected) return { more: text[1] };
  if (kind === EVENT.fault && text[1] !== undefined) {
    const before = Number(text[1]);
    const what = store.has(before) ? `${title(store.kind(before))}${store.id(before) ? ` id ${store.id(before)}` : ''}` : 'a packet';
    return { more: `${what} is held back by ${text[0].split(':')[0]}` };
  }
  if (isEvent(kind) && store.topic(n) !== null) return { topic: store.topic(n), more: text[0] };
  return { more: text[0] };
}

/** The marks at the end of a row: text, and whether it is trouble. */
export function tags(store, n) {
  const kind = store.kind(n);
  const found = [];
  if (isEvent(kind)) return found;
  const is = bit => store.is(n, bit);
  if (is(BIT.DUP)) found.push(['again', true]);
  else if (is(BIT.AGAIN)) found.push(['again', false]);
  if (is(BIT.LOST)) found.push([is(BIT.OUT) ? 'never arrived' : 'lost on the way', true]);
  if (is(BIT.HELD) && store.has(store.root(n))) found.push([`held ${span(store.at(n) - store.at(store.root(n)))}`, true]);
  else if (is(BIT.ENGINE) && !is(BIT.LOST)) found.push(['as the broker got it', true]);
  if (is(BIT.REFUSED) && kind === KIND.PUBLISH) found.push(['refused', true]);
  if (is(BIT.DROPPED)) found.push(['dropped for some', true]);
  if (is(BIT.NOBODY)) found.push(['to nobody', false]);
  if (is(BIT.RETAIN)) found.push([is(BIT.OUT) ? 'retained' : 'retain', false]);
  if (kind === KIND.PUBLISH && store.qos(n)) found.push([`QoS ${store.qos(n)} · ${store.id(n)}`, false]);
  return found;
}

/** A name that is written from right to left does not turn what stands around it. */
const isolated = name => (/[\u0590-\u08ff\u202a-\u202e\ufb1d-\ufdff\ufe70-\ufefc]/.test(name) ? `\u2068${name}\u2069` : name);

/** Who speaks to whom. */
export function route(store, people, n) {
  const name = isolated(people.name(store.client(n)));
  if (isEvent(store.kind(n))) return name || 'broker';
  return store.is(n, BIT.OUT) ? `broker → ${name}` : `${name} → broker`;
}

/** Why # and + stand wrongly in a topic filter, or nothing where they stand right [MQTT-4.7.1-1] [MQTT-4.7.1-2]. */
export function wrongLevels(filter) {
  const levels = filter.split('/');
  const at = levels.findIndex((level, i) => level.includes('#') && (level !== '#' || i < levels.length - 1));
  if (at >= 0) return levels[at] === '#' ? 'nothing stands behind #' : `# stands alone in its level, and “${levels[at]}” has more`;
  const plus = levels.find(level => level.includes('+') && level !== '+');
  return plus === undefined ? '' : `+ stands alone in its level, and “${plus}” has more`;
}

/** Why this is no topic filter, or nothing where it is one; also [MQTT-4.7.3-1] [MQTT-4.8.2-1]. */
export function wrongFilter(filter) {
  if (filter === '') return 'it has one character at least';
  const wrong = wrongLevels(filter);
  if (wrong) return wrong;
  const levels = filter.split('/');
  if (levels[0] === '$share' && (levels.length < 3 || !levels[1] || /[+#]/.test(levels[1]) || levels.slice(2).join('/') === '')) return 'a shared one is $share/GROUP/FILTER';
  return '';
}
