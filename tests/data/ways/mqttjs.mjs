// MQTT.js in Node: see README.md. Argument: the folder where MQTT.js is installed.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { talk, will } from './talk.mjs'

const mqtt = createRequire(join(process.argv[2], 'package.json'))('mqtt')

// Connects to a URL, trusting this authority.
const opener = (url, ca) => (options) => {
  const all = { ...options }
  if (ca !== '-') all.ca = readFileSync(ca)
  if (!url.startsWith('unix:')) return mqtt.connectAsync(url, all, false)
  return mqtt.connectAsync({ ...all, protocol: 'mqtt+unix', path: url.slice(5) }, undefined, false)
}

async function meet(url, ca, crl) {
  const more = crl === '-' ? {} : { crl: readFileSync(crl) }
  try {
    const client = await opener(url, ca)({ protocolVersion: 5, reconnectPeriod: 0, ...more })
    console.log('accepted')
    await client.endAsync()
  } catch (error) {
    console.log('refused', `${error.code}: ${error.message}`)
  }
}

const wishes = {
  talk: (url, ca, name) => talk(opener(url, ca), name, console.log),
  stay: (url, ca, name) => opener(url, ca)(will(name)),
  meet
}

for await (const line of createInterface({ input: process.stdin })) {
  const [wish, ...rest] = line.split(' ')
  await wishes[wish](...rest)
  console.log('done')
}
process.exit(0)
