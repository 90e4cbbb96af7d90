// Scenarios, partitions and recordings of the workshop.

import { h, toast } from './dom.js';
import { get, place, post, put, remove, send } from './api.js';
import { attempt, refusal, undoable } from './ask.js';

const STARTED = 'Started';
const SPEEDS = [['1', 'as fast as it was'], ['10', '10 times as fast'], ['max', 'without pauses']];

/** Hands a file to the person. */
export function download(name, blob) {
  const url = URL.createObjectURL(blob);
  h('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Scenarios, each with the states that rules and stubs know: press one to be there. */
export class Scenarios {
  constructor() {
    this.list = h('ul', { class: 'things', 'aria-label': 'scenarios' });
    this.wrong = refusal('scenarios-refused');
    this.name = h('input', { class: 'mono', id: 'scenario-name', 'aria-label': 'Scenario', placeholder: 'scenario' });
    this.state = h('input', { class: 'mono', id: 'scenario-state', 'aria-label': 'State', placeholder: 'state' });
    this.element = h('div', {}, this.list, this.wrong, h('form', { class: 'line', on: { submit: event => { event.preventDefault(); this.set(this.name.value, this.state.value || STARTED); } } }, this.name, this.state, h('button', { class: 'btn', id: 'scenario-set' }, 'Set')));
  }

  async set(name, state) {
    if (await attempt(this.wrong, () => put(`scenarios/${place(name)}/state`, { state }))) this.load();
  }

  async load() {
    await attempt(this.wrong, async () => {
      const [{ scenarios }, { stubs }, { faults }] = await Promise.all([get('scenarios'), get('stubs').catch(() => ({ stubs: [] })), get('faults')]);
      const all = new Map();
      const known = (name, ...states) => { if (!all.has(name)) all.set(name, { now: STARTED, states: new Set([STARTED]) }); for (const state of states) if (state) all.get(name).states.add(state); };
      for (const { scenario, required_state: required, new_state: next } of [...stubs.map(one => one.stub), ...faults.map(one => one.rule)]) if (scenario) known(scenario, required, next);
      for (const { name, state } of scenarios) { known(name, state); all.get(name).now = state; }
      this.list.replaceChildren(...[...all].map(([name, { now, states }]) => h('li', { class: 'flt' }, h('span', { class: 'what' }, name),
        h('span', { class: 'seg', role: 'radiogroup', 'aria-label': `State of ${name}` }, [...states].map(state => h('button', { type: 'button', role: 'radio', 'aria-checked': String(state === now), on: { click: () => this.set(name, state) } }, state))))));
      if (!all.size) this.list.append(h('li', { class: 'mute' }, 'No rule and no stub belongs to a scenario.'));
    });
  }
}

/** Clients that are cut off as by a network: nothing passes, nothing is lost. */
export class Partitions {
  constructor(clients) {
    this.clients = clients;
    this.list = h('ul', { class: 'things', 'aria-label': 'partitions' });
    this.wrong = refusal('partitions-refused');
    this.who = h('fieldset', { class: 'who' });
    this.name = h('input', { class: 'mono grow', id: 'partition-name', 'aria-label': 'Name of the partition', placeholder: 'name, if you like' });
    this.element = h('div', {}, this.list, this.wrong, h('form', { on: { submit: event => { event.preventDefault(); this.begin(); } } }, this.who, h('div', { class: 'line' }, this.name, h('button', { class: 'btn', id: 'partition-begin' }, 'Cut off'))));
  }

  async begin() {
    const clients = [...this.who.querySelectorAll('input:checked')].map(one => one.value);
    const name = this.name.value || undefined;
    if (await attempt(this.wrong, () => post('partitions', { clients, name }))) this.done();
  }

  done() { this.load(); this.clients.refresh(); }

  heal({ name, clients }) {
    return attempt(this.wrong, async () => {
      await remove(`partitions/${place(name)}`);
      undoable(`Healed: ${name}`, async () => { await post('partitions', { name, clients }); this.done(); });
    }).then(() => this.done());
  }

  async load() {
    await attempt(this.wrong, async () => {
      const { partitions } = await get('partitions');
      this.list.replaceChildren(...partitions.map(one => h('li', { class: 'flt' }, h('span', { class: 'what', title: one.clients.join(', ') }, one.name), h('span', { class: 'hits' }), h('button', { class: 'link', type: 'button', 'aria-label': `Heal ${one.name}`, on: { click: () => this.heal(one) } }, 'heal'))));
      if (!partitions.length) this.list.append(h('li', { class: 'mute' }, 'Nobody is cut off.'));
      const names = this.clients.list.slice(0, 200).map(one => one.client_id);
      this.who.replaceChildren(h('legend', {}, names.length ? 'Cut these off' : 'There is no client to cut off.'), ...names.map(name => h('label', { class: 'check' }, h('input', { type: 'checkbox', value: name }), h('bdi', {}, name))));
    });
  }
}

/** What clients do, as a file; and a file, played. */
export class Recordings {
  constructor() {
    this.wrong = refusal('recordings-refused');
    this.state = h('p', { role: 'status', id: 'recording-state' });
    this.toggle = h('button', { class: 'btn', type: 'button', id: 'recording-toggle', on: { click: () => this.turn() } });
    this.file = h('input', { type: 'file', id: 'recording-file', 'aria-label': 'A recording', accept: '.jsonl,.ndjson,.json' });
    this.speed = h('select', { id: 'recording-speed', 'aria-label': 'Speed' }, SPEEDS.map(([value, text]) => h('option', { value }, text)));
    this.element = h('div', {}, h('h3', {}, 'Record what clients do'), h('div', { class: 'line' }, this.toggle, this.state),
      h('h3', {}, 'Play a recording'), h('form', { class: 'line', on: { submit: event => { event.preventDefault(); this.play(); } } }, this.file, this.speed, h('button', { class: 'btn', id: 'recording-play' }, 'Play')), this.wrong);
  }

  async load() {
    await attempt(this.wrong, async () => {
      this.isOn = (await get('recordings/status')).status === 'Recording';
      this.toggle.textContent = this.isOn ? 'Stop, and download' : 'Start';
      this.state.textContent = this.isOn ? 'It is recorded; passwords are left out.' : 'Nothing is recorded.';
    });
  }

  async turn() {
    const done = await attempt(this.wrong, async () => {
      if (!this.isOn) { await post('recordings/start', {}); return; }
      download('recording.jsonl', await (await send('POST', 'recordings/stop', { accept: '*/*' })).blob());
    });
    if (done) this.load();
  }

  async play() {
    await attempt(this.wrong, async () => {
      const [file] = this.file.files;
      if (!file) throw new Error('Choose a recording first: the file that “Stop, and download” gave.');
      const played = await (await send('POST', `recordings/play?speed=${this.speed.value}&timeout_secs=2`, { body: file })).json();
      toast(played.over ? `Played: ${played.messages} messages, ${played.left_out} left out` : 'It is played');
      if (played.notes.length) throw new Error(played.notes.slice(0, 5).join(' '));
    });
  }
}
