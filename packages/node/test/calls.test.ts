import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { BrokerError, event, MqttBroker, NotMet, Problem, publish, type StartedMqttBroker } from 'citronella'
import { closed, connect, listen, say } from './clients.js'

let broker: StartedMqttBroker

before(async () => {
  broker = await new MqttBroker().start()
})
beforeEach(() => broker.reset())
after(() => broker.stop())

test('messages and packets are found', async () => {
  await say(broker, 'one', 'a/1', '{"on": true}')
  await say(broker, 'two', 'b', 'x')
  assert.deepEqual(
    (await broker.messages()).map((message) => message.topic),
    ['a/1', 'b'],
  )
  const [message] = await broker.messages('a/+')
  assert.deepEqual([message?.client_id, message?.qos, message?.json], ['one', 1, { on: true }])
  assert.equal((await broker.messages(publish('#'), { limit: 1 })).length, 1)
  const acks = await broker.packets({ packet: 'PUBACK' })
  assert.deepEqual(
    acks.map((ack) => ack.client_id),
    ['one', 'two'],
  )
  const connected = await broker.packets(event('connected'))
  assert.equal(connected[0]?.way, 'tcp')
})

test('more messages than the API gives at once are found', async () => {
  const client = await connect(broker, 'many')
  await Promise.all(Array.from({ length: 1_200 }, (_, n) => client.publishAsync(`n/${n}`, '', { qos: 1 })))
  await client.endAsync()
  assert.equal((await broker.messages('n/+')).length, 1_200)
  assert.equal((await broker.messages('n/+', { limit: 1_100 })).length, 1_100)
})

test('messages so long that a page of them ends early are all found', async () => {
  const client = await connect(broker, 'long')
  const payload = 'x'.repeat(60_000)
  for (let n = 0; n < 100; n++) await client.publishAsync(`n/${n}`, payload, { qos: 1 })
  await client.endAsync()
  const found = await broker.messages('n/+')
  assert.deepEqual([found.length, found.at(-1)?.topic, found.at(-1)?.payload?.length], [100, 'n/99', 60_000])
})

test('waits end when it is so', async () => {
  const lamp = await listen(broker, 'lamp', 'lamp/#')
  await Promise.all([broker.waitForConnected('lamp'), broker.waitForSubscribed('lamp', 'lamp/#')])
  const waiting = broker.waitForMessage('a')
  const several = broker.waitForMessages(2, publish('a'))
  await say(broker, 'one', 'a', 'first', true)
  await say(broker, 'one', 'a', 'second', true)
  assert.equal((await waiting).payload, 'first')
  assert.deepEqual(
    (await several).map((message) => message.payload),
    ['first', 'second'],
  )
  await broker.waitForRetained('a')
  await broker.waitForAcked('lamp')
  await lamp.end()
  await broker.waitForDisconnected('lamp')
  await broker.waitForSessionEnded('lamp')
})

test('a wait that is not met says how things stand', async () => {
  await say(broker, 'lamp', 'a', '')
  try {
    await broker.waitForConnected('lmap', { within: { milliseconds: 50 } })
    assert.fail('there is no such client')
  } catch (error) {
    assert.ok(error instanceof NotMet)
    assert.match(error.message, /lamp/)
    assert.equal(error.failure, undefined)
    const [, first] = error.stack?.split('\n') ?? []
    assert.match(first ?? '', /calls\.test\.js/, 'it says where the test waited')
  }
})

