// Generated from docs/openapi.json; `npm run generate` writes it anew.

/** The types of packets. */
export type PacketType = "CONNECT" | "CONNACK" | "PUBLISH" | "PUBACK" | "PUBREC" | "PUBREL" | "PUBCOMP" | "SUBSCRIBE" | "SUBACK" | "UNSUBSCRIBE" | "UNSUBACK" | "PINGREQ" | "PINGRESP" | "DISCONNECT" | "AUTH"

/** The events of the journal. */
export type EventName = "connected" | "refused" | "handshake_failed" | "disconnected" | "contested" | "held_off" | "hash_only" | "reset" | "restored" | "clock" | "subscribed" | "subscription_refused" | "publish_refused" | "unsubscribed" | "session_ended" | "will_published" | "dropped" | "upstream_unavailable" | "passed_through" | "engine_failed" | "engine_renewed" | "not_recorded" | "fault" | "violation" | "stub_answered" | "template_failed" | "store" | "bridge"

/** Why a connection ended. */
export type Cause = "client_disconnect" | "connection_lost" | "malformed_packet" | "protocol_violation" | "refused" | "reauthentication_failed" | "connect_timeout" | "keep_alive_timeout" | "taken_over" | "write_timeout" | "handshake_failed" | "gave_way" | "administrative" | "closed_by_upstream" | "upstream_lost" | "ended" | "bound_passed" | "shutting_down" | "internal_error"

/** What a field is to be, where it is not one certain value. All that are there have to fit. docs/PATTERNS.md explains them. */
export interface Comparison<T = unknown> {
  all?: Asked<T>[]
  one_of?: Asked<T>[]
  not?: Asked<T>
  present?: boolean
  from?: number
  to?: number
  contains?: string
  matches?: string
  base64?: string
  len_bytes?: number | Comparison<number>
  sha256?: string
  json?: unknown
  json_subset?: unknown
  json_at?: Record<string, unknown>
}

/** A value, a comparison, or `null` where the field is to be absent. */
export type Asked<T> = T | Comparison<T> | null

/** Which packets and events are meant: each field with the value that it is to have. */
export interface PatternObject {
  /** what it did, in one word: `drop`, `latency` */
  action?: Asked<string>
  /** address of the other broker */
  address?: Asked<string>
  /** the broker's time when it happened, in seconds */
  at_secs?: Asked<number>
  /** name of the bridge */
  bridge?: Asked<string>
  /** how far it is moved, in seconds; 0 where it is not */
  by_secs?: Asked<number>
  /** the packet, in words */
  came?: Asked<string>
  /** one word of those below */
  cause?: Asked<"client_disconnect" | "connection_lost" | "malformed_packet" | "protocol_violation" | "refused" | "reauthentication_failed" | "connect_timeout" | "keep_alive_timeout" | "taken_over" | "write_timeout" | "handshake_failed" | "gave_way" | "administrative" | "closed_by_upstream" | "upstream_lost" | "ended" | "bound_passed" | "shutting_down" | "internal_error">
  /** subject of the client's certificate, as RFC 4514 writes it; `null` without one */
  certificate?: Asked<string>
  /** `stopped`, `runs` or `moved` */
  change?: Asked<"stopped" | "runs" | "moved">
  /** Clean Start, or Clean Session of 3.x */
  clean_start?: Asked<boolean>
  /** client identifier, as CONNECT said it or the broker chose it; empty before that */
  client_id?: Asked<string>
  /** Client Identifier, as CONNECT says it */
  client_identifier?: Asked<string>
  /** number of the connection, from 1; absent where there is no connection */
  conn?: Asked<number>
  /** whether connections that were open go on */
  connections_kept?: Asked<boolean>
  /** its name: `aws-iot`, or a file */
  contract?: Asked<string>
  /** what was decided about a message that a client sent, once for each client that it concerns */
  decisions?: unknown
  /** whether the packet belongs to a delivery: PUBLISH or PUBREL to the client, or its PUBACK, PUBREC or PUBCOMP */
  delivery?: Asked<boolean>
  /** `in` from a client, `out` to it */
  direction?: "in" | "out"
  /** DUP */
  dup?: Asked<boolean>
  /** whether the broker acts on it, or lets it pass */
  enforced?: Asked<boolean>
  /** the engine: `rumqttd` */
  engine?: Asked<string>
  /** the word of an event, or a list of words */
  event?: "connected" | "refused" | "handshake_failed" | "disconnected" | "contested" | "held_off" | "hash_only" | "reset" | "restored" | "clock" | "subscribed" | "subscription_refused" | "publish_refused" | "unsubscribed" | "session_ended" | "will_published" | "dropped" | "upstream_unavailable" | "passed_through" | "engine_failed" | "engine_renewed" | "not_recorded" | "fault" | "violation" | "stub_answered" | "template_failed" | "store" | "bridge" | ("connected" | "refused" | "handshake_failed" | "disconnected" | "contested" | "held_off" | "hash_only" | "reset" | "restored" | "clock" | "subscribed" | "subscription_refused" | "publish_refused" | "unsubscribed" | "session_ended" | "will_published" | "dropped" | "upstream_unavailable" | "passed_through" | "engine_failed" | "engine_renewed" | "not_recorded" | "fault" | "violation" | "stub_answered" | "template_failed" | "store" | "bridge")[]
  /** whether its Session Expiry Interval passed while the client was away */
  expired?: Asked<boolean>
  /** how many were wrong */
  failed?: Asked<number>
  /** topic filter */
  filter?: Asked<string>
  /** Keep Alive in seconds; 0 = none */
  keep_alive?: Asked<number>
  /** Keep Alive in force, in seconds; 0 = none */
  keep_alive_secs?: Asked<number>
  /** name of the listener that let it in: `main`, `tls`, `ws`, or as its table says */
  listener?: Asked<string>
  /** why the bytes are not a packet; absent where they are a packet */
  malformed?: Asked<string>
  /** how many messages it publishes */
  messages?: Asked<number>
  /** how often it has acted for this client, this time included */
  nth?: Asked<number>
  /** whose template: `stub "echo"`, `device "lamp-1"` */
  of?: Asked<string>
  /** what kind of thing says the rule: `profile`, `asyncapi`, `schema`, `sparkplug` */
  origin?: Asked<string>
  /** address of the client that had it before */
  other_peer?: Asked<string>
  /** the type of a packet, or a list of types */
  packet?: "CONNECT" | "CONNACK" | "PUBLISH" | "PUBACK" | "PUBREC" | "PUBREL" | "PUBCOMP" | "SUBSCRIBE" | "SUBACK" | "UNSUBSCRIBE" | "UNSUBACK" | "PINGREQ" | "PINGRESP" | "DISCONNECT" | "AUTH" | ("CONNECT" | "CONNACK" | "PUBLISH" | "PUBACK" | "PUBREC" | "PUBREL" | "PUBCOMP" | "SUBSCRIBE" | "SUBACK" | "UNSUBSCRIBE" | "UNSUBACK" | "PINGREQ" | "PINGRESP" | "DISCONNECT" | "AUTH")[]
  /** Packet Identifier */
  packet_identifier?: Asked<number>
  /** the part of it, in words */
  part?: Asked<string>
  /** `true` where there is a password, else absent */
  password?: Asked<true>
  /** payload */
  payload?: Asked<string>
  /** length of a payload that is larger than the journal keeps, in bytes */
  payload_bytes?: Asked<number>
  /** SHA-256 of a payload that is larger than the journal keeps */
  payload_sha256?: Asked<string>
  /** the client's address */
  peer?: Asked<string>
  /** properties of MQTT 5.0, by their names in snake case */
  properties?: unknown
  /** QoS */
  qos?: Asked<number>
  /** the bytes as they were on the wire; absent where a secret is among them */
  raw_base64?: Asked<string>
  /** its name in the standard */
  reason?: Asked<string>
  /** Reason Code; the return code of 3.x counts as the reason code that says the same */
  reason_code?: Asked<number>
  /** a Reason Code for each filter */
  reason_codes?: unknown
  /** all packets, or all events */
  record?: "packet" | "event" | ("packet" | "event")[]
  /** the client's packet that was recorded next, in words; `null` at the end of the recording */
  recorded?: Asked<string>
  /** RETAIN */
  retain?: Asked<boolean>
  /** name of the rule */
  rule?: Asked<string>
  /** number of the entry */
  seq?: Asked<number>
  /** Session Present */
  session_present?: Asked<boolean>
  /** where a rule makes the two differ: `client` for what the client sent or got, `engine` for what the engine did; else absent */
  side?: Asked<"client" | "engine">
  /** who says so: a page, a place in a file */
  source?: Asked<string>
  /** `failing`: until `recovered`, nothing is taken on that would have to be kept; `not_compacted`: old files stay; `ending`: the broker ends when all that waits for the disk is kept; `lost`: it ended before */
  state?: Asked<string>
  /** name of the stub */
  stub?: Asked<string>
  /** how often it was taken over */
  takeovers?: Asked<number>
  /** the cause in words, for people */
  text?: Asked<string>
  /** version of TLS, `null` without TLS */
  tls_version?: Asked<"1.2" | "1.3">
  /** a topic filter that the topic name fits */
  topic?: Asked<string>
  /** what is subscribed to */
  topic_filters?: unknown
  /** topic name, also where the packet has an alias for it */
  topic_name?: Asked<string>
  /** URL of the upstream, or `rumqttd` */
  upstream?: Asked<string>
  /** user name, `null` without one */
  user?: Asked<string>
  /** User Name; absent without one */
  user_name?: Asked<string>
  /** version of MQTT that the connection speaks; absent where there is no connection */
  version?: Asked<"3.1" | "3.1.1" | "5.0">
  /** what its bytes go through */
  way?: Asked<"tcp" | "tls" | "ws" | "wss" | "unix" | "unix+tls" | "unix+ws" | "unix+wss">
  /** what went wrong, in words */
  why?: Asked<string>
  /** the will; absent without one */
  will?: unknown
  /** within how many seconds */
  within_secs?: Asked<number>
  /** A part of a field, such as `will.topic`. */
  [part: `${string}.${string}`]: unknown
}

