// Sparkplug B: metrics with their names and types. A metric that has only an alias gets the name that a birth gave it.

import { Bytes, binary, plain } from './bytes.js';
import { readSource } from './proto.js';
import { byName } from './protobuf.js';
import { typesOf } from './types.js';

const VALUES = 'uint32 int_value = 3; uint64 long_value = 4; float float_value = 5; double double_value = 6; bool boolean_value = 7; string string_value = 8;';
const earlier = VALUES.replace(/= (\d)/g, (_, n) => `= ${n - 2}`);
/** The payload of Sparkplug B, by the numbers of its specification (chapter 6.4). */
const SOURCE = `
message Payload { uint64 timestamp = 1; repeated Metric metrics = 2; uint64 seq = 3; string uuid = 4; bytes body = 5; }
message Metric { string name = 1; uint64 alias = 2; uint64 timestamp = 3; uint32 datatype = 4; bool is_historical = 5; bool is_transient = 6;
  bool is_null = 7; MetaData metadata = 8; PropertySet properties = 9; uint32 int_value = 10; uint64 long_value = 11; float float_value = 12;
  double double_value = 13; bool boolean_value = 14; string string_value = 15; bytes bytes_value = 16; DataSet dataset_value = 17; Template template_value = 18; }
message MetaData { bool is_multi_part = 1; string content_type = 2; uint64 size = 3; uint64 seq = 4; string file_name = 5; string file_type = 6; string md5 = 7; string description = 8; }
message PropertySet { repeated string keys = 1; repeated PropertyValue values = 2; }
message PropertySetList { repeated PropertySet propertyset = 1; }
message PropertyValue { uint32 type = 1; bool is_null = 2; ${VALUES} PropertySet propertyset_value = 9; PropertySetList propertysets_value = 10; }
message DataSet { uint64 num_of_columns = 1; repeated string columns = 2; repeated uint32 types = 3; repeated Row rows = 4; }
message Row { repeated DataSetValue elements = 1; }
message DataSetValue { ${earlier} }
message Template { string version = 1; repeated Metric metrics = 2; repeated Parameter parameters = 3; string template_ref = 4; bool is_definition = 5; }
message Parameter { string name = 1; uint32 type = 2; ${VALUES} }`;

const DATATYPES = ['Unknown', 'Int8', 'Int16', 'Int32', 'Int64', 'UInt8', 'UInt16', 'UInt32', 'UInt64', 'Float', 'Double', 'Boolean', 'String', 'DateTime', 'Text', 'UUID', 'DataSet', 'Bytes', 'File', 'Template', 'PropertySet', 'PropertySetList',
  'Int8Array', 'Int16Array', 'Int32Array', 'Int64Array', 'UInt8Array', 'UInt16Array', 'UInt32Array', 'UInt64Array', 'FloatArray', 'DoubleArray', 'BooleanArray', 'StringArray', 'DateTimeArray'];
const MESSAGES = new Set(['NBIRTH', 'NDATA', 'NDEATH', 'NCMD', 'DBIRTH', 'DDATA', 'DDEATH', 'DCMD']);
const KEPT = { nodes: 500, aliases: 50_000 };

let types;
const payload = body => {
  types ??= { ...typesOf([readSource(SOURCE, 'Sparkplug B')]), isRaw: true };
  return byName(new Bytes(body), types, 'Payload');
};

/** What a topic of Sparkplug B says; nothing of another topic. */
export function sparkplugTopic(topic) {
  const [space, group, type, node, device, ...more] = (topic ?? '').split('/');
  if (space !== 'spBv1.0' || !MESSAGES.has(type) || !node || more.length) return null;
  return { type, node: `${group}/${node}`, device };
}

/** The aliases of births that have been seen, by edge node. */
export class Births {
  constructor() { this.clear(); }

  clear() {
    this.byNode = new Map();
    this.size = 0;
  }

  /** A message has come; a birth says which alias stands for which metric. The birth of a node begins anew. */
  message(topic, body) {
    const of = sparkplugTopic(topic);
    if (!of?.type.endsWith('BIRTH')) return;
    let metrics;
    try {
      ({ metrics = [] } = payload(body()));
    } catch {
      return;
    }
    if (of.type === 'NBIRTH') this.forget(of.node);
    const own = this.byNode.get(of.node) ?? new Map();
    this.byNode.set(of.node, own);
    for (const { name, alias, datatype } of metrics) {
      if (!name || alias === undefined || this.size >= KEPT.aliases) continue;
      if (!own.has(alias)) this.size++;
      own.set(alias, { name, datatype, device: of.device });
    }
    // The node that was born first gives way.
    if (this.byNode.size > KEPT.nodes) this.forget(this.byNode.keys().next().value);
  }

  forget(node) {
    this.size -= this.byNode.get(node)?.size ?? 0;
    this.byNode.delete(node);
  }

