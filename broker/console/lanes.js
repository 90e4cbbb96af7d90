// Where lifelines stand: the broker in the middle, clients that publish on its left, those that listen on its right, new ones
// outside. A lifeline keeps its place for as long as it has one; where there are too many, the others share a wide one a side.

import { $, count, h, isPhone, squeeze } from './dom.js';

const MOST = 14;
/** Packets since they were weighed last, half of those before, and so on: below the one nobody speaks, from the other on a client does. */
const SILENT = 0.5;
const BUSY = 2;
/** So many pixels a letter of a name has, about. */
const LETTER = 6.4;

export class Lanes {
  /** `isAsked` says of a name whether the filter asks for it. */
  constructor(people, ask, isAsked) {
    Object.assign(this, { people, ask, isAsked });
    this.left = [];
    this.right = [];
    /** Those that are drawn. */
    this.seen = { left: [], right: [] };
    this.drawn = '';
    this.relative = false;
  }

  clear() {
    this.left = [];
    this.right = [];
    this.seen = { left: [], right: [] };
  }

  /** Places all lifelines in so much room. */
  place(width, tracks) {
    const small = isPhone();
    this.x0 = small ? 4 : 116;
    const words = small ? 256 : width < 620 ? 250 : 348;
    const room = width - this.x0 - words - tracks;
    const narrowest = small ? 12 : 22;
    this.assign(Math.max(2, Math.min(MOST, Math.floor(room / narrowest) - 2)));
    this.choose();
    const { seen: { left, right }, shared } = this;
    const lanes = left.length + right.length + shared.left + shared.right;
    this.pitch = Math.max(narrowest, Math.min(small ? 16 : 58, room / (lanes + 1)));
    const middle = this.x0 + this.pitch * (left.length + shared.left + 0.5);
    this.middle = Math.round(middle) + 0.5;
    const at = steps => Math.round(middle + this.pitch * steps) + 0.5;
    left.forEach((one, i) => { one.x = at(-i - 1); });
    right.forEach((one, i) => { one.x = at(i + 1); });
    this.sharedX = { left: at(-left.length - 1), right: at(right.length + 1) };
    this.end = this.middle + this.pitch * (right.length + shared.right + 0.5);
    this.textX = Math.round(this.end + tracks + (small ? 2 : 10));
  }

  /** Where the filter asks for clients, no others are drawn. */
  choose() {
    this.isNarrowed = [...this.left, ...this.right].some(one => this.isAsked(one.name));
    const seen = side => (this.isNarrowed ? side.filter(one => this.isKept(one)) : side);
    this.seen = { left: seen(this.left), right: seen(this.right) };
    if (!this.isNarrowed) return;
    const names = { left: 0, right: 0 };
    for (const one of this.people.all) if (one.lane < 0 && one.rows > 0 && this.isAsked(one.name)) names[one.side ?? 'left']++;
    this.shared = { left: names.left ? 1 : 0, right: names.right ? 1 : 0, names };
  }

  /** Whether its lane is to stay in sight: it is pinned, or what is shown is about it. */
  isKept(one) { return one.pinned || this.isAsked(one.name); }

  /** Asked now and then: who speaks, and whether one who does has no lane, while one who is silent has. */
  weigh() {
    for (const one of this.people.all) {
      one.busy = one.busy / 2 + one.spoken - one.weighed;
      one.weighed = one.spoken;
    }
    if (!this.shared?.left && !this.shared?.right) return false;
    const isSilent = [...this.left, ...this.right].some(one => !this.isKept(one) && one.busy < SILENT);
    return isSilent && [...this.people.all].some(one => one.connected && one.lane < 0 && one.busy >= BUSY);
  }

  /** Gives lanes to clients that have none, as long as there are some; those that are gone give theirs up. */
  assign(most) {
    const { people } = this;
    const isKnown = one => people.get(one.number) === one;
    this.left = this.left.filter(isKnown);
    this.right = this.right.filter(isKnown);
    for (const side of [this.left, this.right]) for (const one of side) if ((one.side ?? 'left') !== (side === this.left ? 'left' : 'right')) one.lane = -1;
    this.left = this.left.filter(one => one.lane >= 0);
    this.right = this.right.filter(one => one.lane >= 0);
    const waiting = [];
    for (const one of people.all) if (one.lane < 0 && one.rows > 0) waiting.push(one);
    // Those who are kept in sight, then those who are there, then those who speak.
    waiting.sort((a, b) => Number(this.isKept(b)) - Number(this.isKept(a)) || Number(b.connected) - Number(a.connected) || b.busy - a.busy || a.first - b.first);
    const taken = () => this.left.length + this.right.length;
    while (taken() > most) this.giveUp();
    for (const one of waiting) {
      if (taken() >= most && !this.giveUp(one)) break;
      one.lane = 0;
      (one.side === 'right' ? this.right : this.left).push(one);
    }
    this.shared = { left: 0, right: 0, names: { left: 0, right: 0 } };
    if (taken() >= most) {
      for (const one of people.all) if (one.lane < 0 && one.rows > 0) this.shared.names[one.side ?? 'left']++;
      this.shared.left = this.shared.names.left ? 1 : 0;
      this.shared.right = this.shared.names.right ? 1 : 0;
    }
  }

