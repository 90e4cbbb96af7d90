//! `[limits]`: how much the broker takes.

use crate::define::section;
use crate::schema::between;

section! {
    /// How much the broker takes before it refuses. Where a limit is reached, the client is told if the standard has
    /// a way to say it; the refusal is counted and logged. Other clients notice nothing.
    #[example = "settings.limits.max_connections = 3; // the fourth client is refused"]
    pub struct Limits in "limits" {
        /// Clients connected at once. One more is answered "server busy" (5.0) or "server unavailable" (3.x)
        /// and closed. Connections on which no CONNECT was accepted yet take no client's place: where all of them
        /// together are 64 more than this, or the process can open no more files, the oldest of these is closed for a
        /// new one.
        max_connections: u32 = 10_000,
            expect: between(1, 10_000_000),
            unit: "connections",
            tradeoff: "Each connection also takes a file descriptor: raise `ulimit -n` with it.",
            statements: &["MQTT5-3.1.4-2"];

        /// Time from accepting a connection to its first complete CONNECT, after which it is closed.
        connect_timeout_secs: u32 = 10,
            expect: between(1, 86_400),
            unit: "seconds";

        /// Bytes that all clients together may make the broker hold: what waits to be written, messages in flight and
        /// queued, wills, retained messages, subscriptions, sessions, topic aliases, packets that are half there. A
        /// message counts once, however many wait for it; the journal has its own bound. Beyond it the broker
        /// refuses: PUBLISH, SUBSCRIBE and CONNECT are answered "quota exceeded" where the version has a way to say
        /// it, a message is dropped and counted for the receiver that it would have waited for, and a packet that is
        /// half there ends its connection. A client that takes what it asks for is served all the same.
        max_memory_bytes: u64 = 1_073_741_824,
            expect: between(65_536, 1 << 50),
            unit: "bytes",
            tradeoff: "The default is half of what the smallest machines for continuous integration have.",
            statements: &["MQTT5-3.1.4-2"];

        /// Largest packet taken from a client, all its bytes counted. 5.0 clients are told, as Maximum
        /// Packet Size; a larger packet ends the connection that sent it.
        max_packet_size_bytes: u32 = 104_857_600,
            expect: between(128, 268_435_460),
            unit: "bytes",
            tradeoff: "A client may make the broker hold this much for it before a packet is complete.",
            statements: &["MQTT5-3.2.2-15"];

        /// Longest payload of a message. A longer one goes to nobody: its publisher is told Implementation specific error
        /// (0x83) at QoS 1 and 2 in 5.0, and nothing else; in 3.x it is acknowledged as usual. A client whose will is longer is
        /// refused: Packet too large (5.0) or not authorized (3.x). 0 = whatever fits a packet.
        max_payload_bytes: u32 = 0,
            expect: between(0, 268_435_455),
            unit: "bytes",
            tradeoff: "`limits.max_packet_size_bytes` is what 5.0 clients are told of.";

        /// Sessions kept at once, those of connected clients included. A CONNECT that needs one more is
        /// refused: quota exceeded (5.0) or server unavailable (3.x).
        max_sessions: u32 = 100_000,
            expect: between(1, 100_000_000),
            unit: "sessions";

        /// Subscriptions of all sessions together. One more is refused in SUBACK: quota exceeded.
        max_subscriptions: u32 = 2_000_000,
            expect: between(1, 1_000_000_000),
            unit: "subscriptions";

        /// Subscriptions of one session. One more is refused in SUBACK: quota exceeded.
        max_subscriptions_per_session: u32 = 1_000_000,
            expect: between(1, 1_000_000_000),
            unit: "subscriptions";

        /// Bytes of all subscriptions together: their filters, and the tree of the levels of those with wildcards. A
        /// subscription beyond it is refused in SUBACK: quota exceeded.
        max_subscription_bytes: u64 = 1_073_741_824,
            expect: between(1_024, 1 << 50),
            unit: "bytes",
            tradeoff: "A subscription takes a few hundred bytes; a filter of 65,535 levels takes some 6 MB.";

        /// Retained messages kept at once. A message for one more topic is delivered but not kept.
        max_retained_messages: u32 = 2_000_000,
            expect: between(0, 1_000_000_000),
            unit: "messages";

        /// Bytes of all retained messages together, topics and payloads. A message beyond it is delivered but not
        /// kept.
        max_retained_bytes: u64 = 1_073_741_824,
            expect: between(0, 1 << 50),
            unit: "bytes";

        /// How long a message stays retained whose publisher gave it no Message Expiry Interval, counted from when it came, or
        /// from the start of the broker. 0 = for ever.
        retained_expiry_secs: u32 = 0,
            unit: "seconds";

        /// Bytes waiting to be written to one client above which QoS 0 messages to it are dropped and counted,
        /// those of QoS 1 and 2 wait in its queue, and the client itself is not read from until it has taken
        /// about half: what it asks for would be more.
        max_outbox_bytes: u64 = 16_777_216,
            expect: between(1_024, 1 << 50),
            unit: "bytes",
            tradeoff: "Higher rides out longer pauses of a slow reader and takes that much memory for each of them.";

        /// Time that a client may take nothing while bytes wait for it, after which it is cut.
        write_timeout_secs: u32 = 60,
            expect: between(1, 86_400),
            unit: "seconds";
    }
}
