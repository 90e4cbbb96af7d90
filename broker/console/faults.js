// The faults of the bench: rules in force, each switched off and on, counted anew and removed; and a new one, put together of five words.

import { h, squeeze, toast } from './dom.js';
import { swaps } from './swap.js';
import { get, place, post, put, remove } from './api.js';
import { ask, attempt, refusal, undoable } from './ask.js';
import { here } from './road.js';

const PACKETS = ['PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP', 'PUBLISH', 'CONNACK', 'SUBACK', 'CONNECT', 'PINGRESP'];
const at = (name, what = '') => `faults/${place(name)}${what}`;

/** Takes a rule out of force; it can be brought back. Its counts begin anew then. */
export async function removeFault({ name, rule }, then) {
  await remove(at(name));
  undoable(`Removed: ${squeeze(name, 40)}`, async () => { await post('faults', rule); then(); });
  then();
}

export class Faults {
  /** `clients` has the clients that there are; `open()` shows all that can be added. */
  constructor(parts) {
    Object.assign(this, parts);
    const choose = (label, ...options) => h('select', { 'aria-label': label }, options.map(([value, text]) => h('option', { value }, text)));
    this.what = choose('What to do', ['drop', 'drop'], ['latency', 'delay by 2 s'], ['duplicate', 'send twice'], ['disconnect', 'cut off at']);
    this.packet = choose('Packet', ...PACKETS.map(name => [name, name]));
    this.way = choose('Direction', ['out', 'to'], ['in', 'from']);
    this.who = choose('Client', ['', 'any client']);
    this.often = choose('How often', ['first', 'once'], ['', 'always'], ['every', 'every 3rd']);
    this.fields = [this.what, this.packet, this.way, this.who, this.often];
    this.rules = h('ul', { class: 'flts', id: 'faults' });
    this.wrong = refusal('flt-wrong');
    this.rows = new Map();
    const button = (text, act, label) => h('button', { class: 'link', type: 'button', 'aria-label': label, on: { click: act } }, text);
    this.element = h('section', { class: 'tool faults', 'aria-labelledby': 'h-flt' },
      h('h2', { id: 'h-flt' }, 'Faults ', h('kbd', {}, 'x'), swaps('faults'), h('span', { class: 'h-right' }, button('Clear', () => this.clear(), 'Clear all faults'), button('Reset', () => this.reset(), 'Reset the broker'), button('More …', () => this.open('faults'), here.inTab ? 'More … faults, as JSON' : 'More … faults, stubs, devices, scenarios, partitions, recordings'))),
      this.rules, this.wrong,
      h('form', { class: 'line sentence', on: { submit: event => { event.preventDefault(); this.add(); } } }, this.fields, h('button', { class: 'btn', id: 'flt-add' }, 'Add')));
  }

  async add() {
    const [what, packet, way, who, often] = this.fields.map(field => field.value);
    const spoken = this.fields.map(field => field.selectedOptions[0].textContent);
    const rule = { name: `${spoken.slice(0, 4).join(' ')}, ${spoken[4]}`, when: { packet, direction: way }, action: what === 'latency' ? { type: 'latency', latency: 2000 } : what };
    if (who) rule.when.client_id = who;
    if (often === 'first') rule.first = 1;
    if (often === 'every') rule.every = 3;
    await attempt(this.wrong, () => post('faults', rule));
    this.load();
  }

  async clear() {
    await attempt(this.wrong, async () => {
      const { faults } = await get('faults');
      await remove('faults');
      if (faults.length) undoable(`${faults.length === 1 ? 'One fault is' : `${faults.length} faults are`} removed`, async () => { for (const { rule } of faults.toReversed()) await post('faults', rule); this.load(); });
    });
    this.load();
  }

  async reset() {
    if (!await ask('Reset the broker?', 'Sessions, retained messages and the journal are gone, rules and stubs are those of the start, and connections are closed.', 'Reset')) return;
    await attempt(this.wrong, async () => { await post('reset'); toast('The broker is as new'); });
    this.load();
  }

  async load() {
    const { faults } = await get('faults').catch(() => ({ faults: [] }));
    const kept = new Map();
    const items = faults.map(fault => {
      const row = this.rows.get(fault.name) ?? this.row(fault.name);
      kept.set(fault.name, row);
      row.fault = fault;
      row.isOn.checked = fault.enabled !== false;
      row.classList.toggle('off', fault.enabled === false);
      const hits = fault.enabled === false ? 'off' : fault.fired ? `acted ${fault.fired}×` : 'not yet';
      if (row.hits.textContent !== hits) row.hits.textContent = hits;
      row.anew.hidden = !fault.fired;
      return row;
    });
    this.rows = kept;
    if (!items.length) items.push(h('li', { class: 'mute' }, 'Nothing is disturbed.'));
    // A row stays where it is, so that who is about to click it meets it.
    items.forEach((row, i) => { if (this.rules.children[i] !== row) this.rules.insertBefore(row, this.rules.children[i] ?? null); });
    while (this.rules.children.length > items.length) this.rules.lastChild.remove();
    this.names();
  }

  row(name) {
    const isOn = h('input', { type: 'checkbox', role: 'switch', 'aria-label': `${name}: in force`, title: 'Switch it off or on; it keeps its counts' });
    const act = done => attempt(this.wrong, done).then(() => this.load());
    const link = (text, label, done) => h('button', { class: 'link', type: 'button', 'aria-label': `${label} ${name}`, on: { click: () => act(done) } }, text);
    isOn.addEventListener('change', () => act(() => put(at(name, '/enabled'), { enabled: isOn.checked })));
    const anew = link('anew', 'Count anew', () => post(at(name, '/reset')));
    anew.title = 'Count anew: it acts as if it had just been added';
    const row = h('li', { class: 'flt' }, h('label', { class: 'what', title: name }, isOn, ' ', name));
    Object.assign(row, { isOn, anew, hits: h('span', { class: 'hits' }) });
    row.append(row.hits, anew, link('remove', 'Remove', () => removeFault(row.fault, () => this.load())));
    return row;
  }

  /** The clients to choose from. */
  names() {
    const names = this.clients.list.map(one => one.client_id).slice(0, 500);
    const key = names.join('\n');
    if (key === this.known) return;
    this.known = key;
    const now = this.who.value;
    this.who.replaceChildren(h('option', { value: '' }, 'any client'), ...names.map(name => h('option', { value: name, selected: name === now }, squeeze(name, 30))));
  }
}
