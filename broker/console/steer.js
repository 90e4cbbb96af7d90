// One client, steered: disconnected with a reason, interrupted for a while, cut off, its session ended.

import { h, toast } from './dom.js';
import { place, post, remove } from './api.js';
import { ask, attempt, refusal } from './ask.js';
import { REASONS } from './reasons.js';

/** Reason codes that a broker may say in DISCONNECT. */
const CODES = [0x98, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x93, 0x94, 0x95, 0x96, 0x97, 0x99, 0x9c, 0x9d];

export class Steer {
  /** `clients` is the list, which shows what was done. */
  constructor(clients) {
    this.clients = clients;
    this.title = h('bdi');
    this.wrong = refusal('steer-wrong');
    this.code = h('select', { id: 'steer-code', 'aria-label': 'Reason code' }, CODES.map(code => h('option', { value: code }, REASONS[code] ?? `0x${code.toString(16)}`)));
    this.secs = h('input', { class: 'mono', id: 'steer-secs', type: 'number', min: 0.1, step: 'any', value: 30, 'aria-label': 'Seconds' });
    this.cut = h('button', { class: 'btn', type: 'button', id: 'steer-cut' });
    this.back = h('button', { class: 'btn', type: 'button', id: 'steer-back', on: { click: () => this.does('It may come back', () => remove(`faults/${place(this.keptOut)}`)) } }, 'Let it come back');
    const at = what => `clients/${place(this.name)}/${what}`;
    const row = (what, ...parts) => h('li', { class: 'flt' }, h('span', { class: 'what' }, what), h('span', { class: 'hits' }), parts);
    const button = (id, text, act) => h('button', { class: 'btn', type: 'button', id, on: { click: act } }, text);
    this.cut.addEventListener('click', () => (this.partition ? this.does('It goes on', () => remove(`partitions/${place(this.partition)}`)) : this.does('It is cut off', () => post('partitions', { clients: [this.name] }))));
    this.body = h('ul', { class: 'things' },
      row('It is told goodbye', this.code, button('steer-disconnect', 'Disconnect', () => this.does('It is disconnected', () => post(at('disconnect'), { reason_code: Number(this.code.value) })))),
      row('The connection breaks, and stays so for a while', this.secs, ' s', button('steer-interrupt', 'Interrupt', () => this.does('It is interrupted', () => post(at('interrupt'), { duration_secs: Number(this.secs.value) }))), this.back),
      row('Nothing passes, and nothing is lost', this.cut),
      row('What the broker keeps for it', button('steer-end', 'End the session', () => this.endSession())));
    this.box = h('dialog', { class: 'tray', id: 'steer', 'aria-labelledby': 'h-steer' }, h('h2', { id: 'h-steer' }, h('span', {}, 'Client ', this.title)), this.body, this.wrong,
      h('div', { class: 'popfoot' }, h('span'), h('button', { class: 'btn', type: 'button', on: { click: () => this.box.close() } }, 'Close')));
    document.body.append(this.box);
  }

  open(name) {
    this.name = name;
    this.title.textContent = name || '(empty)';
    this.wrong.hidden = true;
    this.stand();
    if (!this.box.open) this.box.showModal();
  }

  /** How the client stands. */
  stand() {
    this.partition = this.clients.parted.get(this.name);
    this.keptOut = this.clients.find(this.name)?.kept_out?.fault;
    this.cut.textContent = this.partition ? 'Heal' : 'Cut off';
    this.back.hidden = !this.keptOut;
  }

  async does(words, act) {
    if (!await attempt(this.wrong, act)) return;
    toast(words);
    this.box.close();
    this.clients.refresh();
  }

  async endSession() {
    if (await ask('End the session?', `The subscriptions of “${this.name}” are gone, and so are the messages that wait for it.`, 'End it')) await this.does('The session is over', () => remove(`sessions/${place(this.name)}`));
  }
}
