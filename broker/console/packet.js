// The bytes of a packet as fields, each with its place: every byte belongs to one field, so that nothing is left unsaid.

import { bytesOf, hex2 } from './dom.js';
import { PACKETS } from './kinds.js';
import { PROPERTIES, REASONS, RETURNS } from './reasons.js';

const utf8 = new TextDecoder();
const RETAIN_HANDLING = ['retained messages now', 'retained messages, if the subscription is new', 'no retained messages'];

/** Reads along the bytes and notes a field for each step. */
class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
    this.fields = [];
  }

  get isAtEnd() { return this.at >= this.bytes.length; }
  byte(at = this.at) { return this.bytes[at] ?? 0; }
  two(at = this.at) { return (this.byte(at) << 8) | this.byte(at + 1); }
  four(at = this.at) { return ((this.two(at) << 16) | this.two(at + 2)) >>> 0; }

  field(name, value, length, part, note) {
    const end = Math.min(this.bytes.length, this.at + length);
    if (end > this.at || length === 0) this.fields.push({ name, value, from: this.at, to: end, part, note });
    this.at = end;
    return value;
  }

  varint(at = this.at) {
    let value = 0;
    let length = 0;
    for (let times = 1; length < 4; times *= 128) {
      const byte = this.byte(at + length++);
      value += (byte & 127) * times;
      if (byte < 128) break;
    }
    return [value, length];
  }

  text(name, part, note) { return this.field(name, utf8.decode(this.bytes.subarray(this.at + 2, this.at + 2 + this.two())), 2 + this.two(), part, note); }
  number(name, part, note) { return this.field(name, this.two(), 2, part, note); }
  binary(name, part, note) {
    const bytes = this.bytes.subarray(this.at + 2, this.at + 2 + this.two());
    return this.field(name, shown(bytes), 2 + this.two(), part, note ?? `${bytes.length} bytes`);
  }

  code(part, names = REASONS) {
    const code = this.byte();
    this.field('Reason Code', `0x${hex2(code)}`, 1, part, names[code] ?? 'unknown');
    return code;
  }

  properties(part = 'props', what = 'Property Length') {
    const [length, size] = this.varint();
    this.field(what, length, size, part);
    const end = Math.min(this.bytes.length, this.at + length);
    while (this.at < end) this.property(part, end);
  }

  property(part, end) {
    const id = this.byte();
    const [name, form, note] = PROPERTIES[id] ?? [`property 0x${hex2(id)}`, 'rest'];
    const at = this.at + 1;
    const put = (value, length, more) => this.field(name, value, 1 + length, part, [`0x${hex2(id)}`, more].filter(Boolean).join(', '));
    const two = this.two(at);
    if (form === 'byte') put(this.byte(at), 1, note?.(this.byte(at)));
    else if (form === 'two') put(two, 2, note?.(two));
    else if (form === 'four') put(this.four(at), 4, note?.(this.four(at)));
    else if (form === 'varint') put(...this.varint(at));
    else if (form === 'text') put(utf8.decode(this.bytes.subarray(at + 2, at + 2 + two)), 2 + two);
    else if (form === 'binary') put(shown(this.bytes.subarray(at + 2, at + 2 + two)), 2 + two, `${two} bytes`);
    else if (form === 'pair') {
      const behind = at + 2 + two;
      const length = this.two(behind);
      put(`${utf8.decode(this.bytes.subarray(at + 2, behind))} = ${utf8.decode(this.bytes.subarray(behind + 2, behind + 2 + length))}`, 4 + two + length);
    } else put('', end - at);
  }
}

/** Bytes as text where they are text, else in hex. */
export function shown(bytes, most = 64) {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!/[\u0000-\u0008\u000e-\u001f]/.test(text)) return text;
  } catch { /* no text */ }
  const hex = Array.from(bytes.subarray(0, most), hex2).join(' ');
  return bytes.length > most ? `${hex} …` : hex;
}

const flags = bits => bits.toString(2).padStart(4, '0');

