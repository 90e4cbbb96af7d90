// A client beside the broker: it says and hears what it is told to, and comes back where its session or a message is left.

import { socket } from '../console/road.js';
import { toast } from '../console/dom.js';
import { Frames } from './frames.js';
import { DISCONNECT, PINGREQ, answer, connect, publish, subscribe, unsubscribe } from './packets.js';

const RETRY_MS = 1000;
const TYPE = { CONNACK: 2, PUBLISH: 3, PUBACK: 4, PUBREC: 5, PUBREL: 6, PUBCOMP: 7, SUBACK: 9, UNSUBACK: 11, DISCONNECT: 14 };
const NEEDS_5 = ['properties', 'session_expiry_interval', 'receive_maximum', 'maximum_packet_size', 'topic_alias_maximum', 'subscription_identifier', 'no_local', 'retain_as_published', 'retain_handling'];

/** The version that these words need. */
export const versionFor = (said, before = '3.1.1') => said.version ?? (NEEDS_5.some(name => said[name] !== undefined) ? '5.0' : before);

export class Visitor {
  /** `on` hears `changed()` and `message({topic, payload, qos, retain})`. */
  constructor(name, on) {
    Object.assign(this, { name, on, state: 'away', said: {}, version: '3.1.1', id: 0, waiting: new Map(), unacknowledged: new Map(), kept: new Map(), received: new Set(), count: 0 });
  }

  is(state) {
    this.state = state;
    this.on.changed();
  }

  connect(said = {}) {
    this.said = said;
    this.version = versionFor(said);
    return this.begin();
  }

  /** A promise that is kept once CONNACK says yes. */
  begin() {
    this.stay();
    this.frames = new Frames();
    this.isLeaving = false;
    this.is('connecting');
    return new Promise((done, failed) => {
      const line = this.socket = socket(this.name);
      Object.assign(this, { entered: done, refused: failed });
      line.binaryType = 'arraybuffer';
      line.onopen = () => line.send(connect(this.version, this.name, this.said));
      line.onmessage = ({ data }) => { for (const packet of this.frames.push(new Uint8Array(data))) if (this.socket === line) this.take(packet); };
      line.onclose = () => { if (this.socket === line) this.gone(); };
    });
  }

  /** It does not come back by itself. */
  stay() {
    clearTimeout(this.later);
    this.isComing = false;
  }

  send(bytes) { if (this.socket?.readyState === 1) this.socket.send(bytes); }

  gone() {
    clearInterval(this.pings);
    this.refused?.(new Error(`${this.name} is not let in`));
    for (const { failed } of this.waiting.values()) failed(new Error(`the connection of ${this.name} is gone`));
    this.waiting.clear();
    this.is('away');
    const isMissed = !this.isLeaving && (this.said.clean_start === false || this.unacknowledged.size > 0);
    if (!isMissed) return;
    this.isComing = true;
    this.later = setTimeout(() => this.begin().catch(() => {}), RETRY_MS);
  }

  take(packet) {
    let at = 1;
    while (packet[at++] > 127);
    const body = packet.subarray(at);
    const type = packet[0] >> 4;
    const id = (body[0] << 8) | body[1];
    if (type === TYPE.CONNACK) this.connected(body);
    else if (type === TYPE.PUBLISH) this.published(packet[0], body);
    else if (type === TYPE.PUBREC) { if (body.length > 2 && body[2] >= 0x80) this.done(id); else { this.unacknowledged.set(id, null); this.send(answer(TYPE.PUBREL, id)); } }
    else if (type === TYPE.PUBREL) { this.received.delete(id); this.send(answer(TYPE.PUBCOMP, id)); }
    else if (type === TYPE.PUBACK || type === TYPE.PUBCOMP) this.done(id);
    else if (type === TYPE.SUBACK || type === TYPE.UNSUBACK) this.answered(id, body.at(-1));
    else if (type === TYPE.DISCONNECT) this.isLeaving = true;
  }

