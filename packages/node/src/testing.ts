import { MqttBroker, type MqttBrokerOptions } from './broker.js'
import { NotMet } from './errors.js'
import type { StartedMqttBroker } from './started.js'

/**
 * A test with a broker of its own. It works with every runner; where the test fails, the ladder of the broker is printed.
 *
 *     test('the lamp goes on', withBroker(async (broker) => { … }))
 */
export function withBroker(body: (broker: StartedMqttBroker) => unknown): () => Promise<void>
export function withBroker(options: MqttBrokerOptions, body: (broker: StartedMqttBroker) => unknown): () => Promise<void>
export function withBroker(
  first: MqttBrokerOptions | ((broker: StartedMqttBroker) => unknown),
  second?: (broker: StartedMqttBroker) => unknown,
): () => Promise<void> {
  const [options, body] = typeof first === 'function' ? [{}, first] : [first, second]
  // Without a parameter: runners give one to tests that ask for it.
  return async () => {
    const broker = await new MqttBroker(options).start()
    try {
      await body?.(broker)
    } catch (error) {
      // The report of an expectation has it already.
      if (!(error instanceof NotMet && error.failure)) await print(broker)
      throw error
    } finally {
      await broker.stop()
    }
  }
}

/** What node:test and Vitest tell a hook about its test. */
export interface TestOutcome {
  /** node:test. */
  readonly passed?: boolean
  /** Vitest. */
  readonly task?: { readonly result?: { readonly state?: string } | undefined }
}

/**
 * Prints the ladder of a broker where the test failed; for hooks of node:test and Vitest:
 *
 *     afterEach((context) => showLadderIfFailed(context, broker))
 */
export async function showLadderIfFailed(context: TestOutcome, broker: StartedMqttBroker): Promise<void> {
  const failed = context.task ? context.task.result?.state === 'fail' : context.passed === false
  if (failed) await print(broker)
}

async function print(broker: StartedMqttBroker): Promise<void> {
  try {
    // With the console, runners show it beside the test.
    console.error(await broker.ladder())
  } catch {
    // The failure of the test says more.
  }
}
