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
    expect(Boolean(process.env.CITRONELLA_URL)).toBe(Boolean(process.env.EXPECT_SHARED))
    if (!process.env.EXPECT_SHARED) return
    const { brokers } = await (await fetch(`${process.env.CITRONELLA_URL}/brokers`)).json()
    expect(brokers.map(({ url }) => url)).toContain(broker.url)
  }),
)

const printed = {}
afterEach(async (context) => {
  const print = vi.spyOn(console, 'error').mockImplementation(() => {})
  const broker = await new MqttBroker().start()
  await showLadderIfFailed(context, broker)
  printed[context.task.name] = print.mock.calls.length
  print.mockRestore()
  await broker.stop()
})

test.fails('one that fails', () => {
  expect(1).toBe(2)
})

test('the ladder of a test that failed is printed, and no other', () => {
  const { 'one that fails': failed, ...others } = printed
  expect(failed).toBe(1)
  expect(new Set(Object.values(others))).toEqual(new Set([0]))
})
