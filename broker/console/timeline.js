// The density of what happened over time, with an axis that folds long silence; press and drag to go to a moment.

import { $, isPhone, secs, token } from './dom.js';
import { FAMILIES, FAULT, familyOf } from './kinds.js';
import { BIT } from './store.js';
import { rowHeight } from './ladder.js';

/** Counts are kept for each tenth of a second in which something happened, for so many of these. */
const PER_SEC = 10;
const ROOM = 36_000;
const FOLD = 46;
const WIDE = 4;
const ORDER = [0, 1, 2, 3, 4];

export class Timeline {
  constructor(parts) {
    Object.assign(this, parts);
    this.canvas = $('#scrub');
    this.clear();
    this.listen();
  }

  clear() {
    this.ticks = new Float64Array(ROOM);
    this.counts = new Uint32Array(ROOM * FAMILIES.length);
    this.from = 0;
    this.length = 0;
    this.axis = null;
  }

  add(n) {
    const { store } = this;
    if (store.is(n, BIT.HIDDEN)) return;
    const tick = Math.floor(store.at(n) * PER_SEC);
    let slot = (this.from + this.length - 1 + ROOM) % ROOM;
    if (this.length === 0 || this.ticks[slot] !== tick) {
      if (this.length === ROOM) { this.from = (this.from + 1) % ROOM; this.length--; }
      slot = (this.from + this.length++) % ROOM;
      this.ticks[slot] = tick;
      this.counts.fill(0, slot * FAMILIES.length, (slot + 1) * FAMILIES.length);
    }
    this.counts[slot * FAMILIES.length + familyOf(store.kind(n))]++;
    if (store.is(n, BIT.TROUBLE) && familyOf(store.kind(n)) !== FAULT) this.counts[slot * FAMILIES.length + FAULT]++;
  }

  /** A row turned out to be trouble. */
  trouble(n) {
    const tick = Math.floor(this.store.at(n) * PER_SEC);
    for (let back = 1; back <= Math.min(20, this.length); back++) {
      const slot = (this.from + this.length - back) % ROOM;
      if (this.ticks[slot] !== tick) continue;
      this.counts[slot * FAMILIES.length + FAULT]++;
      // It was hidden when it came.
      if (this.store.is(n, BIT.ENGINE) && this.store.is(n, BIT.OUT)) this.counts[slot * FAMILIES.length + familyOf(this.store.kind(n))]++;
      return;
    }
  }

  /** Pieces of time with something in them, and the silence between them. */
  scale(width) {
    const parts = [];
    const end = this.now();
    // A silence is folded where it would take more than its share of the line.
    const whole = this.length ? (this.ticks[(this.from + this.length - 1) % ROOM] - this.ticks[this.from]) / PER_SEC : 0;
    const silence = Math.max(5, whole * 0.12);
    for (let i = 0; i < this.length; i++) {
      const at = this.ticks[(this.from + i) % ROOM] / PER_SEC;
      const last = parts.at(-1);
      if (last && at - last.end < silence) last.end = at + 0.3;
      else parts.push({ begin: Math.max(0, at - 0.1), end: at + 0.3 });
    }
    while (parts.length > 1 && parts.length * FOLD > width / 2) parts.splice(0, 2, { begin: parts[0].begin, end: parts[1].end });
    if (parts.length === 0) return null;
    const last = parts.at(-1);
    last.end = Math.max(last.end, Math.min(end, last.end + 5), last.begin + 1);
    const total = parts.reduce((sum, part) => sum + part.end - part.begin, 0);
    const perSec = Math.max(1e-6, (width - 8 - FOLD * (parts.length - 1)) / total);
    let x = 4;
    for (const part of parts) { part.x = x; x += (part.end - part.begin) * perSec + FOLD; }
    const xOf = at => {
      for (const part of parts) if (at <= part.end) return part.x + Math.max(0, at - part.begin) * perSec;
      return width - 4;
    };
    const timeOf = where => {
      for (const part of parts) if (where <= part.x + (part.end - part.begin) * perSec) return part.begin + Math.max(0, where - part.x) / perSec;
      return last.end;
    };
    return { parts, perSec, xOf, timeOf };
  }

