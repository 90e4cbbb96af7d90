import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { event, Pattern, packet, publish } from 'citronella'
import { queryOf } from '../dist/pattern.js'

const object = (pattern: Pattern): unknown => JSON.parse(JSON.stringify(pattern))

test('publish means what clients publish', () => {
  assert.deepEqual(object(publish('sensors/+/temp').qos(1).json({ celsius: 21 })), {
    packet: 'PUBLISH',
    direction: 'in',
    topic: 'sensors/+/temp',
    qos: 1,
    payload: { json: { celsius: 21 } },
  })
})

test('a pattern is not changed by what is asked of it', () => {
  const lamp = publish('lamp')
  const loud = lamp.retain()
  assert.deepEqual(object(lamp), { packet: 'PUBLISH', direction: 'in', topic: 'lamp' })
  assert.equal(loud.toJSON().retain, true)
})

test('from and to a client say the direction of packets, and none of events', () => {
  assert.deepEqual(object(packet('PUBLISH').toClient('lamp')), { packet: 'PUBLISH', direction: 'out', client_id: 'lamp' })
  assert.deepEqual(object(packet('CONNECT').fromClient('lamp')), { packet: 'CONNECT', direction: 'in', client_id: 'lamp' })
  assert.deepEqual(object(event('connected').fromClient('lamp')), { event: 'connected', client_id: 'lamp' })
  assert.throws(() => packet().fromClient('lamp').toClient('lamp'), /no packet goes both ways/)
  assert.throws(() => publish('a').topic('b'), /topic is said twice: "a" and "b"/)
})

test('what is asked twice of a field has to fit twice', () => {
  assert.deepEqual(publish('t').containing('a').matching(/b$/i).toJSON().payload, {
    all: [{ contains: 'a' }, { matches: '(?i)b$' }],
  })
})

test('payloads are texts, bytes, JSON and comparisons', () => {
  const payload = (pattern: Pattern): unknown => pattern.toJSON().payload
  assert.equal(payload(publish('t').payload('on')), 'on')
  assert.deepEqual(payload(publish('t').payload(Uint8Array.of(0, 255))), { base64: 'AP8=' })
  assert.deepEqual(payload(publish('t').payload({ len_bytes: { to: 4 } })), { len_bytes: { to: 4 } })
  assert.deepEqual(payload(publish('t').jsonSubset({ on: true })), { json_subset: { on: true } })
  assert.deepEqual(payload(publish('t').jsonAt('/list/0', { from: 1 })), { json_at: { '/list/0': { from: 1 } } })
  assert.deepEqual(payload(publish('t').empty()), { len_bytes: 0 })
})

test('a payload that is large is said by its length and SHA-256', () => {
  const payload = (pattern: Pattern): unknown => pattern.toJSON().payload
  const sha256 = createHash('sha256').update('a'.repeat(5000)).digest('hex')
  assert.deepEqual(payload(publish('t').payload('a'.repeat(5000))), { len_bytes: 5000, sha256 })
  assert.deepEqual(payload(publish('t').payload(new Uint8Array(5000).fill(97))), { len_bytes: 5000, sha256 })
  assert.equal(payload(publish('t').payload('a'.repeat(4096))), 'a'.repeat(4096))
})

test('a QoS that there is not does not compile', () => {
  // @ts-expect-error: 0, 1 or 2
  publish('t').qos(3)
  publish('t').qos({ one_of: [1, 2] })
})

test('fields have the names of the entry that is meant', () => {
  assert.equal(packet('PUBACK').reason(0x97).toJSON().reason_code, 0x97)
  assert.equal(packet('PUBACK').reason('Quota exceeded').toJSON().reason, 'Quota exceeded')
  assert.equal(packet(['SUBACK', 'UNSUBACK']).reason(0x80).toJSON().reason_codes, 0x80)
  assert.equal(event('connected').userName('ann').toJSON().user, 'ann')
  assert.equal(packet('CONNECT').userName(null).toJSON().user_name, null)
  assert.deepEqual(packet('SUBSCRIBE').topicFilter('a/#').toJSON().topic_filters, { topic_filter: 'a/#' })
  assert.equal(packet('UNSUBSCRIBE').topicFilter('a/#').toJSON().topic_filters, 'a/#')
  assert.equal(event('subscribed').topicFilter('a/#').toJSON().filter, 'a/#')
  assert.deepEqual(object(packet().userProperty('unit', 'C')), {
    record: 'packet',
    'properties.user_property': { name: 'unit', value: 'C' },
  })
})

test('a pattern can stand in an address', () => {
  const pattern = new Pattern({
    packet: ['PUBACK', 'PUBREC'],
    qos: 1,
    user_name: null,
    reason_code: { from: 128 },
    payload: '{a',
  })
  assert.deepEqual(queryOf(pattern), {
    packet: ['PUBACK', 'PUBREC'],
    qos: '1',
    user_name: '{"present":false}',
    reason_code: '{"from":128}',
    payload: '{"one_of":["{a"]}',
  })
})
