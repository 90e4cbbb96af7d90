import { createHash } from 'node:crypto'
import type { Asked, Comparison, Entry, EventEntry, EventName, PacketEntry, PacketType, PatternObject } from './generated/api.js'
import type { Query } from './http.js'

/** The name of a field, or of a part of one: `qos`, `will.topic`. */
export type FieldName = Exclude<keyof PatternObject, number>

/** A pattern, or the object that it stands for. */
export type PatternLike<E extends Entry = Entry> = Pattern<E> | PatternObject

/** A payload up to here is said as it is, so that a report can tell how another one differs; a pattern has room for 64 kB. */
const SAID_BYTES = 4096

declare const finds: unique symbol

/**
 * Which packets or events are meant. Each call gives a new pattern that asks for more. What is not asked for may be anything.
 *
 *     publish('sensors/+/temp').qos(1).json({ celsius: 21 })
 */
export class Pattern<E extends Entry = Entry> {
  declare readonly [finds]: E
  readonly #fields: Readonly<Record<string, unknown>>

  constructor(fields: PatternObject) {
    this.#fields = { ...fields }
  }

  /** Any field by its name, as docs/PATTERNS.md lists them. */
  field<N extends FieldName>(name: N, is: PatternObject[N]): Pattern<E> {
    if (is === undefined) throw new TypeError(`${name}: undefined is no value; null asks that the field is absent`)
    const before = this.#fields[name]
    return this.#with(name, name in this.#fields && before !== is ? { all: [before, is] } : is)
  }

  /** A topic filter that the topic fits. */
  topic(filter: string): Pattern<E> {
    return this.#once('topic', filter)
  }

  /** Sent by this client. */
  fromClient(clientId: string): Pattern<E> {
    return this.#going('in').ofClient(clientId)
  }

  /** Sent to this client. */
  toClient(clientId: string): Pattern<E> {
    return this.#going('out').ofClient(clientId)
  }

  /** From or to this client; of events, about it. */
  ofClient(clientId: string): Pattern<E> {
    return this.#once('client_id', clientId)
  }

  qos(qos: Asked<0 | 1 | 2>): Pattern<E> {
    return this.field('qos', qos)
  }

  retain(retain = true): Pattern<E> {
    return this.field('retain', retain)
  }

  dup(dup = true): Pattern<E> {
    return this.field('dup', dup)
  }

  /** The payload: a text, bytes, or a comparison such as `{ len_bytes: { to: 100 } }`. A large one is said by its SHA-256. */
  payload(is: Asked<string> | Uint8Array): Pattern<E> {
    if (typeof is !== 'string' && !isBytes(is)) return this.field('payload', is)
    const bytes = typeof is === 'string' ? Buffer.from(is) : Buffer.from(is.buffer, is.byteOffset, is.byteLength)
    if (bytes.length > SAID_BYTES) {
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      return this.field('payload', { len_bytes: bytes.length, sha256 })
    }
    return this.field('payload', typeof is === 'string' ? is : { base64: bytes.toString('base64') })
  }

  /** The payload is this JSON value, however it is written. */
  json(value: unknown): Pattern<E> {
    return this.field('payload', { json: value })
  }

  /** The payload is JSON with at least these members. */
  jsonSubset(value: unknown): Pattern<E> {
    return this.field('payload', { json_subset: value })
  }

  /** The payload is JSON, and at this place (`/list/0/name`) stands this value, or one that fits this comparison. */
  jsonAt(pointer: string, is: unknown): Pattern<E> {
    return this.field('payload', { json_at: { [pointer]: is } })
  }

  /** The payload is a text with this in it. */
  containing(part: string): Pattern<E> {
    return this.field('payload', { contains: part })
  }

  /** The payload is a text in which this finds something. The broker reads it as Rust's regex crate does: nothing looks around. */
  matching(regex: RegExp): Pattern<E> {
    return this.field('payload', { matches: sourceOf(regex) })
  }

  /** The payload has no bytes. */
  empty(): Pattern<E> {
    return this.field('payload', { len_bytes: 0 })
  }

