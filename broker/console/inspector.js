// One packet or event: what it means, why, its exchange, every byte with the name of its field.

import { $, count, h, hex2, prose, secs, span } from './dom.js';
import { get } from './api.js';
import { PACKETS, isEvent } from './kinds.js';
import { BIT } from './store.js';
import { family, route, tags, word } from './words.js';
import { decode } from './packet.js';
import { CUT, OPEN } from './exchanges.js';
import { payload } from './reading.js';
import { meaning, why } from './meaning.js';
import { history } from './history.js';
import { ofDelivery, ofPacket } from './standard.js';

const PER_LINE = 12;
/** So many bytes are shown at first: a long payload is no reason to wait. */
const MOST_BYTES = 1200;
const PARTS = [['fixed', 'fixed header'], ['var', 'variable'], ['props', 'properties'], ['payload', 'payload']];

export class Inspector {
  /** `on` hears `select(n)`, `hover(n)` and `close()`. */
  constructor(parts, on) {
    Object.assign(this, parts, { on });
    this.box = $('#inspect');
    this.show(-1);
  }

  /** A topic in place of a packet; it stays up to date. */
  showTopic(name) {
    this.n = -1;
    this.entry = null;
    this.topic = name;
    this.refresh();
    this.box.scrollTop = 0;
  }

  refresh() {
    if (this.topic === null || this.box.contains(document.activeElement)) return;
    this.box.replaceChildren(...history(this, this.topic, this.on));
  }

  async show(n) {
    this.topic = null;
    this.n = n;
    this.entry = null;
    if (n < 0 || !this.store.has(n)) {
      this.box.replaceChildren(h('p', { class: 'none' }, 'Select a packet to read it,', h('br'), 'byte by byte.'));
      return;
    }
    const seq = this.store.seq(n);
    let entry = null;
    let gone = '';
    // Rows that the page made stand between two entries.
    const isOwn = !Number.isInteger(seq);
    try {
      if (!isOwn) entry = await get(`packets/${seq}`);
    } catch (error) {
      gone = error.status === 404 ? 'The broker no longer keeps the bytes of this entry (journal.entries, journal.bytes).' : `The broker was not asked: ${error.message}`;
    }
    const advice = entry?.event === 'disconnected' ? await this.clients.advice(entry) : null;
    // Another one was selected meanwhile.
    if (this.n !== n || !this.store.has(n) || this.store.seq(n) !== seq) return;
    this.entry = entry;
    this.write(n, entry, gone, advice);
    this.box.scrollTop = 0;
  }

  write(n, entry, gone, advice) {
    const { store, people } = this;
    const at = { ...this, n };
    const event = isEvent(store.kind(n));
    const kids = [h('header', { class: 'ihead' },
      h('span', { class: `k ${family(store, n)}` }, word(store, n)),
      h('span', { class: 'who' }, route(store, people, n)),
      Number.isInteger(store.seq(n))
        ? h('a', { class: 'no', href: `#${store.seq(n)}`, title: 'A link to this entry' }, `#${store.seq(n)} · ${secs(store.at(n))} s`)
        : h('span', { class: 'no' }, `${secs(store.at(n))} s`),
      h('button', { class: 'btn icon close', 'aria-label': 'Close', on: { click: () => this.on.close() } }, '×'))];
    if (entry || event) kids.push(h('p', { class: 'say' }, prose(meaning(entry, at))));
    kids.push(this.reasons(n, entry, at, gone, advice));
    const exchange = this.exchanges.of(n);
    if (exchange && exchange.rows.length > 1) kids.push(this.exchange(n, exchange));
    if (entry?.raw_base64) kids.push(...this.bytes(entry));
    else if (entry && !event) kids.push(h('p', { class: 'isec mute' }, entry.payload_bytes !== undefined ? 'Its payload is larger than the journal keeps.' : 'Its bytes are not shown: a password or a proof of one is among them.'));
    if (entry && event) kids.push(this.facts(entry));
    this.box.replaceChildren(...kids.filter(Boolean));
  }

  reasons(n, entry, at, gone, advice) {
    const { store } = this;
    const isV5 = store.is(n, BIT.V5);
    const event = isEvent(store.kind(n));
    const exchange = this.exchanges.of(n);
    const lines = why(entry, at).map(line => h('div', {}, prose(line)));
    if (advice) lines.push(h('div', { class: 'do' }, advice));
    if (gone) lines.push(h('div', {}, gone));
    const links = event ? [] : [ofPacket(PACKETS[store.kind(n)], isV5), exchange && ofDelivery(exchange.qos, isV5)].filter(Boolean);
    if (links.length) lines.push(h('div', { class: 'std' }, links));
    return lines.length ? h('div', { class: 'why' }, lines) : null;
  }

