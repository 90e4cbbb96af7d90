import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MqttBroker } from 'citronella'
import setup from '../dist/global-setup.js'
import { say } from './clients.js'

test('a broker that runs already is reset, and neither started nor stopped', async () => {
  await using standing = await new MqttBroker({ settings: { http: { listen: false } } }).start()
  await say(standing, 'lamp', 'lamp/set', 'on', true)
  const attached = await new MqttBroker({ url: standing.url }).start()
  assert.deepEqual([attached.host, attached.port, attached.url], ['127.0.0.1', standing.port, standing.url])
  assert.deepEqual(await attached.retained.list(), [])
  await say(attached, 'lamp', 'a', '')
  await attached.stop()
  await say(standing, 'lamp', 'b', '')
  await assert.rejects(attached.messages(), /was stopped/)
})

test('MQTT_URL names it, by the name that the machine has from here', async () => {
  await using standing = await new MqttBroker({ settings: { http: { listen: false } } }).start()
  process.env['MQTT_URL'] = `mqtt://localhost:${standing.port}`
  try {
    const attached = await new MqttBroker().start()
    assert.equal(attached.url, `mqtt://localhost:${standing.port}`)
    assert.equal(attached.getWsConnectionString(), `ws://localhost:${standing.port}/mqtt`)
    await assert.rejects(new MqttBroker({ settings: { session: {} } }).start(), /runs already: it takes no settings/)
  } finally {
    delete process.env['MQTT_URL']
  }
})

test('a URL that is wrong, and one where nobody answers, are told', async () => {
  await assert.rejects(new MqttBroker({ url: 'localhost:1883' }).start(), /expected a URL such as mqtt:\/\/localhost:1883/)
  await assert.rejects(new MqttBroker({ url: 'mqtt://127.0.0.1:1' }).start(), /no broker answers at .*ECONNREFUSED/)
})

test('one program for all workers', async () => {
  const stop = await setup()
  const named = process.env['CITRONELLA_URL']
  await using broker = await new MqttBroker().start()
  await say(broker, 'lamp', 'a', '')
  const brokers = (await (await fetch(`${named}/brokers`)).json()) as { brokers: { url: string }[] }
  assert.deepEqual(
    brokers.brokers.map(({ url }) => url),
    [broker.url],
  )
  await broker.stop()
  stop()
  assert.equal(process.env['CITRONELLA_URL'], undefined)
})
