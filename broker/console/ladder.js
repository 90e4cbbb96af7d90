// The ladder: rows are elements, and only those in sight are there; lanes are one canvas behind them, drawn once a frame at most.

import { $, count, h, isPhone, say, signed, span, stamp } from './dom.js';
import { isEvent } from './kinds.js';
import { BIT } from './store.js';
import { detail, family, isOfAll, route, tags, word } from './words.js';
import { sentence } from './spoken.js';
import { Painter, trackRoom } from './paint.js';

const PAUSE_SECS = 0.15;
export const rowHeight = () => (isPhone() ? 38 : 22);

export class Ladder {
  /** `on` hears `select(n)` and `live(is)`. */
  constructor(parts, on) {
    Object.assign(this, parts, { on });
    this.box = $('#rows');
    this.spacer = $('#spacer');
    this.painter = new Painter($('#lanes'), parts);
    this.rows = new Map();
    this.spare = [];
    this.selected = -1;
    this.hovered = -1;
    this.isLive = true;
    /** Whether the time of a row is told from the selected one. */
    this.isRelative = false;
    /** The last row that a replay has come to, and what is said of it. */
    this.playedTo = -1;
    this.said = '';
    this.listen();
  }

  listen() {
    const { box } = this;
    const rowAt = event => { const row = event.target.closest?.('.row'); return row ? row.n : -1; };
    box.addEventListener('scroll', () => {
      // Scrolling up by hand pauses; the follower's own scrolling leads to the end.
      // A window that grows shows the end still.
      const isAtEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - 1;
      if (this.isLive && !isAtEnd && box.scrollTop < this.followed - rowHeight() / 2) this.setLive(false);
      this.isDirty = true;
    }, { passive: true });
    box.addEventListener('mousemove', event => this.hover(rowAt(event)));
    box.addEventListener('mouseleave', () => this.hover(-1));
    box.addEventListener('click', event => { const n = rowAt(event); if (n >= 0) this.select(n, 'click'); });
  }

  hover(n) {
    if (n === this.hovered) return;
    this.hovered = n;
    this.isDirty = true;
  }

  setLive(is) {
    if (is === this.isLive) return;
    this.isLive = is;
    this.isDirty = true;
    this.on.live(is);
  }

  select(n, how) {
    this.selected = n;
    if (how && n >= 0) this.setLive(false);
    this.isDirty = true;
    this.on.select(n, how);
  }

  /** Scrolls so that the row is seen; in the middle, unless it is seen already. */
  reveal(n) {
    const i = this.view.index(n);
    if (i < 0) return;
    const height = rowHeight();
    const { box } = this;
    const y = i * height;
    if (y < box.scrollTop || y > box.scrollTop + box.clientHeight - height) {
      this.resize();
      box.scrollTop = Math.max(0, y - box.clientHeight / 2);
    }
    this.isDirty = true;
  }

  /** The row so many further, among those for which `fits` holds. */
  step(by, fits = () => true) {
    const { view } = this;
    let i = this.selected < 0 ? (by > 0 ? -1 : view.length) : view.indexFrom(this.selected);
    // The selected one may be hidden by the filter.
    if (by > 0 && this.selected >= 0 && view.at(i) !== this.selected) i--;
    // A page at a time ends at the end.
    i = Math.abs(by) > 1 ? Math.max(0, Math.min(view.length - 1, i + by)) : i + by;
    for (; i >= 0 && i < view.length; i += by) {
      const n = view.at(i);
      if (!fits(n)) continue;
      this.select(n, 'key');
      this.reveal(n);
      return;
    }
  }

  resize() {
    const wanted = `${this.view.length * rowHeight()}px`;
    if (this.spacer.style.height !== wanted) this.spacer.style.height = wanted;
  }

  /** Rows fell out at the top: what is read stays where it is. */
  shift(rows) {
    if (rows && !this.isLive) this.box.scrollTop -= rows * rowHeight();
  }

  layout() {
    const width = this.box.clientWidth;
    if (!width) return;
    this.lanes.relative = this.isRelative;
    this.lanes.place(width, trackRoom());
    this.lanes.heads(width, () => { this.isRelative = !this.isRelative; this.layout(); this.isDirty = true; });
    this.isDirty = true;
  }

  /** Draws what is in sight. */
  draw() {
    const { box, view, lanes } = this;
    if (!lanes.textX) return;
    this.isDirty = false;
    const height = rowHeight();
    const seen = box.clientHeight;
    this.resize();
    if (this.isLive) {
      box.scrollTop = view.length * height;
      this.followed = box.scrollTop;
    }
    const top = box.scrollTop;
    const from = Math.max(0, Math.floor(top / height) - 2);
    const played = this.playedTo < 0 ? view.length : view.indexFrom(this.playedTo) + 1;
    const until = Math.min(view.length, played, Math.ceil((top + seen) / height) + 2);
    const focus = this.hovered >= 0 && this.store.has(this.hovered) ? this.hovered : -1;
    const journey = focus >= 0 ? this.exchanges.journey(focus) : null;
    const lit = journey && journey.size > 1 ? journey : null;
    this.fill(from, until, height, lit);
    const chosen = this.store.has(focus >= 0 ? focus : this.selected) ? this.store.exchange(focus >= 0 ? focus : this.selected) : 0;
    this.painter.draw({ from, until, top, height: seen, rowHeight: height, lit, chosen });
    this.heads(focus >= 0 ? focus : this.selected);
    this.notes(top, height);
    Object.assign(this, { from, until });
  }

