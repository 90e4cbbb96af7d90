import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { BrokerError } from './errors.js'
import type { Entry } from './generated/api.js'

/**
 * What happens at the broker, as it happens:
 *
 *     for await (const entry of await broker.events(event('connected'))) console.log(entry.client_id)
 *
 * It ends with the loop that reads it, with `close()`, and when the broker stops.
 */
export class EventStream<E extends Entry = Entry> implements AsyncIterableIterator<E> {
  readonly #response: IncomingMessage
  readonly #socket: Socket
  readonly #entries: AsyncGenerator<E, undefined>
  #missed = 0

  constructor(response: IncomingMessage) {
    this.#response = response
    this.#socket = response.socket
    this.#entries = this.#read()
    // Only a reader that waits keeps Node alive.
    this.#socket.unref()
  }

  /** How many entries were lost, because this reader was too slow and the journal has forgotten them. */
  get missed(): number {
    return this.#missed
  }

  async next(): Promise<IteratorResult<E, undefined>> {
    this.#socket.ref()
    try {
      return await this.#entries.next()
    } finally {
      this.#socket.unref()
    }
  }

  async return(): Promise<IteratorResult<E, undefined>> {
    this.close()
    return { done: true, value: undefined }
  }

  /** Ends it. */
  close(): void {
    this.#response.destroy()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  async *#read(): AsyncGenerator<E, undefined> {
    let rest = ''
    this.#response.setEncoding('utf8')
    try {
      for await (const chunk of this.#response) {
        const messages = (rest + (chunk as string)).split('\n\n')
        rest = messages.pop() ?? ''
        for (const message of messages) {
          const { event, data } = parsed(message)
          if (data === undefined) continue
          if (event === 'missed') this.#missed += (JSON.parse(data) as { entries: number }).entries
          else yield JSON.parse(data) as E
        }
      }
    } catch (error) {
      // After close() there is nothing left to say.
      if (this.#response.readableAborted || this.#response.destroyed) return undefined
      throw new BrokerError(`the events of the broker broke off: ${(error as Error).message}`, { cause: error })
    }
    return undefined
  }
}

/** One server-sent event. The broker writes one line of data to each; lines without a name are for keeping the connection alive. */
function parsed(message: string): { event?: string; data?: string } {
  const fields: Record<string, string> = {}
  for (const line of message.split('\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 1).trimStart()
  }
  return fields
}
