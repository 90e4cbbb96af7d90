//! The table of `$SYS` topics, and the page made from it.

use std::fmt::Write as _;

use super::PREFIX;
use super::load::SPANS;
use crate::engine::Stats;

/// How much there is of everything now, and what was counted so far. The source of the `$SYS` topics.
///
/// ```
/// let broker = broker::Broker::start().wait()?;
/// broker.publish(broker::Injected::text("lamp", "on").retained()).wait()?;
/// let figures = broker.figures().wait()?;
/// assert_eq!((figures.retained, figures.connected), (1, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Figures {
    /// What was counted so far.
    pub stats: Stats,
    /// Since the start of the broker, on its clock.
    pub uptime_secs: u64,
    /// Sessions, connected or not.
    pub sessions: u64,
    /// Sessions whose client is connected.
    pub connected: u64,
    /// Subscriptions, shared ones included.
    pub subscriptions: u64,
    /// Shared subscriptions.
    pub shared_subscriptions: u64,
    /// Retained messages, `$SYS` ones left out.
    pub retained: u64,
    /// Messages kept: retained, queued and in flight, one for each session that a message is kept for.
    pub stored: u64,
    /// What these cost, as the bounds of the settings count it.
    pub stored_bytes: u64,
    /// QoS 1 and 2 messages to clients that are sent and not acknowledged to the end.
    pub inflight: u64,
    /// Bytes that wait for the network to take them.
    pub unwritten_bytes: u64,
}

/// How a value comes about.
#[derive(Clone, Copy)]
pub(super) enum Value {
    Text(fn(&Figures) -> String),
    Number(fn(&Figures) -> u64),
    /// Moving averages of what this counts, a minute.
    Load(fn(&Stats) -> u64),
}

/// One figure, under one name or several.
pub(super) struct Topic {
    /// Below `$SYS/broker/`; those of a load go on with the span.
    pub names: &'static [&'static str],
    pub what: &'static str,
    pub value: Value,
}

macro_rules! topics {
    ($($($name:literal)|+ => $kind:ident $value:expr, $what:literal;)*) => {
        &[$(Topic { names: &[$($name),+], what: $what, value: Value::$kind($value) },)*]
    };
}

/// All of them, in the order in which they are published.
pub(super) const TOPICS: &[Topic] = topics! {
    "version" => Text |_| format!("citronella version {}", env!("CARGO_PKG_VERSION")),
        "Name and version of the broker. Never changes.";
    "uptime" => Text |f| format!("{} seconds", f.uptime_secs),
        "Time since the start, as `10 seconds`.";

    "clients/connected" | "clients/active" => Number |f| f.connected,
        "Clients connected now.";
    "clients/disconnected" | "clients/inactive" => Number |f| f.sessions - f.connected,
        "Sessions whose client is not connected now.";
    "clients/total" => Number |f| f.sessions,
        "Sessions, connected or not.";
    "clients/maximum" => Number |f| f.stats.clients_maximum,
        "Most clients connected at the same time.";
    "clients/expired" => Number |f| f.stats.sessions_expired,
        "Sessions that ended because their expiry interval passed.";
    "connections/socket/count" => Number |f| f.stats.connections_opened,
        "Network connections accepted, whether or not a client came in over them.";

    "messages/received" => Number |f| f.stats.packets_received,
        "MQTT packets received, of any type.";
    "messages/sent" => Number |f| f.stats.packets_sent,
        "MQTT packets sent, of any type.";
    "messages/inflight" => Number |f| f.inflight,
        "QoS 1 and 2 messages to clients that are sent and not acknowledged to the end.";
    "bytes/received" => Number |f| f.stats.bytes_received,
        "Bytes of MQTT packets received.";
    "bytes/sent" => Number |f| f.stats.bytes_sent,
        "Bytes of MQTT packets sent.";
    "publish/messages/received" => Number |f| f.stats.publish_received,
        "PUBLISH packets received.";
    "publish/messages/sent" => Number |f| f.stats.publish_sent,
        "PUBLISH packets sent, those of `$SYS` topics included.";
    "publish/messages/dropped" => Number |f| f.stats.dropped(),
        "Deliveries dropped: queue full, client too slow, message too large for it or expired, session ended.";
    "publish/bytes/received" => Number |f| f.stats.publish_bytes_received,
        "Payload bytes of PUBLISH packets received.";
    "publish/bytes/sent" => Number |f| f.stats.publish_bytes_sent,
        "Payload bytes of PUBLISH packets sent.";
    "packet/out/bytes" => Number |f| f.unwritten_bytes,
        "Bytes that wait for the network to take them.";

    "retained messages/count" => Number |f| f.retained,
        "Retained messages, `$SYS` ones left out.";
    "store/messages/count" | "messages/stored" => Number |f| f.stored,
        "Messages kept: retained (`$SYS` ones left out), queued and in flight, one for each session that a message is \
         kept for.";
    "store/messages/bytes" => Number |f| f.stored_bytes,
        "What these cost, as the bounds in `[limits]` and `[session]` count it: payload, topic, properties and what \
         goes with them.";
    "subscriptions/count" => Number |f| f.subscriptions,
        "Subscriptions, shared ones included.";
    "shared_subscriptions/count" => Number |f| f.shared_subscriptions,
        "Shared subscriptions.";

    "load/messages/received" => Load |s| s.packets_received, "MQTT packets received a minute.";
    "load/messages/sent" => Load |s| s.packets_sent, "MQTT packets sent a minute.";
    "load/bytes/received" => Load |s| s.bytes_received, "Bytes received a minute.";
    "load/bytes/sent" => Load |s| s.bytes_sent, "Bytes sent a minute.";
    "load/publish/received" => Load |s| s.publish_received, "PUBLISH packets received a minute.";
    "load/publish/sent" => Load |s| s.publish_sent, "PUBLISH packets sent a minute.";
    "load/publish/dropped" => Load Stats::dropped, "Deliveries dropped a minute.";
    "load/sockets" => Load |s| s.connections_opened, "Network connections accepted a minute.";
    "load/connections" => Load |s| s.connects_received, "CONNECT packets received a minute.";
};