const BODIES = {
  CONNECT(r) {
    r.text('Protocol Name', 'var');
    const level = r.byte();
    r.field('Protocol Version', level, 1, 'var', { 3: 'MQTT 3.1', 4: 'MQTT 3.1.1', 5: 'MQTT 5.0' }[level] ?? 'unknown');
    const bits = r.byte();
    const has = bit => (bits & bit) !== 0;
    const willQos = (bits >> 3) & 3;
    r.field('Connect Flags', `0x${hex2(bits)}`, 1, 'var', [has(2) ? (level === 5 ? 'clean start' : 'clean session') : 'keep the session', has(4) && `will, QoS ${willQos}`, has(32) && 'will retained', has(128) && 'user name', has(64) && 'password'].filter(Boolean).join(', '));
    r.number('Keep Alive', 'var', 'seconds');
    if (level === 5) r.properties();
    r.text('Client Identifier', 'payload');
    if (has(4)) {
      if (level === 5) r.properties('props', 'Will Property Length');
      r.text('Will Topic', 'payload');
      r.binary('Will Payload', 'payload');
    }
    if (has(128)) r.text('User Name', 'payload');
    if (has(64)) r.binary('Password', 'payload');
  },
  CONNACK(r, isV5) {
    r.field('Session Present', r.byte() & 1, 1, 'var', r.byte() & 1 ? 'the old session goes on' : 'a new session');
    r.code('var', isV5 ? REASONS : RETURNS);
    if (isV5 && !r.isAtEnd) r.properties();
  },
  PUBLISH(r, isV5, bits) {
    r.text('Topic Name', 'var', r.two() ? undefined : 'the alias says which');
    if (bits & 6) r.number('Packet Identifier', 'var');
    if (isV5) r.properties();
    const body = r.bytes.subarray(r.at);
    if (body.length) r.field('Payload', shown(body), body.length, 'payload', `${body.length} bytes`);
    return { body };
  },
  SUBSCRIBE(r, isV5) {
    r.number('Packet Identifier', 'var');
    if (isV5) r.properties();
    while (!r.isAtEnd) {
      r.text('Topic Filter', 'payload');
      const bits = r.byte();
      r.field('Subscription Options', `0x${hex2(bits)}`, 1, 'payload', [`QoS ${bits & 3} at most`, bits & 4 && 'not its own messages', bits & 8 && 'RETAIN as published', isV5 && RETAIN_HANDLING[(bits >> 4) & 3]].filter(Boolean).join(', '));
    }
  },
  UNSUBSCRIBE(r, isV5) {
    r.number('Packet Identifier', 'var');
    if (isV5) r.properties();
    while (!r.isAtEnd) r.text('Topic Filter', 'payload');
  },
  SUBACK(r, isV5) {
    r.number('Packet Identifier', 'var');
    if (isV5) r.properties();
    while (!r.isAtEnd) r.field('Reason Code', `0x${hex2(r.byte())}`, 1, 'payload', r.byte() === 0 ? 'granted QoS 0' : REASONS[r.byte()]);
  },
  UNSUBACK(r, isV5) {
    r.number('Packet Identifier', 'var');
    if (isV5) r.properties();
    while (!r.isAtEnd) r.code('payload');
  },
  DISCONNECT(r, isV5) {
    if (r.isAtEnd) return;
    r.code('var');
    if (isV5 && !r.isAtEnd) r.properties();
  },
};
BODIES.AUTH = BODIES.DISCONNECT;
function acknowledged(r, isV5) {
  r.number('Packet Identifier', 'var');
  if (!isV5 || r.isAtEnd) return;
  r.code('var');
  if (!r.isAtEnd) r.properties();
}
for (const name of ['PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP']) BODIES[name] = acknowledged;

/** The fields of a packet, from its bytes in Base64. */
export function decode(base64, isV5) {
  const bytes = bytesOf(base64);
  const reader = new Reader(bytes);
  const type = bytes[0] >> 4;
  const bits = bytes[0] & 15;
  const name = PACKETS[type] || 'reserved';
  const first = type === 3 ? `DUP ${bits >> 3}  QoS ${(bits >> 1) & 3}  RETAIN ${bits & 1}` : `flags ${flags(bits)}`;
  reader.field(`${name}, type ${type}`, first, 1, 'fixed');
  const [length, size] = reader.varint();
  reader.field('Remaining Length', length, size, 'fixed');
  const more = BODIES[name]?.(reader, isV5, bits);
  if (!reader.isAtEnd) reader.field('what is left', '', bytes.length - reader.at, 'payload', `${bytes.length - reader.at} bytes`);
  return { bytes, fields: reader.fields, body: more?.body };
}
