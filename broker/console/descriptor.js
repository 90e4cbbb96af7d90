// A FileDescriptorSet, as `protoc --descriptor_set_out` writes it: the same that a .proto source says, in Protobuf itself.
// The numbers are those of google/protobuf/descriptor.proto.

import { Bytes, utf8 } from './bytes.js';
import { eachField, varint } from './protobuf.js';

const TYPES = [null, 'double', 'float', 'int64', 'uint64', 'int32', 'fixed64', 'fixed32', 'bool', 'string', 'group', 'message', 'bytes', 'uint32', 'enum', 'sfixed32', 'sfixed64', 'sint32', 'sint64'];
const REPEATED = 3;

const text = b => utf8(b.part(Number(varint(b))));
const number = b => Number(BigInt.asIntN(64, varint(b)));
const one = read => (b, to, name) => { to[name] = read(b); };
const each = read => (b, to, name) => { (to[name] ??= []).push(read(b)); };

/** Reads a message of these fields: number → its name, how it is read, its wire type. Others are passed over. */
function message(fields) {
  return b => {
    const own = b.within(Number(varint(b)));
    const to = {};
    own.deeper(() => eachField(own, (field, wire) => {
      const [name, read, wanted] = fields[field] ?? [];
      if (name && wire === wanted) read(own, to, name);
      else skip(own, field, wire);
    }));
    return to;
  };
}

function skip(b, field, wire) {
  if (wire === 0) varint(b);
  else if (wire === 1) b.part(8);
  else if (wire === 5) b.part(4);
  else if (wire === 2) b.part(Number(varint(b)));
  else b.deeper(() => eachField(b, (inner, its) => skip(b, inner, its), field));
}

const value = message({ 1: ['name', one(text), 2], 2: ['number', one(number), 0] });
const enumeration = message({ 1: ['name', one(text), 2], 2: ['values', each(value), 2] });
const field = message({ 1: ['name', one(text), 2], 3: ['number', one(number), 0], 4: ['label', one(number), 0], 5: ['type', one(number), 0], 6: ['typeName', one(text), 2], 9: ['oneof', one(number), 0] });
const options = message({ 7: ['isMap', one(b => varint(b) !== 0n), 0] });
const FIELDS = { 1: ['name', one(text), 2], 2: ['fields', each(field), 2], 4: ['enums', each(enumeration), 2], 7: ['options', one(options), 2] };
const type = message(FIELDS);
FIELDS[3] = ['messages', each(type), 2];
const file = message({ 1: ['name', one(text), 2], 2: ['package', one(text), 2], 4: ['messages', each(type), 2], 5: ['enums', each(enumeration), 2] });

function toField({ name, number: its, label, type: kind, typeName, oneof }, where) {
  if (!name || !its) throw new Error(`a field of ${where} has no name or no number`);
  const known = TYPES[kind];
  if (!known) throw new Error(`${where}.${name} has the type ${kind}, which does not exist`);
  if (['group', 'message', 'enum'].includes(known) && !typeName) throw new Error(`${where}.${name} does not say which ${known} it is`);
  return { name, number: its, type: known, typeName, isRepeated: label === REPEATED, oneof };
}

const toEnum = ({ name, values = [] }) => ({ name, values: values.map(one => [one.number ?? 0, one.name ?? '']) });

function toMessage({ name, fields = [], messages = [], enums = [], options: said }) {
  if (!name) throw new Error('a message has no name');
  return { name, isMap: said?.isMap === true, fields: fields.map(one => toField(one, name)), messages: messages.map(toMessage), enums: enums.map(toEnum) };
}

/** The files of a FileDescriptorSet, for `typesOf`. */
export function readDescriptor(bytes) {
  const b = new Bytes(bytes, { values: 500_000, depth: 64 });
  const found = [];
  eachField(b, (number, wire) => {
    if (number === 1 && wire === 2) found.push(file(b));
    else skip(b, number, wire);
  });
  if (!found.some(one => one.name !== undefined && (one.messages || one.enums))) throw new Error('no file with messages is in it: a FileDescriptorSet is what `protoc --include_imports --descriptor_set_out=all.pb` writes');
  return found.map(({ name = '', package: its = '', messages = [], enums = [] }) => ({ name, package: its, messages: messages.map(toMessage), enums: enums.map(toEnum) }));
}
