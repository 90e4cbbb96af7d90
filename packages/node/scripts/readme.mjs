// Takes the code of README.md out, to be run as it stands there:
//
//     node scripts/readme.mjs RUNNER FOLDER
//
// A block whose first line is `// FILE (RUNNER)` becomes that file. For node:test, all blocks without such a line become tests that have a
// broker and a client.

import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [runner, folder] = process.argv.slice(2)
const page = readFileSync(join(dirname(fileURLToPath(import.meta.url)), '..', 'README.md'), 'utf8')
const blocks = [...page.matchAll(/^```(?:js|ts)\n(.*?)^```$/gms)].map(([, code]) => code)
const named = blocks.map((code) => ({ code, name: code.match(/^\/\/ (\S+) \((.+)\)\n/) }))

for (const { code, name } of named) {
  if (name?.[2] === runner) writeFileSync(join(folder, name[1]), code)
}

const config = blocks.find((code) => code.startsWith('// vitest.config.js\n'))
if (runner === 'Vitest') writeFileSync(join(folder, 'vitest.config.mjs'), config)

if (runner === 'node:test') {
  const parts = named.filter(({ code, name }) => !name && code !== config)
  const tests = parts.map(({ code }, number) => {
    const body = code.replace(/^/gm, '  ').trimEnd()
    return `
test('part ${number + 1} of the README', withBroker(async (broker) => {
  const client = await mqtt.connectAsync(broker.url, { clientId: 'client', reconnectPeriod: 0 })
  client.on('error', () => {})
  try {
${body}
  } finally {
    client.end(true)
  }
}))
`
  })
  const head = `import { test } from 'node:test'
import { event, MqttBroker, packet, publish, withBroker } from 'citronella'
import mqtt from 'mqtt'
`
  writeFileSync(join(folder, 'readme.test.mjs'), head + tests.join(''))
}
