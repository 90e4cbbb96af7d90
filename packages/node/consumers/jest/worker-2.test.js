const { MqttBroker, NotMet, publish, withBroker } = require('citronella')
const { EventEmitter } = require('node:events')
const fs = require('node:fs')

test(
  'the error of an expectation says what came',
  withBroker(async (broker) => {
    const failing = broker.expect(publish('a')).within({ milliseconds: 1 })
    await expect(failing).rejects.toBeInstanceOf(NotMet)
    await expect(failing).rejects.toThrow(/expected at least once: PUBLISH/)
  }),
)

test(
  'timers that are not real change nothing',
  withBroker(async (broker) => {
    jest.useFakeTimers()
    try {
      await broker.clock.advance({ hours: 1 })
      await broker.expectNever(publish('a'))
    } finally {
      jest.useRealTimers()
    }
  }),
)

test('all test files of a worker have one program', async () => {
  const broker = await new MqttBroker().start()
  expect(Boolean(process.env.CITRONELLA_URL)).toBe(Boolean(process.env.EXPECT_SHARED))
  if (!process.env.EXPECT_SHARED) {
    const { pid } = await EventEmitter[Symbol.for('citronella.program')]
    const others = `programs-of-worker-${process.env.JEST_WORKER_ID}`
    fs.appendFileSync(others, `${pid}\n`)
    expect(new Set(fs.readFileSync(others, 'utf8').trim().split('\n'))).toEqual(new Set([String(pid)]))
  }
  await broker[Symbol.asyncDispose]()
  await expect(broker.messages()).rejects.toThrow('was stopped')
})
