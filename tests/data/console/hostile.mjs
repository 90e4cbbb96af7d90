// Bytes by chance, and good ones that were damaged: whatever comes, a reader gives a text within bounds.
// Argument: the folder with the console's modules.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { random } from './random.mjs'

const [modules] = process.argv.slice(2)
const module = (name) => import(pathToFileURL(join(modules, name)))
const { FORMS, guess, read } = await module('payload.js')
const { Schemas } = await module('schemas.js')
const { Births } = await module('sparkplug.js')
const { unpack } = await module('unpack.js')

const { whole, pick, bytes } = random(8883)
const file = (name) => ({ name, bytes: new Uint8Array(readFileSync(new URL(name, import.meta.url))) })
const [source, descriptor] = [file('reading.proto'), file('reading.pb')]
const schemas = new Schemas(new Map())
schemas.add([source])
schemas.use('#', 'demo.v1.Reading')
const births = new Births()
/** A text of all that is shown is no longer than this. */
const MOST_SHOWN = 200_100

async function tried(body) {
  const topic = pick(['spBv1.0/g/DBIRTH/n/d', 'spBv1.0/g/NDATA/n', 'a/b', null])
  const about = { topic, births, described: schemas.of('a'), contentType: pick(['', 'application/cbor', 'application/json']) }
  assert.ok(guess(body, about) in FORMS)
  for (const form of Object.keys(FORMS)) {
    const text = read(body, form, about)
    assert.equal(typeof text, 'string')
    assert.ok(text.length <= MOST_SHOWN, `${form}: ${text.length}`)
  }
  births.message(topic, () => body)
  const packed = await unpack(body)
  assert.ok(packed === null || packed.bytes.length <= 1_000_000)
}

function damaged(good) {
  const body = good.slice(0, whole(0, 3) ? good.length : whole(0, good.length))
  for (let times = whole(1, 6); times > 0 && body.length; times--) body[whole(0, body.length - 1)] = pick([0, 1, 0x7f, 0x80, 0xff, whole(0, 255)])
  return body
}

const GOOD = [
  'a26161016162820203', 'bf6346756ef563416d7421ff', '5f42010243030405ff', '7f657374726561646d696e67ff', '82a7636f6d70616374c3a6736368656d6100', 'd6ff5a4af6a5', '08960112074a657373696361',
  '08f1f4a1cdb833121a0a0454656d7010073900000000000034402009680000000000803440', '1f8b08000000000000034b4c4a06004241243503000000', '789c4b4c4a060002ed0128',
].map((hex) => Uint8Array.from(hex.match(/../g), (two) => parseInt(two, 16)))
for (let n = 0; n < 3000; n++) await tried(bytes(whole(0, 80)))
for (let n = 0; n < 3000; n++) await tried(damaged(pick([...GOOD, source.bytes, descriptor.bytes])))

// What a few bytes ask for: depth, length, many values, many equal keys, one list of a repeated field.
const fill = (...parts) => Uint8Array.from(parts.flatMap(([byte, times]) => new Array(times).fill(byte)))
const deepProtobuf = Array.from({ length: 90 }).reduce((inner) => (inner.length > 120 ? inner : [0x0a, inner.length, ...inner]), [8, 1])
for (const body of [
  fill([0x81, 5000], [1, 1]), fill([0x9f, 5000]), fill([0xbf, 100_000]), fill([0xdb, 1], [0xff, 8]), fill([0xdf, 1], [0xff, 4], [1, 9]), fill([0x9a, 1], [0, 1], [0xff, 3]), fill([0xc6, 1], [0xff, 4]),
  fill([0x0b, 5000]), fill([8, 300_000]), fill([0x9a, 1], [0, 1], [4, 1], [0, 2], [0, 300_000]), fill([0xf6, 1_000_000]), fill([0xff, 2_000_000]), Uint8Array.from(deepProtobuf),
  fill([0xdd, 1], [0, 1], [4, 1], [0, 2], [0xc0, 300_000]), fill([0x7b, 400_000]),
]) await tried(body)
const bomb = new Blob([new Uint8Array(30_000_000)]).stream().pipeThrough(new CompressionStream('gzip'))
const packed = await unpack(new Uint8Array(await new Response(bomb).arrayBuffer()))
assert.deepEqual([packed.how, packed.bytes.length, packed.isCut], ['gzip', 1_000_000, true])

// Descriptions by chance are refused with a sentence, and what was kept stays.
for (let n = 0; n < 4000; n++) {
  const [name, good] = pick([['x.proto', source.bytes], ['x.pb', descriptor.bytes], ['x', descriptor.bytes]])
  try {
    schemas.add([{ name, bytes: whole(0, 4) ? damaged(good) : bytes(whole(0, 60)) }])
    schemas.forget()
    schemas.add([source])
    schemas.use('#', 'demo.v1.Reading')
  } catch (error) {
    assert.match(error.message, /^x(\.proto|\.pb)?: ./, error.stack)
  }
  assert.equal(schemas.of('a')?.message, 'demo.v1.Reading')
}
for (const [text, wanted] of [
  ['message A {\n  int32 a 1;\n}', 'x.proto: line 2, column 11: "=" should stand here, not 1'],
  ['message A {\n  Foo a = 1;\n}', 'x.proto: line 2, column 3: there is no type Foo'],
  ['import "b.proto";\nmessage A { B b = 1; }', 'x.proto: line 2, column 13: there is no type B; choose b.proto as well, all at once'],
  ['message A { int32 a = 0; }', 'x.proto: line 1, column 23: a field has a number from 1 to 536870911, not 0'],
  ['message A { int32 a = 1; int32 b = 1; }', 'x.proto: line 1, column 36: there is a field 1 in A already'],
  ['message A { map<int32, Foo> a = 1; }', 'x.proto: line 1, column 24: there is no type Foo'],
  ['message A { map<float, int32> a = 1; }', 'x.proto: line 1, column 13: a key of a map is a whole number, a bool or a string, not float'],
  ['message A {', 'x.proto: line 1, column 12: the type of a field should stand here, not the end of the file'],
  ['hello', 'x.proto: line 1, column 1: "message", "enum", "import" or another beginning should stand here, not hello'],
  ['message A { string s = 1; } %', 'x.proto: line 1, column 29: nothing of Protobuf begins with "%"'],
  ['', 'x.proto: it has no message'],
]) assert.throws(() => schemas.add([{ name: 'x.proto', bytes: new TextEncoder().encode(text) }]), { message: wanted })
assert.throws(() => schemas.add([{ name: 'x.pb', bytes: Uint8Array.of(10, 200, 1, 0) }]), { message: /^x\.pb: it ends too early: 200 bytes should follow at byte 3, 1 do/ })
assert.throws(() => schemas.add([{ name: 'x.pb', bytes: new Uint8Array(2_000_000) }]), { message: /^x\.pb: it has 2,000,000 bytes, and the page keeps/ })
assert.throws(() => schemas.use('a/#/b', 'demo.v1.Reading'), { message: /a\/#\/b is no topic filter/ })
assert.throws(() => schemas.use('a', 'demo.v1.None'), { message: /there is no message demo\.v1\.None/ })
console.log('all of them were read within bounds')
