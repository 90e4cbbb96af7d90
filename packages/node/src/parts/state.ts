import type { Kept, Session, SessionSummary } from '../generated/api.js'
import { type Api, part } from '../http.js'
import { listed, unlessAbsent } from './pages.js'

/** The sessions of the broker. */
export class Sessions {
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  list(): Promise<SessionSummary[]> {
    return listed(this.#api, 'sessions', 'sessions')
  }

  /** A session with all that is in it, `tls` and `way` of its connection included. `undefined` where the client has none. */
  get(clientId: string): Promise<Session | undefined> {
    return unlessAbsent(this.#api.json('GET', `sessions/${part(clientId)}`))
  }

  /** Ends it; a client that is connected is told `Administrative action`. */
  async end(clientId: string): Promise<void> {
    await this.#api.json('DELETE', `sessions/${part(clientId)}`)
  }
}

/** The retained messages. */
export class Retained {
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  /** All, or those whose topic fits the filter. */
  list(filter?: string): Promise<Kept[]> {
    return listed(this.#api, 'retained', 'retained', filter === undefined ? {} : { topic: filter })
  }

  /** The message that is retained for this topic name, if there is one. */
  get(topic: string): Promise<Kept | undefined> {
    return unlessAbsent(this.#api.json('GET', `retained/${levels(topic)}`))
  }

  async remove(topic: string): Promise<void> {
    await this.#api.json('DELETE', `retained/${levels(topic)}`)
  }

  async clear(): Promise<void> {
    await this.#api.json('DELETE', 'retained')
  }
}

/** A topic name in an address. */
function levels(topic: string): string {
  return topic.split('/').map(part).join('/')
}
