// Generated values, written by the libraries that devices use and read by the console: both must mean the same.
// Arguments: the folder where the libraries are installed, the folder with the console's modules.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { random } from './random.mjs'

const [home, modules] = process.argv.slice(2)
const library = createRequire(join(home, 'node_modules/x.js'))
const module = (name) => import(pathToFileURL(join(modules, name)))
const { read, guess } = await module('payload.js')
const { readSource } = await module('proto.js')
const { readDescriptor } = await module('descriptor.js')
const { typesOf } = await module('types.js')
const { Births } = await module('sparkplug.js')

const VALUES = 400
const { pick, whole, text, value } = random(1883)
const said = (bytes, form, about) => {
  const answer = read(bytes, form, about)
  assert.ok(!answer.startsWith('It is no '), answer)
  return JSON.parse(answer)
}
/** What JSON makes of it: numbers that JavaScript would round are texts. */
const plain = (one) =>
  JSON.parse(JSON.stringify(one, (_, part) => (typeof part === 'bigint' || (typeof part === 'number' && !Number.isFinite(part)) ? String(part) : part)))

const cbor = new (library('cbor-x').Encoder)({ useRecords: false, mapsAsObjects: true, variableMapSize: true })
const messagePack = library('@msgpack/msgpack')
for (let n = 0; n < VALUES; n++) {
  const one = value(4)
  assert.deepEqual(said(cbor.encode(one), 'CBOR'), plain(one))
  const small = value(4, { isBig: false })
  assert.deepEqual(said(messagePack.encode(small), 'MessagePack'), plain(small))
}
for (const at of ['1970-01-01T00:00:00.000Z', '2026-01-02T03:04:05.678Z', '2600-01-01T00:00:00.500Z', '1950-01-01T00:00:00.000Z']) {
  const { time } = said(messagePack.encode(new Date(at)), 'MessagePack')
  assert.equal(time.replace(/0{6}Z$/, 'Z'), at)
}

