// An edge node on the client of Eclipse Tahu, as its manual shows it. Arguments as of node.mjs.

import { createRequire } from 'node:module'
import { join } from 'node:path'

const [home, url] = process.argv.slice(2)
const { newClient } = createRequire(join(home, 'package.json'))('sparkplug-client')

const client = newClient({
  serverUrl: url,
  username: '',
  password: '',
  groupId: 'plant',
  edgeNode: 'tahu',
  clientId: 'tahu',
  publishDeath: true,
  version: 'spBv1.0',
})
client.once('birth', () => {
  const timestamp = Date.now()
  client.publishNodeBirth({
    timestamp,
    metrics: [
      { name: 'Node Control/Rebirth', type: 'Boolean', value: false },
      { name: 'Load', type: 'Double', value: 0.5 },
    ],
  })
  client.publishDeviceBirth('arm', { timestamp, metrics: [{ name: 'Speed', type: 'Float', value: 1.5 }] })
  client.publishNodeData({ timestamp, metrics: [{ name: 'Load', type: 'Double', value: 0.7 }] })
  client.publishDeviceData('arm', { timestamp, metrics: [{ name: 'Speed', type: 'Float', value: 2.5 }] })
  client.publishDeviceDeath('arm', { timestamp, metrics: [] })
  client.stop()
})
