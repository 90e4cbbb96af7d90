// Message types of all files together, by full name: every name that a field has for its type is found.

import { readSource } from './proto.js';

/** What google/protobuf/*.proto have, which many files import. */
const KNOWN = `package google.protobuf;
message Any { string type_url = 1; bytes value = 2; }
message Duration { int64 seconds = 1; int32 nanos = 2; }
message Timestamp { int64 seconds = 1; int32 nanos = 2; }
message Empty {}
message FieldMask { repeated string paths = 1; }
message DoubleValue { double value = 1; } message FloatValue { float value = 1; } message BoolValue { bool value = 1; }
message Int64Value { int64 value = 1; } message UInt64Value { uint64 value = 1; } message Int32Value { int32 value = 1; }
message UInt32Value { uint32 value = 1; } message StringValue { string value = 1; } message BytesValue { bytes value = 1; }
enum NullValue { NULL_VALUE = 0; }
message Struct { map<string, Value> fields = 1; }
message ListValue { repeated Value values = 1; }
message Value { oneof kind { NullValue null_value = 1; double number_value = 2; string string_value = 3; bool bool_value = 4; Struct struct_value = 5; ListValue list_value = 6; } }`;

const join = (scope, name) => (scope ? `${scope}.${name}` : name);

/** All messages and enums of `files` by full name, with those that everybody has. */
export function typesOf(files) {
  const types = { messages: new Map(), enums: new Map() };
  const open = [];
  const enumeration = (scope, { name, values }) => types.enums.set(join(scope, name), new Map(values));
  const message = (file, scope, one) => {
    const full = join(scope, one.name);
    const own = { name: full, isMap: one.isMap, fields: new Map() };
    types.messages.set(full, own);
    for (const field of one.fields) own.fields.set(field.number, field);
    open.push([file, full, own]);
    for (const inner of one.messages) message(file, full, inner);
    for (const inner of one.enums) enumeration(full, inner);
  };
  for (const file of [readSource(KNOWN, 'google/protobuf'), ...files]) {
    for (const one of file.messages) message(file, file.package, one);
    for (const one of file.enums) enumeration(file.package, one);
  }
  for (const [file, full, own] of open) for (const [number, field] of own.fields) own.fields.set(number, resolved(types, file, full, field));
  return types;
}

function resolved(types, file, scope, field) {
  const { name, number, isRepeated, oneof } = field;
  if (field.type && !field.typeName || field.type === field.typeName) return { name, number, type: field.type, isRepeated, oneof };
  const of = search(types, scope, field.typeName);
  if (of === undefined) {
    const place = field.at === undefined ? '' : file.placeOf(field.at);
    const imports = file.imports?.filter(one => !one.startsWith('google/protobuf/')) ?? [];
    throw new Error(`${file.name}: ${place}there is no type ${field.typeName}${imports.length ? `; choose ${imports.join(', ')} as well, all at once` : ''}`);
  }
  const type = types.enums.has(of) ? 'enum' : field.type === 'group' ? 'group' : 'message';
  return { name, number, type, of, isRepeated, oneof, isMap: isRepeated && types.messages.get(of)?.isMap === true };
}

/** A name is looked for in the innermost message first, and then further out. */
function search(types, scope, name) {
  const has = full => types.messages.has(full) || types.enums.has(full);
  if (name.startsWith('.')) return has(name.slice(1)) ? name.slice(1) : undefined;
  for (let within = scope; ; within = within.slice(0, Math.max(0, within.lastIndexOf('.')))) {
    const full = join(within, name);
    if (has(full)) return full;
    if (!within) return undefined;
  }
}