// Protobuf: the same types from the source and from a FileDescriptorSet.
const SOURCE = readFileSync(new URL('reading.proto', import.meta.url), 'utf8')
const protobuf = library('protobufjs')
const root = new protobuf.Root()
for (const source of ['syntax = "proto3"; package google.protobuf; message Timestamp { int64 seconds = 1; int32 nanos = 2; }', SOURCE]) protobuf.parse(source, root, { keepCase: true })
root.resolveAll()
const Reading = root.lookupType('demo.v1.Reading')
const descriptor = readDescriptor(readFileSync(new URL('reading.pb', import.meta.url)))
const kinds = { source: typesOf([readSource(SOURCE, 'reading.proto')]), descriptor: typesOf(descriptor) }
const part = (depth) => ({ key: text(), unit: 1, ...(depth ? { inner: part(depth - 1) } : {}) })
const list = (make) => Array.from({ length: whole(0, 4) }, make)
const entries = (key, make) => Object.fromEntries(list(() => [key(), make()]))
const int64 = () => pick([0n, 1n, -1n, 2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n, BigInt(whole(-1e9, 1e9))])
const uint64 = () => pick([0n, 1n, 2n ** 53n + 1n, 2n ** 64n - 1n])
const Long = library('long')
const long = (one, unsigned) => Long.fromString(String(one), unsigned)
const MAKERS = {
  a_double: () => pick([0.5, -1.25, 1e300, whole(-9, 9)]), a_float: () => pick([0.5, -1.25, 3]), a_int32: () => whole(-(2 ** 31), 2 ** 31 - 1), a_int64: int64,
  a_uint32: () => whole(0, 2 ** 32 - 1), a_uint64: uint64, a_sint32: () => whole(-(2 ** 31), 2 ** 31 - 1), a_sint64: int64, a_fixed32: () => whole(0, 2 ** 32 - 1),
  a_fixed64: uint64, a_sfixed32: () => whole(-(2 ** 31), 2 ** 31 - 1), a_sfixed64: int64, a_bool: () => pick([true, false]), a_string: text, unit: () => pick([0, 1, -2, 77]),
  many: () => list(() => whole(-5, 2 ** 31 - 1)), texts: () => list(text), loose: () => list(int64), part: () => part(2), parts: () => list(() => part(1)),
  counts: () => entries(text, () => whole(-5, 5)), by_number: () => entries(() => whole(-5, 99), () => part(0)), units: () => list(() => pick([0, 1, -2])),
  message: () => whole(0, 9), at: () => ({ seconds: pick([1n, -1n, 2n ** 63n - 1n]), nanos: whole(1, 5) }), kinds: () => entries(text, () => pick([0, 1])),
}
const UNITS = { 0: 'UNKNOWN', 1: 'CELSIUS', '-2': 'KELVIN' }
const PARTS = { 0: 'NONE', 1: 'ONE' }
const toLong = (one, unsigned) => (typeof one === 'bigint' ? long(one, unsigned) : Array.isArray(one) ? one.map((each) => toLong(each, unsigned)) : one)
const shownPart = ({ key, unit, inner }) => ({ ...{ key }, ...{ unit: PARTS[unit] }, ...(inner ? { inner: shownPart(inner) } : {}) })
const SHOWN = {
  unit: (one) => UNITS[one] ?? one, units: (all) => all.map((one) => UNITS[one]), kinds: (all) => Object.fromEntries(Object.entries(all).map(([key, one]) => [key, UNITS[one]])),
  part: shownPart, parts: (all) => all.map(shownPart), by_number: (all) => Object.fromEntries(Object.entries(all).map(([key, one]) => [key, shownPart(one)])),
}
const number = (one) => (typeof one === 'bigint' && one <= 2n ** 53n - 1n && one >= -(2n ** 53n) + 1n ? Number(one) : one)
const deep = (one) => (Array.isArray(one) ? one.map(deep) : one && typeof one === 'object' ? Object.fromEntries(Object.entries(one).map(([key, each]) => [key, deep(each)])) : number(one))
for (let n = 0; n < VALUES; n++) {
  const own = {}
  for (const [name, make] of Object.entries(MAKERS)) if (pick([true, false])) own[name] = make()
  if (pick([true, false])) own[pick(['name', 'number'])] = 5
  if (own.name) own.name = text()
  const sent = Object.fromEntries(Object.entries(own).map(([name, one]) => [name, name === 'at' ? { ...one, seconds: long(one.seconds) } : toLong(one, name === 'a_uint64' || name === 'a_fixed64')]))
  const bytes = Reading.encode(Reading.fromObject(sent)).finish()
  const wanted = plain(deep(Object.fromEntries(Object.entries(own).map(([name, one]) => [name, SHOWN[name] ? SHOWN[name](one) : one]))))
  // Empty lists and what is there by default are nothing on the wire.
  for (const [name, one] of Object.entries(wanted)) if (name !== 'message' && (!one || one === 'UNKNOWN' || (typeof one === 'object' && Object.keys(one).length === 0))) delete wanted[name]
  for (const [kind, types] of Object.entries(kinds)) {
    const about = { topic: 'x', described: { types, message: 'demo.v1.Reading' } }
    assert.deepEqual(said(bytes, 'Protobuf', about), wanted, kind)
    if (bytes.length) assert.equal(guess(bytes, about), 'Protobuf')
  }
  said(bytes, 'Protobuf')
}
// A field that the description has not stays, by its number; so does one of another type.
const older = { types: typesOf([readSource('syntax = "proto3"; message Old { string a_int32 = 3; }', 'old.proto')]), message: 'Old' }
assert.deepEqual(said(Reading.encode({ a_int32: 5, a_bool: true }).finish(), 'Protobuf', { described: older }), { 3: 5, 13: 1 })

