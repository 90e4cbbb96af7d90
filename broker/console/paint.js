// The lanes, drawn on one canvas: lifelines, arrows, what was decided at the broker, brackets of exchanges.

import { EVENT, FAMILIES, KIND, isEvent } from './kinds.js';
import { BIT } from './store.js';
import { TRACKS, WHOLE } from './exchanges.js';
import { GROUPS, LINE } from './people.js';
import { isPhone, token } from './dom.js';
import { family, heldRow } from './words.js';
import { Pen } from './pen.js';

const trackPitch = () => (isPhone() ? 4 : 6);
const tracks = () => (isPhone() ? 3 : TRACKS);
/** The room for brackets. */
export const trackRoom = () => tracks() * trackPitch();

/** What is drawn: rows `from` to `until` of the view, `top` pixels down. */
export class Painter {
  constructor(canvas, { store, view, people, exchanges, lanes }) {
    Object.assign(this, { canvas, store, view, people, exchanges, lanes });
  }

  draw({ from, until, top, height, rowHeight, lit, chosen }) {
    const { canvas, lanes } = this;
    const dense = devicePixelRatio || 1;
    const width = lanes.textX;
    if (canvas.width !== Math.round(width * dense) || canvas.height !== Math.round(height * dense)) {
      canvas.width = Math.round(width * dense);
      canvas.height = Math.round(height * dense);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    const c = canvas.getContext('2d');
    c.setTransform(dense, 0, 0, dense, 0, 0);
    c.clearRect(0, 0, width, height);
    this.pen = new Pen(c, token('--bg'));
    this.colours = Object.fromEntries(FAMILIES.map(([name]) => [name, token(`--f-${name}`)]));
    Object.assign(this, { from, until, height, lit, y: i => Math.round(i * rowHeight + rowHeight / 2 - top) + 0.5, dim: n => (lit && !lit.has(n) ? 0.16 : 1) });
    this.lifelines();
    this.fans();
    for (let i = from; i < until; i++) {
      const n = this.view.at(i);
      c.globalAlpha = this.dim(n);
      this.row(n, this.y(i));
    }
    c.globalAlpha = 1;
    this.brackets(chosen);
  }

  lifelines() {
    const { pen, lanes, store, view, height } = this;
    const groups = Array.from({ length: GROUPS }, (_, i) => token(`--g-${i}`));
    const alone = token('--line-2');
    const faint = token('--line');
    for (const side of ['left', 'right']) if (lanes.shared[side]) pen.line(lanes.sharedX[side], -2, lanes.sharedX[side], height + 2, faint, 4);
    // Before the first row of the view nothing is drawn; behind the last one, things stay as they are.
    const yOf = n => (n <= store.first ? -2 : this.y(view.indexFrom(n)));
    for (const one of [...lanes.seen.left, ...lanes.seen.right]) {
      const on = groups[this.people.colour(one)] ?? alone;
      for (let i = 0; i < one.lines.length; i++) {
        const { n, state } = one.lines[i];
        if (state === LINE.NONE) continue;
        const next = one.lines[i + 1];
        const y1 = Math.max(-2, yOf(n));
        const y2 = next ? Math.min(height + 2, yOf(next.n)) : height + 2;
        if (y2 < 0 || y1 > height || y2 <= y1) continue;
        if (state === LINE.ON) pen.line(one.x, y1, one.x, y2, on, 1.25);
        else pen.line(one.x, y1, one.x, y2, on, 1, [2, 3]);
      }
    }
    const c = pen.c;
    c.fillStyle = token('--ink');
    c.globalAlpha = 0.13;
    c.fillRect(lanes.middle - 2.5, 0, 5, height);
    c.globalAlpha = 1;
  }

  /** Along the broker: from a message that came in to what left because of it, and from a packet that is held to its release. */
  fans() {
    const { pen, store, view, lanes, from, until, colours } = this;
    const ends = new Map();
    for (let i = from; i < until; i++) {
      const n = view.at(i);
      const root = store.root(n);
      if (root < 0 || !store.has(root)) continue;
      if (store.is(n, BIT.HELD)) {
        pen.alpha(this.dim(n)).line(lanes.middle - 5, this.y(view.indexFrom(root)), lanes.middle - 5, this.y(i), colours.fault, 1.5, [3, 3]);
      } else if (store.at(n) - store.at(root) < 0.05) {
        ends.set(root, i);
      }
    }
    for (const [root, i] of ends) {
      const begin = view.index(root);
      if (begin < 0 || i - begin > 200) continue;
      pen.alpha(this.dim(root)).line(lanes.middle, this.y(begin), lanes.middle, this.y(i), colours.publish, 2);
    }
    pen.alpha(1);
  }

  row(n, y) {
    const { pen, store, lanes, people, colours } = this;
    const kind = store.kind(n);
    const x = lanes.xOf(people.get(store.client(n)));
    const middle = lanes.middle;
    if (isEvent(kind)) return this.event(n, kind, x, y);
    const name = family(store, n);
    const colour = colours[name];
    const toRight = Math.sign(x - middle) || 1;
    const atBroker = middle + toRight * 2.5;
    const isOut = store.is(n, BIT.OUT);
    if (store.is(n, BIT.LOST)) {
      const [begin, end] = isOut ? [atBroker, middle + (x - middle) * 0.58] : [x, x + (middle - x) * 0.58];
      pen.arrow(begin, end, y, colour, name, false);
      pen.cross(end, y, colours.fault);
    } else if (isOut) pen.arrow(atBroker, x, y, colour, name);
    else pen.arrow(x, atBroker, y, colour, name);
    if (kind === KIND.PUBLISH && !isOut && !store.is(n, BIT.LOST)) this.decided(n, y, colour);
    if (kind === KIND.CONNECT) pen.dot(x, y, 3, token('--bg'), colour);
    if (store.is(n, BIT.HELD)) pen.dot(middle - 5, y, 2.5, colours.fault);
    return undefined;
  }

  /** What became of a message that came in. */
  decided(n, y, colour) {
    const { pen, store, lanes } = this;
    const x = lanes.middle;
    if (store.is(n, BIT.REFUSED)) pen.cross(x, y, this.colours.fault);
    else if (store.is(n, BIT.DUPLICATE)) {
      pen.dot(x, y, 4, token('--bg'), colour);
      pen.line(x - 2, y, x + 2, y, colour, 1.5);
    } else if (store.is(n, BIT.KEPT)) pen.square(x, y, 4, colour);
    else if (store.is(n, BIT.NOBODY)) pen.dot(x, y, 3, token('--bg'), colour);
    else pen.dot(x, y, 3.5, colour);
  }

  event(n, kind, x, y) {
    const { pen, store, lanes, colours } = this;
    const { middle } = lanes;
    const ground = token('--bg');
    if (kind === EVENT.gap || kind === EVENT.reset || kind === EVENT.restored) pen.line(lanes.x0, y, lanes.end, y, kind === EVENT.gap ? colours.fault : token('--ink-3'), 1.5, [2, 4]);
    else if (kind === EVENT.clock) pen.clock(middle, y, ground, token('--ink-2'));
    else if (kind === EVENT.fault && heldRow(store, n) !== null) pen.clock(middle - 5, y, ground, colours.fault);
    else if (kind === EVENT.dropped) {
      const end = middle + (x - middle) * 0.5;
      pen.line(middle, y, end - Math.sign(x - middle) * 4, y, colours.fault, 1.5, [3, 2]);
      pen.cross(end, y, colours.fault);
    } else if (kind === EVENT.will_published) {
      pen.dot(middle, y, 4, ground, colours.publish);
      pen.dot(middle, y, 1.5, colours.publish);
    } else if (kind === EVENT.stub_answered) pen.diamond(middle, y, 4.5, colours.publish);
    else if (kind === EVENT.disconnected && !store.is(n, BIT.TROUBLE)) pen.line(x - 4, y, x + 4, y, token('--ink-3'), 2);
    else if (kind === EVENT.disconnected && store.text(n).startsWith('TAKEN')) {
      pen.line(x - 4, y - 1.5, x + 4, y - 1.5, colours.fault, 1.5);
      pen.line(x - 4, y + 2.5, x + 4, y + 2.5, colours.fault, 1.5);
    } else if (kind === EVENT.session_ended) pen.line(x - 3, y, x + 3, y, token('--ink-3'), 1.5);
    else {
      pen.dot(x, y, 6, ground);
      pen.cross(x, y, colours.fault, 4);
    }
  }

  /** One for each exchange of QoS 1 and 2, between the lanes and the words. One that never ended has an open foot. */
  brackets(chosen) {
    const { pen, view, exchanges, lanes, from, until } = this;
    const seen = new Set();
    const drawn = exchange => {
      if (seen.has(exchange.number)) return;
      seen.add(exchange.number);
      const isOn = exchange.number === chosen;
      if ((exchange.track < 0 || exchange.track >= tracks()) && !isOn) return;
      // A filter may hide some of its rows.
      const rows = exchange.rows.map(n => view.index(n)).filter(i => i >= 0);
      const [a, b] = [rows[0], rows.at(-1)];
      const isWhole = exchange.state === WHOLE;
      if (a === undefined || (isWhole && b <= a) || b < from || a > until) return;
      const track = Math.min(tracks() - 1, Math.max(0, exchange.track));
      const x = Math.round(lanes.end + (tracks() - 1 - track) * trackPitch() + 4) + 0.5;
      const edge = lanes.textX - 5;
      const late = !isWhole && this.store.at(this.store.next - 1) - this.store.at(exchange.last) > 1;
      const colour = isOn ? token('--ink') : late ? this.colours.fault : token('--line-2');
      const width = isOn ? 1.75 : 1.25;
      pen.alpha(this.lit && !isOn ? 0.4 : 1);
      pen.line(x, this.y(a), x, isWhole ? this.y(b) : this.y(b) + 9, colour, width);
      pen.line(x - 0.6, this.y(a), edge, this.y(a), colour, width);
      if (isWhole) pen.line(x - 0.6, this.y(b), edge, this.y(b), colour, width);
      if (isOn) for (const i of rows) pen.dot(x, this.y(i), 2.5, colour);
    };
    for (let i = from; i < until; i++) {
      const exchange = exchanges.of(view.at(i));
      if (exchange) drawn(exchange);
    }
    // Those that begin above what is seen and end below it.
    for (const number of exchanges.tracks) { const exchange = number && exchanges.get(number); if (exchange) drawn(exchange); }
    const on = chosen && exchanges.get(chosen);
    if (on) drawn(on);
    pen.alpha(1);
  }
}
