// Whole packets, cut out of what comes; and what a packet is called.

import { PACKETS } from '../console/kinds.js';

const TYPES = ['', 'CONNECT', 'CONNACK', 'PUBLISH', 'PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP', 'SUBSCRIBE', 'SUBACK', 'UNSUBSCRIBE', 'UNSUBACK', 'PINGREQ', 'PINGRESP', 'DISCONNECT', 'AUTH'];
const decoder = new TextDecoder();

/** The length of the first packet; 0 where more must come, and all of it where it is none. */
function length(bytes) {
  let rest = 0;
  for (let i = 1, times = 1; i <= 4; i++, times *= 128) {
    if (i >= bytes.length) return 0;
    rest += (bytes[i] & 127) * times;
    if (bytes[i] < 128) return bytes.length >= i + 1 + rest ? i + 1 + rest : 0;
  }
  return bytes.length;
}

export class Frames {
  constructor() { this.rest = new Uint8Array(); }

  /** The packets that are whole with these bytes. */
  push(more) {
    let bytes = new Uint8Array(this.rest.length + more.length);
    bytes.set(this.rest);
    bytes.set(more, this.rest.length);
    const packets = [];
    for (let next; bytes.length && (next = length(bytes)); bytes = bytes.subarray(next)) packets.push(bytes.slice(0, next));
    this.rest = bytes.slice();
    return packets;
  }
}

export const typeOf = bytes => TYPES[bytes[0] >> 4] || 'bytes';
export const kindOf = bytes => PACKETS.indexOf(typeOf(bytes));

/** The type of a packet, and what helps to know it again: its topic, its identifier. */
export function nameOf(bytes) {
  const type = typeOf(bytes);
  let at = 1;
  while (bytes[at++] > 127);
  const two = from => (bytes[from] << 8) | bytes[from + 1];
  if (type === 'PUBLISH') {
    const qos = (bytes[0] >> 1) & 3;
    const topic = decoder.decode(bytes.subarray(at + 2, at + 2 + two(at)));
    return [type, bytes[0] & 8 ? 'dup' : '', qos ? `QoS ${qos} #${two(at + 2 + two(at))}` : '', topic].filter(Boolean).join(' ');
  }
  return /^(PUB|SUB|UNSUB)/.test(type) ? `${type} #${two(at)}` : type;
}
