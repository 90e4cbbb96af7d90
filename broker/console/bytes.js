// Reading bytes that a peer chose: within bounds, and with an error where they end too early.

import { hex2 } from './dom.js';

/** Values may lie so deep in each other, and there may be so many of them. */
const MOST_DEPTH = 64;
const MOST_VALUES = 50_000;

/** Reads numbers and parts of bytes. A part of a part counts against the same bounds. */
export class Bytes {
  constructor(bytes, room = { values: MOST_VALUES, depth: MOST_DEPTH }) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.bytes = bytes;
    this.at = 0;
    this.room = room;
  }

  get isAtEnd() { return this.at >= this.bytes.length; }
  get left() { return this.bytes.length - this.at; }

  part(length) {
    if (length > this.left) throw new Error(`it ends too early: ${length} bytes should follow at byte ${this.at}, ${this.left} do`);
    this.at += Number(length);
    return this.bytes.subarray(this.at - Number(length), this.at);
  }

  /** The next bytes, to be read by themselves. */
  within(length) { return new Bytes(this.part(length), this.room); }

  /** Reads what lies within the value that is being read. */
  deeper(read) {
    if (this.room.depth === 0) throw new Error(`it lies more than ${MOST_DEPTH} deep`);
    this.room.depth--;
    try {
      return read();
    } finally {
      this.room.depth++;
    }
  }

  /** Counts a value. */
  value() {
    if (this.room.values-- <= 0) throw new Error(`it has more than ${MOST_VALUES.toLocaleString('en')} values`);
  }

  number(kind, length, isLittle = false) {
    const { at } = this;
    this.part(length);
    return plain(this.view[`get${kind}`](at, isLittle));
  }

  unsigned(length) { return this.number({ 1: 'Uint8', 2: 'Uint16', 4: 'Uint32', 8: 'BigUint64' }[length], length); }
  signed(length) { return this.number({ 1: 'Int8', 2: 'Int16', 4: 'Int32', 8: 'BigInt64' }[length], length); }
  text(length) { return utf8(this.part(length)); }

  many(count, read) {
    if (count > this.left) throw new Error(`${count} values should follow at byte ${this.at}, in ${this.left} bytes`);
    const found = [];
    for (let i = 0; i < count; i++) found.push(read());
    return found;
  }
}

/** A number as it is shown; one that JavaScript would round stays whole. */
export const plain = value => (typeof value === 'bigint' && value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER ? Number(value) : value);

/** Bytes as the text that they are, or an error. */
export const utf8 = bytes => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);

const SHOWN = 64;
/** Bytes that are no text. */
export const binary = bytes => `0x${Array.from(bytes.subarray(0, SHOWN), hex2).join('')}${bytes.length > SHOWN ? `… (${bytes.length} bytes)` : ''}`;

/** Keys and values as an object that has all of them: a key that comes again gets a number. */
export function members(pairs) {
  const found = Object.create(null);
  const times = new Map();
  for (const [key, value] of pairs) {
    const name = key !== null && typeof key === 'object' ? JSON.stringify(key, big) : String(key);
    const nth = (times.get(name) ?? 0) + 1;
    times.set(name, nth);
    found[nth === 1 ? name : `${name} (${nth})`] = value;
  }
  return found;
}

/** For `JSON.stringify`: numbers that JSON has not. */
export const big = (_, value) => (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value)) ? String(value) : value);
