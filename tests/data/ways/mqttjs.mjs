// MQTT.js in Node: see README.md. Argument: the folder where MQTT.js is installed.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const mqtt = createRequire(join(process.argv[2], 'package.json'))('mqtt')
const BIG = Buffer.from(Array.from({ length: 300 * 1024 }, (_, i) => i % 251))

function options(url, ca, more) {
  const all = { protocolVersion: 5, reconnectPeriod: 0, ...more }
  if (ca !== '-') all.ca = readFileSync(ca)
  return all
}

function connect(url, all) {
  if (!url.startsWith('unix:')) return mqtt.connectAsync(url, all)
  return mqtt.connectAsync({ ...all, protocol: 'mqtt+unix', path: url.slice(5) })
}

const will = (name) => ({ clientId: name, will: { topic: 'gone/' + name, payload: 'x', qos: 1, retain: true } })

async function talk(url, ca, name) {
  const client = await connect(url, options(url, ca, will(name)))
  const came = []
  let flow = 0
  let wake = () => {}
  const over = new Promise((resolve) => client.once('close', resolve))
  client.on('message', (topic, payload, packet) => {
    if (topic === 'flow/' + name) {
      if (++flow === 10) client.end()
      return
    }
    came.push(packet)
    wake()
  })
  const next = async () => {
    while (came.length === 0) await new Promise((resolve) => { wake = resolve })
    return came.shift()
  }
  for (const qos of [0, 1, 2]) {
    const topic = `talk/${name}/${qos}`
    await client.subscribeAsync(topic, { qos })
    client.publish(topic, 'bar', { qos })
    const small = await next()
    console.log('small', small.payload.toString(), small.qos)
    client.publish(topic, BIG, { qos })
    const big = await next()
    console.log('big', big.payload.length, BIG.equals(big.payload) ? 'same' : 'different', big.qos)
  }
  await client.publishAsync('kept/' + name, 'kept', { qos: 1, retain: true })
  await client.subscribeAsync('kept/' + name, { qos: 1 })
  const kept = await next()
  console.log(kept.retain ? 'retained' : 'live', kept.payload.toString())
  await client.subscribeAsync('flow/' + name, { qos: 1 })
  for (let i = 0; i < 100; i++) client.publish('flow/' + name, 'x'.repeat(1000), { qos: 1 }, () => {})
  await over
}

const stay = (url, ca, name) => connect(url, options(url, ca, will(name)))

async function meet(url, ca, crl) {
  const more = crl === '-' ? {} : { crl: readFileSync(crl) }
  try {
    const client = await connect(url, options(url, ca, more))
    console.log('accepted')
    await client.endAsync()
  } catch (error) {
    console.log('refused', `${error.code}: ${error.message}`)
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const [wish, ...rest] = line.split(' ')
  await { talk, stay, meet }[wish](...rest)
  console.log('done')
}
process.exit(0)
