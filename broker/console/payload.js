// Payloads, read in the ways that devices write them: JSON, text, hex, Base64, CBOR, MessagePack, Protobuf without its description.

import { hex2 } from './dom.js';
import { shown } from './packet.js';

const MOST_BYTES = 200_000;
const MOST_DEPTH = 64;

/** Reads numbers and parts of bytes, and ends with an error where they end too early. */
class Bytes {
  constructor(bytes) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.bytes = bytes;
    this.at = 0;
  }

  get isAtEnd() { return this.at >= this.bytes.length; }
  part(length) {
    if (length > this.bytes.length - this.at) throw new Error(`it ends too early, at byte ${this.bytes.length}`);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  number(kind, length) {
    const { at } = this;
    this.part(length);
    const value = this.view[`get${kind}`](at);
    return typeof value === 'bigint' && value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER ? Number(value) : value;
  }

  unsigned(length) { return this.number({ 1: 'Uint8', 2: 'Uint16', 4: 'Uint32', 8: 'BigUint64' }[length], length); }
  signed(length) { return this.number({ 1: 'Int8', 2: 'Int16', 4: 'Int32', 8: 'BigInt64' }[length], length); }
  text(length) { return new TextDecoder('utf-8', { fatal: true }).decode(this.part(length)); }
  many(count, read) {
    if (count > this.bytes.length) throw new Error(`${count} elements in ${this.bytes.length} bytes`);
    return Array.from({ length: count }, read);
  }
}

const binary = bytes => `0x${Array.from(bytes.subarray(0, 64), hex2).join('')}${bytes.length > 64 ? '…' : ''}`;
const members = pairs => Object.fromEntries(pairs.map(([key, value]) => [typeof key === 'object' ? JSON.stringify(key) : String(key), value]));

/** A float of 16 bits. */
function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * 2 ** -24 * fraction;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * 2 ** (exponent - 25) * (1024 + fraction);
}

/** CBOR (RFC 8949). */
function cbor(b, depth = 0) {
  if (depth > MOST_DEPTH) throw new Error('it is nested too deep');
  const first = b.unsigned(1);
  const [major, more] = [first >> 5, first & 31];
  const next = () => cbor(b, depth + 1);
  const isOpen = more === 31;
  if (major === 7) {
    if (more === 25) return half(b.unsigned(2));
    if (more === 26) return b.number('Float32', 4);
    if (more === 27) return b.number('Float64', 8);
    if (isOpen) throw new Error('an end without a beginning');
    const simple = more === 24 ? b.unsigned(1) : more;
    return simple === 20 ? false : simple === 21 ? true : simple === 22 || simple === 23 ? null : `simple(${simple})`;
  }
  if (more > 27 && !isOpen) throw new Error(`byte 0x${hex2(first)} begins nothing`);
  const length = isOpen ? null : more < 24 ? more : b.unsigned(2 ** (more - 24));
  const untilEnd = read => {
    const found = [];
    while (b.bytes[b.at] !== 0xff) found.push(read());
    b.part(1);
    return found;
  };
  if (major === 0) return length;
  if (major === 1) return typeof length === 'bigint' ? -1n - length : -1 - length;
  if (major === 2) return isOpen ? untilEnd(next).join('') : binary(b.part(Number(length)));
  if (major === 3) return isOpen ? untilEnd(next).join('') : b.text(Number(length));
  if (major === 4) return isOpen ? untilEnd(next) : b.many(Number(length), next);
  if (major === 5) return members(isOpen ? untilEnd(() => [next(), next()]) : b.many(Number(length), () => [next(), next()]));
  // A tag: what it says of the value is left to the reader.
  return { [`tag ${length}`]: next() };
}

