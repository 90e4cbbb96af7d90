// Protocol Buffers on the wire: by the numbers of the fields, or, where the message type is known, by their names.

import { binary, plain, utf8 } from './bytes.js';

/** A number of up to 64 bits, seven bits a byte. */
export function varint(b) {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = b.unsigned(1);
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return BigInt.asUintN(64, value);
  }
  throw new Error(`a number is longer than ten bytes, at byte ${b.at - 10}`);
}

const size = b => plain(varint(b));

/** Calls `read(field, wire)` for each field, until the bytes or the group end. */
export function eachField(b, read, group = 0) {
  while (!b.isAtEnd) {
    const { at } = b;
    const tag = Number(varint(b));
    const [field, wire] = [Math.floor(tag / 8), tag % 8];
    if (field === 0 || field > 0x1fffffff) throw new Error(`no field has the number ${field}, at byte ${at}`);
    if (wire === 4) {
      if (field !== group) throw new Error(`field ${field} ends without a beginning, at byte ${at}`);
      return;
    }
    if (wire > 5) throw new Error(`field ${field} has the wire type ${wire}, which does not exist, at byte ${at}`);
    b.value();
    read(field, wire);
  }
  if (group) throw new Error(`it ends too early: field ${group} is not over`);
}

/** One more value under a name: the second makes a list of them. */
function add(to, name, value) {
  if (!(name in to)) to[name] = value;
  else if (Array.isArray(to[name])) to[name].push(value);
  else to[name] = [to[name], value];
}

/** By numbers. What has a length is a message within where it reads as one, else a text, else bytes. */
export function byNumber(b, group = 0) {
  const found = Object.create(null);
  b.deeper(() => eachField(b, (field, wire) => add(found, field, unknown(b, field, wire)), group));
  return found;
}

/** The value of a field of which nothing is known. */
function unknown(b, field, wire) {
  if (wire === 0) return plain(varint(b));
  if (wire === 1) return b.number('Float64', 8, true);
  if (wire === 5) return b.number('Float32', 4, true);
  if (wire === 3) return byNumber(b, field);
  const part = b.within(size(b));
  try {
    const text = utf8(part.bytes);
    if (/^[\x20-\x7e\u00a0-\uffff\s]*$/.test(text)) return text;
  } catch { /* no text */ }
  const left = b.room.values;
  try {
    return byNumber(part);
  } catch {
    // A list that is too long is no reason to read on.
    if (b.room.values < 0) b.value();
    b.room.values = left;
    return binary(part.bytes);
  }
}

const raw = b => b.part(size(b));
const signed = value => plain(BigInt.asIntN(64, value));
const zigzag = value => plain((value >> 1n) ^ -(value & 1n));

/** Scalars: the wire type, and how each is read. */
export const SCALARS = {
  double: [1, b => b.number('Float64', 8, true)], float: [5, b => b.number('Float32', 4, true)],
  int32: [0, b => Number(BigInt.asIntN(32, varint(b)))], int64: [0, b => signed(varint(b))],
  uint32: [0, b => Number(BigInt.asUintN(32, varint(b)))], uint64: [0, b => plain(varint(b))],
  sint32: [0, b => Number(zigzag(BigInt.asUintN(32, varint(b))))], sint64: [0, b => zigzag(varint(b))],
  fixed32: [5, b => b.number('Uint32', 4, true)], fixed64: [1, b => b.number('BigUint64', 8, true)],
  sfixed32: [5, b => b.number('Int32', 4, true)], sfixed64: [1, b => b.number('BigInt64', 8, true)],
  bool: [0, b => varint(b) !== 0n],
  string: [2, b => textOrBytes(raw(b))], bytes: [2, b => binary(raw(b))],
};

function textOrBytes(bytes) {
  try {
    return utf8(bytes);
  } catch {
    return binary(bytes);
  }
}

/**
 * By names. `types` has `messages` and `enums` by full name: a message has `fields` by number, each with `name`, `type` (a
 * scalar, `enum`, `message` or `group`), `of` (the full name of an enum or a message), `isRepeated`, `isMap` and `oneof`.
 * With `isRaw` bytes stay bytes.
 */
export function byName(b, types, message, into = Object.create(null), group = 0) {
  const own = types.messages.get(message);
  if (!own) throw new Error(`there is no message ${message} in what was chosen`);
  b.deeper(() => eachField(b, (number, wire) => {
    const field = own.fields.get(number);
    const scalar = field && (field.type === 'enum' ? SCALARS.int32 : SCALARS[field.type]);
    // Bytes of another type than the description says are shown as they are.
    if (!field || !(wire === (scalar?.[0] ?? (field.type === 'group' ? 3 : 2)) || (scalar && wire === 2 && field.isRepeated))) {
      add(into, `${number}`, unknown(b, number, wire));
      return;
    }
    if (field.isMap) entry(b.within(size(b)), types, field, into);
    else if (scalar) scalars(b, types, own, field, wire, scalar, into);
    else put(into, own, field, read(b, types, field, field.isRepeated ? undefined : into[field.name], number));
  }, group));
  return into;
}

function read(b, types, field, before, number) {
  const into = before !== null && typeof before === 'object' ? before : undefined;
  return field.type === 'group' ? byName(b, types, field.of, into, number) : byName(b.within(size(b)), types, field.of, into);
}

function scalars(b, types, message, field, wire, [own, scalar], into) {
  const named = value => (field.type === 'enum' ? types.enums.get(field.of)?.get(value) ?? value : value);
  const one = field.type === 'bytes' && types.isRaw ? raw : scalar;
  if (wire === own) {
    put(into, message, field, named(one(b)));
    return;
  }
  const packed = b.within(size(b));
  while (!packed.isAtEnd) {
    b.value();
    put(into, message, field, named(one(packed)));
  }
}

function put(into, message, field, value) {
  if (field.isRepeated) {
    (into[field.name] ??= []).push(value);
    return;
  }
  // Of a oneof the last one counts.
  if (field.oneof !== undefined) for (const other of message.fields.values()) if (other.oneof === field.oneof && other !== field) delete into[other.name];
  into[field.name] = value;
}

/** A pair of a map: a message with the fields 1 and 2. */
function entry(b, types, field, into) {
  const pair = byName(b, types, field.of);
  const fields = types.messages.get(field.of).fields;
  const standing = one => one?.name !== undefined && one.name in pair ? pair[one.name] : empty(types, one);
  (into[field.name] ??= Object.create(null))[String(standing(fields.get(1)))] = standing(fields.get(2));
}

/** What a field of a map says that is left out. */
function empty(types, field) {
  if (!field || field.type === 'message') return Object.create(null);
  if (field.type === 'string' || field.type === 'bytes') return '';
  if (field.type === 'bool') return false;
  return field.type === 'enum' ? types.enums.get(field.of)?.get(0) ?? 0 : 0;
}
