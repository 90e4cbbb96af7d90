// The workshop: all that makes the broker act by itself, one kind at a time.

import { $, h } from './dom.js';
import { here } from './road.js';
import { Things } from './things.js';
import { Partitions, Recordings, Scenarios } from './world.js';

const ALL = [['faults', 'Faults'], ['stubs', 'Stubs'], ['devices', 'Devices'], ['scenarios', 'Scenarios'], ['partitions', 'Partitions'], ['recordings', 'Recordings']];
/** A broker in the page has faults alone. */
const TITLES = here.inTab ? ALL.slice(0, 1) : ALL;

export class Workshop {
  /** `closed()` is called when the person is done. */
  constructor(clients, closed) {
    this.parts = { faults: new Things('faults'), stubs: new Things('stubs'), devices: new Things('devices'), scenarios: new Scenarios(), partitions: new Partitions(clients), recordings: new Recordings() };
    this.tabs = h('div', { class: 'seg', role: 'radiogroup', 'aria-label': 'What to work on' }, TITLES.map(([name, title]) => h('button', { type: 'button', role: 'radio', 'data-part': name, on: { click: () => this.show(name) } }, title)));
    this.body = h('div', { class: 'part' });
    this.box = h('dialog', { class: 'tray wide', id: 'workshop', 'aria-labelledby': 'h-workshop' },
      h('h2', { id: 'h-workshop' }, 'Make it act', h('button', { class: 'btn icon h-right', type: 'button', 'aria-label': 'Close', on: { click: () => this.box.close() } }, '×')), this.tabs, this.body);
    this.box.addEventListener('close', closed);
    if (here.inTab) $('#work').title = 'Faults (w)';
    document.body.append(this.box);
  }

  open(name) {
    this.show(here.inTab ? 'faults' : name);
    if (!this.box.open) this.box.showModal();
    this.tabs.querySelector('[aria-checked=true]').focus();
  }

  show(name) {
    for (const button of this.tabs.children) button.setAttribute('aria-checked', String(button.dataset.part === name));
    this.body.replaceChildren(this.parts[name].element);
    this.parts[name].load();
  }
}
