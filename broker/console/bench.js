// The bench: publish and subscribe from the page, as a client over WebSocket; expectations; faults.

import { $, h, list, prose, named, say, seldom, toast } from './dom.js';
import { Client } from './mqtt.js';
import { Expectations } from './expectations.js';
import { Faults } from './faults.js';
import { Publishing, Subscribing } from './publishing.js';
import { wrongFilter } from './words.js';
import { attempt, refusal } from './ask.js';
import { swaps } from './swap.js';

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
    this.faults = new Faults({ clients: this.clients, open: this.open });
    $('#bench').replaceChildren(this.publishing(), this.subscribing(), this.expectations.element, this.faults.element);
    this.showReach = seldom(200, () => this.reach());
    this.loadFaults = seldom(500, () => this.faults.load());
    addEventListener('pagehide', () => { for (const client of [this.speaker, this.listener]) if (client.isOpen) client.close(); });
  }

  publishing() {
    this.topic = h('input', { class: 'mono grow', id: 'pub-topic', 'aria-label': 'Topic', value: 'test/topic', spellcheck: 'false', autocomplete: 'off', on: { input: () => this.showReach() } });
    this.payload = h('textarea', { class: 'mono grow', id: 'pub-payload', rows: 2, 'aria-label': 'Payload', title: 'Enter sends; Shift and Enter begin a new line', spellcheck: 'false' }, 'bar');
    this.payload.addEventListener('keydown', event => { if (event.key === 'Enter' && !event.shiftKey) { event.preventDefault(); this.publish(); } });
    this.making = new Publishing(this.payload, () => this.give());
    this.notSent = refusal('pub-wrong');
    this.qos = 0;
    const levels = ['QoS 0', '1', '2'].map((text, qos) => h('button', { type: 'button', role: 'radio', 'aria-checked': String(qos === 0), on: { click: () => pick(qos) } }, text));
    const pick = qos => { this.qos = qos; levels.forEach((button, i) => button.setAttribute('aria-checked', String(i === qos))); };
    this.retain = h('input', { type: 'checkbox', id: 'pub-retain' });
    this.reached = h('span', { class: 'reach grow', id: 'reach', 'aria-live': 'polite' });
    return h('form', { class: 'tool', 'aria-labelledby': 'h-pub', on: { submit: event => { event.preventDefault(); this.publish(); } } },
      h('h2', { id: 'h-pub' }, 'Publish ', h('kbd', {}, 'p'), h('span', { class: 'h-right' }, this.making.summary)),
      h('div', { class: 'line' }, this.topic, h('span', { class: 'seg', role: 'radiogroup', 'aria-label': 'Quality of service', id: 'pub-qos' }, levels)),
      h('div', { class: 'line' }, this.payload), this.notSent,
      h('div', { class: 'line' }, h('label', { class: 'check' }, this.retain, ' retain'), this.reached, h('button', { class: 'btn strong', id: 'pub-send' }, 'Send ', h('kbd', {}, '⏎'))));
  }

  publish() { return attempt(this.notSent, () => this.give()); }

  /** Sends the message as it is put together. */
  async give() {
    const topic = this.topic.value;
    if (!topic || /[+#]/.test(topic)) throw new Error(`“${topic}” is no topic: it has one character at least, and no + or #`);
    return this.speaker.publish(topic, await this.making.bytes(), { qos: this.qos, retain: this.retain.checked, properties: this.making.properties() });
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
    this.asking = new Subscribing(() => this.want());
    this.notHeard = refusal('sub-wrong');
    this.heard = h('ul', { class: 'heard', 'data-empty': 'Messages that come for the page are shown here.', id: 'heard', 'aria-live': 'polite', 'aria-label': 'Messages that came' });
    return h('section', { class: 'tool subscribe', 'aria-labelledby': 'h-sub' },
      h('h2', { id: 'h-sub' }, 'Subscribe ', h('kbd', {}, 's'), swaps('subscribe'), this.chips, this.asking.more),
      h('form', { class: 'line', on: { submit: event => { event.preventDefault(); this.subscribe(); } } }, this.wanted, h('button', { class: 'btn', id: 'sub-send' }, 'Subscribe')),
      this.notHeard, this.heard);
  }

  subscribe() { return attempt(this.notHeard, () => this.want()); }

  async want() {
    const filter = this.wanted.value;
    const wrong = wrongFilter(filter);
    if (wrong) throw new Error(`“${filter}” is no topic filter: ${wrong}`);
    await this.listener.subscribe(filter, this.asking.options());
    this.filters.add(filter);
    this.showFilters();
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
}