  draw(ladder) {
    const { canvas, store, view } = this;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    if (!width) return;
    const dense = devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * dense)) canvas.width = Math.round(width * dense);
    if (canvas.height !== Math.round(height * dense)) canvas.height = Math.round(height * dense);
    const c = canvas.getContext('2d');
    c.setTransform(dense, 0, 0, dense, 0, 0);
    c.clearRect(0, 0, width, height);
    const base = height - 16;
    const axis = this.axis = this.scale(width);
    if (axis && view.length) {
      const top = ladder.box.scrollTop / rowHeight();
      const first = view.at(Math.min(view.length - 1, Math.max(0, Math.floor(top))));
      const last = view.at(Math.max(0, Math.min(view.length - 1, Math.ceil(top + ladder.box.clientHeight / rowHeight()) - 1)));
      const [x1, x2] = [axis.xOf(store.at(first)) - 4, axis.xOf(store.at(last)) + 5];
      c.fillStyle = token('--mark-bg');
      c.fillRect(x1, 0, x2 - x1, base + 1);
      c.fillStyle = token('--mark-line');
      c.fillRect(x1, 0, 1.5, base + 1);
      c.fillRect(x2 - 1.5, 0, 1.5, base + 1);
    }
    if (axis) this.bars(c, axis, base);
    c.fillStyle = token('--line-2');
    c.fillRect(0, base, width, 1);
    if (axis) this.labels(c, axis, base, width, height);
    this.chosen(c, axis, base, ladder.selected);
  }

  bars(c, axis, base) {
    const bins = new Map();
    for (let i = 0; i < this.length; i++) {
      const slot = (this.from + i) % ROOM;
      const bin = Math.floor(axis.xOf(this.ticks[slot] / PER_SEC) / WIDE);
      let counts = bins.get(bin);
      if (!counts) bins.set(bin, counts = new Array(FAMILIES.length).fill(0));
      for (let f = 0; f < FAMILIES.length; f++) counts[f] += this.counts[slot * FAMILIES.length + f];
    }
    const total = counts => ORDER.reduce((sum, f) => sum + counts[f], 0);
    let most = 8;
    for (const counts of bins.values()) most = Math.max(most, total(counts));
    for (const [bin, counts] of bins) {
      const all = total(counts);
      const unit = all ? ((base - 11) * Math.sqrt(all / most)) / all : 0;
      let y = base;
      for (const f of ORDER) {
        if (!counts[f]) continue;
        c.fillStyle = token(`--f-${FAMILIES[f][0]}`);
        c.fillRect(bin * WIDE, y - counts[f] * unit, WIDE - 1, counts[f] * unit);
        y -= counts[f] * unit;
      }
      if (!counts[FAULT]) continue;
      c.fillStyle = token('--f-fault');
      c.beginPath();
      c.moveTo(bin * WIDE - 2, 2);
      c.lineTo(bin * WIDE + 5, 2);
      c.lineTo(bin * WIDE + 1.5, 8);
      c.fill();
    }
  }

  labels(c, axis, base, width, height) {
    c.font = `10px ${token('--sans')}`;
    c.textAlign = 'center';
    axis.parts.forEach((part, i) => {
      if (i === 0) return;
      const x = part.x - FOLD;
      c.fillStyle = token('--bg');
      c.fillRect(x + 2, base - 4, FOLD - 4, 8);
      c.strokeStyle = token('--mark');
      c.setLineDash([2, 3]);
      c.beginPath();
      c.moveTo(x + 2, base + 0.5);
      c.lineTo(x + FOLD - 2, base + 0.5);
      c.stroke();
      c.setLineDash([]);
      c.fillStyle = token('--mark');
      c.fillText(`+${Math.round(part.begin - axis.parts[i - 1].end)} s`, x + FOLD / 2, height - 4);
    });
    c.fillStyle = token('--ink-3');
    const gap = isPhone() ? 44 : 56;
    const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400].find(step => step * axis.perSec > gap) ?? 86400;
    const unit = step < 1 ? 1 : 0;
    for (const part of axis.parts) {
      for (let at = Math.ceil(part.begin / step) * step; at <= part.end; at += step) {
        const x = axis.xOf(at);
        if (x < 8 || x > width - 10) continue;
        c.fillRect(Math.round(x), base, 1, 3);
        c.fillText(step >= 60 ? `${Math.round(at / 60)} min` : at.toFixed(unit), x, height - 4);
      }
    }
  }

  chosen(c, axis, base, n) {
    const { canvas, store } = this;
    const at = store.has(n) ? store.at(n) : null;
    canvas.setAttribute('aria-valuemin', 0);
    canvas.setAttribute('aria-valuemax', this.now().toFixed(1));
    canvas.setAttribute('aria-valuenow', (at ?? this.now()).toFixed(3));
    canvas.setAttribute('aria-valuetext', at === null ? 'now' : `${secs(at)} seconds`);
    if (at === null || !axis) return;
    const x = Math.round(axis.xOf(at)) + 0.5;
    c.strokeStyle = token('--ink');
    c.lineWidth = 1.25;
    c.beginPath();
    c.moveTo(x, 0);
    c.lineTo(x, base);
    c.stroke();
    c.fillStyle = token('--ink');
    c.beginPath();
    c.arc(x, base, 3, 0, 7);
    c.fill();
  }

  listen() {
    const { canvas } = this;
    const tip = $('#tip');
    let isDragged = false;
    const go = event => { if (this.axis) this.onTime(this.axis.timeOf(event.offsetX)); };
    canvas.addEventListener('pointerdown', event => { isDragged = true; canvas.setPointerCapture(event.pointerId); go(event); });
    canvas.addEventListener('pointermove', event => {
      tip.hidden = !this.axis;
      if (this.axis) { tip.textContent = `${secs(this.axis.timeOf(event.offsetX))} s`; tip.style.left = `${event.offsetX}px`; }
      if (isDragged) go(event);
    });
    canvas.addEventListener('pointerup', () => { isDragged = false; });
    canvas.addEventListener('pointerleave', () => { tip.hidden = true; });
  }
}
