// The words of the filter: what each asks of a row, and what is wrong with one that can fit no row. `broker --watch` has the same.

import { EVENT, PACKETS, SHOWN, isEvent, title, wordOf } from './kinds.js';
import { tags, word, wrongLevels } from './words.js';

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

const kindOf = kind => (isEvent(kind) ? wordOf(kind) : title(kind)).toLowerCase();
const nameOf = (n, at) => at.people.name(at.store.client(n));
const shownOf = (n, at) => word(at.store, n).toLowerCase();
const textOf = (n, at) => `${nameOf(n, at)} ${kindOf(at.store.kind(n))} ${shownOf(n, at)} ${at.store.topic(n) ?? ''} ${at.store.text(n)} ${tags(at.store, n).map(([text]) => text).join(' ')}`.toLowerCase();

const isCalled = (name, value, isExact) => (isExact ? name === value : name.toLowerCase().includes(value.toLowerCase()));

/** Whether a row fits the value of a word. A topic is as it is written; other values are found in either case. */
const KEYS = {
  client: (value, n, at) => isCalled(nameOf(n, at), value, false),
  id: (value, n, at) => String(at.store.id(n)) === value,
  type: (value, n, at) => value.toLowerCase().split(',').some(one => one && (kindOf(at.store.kind(n)).startsWith(one) || shownOf(n, at).startsWith(one))),
  topic: (value, n, at) => { const topic = at.store.topic(n); return topic !== null && (fits(value, topic) || fits(value, topic.toLowerCase())); },
  text: (value, n, at) => textOf(n, at).includes(value.toLowerCase()),
};
/** The same of a value in quotes. */
const EXACT = {
  client: (value, n, at) => isCalled(nameOf(n, at), value, true),
  topic: (value, n, at) => at.store.topic(n) === value,
};
/** Of a topic in quotes whose end is still being typed. */
const holds = (value, n, at) => at.store.topic(n)?.includes(value) ?? false;

const KINDS = [...PACKETS.slice(1), ...Object.keys(EVENT), ...SHOWN].map(name => name.toLowerCase());
/** What is wrong with a value, or nothing. */
const WRONG = {
  id: value => (/^\d+$/.test(value) ? '' : `id:${value} is no packet identifier: it is a number, as in id:7`),
  type: value => { const bad = value.toLowerCase().split(',').find(one => one && !KINDS.some(kind => kind.startsWith(one))); return bad ? `type:${bad} begins no packet and no event: type:puback, type:sub,unsub, type:dropped` : ''; },
  topic: value => (!wrongLevels(value) ? '' : `topic:${value} is no topic filter: # stands alone and last, + alone between slashes`),
};

/** The word that asks for exactly this name: a quote in it is written twice. */
export const exact = (key, name) => `${key}:"${name.replaceAll('"', '""')}"`;

/** A word: its key, its value, whether that began with a quote, and the quote that ends it. */
const WORD = /(client|topic|type|id|text):"((?:[^"]|"")*)("?)|(\S+)/giy;

/** Each word as a function that says whether a row fits; those about clients as functions of a name, too; and what is wrong with the first that fits none. */
export function words(query) {
  let wrong = '';
  const fit = [];
  const clients = [];
  for (let at = 0; (at = next(query, at)) < query.length; at = WORD.lastIndex) {
    WORD.lastIndex = at;
    const [, key, quoted, end, word] = WORD.exec(query);
    const value = key ? quoted.replaceAll('""', '"') : word.slice(word.indexOf(':') + 1);
    const [test, said] = key ? ofQuotes(key.toLowerCase(), value, !!end) : ofWord(word);
    wrong ||= said;
    if (!test) continue;
    fit.push(test);
    if (/^client:/i.test(key ? `${key}:` : word)) clients.push(name => isCalled(name, value, !!end));
  }
  return { fit, wrong, clients };
}

const next = (query, at) => at + /^\s*/.exec(query.slice(at))[0].length;

function ofQuotes(key, value, isClosed) {
  if (isClosed && EXACT[key]) return [(n, at) => EXACT[key](value, n, at), ''];
  if (key === 'topic') return [(n, at) => !value || holds(value, n, at), ''];
  return ofKey(key, value);
}

function ofWord(word) {
  const colon = word.indexOf(':');
  const key = colon > 0 ? word.slice(0, colon).toLowerCase() : '';
  return Object.hasOwn(KEYS, key) ? ofKey(key, word.slice(colon + 1)) : ofKey('text', word);
}

function ofKey(key, value) {
  if (!value) return [null, ''];
  const wrong = WRONG[key]?.(value) ?? '';
  return [wrong ? () => false : (n, at) => KEYS[key](value, n, at), wrong];
}
