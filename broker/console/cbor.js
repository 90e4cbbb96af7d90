// CBOR (RFC 8949).

import { hex2 } from './dom.js';
import { binary, members, utf8 } from './bytes.js';

const SIMPLE = { 20: false, 21: true, 22: null, 23: null };
/** It says only that what follows is CBOR. */
const SELF_DESCRIBED = 55799;

/** A float of 16 bits. */
function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * 2 ** -24 * fraction;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * 2 ** (exponent - 25) * (1024 + fraction);
}

function simple(b, more) {
  if (more === 25) return half(b.unsigned(2));
  if (more === 26) return b.number('Float32', 4);
  if (more === 27) return b.number('Float64', 8);
  if (more === 31) throw new Error(`an end without a beginning, at byte ${b.at - 1}`);
  if (more > 27) throw new Error(`byte 0x${hex2(0xe0 | more)} begins nothing, at byte ${b.at - 1}`);
  const value = more === 24 ? b.unsigned(1) : more;
  return value in SIMPLE ? SIMPLE[value] : `simple(${value})`;
}

/** Values until the byte that ends them. */
function untilEnd(b, read) {
  const found = [];
  while (b.bytes[b.at] !== 0xff) found.push(read());
  b.part(1);
  return found;
}

/** The parts of a text or of bytes, each with a length of its own. */
function chunks(b, major) {
  return untilEnd(b, () => {
    b.value();
    const first = b.unsigned(1);
    if (first >> 5 !== major || (first & 31) > 27) throw new Error(`byte 0x${hex2(first)} is no part of it, at byte ${b.at - 1}`);
    return b.part(length(b, first & 31));
  });
}

const length = (b, more) => (more < 24 ? more : b.unsigned(2 ** (more - 24)));

function joined(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Integers of any size are bytes behind the tags 2 and 3. */
function tagged(b, tag) {
  if (tag === SELF_DESCRIBED) return cbor(b);
  const [first] = b.bytes.subarray(b.at);
  if ((tag === 2 || tag === 3) && first >= 0x40 && first <= 0x58) {
    b.part(1);
    const digits = Array.from(b.part(length(b, first & 31)), hex2).join('');
    const value = BigInt(`0x${digits || '0'}`);
    return tag === 2 ? value : -1n - value;
  }
  // What another tag says of the value is left to the reader.
  return { [`tag ${tag}`]: cbor(b) };
}

export function cbor(b) {
  return b.deeper(() => {
    b.value();
    const first = b.unsigned(1);
    const [major, more] = [first >> 5, first & 31];
    const next = () => cbor(b);
    if (major === 7) return simple(b, more);
    const isOpen = more === 31 && major >= 2 && major <= 5;
    if (more > 27 && !isOpen) throw new Error(`byte 0x${hex2(first)} begins nothing, at byte ${b.at - 1}`);
    const count = isOpen ? 0 : length(b, more);
    if (major === 0) return count;
    if (major === 1) return typeof count === 'bigint' ? -1n - count : -1 - count;
    if (major === 2) return binary(isOpen ? joined(chunks(b, major)) : b.part(count));
    if (major === 3) return isOpen ? chunks(b, major).map(utf8).join('') : b.text(count);
    if (major === 4) return isOpen ? untilEnd(b, next) : b.many(count, next);
    if (major === 5) return members(isOpen ? untilEnd(b, () => [next(), next()]) : b.many(count, () => [next(), next()]));
    return tagged(b, count);
  });
}