  fill(from, until, height, lit) {
    const { box, view, rows, spare } = this;
    box.setAttribute('aria-rowcount', view.length);
    box.classList.toggle('nothing', view.length === 0 && this.store.size > 0);
    box.classList.toggle('lit', !!lit);
    for (const [n, row] of rows) {
      const i = view.index(n);
      if (i < from || i >= until) { rows.delete(n); spare.push(row); }
    }
    for (let i = from; i < until; i++) {
      const n = view.at(i);
      let row = rows.get(n);
      if (!row) {
        row = spare.pop() ?? this.make();
        rows.set(n, row);
        row.drawn = '';
      }
      const before = i > 0 ? view.at(i - 1) : -1;
      const key = `${i} ${before} ${this.lanes.textX} ${height} ${this.store.bits[n % this.store.bits.length]} ${this.store.client(n)} ${this.isRelative ? this.selected : ''} ${isOfAll(this.store.kind(n)) ? this.store.text(n) : ''}`;
      if (row.drawn !== key) { row.drawn = key; this.write(row, n, i, before, height); }
      row.setAttribute('aria-selected', n === this.selected);
      if (n === this.selected) box.setAttribute('aria-activedescendant', row.id);
      row.classList.toggle('lit', !!lit && lit.has(n));
    }
    while (spare.length > 40) spare.pop().remove();
    for (const row of spare) {
      if (row.hidden) continue;
      row.hidden = true;
      row.removeAttribute('aria-selected');
    }
  }

  make() {
    const part = name => h('span', { class: name });
    const at = { t: part('t'), d: part('d'), sr: part('sr'), own: part('own'), k: part('k'), tp: part('tp'), pl: part('pl'), more: part('more'), l2: part('l2'), tags: part('tags') };
    at.x = h('span', { class: 'x', role: 'gridcell' }, at.sr, at.own, at.k, at.tp, at.pl, at.more, at.l2);
    at.t.setAttribute('role', 'gridcell');
    at.tags.setAttribute('role', 'gridcell');
    at.d.setAttribute('aria-hidden', 'true');
    const row = h('div', { role: 'row' }, at.t, at.d, at.x, at.tags);
    row.at = at;
    this.spacer.append(row);
    return row;
  }

  write(row, n, i, before, height) {
    const { store, people } = this;
    const { at } = row;
    const after = before >= 0 ? store.at(n) - store.at(before) : 0;
    const event = isEvent(store.kind(n));
    const isCalm = event && !store.is(n, BIT.TROUBLE);
    row.n = n;
    row.id = `r${store.seq(n)}`;
    row.hidden = false;
    row.className = `row${after > PAUSE_SECS ? ' gap' : ''}${event ? ` event ${family(store, n)}` : ''}${isCalm ? ' calm' : ''}`;
    row.style.top = `${i * height}px`;
    row.setAttribute('aria-rowindex', i + 1);
    row.setAttribute('aria-label', sentence(store, people, n));
    say(at.t, stamp(store.at(n)));
    const chosen = this.isRelative && store.has(this.selected) ? this.selected : -1;
    say(at.d, chosen >= 0 ? signed(store.at(n) - store.at(chosen)) : after > 0 ? `+${span(after)}` : '');
    at.x.style.marginLeft = `${this.lanes.textX - (isPhone() ? 0 : 112)}px`;
    const one = people.get(store.client(n));
    say(at.sr, `${route(store, people, n)} `);
    say(at.own, one && one.lane < 0 ? one.name : '');
    say(at.k, word(store, n));
    at.k.className = `k ${family(store, n)}`;
    const { topic = '', payload = '', more = '' } = detail(store, n);
    say(at.tp, topic);
    say(at.pl, payload);
    say(at.more, more);
    const marks = tags(store, n);
    at.tags.replaceChildren(...marks.map(([text, hot]) => h('span', { class: hot ? 'tag hot' : 'tag' }, text)));
    at.l2.replaceChildren(route(store, people, n), ...marks.flatMap(([text, hot]) => [' · ', h('span', { class: hot ? 'fault' : '' }, text)]));
  }

  heads(n) {
    const number = this.store.has(n) ? String(this.store.client(n)) : '';
    if (this.headed === number) return;
    this.headed = number;
    for (const head of document.querySelectorAll('.heads .h')) head.classList.toggle('on', number !== '' && head.dataset.number === number);
  }

  /** What is not shown is said. */
  notes(top, height) {
    const { filter, store, view } = this;
    const forgotten = store.first - this.began + store.missed;
    let text = '';
    if (this.said) text = this.said;
    else if (this.isLive && filter.every > 1) text = `1 of ${filter.every} shown, with all trouble; pause to see all${performance.now() - (this.missedAt ?? -1e9) < 3000 ? '. Some rows never came: the page cannot follow' : ''}`;
    else if (forgotten > 0 && view.length && top < height) text = `${count(forgotten, 'row is', 'rows are')} no longer kept`;
    const note = $('#note');
    say(note, text);
    note.hidden = !text;
  }

  /** How many rows are below what is seen. */
  get newer() {
    return Math.max(0, this.view.length - Math.ceil((this.box.scrollTop + this.box.clientHeight) / rowHeight()));
  }
}
