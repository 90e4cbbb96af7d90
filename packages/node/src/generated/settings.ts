// Generated from docs/CONFIG.md; `npm run generate` writes it anew.
import type { DeviceSpec, FaultSpec, StubSpec } from './rules.js'

/** The settings of a broker, as its settings file has them. docs/CONFIG.md explains each. */
export interface Settings {
  /** TCP port to listen on. 0 takes any free port; the broker says which. Default: `1883`. */
  port?: number
  /** Whether to listen on `port` at all. If not, there must be a `[[listener]]`, or `tls.listen`, `websocket.listen` or `http.listen`. Default: `true`. */
  listen?: boolean
  /** IP addresses to listen on; one alone needs no list. `localhost` stands for both loopback addresses. Default: `["127.0.0.1", "::1"]`. */
  bind?: string | string[]
  /** File to write once every listener is bound; it appears whole or not at all. First the addresses of the main port, one a line: `127.0.0.1:1883`. Then `NAME URL` for each listener and each way that it takes, such as `main wss://127.0.0.1:1883/mqtt`; `NAME PATH` for a Unix socket; and `ca_file PATH`, where there is a file of the CA. Empty = no file. Default: `""`. */
  ready_file?: string
  /** File for the number of the process, there while it listens. One that a killed broker left is written over. Empty = no file. Default: `""`. */
  pid_file?: string
  /** The user that the program becomes, and whose groups it takes, where root has started it (Unix only). It does so once the ports are bound and certificates and keys are read. Started by another user, it stays that one. Empty = root stays root. Default: `""`. */
  user?: string
  /** Directory for what a later start is to find again: sessions, subscriptions, queued messages of QoS 1 and 2 and retained messages, as `durability` says; and its CA, made once, with `ca.pem` for clients to trust. Empty = nothing is kept, and a CA is made anew each time; where others need files of it, they lie in a private directory that goes when the broker ends. Default: `""`. */
  state_dir?: string
  /** When what is kept in `state_dir` counts as kept, before any client is answered: `fsync` = once the disk has it, so that it outlives a power cut; `os` = once the operating system has it, so that it outlives the process; `off` = only the CA is kept. docs/DURABILITY.md says more. Default: `"fsync"`. */
  durability?: "off" | "os" | "fsync"
  /** More places to listen on. In a file each begins with `[[listener]]`. Default: `[]`. */
  listener?: {
    /** an integer from 0 to 65535. TCP port. 0 takes any free port. Needed where there is no `socket`. */
    port?: number
    /** a list of IP addresses, such as ["127.0.0.1", "::1"]. IP addresses to listen on; one alone needs no list. Left out: as `bind` at the top of the file. */
    bind?: string | string[]
    /** a text. Path of a Unix socket to listen on, in place of a port. It is removed when the broker ends. Default: "". */
    socket?: string
    /** a text. What it is called in events, in the journal and in what the broker says: letters, digits, `-`, `_`, `.`. Empty = `listener-1` for the first, and so on. Default: "". */
    name?: string
    /** a list of "tcp", "tls", "ws", "wss", "http" or "https". What it takes: MQTT over TCP, TLS, WebSocket, WebSocket inside TLS; the control API over HTTP, and inside TLS. On a Unix socket `tcp` stands for plain MQTT. Default: ["tcp", "tls", "ws", "wss", "http", "https"]. */
    accepts?: ("tcp" | "tls" | "ws" | "wss" | "http" | "https")[]
    /** true or false. Whether every connection comes from a proxy that says in a PROXY header (version 1 or 2) which client it is for. One without that header is closed, and no client may reach this listener but through the proxy: it would be believed. Default: false. */
    proxy_protocol?: boolean
    /** true or false. Whether that header must be one of version 2 that says that the client came to the proxy over TLS. With this, `proxy_protocol` must be true. Default: false. */
    proxy_protocol_v2_require_tls?: boolean
    /** a text. The network interface that connections must come in over, such as `eth0`; beside `bind`. Empty = any. Default: "". */
    bind_interface?: string
    /** a list of origins, such as ["https://app.example"]. As `websocket.origins`. Left out: as there. */
    origins?: string[]
    /** an integer from 512 to 65536 (bytes). As `websocket.max_header_bytes`. Left out: as there. */
    max_header_bytes?: number
    /** an integer from 0 to 10000000 (connections). Clients connected here at once. One more is answered as `limits.max_connections` says. Left out: `limits.max_connections` alone counts. */
    max_connections?: number
    /** a list of "3.1", "3.1.1" or "5.0". The versions of MQTT that are taken. A client of another one is refused: Unsupported protocol version. Default: ["3.1", "3.1.1", "5.0"]. */
    mqtt_versions?: ("3.1" | "3.1.1" | "5.0")[]
    /** an integer from 0 to 2. As `capabilities.maximum_qos`, in place of it. Left out: as there. */
    maximum_qos?: number
    /** an integer from 0 to 65535 (aliases). As `session.topic_alias_maximum`. Left out: as there. */
    topic_alias_maximum?: number
    /** a text. What stands before each topic of its clients in the broker, usually with `/` at its end: with `house/`, a client that publishes to `lamp` publishes to `house/lamp`, and what it subscribes to lies below `house/`, too. The client does not see it, but in the words of a refusal (`access.tell_why`). ACLs and `[access]` are asked about the whole topic. Nothing of `$SYS` is below it. A session goes on only for a client that comes to the same mount point again. Default: "". */
    mount_point?: string
    /** true or false. Whether the user name of a client is its client identifier, whatever CONNECT says. A client without a user name is refused. Default: false. */
    use_username_as_client_id?: boolean
    /** true or false. As `session.allow_empty_client_id`. Left out: as there. */
    allow_empty_client_id?: boolean
    /** a text. As `session.assigned_client_id_prefix`. Left out: as there. */
    assigned_client_id_prefix?: string
    /** true or false. As `auth.allow_anonymous` and `auth.allow_anonymous_remotely`, both at once. Left out: as there. */
    allow_anonymous?: boolean
    /** a text. As `auth.password_file`. With this, or with `auth.dynamic_security_file` here, `auth.users` and the files of `[auth]` have no say here. Left out: as there. */
    password_file?: string
    /** a text. As `auth.acl_file`. With this, `acl` and the file of `[auth]` have no say here. Left out: as there. */
    acl_file?: string
    /** a text. As `auth.dynamic_security_file`. Left out: as there. */
    dynamic_security_file?: string
    /** "valid", "expired", "not_yet_valid", "wrong_host", "unknown_ca" or "revoked". As `tls.preset`, and in place of files in `[tls]`. Left out: as there. */
    preset?: "valid" | "expired" | "not_yet_valid" | "wrong_host" | "unknown_ca" | "revoked"
    /** a text. As `tls.cert_file`, and in place of a preset in `[tls]`. Left out: as there. */
    cert_file?: string
    /** a text. As `tls.key_file`. Left out: as there. */
    key_file?: string
    /** a text. As `tls.ca_file`. Left out: as there. */
    ca_file?: string
    /** a text. As `tls.ca_path`. Left out: as there. */
    ca_path?: string
    /** a text. As `tls.crl_file`. Left out: as there. */
    crl_file?: string
    /** true or false. As `tls.require_certificate`. Left out: as there. */
    require_certificate?: boolean
    /** true or false. As `tls.use_identity_as_username`. Left out: as there. */
    use_identity_as_username?: boolean
    /** true or false. As `tls.use_subject_as_username`. Left out: as there. */
    use_subject_as_username?: boolean
    /** "1.2" or "1.3". As `tls.min_version`. Left out: as there. */
    min_version?: "1.2" | "1.3"
    /** "1.2" or "1.3". As `tls.max_version`. Left out: as there. */
    max_version?: "1.2" | "1.3"
    /** a list of cipher suites, such as ["ECDHE-RSA-AES128-GCM-SHA256"]. As `tls.ciphers`. Left out: as there. */
    ciphers?: string[]
    /** a list of protocols, such as ["mqtt"]. As `tls.alpn`. Left out: as there. */
    alpn?: string[]
  }[]
  /** Other brokers that messages go to and come from. In a file each begins with `[[bridge]]`. Default: `[]`. */
  bridge?: {
    /** a text. What it is called, in events and in the log; unique among the bridges. Required. */
    name?: string
    /** a list of addresses, such as ["mqtt://broker.example:1883"]. Where the other broker is: `mqtt://HOST:PORT`, or `mqtts://HOST:PORT` for TLS. Several are tried in turn. Required. */
    addresses?: string[]
    /** a list of lines, such as ["sensors/# out 1"]. Which messages cross: lines `PATTERN [[[out|in|both] QOS] LOCAL_PREFIX REMOTE_PREFIX]`, with `""` for an empty one. `out`, which is meant where nothing is said, is from here to the other broker. The prefix of one side gives way to that of the other. The first line that takes a message counts. Required. */
    topics?: string[]
    /** "3.1", "3.1.1" or "5.0". The version of MQTT that it speaks to the other broker. In 5.0 the properties of messages cross, too. Default: "3.1.1". */
    version?: "3.1" | "3.1.1" | "5.0"
    /** a text. The client identifier there. Empty = the name of this machine, a dot, and the name of the bridge. Default: "". */
    client_id?: string
    /** a text. The user name there. Empty = none. Default: "". */
    username?: string
    /** a text. The password there. Left out: none. */
    password?: string
    /** a text. The client identifier here. Empty = `local.` and the client identifier there. Default: "". */
    local_client_id?: string
    /** a text. The user name here. Empty = none. Default: "". */
    local_username?: string
    /** a text. The password here. Left out: none. */
    local_password?: string
    /** true or false. Whether the other broker forgets the bridge when the link is lost, and with it what would have come meanwhile. Default: false. */
    clean_session?: boolean
    /** true or false. Whether this broker does so, and what is published here without a link does not cross. Left out: as `clean_session`. */
    local_clean_session?: boolean
    /** an integer from 0 to 4294967295 (seconds). Session Expiry Interval there, where it speaks 5.0 and the session stays. Default: 4294967295. */
    session_expiry_secs?: number
    /** an integer from 1 to 65535 (messages). Receive Maximum there, where it speaks 5.0: messages of QoS 1 and 2 that the other broker may have under way. Left out: as `session.receive_maximum`. */
    receive_maximum?: number
    /** an integer from 1 to 65535 (messages). Messages of QoS 1 and 2 that are on their way there at once, at most; a broker that speaks 5.0 may say that it takes fewer. Default: 20. */
    max_inflight?: number
    /** an integer from 0 to 4294967295 (bytes). Longest packet that goes there. A message that would be longer does not cross, and is told of. 0 = what the other broker says, where it does. Default: 0. */
    max_packet_size_bytes?: number
    /** an integer from 0 to 65535 (seconds). Keep Alive there. 0 = none. Default: 60. */
    keep_alive_secs?: number
    /** "automatic", "lazy" or "once". When it connects: at once and whenever the link is lost, when enough waits for it, or once. Default: "automatic". */
    start?: "automatic" | "lazy" | "once"
    /** an integer from 0 to 4294967295 (messages). How many messages wait for one that is `lazy` before it connects. Default: 10. */
    threshold?: number
    /** an integer from 0 to 4294967295 (seconds). For how long nothing has crossed when one that is `lazy` goes. Default: 60. */
    idle_timeout_secs?: number
    /** an integer from 1 to 86400000 (milliseconds). The least time until it connects again. Default: 5000. */
    restart_min_millis?: number
    /** an integer from 0 to 86400000 (milliseconds). The most. The time is drawn, and grows with each attempt that fails. No more than the least = always the least. Default: 30000. */
    restart_max_millis?: number
    /** true or false. Whether all addresses are equal. If not, the first is the main one: the others count while it cannot be reached. Default: false. */
    round_robin?: boolean
    /** true or false. Whether it says in 3.x that it is a bridge, in the way of mosquitto: then nothing comes back that it has brought, and RETAIN crosses. A broker that does not take that is asked again without. Default: true. */
    try_private?: boolean
    /** true or false. Whether RETAIN goes along to the other broker. Default: true. */
    outgoing_retain?: boolean
    /** true or false. Whether it unsubscribes there from what only goes out, where a former bridge of this name may have subscribed. Default: true. */
    attempt_unsubscribe?: boolean
    /** true or false. Whether it says in both brokers, retained, whether it is connected: 1 or 0. Default: true. */
    notifications?: boolean
    /** true or false. Whether it says so in this broker only. Default: false. */
    notifications_local_only?: boolean
    /** a text. Where it says so. Empty = `$SYS/broker/connection/CLIENT_ID/state`, with the client identifier there. Default: "". */
    notification_topic?: string
    /** a text. The address of this machine that it connects from. Empty = any. Default: "". */
    bind?: string
    /** a text. With `mqtts`: file with certificates, in PEM, of those whom it believes who the other broker is. Empty = those that this machine trusts. Default: "". */
    ca_file?: string
    /** a text. With `mqtts`: file with its own certificate, in PEM. Empty = none. Default: "". */
    cert_file?: string
    /** a text. The key of that certificate, in PEM. Default: "". */
    key_file?: string
    /** true or false. Whether the certificate of the other broker may be for another name than its host's. Default: false. */
    insecure?: boolean
    /** a list of protocols, such as ["mqtt"]. With `mqtts`: the protocols that it offers in ALPN. Default: []. */
    alpn?: string[]
  }[]
  /** Who may publish and read what. In a file each line begins with `[[acl]]`. Without any, and without a file in `[auth]`, everybody may do everything. Default: `[]`. */
  acl?: {
    /** a text. The user that it is for; empty text = clients without a user name. Left out: every client. */
    user?: string
    /** a text. The topic filter that it is about. `%u` stands for the client's user name, `%c` for its client identifier. Required. */
    topic?: string
    /** "read", "write", "readwrite" or "deny". What is allowed there, or `deny`. Default: "readwrite". */
    access?: "read" | "write" | "readwrite" | "deny"
  }[]
  /** Files with rules, stubs and devices: tables `[[fault]]`, `[[stub]]` and `[[device]]`. They may stand in a settings file as well. One file may stand without brackets. Empty list = no file. Default: `[]`. */
  script?: string[]
  tls?: {
    /** Whether to listen on `tls.port`, too, for TLS alone. Default: `false`. */
    listen?: boolean
    /** TCP port for TLS alone, once `tls.listen` is true. 0 takes any free port; so does this default where `port` is 0. Default: `8883`. */
    port?: number
    /** What is wrong with the certificate that clients are shown, to see what they do about it: `expired`, `not_yet_valid`, `wrong_host`, `unknown_ca`, `revoked`; or nothing: `valid`. Default: `"valid"`. */
    preset?: "valid" | "expired" | "not_yet_valid" | "wrong_host" | "unknown_ca" | "revoked"
    /** File with a certificate in PEM, and those between it and its CA behind it. Empty = one that the broker makes. Default: `""`. */
    cert_file?: string
    /** File with the private key of `tls.cert_file` in PEM. Default: `""`. */
    key_file?: string
    /** File with the certificates in PEM of the CAs that may vouch for clients. Empty, and `tls.ca_path` as well = the broker's own CA, which `broker cert NAME` makes certificates of. Default: `""`. */
    ca_file?: string
    /** Directory with such files: those that end in .pem, .crt or .cer, or in a number as OpenSSL's `rehash` names them. Default: `""`. */
    ca_path?: string
    /** File with a certificate revocation list (CRL) in PEM, or several: a client whose certificate is on it is turned away, and so is one whose CA has no list there, or one that is out of date. Empty = no client's is; the broker's own CA has a list of its own. Default: `""`. */
    crl_file?: string
    /** Whether a client must show a certificate that one of those CAs vouches for. If not, it may have none; it is asked for one only where `tls.ca_file`, `tls.ca_path`, `tls.crl_file` or a user name from the certificate is set. Default: `false`. */
    require_certificate?: boolean
    /** Whether the Common Name of a client's certificate is its user name; that in CONNECT then does not count, and no password is asked for. Default: `false`. */
    use_identity_as_username?: boolean
    /** Whether the whole subject of a client's certificate is its user name, such as `CN=lamp,O=Home`; else as `tls.use_identity_as_username`. Default: `false`. */
    use_subject_as_username?: boolean
    /** The oldest version of TLS that is spoken. Default: `"1.2"`. */
    min_version?: "1.2" | "1.3"
    /** The newest version of TLS that is spoken. Default: `"1.3"`. */
    max_version?: "1.2" | "1.3"
    /** The cipher suites that are spoken, by the names that OpenSSL or IANA has for them; as with OpenSSL, a part of a name stands for all suites that have it, `ECDHE+AESGCM` for those that have both, `ALL`, `HIGH` and `DEFAULT` for all, and `!` before a name takes suites away. Suites of TLS 1.2 and those of 1.3 are chosen apart: names of the one leave the other as it is. A name that is unknown here is left out, and that is said at the start. Empty = all that are safe. Default: `[]`. */
    ciphers?: string[]
    /** The protocols that a client may choose from by ALPN. Empty = whatever it asks for is not looked at. Default: `["mqtt", "x-amzn-mqtt-ca", "http/1.1"]`. */
    alpn?: string[]
  }
  websocket?: {
    /** Whether to listen on `websocket.port`, too, for WebSocket alone. Default: `false`. */
    listen?: boolean
    /** TCP port for WebSocket alone, once `websocket.listen` is true. 0 takes any free port; so does this default where `port` is 0. Default: `9001`. */
    port?: number
    /** The pages that may connect from a browser, by their origin: `https://app.example`. Pages of this machine always may (of localhost and loopback addresses, on any port), and pages of the address that the browser knows the broker by. `file://` = files, as Chrome names them; `null` = pages without an origin, which are files in Firefox, but also parts of pages elsewhere; `*` = every page. Programs that are no browser send no origin, and are let in. Default: `["file://"]`. */
    origins?: string[]
    /** The longest head of a request that is read, its request line included. Default: `8192`. */
    max_header_bytes?: number
  }
  http?: {
    /** Whether the API is there at all. Default: `true`. */
    enabled?: boolean
    /** Whether to listen on `http.port`, too, for the API alone. That port stays open while the broker is away, and no rule takes it down. Default: `false`. */
    listen?: boolean
    /** TCP port for the API alone, once `http.listen` is true. 0 takes any free port; so does this default where `port` is 0. Default: `8080`. */
    port?: number
    /** File whose first line is a token. With it, each request must have the header `Authorization: Bearer TOKEN`. Empty = no token: then only this machine may use the API. Pages that a browser shows may use it if they are of this machine, or if `websocket.origins` names them one by one. Default: `""`. */
    token_file?: string
    /** The longest body of a request. Default: `16777216`. */
    max_body_bytes?: number
    /** The most connections to the API at the same time; one more is told so and closed. Default: `2048`. */
    max_connections?: number
    /** The most further brokers that `POST /api/v1/brokers` may have started and that still run. Default: `256`. */
    max_brokers?: number
  }
  limits?: {
    /** Clients connected at once. One more is answered "server busy" (5.0) or "server unavailable" (3.x) and closed. Connections on which no CONNECT was accepted yet take no client's place: where all of them together are 64 more than this, or the process can open no more files, the oldest of these is closed for a new one. Default: `10000`. */
    max_connections?: number
    /** Time from accepting a connection to its first complete CONNECT, after which it is closed. Default: `10`. */
    connect_timeout_secs?: number
    /** Bytes that all clients together may make the broker hold: what waits to be written, messages in flight and queued, wills, retained messages, subscriptions, sessions, topic aliases, packets that are half there. A message counts once, however many wait for it; the journal has its own bound. Beyond it the broker refuses: PUBLISH, SUBSCRIBE and CONNECT are answered "quota exceeded" where the version has a way to say it, a message is dropped and counted for the receiver that it would have waited for, and a packet that is half there ends its connection. A client that takes what it asks for is served all the same. Default: `1073741824`. */
    max_memory_bytes?: number
    /** Largest packet taken from a client, all its bytes counted. 5.0 clients are told, as Maximum Packet Size; a larger packet ends the connection that sent it. Default: `104857600`. */
    max_packet_size_bytes?: number
    /** Longest payload of a message. A longer one goes to nobody: its publisher is told Implementation specific error (0x83) at QoS 1 and 2 in 5.0, and nothing else; in 3.x it is acknowledged as usual. A client whose will is longer is refused: Packet too large (5.0) or not authorized (3.x). 0 = whatever fits a packet. Default: `0`. */
    max_payload_bytes?: number
    /** Sessions kept at once, those of connected clients included. A CONNECT that needs one more is refused: quota exceeded (5.0) or server unavailable (3.x). Default: `100000`. */
    max_sessions?: number
    /** Subscriptions of all sessions together. One more is refused in SUBACK: quota exceeded. Default: `2000000`. */
    max_subscriptions?: number
    /** Subscriptions of one session. One more is refused in SUBACK: quota exceeded. Default: `1000000`. */
    max_subscriptions_per_session?: number
    /** Bytes of all subscriptions together: their filters, and the tree of the levels of those with wildcards. A subscription beyond it is refused in SUBACK: quota exceeded. Default: `1073741824`. */
    max_subscription_bytes?: number
    /** Retained messages kept at once. A message for one more topic is delivered but not kept. Default: `2000000`. */
    max_retained_messages?: number
    /** Bytes of all retained messages together, topics and payloads. A message beyond it is delivered but not kept. Default: `1073741824`. */
    max_retained_bytes?: number
    /** How long a message stays retained whose publisher gave it no Message Expiry Interval, counted from when it came, or from the start of the broker. 0 = for ever. Default: `0`. */
    retained_expiry_secs?: number
    /** Bytes waiting to be written to one client above which QoS 0 messages to it are dropped and counted, those of QoS 1 and 2 wait in its queue, and the client itself is not read from until it has taken about half: what it asks for would be more. Default: `16777216`. */
    max_outbox_bytes?: number
    /** Time that a client may take nothing while bytes wait for it, after which it is cut. Default: `60`. */
    write_timeout_secs?: number
  }
  session?: {
    /** QoS 1 and 2 messages on their way to one client at once; more wait in its queue. The client's Receive Maximum lowers it. Default: `1024`. */
    max_inflight?: number
    /** Bytes of the payloads of QoS 1 and 2 messages that are on their way to one client from which on no more are sent: one message always may be on its way, however long it is. A QoS 2 message counts until PUBREC. 0 = `max_inflight` alone counts. Default: `0`. */
    max_inflight_bytes?: number
    /** QoS 1 and 2 messages that a 5.0 client may send before the broker has acknowledged them, told to it as Receive Maximum. Default: `1024`. */
    receive_maximum?: number
    /** Messages waiting for one session, beyond those in flight. A message beyond it is dropped and counted. Default: `100000`. */
    max_queued_messages?: number
    /** Bytes of the messages waiting for one session. A message beyond it is dropped and counted. Default: `268435456`. */
    max_queued_bytes?: number
    /** Whether QoS 0 messages, too, wait for a client that is away. Default: `false`. */
    queue_qos0?: boolean
    /** Whether each message comes at the QoS of the subscription, also where it was published with a lower one. Default: `false`. */
    upgrade_outgoing_qos?: boolean
    /** Longest Session Expiry Interval granted; a 5.0 client that asks for more is told this one. 4294967295 = sessions that never expire are granted. Default: `4294967295`. */
    max_session_expiry_secs?: number
    /** How long the session of a 3.1 or 3.1.1 client that connected with Clean Session 0 outlives its connection. 4294967295 = it never expires. Default: `4294967295`. */
    session_expiry_3x_secs?: number
    /** Topic aliases that a 5.0 client may use towards the broker. 0 = no aliases. Default: `1024`. */
    topic_alias_maximum?: number
    /** Topic aliases that the broker uses towards a 5.0 client, at most, and never more than it allows. 0 = no aliases. Default: `64`. */
    outgoing_topic_alias_maximum?: number
    /** Longest keep alive granted to 5.0 clients: a client that asks for more, or for 0 (no keep alive), is told this value as Server Keep Alive. 65535 = each client has what it asks for; 0 = no client's silence ends its connection. Default: `65535`. */
    max_keep_alive_secs?: number
    /** Whether a client may connect with an empty client identifier and be given one. Default: `true`. */
    allow_empty_client_id?: boolean
    /** How a client identifier begins that the broker gives. Default: `"auto-"`. */
    assigned_client_id_prefix?: string
    /** How each client identifier has to begin, one that the broker gives included: a client with another one is refused, Not authorized. Empty = anyhow. Default: `""`. */
    client_id_prefix?: string
    /** Whether a 3.1 client may connect with a client identifier of more than 23 characters. Its standard allows no more, and many devices have more. Default: `true`. */
    allow_long_client_id?: boolean
  }
  capabilities?: {
    /** Highest QoS at which a client may publish. Subscriptions may ask for any; delivery stays within it. Default: `2`. */
    maximum_qos?: number
    /** Whether retained messages are taken. Default: `true`. */
    retain_available?: boolean
    /** Whether topic filters may hold `+` and `#`. Default: `true`. */
    wildcard_subscription_available?: boolean
    /** Whether a subscription may carry a Subscription Identifier. Default: `true`. */
    subscription_identifiers_available?: boolean
    /** Whether `$share/…` subscriptions are taken. Default: `true`. */
    shared_subscription_available?: boolean
    /** Response Information returned to a client that asks for it: usually a topic prefix. Empty = no client is given any. Default: `""`. */
    response_information?: string
  }
  shared?: {
    /** Which member of a group gets the next message: each member in turn, any member, the same member for as long as it stays, or the one with the fewest messages on their way to it. Default: `"round_robin"`. */
    strategy?: "round_robin" | "random" | "sticky" | "least_inflight"
  }
  auth?: {
    /** Whether a client may connect without a user name. One that gives a name must be among the users and give the right password; while there are no users, this says whether anyone may connect at all. Default: `true`. */
    allow_anonymous?: boolean
    /** Whether a client may do so, too, on an address that other machines can reach, or over TLS that asks for no certificate there. While this is false, a broker that listens on such an address needs another way to know its clients (users, a hook, certificates), or it does not start. Default: `false`. */
    allow_anonymous_remotely?: boolean
    /** File with users as `mosquitto_passwd` and `broker passwd` write it: `NAME:HASH` on each line. They come beside `auth.users`. It is read again on SIGHUP. Empty = no file. Default: `""`. */
    password_file?: string
    /** File with an ACL as mosquitto reads it: lines `user NAME`, `topic [read|write|readwrite|deny] FILTER` and `pattern …`. They come beside those of `acl`. It is read again on SIGHUP. Empty = no file. Default: `""`. */
    acl_file?: string
    /** File in JSON with users, groups, roles and their ACLs, as mosquitto's dynamic security plugin keeps it. It is read again on SIGHUP. Empty = no file. Default: `""`. */
    dynamic_security_file?: string
    /** URL of a program that decides who comes in, in place of users and files: `http://localhost:8080/mqtt`. Each CONNECT is put to it as a POST with JSON. Empty = nobody is asked. Default: `""`. */
    http_url?: string
    /** How long that program has for its answer, after which the client is refused with Server unavailable. Default: `5000`. */
    http_timeout_millis?: number
    /** Wrong passwords in a minute, of one user name from one address, after which the next is refused without being looked at: Connection rate exceeded. From one address under any names, ten times as many. 0 = no bound. Default: `60`. */
    max_failed_logins_per_minute?: number
    /** The users, each with its password: `users = [{ name = "alice", password = "secret" }]`, or with a hash of it, `password_hash`. In the environment and in flags also `alice:secret,bob:secret2`. Default: `[]`. */
    users?: {
      /** a text. The User Name of CONNECT; unique among the users. Required. */
      name?: string
      /** a text. The Password of CONNECT. Left out: it is known by its hash alone. */
      password?: string
      /** a text. In its place a hash of it, as a password file has it: `$argon2id$…`, `$7$…` or `$6$…`. `broker passwd -c - NAME` prints one. Such a user cannot log in with SCRAM, for which the broker must know the password itself. Left out: the password is given as it is. */
      password_hash?: string
    }[]
    /** Methods of enhanced authentication offered to 5.0 clients; they use the same users. Default: `["SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"]`. */
    mechanisms?: ("SCRAM-SHA-1" | "SCRAM-SHA-256" | "SCRAM-SHA-512")[]
  }
  access?: {
    /** Topic filters that no client may publish to. Default: `[]`. */
    deny_publish?: string[]
    /** Topic filters that no client may subscribe to: a subscription is refused when its filter is one of these or lies wholly within one. Default: `[]`. */
    deny_subscribe?: string[]
    /** Whether a 5.0 client is told why: Not authorized (0x87) and, in a Reason String, the line of the ACL that decided, with the name of its file but not its directory. If not, it is told Unspecified error (0x80) without a Reason String, as 3.1.1 clients are in SUBACK. Default: `true`. */
    tell_why?: boolean
  }
  redirect?: {
    /** Where to go. When set, every CONNECT of a 5.0 client is refused with this Server Reference. Empty = nobody is sent elsewhere. Default: `""`. */
    server_reference?: string
    /** Whether the refusal says for good (Server moved, 0x9D) or for now (Use another server, 0x9C). Default: `false`. */
    permanent?: boolean
  }
  sys?: {
    /** Time between two rounds of `$SYS/broker/…` messages. 0 = no such messages. Default: `10`. */
    interval_secs?: number
  }
  log?: {
    /** How much: 0 = what `types` names, 1 = packets and all other types too, 2 = everything, uncut. Default: `0`. */
    verbosity?: number
    /** Whether as one JSON object a line, for programs, rather than text for people. Default: `false`. */
    json?: boolean
    /** Whether stdout and stderr get no lines but the first and, with `json`, the last: `listening` and `stopped`. Errors and warnings come on stderr all the same, and other destinations have what they always have. Default: `false`. */
    quiet?: boolean
    /** Where the lines go, any number of: `stdout`, `stderr`, `file:PATH`, `syslog` (Unix only), and `topic`: those who subscribe to `$SYS/broker/log/#`. Lines are added to the end of a file, and SIGHUP opens it anew. Empty list = once it runs, the broker says nothing but errors, on stderr. Default: `["stdout"]`. */
    destinations?: string[]
    /** Which lines, in the words of mosquitto. `notice` has connections and refusals, `debug` packets; `all` is every type, `none` is none. Empty list = every type but `debug`. Default: `[]`. */
    types?: ("error" | "warning" | "notice" | "information" | "debug" | "subscribe" | "unsubscribe" | "websockets" | "internal" | "all" | "none")[]
    /** Whether text lines begin with a time. JSON always has one, and syslog has its own. Default: `true`. */
    timestamp?: boolean
    /** That time in the form of strftime, as this machine's clock and time zone have it: `%Y-%m-%d %H:%M:%S`. Empty = the seconds since the start on stdout and stderr, date and time elsewhere. Default: `""`. */
    timestamp_format?: string
    /** Whether there are lines that say that a client came or went. Refusals are told all the same. Default: `true`. */
    connection_messages?: boolean
    /** The facility that syslog files the lines under. Default: `"daemon"`. */
    facility?: "daemon" | "local0" | "local1" | "local2" | "local3" | "local4" | "local5" | "local6" | "local7"
  }
  journal?: {
    /** Packets and events that are kept. Beyond that the oldest are forgotten. 0 = there is no journal. Default: `65536`. */
    entries?: number
    /** File that the program writes it to, in the form that the ending asks for: `.jsonl` (JSON lines) and `.pcapng` (for Wireshark) grow as things happen; `.txt` (a ladder) and `.mmd` (a sequence diagram of Mermaid) are drawn at the end, of what is still kept then. Empty = no file. Default: `""`. */
    file?: string
    /** File that the program records every session to, as JSON lines without passwords, to be played again by `broker play`; `broker stubs` makes stubs of it. Empty = no recording. Default: `""`. */
    recording?: string
    /** Memory for them. Beyond that the oldest are forgotten; the newest is always kept. Default: `16777216`. */
    bytes?: number
  }
  faults?: {
    /** Whether a packet may say itself what is to be done with it, by the User Property `x-fault`: `drop`, `latency 500`, `refuse 0x97`. Any client may, so it is for tests only. Default: `false`. */
    user_property?: boolean
  }
  profile?: {
    /** Name of a profile, such as `aws-iot`, as `broker profile list` has them; or a file with one of one's own: a path with a `/` in it, or one that ends in `.toml`. Empty = none. Default: `""`. */
    name?: string
    /** What comes of a violation: `warn` = it is told, and the packet passes, so that no client sees any of it; `enforce` = it is told, and the broker does what the other would do. Default: `"warn"`. */
    mode?: "warn" | "enforce"
  }
  contracts?: {
    /** Files with AsyncAPI documents, of version 2 or 3, in YAML or JSON. Each message of a client is held against the channel that has its topic. Empty list = none. Default: `[]`. */
    asyncapi?: string[]
    /** JSON Schemas by topic, each as `FILTER=FILE`: payloads on topics that fit the filter are held against the schema. Default: `[]`. */
    schemas?: string[]
    /** Client identifiers of the application that the documents describe; `*` stands for any characters. With it, the operations of a document say who may publish where. Empty list = each client may do what the application does, and what others do with it. Default: `[]`. */
    application?: string[]
    /** Whether the messages of edge nodes and host applications are held against Sparkplug 3.0.0, and births are retained below `$sparkplug/certificates/`. docs/SPARKPLUG.md says which rules there are. What breaks them is told, and never refused. Default: `false`. */
    sparkplug?: boolean
    /** Whether examples of AsyncAPI documents become stubs at the start: those that the application sends are published when a client subscribes to their topic, and those of answers when it publishes the request. Default: `false`. */
    examples?: boolean
    /** Whether a message that breaks a contract is refused. If not, it passes, and the violation is told. Default: `false`. */
    enforce?: boolean
  }
  engine?: {
    /** Which engine: `native` is Citronella's own, `rumqttd` is stock rumqttd, embedded. With `upstream.url` the broker at that URL answers instead. Default: `"native"`. */
    kind?: "native" | "rumqttd"
    /** Seed of the engine's random numbers. The same seed gives the same generated client identifiers and random choices again; 0 = a new one from the operating system at each start. Default: `0`. */
    seed?: number
  }
  upstream?: {
    /** Where the broker is: `mqtt://HOST:PORT`, or `mqtts://HOST:PORT` for TLS. Without a port, 1883 and 8883. User names and passwords do not belong here: each client brings its own. Empty = no upstream. `recording:FILE` plays a recording: clients are answered as the recorded broker answered. Default: `""`. */
    url?: string
    /** How fast a recording is played: a number (`2` halves the pauses), or `max` without pauses. Default: `"1"`. */
    speed?: string
    /** Who speaks TLS with an `mqtts` upstream: `originate` = the front door does, and clients come on any way to it; `pass_through` = clients do, and their bytes are passed on unread. Default: `"originate"`. */
    tls?: "originate" | "pass_through"
    /** File with certificates in PEM to trust, in place of those that this machine trusts. Empty = no file. Default: `""`. */
    ca_file?: string
    /** Whether every certificate is accepted, from any authority and for any name. Default: `false`. */
    insecure?: boolean
    /** Time for the connection to the upstream, TLS included, after which the client is refused: Server unavailable (0x88 in 5.0, 3 in 3.x). Default: `3000`. */
    connect_timeout_millis?: number
    /** Time for the upstream's whole answer to CONNECT, after which the client is refused in the same way; a client that has part of the answer already is disconnected. Default: `10000`. */
    connack_timeout_millis?: number
    /** Pause after a failed connection to the upstream. In it, clients are refused at once. Each further failure doubles it. Default: `100`. */
    retry_after_millis?: number
    /** The longest that this pause becomes. Default: `5000`. */
    retry_after_max_millis?: number
  }
  rumqttd?: {
    /** Connections that its router makes room for. Default: `10010`. */
    max_connections?: number
    /** Messages that its router takes out of its log for one connection at once. Default: `200`. */
    max_outgoing_packet_count?: number
    /** Size of a segment of its log. A filter's oldest messages are forgotten a segment at a time. Default: `104857600`. */
    max_segment_size_bytes?: number
    /** Segments of its log, for each filter. Default: `10`. */
    max_segment_count?: number
    /** Time from accepting a connection to its CONNECT. Default: `60000`. */
    connection_timeout_millis?: number
    /** Largest packet that it takes, all its bytes counted. Default: `20480`. */
    max_payload_size_bytes?: number
    /** Packets of one client that it takes at once. Default: `100`. */
    max_inflight_count?: number
    /** Whether clients may publish to topics that nobody subscribed to yet. Without it, such a PUBLISH ends the connection. Default: `true`. */
    dynamic_filters?: boolean
    /** Pause between two accepted connections. Default: `1`. */
    next_connection_delay_millis?: number
    /** Which member of a shared subscription's group gets the next message. It does not have `least_inflight`. Default: `"round_robin"`. */
    shared_subscriptions_strategy?: "round_robin" | "random" | "sticky" | "least_inflight"
    /** Time for its answer to CONNECT. After that the broker checks whether its listener is still there. Default: `2000`. */
    connack_timeout_millis?: number
  }
  /** Rules that disturb, from the start and after each reset. */
  fault?: FaultSpec[]
  /** Stubs, from the start and after each reset. */
  stub?: StubSpec[]
  /** Simulated devices, from the start and after each reset. */
  device?: DeviceSpec[]
}
