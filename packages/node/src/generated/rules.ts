// Generated from docs/FAULTS.md, docs/STUBS.md and docs/DEVICES.md; `npm run generate` writes it anew.
import type { PatternLike } from '../pattern.js'
import type { Asked } from './api.js'

/** What a rule does with a packet. */
export type ActionName = "drop" | "latency" | "duplicate" | "hold" | "reorder" | "corrupt" | "truncate" | "edit" | "replace" | "answer" | "answer_early" | "refuse" | "disconnect" | "send"

/** How much of it. */
export type ActionAttribute = "latency" | "jitter" | "delayDistribution" | "copies" | "dup" | "packet_identifier" | "timeout" | "behind" | "bytes" | "at" | "keep" | "adjust" | "set" | "remove" | "with" | "reason_code" | "after" | "how" | "packets" | "to"

/** What a rule does with the bytes of a connection, in the words of Toxiproxy. */
export type ToxicType = "latency" | "bandwidth" | "slow_close" | "timeout" | "reset_peer" | "slicer" | "limit_data" | "stall" | "down" | "half_open"

/** How much of it. */
export type ToxicAttribute = "latency" | "jitter" | "rate" | "delay" | "timeout" | "average_size" | "size_variation" | "bytes" | "reset"

/** A rule that disturbs. docs/FAULTS.md explains it. */
export interface FaultSpec {
  /** what the rule is called; needed, and no other has it */
  name: string
  /** `false`: it is switched off, and does and counts nothing until it is switched on */
  enabled?: boolean
  /** of several that could act, the one with the lowest number does; 5 where nothing is said */
  priority?: number
  /** whose packets or bytes: a client identifier, or a comparison as patterns have */
  client?: Asked<string>
  /** the same for the user name, or the identity of a certificate */
  user?: Asked<string>
  /** the same for the name of the listener that let the client in */
  listener?: Asked<string>
  /** how likely it acts, from 0 to 1; 1 where nothing is said. Of packets for each, of bytes for each connection */
  toxicity?: number
  /** it is a part of this scenario */
  scenario?: string
  /** it acts only in this state of the scenario */
  required_state?: string
  /** once it has acted the scenario is in this state */
  new_state?: string
  /** it is in force from so many seconds on, counted from when it was added, on the broker's clock */
  from_secs?: number
  /** until so many seconds */
  to_secs?: number
  /** rules on packets: the packets, as a pattern */
  when?: PatternLike
  /** rules on packets: what is done, a word or an object with `type`; needed */
  action?: ActionName | ({ type: ActionName } & Partial<Record<ActionAttribute, unknown>>)
  /** only with this one of the packets that match, counted from 1 for each client apart */
  nth?: number
  /** only with each of so many: 3 = the third, the sixth, … */
  every?: number
  /** only with the first so many */
  first?: number
  /** only behind the first so many */
  after?: number
  /** rules on bytes: what is done */
  type?: ToxicType
  /** rules on bytes: `upstream` (from the client), `downstream` (to it; so it is where nothing is said) or `both` */
  stream?: 'upstream' | 'downstream' | 'both'
  /** rules on bytes: how much of it */
  attributes?: Partial<Record<ToxicAttribute, number | boolean>>
}

/** An answer without code. docs/STUBS.md explains it. */
export interface StubSpec {
  /** what it is called in lists, in events and in expectations */
  name: string
  /** of all stubs that fit, that with the lowest number answers, of a tie the newest; 5 unless said */
  priority?: number
  /** what it answers: a [pattern](PATTERNS.md) of a packet that clients send, or of an event */
  when?: PatternLike
  /** in place of `when`: publishes again and again after so long */
  every_secs?: number
  /** in place of `when`: publishes once, so long after it was added */
  after_secs?: number
  /** answers only the nth of what fits, counted for each client apart */
  nth?: number
  /** answers only every nth of what fits */
  every?: number
  /** answers only the first so many */
  first?: number
  /** does not answer the first so many */
  after?: number
  /** answers so often at most, all clients together */
  max_times?: number
  /** the scenario that it belongs to (WireMock's `scenarioName`) */
  scenario?: string
  /** answers only in this state of it (`requiredScenarioState`); every scenario begins in `Started` */
  required_state?: string
  /** the state to which it moves the scenario (`newScenarioState`) */
  new_state?: string
  /** `true`: the next stub that fits answers, too */
  continue?: boolean
  /** `true`: publishes one message at a time, each in its turn, and not all together */
  cycle?: boolean
  /** a message, or a list of messages */
  publish: Publication | Publication[]
}

