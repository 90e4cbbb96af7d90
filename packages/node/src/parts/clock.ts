import { type Duration, secondsOf } from '../duration.js'
import type { Clock as Shown } from '../generated/api.js'
import type { Api } from '../http.js'

/** The clock that the broker goes by: keep alive, expiry, will delays, the times of rules, stubs and devices. */
export class Clock {
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  /** What time it is, and whether it stands still. */
  now(): Promise<Shown> {
    return this.#api.json('GET', 'clock')
  }

  /** Stops it. */
  freeze(): Promise<Shown> {
    return this.#api.json('POST', 'clock/freeze')
  }

  /** Lets it go on. */
  resume(): Promise<Shown> {
    return this.#api.json('POST', 'clock/resume')
  }

  /** Moves it, frozen or not: what is due on the way is done before this resolves. `within` is how long that may take in real time. */
  advance(by: Duration, options: { within?: Duration } = {}): Promise<Shown> {
    const waitSecs = options.within && secondsOf(options.within, 'within')
    const body = { secs: secondsOf(by, 'advance'), timeout_secs: waitSecs }
    return this.#api.json('POST', 'clock/advance', { body, waitSecs })
  }
}
