import { type Duration, secondsOf, WAIT_SECS } from './duration.js'
import { Place } from './errors.js'
import { EventStream } from './events.js'
import { Expectation } from './expectation.js'
import type {
  ContractReport,
  Entry,
  Expected,
  HeldProfile,
  Message,
  Met,
  NearMiss,
  NewContracts,
  Parted,
  Partitions,
  ProfileMode,
  Properties,
  ReceivedMessage,
  Restored,
  Stats,
  Subscription,
  Violation,
  Violations,
} from './generated/api.js'
import { type Api, type Method, part, type Query } from './http.js'
import { Located, type Origin } from './located.js'
import { Access } from './parts/access.js'
import { Clients } from './parts/clients.js'
import { Clock } from './parts/clock.js'
import { found, listed, type Search, sought } from './parts/pages.js'
import { Recordings } from './parts/recordings.js'
import { Devices, Faults, Scenarios, Stubs } from './parts/rules.js'
import { Retained, Sessions } from './parts/state.js'
import { type PatternLike, plain, queryOf } from './pattern.js'

/** A payload: text, bytes, or a value that becomes JSON. */
export type Payload = string | Uint8Array | { json: unknown }

/** How a message is published. */
export interface PublishOptions {
  qos?: 0 | 1 | 2
  retain?: boolean
  properties?: Partial<Properties>
}

/** How long a wait takes at most; 4 seconds where nothing is said. */
export interface WaitOptions {
  within?: Duration
}

/** What becomes of sessions and retained messages. */
export interface RestartOptions {
  /** Whether they are lost. They are kept where nothing is said. */
  loseState?: boolean
}

/** A piece of the network that nothing passes. */
export interface Partition {
  name: string
  clients: string[]
  /** Lets everything pass again; what was kept back comes now. */
  heal(): Promise<void>
}

/** What a request of the API says. */
export interface RawOptions extends WaitOptions {
  query?: Query
  /** An object becomes JSON; text and bytes go as they are. */
  body?: unknown
}

type Form = 'ladder' | 'mermaid' | 'jsonl' | 'otlp' | 'pcapng'

/** A broker that runs. `new MqttBroker().start()` gives one. */
export class StartedMqttBroker extends Located {
  readonly clients: Clients
  readonly sessions: Sessions
  readonly retained: Retained
  readonly clock: Clock
  readonly faults: Faults
  readonly stubs: Stubs
  readonly devices: Devices
  readonly scenarios: Scenarios
  readonly recordings: Recordings
  readonly access: Access
  readonly #api: Api
  readonly #end: () => Promise<void>
  #stopping: Promise<void> | undefined

  constructor(origin: Origin) {
    super(origin)
    const { api } = origin
    this.#api = api
    this.#end = origin.stop
    this.clients = new Clients(api)
    this.sessions = new Sessions(api)
    this.retained = new Retained(api)
    this.clock = new Clock(api)
    this.faults = new Faults(api)
    this.stubs = new Stubs(api)
    this.devices = new Devices(api)
    this.scenarios = new Scenarios(api)
    this.recordings = new Recordings(api)
    this.access = new Access(api)
  }

  // Expect.

