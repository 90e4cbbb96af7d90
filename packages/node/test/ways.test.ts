import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { MqttBroker } from 'citronella'
import { connect, listen } from './clients.js'

test('over TLS, with the CA of the broker', async () => {
  await using broker = await new MqttBroker().start()
  const url = broker.getTlsConnectionString()
  assert.equal(url, `mqtts://127.0.0.1:${broker.getPort()}`)
  const ca = await broker.getCa()
  const lamp = await listen(broker, 'lamp', 'test/topic', { url, ca })
  await lamp.client.publishAsync('test/topic', 'bar', { qos: 1 })
  assert.deepEqual(await lamp.next(1), ['bar'])
  assert.match((await broker.sessions.get('lamp'))?.tls?.version ?? '', /1\.3/)
  await lamp.end()
  await assert.rejects(connect(broker, 'stranger', { url }), /certificate/)
})

test('over WebSocket, and over WebSocket in TLS', async () => {
  await using broker = await new MqttBroker().start()
  const ca = await broker.getCa()
  for (const [way, url] of [
    ['ws', broker.getWsConnectionString()],
    ['wss', broker.getWssConnectionString()],
  ] as const) {
    assert.equal(url, `${way}://127.0.0.1:${broker.port}/mqtt`)
    const lamp = await listen(broker, way, 'test/topic', { url, wsOptions: { ca } })
    await lamp.client.publishAsync('test/topic', 'bar', { qos: 1 })
    assert.deepEqual(await lamp.next(1), ['bar'])
    assert.equal((await broker.sessions.get(way))?.way, way)
    await lamp.end()
  }
})

test('the CA is in a file until the broker stops', async () => {
  const broker = await new MqttBroker().start()
  const file = await broker.getCaFile()
  assert.equal(readFileSync(file, 'utf8'), await broker.getCa())
  await broker.stop()
  assert.ok(!existsSync(file))
})

test('settings are those of the settings file; sections are joined', async () => {
  const settings = { session: { max_inflight: 1 }, auth: { allow_anonymous: false } }
  const unstarted = new MqttBroker({ settings }).withSettings({ auth: { users: [{ name: 'ann', password: 'pencil' }] } })
  await using broker = await unstarted.withSettings({ tls: { listen: true } }).start()
  await assert.rejects(connect(broker, 'lamp'), /Not authorized/)
  await (await connect(broker, 'lamp', { username: 'ann', password: 'pencil' })).endAsync()
  assert.deepEqual(broker.info.listeners.map((listener) => listener.name).slice(0, 2), ['main', 'tls'])
})

test('settings that are wrong are told with the nearest right word', async () => {
  // @ts-expect-error: there is no such setting
  const wrong = new MqttBroker({ settings: { session: { max_inflght: 1 } } }).start()
  await assert.rejects(wrong, /max_inflight/)
})

test('rules, stubs and devices of the settings are there from the start', async () => {
  const settings = {
    stub: [{ name: 'echo', when: { packet: 'PUBLISH', topic: 'ask' }, publish: { topic: 'answer', payload: 'yes' } }],
  } as const
  await using broker = await new MqttBroker({ settings: { stub: [...settings.stub] } }).start()
  await broker.reset()
  assert.deepEqual(
    (await broker.stubs.list()).map((stub) => stub.name),
    ['echo'],
  )
})
