// MQTT.js in Node: see README.md.

import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const [home, host, port, wished] = process.argv.slice(2)
const mqtt = createRequire(join(home, 'package.json'))('mqtt')
const wish = JSON.parse(wished)
const tell = (what) => console.log(JSON.stringify(what))

const options = {
  protocolVersion: 5,
  clientId: wish.client_id,
  clean: wish.clean_start,
  keepalive: wish.keep_alive_secs ?? 60,
  properties: { sessionExpiryInterval: wish.session_expiry_secs },
  reconnectPeriod: 10,
}
if (wish.will) {
  const { topic, payload, delay_secs: willDelayInterval } = wish.will
  options.will = { topic, payload, qos: 1, properties: { willDelayInterval } }
}
const client = mqtt.connect(`mqtt://${host}:${port}`, options)

let connected = false
let reason = null
client.on('connect', ({ sessionPresent }) => {
  connected = true
  tell({ did: 'connected', session_present: sessionPresent })
})
client.on('message', (topic, payload, { qos, retain, dup, properties }) => {
  const correlation = properties?.correlationData
  // What came before it in one piece is told first: the library calls back about a SUBACK a little later than about a message.
  setImmediate(tell, {
    did: 'message', topic, payload: String(payload), qos, retain, dup,
    expiry_secs: properties?.messageExpiryInterval ?? null,
    correlation: correlation ? String(correlation) : null,
  })
})
client.on('error', (error) => { reason = error.message })
client.on('disconnect', (packet) => { reason = `DISCONNECT ${packet.reasonCode}` })
client.on('close', () => {
  // It also tells of each attempt that fails.
  if (connected) tell({ did: 'disconnected', reason: reason ?? 'closed' })
  connected = false
  reason = null
})

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line)
  if (order.do === 'subscribe') {
    client.subscribe(order.filter, { qos: order.qos }, (error) => {
      if (!error) tell({ did: 'subscribed' })
    })
  } else if (order.do === 'publish') {
    const properties = {}
    if (order.expiry_secs) properties.messageExpiryInterval = order.expiry_secs
    if (order.response_topic) properties.responseTopic = order.response_topic
    if (order.correlation) properties.correlationData = Buffer.from(order.correlation)
    client.publish(order.topic, order.payload, { qos: order.qos, properties }, (error) => {
      if (!error && order.qos > 0) tell({ did: 'published' })
    })
  } else if (order.do === 'disconnect') {
    await client.endAsync()
    break
  } else if (order.do === 'vanish') {
    break
  }
}
process.exit(0)