/** The list that is in force. */
export interface Acl {
  /** How many lines it has. */
  lines: number
}

/** How far it is to be moved: one of `secs` and `until_secs`. */
export interface Advance {
  secs?: null | Secs
  /** How long the request may wait for that, in real time; at most 600. */
  timeout_secs?: Patience
  until_secs?: null | Secs
}

/** The messages that were waited for. */
export interface AllArrived {
  messages: ReceivedMessage[]
  meta: Behind
}

/** Whether clients may come in without a user name. */
export interface Anonymous {
  allow: boolean
}

/** The message that was waited for. */
export interface Arrived {
  message: ReceivedMessage
  meta: Behind
}

/** Whether the broker is away. */
export interface Away {
  away: boolean
  /** For how long; `null` where it has no end of its own. */
  duration_secs?: number | null
}

/** What a client is waited for. */
export type Becomes = "connected" | "disconnected" | "subscribed" | "acked" | "session_ended"

/** Where to go on. */
export interface Behind {
  /** With `after` = this the next request looks only behind what was found; `null` where nothing was. */
  next?: number | null
}

/** How a bridge is doing. */
export interface Bridge {
  /** The address that it is connected to, or that it tried last or tries next. */
  address: string
  addresses: string[]
  /** Its client identifier in the other broker. */
  client_id: string
  /** How often it was connected. */
  connects: number
  /** For how many seconds, to the millisecond. */
  for_secs: number
  /** Why the last attempt to make a link failed; null once one works. */
  last_failed?: string | null
  /** Why the link was lost last, of those that there were. */
  last_lost?: string | null
  /** The last of them, and why. */
  last_refused?: string | null
  /** Its client identifier in this broker. */
  local_client_id: string
  name: string
  /** In how many seconds it is tried again, to the millisecond. */
  next_try_secs?: number | null
  /** Messages that this broker took from it. */
  received: number
  /** Messages that did not cross, because one of the two brokers would not take them. */
  refused: number
  /** Messages that the other broker took. */
  sent: number
  state: BridgeState
  /** Messages of QoS 1 and 2 that are crossing, either way: the other side has not acknowledged them yet. */
  under_way: number
  /** Messages that wait for it in this broker. */
  waiting: number
}

/** What a bridge is at. */
export type BridgeState = "beginning" | "connecting" | "connected" | "waiting" | "asleep" | "over"

/** The bridges. */
export interface Bridges {
  bridges: Bridge[]
}

/** How often a rule was broken. */
export interface BrokenRule {
  count: number
  /** Its name in the specification. */
  rule: string
}

/** What is different now. */
export interface Changes {
  /** Lines of lists, by the file or the setting. */
  acl: Record<string, LinesChanged>
  /** Users that were not there before. */
  added: number
  /** Users whose password is another one, or who may come in under other conditions. */
  changed: number
  /** Clients that were disconnected, because they could not come in any more. */
  disconnected: number
  /** Users that are no longer there. */
  removed: number
}

