// An edge node on MQTT.js and the encoder of Eclipse Tahu, which keeps to Sparkplug 3.0.0. It goes on when it is asked for a rebirth.
// The first argument is the folder from which it finds the libraries, the second the URL of the broker. The others are what it does
// wrong.

import { createRequire } from 'node:module'
import { join } from 'node:path'

const [home, url, ...wrong] = process.argv.slice(2)
const require = createRequire(join(home, 'package.json'))
const mqtt = require('mqtt')
const { encodePayload, decodePayload } = require('sparkplug-payload').get('spBv1.0')
const is = (fault) => wrong.includes(fault)

const timestamp = Date.now()
const bdSeq = { name: 'bdSeq', type: 'UInt64', value: 3, timestamp }
const topic = (type, device = '') => `spBv1.0/plant/${type}/press${device}`
const protocolVersion = is('v5') ? 5 : 4
const client = await mqtt.connectAsync(url, {
  clientId: 'press',
  protocolVersion,
  clean: true,
  will: {
    topic: topic('NDEATH'),
    payload: Buffer.from(encodePayload({ timestamp, metrics: [bdSeq] })),
    qos: is('will at QoS 0') ? 0 : 1,
    retain: false,
  },
})

let seq = 0
async function publish(type, metrics, device) {
  if (type === 'NBIRTH') seq = 0
  const payload = { timestamp: Date.now(), metrics, seq }
  seq = (seq + 1) % 256
  await client.publishAsync(topic(type, device), Buffer.from(encodePayload(payload)), { qos: 0 })
}

async function births() {
  await publish('NBIRTH', [
    { ...bdSeq, value: is('bdSeq of another session') ? 4 : 3 },
    { name: 'Node Control/Rebirth', type: 'Boolean', value: false, timestamp },
    { name: 'Uptime', alias: 1, type: 'UInt32', value: 7, timestamp },
    { name: 'Load', alias: 2, type: 'Double', value: 0.5, timestamp },
    { name: 'Model', type: 'String', value: 'P7', timestamp },
    { name: 'Nothing', type: 'String', value: null, timestamp },
    {
      name: 'Table',
      type: 'DataSet',
      timestamp,
      value: { numOfColumns: 2, columns: ['a', 'b'], types: ['Int32', 'String'], rows: [[1, 'x'], [2, 'y']] },
    },
  ])
  const speed = { name: 'Speed', alias: is('an alias twice') ? 1 : 3, type: 'Float', value: 1.5, timestamp }
  await publish('DBIRTH', [speed], '/arm')
}

await client.subscribeAsync(topic('NCMD'), { qos: 1 })
await client.subscribeAsync(topic('DCMD', '/#'), { qos: 1 })
const asked = new Promise((resolve) => {
  client.on('message', (_, bytes) => {
    const metrics = decodePayload(bytes).metrics
    if (metrics.some((metric) => metric.name === 'Node Control/Rebirth' && metric.value)) resolve()
  })
})
if (!is('no births')) await births()
for (let round = 0; round < 300; round++) {
  if (is('seq skipped') && round === 100) seq = (seq + 1) % 256
  await publish('NDATA', [{ alias: 2, type: 'Double', value: round / 300, timestamp: Date.now() }])
  await publish('DDATA', [{ alias: 3, type: 'Float', value: round, timestamp: Date.now() }], '/arm')
}
console.log('ready')
await asked
await births()
await publish('DDEATH', [], '/arm')
if (protocolVersion === 5) {
  await client.endAsync({ reasonCode: 4 })
} else {
  const death = encodePayload({ timestamp: Date.now(), metrics: [bdSeq] })
  if (!is('no death')) await client.publishAsync(topic('NDEATH'), Buffer.from(death), { qos: 1 })
  await client.endAsync()
}
