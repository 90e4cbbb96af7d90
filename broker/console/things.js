// Faults, stubs and devices of the workshop: a list with what each did, and JSON to add one or to put one in its place.

import { count, h } from './dom.js';
import { get, place, post, put, remove } from './api.js';
import { ask, attempt, refusal } from './ask.js';
import { Editor } from './editor.js';
import { removeFault } from './faults.js';

/** What each kind is called, what it did, and one to begin with. */
const KINDS = {
  faults: {
    one: 'fault', page: 'FAULTS.md',
    did: fault => (fault.enabled === false ? 'switched off' : fault.fired ? `acted ${count(fault.fired, 'time')}` : 'has not acted'),
    spec: fault => fault.rule,
    example: { name: 'slow lamp', client: 'lamp', type: 'latency', stream: 'both', attributes: { latency: 200, jitter: 50 } },
  },
  stubs: {
    one: 'stub', page: 'STUBS.md',
    did: stub => `answered ${count(stub.answered, 'time')}${stub.failed ? `, failed ${count(stub.failed, 'time')}` : ''}${stub.waiting ? `, ${stub.waiting} waiting` : ''}`,
    spec: stub => stub.stub,
    example: { name: 'echo', when: { packet: 'PUBLISH', topic: 'ask' }, publish: { topic: 'answer', payload: '{{ message.payload | upper }}' } },
  },
  devices: {
    one: 'device', page: 'DEVICES.md',
    did: device => `${device.connected} of ${device.count} connected, published ${device.published}, received ${device.received}${device.failed ? `, failed ${device.failed}` : ''}`,
    // The broker does not say how a device was made.
    spec: () => null,
    example: { name: 'meter', telemetry: { every_secs: 1, topic: 'meter/power', payload: '{{ n }}' } },
  },
};

export class Things {
  constructor(kind) {
    this.kind = kind;
    this.about = KINDS[kind];
    const { one } = this.about;
    this.list = h('ul', { class: 'things', 'aria-label': kind });
    this.wrong = refusal(`${kind}-refused`);
    this.editor = new Editor(`${kind}-json`, `The ${one}, as JSON`);
    this.editor.set(this.about.example);
    const give = (id, text, title, act) => h('button', { class: 'btn', type: 'button', id, title, on: { click: () => this.give(act) } }, text);
    this.element = h('div', {}, this.list, this.wrong, h('h3', {}, `A ${one} as JSON`), this.editor.element,
      h('div', { class: 'popfoot' }, h('span', { class: 'mute' }, `Its keys are those of a [[${one}]] table: docs/${this.about.page}`),
        give(`${kind}-replace`, 'Put in its place', `In the place of the ${one} of this name, if there is one`, value => put(`${kind}/${place(String(value.name ?? ''))}`, value)),
        give(`${kind}-add`, 'Add', `The name must be free`, value => post(kind, value))));
  }

  async give(act) {
    if (await this.editor.give(act)) this.load();
  }

  async load() {
    const { kind, about } = this;
    await attempt(this.wrong, async () => {
      const all = (await get(kind))[kind];
      this.list.replaceChildren(...(all.length ? all.map(thing => this.row(thing)) : [h('li', { class: 'mute' }, `There is no ${about.one}.`)]));
    });
  }

  row(thing) {
    const { kind, about } = this;
    const { name } = thing;
    const link = (text, act) => h('button', { class: 'link', type: 'button', 'aria-label': `${text} ${name}`, on: { click: act } }, text);
    const spec = about.spec(thing);
    const act = done => attempt(this.wrong, done).then(is => is && this.load());
    const isOn = kind === 'faults' && h('input', { type: 'checkbox', role: 'switch', checked: thing.enabled !== false, 'aria-label': `${name}: in force`, on: { change: event => act(() => put(`faults/${place(name)}/enabled`, { enabled: event.target.checked })) } });
    return h('li', { class: 'flt' }, isOn, h('span', { class: 'what', title: name }, name), h('span', { class: 'hits' }, about.did(thing)),
      spec && link('edit', () => { this.editor.set(spec); this.editor.field.focus(); }),
      link('remove', () => act(() => this.remove(thing))));
  }

  async remove(thing) {
    if (this.kind === 'faults') { await removeFault(thing, () => this.load()); return; }
    const { one } = this.about;
    if (await ask(`Remove the ${one}?`, `“${thing.name}” goes, with what it counted and what waits for its time.`, 'Remove')) await remove(`${this.kind}/${place(thing.name)}`);
  }
}