/** What was seen of a channel. */
export interface ChannelUse {
  /** Its topics, with parameters in braces. */
  address: string
  /** Those of them that broke something. */
  broken: number
  /** The channel. */
  channel: string
  /** The document. */
  contract: string
  /** Messages that clients published there. */
  messages: number
}

/** A broker that a request began. */
export type Child = Info & {
  /** Its own control API; `null` where its settings switch that off. */
  api?: string | null
  /** What it is called here: `DELETE /api/v1/brokers/ID` ends it. */
  id: string
}

/** The brokers that requests began and that still run. */
export interface Children {
  brokers: Child[]
}

/** A journal that was forgotten. */
export interface Cleared {
  /** What is recorded from now on has greater numbers. */
  after: number
}

/** A client, as far as the journal still knows it. */
export interface Client {
  client_id: string
  /** Whether it is connected now. */
  connected: boolean
  /** The broker's time when its latest connection began, in seconds; `null` where the journal has forgotten that. */
  connected_at_secs?: number | null
  connection?: null | Entry
  kept_out?: null | KeptOut
  last_disconnect?: null | Ended
  last_refusal?: null | Ended
}

/** A page of clients, in the order of their names. */
export interface Clients {
  clients: Client[]
  meta: More
}

/** The clock that the broker goes by. Clients have their own. */
export interface Clock {
  /** Whether it stands still. */
  frozen: boolean
  /** What time it is, counted from the start of the broker. */
  now_secs: number
}

/** Contracts, and what was seen of them. */
export interface ContractReport {
  /** Messages and CONNECT packets that broke something. */
  broken: number
  /** Each channel; those that nobody has used, too. */
  channels: ChannelUse[]
  /** Messages of clients that were looked at. */
  messages: number
  /** What of the documents is not understood, or not checked. */
  notes: string[]
  sparkplug?: null | SparkplugSeen
  /** Topics that no document has. */
  undocumented: Undocumented[]
  /** The latest of them. */
  violations: ContractViolation[]
  /** How many things were broken. */
  violations_total: number
}

/** A client broke a contract. */
export interface ContractViolation {
  /** The channel, if one has the topic. */
  channel?: string | null
  client_id: string
  /** The document. */
  contract: string
  /** The message that it was to be. */
  message?: string | null
  /** The path in the payload, as a JSON Pointer; empty for all of it. */
  path: string
  /** What was broken: `topic`, `action`, `parameter`, `payload`, `content_type`, `qos`, `retain`, `property` or `connect`. */
  rule: string
  /** The line of the document that says so. */
  source: string
  /** What is wrong, in one sentence. */
  text: string
  /** The topic; empty for a CONNECT. */
  topic: string
}

/** How often: a number of times, or bounds, both included. */
export type Count = number | {
  max?: number | null
  min?: number
}

/** How many there are. */
export interface Counted {
  count: number
  meta: Meta
}

/** Which messages are counted. */
export interface Counting {
  /** Only those with a greater number. */
  after?: number | null
  pattern?: null | PatternObject
}

/** What was decided about a message. */
export interface Decision {
  /** why it is refused, in words: the line of an ACL that decided, or a rule */
  because?: string
  /** the client that it is about */
  client_id?: string
  /** what was decided */
  decision?: "sent" | "queued" | "dropped" | "retained" | "retained_removed" | "mounted" | "duplicate" | "refused"
  /** its name in the standard */
  reason?: string
  /** Reason Code of a refusal */
  reason_code?: number
  /** its whole topic, where its listener has a mount point */
  topic?: string
  /** why it is dropped */
  why?: "queue_full" | "outbox_full" | "memory_full" | "too_large" | "expired" | "session_ended" | "away" | "may_not_read"
}

/** A device or a group of them, all clients of it together. */
export interface Device {
  /** Of them, those of QoS 1 and 2 that the broker has acknowledged to the end. */
  acknowledged: number
  /** How many of them are connected. */
  connected: number
  /** How often they were let in. */
  connects: number
  /** How many clients it is. */
  count: number
  /** Messages that they did not publish: a template failed, or more waited than they may hold. */
  failed: number
  name: string
  /** Messages that they published; those that were sent again count once. */
  published: number
  /** Messages that came, each of QoS 2 once. */
  received: number
}

/** One client of a device. */
export interface DeviceClient {
  acknowledged: number
  client_id: string
  /** Whether the broker has let it in. */
  connected: boolean
  /** How often it was let in. */
  connects: number
  failed: number
  /** Why its last connection ended, or was refused, in words. */
  last_end?: string | null
  /** Its number in its group, from 1. */
  n: number
  published: number
  received: number
}

/** A device, and its clients one by one. */
export type DeviceInFull = Device & {
  clients: DeviceClient[]
}

/** The devices. */
export interface Devices {
  devices: Device[]
}

/** A client that was disconnected. */
export interface Disconnected {
  client_id: string
  /** The same by its name in the standard. */
  reason: string
  /** What a 5.0 client was told. */
  reason_code: number
}

/** A listener, and whether it lets clients in. */
export interface Door {
  down: boolean
  name: string
}

/** A device of an edge node. */
export interface EdgeDevice {
  device: string
  /** Whether its DBIRTH came, and no death since. */
  online: boolean
}

/** What was seen of an edge node. */
export interface EdgeNode {
  /** NBIRTH messages. */
  births: number
  /** Its messages, and those to it, that broke something. */
  broken: number
  /** NCMD and DCMD messages to it. */
  commands: number
  /** NDATA and DDATA messages. */
  data: number
  /** NDEATH messages, of its own and as will. */
  deaths: number
  /** Its devices. */
  devices: EdgeDevice[]
  group: string
  /** Metrics of its last NBIRTH. */
  metrics: number
  node: string
  /** Whether its NBIRTH came, and no death since. */
  online: boolean
  /** Whether one was asked for, and no NBIRTH came. */
  owes_rebirth: boolean
  /** How often a rebirth was asked for. */
  rebirths_asked: number
}

/** Why a connection ended, or was not let in. */
export interface Ended {
  /** What to do about it, in a sentence. */
  advice: string
  /** The broker's time when it happened, in seconds. */
  at_secs: number
  /** One word for machines, such as `keep_alive_timeout`; `refused` for a CONNECT that was refused. */
  cause: string
  /** The event that tells of it. */
  event: Entry
  /** What happened, in a sentence. */
  why: string
}