test('clients, sessions, subscriptions and retained messages are shown', async () => {
  const lamp = await listen(broker, 'lamp/1', 'lamp/#')
  await say(broker, 'switch', 'lamp/set', 'on', true)
  assert.equal((await broker.clients.get('lamp/1'))?.connected, true)
  assert.equal((await broker.clients.get('switch'))?.last_disconnect?.cause, 'client_disconnect')
  assert.equal(await broker.clients.get('nobody'), undefined)
  assert.deepEqual((await broker.clients.list()).map((client) => client.client_id).sort(), ['lamp/1', 'switch'])
  assert.deepEqual(
    (await broker.sessions.list()).map((session) => session.client_id),
    ['lamp/1'],
  )
  assert.equal((await broker.sessions.get('lamp/1'))?.way, 'tcp')
  assert.equal(await broker.sessions.get('switch'), undefined)
  assert.equal((await broker.subscriptions())[0]?.topic_filter, 'lamp/#')
  assert.equal((await broker.retained.get('lamp/set'))?.payload, 'on')
  assert.equal((await broker.retained.list('lamp/+')).length, 1)
  await broker.retained.remove('lamp/set')
  assert.equal(await broker.retained.get('lamp/set'), undefined)
  await broker.publish('x', 'y', { retain: true })
  await broker.retained.clear()
  assert.deepEqual(await broker.retained.list(), [])
  assert.ok((await broker.stats()).clients_connected >= 1)
  lamp.client.on('error', () => {})
  await broker.sessions.end('lamp/1')
  assert.equal(await broker.sessions.get('lamp/1'), undefined)
})

test('what another broker would not take is told', async () => {
  assert.equal((await broker.holdAgainst('aws-iot')).mode, 'warn')
  await say(broker, 'lamp', 'a/b/c/d/e/f/g/h/i', 'x')
  const [violation] = await broker.violations()
  assert.deepEqual([violation?.client_id, violation?.origin, violation?.contract], ['lamp', 'profile', 'aws-iot'])
})

test('clients are held to contracts, until they are removed', async () => {
  const text = 'asyncapi: 3.0.0\nchannels: {lamp: {address: lamp, messages: {on: {payload: {type: boolean}}}}}\n'
  const held = await broker.setContracts({ asyncapi: ['lamp.yaml'], files: { 'lamp.yaml': text } })
  assert.equal(held.channels[0]?.address, 'lamp')
  await say(broker, 'switch', 'lamp', '7')
  const [violation] = await broker.violations()
  assert.match(violation?.text ?? '', /7 is not of type "boolean" \(lamp\.yaml:2\)/)
  assert.equal((await broker.contracts()).broken, 1)
  await broker.removeContracts()
  assert.deepEqual((await broker.contracts()).channels, [])
  await assert.rejects(
    broker.setContracts({ asyncapi: ['lamp.yaml'], files: { 'lamp.yaml': text.replace('payload', 'paylod') } }),
    /did you mean `payload`/,
  )
})

test('the broker publishes text, bytes and JSON', async () => {
  const lamp = await listen(broker, 'lamp', '#')
  assert.equal(await broker.publish('t', 'text', { qos: 1, properties: { content_type: 'text/plain' } }), 1)
  await broker.publish('t', Uint8Array.of(65, 66))
  await broker.publish('t', { json: { on: true } })
  assert.deepEqual(await lamp.next(3), ['text', 'AB', '{"on":true}'])
  await lamp.end()
})

test('the clock is stopped and moved', async () => {
  assert.equal((await broker.clock.freeze()).frozen, true)
  const { now_secs: before } = await broker.clock.now()
  await broker.publish('news', 'x', { retain: true, properties: { message_expiry_interval_secs: 60 } })
  await broker.clock.advance({ hours: 1 })
  assert.equal((await broker.clock.now()).now_secs - before, 3_600)
  assert.deepEqual(await broker.retained.list(), [])
})

test('a client is cut off for a while', async () => {
  const lamp = await connect(broker, 'lamp')
  const cut = closed(lamp)
  await broker.clock.freeze()
  await broker.clients.interrupt('lamp', { seconds: 30 })
  await cut
  await broker.clock.advance({ seconds: 31 })
  await (await connect(broker, 'lamp')).endAsync()
})

