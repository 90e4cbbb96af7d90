// Expectations, typed in the words of `broker ctl expect`, and watched: met, missed or waiting. Each is a request of the API, which
// the broker answers once it is decided.

import { $, count, g, h, secs } from './dom.js';
import { post } from './api.js';
import { swaps } from './swap.js';
import { PACKETS } from './kinds.js';

const GLYPHS = { met: 'M1.5 6.5 4.5 9.5 10.5 2.5', missed: 'M2 2l8 8M10 2l-8 8', open: 'M6 1.5a4.5 4.5 0 1 0 .01 0M6 3.5V6l1.8 1.2' };
const SAID = { met: 'met', missed: 'missed', open: 'waiting' };
const MOST = 30;
const UNITS = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** Words, where blanks within quotes and brackets part nothing. */
function wordsOf(text) {
  return text.match(/(?:"(?:\\.|[^"])*"|'[^']*'|[{[].*[}\]]|[^\s])+/g) ?? [];
}

function value(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (/^[{["]/.test(text)) throw new Error(`${text} is no whole JSON: ${error.message}`);
    return text.replace(/^'(.*)'$/, '$1');
  }
}

function secsOf(text) {
  const [, number, unit = 's'] = text.match(/^([\d.]+)(ms|s|m|h)?$/) ?? [];
  if (!number) throw new Error(`${text} is no time: 500ms, 5s, 2m`);
  return Number(number) * UNITS[unit];
}

function times(text) {
  const [from, to] = text.split('..');
  if (to === undefined) return Number(from);
  return { min: Number(from || 0), ...(to ? { max: Number(to) } : {}) };
}

/** The request that these words mean. `last` is the newest entry, for `new`. */
export function expectation(text, last) {
  if (text.trim().startsWith('{')) return JSON.parse(text);
  const pattern = {};
  const asked = {};
  for (const word of wordsOf(text)) {
    const at = word.indexOf('=');
    const [name, said] = at > 0 ? [word.slice(0, at), word.slice(at + 1)] : [word, null];
    if (said === null) {
      if (name === 'in' || name === 'out') pattern.direction = name;
      else if (name === 'never') asked.never = true;
      else if (name === 'new') asked.after = last;
      else if (name === name.toUpperCase() || PACKETS.includes(name.toUpperCase())) pattern.packet = name.toUpperCase();
      else pattern.event = name;
    } else if (name === 'from' || name === 'to') Object.assign(pattern, { direction: name === 'from' ? 'in' : 'out', client_id: said });
    else if (name === 'of') pattern.client_id = said;
    else if (name === 'times') asked.times = times(said);
    else if (name === 'within') asked.timeout_secs = secsOf(said);
    else if (name === 'json') pattern.payload = { json_subset: value(said) };
    else pattern[name] = value(said);
  }
  // The payload, a topic and names are texts, also where they look like numbers.
  for (const name of ['payload', 'topic', 'client_id']) if (['number', 'boolean'].includes(typeof pattern[name])) pattern[name] = String(pattern[name]);
  if (pattern.event) delete pattern.direction;
  const { never, ...rest } = asked;
  return { ...(never ? { never: pattern } : { pattern }), timeout_secs: 30, limit: 1, ...rest };
}

/**
 * What is asked in the place of `never` with a time: that it comes. The broker says that a thing never came as soon as nothing more
 * is under way; a time that somebody named is waited out.
 */
function reversed({ never, ...rest }) { return { pattern: never, ...rest }; }
const isTimed = text => wordsOf(text).some(word => word.startsWith('within='));

export class Expectations {
  /** `on` hears `select(seq)`; `last()` gives the newest entry. */
  constructor(on) {
    this.on = on;
    this.all = [];
    this.list = h('ul', { class: 'expects', id: 'expects', 'aria-live': 'polite', 'data-empty': 'Say what is to come, and see whether it does.' });
    this.sum = h('span', { class: 'h-right', id: 'exp-sum' });
    this.field = h('input', { class: 'mono grow', id: 'exp-in', 'aria-label': 'New expectation', placeholder: 'PUBLISH in topic=home/+/state qos=1 json={"on":true} within=5s', title: 'Words of broker ctl expect: a packet or an event; in, out, from=, to=, of=; fields; never; times=2; within=5s; new for what comes from now on', spellcheck: 'false', autocomplete: 'off' });
    this.element = h('section', { class: 'tool expect', 'aria-labelledby': 'h-exp' },
      h('h2', { id: 'h-exp' }, 'Expect ', h('kbd', {}, 'e'), swaps('expect'), this.sum), this.list,
      h('form', { class: 'line', on: { submit: event => { event.preventDefault(); this.add(this.field.value.trim()); } } }, this.field, h('button', { class: 'btn', id: 'exp-add' }, 'Expect')));
  }

  async add(text) {
    if (!text) return;
    this.field.value = '';
    const one = { text, state: 'open', said: 'waiting' };
    this.all.unshift(one);
    this.all.length = Math.min(this.all.length, MOST);
    try {
      const asked = expectation(text, this.on.last());
      one.said = `waits for ${asked.timeout_secs ?? 5} s`;
      this.draw();
      if (asked.never && isTimed(text)) {
        await this.never(one, asked);
        return;
      }
      const met = await post('expectations', asked);
      const [first] = met.packets;
      Object.assign(one, { state: 'met', said: met.count ? `${count(met.count, 'time')}${first ? ', by' : ''}` : 'it did not come', by: first?.seq });
    } catch (error) {
      one.state = 'missed';
      one.said = error.status === 417 ? 'did not come' : '';
      one.near = error.status === 417 ? this.nearest(error) : [error.message];
    }
    this.draw();
  }

  /** Waits until it comes, or until the time is over. */
  async never(one, asked) {
    try {
      const { packets: [first] } = await post('expectations', reversed(asked));
      Object.assign(one, { state: 'missed', said: 'it came,', by: first?.seq });
    } catch (error) {
      // Where the journal no longer has all of the time, nobody knows.
      if (error.status !== 417) throw error;
      Object.assign(one, { state: 'met', said: 'it did not come' });
    }
    this.draw();
  }

  /** What came nearest, and how it differs. */
  nearest({ message, body }) {
    const [near] = body?.failure?.nearest ?? [];
    if (!near) return [message.split('\n')[1]?.trim() ?? message];
    const differs = near.differences.map(one => `${one.field ?? one.path ?? ''} ${one.found ?? ''}, not ${one.wanted ?? one.expected ?? ''}`.trim());
    const line = message.split('\n').find(one => one.startsWith('        '));
    return ['nearest ', this.link(near.entry.seq), ` from ${near.entry.client_id || 'nobody'} at ${secs(near.entry.at_secs)} s: `, h('code', {}, line?.trim() ?? differs.join('; '))];
  }

  link(seq) { return h('button', { class: 'link', type: 'button', on: { click: () => this.on.select(seq) } }, `#${seq}`); }

  draw() {
    const sign = state => g('svg', { width: 12, height: 12, viewBox: '0 0 12 12', role: 'img', 'aria-label': SAID[state] }, g('path', { d: GLYPHS[state], fill: 'none', stroke: 'currentColor', 'stroke-width': 1.75, 'stroke-linecap': 'round' }));
    const many = state => this.all.filter(one => one.state === state).length;
    this.sum.textContent = this.all.length ? `${many('met')} met, ${many('missed')} missed, ${many('open')} waiting` : '';
    this.list.replaceChildren(...this.all.map(one => h('li', { class: `exp ${one.state}` }, sign(one.state), h('span', { class: 'ex', title: one.text }, one.text),
      h('span', { class: 'res' }, one.said, one.by ? [' ', this.link(one.by)] : null), one.near ? h('span', { class: 'near', title: one.near.map(part => part.textContent ?? part).join('') }, one.near) : null)));
    $('#expects').scrollTop = 0;
  }
}
