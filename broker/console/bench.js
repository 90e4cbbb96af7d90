// The bench: publish and subscribe from the page, as a client over WebSocket; and rules that disturb, put together of five words.

import { $, h, list, prose, named, say, seldom, squeeze, toast } from './dom.js';
import { get, place, post, remove } from './api.js';
import { Client } from './mqtt.js';
import { Expectations } from './expectations.js';

const MOST_HEARD = 50;

/** The page's own clients: one that says, one that listens, so that both are seen in the ladder. */
export class Bench {
  /** `on` hears `select(seq)`, and knows the newest entry, `last()`. */
  constructor(parts) {
    Object.assign(this, parts);
    const mark = Math.random().toString(36).slice(2, 6);
    const closed = why => { this.showFilters(); toast(`The page's client is gone: ${why}`); };
    this.speaker = new Client(`console-${mark}`, { message: () => {}, closed });
    this.listener = new Client(`console-${mark}-listens`, { message: message => this.hear(message), closed: why => { this.filters.clear(); closed(why); } });
    this.filters = new Set();
    this.expectations = new Expectations(this.on);
    $('#bench').replaceChildren(this.publishing(), this.subscribing(), this.expectations.element, this.disturbing());
    this.showReach = seldom(200, () => this.reach());
    this.loadFaults = seldom(500, () => this.faults());
    addEventListener('pagehide', () => { for (const client of [this.speaker, this.listener]) if (client.isOpen) client.close(); });
  }

  publishing() {
    this.topic = h('input', { class: 'mono grow', id: 'pub-topic', 'aria-label': 'Topic', value: 'test/topic', spellcheck: 'false', autocomplete: 'off', on: { input: () => this.showReach() } });
    this.payload = h('textarea', { class: 'mono grow', id: 'pub-payload', rows: 2, 'aria-label': 'Payload', title: 'Enter sends; Shift and Enter begin a new line', spellcheck: 'false' }, 'bar');
    this.payload.addEventListener('keydown', event => { if (event.key === 'Enter' && !event.shiftKey) { event.preventDefault(); this.publish(); } });
    this.qos = 0;
    const levels = ['QoS 0', '1', '2'].map((text, qos) => h('button', { type: 'button', role: 'radio', 'aria-checked': String(qos === 0), on: { click: () => pick(qos) } }, text));
    const pick = qos => { this.qos = qos; levels.forEach((button, i) => button.setAttribute('aria-checked', String(i === qos))); };
    this.retain = h('input', { type: 'checkbox', id: 'pub-retain' });
    this.reached = h('span', { class: 'reach grow', id: 'reach', 'aria-live': 'polite' });
    return h('form', { class: 'tool', 'aria-labelledby': 'h-pub', on: { submit: event => { event.preventDefault(); this.publish(); } } },
      h('h2', { id: 'h-pub' }, 'Publish ', h('kbd', {}, 'p')),
      h('div', { class: 'line' }, this.topic, h('span', { class: 'seg', role: 'radiogroup', 'aria-label': 'Quality of service', id: 'pub-qos' }, levels)),
      h('div', { class: 'line' }, this.payload),
      h('div', { class: 'line' }, h('label', { class: 'check' }, this.retain, ' retain'), this.reached, h('button', { class: 'btn strong', id: 'pub-send' }, 'Send ', h('kbd', {}, '⏎'))));
  }

  async publish() {
    try {
      await this.speaker.publish(this.topic.value, this.payload.value, { qos: this.qos, retain: this.retain.checked });
    } catch (error) {
      toast(`Not published: ${error.message}`);
    }
  }