  find(topic, alias) { return this.byNode.get(sparkplugTopic(topic)?.node)?.get(alias); }
}

const time = ms => {
  const date = new Date(Number(ms));
  return Number.isNaN(date.getTime()) ? ms : date.toISOString();
};

/** The numbers of an array, which lie one behind the other. */
function numbers(bytes, kind, size) {
  const b = new Bytes(bytes);
  const found = [];
  while (!b.isAtEnd) found.push(b.number(kind, size, true));
  return found;
}

function bits(bytes) {
  const count = new Bytes(bytes).number('Uint32', 4, true);
  if (count > (bytes.length - 4) * 8) throw new Error(`${count} bits should be in ${bytes.length - 4} bytes`);
  return Array.from({ length: count }, (_, i) => (bytes[4 + (i >> 3)] & (0x80 >> (i & 7))) !== 0);
}

const ARRAYS = {
  Int8Array: b => numbers(b, 'Int8', 1), Int16Array: b => numbers(b, 'Int16', 2), Int32Array: b => numbers(b, 'Int32', 4), Int64Array: b => numbers(b, 'BigInt64', 8),
  UInt8Array: b => numbers(b, 'Uint8', 1), UInt16Array: b => numbers(b, 'Uint16', 2), UInt32Array: b => numbers(b, 'Uint32', 4), UInt64Array: b => numbers(b, 'BigUint64', 8),
  FloatArray: b => numbers(b, 'Float32', 4), DoubleArray: b => numbers(b, 'Float64', 8), DateTimeArray: b => numbers(b, 'BigUint64', 8).map(time),
  BooleanArray: bits, StringArray: b => new TextDecoder().decode(b).split('\0').slice(0, -1),
};

const SIGNED = { Int8: 8, Int16: 16, Int32: 32, Int64: 64 };

/** The value of a metric, a property, a parameter or an element of a data set, after its datatype. */
function valueOf(one, type) {
  if (one.is_null) return null;
  const name = DATATYPES[type];
  const [key] = Object.keys(one).filter(key => /^\w+_value$/.test(key));
  const found = one[key];
  if (SIGNED[name] && (key === 'int_value' || key === 'long_value')) {
    // Some write a small negative number with 32 bits, others with as many as it has.
    const value = BigInt(found);
    return plain(BigInt.asIntN(SIGNED[name], value));
  }
  if (name === 'DateTime' && (key === 'long_value' || key === 'int_value')) return time(found);
  if (key === 'bytes_value') return bytesOf(found, name);
  if (key === 'dataset_value') return dataSet(found);
  if (key === 'template_value') return template(found);
  if (key === 'propertyset_value') return properties(found);
  if (key === 'propertysets_value') return (found.propertyset ?? []).map(properties);
  return found ?? null;
}

function bytesOf(bytes, name) {
  try {
    return Object.hasOwn(ARRAYS, name ?? '') ? ARRAYS[name](bytes) : binary(bytes);
  } catch {
    return binary(bytes);
  }
}

const typeName = type => (type === undefined ? undefined : DATATYPES[type] ?? `datatype ${type}`);

function properties({ keys = [], values = [] }) {
  const found = Object.create(null);
  keys.forEach((key, i) => { found[key] = values[i] ? valueOf(values[i], values[i].type) : null; });
  return found;
}

function dataSet({ columns = [], types: kinds = [], rows = [] }) {
  return { columns: columns.map((name, i) => `${name} (${typeName(kinds[i]) ?? 'Unknown'})`), rows: rows.map(({ elements = [] }) => elements.map((one, i) => valueOf(one, kinds[i]))) };
}

function template({ version, metrics, parameters, template_ref: of, is_definition: isDefinition }) {
  return {
    version, template_ref: of, is_definition: isDefinition, metrics: metrics?.map(one => metric(one)),
    parameters: parameters?.map(one => ({ name: one.name, datatype: typeName(one.type), value: valueOf(one, one.type) })),
  };
}

function metric(one, born) {
  const type = one.datatype ?? born?.datatype;
  const { alias } = one;
  return {
    name: one.name ?? born?.name ?? (alias === undefined ? undefined : `alias ${alias}, of which no birth was seen`), alias, datatype: typeName(type), value: valueOf(one, type),
    timestamp: one.timestamp === undefined ? undefined : time(one.timestamp), is_historical: one.is_historical, is_transient: one.is_transient,
    metadata: one.metadata, properties: one.properties && properties(one.properties),
  };
}

/** A payload of Sparkplug B as it is read; `births` may know its aliases. */
export function sparkplug(body, topic, births) {
  const { timestamp, seq, metrics = [], uuid, body: rest, ...strange } = payload(body);
  return {
    timestamp: timestamp === undefined ? undefined : time(timestamp), seq, uuid, metrics: metrics.map(one => metric(one, one.alias === undefined ? undefined : births?.find(topic, one.alias))),
    body: rest && binary(rest), ...strange,
  };
}