  /** The reason code, as a number or by its name in the standard. Of SUBACK and UNSUBACK, one of them. */
  reason(reason: number | string): Pattern<E> {
    if (typeof reason === 'string') return this.field('reason', reason)
    const types = [this.#fields['packet']].flat()
    const many = types.every((type) => type === 'SUBACK' || type === 'UNSUBACK')
    return many ? this.field('reason_codes', reason) : this.field('reason_code', reason)
  }

  /** The user name, of CONNECT or of an event. */
  userName(name: Asked<string>): Pattern<E> {
    return this.field(this.#isEvent ? 'user' : 'user_name', name)
  }

  /** Keep Alive in seconds. */
  keepAliveSecs(secs: Asked<number>): Pattern<E> {
    return this.field(this.#isEvent ? 'keep_alive_secs' : 'keep_alive', secs)
  }

  cleanStart(clean = true): Pattern<E> {
    return this.field('clean_start', clean)
  }

  sessionPresent(present = true): Pattern<E> {
    return this.field('session_present', present)
  }

  /** The topic filter of a subscription, exactly as the client wrote it. */
  topicFilter(filter: string): Pattern<E> {
    if (this.#isEvent) return this.field('filter', filter)
    const isSubscribe = this.#fields['packet'] === 'SUBSCRIBE'
    return this.field('topic_filters', isSubscribe ? { topic_filter: filter } : filter)
  }

  /** A property of MQTT 5.0, by its name in the standard in snake case: `property('content_type', 'text/plain')`. */
  property(name: string, is: unknown): Pattern<E> {
    return this.field(`properties.${name}`, is)
  }

  userProperty(name: string, value: string): Pattern<E> {
    return this.property('user_property', { name, value })
  }

  /** The object that the API takes. */
  toJSON(): PatternObject {
    return { ...this.#fields }
  }

  get #isEvent(): boolean {
    return this.#fields['event'] !== undefined || this.#fields['record'] === 'event'
  }

  #with(name: string, is: unknown): Pattern<E> {
    return new Pattern({ ...this.#fields, [name]: is } as PatternObject)
  }

  /** Fields of which a second value would leave nothing that fits. */
  #once(name: string, value: string): Pattern<E> {
    const before = this.#fields[name]
    if (before !== undefined && before !== value) {
      throw new TypeError(`${name} is said twice: ${JSON.stringify(before)} and ${JSON.stringify(value)}`)
    }
    return this.#with(name, value)
  }

  #going(direction: 'in' | 'out'): Pattern<E> {
    if (this.#isEvent) return this
    if (this.#fields['client_id'] !== undefined && this.#fields['direction'] !== direction) {
      throw new TypeError('no packet goes both ways: say either fromClient or toClient')
    }
    return this.#with('direction', direction)
  }
}

/** A message that a client publishes to a topic that fits this filter. */
export function publish(filter: string): Pattern<PacketEntry> {
  return new Pattern({ packet: 'PUBLISH', direction: 'in', topic: filter })
}

/** A packet of this type, or of one of these; without a type, any packet. Both ways, unless `fromClient` or `toClient` says which. */
export function packet(type?: PacketType | PacketType[]): Pattern<PacketEntry> {
  return new Pattern(type === undefined ? { record: 'packet' } : { packet: type })
}

/** An event of this name, or of one of these; without a name, any event. */
export function event(name?: EventName | EventName[]): Pattern<EventEntry> {
  return new Pattern(name === undefined ? { record: 'event' } : { event: name })
}

/** The same pattern for the address of a request. */
export function queryOf(pattern: PatternLike | undefined): Query {
  const query: Record<string, string | string[]> = {}
  for (const [name, is] of Object.entries(plain(pattern) ?? {})) {
    if (['packet', 'event', 'record'].includes(name)) query[name] = is as string | string[]
    else if (is !== undefined) query[name] = inAddress(is)
  }
  return query
}

/** The object of a pattern. */
export function plain(pattern: PatternLike | undefined): PatternObject | undefined {
  return pattern instanceof Pattern ? pattern.toJSON() : pattern
}

/** Texts and numbers stand there as they are, comparisons as JSON objects. */
function inAddress(is: unknown): string {
  if (is === null) return JSON.stringify({ present: false } satisfies Comparison)
  if (Array.isArray(is)) return JSON.stringify({ all: [is] })
  if (typeof is === 'object') return JSON.stringify(is)
  const text = String(is)
  return text.startsWith('{') ? JSON.stringify({ one_of: [text] }) : text
}

function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value)
}

function sourceOf(regex: RegExp): string {
  const flags = [...regex.flags].filter((flag) => 'ims'.includes(flag)).join('')
  return flags === '' ? regex.source : `(?${flags})${regex.source}`
}
