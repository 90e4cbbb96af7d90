// One topic: its latest messages, what changed from one to the next, and its numbers drawn over time.

import { count, g, h, named, prose, secs, span, toast } from './dom.js';
import { place, remove } from './api.js';
import { here } from './road.js';
import { KIND } from './kinds.js';
import { BIT } from './store.js';

const MOST = 60;
const SHOWN = 24;
const MOST_SERIES = 3;
const [WIDE, HIGH] = [372, 56];

/** The latest messages of a topic, those of clients and the broker's own, the newest first: place and payload as it is shown. */
function messages({ store, exchanges }, topic) {
  const number = store.topicNames.numbers.get(topic);
  const found = [];
  if (number === undefined) return found;
  for (let n = store.next - 1; n >= store.first && found.length < MOST; n--) {
    if (store.topics[n % store.topics.length] !== number || store.kind(n) !== KIND.PUBLISH || store.is(n, BIT.DUP)) continue;
    if (store.is(n, BIT.OUT)) {
      // The broker's own, once for all who got it.
      const last = found.at(-1);
      if (!exchanges.isOfBroker(n) || (last && store.is(last.n, BIT.OUT) && store.at(last.n) === store.at(n) && last.text === store.text(n))) continue;
    }
    found.push({ n, text: store.text(n), value: read(store.text(n)) });
  }
  return found;
}

/** A payload as JSON, where it is whole and is JSON. */
function read(text) {
  try {
    return JSON.parse(text.replace(/⏎/g, '\n'));
  } catch {
    return undefined;
  }
}

/** Members of an object or list with their paths, flat. */
function flat(value, path = '', to = new Map()) {
  if (value !== null && typeof value === 'object' && to.size < 200) for (const [key, one] of Object.entries(value)) flat(one, `${path}/${key}`, to);
  else to.set(path, value);
  return to;
}

/** What is different from the message before, in words. */
function changes(now, before) {
  if (now.value === undefined || before?.value === undefined) return null;
  const [a, b] = [flat(before.value), flat(now.value)];
  const said = [];
  for (const [path, value] of b) {
    if (!a.has(path)) said.push(['+', path, value]);
    else if (a.get(path) !== value) said.push(['', path, value, a.get(path)]);
  }
  for (const path of a.keys()) if (!b.has(path)) said.push(['−', path]);
  return said;
}

function change([sign, path, value, was]) {
  const name = path || 'it';
  if (sign === '−') return h('span', { class: 'chg' }, `${name} is gone`);
  const by = typeof value === 'number' && typeof was === 'number' ? ` (${value > was ? '+' : '−'}${Number(Math.abs(value - was).toPrecision(6))})` : '';
  return h('span', { class: 'chg' }, sign === '+' ? `${name} new: ` : `${name} `, was === undefined ? null : h('s', {}, JSON.stringify(was)), was === undefined ? null : ' ', h('b', {}, JSON.stringify(value)), by);
}

/** Numbers by path: points of time and value, the oldest first. */
function series(found, store) {
  const lines = new Map();
  for (const { n, value } of [...found].reverse()) {
    if (value === undefined) continue;
    for (const [path, one] of flat(value)) {
      if (typeof one !== 'number') continue;
      if (!lines.has(path)) lines.set(path, []);
      lines.get(path).push([store.at(n), one]);
    }
  }
  return [...lines].filter(([, points]) => points.length > 1).slice(0, MOST_SERIES);
}

function chart([path, points]) {
  const values = points.map(([, value]) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [begin, end] = [points[0][0], points.at(-1)[0]];
  const x = at => 2 + ((at - begin) / (end - begin || 1)) * (WIDE - 4);
  const y = value => HIGH - 4 - ((value - low) / (high - low || 1)) * (HIGH - 8);
  const line = points.map(([at, value], i) => `${i ? 'L' : 'M'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join('');
  const round = value => Number(value.toPrecision(5));
  return h('figure', { class: 'chart' }, h('figcaption', {}, h('span', { class: 'mono' }, path || 'value'), h('span', { class: 'mute' }, `${round(low)} to ${round(high)}, now `, h('b', {}, round(values.at(-1))))),
    g('svg', { viewBox: `0 0 ${WIDE} ${HIGH}`, width: '100%', role: 'img', 'aria-label': `${path || 'value'}, from ${low} to ${high}` }, g('path', { d: `M2 ${HIGH - 4}H${WIDE - 2}`, stroke: 'var(--line)' }), g('path', { d: line, fill: 'none', stroke: 'var(--f-publish)', 'stroke-width': 1.5 }),
      points.map(([at, value]) => g('circle', { cx: x(at).toFixed(1), cy: y(value).toFixed(1), r: 1.75, fill: 'var(--f-publish)' }))));
}

/** Takes a retained message away, at the second press. */
function removing(name, done) {
  let isSure = false;
  const button = h('button', { class: 'link', type: 'button', on: { click: async () => {
    if (!isSure) {
      isSure = true;
      button.textContent = 'Press again to remove it';
      return;
    }
    try {
      await remove(`retained/${place(name)}`);
      done();
      button.replaceWith('It is removed; clients that come now do not get it.');
    } catch (error) {
      toast(error.message);
    }
  } } }, 'Remove the retained message');
  return button;
}

/** What is shown of a topic beside the ladder. `on` hears `select(n)` and `close()`. */
export function history({ store, people, exchanges, topics, clients, now }, name, on) {
  const found = messages({ store, exchanges }, name);
  const topic = topics.byName.get(name);
  const { here, away } = clients.reach(name);
  const kids = [h('header', { class: 'ihead' }, h('span', { class: 'k' }, 'Topic'), h('span', { class: 'who mono' }, name), h('button', { class: 'btn icon close', 'aria-label': 'Close', on: { click: () => on.close() } }, '×'))];
  const heard = [...here.map(named), ...away.map(one => `${named(one)} (away)`)];
  kids.push(h('p', { class: 'say' }, prose(heard.length ? `Goes to ${heard.slice(0, 8).join(', ')}${heard.length > 8 ? ` and ${heard.length - 8} more` : ''}.` : 'Goes to nobody: no subscription fits.')));
  const kept = topic?.kept;
  if (kept) kids.push(h('div', { class: 'why' }, prose(`A message is retained, published ${span(Math.max(0, now() - kept.at))} ago, ${kept.at < 0 ? 'before this broker began' : `at ${secs(kept.at)} s`}${kept.by ? ` by ${named(kept.by)}` : ''}: who subscribes gets it at once.`)));
  if (kept && !here.inTab) kids.push(h('p', { class: 'do' }, removing(name, () => { topic.kept = null; topics.draw(); })));
  const lines = series(found, store);
  if (lines.length) kids.push(h('section', { class: 'isec' }, h('h3', {}, 'Numbers'), lines.map(chart)));
  const row = ({ n, text }, i) => {
    const differs = changes(found[i], found[i + 1]);
    return h('li', {}, h('button', { on: { click: () => on.select(n) } }, h('span', { class: 'tm' }, secs(store.at(n))), h('span', { class: 'from' }, store.is(n, BIT.OUT) ? 'broker' : people.name(store.client(n))),
      h('span', { class: 'pl' }, differs === null ? text || '(empty)' : differs.length ? differs.slice(0, 6).map(change) : '(the same again)')));
  };
  kids.push(h('section', { class: 'isec' }, h('h3', {}, 'Messages', h('span', {}, found.length ? `${count(topic?.n ?? found.length, 'message')}, the newest first` : 'none that the page still has')), h('ol', { class: 'history' }, found.slice(0, SHOWN).map(row))));
  return kids;
}
