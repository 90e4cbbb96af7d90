import { MqttBroker, NotMet, publish, showLadderIfFailed, withBroker } from 'citronella'
import { afterEach, expect, test, vi } from 'vitest'

test(
  'the error of an expectation is one of assert',
  withBroker(async (broker) => {
    await expect(broker.expect(publish('a')).within({ milliseconds: 1 })).rejects.toThrow(NotMet)
    await expect(broker.expect(publish('a')).within({ milliseconds: 1 })).rejects.toMatchObject({ code: 'ERR_ASSERTION' })
  }),
)

test(
  'timers that are not real change nothing',
  withBroker(async (broker) => {
    vi.useFakeTimers()
    try {
      await broker.clock.advance({ hours: 1 })
      await broker.expectNever(publish('a'))
    } finally {
      vi.useRealTimers()
    }
  }),
)

test(
  'a program is shared where globalSetup says so',
  withBroker(async (broker) => {
    if (!process.env.CITRONELLA_URL) return
    const { brokers } = await (await fetch(`${process.env.CITRONELLA_URL}/brokers`)).json()
    expect(brokers.map(({ url }) => url)).toContain(broker.url)
  }),
)

let printed
afterEach(async (context) => {
  const print = vi.spyOn(console, 'error').mockImplementation(() => {})
  const broker = await new MqttBroker().start()
  await broker.publish('lamp', 'on')
  await showLadderIfFailed(context, broker)
  printed = print.mock.calls.length
  print.mockRestore()
  await broker.stop()
})

test.fails('one that fails', () => {
  expect(1).toBe(2)
})

test('the ladder of one that goes well is not printed', () => {
  expect(printed ?? 0).toBeLessThan(2)
})