/** MessagePack. */
function messagePack(b, depth = 0) {
  if (depth > MOST_DEPTH) throw new Error('it is nested too deep');
  const first = b.unsigned(1);
  const next = () => messagePack(b, depth + 1);
  const map = count => members(b.many(count, () => [next(), next()]));
  const extension = length => ({ [`extension ${b.signed(1)}`]: binary(b.part(length)) });
  if (first < 0x80) return first;
  if (first < 0x90) return map(first & 15);
  if (first < 0xa0) return b.many(first & 15, next);
  if (first < 0xc0) return b.text(first & 31);
  if (first >= 0xe0) return first - 256;
  switch (first) {
    case 0xc0: return null;
    case 0xc2: return false;
    case 0xc3: return true;
    case 0xc4: case 0xc5: case 0xc6: return binary(b.part(b.unsigned(2 ** (first - 0xc4))));
    case 0xc7: case 0xc8: case 0xc9: return extension(b.unsigned(2 ** (first - 0xc7)));
    case 0xca: return b.number('Float32', 4);
    case 0xcb: return b.number('Float64', 8);
    case 0xcc: case 0xcd: case 0xce: case 0xcf: return b.unsigned(2 ** (first - 0xcc));
    case 0xd0: case 0xd1: case 0xd2: case 0xd3: return b.signed(2 ** (first - 0xd0));
    case 0xd4: case 0xd5: case 0xd6: case 0xd7: case 0xd8: return extension(2 ** (first - 0xd4));
    case 0xd9: case 0xda: case 0xdb: return b.text(b.unsigned(2 ** (first - 0xd9)));
    case 0xdc: case 0xdd: return b.many(b.unsigned(2 ** (first - 0xdb)), next);
    case 0xde: case 0xdf: return map(b.unsigned(2 ** (first - 0xdd)));
    default: throw new Error(`byte 0x${hex2(first)} begins nothing`);
  }
}

function varint(b) {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = b.unsigned(1);
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
  }
  throw new Error('a number is longer than ten bytes');
}

/** Protobuf: fields by number. What has a length is a message within where it reads as one, else a text, else bytes. */
function protobuf(b, depth = 0) {
  if (depth > MOST_DEPTH) throw new Error('it is nested too deep');
  const found = {};
  while (!b.isAtEnd) {
    const tag = Number(varint(b));
    const [field, wire] = [Math.floor(tag / 8), tag & 7];
    if (field === 0) throw new Error('a field has the number 0');
    let value;
    if (wire === 0) value = varint(b);
    else if (wire === 1) { const bytes = b.part(8); value = new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true); }
    else if (wire === 5) { const bytes = b.part(4); value = new DataView(bytes.buffer, bytes.byteOffset).getFloat32(0, true); }
    else if (wire === 2) value = within(b.part(Number(varint(b))), depth);
    else throw new Error(`field ${field} has the wire type ${wire}`);
    found[field] = field in found ? [].concat(found[field], [value]) : value;
  }
  return found;
}

function within(bytes, depth) {
  const text = shown(bytes);
  const isText = !/^(?:[0-9a-f]{2} )*[0-9a-f]{2}(?: …)?$/.test(text) || bytes.length === 0;
  if (isText && /^[\x20-\x7e\u00a0-\uffff\s]*$/.test(text)) return text;
  try {
    return protobuf(new Bytes(bytes), depth + 1);
  } catch {
    return binary(bytes);
  }
}

function whole(read) {
  return body => {
    const bytes = new Bytes(body);
    const value = read(bytes);
    if (!bytes.isAtEnd) throw new Error(`${body.length - bytes.at} bytes are left over`);
    return JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? `${one}` : one), 2);
  };
}

const base64 = body => {
  let text = '';
  for (let i = 0; i < body.length; i += 8192) text += String.fromCharCode(...body.subarray(i, i + 8192));
  return btoa(text);
};

/** Every way to read a payload; each gives a text, or throws. */
export const FORMS = {
  JSON: body => JSON.stringify(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)), null, 2),
  text: body => new TextDecoder().decode(body),
  hex: body => Array.from(body, hex2).join(' '),
  Base64: base64,
  CBOR: whole(cbor),
  MessagePack: whole(messagePack),
  Protobuf: whole(protobuf),
};

/** Reads a payload so. */
export function read(body, form) {
  try {
    return FORMS[form](body.subarray(0, MOST_BYTES));
  } catch (error) {
    return `It is no ${form}: ${error.message}`;
  }
}

/** The form that fits at first sight. */
export function guess(body) {
  const text = shown(body.subarray(0, MOST_BYTES), 0);
  if (/^\s*[[{]/.test(text)) {
    try {
      JSON.parse(text);
      return 'JSON';
    } catch { /* no JSON */ }
  }
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(body);
    if (!/[\u0000-\u0008\u000e-\u001f]/.test(text)) return 'text';
  } catch { /* no text */ }
  // A map or a list at the beginning, all of which reads well, is hardly chance.
  for (const [form, isStart] of [['CBOR', first => first >= 0x80 && first <= 0xbf], ['MessagePack', first => (first >= 0x80 && first <= 0x9f) || (first >= 0xdc && first <= 0xdf)]]) {
    if (!isStart(body[0])) continue;
    try {
      FORMS[form](body);
      return form;
    } catch { /* not this one */ }
  }
  return 'hex';
}