export interface PacketEntry {
  /** the broker's time when it happened, in seconds */
  at_secs: number
  /** Clean Start, or Clean Session of 3.x */
  clean_start?: boolean
  /** client identifier, as CONNECT said it or the broker chose it; empty before that */
  client_id: string
  /** Client Identifier, as CONNECT says it */
  client_identifier?: string
  /** number of the connection, from 1; absent where there is no connection */
  conn: number | null
  /** what was decided about a message that a client sent, once for each client that it concerns */
  decisions?: {
    /** why it is refused, in words: the line of an ACL that decided, or a rule */
    because?: string
    /** the client that it is about */
    client_id?: string
    /** what was decided */
    decision?: "sent" | "queued" | "dropped" | "retained" | "retained_removed" | "mounted" | "duplicate" | "refused"
    /** its name in the standard */
    reason?: string
    /** Reason Code of a refusal */
    reason_code?: number
    /** its whole topic, where its listener has a mount point */
    topic?: string
    /** why it is dropped */
    why?: "queue_full" | "outbox_full" | "memory_full" | "too_large" | "expired" | "session_ended" | "away" | "may_not_read"
  }[]
  /** `in` from a client, `out` to it */
  direction: "in" | "out"
  /** DUP */
  dup?: boolean
  /** Keep Alive in seconds; 0 = none */
  keep_alive?: number
  /** why the bytes are not a packet; absent where they are a packet */
  malformed?: string
  /** its type; `null` where the bytes begin no packet */
  packet: "CONNECT" | "CONNACK" | "PUBLISH" | "PUBACK" | "PUBREC" | "PUBREL" | "PUBCOMP" | "SUBSCRIBE" | "SUBACK" | "UNSUBSCRIBE" | "UNSUBACK" | "PINGREQ" | "PINGRESP" | "DISCONNECT" | "AUTH" | null
  /** Packet Identifier */
  packet_identifier?: number
  /** `true` where there is a password, else absent */
  password?: true
  /** payload */
  payload?: string
  /** payload, where it is not text */
  payload_base64?: string
  /** length of a payload that is larger than the journal keeps, in bytes */
  payload_bytes?: number
  /** SHA-256 of a payload that is larger than the journal keeps */
  payload_sha256?: string
  /** properties of MQTT 5.0, by their names in snake case */
  properties?: {
    assigned_client_identifier?: string
    authentication_method?: string
    content_type?: string
    correlation_data?: string
    correlation_data_base64?: string
    maximum_packet_size?: number
    maximum_qos?: number
    message_expiry_interval?: number
    payload_format_indicator?: number
    reason_string?: string
    receive_maximum?: number
    request_problem_information?: boolean
    request_response_information?: boolean
    response_information?: string
    response_topic?: string
    retain_available?: boolean
    server_keep_alive?: number
    server_reference?: string
    session_expiry_interval?: number
    shared_subscription_available?: boolean
    subscription_identifier?: number[]
    subscription_identifiers_available?: boolean
    topic_alias?: number
    topic_alias_maximum?: number
    user_property?: {
      /** its name */
      name?: string
      /** its value */
      value?: string
    }[]
    wildcard_subscription_available?: boolean
  }
  /** QoS */
  qos?: number
  /** the bytes as they were on the wire; absent where a secret is among them */
  raw_base64?: string
  /** its name in the standard */
  reason?: string
  /** Reason Code; the return code of 3.x counts as the reason code that says the same */
  reason_code?: number
  /** a Reason Code for each filter */
  reason_codes?: number[]
  record: "packet"
  /** RETAIN */
  retain?: boolean
  /** number of the entry */
  seq: number
  /** Session Present */
  session_present?: boolean
  /** where a rule makes the two differ: `client` for what the client sent or got, `engine` for what the engine did; else absent */
  side?: "client" | "engine"
  topic_filters?: {
    /** No Local */
    no_local?: boolean
    /** Maximum QoS */
    qos?: number
    /** Retain As Published */
    retain_as_published?: boolean
    /** Retain Handling */
    retain_handling?: number
    /** topic filter */
    topic_filter?: string
  }[] | string[]
  /** topic name, also where the packet has an alias for it */
  topic_name?: string
  /** User Name; absent without one */
  user_name?: string
  /** version of MQTT that the connection speaks; absent where there is no connection */
  version: "3.1" | "3.1.1" | "5.0"
  /** the will; absent without one */
  will?: {
    /** payload */
    payload?: string
    /** payload, where it is not text */
    payload_base64?: string
    /** properties of the will */
    properties?: {
      assigned_client_identifier?: string
      authentication_method?: string
      content_type?: string
      correlation_data?: string
      correlation_data_base64?: string
      maximum_packet_size?: number
      maximum_qos?: number
      message_expiry_interval?: number
      payload_format_indicator?: number
      reason_string?: string
      receive_maximum?: number
      response_information?: string
      response_topic?: string
      retain_available?: boolean
      server_keep_alive?: number
      server_reference?: string
      session_expiry_interval?: number
      shared_subscription_available?: boolean
      subscription_identifier?: number[]
      subscription_identifiers_available?: boolean
      topic_alias?: number
      topic_alias_maximum?: number
      user_property?: {
        /** its name */
        name?: string
        /** its value */
        value?: string
      }[]
      wildcard_subscription_available?: boolean
      will_delay_interval?: number
    }
    /** QoS */
    qos?: number
    /** RETAIN */
    retain?: boolean
    /** topic name */
    topic?: string
  }
}

