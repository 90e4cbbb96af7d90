// The list of clients: connected or not, what they listen to, what waits for them, why they went and what to do about it.

import { $, g, h, say, seldom, span, squeeze } from './dom.js';
import { all, get } from './api.js';
import { causeOf } from './kinds.js';
import { fits } from './query.js';
import { here } from './road.js';
import { LINE } from './people.js';

const MOST = 200;
/** Causes after which there is nothing to do. */
const isFine = cause => cause === 'client_disconnect' || cause === 'administrative' || cause === 'shutting_down';

export class Clients {
  /** `clock()` gives the broker's time. */
  constructor(parts) {
    Object.assign(this, parts);
    this.list = [];
    this.filters = new Map();
    this.sessions = new Map();
    /** The partition that cuts a client off, by the client. */
    this.parted = new Map();
    this.rows = new Map();
    this.notBefore = 0;
    this.later = null;
    this.refresh = seldom(700, () => this.load());
  }

  subscriptions(name) { return this.filters.get(name) ?? []; }
  find(name) { return this.list.find(one => one.client_id === name); }

  /** Whom a topic reaches now: names of those who are there, and of those who are away. */
  reach(topic) {
    const [here, away] = [[], []];
    for (const [name, filters] of this.filters) {
      if (!filters.some(one => fits(one.topic_filter, topic))) continue;
      (this.find(name)?.connected ? here : away).push(name);
    }
    return { here, away };
  }

  async load() {
    if (this.loading) { this.again = true; return; }
    const began = performance.now();
    if (began < this.notBefore) {
      this.later ??= setTimeout(() => { this.later = null; this.load(); }, this.notBefore - began);
      return;
    }
    this.loading = true;
    const asked = this.now();
    try {
      const [list, subscriptions, sessions, { partitions }] = await Promise.all([all('clients', 'clients', 2000), all('subscriptions', 'subscriptions').catch(() => []), all('sessions', 'sessions', 2000).catch(() => []), here.inTab ? { partitions: [] } : get('partitions').catch(() => ({ partitions: [] }))]);
      this.parted = new Map(partitions.flatMap(one => one.clients.map(name => [name, one.name])));
      this.filters = new Map();
      for (const one of subscriptions) {
        if (!this.filters.has(one.client_id)) this.filters.set(one.client_id, []);
        this.filters.get(one.client_id).push(one);
      }
      this.sessions = new Map(sessions.map(one => [one.client_id, one]));
      const known = new Set(list.map(one => one.client_id));
      for (const one of sessions) if (!known.has(one.client_id)) list.push({ client_id: one.client_id, connected: one.connected });
      this.list = list.sort((a, b) => rank(a) - rank(b) || (a.connected_at_secs ?? 0) - (b.connected_at_secs ?? 0));
      for (const one of list) this.align(one);
      if (list.length < 2000) this.part(new Set(list.map(one => one.client_id)), asked);
      this.draw();
      this.onChange?.();
    } catch { /* the stream says that the broker is away */ }
    this.loading = false;
    // The more there is to ask for, the less often it is asked for.
    this.notBefore = performance.now() + Math.min(3000, 4 * (performance.now() - began));
    if (this.again) { this.again = false; this.refresh(); }
  }

  /** The ladder takes over what it could not see. */
  align(one) {
    const seen = this.people.find(one.client_id);
    if (seen) this.settle(seen);
    if (!seen || seen.connected === one.connected) return;
    seen.connected = one.connected;
    this.people.changes++;
  }

  /** Whom the broker does not know is gone: a reset forgets it without a word. */
  part(known, asked) {
    for (const seen of this.people.all) {
      if (!seen.connected || known.has(seen.name) || seen.heard > asked - 1) continue;
      seen.connected = false;
      this.people.line(seen, this.people.store.next, LINE.NONE);
      this.people.changes++;
    }
  }

  /** Who listens stands where those who listen do, also where its SUBSCRIBE came before all that the journal has. */
  settle(one) {
    const filters = this.subscriptions(one.name);
    if (one.side || !filters.length) return;
    this.people.take(one, 'right');
  }

  draw() {
    const on = this.list.filter(one => one.connected).length;
    say($('#n-clients'), this.list.length ? `${on} of ${this.list.length} connected` : '');
    const kept = new Map();
    const items = this.list.slice(0, MOST).map(one => {
      const row = this.rows.get(one.client_id) ?? this.make(one.client_id);
      kept.set(one.client_id, row);
      this.write(row, one);
      return row;
    });
    this.rows = kept;
    const box = $('#clients');
    items.forEach((row, i) => { if (box.children[i] !== row) box.insertBefore(row, box.children[i] ?? null); });
    while (box.children.length > items.length) box.lastChild.remove();
    if (this.list.length > MOST) box.append(h('li', { class: 'more' }, `and ${this.list.length - MOST} more`));
    this.tick();
  }

