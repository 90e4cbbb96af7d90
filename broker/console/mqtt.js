// A client of MQTT 5.0, as small as the page needs it: it publishes and subscribes at all three QoS.

import { REASONS } from './reasons.js';
import { block, text, two, varint } from './properties.js';
import { socket } from './road.js';

const TYPE = { CONNACK: 2, PUBLISH: 3, PUBACK: 4, PUBREC: 5, PUBREL: 6, PUBCOMP: 7, SUBACK: 9, UNSUBACK: 11, DISCONNECT: 14 };
const KEEP_ALIVE_SECS = 30;
/** The state of a socket that can send. */
const OPEN = 1;
const MOST_BYTES = 8 * 1024 * 1024;
const decoder = new TextDecoder();

const said = code => REASONS[code] ?? `reason code 0x${code.toString(16)}`;

function packet(first, head, payload = new Uint8Array()) {
  const begin = [first, ...varint(head.length + payload.length), ...head];
  const bytes = new Uint8Array(begin.length + payload.length);
  bytes.set(begin);
  bytes.set(payload, begin.length);
  return bytes;
}

export class Client {
  /** `on` hears `message({topic, payload, qos, retain})` and `closed(why)`. */
  constructor(name, on) {
    Object.assign(this, { name, on, waiting: new Map(), received: new Set(), rest: new Uint8Array(), id: 0 });
  }

  get isOpen() { return this.isIn === true; }

  /** Connects; a promise that is kept once CONNACK is there. */
  open() {
    this.opening ??= new Promise((done, failed) => {
      this.socket = socket(this.name);
      this.socket.binaryType = 'arraybuffer';
      this.entered = done;
      this.refused = failed;
      this.socket.onopen = () => this.send(packet(0x10, [...text('MQTT'), 5, 2, ...two(KEEP_ALIVE_SECS), 0, ...text(this.name)]));
      this.socket.onmessage = event => this.take(new Uint8Array(event.data));
      this.socket.onerror = () => failed(new Error('this port takes no MQTT over WebSocket'));
      this.socket.onclose = () => this.end('the connection is closed');
    });
    return this.opening;
  }

  send(bytes) { if (this.socket.readyState === OPEN) this.socket.send(bytes); }

  end(why) {
    clearInterval(this.pings);
    const wasIn = this.isIn;
    this.isIn = false;
    this.opening = null;
    this.refused?.(new Error(why));
    for (const { failed } of this.waiting.values()) failed(new Error(why));
    this.waiting.clear();
    if (wasIn) this.on.closed(why);
  }

  close() {
    this.send(packet(0xe0, []));
    this.socket?.close();
  }

  take(more) {
    const bytes = new Uint8Array(this.rest.length + more.length);
    bytes.set(this.rest);
    bytes.set(more, this.rest.length);
    let at = 0;
    for (;;) {
      let length = 0;
      let size = 1;
      for (let times = 1; ; times *= 128) {
        if (at + size >= bytes.length || size > 4) { this.rest = bytes.slice(at); return; }
        const byte = bytes[at + size++];
        length += (byte & 127) * times;
        if (byte < 128) break;
      }
      if (length > MOST_BYTES) { this.socket.close(); return; }
      if (at + size + length > bytes.length) { this.rest = bytes.slice(at); return; }
      this.packet(bytes[at], bytes.subarray(at + size, at + size + length));
      at += size + length;
    }
  }

  packet(first, body) {
    const type = first >> 4;
    const id = (body[0] << 8) | body[1];
    const code = body.length > 2 ? body[2] : 0;
    if (type === TYPE.CONNACK) this.connected(body[1]);
    else if (type === TYPE.PUBLISH) this.published(first, body);
    else if (type === TYPE.PUBREC && code < 0x80) this.send(packet(0x62, two(id)));
    else if (type === TYPE.PUBREL) { this.received.delete(id); this.send(packet(0x70, two(id))); }
    else if (type === TYPE.SUBACK || type === TYPE.UNSUBACK) this.answered(id, body.at(-1));
    else if (type === TYPE.PUBACK || type === TYPE.PUBREC || type === TYPE.PUBCOMP) this.answered(id, code);
    else if (type === TYPE.DISCONNECT) this.end(`the broker ended it: ${said(body[0] ?? 0)}`);
  }

  connected(code) {
    if (code !== 0) { this.refused(new Error(`the broker did not let the page in: ${said(code)}`)); return; }
    this.isIn = true;
    this.pings = setInterval(() => this.send(packet(0xc0, [])), KEEP_ALIVE_SECS * 800);
    this.entered();
  }

  published(first, body) {
    const qos = (first >> 1) & 3;
    const length = (body[0] << 8) | body[1];
    const topic = decoder.decode(body.subarray(2, 2 + length));
    let at = 2 + length;
    const id = (body[at] << 8) | body[at + 1];
    if (qos > 0) at += 2;
    let properties = 0;
    for (let times = 1; ; times *= 128) {
      const byte = body[at++];
      properties += (byte & 127) * times;
      if (!(byte >= 128)) break;
    }
    const isKnown = qos === 2 && this.received.has(id);
    if (qos === 1) this.send(packet(0x40, two(id)));
    if (qos === 2) { this.received.add(id); this.send(packet(0x50, two(id))); }
    if (!isKnown) this.on.message({ topic, payload: body.slice(at + properties), qos, retain: (first & 1) === 1 });
  }

  answered(id, code) {
    const asked = this.waiting.get(id);
    this.waiting.delete(id);
    if (code >= 0x80) asked?.failed(new Error(`refused: ${said(code)}`));
    else asked?.done(code);
  }

  /** Sends what is answered: a promise of the reason code. */
  ask(first, head, payload) {
    do this.id = (this.id % 65535) + 1; while (this.waiting.has(this.id));
    const { id } = this;
    return new Promise((done, failed) => {
      this.waiting.set(id, { done, failed });
      this.send(packet(first, head(two(id)), payload));
    });
  }

  /** Publishes these bytes, with the properties that `block` knows. */
  async publish(topic, bytes, { qos = 0, retain = false, properties } = {}) {
    const name = text(topic, 'the topic');
    const more = block(properties);
    await this.open();
    const first = 0x30 | (qos << 1) | (retain ? 1 : 0);
    if (qos === 0) { this.send(packet(first, [...name, ...more], bytes)); return 0; }
    return this.ask(first, id => [...name, ...id, ...more], bytes);
  }

  /** Subscribes, with the Subscription Options of the standard. */
  async subscribe(filter, { qos = 2, noLocal = false, retainAsPublished = false, retainHandling = 0, identifier } = {}) {
    const name = text(filter, 'the filter');
    const more = block({ subscription_identifier: identifier });
    const options = qos | (noLocal ? 4 : 0) | (retainAsPublished ? 8 : 0) | (retainHandling << 4);
    await this.open();
    return this.ask(0x82, id => [...id, ...more, ...name, options]);
  }

  async unsubscribe(filter) {
    await this.open();
    return this.ask(0xa2, id => [...id, 0, ...text(filter)]);
  }
}
