// What every package shows, with MQTT.js: see packages/scenarios.json. Prints one JSON line for each scenario.

import { once } from 'node:events'
import { MqttBroker, NotMet, publish } from 'citronella'
import mqtt from 'mqtt'

/** A client that is connected; `received(n)` waits for its first n messages. */
async function connect(broker, clientId = 'client', { url = broker.url, ...options } = {}) {
  const client = await mqtt.connectAsync(url, { clientId, reconnectPeriod: 0, ...options })
  const payloads = []
  client.on('message', (_topic, payload) => payloads.push(String(payload)))
  client.received = async (count) => {
    while (payloads.length < count) await once(client, 'message')
    return payloads
  }
  clients.push(client)
  return client
}
const clients = []

const scenarios = {
  async 'expect-met'(broker) {
    const client = await connect(broker)
    // scenario: expect-met
    await client.publishAsync('sensors/kitchen/temp', '{"celsius": 21}', { qos: 1 })

    const met = await broker.expect(publish('sensors/+/temp').qos(1).json({ celsius: 21 })).times(1)
    // end scenario
    return { count: met.count, topic: met.packets[0].topic_name }
  },

  async 'near-misses'(broker) {
    const client = await connect(broker)
    // scenario: near-misses
    await client.publishAsync('sensors/kitchen/temp', '{"celsius": 20}', { qos: 1 })

    const expected = broker.expect(publish('sensors/+/temp').qos(1).json({ celsius: 21 })).within({ milliseconds: 100 })
    const error = await expected.catch((notMet) => notMet)
    const report = error.message // what came nearest, and in what it differs
    const [nearest] = error.failure.nearest // the same as data
    // end scenario
    const named = report.match(/sensors\/kitchen\/temp/)?.[0]
    return { failed: error instanceof NotMet, report_names: named, nearest_topic: nearest.entry.topic_name }
  },

  async never(broker) {
    const client = await connect(broker)
    let failed
    // scenario: never
    await broker.expectNever(publish('alarm/#'))
    await client.publishAsync('alarm/fire', '', { qos: 1 })
    await broker.expectNever(publish('alarm/#')).catch((error) => {
      failed = error
    })
    // end scenario
    return { held: true, then_failed: failed?.code === 'ERR_ASSERTION' }
  },

  async settle(broker) {
    const client = await connect(broker)
    // scenario: settle
    await client.subscribeAsync('work/#', { qos: 1 })
    for (let n = 0; n < 10; n++) await broker.publish(`work/${n}`, 'x', { qos: 1 })
    await broker.settle()
    // end scenario
    return { received: (await client.received(0)).length }
  },

  async clock(broker) {
    // scenario: clock
    await broker.clock.freeze()
    await broker.publish('news', 'x', { retain: true, properties: { message_expiry_interval_secs: 60 } })
    const before = await broker.retained.list()
    await broker.clock.advance({ hours: 1 })
    const after = await broker.retained.list()
    // end scenario
    return { retained_before: before.length, retained_after: after.length }
  },

  async fault(broker) {
    const [lamp, client] = [await connect(broker, 'lamp'), await connect(broker, 'switch')]
    await lamp.subscribeAsync('lamp/#')
    // scenario: fault
    await broker.faults.add({ name: 'lost', when: publish('lamp/#').fromClient('switch'), first: 1, action: 'drop' })

    await client.publishAsync('lamp/hall', 'lost')
    await client.publishAsync('lamp/hall', 'kept')
    const received = await lamp.received(1)
    const { fired } = await broker.faults.get('lost')
    // end scenario
    return { received, fired }
  },

  async stub(broker) {
    const client = await connect(broker)
    // scenario: stub
    const answer = { topic: 'answer', payload: '{{ message.payload | upper }}' }
    await broker.stubs.add({ name: 'shout', when: publish('ask'), publish: answer })

    await client.subscribeAsync('answer')
    await client.publishAsync('ask', 'hello')
    const received = await client.received(1)
    const { answered } = await broker.stubs.get('shout')
    // end scenario
    return { received, answered }
  },

  async restart(broker) {
    const client = await connect(broker)
    // scenario: restart
    await client.publishAsync('lamp/set', 'on', { qos: 1, retain: true })
    await broker.restart()
    const kept = await broker.retained.get('lamp/set')
    await broker.restart({ loseState: true })
    const gone = await broker.retained.get('lamp/set')
    // end scenario
    return { kept: kept.payload, after_loss: gone ?? null }
  },

  async snapshot(broker) {
    const client = await connect(broker)
    // scenario: snapshot
    await client.publishAsync('lamp/set', 'on', { qos: 1, retain: true })
    const snapshot = await broker.snapshot()
    await broker.reset()
    const afterReset = await broker.retained.list()
    await broker.restore(snapshot)
    const afterRestore = await broker.retained.list()
    // end scenario
    return { retained_after_reset: afterReset.length, retained_after_restore: afterRestore.length }
  },

  async isolation() {
    // scenario: isolation
    const [first, second] = await Promise.all([new MqttBroker().start(), new MqttBroker().start()])
    const one = await connect(first, 'same')
    const two = await connect(second, 'same')
    await one.publishAsync('a/1', '', { qos: 1 })
    await two.publishAsync('b/1', '', { qos: 1 })
    await two.publishAsync('b/2', '', { qos: 1 })
    const topics = async (broker) => (await broker.messages()).map((message) => message.topic)
    // end scenario
    const shows = { first: await topics(first), second: await topics(second), ports_differ: first.port !== second.port }
    await Promise.all([first.stop(), second.stop()])
    return shows
  },

  async tls(broker) {
    // scenario: tls
    const client = await connect(broker, 'lamp', { url: broker.getTlsConnectionString(), ca: await broker.getCa() })
    await client.subscribeAsync('test/topic')
    await client.publishAsync('test/topic', 'bar', { qos: 1 })
    const received = await client.received(1)
    const session = await broker.sessions.get('lamp')
    // end scenario
    return { received, tls: session.tls.version.startsWith('1.') && session.way === 'tls' }
  },

  async websocket(broker) {
    // scenario: websocket
    const client = await connect(broker, 'lamp', { url: broker.getWsConnectionString() })
    await client.subscribeAsync('test/topic')
    await client.publishAsync('test/topic', 'bar', { qos: 1 })
    const received = await client.received(1)
    const session = await broker.sessions.get('lamp')
    // end scenario
    return { received, websocket: session.way === 'ws' }
  },
}

for (const [scenario, play] of Object.entries(scenarios)) {
  const broker = await new MqttBroker().start()
  let said
  try {
    said = { shows: await play(broker) }
  } catch (error) {
    said = { error: String(error.stack) }
  }
  console.log(JSON.stringify({ scenario, ...said }))
  for (const client of clients.splice(0)) {
    client.on('error', () => {})
    client.end(true)
  }
  await broker.stop()
}
