// What a start, a call and a test cost.
//
//     npm run measure                     in one process
//     npm run measure -- --tests FOLDER   writes 200 tests for Vitest into a project, 25 to a file

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { MqttBroker, publish } from 'citronella'
import mqtt from 'mqtt'

const { values } = parseArgs({ options: { tests: { type: 'string' } } })

/** The median of how long it takes, in milliseconds. */
async function median(times, action) {
  const taken = []
  for (let n = 0; n < times; n++) {
    const began = performance.now()
    await action(n)
    taken.push(performance.now() - began)
  }
  return taken.sort((one, other) => one - other)[Math.floor(times / 2)].toFixed(2)
}

/** A test: a broker, a client, a message, an expectation. */
async function test(n) {
  const broker = await new MqttBroker().start()
  const client = await mqtt.connectAsync(broker.url, { reconnectPeriod: 0 })
  await client.publishAsync(`sensors/${n}`, '21', { qos: 1 })
  await broker.expect(publish('sensors/+').payload('21')).times(1)
  await client.endAsync()
  await broker.stop()
}

if (values.tests) {
  for (let file = 1; file <= 8; file++) {
    const code = `import { publish, withBroker } from 'citronella'
import mqtt from 'mqtt'
import { test } from 'vitest'

test.concurrent.for(Array.from({ length: 25 }, (_, n) => n))('test %i', (n) => withBroker(async (broker) => {
  const client = await mqtt.connectAsync(broker.url, { reconnectPeriod: 0 })
  await client.publishAsync('sensors/' + n, '21', { qos: 1 })
  await broker.expect(publish('sensors/+').payload('21')).times(1)
  await client.endAsync()
})())
`
    writeFileSync(join(values.tests, `many-${file}.spec.mjs`), code)
  }
} else {
  const first = await median(1, async () => (await new MqttBroker().start()).stop())
  console.log(`the program and its first broker: ${first} ms`)
  const brokers = []
  console.log(
    `start of a broker: ${await median(200, async () => brokers.push(await new MqttBroker().start()))} ms (median of 200)`,
  )
  const [broker] = brokers
  console.log(`a call: ${await median(1000, () => broker.clock.now())} ms (median of 1000)`)
  console.log(`an expectation that is met: ${await median(200, () => broker.expectNever(publish('#')))} ms (median of 200)`)
  console.log(`stop of a broker: ${await median(200, (n) => brokers[n].stop())} ms (median of 200)`)
  console.log(`a test, one behind the other: ${await median(50, test)} ms (median of 50)`)
  const began = performance.now()
  await Promise.all(Array.from({ length: 200 }, (_, n) => test(n)))
  const all = performance.now() - began
  console.log(`200 tests side by side: ${all.toFixed(0)} ms, ${(all / 200).toFixed(1)} ms a test`)
}