export interface EventEntry {
  /** what it did, in one word: `drop`, `latency` */
  action?: string | null
  /** address of the other broker */
  address?: string | null
  /** the broker's time when it happened, in seconds */
  at_secs: number
  /** name of the bridge */
  bridge?: string | null
  /** how far it is moved, in seconds; 0 where it is not */
  by_secs?: number | null
  /** the packet, in words */
  came?: string | null
  /** one word of those below */
  cause?: "client_disconnect" | "connection_lost" | "malformed_packet" | "protocol_violation" | "refused" | "reauthentication_failed" | "connect_timeout" | "keep_alive_timeout" | "taken_over" | "write_timeout" | "handshake_failed" | "gave_way" | "administrative" | "closed_by_upstream" | "upstream_lost" | "ended" | "bound_passed" | "shutting_down" | "internal_error" | null
  /** subject of the client's certificate, as RFC 4514 writes it; `null` without one */
  certificate?: string | null
  /** `stopped`, `runs` or `moved` */
  change?: "stopped" | "runs" | "moved" | null
  /** Clean Start, or Clean Session of 3.x */
  clean_start?: boolean | null
  /** client identifier, as CONNECT said it or the broker chose it; empty before that */
  client_id: string
  /** number of the connection, from 1; absent where there is no connection */
  conn: number | null
  /** whether connections that were open go on */
  connections_kept?: boolean | null
  /** its name: `aws-iot`, or a file */
  contract?: string | null
  /** whether the packet belongs to a delivery: PUBLISH or PUBREL to the client, or its PUBACK, PUBREC or PUBCOMP */
  delivery?: boolean | null
  /** whether the broker acts on it, or lets it pass */
  enforced?: boolean | null
  /** the engine: `rumqttd` */
  engine?: string | null
  event: "connected" | "refused" | "handshake_failed" | "disconnected" | "contested" | "held_off" | "hash_only" | "reset" | "restored" | "clock" | "subscribed" | "subscription_refused" | "publish_refused" | "unsubscribed" | "session_ended" | "will_published" | "dropped" | "upstream_unavailable" | "passed_through" | "engine_failed" | "engine_renewed" | "not_recorded" | "fault" | "violation" | "stub_answered" | "template_failed" | "store" | "bridge"
  /** whether its Session Expiry Interval passed while the client was away */
  expired?: boolean | null
  /** how many were wrong */
  failed?: number | null
  /** topic filter */
  filter?: string | null
  /** Keep Alive in force, in seconds; 0 = none */
  keep_alive_secs?: number | null
  /** name of the listener that let it in: `main`, `tls`, `ws`, or as its table says */
  listener?: string | null
  /** how many messages it publishes */
  messages?: number | null
  /** how often it has acted for this client, this time included */
  nth?: number | null
  /** whose template: `stub "echo"`, `device "lamp-1"` */
  of?: string | null
  /** what kind of thing says the rule: `profile`, `asyncapi`, `schema`, `sparkplug` */
  origin?: string | null
  /** address of the client that had it before */
  other_peer?: string | null
  /** the part of it, in words */
  part?: string | null
  /** the client's address */
  peer?: string | null | string | null
  /** QoS granted */
  qos?: number | null
  /** its name in the standard */
  reason?: string | null
  /** reason code of MQTT 5.0, also where the client was told in the words of 3.x */
  reason_code?: number | null | number | null
  record: "event"
  /** the client's packet that was recorded next, in words; `null` at the end of the recording */
  recorded?: string | null
  /** name of the rule */
  rule?: string | null | string | null
  /** number of the entry */
  seq: number
  /** whether a session was resumed */
  session_present?: boolean | null
  /** who says so: a page, a place in a file */
  source?: string | null
  /** `failing`: until `recovered`, nothing is taken on that would have to be kept; `not_compacted`: old files stay; `ending`: the broker ends when all that waits for the disk is kept; `lost`: it ended before */
  state?: string | null | string | null
  /** name of the stub */
  stub?: string | null
  /** how often it was taken over */
  takeovers?: number | null
  /** the cause in words, for people */
  text?: string | null | string | null
  /** version of TLS, `null` without TLS */
  tls_version?: "1.2" | "1.3" | null
  /** topic name */
  topic?: string | null | string | null
  /** URL of the upstream, or `rumqttd` */
  upstream?: string | null
  /** user name, `null` without one */
  user?: string | null | string | null
  /** version of MQTT that the connection speaks; absent where there is no connection */
  version: "3.1" | "3.1.1" | "5.0"
  /** what its bytes go through */
  way?: "tcp" | "tls" | "ws" | "wss" | "unix" | "unix+tls" | "unix+ws" | "unix+wss" | null | "tcp" | "tls" | "ws" | "wss" | "unix" | "unix+tls" | "unix+ws" | "unix+wss" | null
  /** what went wrong, in words */
  why?: string | null | string | null | "queue_full" | "outbox_full" | "memory_full" | "too_large" | "expired" | "session_ended" | "away" | "may_not_read" | null
  /** within how many seconds */
  within_secs?: number | null
}

/** A packet or an event of the journal. */
export type Entry = PacketEntry | EventEntry

/** Everything at one moment: as many of each list as `limit` says. */
export interface Everything {
  /** The broker's time, in seconds since its start. */
  at_secs: number
  /** Whether the clock stands still. */
  clock_frozen: boolean
  retained: Kept[]
  sessions: SessionSummary[]
  subscriptions: Subscription[]
}

/** What is expected. One of `pattern`, `never` and `steps` is there. */
export interface Expected {
  /** Only what has a greater number counts; without it, what came since the last `POST /api/v1/mark`, or since the start. */
  after?: number | null
  /** How many of the packets found the answer has. */
  limit?: number | null
  never?: null | PatternObject
  pattern?: null | PatternObject
  /** Several, one after the other: only what comes behind the one counts for the next. */
  steps?: Step[] | null
  /** How long to wait at most: 5 seconds, where nothing is said. */
  timeout_secs?: Patience
  times?: null | Count
  /** Where time runs out before the broker has settled, what came by then counts, though more may have been on its way. */
  unproven_is_enough?: boolean
}

/** Why an expectation was not met: how often it came, what came closest and in what that differs, and what may explain it. */
export interface Failure {
  came: Entry[]
  count: Count
  expected: string
  found: number
  location?: string
  missed?: number
  nearest: NearMiss[]
  notes: string[]
  seed?: number
  step?: string | null
  unproven?: string | null
  waited_secs?: number | null
}

/** A rule in force. */
export interface Fault {
  /** Whether it is switched on. */
  enabled: boolean
  /** How often it has acted, for all clients together: on packets, or on connections where it is about bytes. */
  fired: number
  name: string
  /** The rule, in the form of a `[[fault]]` table. */
  rule: Record<string, unknown>
}

/** The rules in force. */
export interface Faults {
  /** In the order in which they are asked. */
  faults: Fault[]
}

/** What a client is told. */
export interface Goodbye {
  /** The reason code of MQTT 5.0 for its DISCONNECT: the number, or the standard's name. `Administrative action` where nothing is said. */
  reason_code?: number | string | null
}

/** The profile that clients are held against. */
export interface HeldProfile {
  mode: ProfileMode
  /** Its name; `null` where clients are held against none. */
  name?: string | null
  /** The profile, in the form of its file. */
  profile?: Record<string, unknown> | null
  /** What sentences call that broker. */
  title?: string | null
}

