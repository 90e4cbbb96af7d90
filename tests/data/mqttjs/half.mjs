// MQTT.js with a session that lasts, and one message of QoS 2: half.mjs HOME HOST PORT.
//
// A line out is what happened: lost, refused, published. It connects again by itself: `reconnect()` forgets what is in flight.

import { createRequire } from 'node:module'
import { join } from 'node:path'

const [home, host, port] = process.argv.slice(2)
const mqtt = createRequire(join(home, 'package.json'))('mqtt')
const options = { protocolVersion: 4, clientId: 'sensor', clean: false, reconnectPeriod: 100 }
const client = mqtt.connect(`mqtt://${host}:${port}`, options)

let connected = false
// It says `connect` only once it has no more to send again.
client.on('packetreceive', ({ cmd }) => { connected ||= cmd === 'connack' })
client.on('error', () => {})
client.on('close', () => {
  console.log(connected ? 'lost' : 'refused')
  connected = false
})
client.publish('count', 'once', { qos: 2 }, (error) => {
  console.log(error ? `not published: ${error.message}` : 'published')
  process.exit()
})
