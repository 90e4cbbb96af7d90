//! `[session]`: delivery to one client, and what outlives its connection.

use crate::define::section;
use crate::schema::between;

section! {
    /// Delivery to one client, and what the broker keeps for it while it is away.
    #[example = "settings.session.max_inflight = 1; // one message at a time"]
    pub struct Session in "session" {
        /// QoS 1 and 2 messages on their way to one client at once; more wait in its queue. The client's
        /// Receive Maximum lowers it.
        max_inflight: u16 = 1_024,
            expect: between(1, 65_535),
            unit: "messages",
            tradeoff: "1 makes delivery strictly one after the other; each step up saves round trips.",
            statements: &["MQTT5-3.3.4-9", "MQTT5-4.9.0-1"];

        /// Bytes of the payloads of QoS 1 and 2 messages that are on their way to one client from which on no more are sent: one
        /// message always may be on its way, however long it is. A QoS 2 message counts until PUBREC. 0 = `max_inflight` alone counts.
        max_inflight_bytes: u64 = 0,
            expect: between(0, 1 << 50),
            unit: "bytes",
            tradeoff: "A few bytes make delivery one after the other.";

        /// QoS 1 and 2 messages that a 5.0 client may send before the broker has acknowledged them, told to
        /// it as Receive Maximum.
        receive_maximum: u16 = 1_024,
            expect: between(1, 65_535),
            unit: "messages",
            statements: &["MQTT5-3.3.4-7"];

        /// Messages waiting for one session, beyond those in flight. A message beyond it is dropped and counted.
        max_queued_messages: u32 = 100_000,
            expect: between(0, 1_000_000_000),
            unit: "messages",
            tradeoff: "A message of QoS 1 or 2 that this bound drops is lost for that client.",
            statements: &["MQTT5-4.5.0-1"];

        /// Bytes of the messages waiting for one session. A message beyond it is dropped and counted.
        max_queued_bytes: u64 = 268_435_456,
            expect: between(0, 1 << 50),
            unit: "bytes";

        /// Whether QoS 0 messages, too, wait for a client that is away.
        queue_qos0: bool = false;

        /// Whether each message comes at the QoS of the subscription, also where it was published with a lower one.
        upgrade_outgoing_qos: bool = false,
            tradeoff: "The standards want the lower of the two: a client gets QoS 1 and 2 where publishers meant 0, and what waits \
                for it counts.",
            statements: &["MQTT5-3.8.4-8", "MQTT311-3.8.4-6"];

        /// Longest Session Expiry Interval granted; a 5.0 client that asks for more is told this one.
        /// 4294967295 = sessions that never expire are granted.
        max_session_expiry_secs: u32 = 4_294_967_295,
            unit: "seconds",
            statements: &["MQTT5-3.1.2-23", "MQTT5-4.1.0-2"];

        /// How long the session of a 3.1 or 3.1.1 client that connected with Clean Session 0 outlives its
        /// connection. 4294967295 = it never expires.
        session_expiry_3x_secs: u32 = 4_294_967_295,
            unit: "seconds",
            tradeoff: "The 3.x standards have no expiry: below 4294967295 a client may find its session gone.",
            statements: &["MQTT311-3.1.2-4"];

        /// Topic aliases that a 5.0 client may use towards the broker. 0 = no aliases.
        topic_alias_maximum: u16 = 1_024,
            unit: "aliases",
            statements: &["MQTT5-3.2.2-17", "MQTT5-3.2.2-18"];

        /// Topic aliases that the broker uses towards a 5.0 client, at most, and never more than it allows. 0 = no
        /// aliases.
        outgoing_topic_alias_maximum: u16 = 64,
            unit: "aliases",
            statements: &["MQTT5-3.1.2-26", "MQTT5-3.1.2-27"];

        /// Longest keep alive granted to 5.0 clients: a client that asks for more, or for 0 (no keep alive), is told
        /// this value as Server Keep Alive. 65535 = each client has what it asks for; 0 = no client's silence ends
        /// its connection.
        max_keep_alive_secs: u16 = 65_535,
            unit: "seconds",
            statements: &["MQTT5-3.1.2-21", "MQTT5-3.1.2-22"];

        /// Whether a client may connect with an empty client identifier and be given one.
        allow_empty_client_id: bool = true,
            statements: &["MQTT5-3.1.3-6", "MQTT311-3.1.3-6"];

        /// How a client identifier begins that the broker gives.
        assigned_client_id_prefix: String = "auto-".to_owned();

        /// How each client identifier has to begin, one that the broker gives included: a client with another one is refused, Not
        /// authorized. Empty = anyhow.
        client_id_prefix: String = String::new();

        /// Whether a 3.1 client may connect with a client identifier of more than 23 characters. Its standard
        /// allows no more, and many devices have more.
        allow_long_client_id: bool = true;
    }
}