/** A message that a stub publishes. */
export interface Publication {
  /** the topic name; a template */
  topic?: string
  /** `true`: to the Response Topic of the message, with its Correlation Data; `topic` is then for messages without one */
  reply?: boolean
  /** a text; a template */
  payload?: string
  /** JSON; each text in it is a template, and one that is a single `{{ … }}` becomes the value itself */
  json?: unknown
  /** any bytes: a template that makes Base64 */
  base64?: string
  /** the bytes of this file */
  file?: string
  /** 0, 1 or 2 */
  qos?: 0 | 1 | 2
  /** `true`: to be retained */
  retain?: boolean
  /** properties of MQTT 5.0 */
  properties?: PublicationProperties
  /** so many milliseconds late, on the broker's clock (WireMock's `fixedDelayMilliseconds`) */
  delay?: number
  /** so many milliseconds more or less */
  jitter?: number
  /** as late as is drawn: `{ type = "lognormal", median = 80, sigma = 0.4 }` or `{ type = "uniform", lower = 50, upper = 150 }` */
  delayDistribution?: Record<string, unknown>
}

/** The properties of MQTT 5.0 of such a message. */
export interface PublicationProperties {
  /** 1: the payload is UTF-8 text */
  payload_format_indicator?: 0 | 1
  /** in seconds */
  message_expiry_interval?: number
  /** a template */
  content_type?: string
  /** a template */
  response_topic?: string
  /** a template */
  correlation_data?: string
  /** names and values: `{ unit = "C" }`, or a list of `{ name = …, value = … }`; the values are templates */
  user_property?: Record<string, string> | { name: string; value: string }[]
}

/** A simulated device. docs/DEVICES.md explains it. */
export interface DeviceSpec {
  /** needed; the handle knows it by that */
  name: string
  /** how many clients, 1 to 100,000 */
  count?: number
  /** a template */
  client_id?: string
  /** the listener that it comes to */
  listener?: string
  /** `user` is a template */
  user?: string
  /** `user` is a template */
  password?: string
  /** `"5.0"`, `"3.1.1"`, `"3.1"` */
  version?: '5.0' | '3.1.1' | '3.1'
  /** 0 = none. It sends PINGREQ when it has said nothing for so long */
  keep_alive_secs?: number
  /** of the first connection; later ones resume the session where it lives on */
  clean_start?: boolean
  /** its session outlives its connection by this */
  session_expiry_secs?: number
  /** `topic`, `payload`, `qos`, `retain`, `delay_secs` */
  will?: Record<string, unknown>
  /** one or several: `topic`, `payload`, `every_secs`, `jitter_secs`, `qos`, `retain`, `initial`, `rows`, `once` */
  telemetry?: Record<string, unknown> | Record<string, unknown>[]
  /** one or several: `to` (a topic filter), `qos`, `publish` (one or several: `topic`, `payload`, `qos`, `retain`) */
  answer?: Record<string, unknown> | Record<string, unknown>[]
  /** see above */
  stages?: Record<string, unknown>[]
  /** whether it comes back when its connection is lost */
  reconnect?: boolean
  /** after how long; each time that it is not let in doubles it, up to the maximum */
  reconnect_secs?: number
  /** after how long; each time that it is not let in doubles it, up to the maximum */
  reconnect_max_secs?: number
}
