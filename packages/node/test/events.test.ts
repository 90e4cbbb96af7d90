import assert from 'node:assert/strict'
import { test } from 'node:test'
import { event, MqttBroker, packet } from 'citronella'
import { say } from './clients.js'

test('events come as they happen', async () => {
  await using broker = await new MqttBroker().start()
  const events = await broker.events(event(['connected', 'disconnected']))
  await say(broker, 'a', 't', '')
  const seen: string[] = []
  for await (const entry of events) {
    seen.push(`${entry.event} ${entry.client_id}`)
    if (seen.length === 2) break
  }
  assert.deepEqual(seen, ['connected a', 'disconnected a'])
  assert.equal(events.missed, 0)
})

test('they begin behind a number, and are chosen by comparisons', async () => {
  await using broker = await new MqttBroker().start()
  await say(broker, 'a', 't/1', 'x')
  await say(broker, 'b', 't/2', 'y')
  const events = await broker.events(packet('PUBLISH').payload({ one_of: ['y'] }), { after: 0 })
  const { value } = await events.next()
  assert.equal(value?.topic_name, 't/2')
  events.close()
  assert.deepEqual(await events.next(), { done: true, value: undefined })
})

test('they end when the broker stops', async () => {
  const broker = await new MqttBroker().start()
  const events = await broker.events()
  const reading = (async () => {
    let count = 0
    for await (const _ of events) count += 1
    return count
  })()
  await say(broker, 'a', 't', '')
  await broker.stop()
  assert.ok((await reading) > 3)
})
