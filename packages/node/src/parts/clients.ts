import { type Duration, secondsOf } from '../duration.js'
import type { Client, Disconnected, Interrupted } from '../generated/api.js'
import { type Api, part } from '../http.js'
import { listed, unlessAbsent } from './pages.js'

/** The clients that are here or were. */
export class Clients {
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  list(): Promise<Client[]> {
    return listed(this.#api, 'clients', 'clients')
  }

  /** Whether it is connected, and if not, why it went and what to do about it. `undefined` where it never was here. */
  get(clientId: string): Promise<Client | undefined> {
    return unlessAbsent(this.#api.json('GET', `clients/${part(clientId)}`))
  }

  /** Disconnects it. A 5.0 client is told the reason code, a number or its name; `Administrative action` where none is said. */
  disconnect(clientId: string, reason?: number | string): Promise<Disconnected> {
    return this.#api.json('POST', `clients/${part(clientId)}/disconnect`, { body: { reason_code: reason } })
  }

  /** Cuts it off for so long by the broker's clock: its connection now, and each new one right after its CONNECT. */
  interrupt(clientId: string, duration: Duration): Promise<Interrupted> {
    const body = { client: clientId, duration_secs: secondsOf(duration, 'duration') }
    return this.#api.json('POST', 'interruptions', { body })
  }
}
