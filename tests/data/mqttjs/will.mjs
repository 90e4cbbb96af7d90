// Clients of MQTT.js with wills, one of each protocol level and QoS, which wait to be killed. Arguments as of talk.mjs.

import { createRequire } from 'node:module'
import { join } from 'node:path'

const [home, url] = process.argv.slice(2)
const mqtt = createRequire(join(home, 'package.json'))('mqtt')

for (const protocolVersion of [3, 4, 5]) {
  for (const qos of [0, 1, 2]) {
    const payload = `${protocolVersion} ${qos}`
    await mqtt.connectAsync(url, {
      protocolVersion,
      protocolId: protocolVersion === 3 ? 'MQIsdp' : 'MQTT',
      clientId: payload,
      will: { topic: 'will', payload, qos, retain: false },
    })
  }
}
console.log('connected')