  make(name) {
    const at = { st: h('i', { class: 'st', role: 'img' }), nm: h('span', { class: 'nm' }, h('bdi', {}, squeeze(name, 28) || '(empty)')), v: h('small'), ka: h('span', { class: 'ka' }), left: h('span'), bar: h('i'), sub: h('span', { class: 'sub' }) };
    at.nm.append(at.v);
    at.gauge = h('span', { class: 'bar' }, at.bar);
    at.pin = h('button', { class: 'pin', 'aria-label': `Keep the lane of ${name} in sight`, title: 'Keep its lane in sight', 'aria-pressed': 'false', on: {
      click: event => { event.stopPropagation(); this.pin(name); }, keydown: event => event.stopPropagation() } }, g('svg', { width: 10, height: 10, viewBox: '0 0 10 10', 'aria-hidden': 'true' }, g('path', { d: 'M5 1v8M2.5 3.5h5', stroke: 'currentColor', 'stroke-width': 1.5 })));
    at.ka.append(at.left, at.gauge, at.pin);
    const ask = () => this.ask(name);
    const steer = h('button', { class: 'link more', type: 'button', 'aria-label': `Steer ${name || 'the client without a name'}`, title: 'Disconnect, interrupt, cut off', on: { click: event => { event.stopPropagation(); this.steer(name); } } }, '⋯');
    const row = h('li', { class: 'client', tabindex: 0, title: `Show only ${name}`, on: { click: ask, keydown: event => { if (event.key === 'Enter' && event.target === row) ask(); } } }, at.st, at.nm, at.ka, here.inTab ? null : steer, at.sub);
    row.at = at;
    row.name = name;
    return row;
  }

  /** A client that the ladder has not seen has no lane to keep. */
  pin(name) {
    const one = this.people.find(name);
    if (one) this.people.pin(one);
    this.rows.get(name)?.at.pin.setAttribute('aria-pressed', String(!!one?.pinned));
  }

  write(row, one) {
    const { at } = row;
    const session = this.sessions.get(one.client_id);
    const ended = one.last_disconnect;
    const refused = one.last_refusal && (!ended || one.last_refusal.at_secs > ended.at_secs) && !one.connected ? one.last_refusal : null;
    const isLost = !one.connected && ((ended && causeOf(ended.cause)[1]) || refused);
    const state = one.connected ? 'on' : isLost ? 'lost' : session ? 'kept' : 'gone';
    row.one = one;
    row.ended = refused ?? ended;
    row.hasSession = !!session;
    row.className = `client ${state}`;
    at.st.setAttribute('aria-label', { on: 'connected', kept: 'away, session kept', gone: 'gone', lost: 'gone, not by itself' }[state]);
    say(at.v, one.connection?.mqtt_version ?? one.connection?.version ?? session?.version ?? '');
    const facts = [];
    const filters = this.subscriptions(one.client_id);
    if (filters.length) facts.push(h('span', { class: 'mono' }, filters.slice(0, 6).map(f => f.topic_filter).join(', ') + (filters.length > 6 ? ` and ${filters.length - 6} more` : '')));
    if (session?.inflight) facts.push(`${session.inflight} in flight`);
    if (session?.queued) facts.push(`${session.queued} queued`);
    const seen = this.people.find(one.client_id);
    const trouble = [];
    if (this.parted.has(one.client_id)) trouble.push(h('em', {}, 'Cut off: nothing passes. '));
    const last = refused ?? ended;
    if (last && !isFine(last.cause) && (!one.connected || last.at_secs > (one.connected_at_secs ?? 0) || this.now() - last.at_secs < 60)) {
      trouble.push(h('em', {}, `${one.connected ? 'before: ' : ''}${last.event?.text ?? last.why}. `), one.connected ? null : h('span', { class: 'do' }, last.advice));
    }
    if (seen?.drops) trouble.push(h('em', {}, `${seen.drops} dropped. `));
    const key = JSON.stringify([facts.map(f => f.textContent ?? f), trouble.map(t => t?.textContent)]);
    if (row.key === key) return;
    row.key = key;
    at.sub.replaceChildren(...facts.flatMap((f, i) => (i ? [' · ', f] : [f])), ...(facts.length && trouble.length ? [h('br')] : []), ...trouble.filter(Boolean));
  }

  /** What runs with the time: keep alive, how long somebody has been gone. */
  tick() {
    const now = this.now();
    for (const row of this.rows.values()) {
      const { at, one } = row;
      const seen = this.people.find(one.client_id);
      const keepAlive = seen?.keepAlive ?? one.connection?.keep_alive_secs ?? 0;
      const has = one.connected && keepAlive > 0;
      at.gauge.hidden = !has;
      if (has) {
        const most = keepAlive * 1.5;
        const left = Math.max(0, most - (now - Math.max(seen?.heard ?? 0, one.connected_at_secs ?? 0)));
        const isLow = left < Math.min(10, most / 3);
        at.ka.classList.toggle('low', isLow);
        say(at.left, `${Math.ceil(left)} s`);
        at.ka.title = `until keep alive (${keepAlive} s and a half) ends it`;
        at.bar.style.width = `${Math.min(100, (100 * left) / most)}%`;
      } else {
        at.ka.classList.remove('low');
        say(at.left, one.connected ? '' : row.ended ? `${row.hasSession ? 'away, session kept' : `gone ${span(Math.max(0, now - row.ended.at_secs))}`}` : row.hasSession ? 'away, session kept' : '');
      }
    }
  }

  /** Why a connection ended, and what to do about it. */
  async advice(event) {
    const one = event?.client_id && await get(`clients/${encodeURIComponent(event.client_id)}`).catch(() => null);
    return one && one.last_disconnect?.event.seq === event.seq ? one.last_disconnect.advice : null;
  }
}

/** Those who are there first, then trouble, then the others. */
const rank = one => (one.connected ? 0 : one.last_disconnect && !isFine(one.last_disconnect.cause) ? 1 : 2);