/** What was seen of a host application. */
export interface HostApplication {
  /** STATE messages with online true. */
  births: number
  /** Those that broke something. */
  broken: number
  /** Those with online false, also as will. */
  deaths: number
  host: string
  /** Whether its last STATE said so, and its client is connected. */
  online: boolean
}

/** One exchange of QoS 1 or 2. */
export interface Inflight {
  /** What must come next from the client: `PUBACK`, `PUBREC` or `PUBCOMP`. */
  awaits: string
  message?: null | Kept
  packet_identifier: number
}

/** Which broker this is, and where. */
export interface Info {
  /** What answers: `native`, `rumqttd` or `relay`. */
  engine: string
  /** Every place that it listens on. */
  listeners: Listener[]
  /** `citronella`. */
  name: string
  /** The seed of everything left to chance. */
  seed: number
  /** Where clients connect: `mqtt://127.0.0.1:1883`. */
  url: string
  /** The version of the program. */
  version: string
}

/** One client is cut off. */
export interface Interrupted {
  client: string
  duration_secs: number
  /** The name of the rule that does it: `DELETE /api/v1/faults/NAME` ends it before its time. */
  fault: string
}

/** Who is to be cut off, and for how long. */
export interface Interruption {
  /** The client identifier. */
  client: string
  /** By the broker's clock. */
  duration_secs: Secs
}

/** It came to be. */
export interface Is {
  client_id: string
}

/** It is there. */
export interface IsRetained {
  topic: string
}

/** What becomes of sessions and retained messages. */
export interface Keeping {
  /** Whether they are lost. They are kept where nothing is said. */
  lose_state?: boolean
}

/** A message that is kept. */
export type Kept = Payload & {
  /** Seconds until it expires, if it does. */
  expires_in_secs?: number | null
  properties: KeptProperties
  /**
   * Of a retained message: when it was published, in seconds since the start of the broker. Negative where that was before
   * the start: the message came with a snapshot.
   */
  published_at_secs?: number | null
  /** The client that published it; empty if the broker itself did. */
  publisher: string
  qos: number
  retain: boolean
  topic: string
}

/** A rule that cuts off each connection of a client. */
export interface KeptOut {
  /** How to end it, in a sentence. */
  advice: string
  /** The name of the rule. */
  fault: string
  /** When that ends, by the broker's clock; `null` where it lasts until the rule is removed. */
  until_secs?: number | null
}

/** The properties of MQTT 5.0 that its receivers get. */
export interface KeptProperties {
  content_type?: string | null
  /** The Correlation Data, where it is text. */
  correlation_data?: string | null
  /** The Correlation Data, where it is not text. */
  correlation_data_base64?: string | null
  payload_format_indicator?: number | null
  response_topic?: string | null
  user_property?: UserProperty[]
}

/** A profile that the broker has. */
export interface KnownProfile {
  about: string
  name: string
  /** The profile, in the form of its file. */
  profile: Record<string, unknown>
  /** What sentences call that broker. */
  title: string
}

/** The profiles that the broker has. */
export interface KnownProfiles {
  /** By name. */
  profiles: KnownProfile[]
}

/** For how long. */
export interface Lasts {
  /** By the broker's clock. */
  duration_secs: Secs
}

/** Who may publish and read what. */
export interface Lines {
  /** The lines, each in the form of an `[[acl]]` table. Without any, everything is allowed. */
  acl: Record<string, unknown>[]
}

/** How many lines of one list are different now. */
export interface LinesChanged {
  added: number
  removed: number
}

/** One place that the broker listens on. */
export interface Listener {
  /** `main`, or as the settings say. */
  name: string
  /** The path of a Unix socket. */
  socket?: string | null
  /** Where clients find it on each way: `tcp`, `tls`, `ws`, `wss`, `http`, `https`. */
  urls: Record<string, string>
}

/** How a user comes in. */
export interface Login {
  /** The password. It is kept in memory alone, and shown nowhere. */
  password: string
}

/** A place in the journal. */
export interface Marked {
  /** What is recorded from now on has greater numbers. */
  after: number
}

/** A message, as recordings have it. Of `payload`, `payload_base64` and `json` one may be there; without any the payload is empty. */
export interface Message {
  /** The payload, where it is JSON. */
  json?: unknown
  /** The payload, where it is text. */
  payload?: string | null
  /** The payload, where it is any bytes. */
  payload_base64?: string | null
  properties?: Properties
  /** The highest QoS at which subscribers get it. */
  qos?: number
  /** Whether it is retained. */
  retain?: boolean
  /** Topic name. */
  topic: string
}

/** A page of messages, the oldest first. */
export interface Messages {
  messages: ReceivedMessage[]
  meta: Meta
}

/** An expectation that is met. */
export interface Met {
  /** How many packets and events it was met by; of very many the first 10,000. */
  count: number
  meta: Behind
  /** The first of them. */
  packets: Entry[]
  /** Why more may have been on its way, where that could not be ruled out. */
  unproven?: string | null
}

/** Where a page stands. */
export interface Meta {
  /**
   * How many entries behind `after` the journal has forgotten, by itself or by `DELETE /api/v1/packets`. They may or may not have been
   * among those asked for. Where `after` is 0 or not said, only what it forgot by itself counts.
   */
  missed: number
  /** Whether not everything was looked at, so that there may be a next page. A page of long packets ends before `limit`. */
  more: boolean
  /** The next page comes with `after` = this. */
  next: number
}

/** Where a page of names stands. */
export interface More {
  /** The next page comes with `after` = this; `null` where this is the last one. */
  next?: string | null
}

/** A packet or an event that nearly fits, and in what it differs. */
export interface NearMiss {
  differences: {
    field: string
    found: string
    wanted: string
  }[]
  entry: Entry
}

/** What came closest, the closest first. */
export interface NearMisses {
  near_misses: NearMiss[]
}

/** Documents and schemas that clients are to be held to. Names are those of the settings. */
export interface NewContracts {
  /** Client identifiers of the application that the documents describe; `*` stands for any characters. */
  application?: string[]
  /** AsyncAPI documents, by their names in `files`. */
  asyncapi?: string[]
  /** Whether a message that breaks a contract is refused. */
  enforce?: boolean
  /** The texts of the files by their names; those that are referred to, too. None is read from the broker's machine. */
  files?: Record<string, string>
  /** JSON Schemas by topic, as `FILTER=FILE`. */
  schemas?: string[]
  /** Whether edge nodes and host applications are held against Sparkplug B; what breaks it is told and never refused. */
  sparkplug?: boolean
}

