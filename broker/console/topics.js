// The topics as a tree: last value, rate, and whether a message is retained, since when and from whom.

import { $, count, g, h, say, secs, seldom, span } from './dom.js';
import { all } from './api.js';
import { payloadOf } from './describe.js';

const MOST_TOPICS = 20_000;
const MOST_ROWS = 400;
const MOST_KEPT = 2000;
/** A message that came while the broker was asked is younger than this. */
const SLACK_SECS = 1;
/** Messages are counted for each of so many seconds. */
const SECONDS = 16;

export class Topics {
  constructor(parts) {
    Object.assign(this, parts);
    this.resets = 0;
    this.clear();
    this.draw = seldom(250, () => this.write());
    this.refresh = seldom(1000, () => this.load());
    this.shut = new Set(['$SYS']);
    this.box = $('#topics');
    this.box.addEventListener('click', event => this.press(event.target.closest('.topic')));
    this.box.addEventListener('keydown', event => this.key(event));
  }

  clear() {
    this.byName = new Map();
    this.root = null;
    for (const row of this.rows ?? []) row.remove();
    this.rows = [];
  }

  topic(name) {
    let one = this.byName.get(name);
    if (!one) {
      // The one that was heard of first gives way.
      if (this.byName.size >= MOST_TOPICS) this.byName.delete(this.byName.keys().next().value);
      one = { name, value: '', at: 0, n: 0, kept: null, cleared: -Infinity, counts: new Uint32Array(SECONDS), second: 0 };
      this.byName.set(name, one);
      this.isNew = true;
    }
    return one;
  }

  /** A message came in from a client. */
  message(entry) {
    const one = this.count(entry, payloadOf(entry));
    if (entry.decisions?.some(one => one.decision === 'retained')) one.kept = { at: entry.at_secs, by: entry.client_id };
    else if (entry.decisions?.some(one => one.decision === 'retained_removed')) { one.kept = null; one.cleared = entry.at_secs; }
    this.draw();
  }

  count(entry, value) {
    const one = this.topic(entry.topic_name ?? entry.topic);
    Object.assign(one, { value, at: entry.at_secs, n: one.n + 1 });
    const second = Math.floor(entry.at_secs);
    this.move(one, second);
    one.counts[second % SECONDS]++;
    return one;
  }

  /** The broker sends a message of its own to a client. To all who listen it goes at one time, and is one message. */
  own(entry) {
    const value = payloadOf(entry);
    const one = this.topic(entry.topic_name);
    if (one.at === entry.at_secs && (one.value === value || one.isWill)) Object.assign(one, { value, isWill: false });
    else this.count(entry, value);
    this.draw();
  }

  will(entry) {
    this.count(entry, '').isWill = true;
    // Whether it is retained, the broker says.
    this.draw();
    this.load();
  }

  move(one, second) {
    const steps = Math.min(SECONDS, second - one.second);
    for (let i = 1; i <= steps; i++) one.counts[(one.second + i) % SECONDS] = 0;
    if (steps > 0) one.second = second;
  }

  /** Nothing that was retained is so any more: after a reset, or where a snapshot was restored. What is so now, the broker says. */
  reset() {
    for (const one of this.byName.values()) Object.assign(one, { kept: null, cleared: -Infinity });
    this.resets++;
    this.draw();
    return this.load();
  }

  /** What was retained before the page was there. */
  async load() {
    const asked = this.now();
    const { resets } = this;
    const kept = await all('retained', 'retained', MOST_KEPT).catch(() => null);
    // An answer from before a reset tells what was.
    if (!kept || resets !== this.resets) return;
    const names = new Set(kept.map(message => message.topic));
    // Where all of them are known, the others are retained no more: a reset, or somebody else, took them away.
    if (kept.length < MOST_KEPT) for (const one of this.byName.values()) if (one.kept && one.kept.at < asked - SLACK_SECS && !names.has(one.name)) one.kept = null;
    for (const message of kept) {
      const one = this.topic(message.topic);
      if (one.n === 0 || !one.kept) one.value = payloadOf(message);
      // What came while this was asked for is newer.
      if (message.published_at_secs < Math.max(one.kept?.at ?? -Infinity, one.cleared)) continue;
      one.kept = { at: message.published_at_secs, by: message.publisher };
    }
    this.draw();
  }

