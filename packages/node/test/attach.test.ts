import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { MqttBroker } from 'citronella'
import setup from '../dist/global-setup.js'
import { findProgram } from '../dist/program/find.js'
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

test('a broker that is another one is told', async () => {
  await using other = createServer((socket) => socket.on('data', () => socket.resetAndDestroy())).listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  await assert.rejects(
    new MqttBroker({ url: `mqtt://127.0.0.1:${port}` }).start(),
    /no broker answers at .*\nOnly a broker of Citronella can be asked/,
  )
})

test('a broker that asks for a token is shown it', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'citronella-token-')), 'token')
  writeFileSync(file, 's3cret\n')
  const flags = [
    '-p',
    '0',
    '--json',
    '-q',
    '--parent-pid',
    String(process.pid),
    '--no-config',
    '--set',
    `http.token_file=${file}`,
  ]
  const child = spawn(findProgram(), flags, { stdio: ['ignore', 'pipe', 'inherit'], env: {} })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const { url } = JSON.parse(String(line)) as { url: string }
  await assert.rejects(new MqttBroker({ url }).start(), /a token is needed/)
  await (await new MqttBroker({ url, token: 's3cret' }).start()).messages()
  process.env['CITRONELLA_TOKEN_FILE'] = file
  process.env['CITRONELLA_URL'] = url
  try {
    const broker = await new MqttBroker().start()
    await say(broker, 'lamp', 'a', '')
    assert.equal((await broker.messages()).length, 1)
    await broker.stop()
  } finally {
    delete process.env['CITRONELLA_TOKEN_FILE']
    delete process.env['CITRONELLA_URL']
    child.kill()
  }
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