  /**
   * The lane of a client that is gone becomes free: of the one that was seen least lately. Where nobody is gone, one who is silent
   * gives way to one who speaks, and anybody to one who is kept, who gives its own lane up last.
   */
  giveUp(forWhom) {
    const isKept = !!forWhom && this.isKept(forWhom);
    if (forWhom && !forWhom.connected && !isKept) return false;
    const all = [...this.left, ...this.right];
    const free = all.filter(one => !this.isKept(one));
    const isAny = !forWhom || isKept;
    const silent = isAny || forWhom.busy >= BUSY ? free.filter(one => one.busy < SILENT) : [];
    const choices = [free.filter(one => !one.connected), silent, isAny ? free : [], forWhom ? [] : all];
    const from = choices.find(some => some.length);
    if (!from) return false;
    const oldest = from.reduce((a, b) => (a.last < b.last ? a : b));
    oldest.lane = -1;
    this.left = this.left.filter(one => one !== oldest);
    this.right = this.right.filter(one => one !== oldest);
    return true;
  }

  xOf(one) { return !one || (this.isNarrowed && !this.isKept(one)) ? this.middle : one.lane >= 0 ? one.x : this.sharedX[one.side ?? 'left']; }

  /** The names above, on as many levels as there is room for. */
  heads(width, onRelative) {
    const { left, right } = this.seen;
    const key = JSON.stringify([width, this.pitch, this.relative, [...left, ...right].map(one => [one.name, one.connected, one.x, this.people.colour(one)]), left.length, this.shared]);
    if (key === this.drawn) return;
    this.drawn = key;
    const small = isPhone();
    const upright = small || this.pitch < 30;
    const levels = upright || this.pitch > 84 ? 1 : 2;
    const height = upright ? 80 : 8 + levels * 16;
    const box = $('#heads');
    box.style.height = `${height}px`;
    const kids = small ? [] : [
      h('span', { class: 'cap', css: { left: '24px' }, title: 'Seconds since the broker started' }, 'second'),
      h('button', { class: 'cap', css: { left: '74px' }, title: 'Since the row before; press for the time to the selected one', 'aria-pressed': String(this.relative), on: { click: onRelative } }, this.relative ? 'to it' : 'since'),
    ];
    const name = (text, x, level, look, one) => {
      const button = h('button', { class: `h ${look}`, title: one ? `${one.name}: show only this client` : text, 'data-number': one?.number, tabindex: one ? 0 : -1, on: one ? { click: () => this.ask(one) } : {} }, squeeze(text, upright ? 10 : Math.min(22, Math.max(4, Math.floor((this.pitch * levels - 8) / LETTER)))) || '(empty)');
      if (upright) button.classList.add('upright');
      Object.assign(button.style, upright
        ? { left: `${x}px`, bottom: '4px', maxHeight: `${height - 12}px` }
        : { left: `${x}px`, bottom: `${3 + level * 16}px`, maxWidth: `${this.pitch * levels - 4}px` });
      if (level) kids.push(h('i', { class: 'stem', css: { left: `${x}px`, height: `${3 + level * 16}px` } }));
      kids.push(button);
    };
    const look = one => `${one.connected ? '' : 'off'} ${this.people.colour(one) < 0 ? '' : `of-${this.people.colour(one)}`}`;
    left.forEach((one, i) => name(one.name, one.x, levels - 1 - (i % levels), look(one), one));
    right.forEach((one, i) => name(one.name, one.x, levels - 1 - (i % levels), look(one), one));
    name('broker', this.middle, 0, 'broker');
    for (const side of ['left', 'right']) if (this.shared[side]) name(count(this.shared.names[side], 'other'), this.sharedX[side], levels - 1, 'off');
    box.replaceChildren(...kids);
  }
}