  press(row) {
    if (!row) return;
    if (row.isFolder && !row.topic) {
      if (this.shut.has(row.path)) this.shut.delete(row.path);
      else this.shut.add(row.path);
      this.write();
    } else this.ask(row.topic.name);
  }

  key(event) {
    const row = event.target.closest?.('.topic');
    const step = { ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling' }[event.key];
    if (!row || !(step || event.key === 'Enter')) return;
    event.preventDefault();
    event.stopPropagation();
    if (step) row[step]?.focus();
    else this.press(row);
  }

  tree() {
    if (!this.isNew && this.root) return this.root;
    this.isNew = false;
    const root = { kids: new Map(), size: 0 };
    for (const one of [...this.byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      let node = root;
      for (const level of one.name.split('/')) {
        if (!node.kids.has(level)) node.kids.set(level, { kids: new Map(), size: 0 });
        node = node.kids.get(level);
        node.size++;
      }
      node.topic = one;
    }
    this.root = root;
    return root;
  }

  write() {
    say($('#n-topics'), this.byName.size ? this.byName.size.toLocaleString('en') : '');
    const wanted = [];
    const walk = (node, depth, path) => {
      for (let [label, kid] of node.kids) {
        while (!kid.topic && kid.kids.size === 1) {
          const [[more, only]] = kid.kids;
          label += `/${more}`;
          kid = only;
        }
        if (wanted.length > MOST_ROWS) return;
        const own = path + label;
        const isFolder = kid.kids.size > 0;
        const isShut = isFolder && this.shut.has(own);
        wanted.push({ label, kid, depth, path: own, isFolder, isShut });
        if (isFolder && !isShut) walk(kid, depth + 1, `${own}/`);
      }
    };
    walk(this.tree(), 0, '');
    const now = Math.floor(this.now());
    wanted.forEach((one, i) => this.row(i, one, now));
    for (const row of this.rows.splice(wanted.length)) row.remove();
  }

  row(i, { label, kid, depth, path, isFolder, isShut }, now) {
    const row = this.rows[i] ??= this.make();
    const { at } = row;
    const { topic } = kid;
    Object.assign(row, { path, topic, isFolder });
    row.className = `topic${isFolder && !topic ? ' dir' : ''}${isShut ? ' shut' : ''}`;
    row.style.paddingLeft = `${12 + depth * 13}px`;
    row.setAttribute('aria-level', depth + 1);
    if (isFolder) row.setAttribute('aria-expanded', String(!isShut));
    else row.removeAttribute('aria-expanded');
    say(at.label, label || '(empty)');
    const kept = topic?.kept;
    at.keep.hidden = !kept;
    if (kept) {
      say(at.keep, `R ${kept.at.toFixed(1)} s`);
      row.title = `${topic.name}: retained, published ${kept.at < 0 ? `${span(-kept.at)} before this broker began` : `at ${secs(kept.at)} s`}${kept.by ? ` by ${kept.by}` : ''}`;
    } else row.title = topic ? topic.name : path;
    say(at.v, topic ? topic.value || '(empty)' : count(kid.size, 'topic'));
    this.spark(at, topic, now);
  }

  make() {
    const at = { label: h('span'), keep: h('span', { class: 'keep' }), v: h('span', { class: 'v mono' }), path: g('path', { fill: 'var(--f-publish)' }) };
    at.svg = g('svg', { width: 48, height: 14, role: 'img' }, g('path', { d: 'M0 13.5H48', stroke: 'var(--line)' }), at.path);
    const row = h('div', { role: 'treeitem', tabindex: 0 }, h('span', { class: 'tn' }, at.label, at.keep), at.v, at.svg);
    row.at = at;
    this.box.append(row);
    return row;
  }

  /** Bars, and not a curve: a rate of nothing is an empty place. */
  spark(at, topic, now) {
    at.svg.style.visibility = topic ? '' : 'hidden';
    if (!topic) return;
    this.move(topic, now);
    let path = '';
    let sum = 0;
    const most = Math.max(2, ...topic.counts);
    for (let i = 0; i < SECONDS; i++) {
      const n = topic.counts[(topic.second + 1 + i) % SECONDS];
      sum += n;
      if (n) { const y = Math.max(1.5, (n / most) * 12); path += `M${i * 3} 13V${13 - y}h2V13z`; }
    }
    if (at.drawn === path) return;
    at.drawn = path;
    at.path.setAttribute('d', path);
    at.svg.setAttribute('aria-label', `${count(sum, 'message')} in ${SECONDS} s`);
  }
}