  /** Whom the topic would reach, before anything is sent. */
  reach() {
    const topic = this.topic.value;
    if (/[+#]/.test(topic) || !topic) { say(this.reached, 'a topic, without + and #'); return; }
    const { here, away } = this.clients.reach(topic);
    const short = names => (names.length > 3 ? `${names.length} clients` : list(names));
    const said = here.length || away.length ? `reaches ${here.length ? named(short(here)) : 'nobody'}${away.length ? `; ${short(away)} ${away.length > 1 ? 'are' : 'is'} away` : ''}` : 'reaches nobody';
    this.reached.replaceChildren(...prose(said).map(part => (part instanceof Node ? h('b', {}, part.textContent) : part)));
    this.reached.title = this.reached.textContent;
  }

  subscribing() {
    this.wanted = h('input', { class: 'mono grow', id: 'sub-filter', 'aria-label': 'Topic filter', value: 'test/#', spellcheck: 'false', autocomplete: 'off' });
    this.chips = h('span', { class: 'filters h-right' });
    this.heard = h('ul', { class: 'heard', 'data-empty': 'Messages that come for the page are shown here.', id: 'heard', 'aria-live': 'polite', 'aria-label': 'Messages that came' });
    return h('section', { class: 'tool', 'aria-labelledby': 'h-sub' },
      h('h2', { id: 'h-sub' }, 'Subscribe ', h('kbd', {}, 's'), this.chips),
      h('form', { class: 'line', on: { submit: event => { event.preventDefault(); this.subscribe(); } } }, this.wanted, h('button', { class: 'btn', id: 'sub-send' }, 'Subscribe')),
      this.heard);
  }

  async subscribe() {
    const filter = this.wanted.value;
    try {
      await this.listener.subscribe(filter);
      this.filters.add(filter);
      this.showFilters();
    } catch (error) {
      toast(`Not subscribed: ${error.message}`);
    }
  }

  showFilters() {
    const give = filter => this.listener.unsubscribe(filter).then(() => { this.filters.delete(filter); this.showFilters(); }, error => toast(error.message));
    this.chips.replaceChildren(...[...this.filters].map(filter => h('span', { class: 'chip' }, filter, h('button', { type: 'button', 'aria-label': `Unsubscribe from ${filter}`, on: { click: () => give(filter) } }, '×'))));
  }

  hear({ topic, payload, qos, retain }) {
    const text = new TextDecoder().decode(payload.subarray(0, 400));
    const item = h('li', {}, h('span', { class: 'tp' }, topic), h('span', { class: 'pl' }, text || '(empty)'), h('span', { class: 'q' }, [retain && 'retained', `QoS ${qos}`].filter(Boolean).join(' · ')));
    this.heard.prepend(item);
    while (this.heard.children.length > MOST_HEARD) this.heard.lastChild.remove();
  }

  disturbing() {
    const choose = (label, ...options) => h('select', { 'aria-label': label }, options.map(([value, text]) => h('option', { value }, text)));
    const packets = ['PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP', 'PUBLISH', 'CONNACK', 'SUBACK', 'CONNECT', 'PINGRESP'];
    this.what = choose('What to do', ['drop', 'drop'], ['latency', 'delay by 2 s'], ['duplicate', 'send twice'], ['disconnect', 'cut off at']);
    this.packet = choose('Packet', ...packets.map(name => [name, name]));
    this.way = choose('Direction', ['out', 'to'], ['in', 'from']);
    this.who = choose('Client', ['', 'any client']);
    this.often = choose('How often', ['first', 'once'], ['', 'always'], ['every', 'every 3rd']);
    this.rules = h('ul', { class: 'flts', id: 'faults' });
    const clear = () => remove('faults').then(() => this.loadFaults(), error => toast(error.message));
    const reset = () => { if (confirm('Reset the broker? Sessions, retained messages, rules and stubs are gone, connections are closed.')) post('reset').then(() => toast('The broker is as new'), error => toast(error.message)); };
    return h('section', { class: 'tool faults', 'aria-labelledby': 'h-flt' },
      h('h2', { id: 'h-flt' }, 'Faults ', h('kbd', {}, 'x'), h('span', { class: 'h-right' }, h('button', { class: 'link', type: 'button', on: { click: clear } }, 'Clear'), h('button', { class: 'link', type: 'button', on: { click: reset } }, 'Reset'))),
      this.rules,
      h('form', { class: 'line sentence', on: { submit: event => { event.preventDefault(); this.disturb(); } } }, this.what, this.packet, this.way, this.who, this.often, h('button', { class: 'btn', id: 'flt-add' }, 'Add')));
  }

  async disturb() {
    const [what, packet, way, who, often] = [this.what, this.packet, this.way, this.who, this.often].map(field => field.value);
    const spoken = [this.what, this.packet, this.way, this.who, this.often].map(field => field.selectedOptions[0].textContent);
    const rule = { name: `${spoken.slice(0, 4).join(' ')}, ${spoken[4]}`, when: { packet, direction: way }, action: what === 'latency' ? { type: 'latency', latency: 2000 } : what };
    if (who) rule.when.client_id = who;
    if (often === 'first') rule.first = 1;
    if (often === 'every') rule.every = 3;
    try {
      await post('faults', rule);
    } catch (error) {
      toast(error.message);
    }
    this.loadFaults();
  }

  async faults() {
    const { faults } = await get('faults').catch(() => ({ faults: [] }));
    const take = name => remove(`faults/${place(name)}`).then(() => this.loadFaults(), error => toast(error.message));
    this.rules.replaceChildren(...(faults.length ? faults.map(rule => h('li', { class: 'flt' }, h('span', { class: 'what', title: rule.name }, rule.name), h('span', { class: 'hits' }, rule.fired ? `acted ${rule.fired}×` : 'not yet'), h('button', { class: 'link', 'aria-label': `Remove ${rule.name}`, on: { click: () => take(rule.name) } }, 'remove'))) : [h('li', { class: 'mute' }, 'Nothing is disturbed.')]));
    const names = this.clients.list.map(one => one.client_id).slice(0, 500);
    const key = names.join('\n');
    if (key === this.known) return;
    this.known = key;
    const now = this.who.value;
    this.who.replaceChildren(h('option', { value: '' }, 'any client'), ...names.map(name => h('option', { value: name, selected: name === now }, squeeze(name, 30))));
  }
}