  connected(body) {
    if (body[1] !== 0) { this.isLeaving = true; this.refused(new Error(`the broker does not let ${this.name} in`)); return; }
    this.is('there');
    const isKept = (body[0] & 1) === 1;
    if (!isKept) this.received.clear();
    const secs = this.said.keep_alive ?? 60;
    if (secs) this.pings = setInterval(() => this.send(PINGREQ), secs * 1000);
    if (isKept) this.resume();
    else this.anew();
    this.entered();
  }

  /** What the broker has not acknowledged is sent once more [MQTT-4.4.0-1]. */
  resume() {
    for (const [id, message] of this.unacknowledged) this.send(message ? publish(this.version, id, message, true) : answer(TYPE.PUBREL, id));
  }

  /** The session is gone, and with it what was under way: its messages are others now [MQTT-3.2.2-5]. */
  anew() {
    const messages = [...this.unacknowledged].filter(([, message]) => message);
    // Of the others the broker has said that it has them.
    for (const [id, message] of this.unacknowledged) if (!message) this.done(id);
    if (!messages.length) return;
    toast(`The session of ${this.name} ended with its connection, so it publishes anew what was not acknowledged: whoever got it may get it twice.`);
    for (const [id, message] of messages) this.send(publish(this.version, id, message));
  }

  published(first, body) {
    const qos = (first >> 1) & 3;
    const length = (body[0] << 8) | body[1];
    const topic = new TextDecoder().decode(body.subarray(2, 2 + length));
    let at = 2 + length;
    const id = (body[at] << 8) | body[at + 1];
    if (qos) at += 2;
    if (this.version === '5.0') {
      let more = 0;
      for (let times = 1; ; times *= 128) {
        more += (body[at] & 127) * times;
        if (!(body[at++] > 127)) break;
      }
      at += more;
    }
    const isKnown = qos === 2 && this.received.has(id);
    if (qos === 2) this.received.add(id);
    if (!isKnown) {
      this.count++;
      this.on.message(this, { topic, payload: new TextDecoder().decode(body.subarray(at)), qos, retain: (first & 1) === 1 });
    }
    if (qos) this.send(answer(qos === 1 ? TYPE.PUBACK : TYPE.PUBREC, id));
  }

  done(id) {
    this.unacknowledged.delete(id);
    this.answered(id, 0);
    this.kept.get(id)?.();
    this.kept.delete(id);
  }

  answered(id, code) {
    const asked = this.waiting.get(id);
    this.waiting.delete(id);
    if (code >= 0x80) asked?.failed(new Error(`the broker refuses it: reason code 0x${code.toString(16)}`));
    else asked?.done(code);
  }

  next() {
    do this.id = (this.id % 65535) + 1; while (this.waiting.has(this.id) || this.unacknowledged.has(this.id));
    return this.id;
  }

  ask(bytes, id) {
    return new Promise((done, failed) => {
      this.waiting.set(id, { done, failed });
      this.send(bytes);
    });
  }

  subscribe(said) {
    const id = this.next();
    return this.ask(subscribe(this.version, id, said), id);
  }

  unsubscribe({ topic_filter }) {
    const id = this.next();
    return this.ask(unsubscribe(this.version, id, topic_filter), id);
  }

  /** A promise that is kept once the broker has it for good, also over a connection that comes later. */
  publish(said) {
    const message = { ...said, payload: said.payload ?? '' };
    const id = said.qos ? this.next() : 0;
    if (!said.qos) { this.send(publish(this.version, 0, message)); return Promise.resolve(); }
    this.unacknowledged.set(id, message);
    return new Promise(done => {
      this.kept.set(id, done);
      this.send(publish(this.version, id, message));
    });
  }

  disconnect() {
    this.isLeaving = true;
    this.stay();
    this.send(DISCONNECT);
    this.socket?.close();
  }

  /** It is gone without a goodbye, and does not come back. */
  vanish() {
    this.isLeaving = true;
    this.stay();
    this.socket?.line?.cut('the client vanished');
  }

  /** Its connection breaks. */
  cut() { this.socket?.line?.cut(); }
}