  exchange(n, exchange) {
    const { store } = this;
    const rows = exchange.rows.filter(row => store.has(row));
    const took = span(store.at(exchange.last) - store.at(rows[0]));
    const step = row => {
      const out = store.is(row, BIT.OUT);
      const note = tags(store, row).find(([, hot]) => hot) ?? (store.is(row, BIT.AGAIN) ? ['again', false] : ['', false]);
      return h('li', {}, h('button', { class: row === n ? 'now' : '', 'aria-current': row === n ? 'step' : null, on: { click: () => this.on.select(row), mouseenter: () => this.on.hover(row), mouseleave: () => this.on.hover(-1) } },
        h('span', { class: 'tm' }, secs(store.at(row))), h('span', { class: 'dir', 'aria-label': out ? 'from the broker' : 'to the broker' }, out ? '←' : '→'),
        h('span', { class: `k ${family(store, row)}` }, word(store, row)), h('span', { class: note[1] ? 'nt fault' : 'nt' }, note[0])));
    };
    const state = exchange.state === CUT ? 'never ended' : exchange.state === OPEN ? 'not over' : took === '0' ? 'over at once' : `${took} in all`;
    return h('section', { class: 'isec' }, h('h3', {}, 'Exchange', h('span', {}, `QoS ${exchange.qos}, id ${exchange.id}, ${state}`)), h('ol', { class: 'steps' }, rows.map(step)));
  }

  bytes(entry) {
    const { bytes, fields, body } = decode(entry.raw_base64, entry.version === '5.0');
    const owner = new Uint16Array(bytes.length);
    fields.forEach((field, k) => owner.fill(k, field.from, field.to));
    const wide = bytes.length > 0x100 ? 4 : 2;
    const hex = h('div', { class: wide > 2 ? 'hex wide' : 'hex', role: 'img', 'aria-label': `${bytes.length} bytes; the table below has them by field` });
    const offset = at => at.toString(16).padStart(wide, '0');
    const cell = (text, i) => h('b', { class: `p-${fields[owner[i]].part}`, 'data-k': owner[i] }, text);
    const end = Math.min(bytes.length, MOST_BYTES);
    for (let from = 0; from < end; from += PER_LINE) {
      const line = [...bytes.subarray(from, Math.min(end, from + PER_LINE))];
      hex.append(h('div', { class: 'hl' }, h('span', { class: 'o' }, offset(from)), line.map((byte, i) => cell(hex2(byte), from + i)),
        Array.from({ length: PER_LINE - line.length }, () => h('b')),
        h('span', { class: 'as' }, line.map((byte, i) => h('b', { 'data-k': owner[from + i] }, byte > 31 && byte < 127 ? String.fromCharCode(byte) : '·')))));
    }
    if (end < bytes.length) hex.append(h('div', { class: 'mute' }, `and ${count(bytes.length - end, 'more byte')}`));
    const table = h('table', { class: wide > 2 ? 'fields wide' : 'fields' }, h('tbody', {}, fields.map((field, k) => h('tr', { 'data-k': k, tabindex: 0 },
      h('td', { class: `chip-cell p-${field.part}` }), h('td', { class: 'fo' }, field.to - field.from > 1 ? `${offset(field.from)}–${offset(field.to - 1)}` : offset(field.from)),
      h('td', { class: 'fn' }, field.name), h('td', { class: 'fv' }, short(String(field.value)), field.note ? h('small', {}, field.note) : null)))));
    const hot = k => {
      hex.classList.toggle('has', k !== undefined);
      for (const one of this.box.querySelectorAll('[data-k]')) one.classList.toggle('hot', one.dataset.k === k);
    };
    for (const part of [hex, table]) {
      const over = event => hot(event.target.closest('[data-k]')?.dataset.k);
      part.addEventListener('mouseover', over);
      part.addEventListener('mouseleave', () => hot());
      part.addEventListener('focusin', over);
      part.addEventListener('focusout', () => hot());
    }
    const key = PARTS.filter(([part]) => fields.some(field => field.part === part)).map(([part, name]) => h('span', {}, h('i', { class: `p-${part}` }), name));
    const found = [h('section', { class: 'isec' }, h('h3', {}, 'Bytes', h('span', {}, bytes.length), h('span', { class: 'key' }, key)), hex, table)];
    if (body?.length) found.push(payload(body, { topic: entry.topic_name, contentType: entry.properties?.content_type, births: this.births }, this.schemas));
    return found;
  }

  /** What an event says, as it is. */
  facts(entry) {
    const own = new Set(['seq', 'at_secs', 'record', 'event', 'client_id']);
    const rows = Object.entries(entry).filter(([name, value]) => !own.has(name) && value !== null);
    return h('section', { class: 'isec' }, h('h3', {}, 'Event', h('span', {}, entry.event)), h('table', { class: 'fields' }, h('tbody', {}, rows.map(([name, value]) =>
      h('tr', {}, h('td', { class: 'fn' }, name.replace(/_/g, ' ')), h('td', { class: 'fv' }, typeof value === 'object' ? JSON.stringify(value) : String(value)))))));
  }
}

const short = text => (text.length > 300 ? `${text.slice(0, 300)}…` : text);