/** A profile that clients are to be held against. */
export interface NewProfile {
  mode?: ProfileMode
  /** The name of one that the broker has, or of the one that is said here. */
  name: string
  /** One's own, in the form of its file. */
  profile?: Record<string, unknown> | null
}

/** Where a scenario is to be moved. */
export interface NewState {
  /** The state; `Started`, the first one, where nothing is said. */
  state?: string
}

/** What a client is waited for. */
export interface OfClient {
  for: Becomes
  /** How long to wait at most: 5 seconds, where nothing is said. */
  timeout_secs?: Patience
  /** The topic filter as the client writes it, `$share/…` included. For `subscribed` alone. */
  topic_filter?: string | null
}

/** How the broker goes away. */
export interface Outage {
  duration_secs?: null | Secs
  /** Whether sessions and retained messages are lost. */
  lose_state?: boolean
  /** Whether connections are reset, as by a crash. Where nothing is said, 5.0 clients are told Server shutting down. */
  reset?: boolean
}

/** A page of packets, the oldest first. */
export interface Packets {
  meta: Meta
  packets: Entry[]
}

/** Clients that are cut off as by a network. */
export interface Parted {
  clients: string[]
  /** What it is called: `DELETE /api/v1/partitions/NAME` heals it. */
  name: string
}

/** Clients that are to hear nothing from the broker, and it nothing from them. */
export interface Partition {
  /** Their client identifiers. */
  clients: string[]
  /** What to call it; it says whom it concerns where nothing is said. */
  name?: string | null
}

/** The partitions in force. */
export interface Partitions {
  partitions: Parted[]
}

export type Patience = number | null

/** A payload: `payload` or `payload_base64` is there, and `json` beside it where it is JSON. */
export interface Payload {
  /** The payload read, where it is JSON. */
  json?: unknown
  /** The payload, where it is text. */
  payload?: string | null
  /** The payload, where it is not text. */
  payload_base64?: string | null
}

/** What was played. */
export interface Played {
  /** Messages that were not: payloads that were not recorded, the broker's objections. */
  left_out?: number | null
  /** Messages that were published. */
  messages?: number | null
  /** What could not be read of the recording, and what did not go as recorded, in words. */
  notes: string[]
  /** Whether all of it was. If not, it goes on, and the rest is not known yet. */
  over: boolean
}

/** A problem as it is sent (RFC 9457). Further members depend on its type. */
export interface Problem {
  /** What was wrong, where, and what would be right. */
  detail: string
  failure?: null | Failure
  /** By how much it is still to be moved. */
  left_secs?: number | null
  /** What the clock shows that did not come so far as it was to be moved. */
  now_secs?: number | null
  /** The member of the body that is wrong, such as `steps[0].pattern`. */
  path?: string | null
  /** The status of the answer. */
  status: number
  /** What kind of problem it is, in words. */
  title: string
  /** `urn:citronella:problem:` and the kind. */
  type: string
}

/** What comes of a violation. */
export type ProfileMode = "warn" | "enforce"

/** What subscribers of MQTT 5.0 get beside it: under the names of recordings, or under those that a message of the journal has. */
export interface Properties {
  content_type?: string | null
  /** Correlation Data, where it is text. */
  correlation_data?: string | null
  /** The same, where it is any bytes. */
  correlation_data_base64?: string | null
  message_expiry_interval_secs?: number | null
  /** 1: the payload is UTF-8 text. */
  payload_format_indicator?: number | null
  response_topic?: string | null
  user_properties?: UserPropertyGiven[]
}

/** What became of it. */
export interface Published {
  /** How many sessions it concerned. */
  sessions: number
}

/** A message that a client published, as it came. */
export type ReceivedMessage = Payload & {
  /** The broker's time when it came, in seconds. */
  at_secs: number
  /** The client that published it. */
  client_id: string
  /** What was decided about it, once for each client that it concerns. */
  decisions: Decision[]
  dup: boolean
  /** The length of a payload that is larger than the journal keeps. */
  payload_bytes?: number | null
  /** The SHA-256 of a payload that is larger than the journal keeps. */
  payload_sha256?: string | null
  /** Properties of MQTT 5.0, by their names in snake case. */
  properties: Record<string, unknown>
  qos: number
  retain: boolean
  /** The number of its packet in the journal. */
  seq: number
  /** Topic name. */
  topic: string
  /** The version of MQTT that it speaks. */
  version: string
}

/** The certificates were read again. */
export interface Reloaded {
  /** `true`. */
  reloaded: boolean
}

/** What is there no more. */
export interface Removed {
  /** How many there were. */
  removed: number
}

/** The broker is as new. */
export interface Reset {
  /** `true`. */
  reset: boolean
}

/** The broker was stopped and started. */
export interface Restarted {
  lose_state: boolean
  /** `true`. */
  restarted: boolean
}

/** What was put back. */
export interface Restored {
  /** How many retained messages. */
  retained: number
  /** How many sessions. */
  sessions: number
}

/** A page of retained messages, in the order of their topics. */
export interface Retained {
  meta: More
  retained: Kept[]
}

/** Which retained message is waited for. */
export interface RetainedWait {
  /** How long to wait at most: 5 seconds, where nothing is said. */
  timeout_secs?: Patience
  /** Topic name. */
  topic: string
}

/** A scenario. */
export interface Scenario {
  name: string
  /** `Started` until something moves it. */
  state: string
}

/** Scenarios. */
export interface Scenarios {
  /** Those that are not in their first state, by name. */
  scenarios: Scenario[]
}

/** A search: a pattern, and which page of what fits. */
export interface Search {
  /** Only what has a greater number: `meta.next` of an answer, or `after` of a mark. */
  after?: number | null
  /** How many at most. */
  limit?: number | null
  pattern?: null | PatternObject
}

export type Secs = number

/** A session, with all that is in it. */
export interface Session {
  /** Packet identifiers of QoS 2 messages from the client whose PUBREL has not come. */
  awaiting_pubrel: number[]
  client_id: string
  /** Whether its client is connected now. */
  connected: boolean
  /** Seconds until the session ends, while it is not connected and does end. */
  ends_in_secs?: number | null
  /** The first of them. */
  inflight: Inflight[]
  /** How many messages of QoS 1 and 2 are on their way to the client. */
  inflight_count: number
  /** The name of the listener that let it in, while it is connected. */
  listener?: string | null
  /** The client's address, while it is connected. */
  peer?: string | null
  /** The first of them. */
  queued: Kept[]
  /** How many messages wait to be sent. */
  queued_count: number
  /** Seconds from the end of the connection to the end of the session; 4294967295 for never. */
  session_expiry_secs: number
  subscriptions: Subscription[]
  tls?: null | Tls
  /** The version of its latest connection. */
  version: string
  /** What its bytes go through, while it is connected: `tcp`, `tls`, `ws`, `wss`, `unix` and so on. */
  way?: string | null
  will?: null | Will
}