// Sparkplug B, with the library of Eclipse Tahu.
const tahu = library('sparkplug-payload').get('spBv1.0')
const births = new Births()
const at = Date.parse('2026-01-02T03:04:05.678Z')
const metrics = [
  { name: 'Temperature', alias: 7, type: 'Double', value: 20.5, timestamp: at }, { name: 'Small', alias: 8, type: 'Int8', value: -5 },
  { name: 'Int', alias: 9, type: 'Int32', value: -70000 }, { name: 'Long', alias: 10, type: 'Int64', value: -5000 }, { name: 'UInt', alias: 11, type: 'UInt32', value: 4_000_000_000 },
  { name: 'On', alias: 12, type: 'Boolean', value: true }, { name: 'Text', alias: 13, type: 'String', value: 'ä' }, { name: 'When', alias: 14, type: 'DateTime', value: at },
  { name: 'Bytes', alias: 15, type: 'Bytes', value: Uint8Array.of(1, 2, 255) }, { name: 'Nothing', alias: 16, type: 'Int32', value: null },
  { name: 'Set', alias: 17, type: 'DataSet', value: { numOfColumns: 2, columns: ['a', 'b'], types: ['Int32', 'String'], rows: [[-1, 'x'], [2, 'y']] } },
  { name: 'Kind', alias: 18, type: 'Template', value: { isDefinition: true, version: '1', metrics: [{ name: 'inner', type: 'Int32', value: 5 }], parameters: [{ name: 'p', type: 'Int32', value: -1 }] } },
  { name: 'Props', alias: 19, type: 'Float', value: 0.5, properties: { unit: { type: 'String', value: 'K' }, low: { type: 'Int32', value: -3 } } },
]
const birth = tahu.encodePayload({ timestamp: at, seq: 0, metrics })
const WANTED = { Temperature: 20.5, Small: -5, Int: -70000, Long: -5000, UInt: 4_000_000_000, On: true, Text: 'ä', When: '2026-01-02T03:04:05.678Z', Bytes: '0x0102ff', Nothing: null, Props: 0.5 }
const about = (type) => ({ topic: `spBv1.0/plant/${type}/line-1/oven`, births })
const born = said(birth, 'Sparkplug B', about('DBIRTH'))
assert.equal(guess(birth, about('DBIRTH')), 'Sparkplug B')
assert.deepEqual([born.timestamp, born.seq], ['2026-01-02T03:04:05.678Z', 0])
const byName = Object.fromEntries(born.metrics.map((one) => [one.name, one]))
for (const [name, one] of Object.entries(WANTED)) assert.deepEqual(byName[name].value, one, name)
assert.deepEqual(born.metrics.map((one) => one.datatype), metrics.map((one) => one.type))
assert.deepEqual(byName.Set.value, { columns: ['a (Int32)', 'b (String)'], rows: [[-1, 'x'], [2, 'y']] })
assert.deepEqual(byName.Kind.value.metrics.map(({ name, value }) => [name, value]), [['inner', 5]])
assert.deepEqual(byName.Kind.value.parameters, [{ name: 'p', datatype: 'Int32', value: -1 }])
assert.deepEqual(byName.Props.properties, { unit: 'K', low: -3 })
// Data that names its metrics by alias alone: nobody knows them before the birth.
const data = tahu.encodePayload({ timestamp: at, seq: 1, metrics: [{ alias: 7, type: 'Double', value: 21 }, { alias: 8, type: 'Int8', value: -6 }] })
const names = () => said(data, 'Sparkplug B', about('DDATA')).metrics.map(({ name, value }) => [name, value])
assert.deepEqual(names(), [['alias 7, of which no birth was seen', 21], ['alias 8, of which no birth was seen', -6]])
births.message(about('DBIRTH').topic, () => birth)
assert.deepEqual(names(), [['Temperature', 21], ['Small', -6]])
births.message('spBv1.0/other/NBIRTH/line-1', () => birth)
births.message('spBv1.0/plant/NBIRTH/line-1', () => tahu.encodePayload({ timestamp: at, seq: 0, metrics: [] }))
assert.equal(names()[0][0], 'alias 7, of which no birth was seen')
console.log(`${3 * VALUES} values mean the same`)
