// MQTT.js with a session that lasts, and one message of QoS 2: half.mjs HOME HOST PORT.
//
// A line out is what happened: lost, refused, published. After lost and refused, a line in lets it connect again.

import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const [home, host, port] = process.argv.slice(2)
const mqtt = createRequire(join(home, 'package.json'))('mqtt')
const client = mqtt.connect(`mqtt://${host}:${port}`, { protocolVersion: 4, clientId: 'sensor', clean: false, reconnectPeriod: 0 })

let connected = false
client.on('connect', () => { connected = true })
client.on('error', () => {})
client.on('close', () => {
  console.log(connected ? 'lost' : 'refused')
  connected = false
})
createInterface({ input: process.stdin }).on('line', () => client.reconnect())
client.publish('count', 'once', { qos: 2 }, (error) => {
  console.log(error ? `not published: ${error.message}` : 'published')
  process.exit()
})
