// What the tests that the console copies are about: a program that connects as `meter`, publishes a message at QoS 1, and says goodbye.

import mqtt from 'mqtt'

async function programUnderTest(url: string): Promise<void> {
  const client = await mqtt.connectAsync(url, { clientId: 'meter', reconnectPeriod: 0 })
  await client.publishAsync('power/hall', '{"watt":5,"on":true,"by":null,"of":["aé","it\'s"]}', { qos: 1 })
  await client.endAsync()
}

Object.assign(globalThis, { programUnderTest })
