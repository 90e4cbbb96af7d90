// A subscriber and a publisher with MQTT.js, for each protocol level and QoS. Arguments: the folder where MQTT.js is
// installed, the broker's URL. Prints what happens, one line each.

import { createRequire } from 'node:module'
import { join } from 'node:path'

const [home, url] = process.argv.slice(2)
const mqtt = createRequire(join(home, 'package.json'))('mqtt')

async function talk(protocolVersion, qos) {
  const say = (text) => console.log(`${protocolVersion} ${qos}: ${text}`)
  const protocolId = protocolVersion === 3 ? 'MQIsdp' : 'MQTT'
  const options = { protocolVersion, protocolId, reconnectPeriod: 0 }
  const subscriber = await mqtt.connectAsync(url, { ...options, clientId: 'subscriber' })
  const [granted] = await subscriber.subscribeAsync('test/#', { qos })
  say(`subscribed to ${granted.topic} at QoS ${granted.qos}`)

  const last = new Promise((resolve) => {
    subscriber.on('message', (topic, payload, packet) => {
      const user = packet.properties?.userProperties?.from ?? '-'
      say(`topic ${topic} | payload ${payload} | qos ${packet.qos} | retain ${packet.retain} | from ${user}`)
      if (topic === 'test/last') resolve()
    })
  })
  const publisher = await mqtt.connectAsync(url, { ...options, clientId: 'publisher' })
  const properties = protocolVersion === 5 ? { userProperties: { from: 'MQTT.js' } } : undefined
  await publisher.publishAsync('test/topic', 'bar', { qos, properties })
  await publisher.publishAsync('test/last', '', { qos, retain: true })
  await last
  await subscriber.unsubscribeAsync('test/#')
  await Promise.all([subscriber.endAsync(), publisher.endAsync()])
}

for (const protocolVersion of [3, 4, 5]) {
  for (const qos of [0, 1, 2]) await talk(protocolVersion, qos)
}
