import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { BrokerError, MqttBroker } from 'citronella'
import { program } from '../dist/program/running.js'
import { connect } from './clients.js'

/** Runs a line of JavaScript that has a broker; it prints what its `say` is given. */
function run(
  line: string,
  env: NodeJS.ProcessEnv = {},
): { child: ChildProcess; said: AsyncIterator<string>; errors: () => string } {
  const code = `
    const { MqttBroker } = require('citronella')
    const { program } = require(${JSON.stringify(join(__dirname, '..', 'dist', 'program', 'running.js'))})
    const say = (words) => process.stdout.write(words + '\\n')
    const run = async () => { ${line} }
    run()`
  const child = spawn(process.execPath, ['-e', code], {
    cwd: __dirname,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  let errors = ''
  child.stderr.on('data', (text) => {
    errors += String(text)
  })
  return { child, said: createInterface(child.stdout)[Symbol.asyncIterator](), errors: () => errors }
}

/** Waits until no process has this number any more, or a zombie alone. */
async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setImmediate(resolve))
}

function isAlive(pid: number): boolean {
  try {
    const state = readFileSync(`/proc/${pid}/stat`, 'utf8').match(/\) (\w)/)?.[1]
    return state !== 'Z' && state !== undefined
  } catch {
    return false
  }
}

const START = 'const broker = await new MqttBroker().start(); say(String((await program()).pid));'

test('many brokers are one program, and have nothing in common', async () => {
  const started = await Promise.all(Array.from({ length: 20 }, () => new MqttBroker().start()))
  const ports = new Set(started.map((broker) => broker.port))
  assert.equal(ports.size, 20)
  const { pid } = await program()
  await Promise.all(started.map((broker, n) => broker.publish(`t/${n}`, 'x', { retain: true })))
  for (const [n, broker] of started.entries()) {
    assert.deepEqual(
      (await broker.retained.list()).map(({ topic }) => topic),
      [`t/${n}`],
    )
  }
  await Promise.all(started.map((broker) => broker.stop()))
  assert.equal((await program()).pid, pid)
})

test('a test that is over ends, with a broker that was not stopped', async () => {
  const { child, said } = run(`${START} await broker.messages(); await broker.events()`)
  const { value: pid } = await said.next()
  assert.deepEqual(await once(child, 'exit'), [0, null])
  await gone(Number(pid))
})

for (const [how, line, code] of [
  ['process.exit', 'process.exit(3)', 3],
  ['an error that nobody catches', "throw new Error('oops')", 1],
] as const) {
  test(`nothing is left after ${how}`, async () => {
    const { child, said } = run(`${START} ${line}`)
    const { value: pid } = await said.next()
    assert.deepEqual(await once(child, 'exit'), [code, null])
    await gone(Number(pid))
  })
}

for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const) {
  test(`nothing is left after ${signal}`, async () => {
    const { child, said } = run(`${START} await new Promise((resolve) => setTimeout(resolve, 60_000))`)
    const { value: pid } = await said.next()
    assert.ok(isAlive(Number(pid)))
    child.kill(signal)
    await once(child, 'exit')
    await gone(Number(pid))
  })
}

test('a program that ended is told, and the next broker starts another', async () => {
  const broker = await new MqttBroker().start()
  const other = await new MqttBroker().start()
  const first = await program()
  process.kill(first.pid, 'SIGKILL')
  await other.stop()
  await gone(first.pid)
  await assert.rejects(
    async () => {
      for (;;) await broker.messages()
    },
    (error: unknown) => error instanceof BrokerError,
  )
  while (first.ended === undefined) await new Promise((resolve) => setImmediate(resolve))
  await assert.rejects(broker.messages(), /the program of the broker has ended: SIGKILL/)
  await broker.stop()
  await using next = await new MqttBroker().start()
  await (await connect(next, 'lamp')).endAsync()
  assert.notEqual((await program()).pid, first.pid)
})

test('a start right after the program was killed begins another', async () => {
  const broker = await new MqttBroker().start()
  const first = await program()
  process.kill(first.pid, 'SIGKILL')
  await using next = await new MqttBroker().start()
  await (await connect(next, 'lamp')).endAsync()
  assert.notEqual((await program()).pid, first.pid)
  await broker.stop()
})

test('an expectation that nobody awaits fails the process all the same', async () => {
  const { child, errors } = run(`${START} broker.expect({ packet: 'CONNECT' }).within({ milliseconds: 1 })`)
  assert.deepEqual(await once(child, 'close'), [1, null])
  assert.match(errors(), /expected at least once: CONNECT/)
})

test('a program that does not start says why', async () => {
  const { child, errors } = run('await new MqttBroker().start()', { CITRONELLA_BIN: '/bin/false' })
  assert.deepEqual(await once(child, 'close'), [1, null])
  assert.match(errors(), /\/bin\/false does not start: it ended with exit code 1/)
})

test('settings of the folder and of the environment do not count', async () => {
  const { child, said, errors } = run(
    'const broker = await new MqttBroker().start(); say(broker.info.engine); await broker.stop()',
    {
      CITRONELLA_ENGINE__KIND: 'rumqttd',
      CITRONELLA_NO_SUCH_KEY: '1',
    },
  )
  assert.equal((await said.next()).value, 'native', errors())
  await once(child, 'exit')
})
