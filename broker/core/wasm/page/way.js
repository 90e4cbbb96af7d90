// The way between clients and the broker, drawn: a line for each connection, and the packets that are on it. A press on a packet
// loses it.

import { $, h, say } from '../console/dom.js';
import { nameOf, typeOf } from './frames.js';
import { connections, look, travel } from './world.js';

const PACES = [['once', 'At once', 'Packets arrive at once'], ['slow', 'Slowly', 'Each packet takes 1.5 s on its way'], ['step', 'Step by step', 'A packet waits until you let it go']];
const FAMILIES = { PUBLISH: 'publish', PUBACK: 'ack', PUBREC: 'ack', PUBREL: 'ack', PUBCOMP: 'ack', SUBSCRIBE: 'sub', SUBACK: 'sub', UNSUBSCRIBE: 'sub', UNSUBACK: 'sub', PINGREQ: 'ping', PINGRESP: 'ping' };
/** Packets that wait at the same place stand so far from each other, in parts of the way. */
const GAP = 0.12;

export class WayView {
  constructor() {
    this.lanes = new Map();
    this.packets = new Map();
    this.list = h('ul', { class: 'lanes', 'aria-label': 'Connections, and packets on their way', 'data-empty': 'No client is connected. A lesson brings some; or type a command.' });
    this.next = h('button', { class: 'btn strong', id: 'step', hidden: true, on: { click: () => { travel.step(); look(); } } }, 'Next packet ', h('kbd', {}, 'n'));
    this.paces = PACES.map(([pace, name, title]) => h('button', { type: 'button', role: 'radio', 'aria-checked': String(pace === travel.pace), title, 'data-pace': pace, on: { click: () => this.setPace(pace) } }, name));
    this.note = h('span', { class: 'mute' });
    $('#way').replaceChildren(h('h2', {}, 'On the way ', h('span', { class: 'seg', role: 'radiogroup', 'aria-label': 'How packets travel', id: 'pace' }, this.paces), this.next, this.note), this.list);
    travel.heard.add(() => this.ask());
    addEventListener('keydown', event => {
      if (event.key !== 'n' || event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.('input, textarea, select')) return;
      travel.step();
      look();
    });
    this.ask();
  }

  setPace(pace) {
    travel.setPace(pace);
    look();
    for (const button of this.paces) button.setAttribute('aria-checked', String(button.dataset.pace === pace));
    this.next.hidden = pace !== 'step';
    this.ask();
  }

  /** Draws with the next frame, and as long as something moves. */
  ask() { this.asked ??= requestAnimationFrame(() => { this.asked = null; this.draw(); }); }

  draw() {
    const there = new Set();
    for (const connection of connections) {
      there.add(connection);
      if (!this.lanes.has(connection)) this.lanes.set(connection, this.lane(connection));
    }
    for (const [connection, lane] of this.lanes) if (!there.has(connection)) { lane.row.remove(); this.lanes.delete(connection); }
    const all = travel.all;
    const known = new Set(all.map(packet => packet.number));
    for (const [number, button] of this.packets) if (!known.has(number)) { button.remove(); this.packets.delete(number); }
    let isMoving = false;
    for (const { connection, direction, packets } of travel.ways) {
      packets.forEach((packet, i) => {
        const lane = this.lanes.get(connection);
        if (!lane) return;
        if (!this.packets.has(packet.number)) {
          const button = this.packet(packet);
          this.packets.set(packet.number, button);
          lane.track.append(button);
        }
        const gone = Math.max(0, travel.progress(packet) - (travel.pace === 'step' ? i * GAP : 0));
        isMoving ||= gone < (travel.pace === 'step' ? 0.5 : 1);
        this.packets.get(packet.number).style.left = `${(direction === 'in' ? gone : 1 - gone) * 100}%`;
      });
    }
    say(this.note, all.length ? `${all.length} on the way. Press a packet to lose it.${travel.isWaited ? ' The clock waits, too.' : ''}` : travel.pace === 'once' ? '' : 'Nothing is on the way.');
    if (isMoving && all.length) this.ask();
  }

  lane(connection) {
    const track = h('div', { class: 'track' });
    const cut = h('button', { class: 'link cut', title: 'The connection breaks; what is on its way is lost', 'aria-label': `Cut the connection of ${connection.name}`, on: { click: () => connection.cut() } }, 'cut');
    const row = h('li', {}, h('span', { class: 'mono who', title: connection.name }, connection.name), track, h('span', { class: 'mono' }, 'broker'), cut);
    this.list.append(row);
    return { row, track };
  }

  packet(packet) {
    const { way: { connection, direction }, bytes } = packet;
    const name = nameOf(bytes);
    const to = direction === 'in' ? `from ${connection.name} to the broker` : `from the broker to ${connection.name}`;
    return h('button', { class: `pkt ${FAMILIES[typeOf(bytes)] ?? 'conn'} ${direction}`, title: `${name}, ${to}. Press to lose it.`, 'aria-label': `${name}, ${to}. Press to lose it.`, on: { click: () => { travel.lose(packet); look(); } } }, typeOf(bytes));
  }
}
