// MessagePack, after its specification on msgpack.org.

import { hex2 } from './dom.js';
import { binary, members } from './bytes.js';

/** The type of extension that is a time. */
const TIME = -1;

function extension(b, length) {
  const type = b.signed(1);
  const bytes = b.within(length);
  if (type === TIME) return { time: time(bytes) };
  return { [`extension ${type}`]: binary(bytes.bytes) };
}

/** Seconds, and nanoseconds where there are any. */
function time(b) {
  const { length } = b.bytes;
  let [secs, nanos] = [0, 0];
  if (length === 4) secs = b.unsigned(4);
  else if (length === 8) {
    const both = b.view.getBigUint64(0);
    [secs, nanos] = [Number(both & 0x3ffffffffn), Number(both >> 34n)];
  } else if (length === 12) [nanos, secs] = [b.unsigned(4), Number(b.signed(8))];
  else return binary(b.bytes);
  const date = new Date(secs * 1000);
  if (Number.isNaN(date.getTime()) || nanos > 999_999_999) return binary(b.bytes);
  return nanos ? date.toISOString().replace(/\.\d+Z$/, `.${String(nanos).padStart(9, '0')}Z`) : date.toISOString();
}

export function messagePack(b) {
  return b.deeper(() => {
    b.value();
    const first = b.unsigned(1);
    const next = () => messagePack(b);
    const map = count => members(b.many(count, () => [next(), next()]));
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
      case 0xc7: case 0xc8: case 0xc9: return extension(b, b.unsigned(2 ** (first - 0xc7)));
      case 0xca: return b.number('Float32', 4);
      case 0xcb: return b.number('Float64', 8);
      case 0xcc: case 0xcd: case 0xce: case 0xcf: return b.unsigned(2 ** (first - 0xcc));
      case 0xd0: case 0xd1: case 0xd2: case 0xd3: return b.signed(2 ** (first - 0xd0));
      case 0xd4: case 0xd5: case 0xd6: case 0xd7: case 0xd8: return extension(b, 2 ** (first - 0xd4));
      case 0xd9: case 0xda: case 0xdb: return b.text(b.unsigned(2 ** (first - 0xd9)));
      case 0xdc: case 0xdd: return b.many(b.unsigned(2 ** (first - 0xdb)), next);
      case 0xde: case 0xdf: return map(b.unsigned(2 ** (first - 0xdd)));
      default: throw new Error(`byte 0x${hex2(first)} begins nothing, at byte ${b.at - 1}`);
    }
  });
}
