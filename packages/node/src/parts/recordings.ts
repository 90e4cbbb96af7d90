import { type Duration, secondsOf } from '../duration.js'
import type { Played } from '../generated/api.js'
import type { Api } from '../http.js'
import { type PatternLike, plain } from '../pattern.js'

/** How a recording is played. */
export interface PlayOptions {
  /** How many times as fast as it was recorded, or without pauses. */
  speed?: number | 'max'
  /** Only messages of this recorded client; `*` stands for any characters. */
  client?: string
  /** Only messages to topics that this filter matches. */
  topic?: string
  /** Other topics: `home/# => test/#`. */
  rewrite?: string
  qos?: 0 | 1 | 2
  retain?: boolean
  /** How long to wait for the end; it goes on behind that. */
  within?: Duration
}

/** What clients do, as JSON lines. docs/RECORDINGS.md describes them. */
export class Recordings {
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  /** Records from now on: all, or what the pattern means. Passwords are left out. */
  async start(pattern?: PatternLike): Promise<void> {
    await this.#api.json('POST', 'recordings/start', { body: { pattern: plain(pattern) } })
  }

  /** Ends the recording, and gives it. */
  stop(): Promise<string> {
    return this.#api.text('POST', 'recordings/stop')
  }

  async status(): Promise<'NeverStarted' | 'Recording' | 'Stopped'> {
    return (await this.#api.json<{ status: 'NeverStarted' | 'Recording' | 'Stopped' }>('GET', 'recordings/status')).status
  }

  /** Publishes the messages of a recording again, on the broker's clock. */
  play(recording: string, { within, ...how }: PlayOptions = {}): Promise<Played> {
    const waitSecs = within && secondsOf(within, 'within')
    return this.#api.json('POST', 'recordings/play', { body: recording, query: { ...how, timeout_secs: waitSecs }, waitSecs })
  }
}