/** A session in numbers: how many subscriptions it has, how many messages are on their way to its client, and wait. */
export interface SessionSummary {
  awaiting_pubrel?: number
  client_id: string
  connected: boolean
  ends_in_secs?: number | null
  has_will?: boolean
  inflight: number
  queued: number
  session_expiry_secs?: number
  subscriptions: number
  version: string
}

/** A page of sessions, in the order of their names. */
export interface Sessions {
  meta: More
  sessions: SessionSummary[]
}

/** It came to be. */
export interface Settled {
  /** Always true. */
  settled: boolean
}

/** How long to wait. */
export interface Settling {
  timeout_secs?: Patience
}

/** What is looked for. */
export interface Sought {
  /** Only what has a greater number. */
  after?: number | null
  pattern: PatternObject
}

/** Edge nodes and host applications, and the rules that they broke. */
export interface SparkplugSeen {
  /** Messages, CONNECT and DISCONNECT packets that broke something. */
  broken: number
  /** Each host application. */
  hosts: HostApplication[]
  /** Messages that were looked at. */
  messages: number
  /** Each edge node. */
  nodes: EdgeNode[]
  /** What is not understood, or not looked at. */
  notes: string[]
  /** How often each rule was broken. */
  rules: BrokenRule[]
  /** How many things were broken. */
  violations_total: number
}

/** Counters since the start, or the last reset. */
export interface Stats {
  bytes_received: number
  bytes_sent: number
  clients_connected: number
  clients_maximum: number
  clients_refused: number
  connect_timeouts: number
  connections_gave_way: number
  connections_opened: number
  connections_turned_away: number
  connects_received: number
  dropped_expired: number
  dropped_memory_full: number
  dropped_outbox_full: number
  dropped_queue_full: number
  dropped_session_ended: number
  dropped_too_large: number
  handshakes_failed: number
  keep_alive_timeouts: number
  packets_received: number
  packets_sent: number
  panics_caught: number
  publish_bytes_received: number
  publish_bytes_sent: number
  publish_received: number
  publish_sent: number
  refused_for_memory: number
  sessions_expired: number
  violations: number
  write_timeouts: number
}

/** Whether something is recorded. */
export interface Status {
  /** `NeverStarted`, `Recording` or `Stopped`. */
  status: string
}

/** One of several that come one after the other. */
export interface Step {
  /** This comes. */
  pattern: PatternObject
  times?: null | Count
}

/** A stub, and how it stands. */
export interface Stub {
  /** How often it answered. */
  answered: number
  /** How often a template of it, or a message, could not be made. */
  failed: number
  /** How often something fitted and no stub before it answered alone. */
  matched: number
  name: string
  /** The stub, in the form of a `[[stub]]` table. */
  stub: Record<string, unknown>
  /** How many of its messages wait for their time. */
  waiting: number
}

/** All stubs. */
export interface Stubs {
  /** In the order in which they came. */
  stubs: Stub[]
}

/** A subscription, with its client. */
export interface Subscription {
  client_id: string
  no_local: boolean
  /** The granted QoS. */
  qos: number
  retain_as_published: boolean
  retain_handling: number
  /** The Share Name, if it is a shared subscription. */
  share_name?: string | null
  subscription_identifier?: number | null
  /** The topic filter as the client wrote it, `$share/…` included. */
  topic_filter: string
}

/** A page of subscriptions, in the order of their clients and filters. */
export interface Subscriptions {
  meta: More
  subscriptions: Subscription[]
}

/** Whether a rule is to act. */
export interface Switch {
  /** `false` switches it off. */
  enabled: boolean
}

/** What was agreed on in TLS. */
export interface Tls {
  /** The protocol that was chosen by ALPN. */
  alpn?: string | null
  /** The subject of the client's certificate. */
  certificate?: string | null
  cipher_suite: string
  /** The server name that the client asked for. */
  server_name?: string | null
  version: string
}

/** What is to be recorded. */
export interface ToRecord {
  pattern?: null | PatternObject
}

/** A topic without a channel. */
export interface Undocumented {
  messages: number
  topic: string
}

/** A user. */
export interface User {
  name: string
}

/** A User Property. */
export interface UserProperty {
  name: string
  value: string
}

/** A User Property. */
export type UserPropertyGiven = string[] | {
  name: string
  value: string
}

/** All users. */
export interface Users {
  /** Their names, sorted: those of settings and files, and those that were set here. */
  users: string[]
}

/** What one client did against one rule. */
export interface Violation {
  client_id: string
  /** Its name. */
  contract: string
  /** How often. */
  count: number
  /** Whether the broker acted on it, or let it pass. */
  enforced: boolean
  /** When the first was, on the broker's clock. */
  first_at_secs: number
  /** When the last was. */
  last_at_secs: number
  /** What kind of thing says the rule: `profile`, `asyncapi`, `schema`. */
  origin: string
  /** The rule: in a profile the name of the limit. */
  rule: string
  /** Who says so. */
  source: string
  /** What was said of the first, in one sentence. */
  text: string
  /** The topic name of the first, where a PUBLISH did it. */
  topic?: string | null
}

/** What clients did that a profile or a contract would not take. */
export interface Violations {
  /** How many there were in all. */
  total: number
  /** How many of them are not in the list, which has at most 1,000 rows. */
  unlisted: number
  /** By client, and then by rule. */
  violations: Violation[]
}

/** What is waited for. */
export interface Waiting {
  /** Only one with a greater number; without it, one since the last `POST /api/v1/mark`, or since the start. */
  after?: number | null
  pattern?: null | PatternObject
  /** How long to wait at most: 5 seconds, where nothing is said. */
  timeout_secs?: Patience
}

/** How many are waited for. */
export interface WaitingForCount {
  /** Only those with a greater number; without it, those since the last `POST /api/v1/mark`, or since the start. */
  after?: number | null
  /** How many have to come at least. */
  count: number
  pattern?: null | PatternObject
  /** How long to wait at most: 5 seconds, where nothing is said. */
  timeout_secs?: Patience
}

/** A will. */
export type Will = Payload & {
  /** Will Delay Interval. */
  delay_secs: number
  properties: KeptProperties
  qos: number
  retain: boolean
  topic: string
}