  /** Waits until this has come; what came already counts. It says more: `.times(2)`, `.within({ seconds: 1 })`, `.followedBy(…)`. */
  expect<E extends Entry = Entry>(pattern: PatternLike<E>): Expectation<E> {
    return Expectation.of(pattern, this.#ask, new Place(this.expect))
  }

  /** Waits until nothing is on its way any more: this has not come, and does not come. */
  expectNever<E extends Entry = Entry>(pattern: PatternLike<E>): Expectation<E> {
    return Expectation.never(pattern, this.#ask, new Place(this.expectNever))
  }

  readonly #ask = (expected: Expected, waitSecs: number | undefined): Promise<Met> => {
    return this.#api.json('POST', 'expectations', { body: expected, waitSecs })
  }

  /** What came closest to a pattern, and in what it differs. */
  async nearMisses(pattern: PatternLike, { after }: { after?: number } = {}): Promise<NearMiss[]> {
    const body = { pattern: plain(pattern), after }
    return (await this.#api.json<{ near_misses: NearMiss[] }>('POST', 'near-misses', { body })).near_misses
  }

  /** Draws a line: what is expected then has to come behind it. Gives its number. */
  async mark(): Promise<number> {
    return (await this.#api.json<{ after: number }>('POST', 'mark')).after
  }

  /** Waits until nothing is on its way any more. */
  async settle(options: WaitOptions = {}): Promise<void> {
    await this.#wait('settle', {}, options)
  }

  // What came.

  /** What clients published. A text is a topic filter. */
  messages(pattern?: PatternLike | string, search?: Search): Promise<ReceivedMessage[]> {
    return found(this.#api, 'messages', pattern, search)
  }

  /** Packets both ways, and events. */
  packets<E extends Entry = Entry>(pattern?: PatternLike<E>, search?: Search): Promise<E[]> {
    return found(this.#api, 'packets', pattern, search)
  }

  /** Waits for a message. One that came already will do, unless `after` says otherwise. */
  async waitForMessage(pattern?: PatternLike | string, options: WaitOptions & { after?: number } = {}): Promise<ReceivedMessage> {
    const body = { pattern: sought(pattern), after: options.after }
    return (await this.#wait<{ message: ReceivedMessage }>('messages/wait', body, options)).message
  }

  /** Waits until there are so many. */
  async waitForMessages(
    count: number,
    pattern?: PatternLike | string,
    options: WaitOptions & { after?: number } = {},
  ): Promise<ReceivedMessage[]> {
    const body = { count, pattern: sought(pattern), after: options.after }
    return (await this.#wait<{ messages: ReceivedMessage[] }>('messages/wait-for-count', body, options)).messages
  }

  /** Waits until this client is connected. */
  waitForConnected(clientId: string, options?: WaitOptions): Promise<void> {
    return this.#waitForClient(clientId, { for: 'connected' }, options)
  }

  /** Waits until it has gone. */
  waitForDisconnected(clientId: string, options?: WaitOptions): Promise<void> {
    return this.#waitForClient(clientId, { for: 'disconnected' }, options)
  }

  /** Waits until messages for this topic filter reach it. */
  waitForSubscribed(clientId: string, topicFilter: string, options?: WaitOptions): Promise<void> {
    return this.#waitForClient(clientId, { for: 'subscribed', topic_filter: topicFilter }, options)
  }

  /** Waits until it has acknowledged everything that it was sent. */
  waitForAcked(clientId: string, options?: WaitOptions): Promise<void> {
    return this.#waitForClient(clientId, { for: 'acked' }, options)
  }

  /** Waits until its session has ended. */
  waitForSessionEnded(clientId: string, options?: WaitOptions): Promise<void> {
    return this.#waitForClient(clientId, { for: 'session_ended' }, options)
  }

  /** Waits until a message is retained for this topic name. */
  async waitForRetained(topic: string, options: WaitOptions = {}): Promise<void> {
    await this.#wait('retained/wait', { topic }, options)
  }

  /** What happens from now on, as it happens; with `after`, from there on. */
  async events<E extends Entry = Entry>(pattern?: PatternLike<E>, { after }: { after?: number } = {}): Promise<EventStream<E>> {
    return new EventStream(await this.#api.open('GET', 'events', { query: { ...queryOf(pattern), after } }))
  }

  // Act.

  /** Has the broker publish a message. Gives the number of sessions that it concerned. */
  async publish(topic: string, payload: Payload = '', options: PublishOptions = {}): Promise<number> {
    const body: Message = { topic, ...told(payload), ...(options as Omit<Message, 'topic'>) }
    return (await this.#api.json<{ sessions: number }>('POST', 'publish', { body })).sessions
  }

  /** Nothing passes between these clients and the broker, and nothing is lost, until it is healed. */
  async partition(clients: string[], name?: string): Promise<Partition> {
    return this.#parted(await this.#api.json<Parted>('POST', 'partitions', { body: { clients, name } }))
  }

  /** The partitions that are not healed yet. */
  async partitions(): Promise<Partition[]> {
    const { partitions } = await this.#api.json<Partitions>('GET', 'partitions')
    return partitions.map((parted) => this.#parted(parted))
  }

  #parted(parted: Parted): Partition {
    const heal = async (): Promise<void> => {
      await this.#api.json('DELETE', `partitions/${part(parted.name)}`)
    }
    return { ...parted, heal }
  }

  /** Takes a listener down: its port refuses connections, and those that came by it are cut. */
  async listenerDown(name = 'main'): Promise<void> {
    await this.#api.json('POST', `listeners/${part(name)}/down`)
  }

  /** Takes it up again. */
  async listenerUp(name = 'main'): Promise<void> {
    await this.#api.json('POST', `listeners/${part(name)}/up`)
  }

  /** As if the broker was stopped and started, on the same port. Clients can connect again once it is done. */
  async restart(options: RestartOptions = {}): Promise<void> {
    await this.#api.json('POST', 'restart', { body: { lose_state: options.loseState } })
  }

  /** As if it was killed and started: connections are reset, what was not sent yet is lost. */
  async crash(options: RestartOptions = {}): Promise<void> {
    await this.#api.json('POST', 'crash', { body: { lose_state: options.loseState } })
  }

  /** Nobody listens, for so long by the broker's clock, or until `endOutage()`. With `reset` it goes as by a crash. */
  async outage(options: RestartOptions & { duration?: Duration; reset?: boolean } = {}): Promise<void> {
    const lasts = options.duration && secondsOf(options.duration, 'duration')
    const body = { duration_secs: lasts, lose_state: options.loseState, reset: options.reset }
    await this.#api.json('POST', 'outage', { body })
  }

  /** Ends an outage. Clients can connect once it is done. */
  async endOutage(): Promise<void> {
    await this.#api.json('DELETE', 'outage')
  }

  /** Makes the broker as new, on the same port. */
  async reset(): Promise<void> {
    await this.#api.json('POST', 'reset')
  }

  /** Sessions and retained messages, for `restore`. */
  snapshot(): Promise<Record<string, unknown>> {
    return this.#api.json('GET', 'snapshot')
  }

  /** Puts a snapshot in the place of everything that is in the broker. */
  restore(snapshot: Record<string, unknown>): Promise<Restored> {
    return this.#api.json('PUT', 'snapshot', { body: snapshot })
  }

  // Look.

  /** Who is subscribed to what. */
  subscriptions(): Promise<Subscription[]> {
    return listed(this.#api, 'subscriptions', 'subscriptions')
  }

  /** Holds clients against what another broker would not take, such as `aws-iot`. */
  holdAgainst(profile: string, mode: ProfileMode = 'warn'): Promise<HeldProfile> {
    return this.#api.json('PUT', 'profile', { body: { name: profile, mode } })
  }

  /**
   * Holds clients to AsyncAPI documents and JSON Schemas, in the place of those before: their names, and the text of each file by
   * its name, as in `{ asyncapi: ['lamps.yaml'], files: { 'lamps.yaml': text } }`.
   */
  setContracts(contracts: Partial<NewContracts>): Promise<ContractReport> {
    return this.#api.json('PUT', 'contracts', { body: contracts })
  }

  /** What clients are held to, and what was used and broken of it. */
  contracts(): Promise<ContractReport> {
    return this.#api.json('GET', 'contracts')
  }

  /** Holds clients to no contract any more. */
  async removeContracts(): Promise<void> {
    await this.#api.json('DELETE', 'contracts')
  }

  /** What clients did that the profile, or a contract, would not take: a row for each client, rule and sentence. */
  async violations(): Promise<Violation[]> {
    const found: Violations = await this.#api.json('GET', 'violations')
    return found.violations
  }

  stats(): Promise<Stats> {
    return this.#api.json('GET', 'stats')
  }

  /** What the engine behind the broker can do. */
  capabilities(): Promise<Record<string, unknown>> {
    return this.#api.json('GET', 'capabilities')
  }

  /** The latest packets and events, as a diagram of text. */
  ladder(pattern?: PatternLike, search?: Search): Promise<string> {
    return this.#export('ladder', pattern, search).then(String)
  }

  /** The same as a sequence diagram of Mermaid. */
  mermaid(pattern?: PatternLike, search?: Search): Promise<string> {
    return this.#export('mermaid', pattern, search).then(String)
  }

  /** The journal as JSON lines. */
  jsonl(pattern?: PatternLike, search?: Search): Promise<string> {
    return this.#export('jsonl', pattern, search).then(String)
  }

  /** The journal as a capture for Wireshark, with passwords. */
  pcapng(pattern?: PatternLike, search?: Search): Promise<Buffer> {
    return this.#export('pcapng', pattern, search)
  }

  /** What became of messages with a `traceparent`, as the JSON that OpenTelemetry's tools read. */
  otlp(pattern?: PatternLike, search?: Search): Promise<string> {
    return this.#export('otlp', pattern, search).then(String)
  }

  /** Any request of the API: `request('GET', 'packets', { query: { limit: 5 } })`. */
  request<T = unknown>(method: Method, path: string, options: RawOptions = {}): Promise<T> {
    const { query, body, within } = options
    return this.#api.any(method, path, { query, body, waitSecs: secondsIf(within) }) as Promise<T>
  }

  // End.

  /** Stops it: its clients are told Server shutting down, and its port is free again. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #stop(): Promise<void> {
    this.removeCaFile()
    await this.#end()
  }

  async #waitForClient(clientId: string, wanted: Record<string, unknown>, options?: WaitOptions): Promise<void> {
    await this.#wait(`clients/${part(clientId)}/wait`, wanted, options)
  }

  #wait<T>(path: string, body: Record<string, unknown>, options: WaitOptions = {}): Promise<T> {
    const waitSecs = secondsIf(options.within) ?? WAIT_SECS
    return this.#api.json('POST', path, { body: { ...body, timeout_secs: waitSecs }, waitSecs })
  }

  #export(format: Form, pattern?: PatternLike, search: Search = {}): Promise<Buffer> {
    return this.#api.bytes('GET', 'export', { query: { ...queryOf(pattern), ...search, format } })
  }
}

function secondsIf(within: Duration | undefined): number | undefined {
  return within && secondsOf(within, 'within')
}

function told(payload: Payload): Partial<Message> {
  if (typeof payload === 'string') return { payload }
  if (ArrayBuffer.isView(payload)) return { payload_base64: Buffer.from(payload).toString('base64') }
  return { json: payload.json }
}
