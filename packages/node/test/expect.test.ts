import assert from 'node:assert/strict'
import { test } from 'node:test'
import { event, MqttBroker, NotMet, Problem, packet, publish } from 'citronella'
import { connect, say } from './clients.js'

test('a message that came is expected', async () => {
  await using broker = await new MqttBroker().start()
  await say(broker, 'kitchen', 'sensors/kitchen/temp', '{"celsius": 21}')
  const met = await broker.expect(publish('sensors/+/temp').qos(1).json({ celsius: 21 })).times(1)
  assert.equal(met.count, 1)
  assert.equal(met.packets[0]?.topic_name, 'sensors/kitchen/temp')
})

test('a message that comes later is waited for', async () => {
  await using broker = await new MqttBroker().start()
  const met = broker.expect({ packet: 'PUBLISH', topic: 'late' }).within({ seconds: 20 })
  await say(broker, 'one', 'late', 'here')
  assert.equal((await met).count, 1)
})

test('one that is not met says what came nearest, where it was expected, and is an AssertionError', async () => {
  await using broker = await new MqttBroker().start()
  await say(broker, 'kitchen', 'sensors/kitchen/temp', '20')
  const error = await broker
    .expect(publish('sensors/+/temp').payload('21'))
    .within({ milliseconds: 100 })
    .catch((it: unknown) => it)
  assert.ok(error instanceof NotMet && error instanceof assert.AssertionError)
  assert.match(error.message, /payload "20", not "21"/)
  assert.match(error.message, /kitchen ── PUBLISH .* ─▶/, 'the packets around it are drawn')
  assert.equal(error.failure?.nearest[0]?.entry.record, 'packet')
  assert.equal(error.failure?.nearest[0]?.differences[0]?.field, 'payload')
  assert.match(error.stack ?? '', /^AssertionError \[ERR_ASSERTION\]: expected[\s\S]*\n {4}at .*expect\.test\.js/)
  assert.ok(!Object.keys(error).includes('failure'), 'a runner does not print it beside the message')
})

test('steps come one behind the other', async () => {
  await using broker = await new MqttBroker().start()
  await say(broker, 'lamp', 'a', '1')
  await broker
    .expect(packet('CONNECT').fromClient('lamp'))
    .followedBy(publish('a'))
    .times(1)
    .followedBy(event('disconnected').ofClient('lamp'))
  const wrong = broker.expect(publish('a')).followedBy(packet('CONNECT')).within({ milliseconds: 50 })
  await assert.rejects(wrong, NotMet)
})

test('times has bounds', async () => {
  await using broker = await new MqttBroker().start()
  for (const topic of ['a/1', 'a/2']) await say(broker, 'lamp', topic, '')
  await broker.expect(publish('a/+')).times({ min: 1, max: 2 })
  await broker.expect(publish('b/+')).times(0)
  await assert.rejects(broker.expect(publish('a/+')).times({ max: 1 }), /2/)
})

test('never holds until it comes', async () => {
  await using broker = await new MqttBroker().start()
  await broker.expectNever(publish('alarm/#'))
  await say(broker, 'lamp', 'alarm/fire', '!')
  await assert.rejects(broker.expectNever(publish('alarm/#')), NotMet)
})

test('behind a mark only what is new counts', async () => {
  await using broker = await new MqttBroker().start()
  await say(broker, 'lamp', 'a', '')
  const mark = await broker.mark()
  await broker.expectNever(publish('a'))
  await broker.expect(publish('a')).after(0)
  await say(broker, 'lamp', 'a', '')
  await broker.expect(publish('a')).after(mark).times(1)
})

test('a wrong word is told with its place, and is no AssertionError', async () => {
  await using broker = await new MqttBroker().start()
  // @ts-expect-error: no packet is called that
  const error = await broker.expect({ packet: 'PUBLSH' }).catch((it: unknown) => it)
  assert.ok(error instanceof Problem && !(error instanceof assert.AssertionError))
  assert.equal(error.status, 422)
  assert.equal(error.type, 'urn:citronella:problem:invalid')
  assert.match(error.message, /PUBLISH/)
  assert.ok(error.path?.startsWith('pattern'))
})

test('what is said too late is an error, and so is no pattern', async () => {
  await using broker = await new MqttBroker().start()
  const expectation = broker.expectNever(publish('a'))
  assert.throws(() => expectation.times(1), /expectNever\(\) takes no times\(\)/)
  assert.throws(() => expectation.followedBy(publish('b')), /takes no followedBy/)
  await expectation
  assert.throws(() => expectation.within({ seconds: 1 }), /within\(\) comes too late/)
  // @ts-expect-error: it is not a pattern
  assert.throws(() => broker.expect(undefined), /expected a pattern, such as publish/)
})

test('an expectation that is said wrongly is one error, and none more when its time is up', async () => {
  await using broker = await new MqttBroker().start()
  const unhandled: unknown[] = []
  const note = (error: unknown) => unhandled.push(error)
  process.on('unhandledRejection', note)
  // @ts-expect-error: a number says no unit
  assert.throws(() => broker.expect(publish('a')).within({ milliseconds: 1 }).within(5), /within: expected an object/)
  await assert.rejects(broker.expect(publish('b')).within({ milliseconds: 50 }), NotMet)
  await new Promise((done) => setImmediate(done))
  process.off('unhandledRejection', note)
  assert.deepEqual(unhandled, [])
})

test('near misses are told without waiting', async () => {
  await using broker = await new MqttBroker().start()
  await say(broker, 'lamp', 'lamp/hall', 'on')
  const [nearest] = await broker.nearMisses(publish('lamp/hall').payload('off'))
  assert.equal(nearest?.differences[0]?.wanted, '"off"')
})

test('a client that is cut off is told why', async () => {
  await using broker = await new MqttBroker().start()
  const lamp = await connect(broker, 'lamp')
  lamp.on('error', () => {})
  await broker.clients.disconnect('lamp', 'Quota exceeded')
  await broker.expect(packet('DISCONNECT').toClient('lamp').reason(0x97))
  const found = await broker.expect(event('disconnected').ofClient('lamp'))
  assert.equal(found.packets[0]?.cause, 'administrative')
})