test('rules are added, counted, replaced, released and removed', async () => {
  await broker.faults.add({ name: 'lost', when: publish('lamp/#'), first: 1, action: 'drop' })
  const lamp = await connect(broker, 'lamp')
  lamp.publish('lamp/1', 'lost')
  await lamp.publishAsync('lamp/1', 'kept', { qos: 1 })
  await broker.expect(event('fault').field('rule', 'lost')).times(1)
  assert.equal((await broker.faults.get('lost'))?.fired, 1)
  await broker.faults.replace({ name: 'lost', when: publish('held'), action: { type: 'hold' } })
  const held = lamp.publishAsync('held', '', { qos: 1 })
  await broker.expect(event('fault').field('rule', 'lost').field('action', 'hold'))
  await broker.faults.release('lost')
  await held
  assert.deepEqual(
    (await broker.faults.list()).map((fault) => fault.name),
    ['lost'],
  )
  await broker.faults.remove('lost')
  assert.equal(await broker.faults.get('lost'), undefined)
  await broker.faults.clear()
  await lamp.endAsync()
})

test('a rule that is wrong is told with its place', async () => {
  // @ts-expect-error: there is no such toxic
  const wrong = broker.faults.add({ name: 'x', client: 'lamp', type: 'latncy' })
  await assert.rejects(
    wrong,
    (error: unknown) => error instanceof Problem && /latency/.test(error.message) && error.status === 422,
  )
  assert.deepEqual(await broker.faults.list(), [])
})

test('stubs answer, and scenarios have states', async () => {
  await broker.stubs.add({
    name: 'echo',
    when: publish('ask'),
    scenario: 'talk',
    new_state: 'asked',
    publish: { topic: 'answer', payload: '{{ message.payload | upper }}' },
  })
  const client = await listen(broker, 'me', 'answer')
  await client.client.publishAsync('ask', 'hello')
  assert.deepEqual(await client.next(1), ['HELLO'])
  assert.equal((await broker.stubs.get('echo'))?.answered, 1)
  assert.equal((await broker.scenarios.get('talk'))?.state, 'asked')
  assert.equal((await broker.scenarios.setState('talk', 'over')).state, 'over')
  await broker.scenarios.reset()
  assert.ok((await broker.scenarios.list()).every(({ state }) => state === 'Started'))
  await client.end()
})

test('templates read the files that go along', async () => {
  await broker.stubs.add({
    name: 'page',
    when: publish('ask'),
    publish: { topic: 'answer', payload: '{{ file("page.txt") }}' },
    files: { 'page.txt': 'of a file' },
  })
  const client = await listen(broker, 'me', 'answer')
  await client.client.publishAsync('ask', '')
  assert.deepEqual(await client.next(1), ['of a file'])
  await client.end()
})

test('devices are clients that the broker plays', async () => {
  await broker.clock.freeze()
  await broker.devices.add({ name: 'meter', telemetry: { every_secs: 1, topic: 'meter', payload: '{{ n }}' } })
  await broker.waitForConnected('meter')
  await broker.clock.advance({ seconds: 5 })
  await broker.expect(publish('meter')).times({ min: 5 })
  assert.equal((await broker.devices.get('meter'))?.clients[0]?.client_id, 'meter')
  await broker.devices.remove('meter')
})

test('partitions heal, and listeners come back', async () => {
  const lamp = await connect(broker, 'lamp')
  const cut = closed(lamp)
  const partition = await broker.partition(['lamp'], 'island')
  const said = lamp.publishAsync('a', '', { qos: 1 })
  assert.deepEqual(await broker.messages('a'), [])
  const [only, ...others] = await broker.partitions()
  assert.deepEqual([only?.name, only?.clients, others], [partition.name, ['lamp'], []])
  await only?.heal()
  assert.deepEqual(await broker.partitions(), [])
  await said
  await broker.listenerDown()
  await cut
  await assert.rejects(connect(broker, 'lamp'))
  await broker.listenerUp()
  await (await connect(broker, 'lamp')).endAsync()
})