/// The page `docs/SYS.md`; a test holds it to this.
pub fn markdown() -> String {
    let mut page = format!(
        "<!-- Generated from broker/core/src/engine/sys; `UPDATE_DOCS=1 cargo test -p broker-core` writes it anew. -->\n\n{INTRO}\n\
         | topic | what |\n|---|---|\n"
    );
    for topic in TOPICS {
        let load = matches!(topic.value, Value::Load(_));
        let names: Vec<_> = topic
            .names
            .iter()
            .flat_map(|name| {
                let spans = if load {
                    SPANS.map(|(span, _)| format!("/{span}")).to_vec()
                } else {
                    vec![String::new()]
                };
                spans
                    .into_iter()
                    .map(move |span| format!("`{PREFIX}{name}{span}`"))
            })
            .collect();
        // Writing to a String cannot fail.
        let _ = writeln!(page, "| {} | {} |", names.join("<br>"), topic.what);
    }
    page + NOTES
}

const INTRO: &str = "# `$SYS` topics

What the broker tells of itself, under the names that mosquitto uses, so that its tools and dashboards work here too.

- Published when somebody first subscribes to one, then each `[sys] interval_secs` (10 seconds; 0 turns them off) for as long as
  somebody is subscribed to one, and only what has changed.
- Retained, at QoS 0, with no properties. A new subscriber gets all values at once. They count against no bound of the
  retained store, and clearing the store leaves them.
- `#` and `+/…` do not match them: subscribe to `$SYS/#`.
- Clients cannot publish to them, nor leave a will there: Not authorized (0x87). A 3.x client is not told for PUBLISH,
  since its version has no way to.
- As in mosquitto, `$SYS/broker/connection/NAME/state` is the clients': there a bridge says that it is connected (1), and its
  will that it is not (0).
- A client that subscribes to `$SYS/#` changes the figures by what it is sent.
";

const NOTES: &str = "
The loads are moving averages: at each round an average moves towards the rate since the round before, by
1 − e^(−interval/span) of the way. They have two decimals. With the virtual clock each round happens at its own instant,
so that the same traffic at the same times gives the same figures. Where the clock is moved over more than 100 rounds in
which nothing else happens, the first and the last of them are published, with the figures that all would have led to.

## The log

Where `log.destinations` has `topic`, the program `broker` publishes the lines of its log as they come, not retained, to
`$SYS/broker/log/E` (errors), `…/W` (warnings), `…/N` (notices: clients that come, go or are refused), `…/I` (information),
`…/M/subscribe` and `…/M/unsubscribe`. It does so only while somebody is subscribed to a topic of `$SYS`. Packets are never told
there, nor that a message of the log was dropped: each such message would make others.

## What mosquitto has and this broker has not

| topic | why |
|---|---|
| `$SYS/broker/heap/current`, `…/maximum` | the engine does not look at the memory allocator, which it may share with the program that embeds it; `store/messages/bytes` and `packet/out/bytes` say what clients make it keep |
| `$SYS/broker/packet/out/count` | what waits to be written is counted in bytes, not in packets |

mosquitto publishes at QoS 2; here it is QoS 0, so that the figures do not fill the queues of clients that are away. Its
counts of retained and stored messages include those of `$SYS`; here they start at 0. Its `clients/maximum` counts sessions;
here, as its manual says, clients that were connected. Its `store/messages/bytes` counts payloads alone.
";