test('restart keeps, crash loses where that is asked for, and the port stays', async () => {
  const { port } = broker
  await say(broker, 'lamp', 'lamp/set', 'on', true)
  await broker.restart()
  assert.equal((await broker.retained.get('lamp/set'))?.payload, 'on')
  await broker.crash({ loseState: true })
  assert.equal(await broker.retained.get('lamp/set'), undefined)
  assert.equal(broker.port, port)
  await say(broker, 'lamp', 'a', '')
})

test('in an outage nobody listens, and the broker can still be asked', async () => {
  await broker.outage({ reset: true })
  await assert.rejects(connect(broker, 'lamp'), /ECONNREFUSED/)
  assert.equal((await broker.clock.now()).frozen, false)
  await broker.endOutage()
  await say(broker, 'lamp', 'a', '')
})

test('a snapshot is put back', async () => {
  await say(broker, 'lamp', 'lamp/set', 'on', true)
  const snapshot = await broker.snapshot()
  await broker.reset()
  assert.deepEqual(await broker.retained.list(), [])
  assert.equal((await broker.restore(snapshot)).retained, 1)
  assert.equal((await broker.retained.get('lamp/set'))?.payload, 'on')
})

test('a recording is made and played', async () => {
  await broker.recordings.start(publish('a/#'))
  assert.equal(await broker.recordings.status(), 'Recording')
  await say(broker, 'lamp', 'a/1', 'x')
  const recording = await broker.recordings.stop()
  assert.match(recording, /"event":"message".*"topic":"a\/1"/)
  const played = await broker.recordings.play(recording, { speed: 'max', rewrite: 'a/# => b/#', within: { seconds: 20 } })
  assert.deepEqual([played.over, played.messages], [true, 1])
})

test('the journal is drawn and kept', async () => {
  await say(broker, 'lamp', 'lamp/hall', 'on')
  assert.match(await broker.ladder(), /PUBLISH.*lamp\/hall/)
  assert.match(await broker.ladder(publish('#')), /lamp\/hall/)
  assert.match(await broker.mermaid(), /^sequenceDiagram/)
  assert.match(await broker.jsonl({ packet: 'PUBLISH' }, { limit: 1 }), /^\{.*lamp\/hall.*\}\n$/)
  assert.match(await broker.otlp(), /^\{"resourceSpans":.*\}$/)
  assert.deepEqual([...(await broker.pcapng()).subarray(0, 4)], [0x0a, 0x0d, 0x0d, 0x0a])
})

test('users and rights are set', async () => {
  await broker.access.setUser('ann', 'pencil')
  assert.deepEqual(await broker.access.users(), ['ann'])
  await broker.access.setAcl([{ user: 'ann', topic: 'mine/#' }])
  await broker.access.allowAnonymous(false)
  const ann = await connect(broker, 'a', { username: 'ann', password: 'pencil' })
  await assert.rejects(connect(broker, 'b'))
  await ann.endAsync()
  await broker.access.removeUser('ann')
  assert.deepEqual(await broker.access.users(), [])
})

test('any request can be made, and errors have all that the API says', async () => {
  const { packets } = await broker.request<{ packets: unknown[] }>('GET', 'packets', { query: { limit: 5 } })
  assert.deepEqual(packets, [])
  assert.match(await broker.request<string>('GET', 'certificates/ca'), /BEGIN CERTIFICATE/)
  await assert.rejects(broker.request('POST', 'publish', { body: { topic: 'a', retian: true } }), /did you mean `retain`\?/)
  assert.equal(typeof (await broker.capabilities()), 'object')
})

test('a broker that was stopped says so', async () => {
  const other = await new MqttBroker().start()
  await Promise.all([other.stop(), other.stop()])
  await assert.rejects(other.messages(), (error: unknown) => error instanceof BrokerError && /was stopped/.test(error.message))
})
