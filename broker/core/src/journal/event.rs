//! [`Event`]: what happened, for people and machines that look on. One table says everything that is said of each.

#[cfg(test)]
mod samples;
mod shown;
#[macro_use]
mod table;
#[cfg(test)]
mod tests;
mod told;

use std::sync::Arc;
use std::time::Duration;

use super::value::{Field, Kind, Value};
use super::{ClockChange, CloseReason, DropReason};
use crate::arrival::{TlsFacts, Way};
use crate::session::ConnId;
use crate::wire::{QoS, ReasonCode, Version};

use shown::Shown;
pub use table::{Brief, EventType, Tone};
use told::{
    AS_KEPT, AS_NEW, because, bridge_tone, bridged, clock, hash_only, long, long_sentence, many,
    open_connections, over, stored, too_many, took,
};

// A row: the variant, its word in JSON and patterns, and when it comes. Its fields, each with its meaning, and where they
// differ from what the type says, the name (`as`) and the kind (`=`) under which JSON and patterns know them. Then two
// sentences about it: `words` for diagrams, where `who` is the client; `brief` for a line of the program, with its colour
// and its verb. `name` shortens what a peer chose. The table also makes the macro `each_event`; the `$` is for that.
events! { $
    /// A CONNECT was accepted.
    Connected = connected {
        /// number of the connection, from 1
        conn: ConnId,
        /// client identifier, also where the broker chose it
        client_id: Arc<str>,
        /// the client's address
        peer: String,
        /// `3.1`, `3.1.1` or `5.0`
        version: Version as "mqtt_version",
        /// user name, `null` without one
        user: Option<Arc<str>>,
        /// Clean Start, or Clean Session of 3.x
        clean_start: bool,
        /// whether a session was resumed
        session_present: bool,
        /// Keep Alive in force, in seconds; 0 = none
        keep_alive_secs: u16,
        /// what its bytes go through
        way: Way,
        /// name of the listener that let it in: `main`, `tls`, `ws`, or as its table says
        listener: Arc<str>,
        /// version of TLS, `null` without TLS
        tls: Option<Arc<TlsFacts>> as "tls_version",
    }
    words |who, name| {
        let session = if *session_present { "its session goes on" } else { "a new session" };
        format!("{who} is connected{}, MQTT {version}, {session}", over(*way))
    }
    brief |name| Tone::Good, "connected", {
        let keep_alive = match keep_alive_secs {
            0 => "no keep alive".to_owned(),
            secs => format!("keep alive {secs} s"),
        };
        let user = user.as_ref().map_or_else(String::new, |user| format!(", user {}", name(user)));
        let session = match (session_present, clean_start, version.is_v5()) {
            (true, ..) => "session resumed",
            (false, true, true) => "clean start",
            (false, true, false) => "clean session",
            (false, false, _) => "new session",
        };
        let over = over(*way);
        format!("{conn}, MQTT {version} from {peer}{over}, {keep_alive}{user}, {session}")
    }

    /// A CONNECT was refused.
    Refused = refused {
        /// number of the connection
        conn: ConnId,
        /// client identifier, as the CONNECT said it
        client_id: String,
        /// the client's address
        peer: String,
        /// what its bytes go through
        way: Way,
        /// reason code of MQTT 5.0, also where the client was told in the words of 3.x
        reason: ReasonCode as "reason_code",
    }
    words |who, name| { format!("{who} is refused: {reason}") }
    brief |name| Tone::Bad, "refused", { format!("{reason}, to {peer}{}", over(*way)) }

    /// A connection got no further than TLS, WebSocket, HTTP or a PROXY header: no MQTT came.
    HandshakeFailed = handshake_failed {
        /// number of the connection
        conn: ConnId,
        /// the client's address
        peer: String,
        /// what its bytes went through, as far as that was known
        way: Way,
        /// name of the listener that let it in: `main`, `tls`, `ws`, or as its table says
        listener: Arc<str>,
        /// what went wrong, in words
        why: String,
    }
    words |who, name| { format!("{who} got no further than its handshake{}: {}", over(*way), long(why)) }
    brief |name| Tone::Bad, "failed", { format!("handshake from {peer}{}: {}", over(*way), long(why)) }

    /// A connection ended, by whichever side.
    Disconnected = disconnected {
        /// number of the connection
        conn: ConnId,
        /// client identifier, empty if CONNECT never was accepted
        client_id: Arc<str>,
        /// the client's address
        peer: String,
        /// what its bytes went through
        way: Way,
        /// one word of those below
        cause: CloseReason,
    }
    words |who, name| { format!("{who} is disconnected: {cause}") }
    brief |name| if cause.is_usual() { Tone::Plain } else { Tone::Odd }, "disconnected", {
        // What came may be a long story: who it was stands before it.
        if client_id.is_empty() { format!("from {peer}{}: {cause}", over(*way)) } else { cause.to_string() }
    }

    /// Several connections take a client identifier from each other. Told once, and again only after half a minute without.
    Contested = contested {
        /// number of the connection that has it now
        conn: ConnId,
        /// client identifier
        client_id: Arc<str>,
        /// address of the client that has it now
        peer: String,
        /// address of the client that had it before
        other_peer: String,
        /// how often it was taken over
        takeovers: u32,
        /// within how many seconds
        within: Duration as "within_secs",
    }
    words |who, name| { took(&format!("the identifier {who}"), [other_peer, peer], *takeovers, *within) }
    brief |name| Tone::Odd, "contested", { took("this identifier", [other_peer, peer], *takeovers, *within) }

    /// So many wrong passwords came from an address that the next login is refused without being looked at (Connection rate
    /// exceeded). Told once for each minute in which that is so.
    HeldOff = held_off {
        /// number of the connection that was refused first
        conn: ConnId,
        /// client identifier, as its CONNECT said it
        client_id: Arc<str>,
        /// the client's address
        peer: String,
        /// the user name whose passwords were wrong, or `null` where it is the whole address that gave too many
        user: Option<Arc<str>>,
        /// how many were wrong
        failed: u32,
    }
    words |who, name| { format!("{who} is held off: {}", too_many(*failed, user.as_ref().map(|user| name(user)), peer)) }
    brief |name| Tone::Odd, "held off", { too_many(*failed, user.as_ref().map(|user| name(user)), peer) }

    /// A client tried SCRAM as a user whom the broker knows by a hash alone: SCRAM needs the password itself, or User Name and
    /// Password do. Told once for each user.
    HashOnly = hash_only {
        /// number of the connection
        conn: ConnId,
        /// client identifier, as the CONNECT said it
        client_id: Arc<str>,
        /// the client's address
        peer: String,
        /// the user
        user: Arc<str>,
    }
    words |who, name| { format!("{who} cannot log in with SCRAM: {}", hash_only(&name(user))) }
    brief |name| Tone::Odd, "hash only", { format!("{}; tried from {peer}", hash_only(&name(user))) }

    /// The broker was reset: it is as new. What the journal had before is gone; the numbers of entries go on.
    Reset = reset {}
    words |who, name| { format!("the broker was reset: {AS_NEW}") }
    brief |name| Tone::Plain, "reset", { AS_NEW.to_owned() }

    /// A snapshot took the place of all state. Connections ended, and are told behind this.
    Restored = restored {}
    words |who, name| { format!("the broker restored a snapshot: {AS_KEPT}") }
    brief |name| Tone::Plain, "restored", { AS_KEPT.to_owned() }

    /// The clock was stopped, let run again, or moved. What falls due while it is moved is told behind this, each at its own time.
    Clock = clock {
        /// `stopped`, `runs` or `moved`
        change: ClockChange,
        /// how far it is moved, in seconds; 0 where it is not
        by: Duration as "by_secs",
    }
    words |who, name| { format!("the broker's clock {}", clock(*change, *by)) }
    brief |name| Tone::Plain, "clock", { clock(*change, *by) }

    /// A subscription was made or changed.
    Subscribed = subscribed {
        /// client identifier
        client_id: Arc<str>,
        /// topic filter
        filter: Arc<str> = Kind::TopicFilter,
        /// QoS granted
        qos: QoS,
    }
    words |who, name| { format!("{who} is subscribed to {}, QoS {qos}", name(filter)) }
    brief |name| Tone::Plain, "subscribed", { format!("{} (QoS {qos})", name(filter)) }

    /// A subscription was refused.
    SubscriptionRefused = subscription_refused {
        /// client identifier
        client_id: Arc<str>,
        /// topic filter
        filter: String,
        /// reason code of MQTT 5.0, also where the client was told in the words of 3.x
        reason: ReasonCode as "reason_code",
        /// why, in words: the line of an ACL that decided, or a rule; empty where nothing more is known
        why: String,
    }
    words |who, name| { format!("{who} may not subscribe to {}: {reason}{}", name(filter), because(why)) }
    brief |name| Tone::Bad, "refused", { format!("subscription to {}: {reason}{}", name(filter), because(why)) }

    /// A message was refused, or a will. Of one connection it is told not more often than once a second; each refused PUBLISH
    /// has a decision in the journal.
    PublishRefused = publish_refused {
        /// client identifier
        client_id: Arc<str>,
        /// topic name
        topic: Arc<str> = Kind::Topic,
        /// reason code of MQTT 5.0, also where the client was told another, or nothing
        reason: ReasonCode as "reason_code",
        /// why, in words: the line of an ACL that decided, or a rule
        why: String,
    }
    words |who, name| { format!("{who} may not publish to {}: {reason}{}", name(topic), because(why)) }
    brief |name| Tone::Bad, "refused", { format!("a message to {}: {reason}{}", name(topic), because(why)) }

    /// A subscription was given up.
    Unsubscribed = unsubscribed {
        /// client identifier
        client_id: Arc<str>,
        /// topic filter
        filter: Arc<str> = Kind::TopicFilter,
    }
    words |who, name| { format!("{who} is unsubscribed from {}", name(filter)) }
    brief |name| Tone::Plain, "unsubscribed", { name(filter) }

    /// A session ended, and its subscriptions and queued messages with it.
    SessionEnded = session_ended {
        /// client identifier
        client_id: Arc<str>,
        /// whether its Session Expiry Interval passed while the client was away
        expired: bool,
    }
    words |who, name| { format!("the session of {who} {}", if *expired { "expired" } else { "ended" }) }
    brief |name| if *expired { Tone::Plain } else { Tone::Quiet }, if *expired { "expired" } else { "ended" }, {
        "the session".to_owned()
    }

    /// A will was published.
    WillPublished = will_published {
        /// client identifier of the client whose will it was
        client_id: Arc<str>,
        /// topic name
        topic: Arc<str> = Kind::Topic,
    }
    words |who, name| { format!("the will of {who} is published on {}", name(topic)) }
    brief |name| Tone::Plain, "will", { format!("published to {}", name(topic)) }

    /// A message was not delivered to a session that it matched.
    Dropped = dropped {
        /// client identifier of the session
        client_id: Arc<str>,
        /// topic name
        topic: Arc<str> = Kind::Topic,
        /// `queue_full`, `outbox_full` (the client reads too slowly; told once until it has caught up), `memory_full`
        /// (the broker holds as much as it may), `too_large` (for the client's Maximum Packet Size), `expired`, `session_ended` or
        /// `may_not_read` (it waited for a client that came back, and may not read it by now)
        why: DropReason,
    }
    words |who, name| {
        format!("{who} does not get a message on {}: {}", name(topic), why.word().replace('_', " "))
    }
    brief |name| Tone::Odd, "dropped", {
        format!("a message on {}: {}", name(topic), why.word().replace('_', " "))
    }

    /// A CONNECT could not be passed on: the upstream cannot be reached, or did not answer in time. `refused` follows.
    UpstreamUnavailable = upstream_unavailable {
        /// number of the connection
        conn: ConnId,
        /// client identifier, as the CONNECT said it
        client_id: String,
        /// URL of the upstream, or `rumqttd`
        upstream: String,
        /// what went wrong, in words
        why: String,
    }
    words |who, name| { format!("{who} cannot be passed on to {}: {}", long(upstream), long(why)) }
    brief |name| Tone::Bad, "unavailable", { format!("{upstream}: {why}") }

    /// A connection is TLS between the client and the upstream, and passed on unread.
    PassedThrough = passed_through {
        /// number of the connection
        conn: ConnId,
        /// the client's address
        peer: String,
    }
    words |who, name| { format!("{who} speaks TLS with the upstream, and is passed on unread") }
    brief |name| Tone::Plain, "passed on", { format!("TLS from {peer}, unread") }

    /// A part of an embedded engine failed. `engine_renewed` follows.
    EngineFailed = engine_failed {
        /// the engine: `rumqttd`
        engine: &'static str,
        /// the part of it, in words
        part: &'static str,
        /// what happened, in words
        why: String,
    }
    words |who, name| { format!("{engine}: {part} failed: {}", long(why)) }
    brief |name| Tone::Bad, "failed", { format!("{part}: {why}") }

    /// A part of an embedded engine was started anew.
    EngineRenewed = engine_renewed {
        /// the engine: `rumqttd`
        engine: &'static str,
        /// the part of it, in words
        part: &'static str,
        /// whether connections that were open go on
        connections_kept: bool,
    }
    words |who, name| {
        format!("{engine}: {part} was started anew; {}", open_connections(*connections_kept))
    }
    brief |name| Tone::Odd, "renewed", { format!("{part}; {}", open_connections(*connections_kept)) }

    /// A client sent a packet that the recording which answers has no place for. It is answered in the plainest way.
    NotRecorded = not_recorded {
        /// client identifier
        client_id: Arc<str>,
        /// the packet, in words
        came: String,
        /// the client's packet that was recorded next, in words; `null` at the end of the recording
        recorded: Option<Arc<str>>,
    }
    words |who, name| {
        let recorded = recorded.as_deref().unwrap_or("nothing more");
        format!("{who} sent what was not recorded: {}; recorded: {}", name(came), name(recorded))
    }
    brief |name| Tone::Odd, "not recorded", {
        format!("{}; recorded: {}", name(came), name(recorded.as_deref().unwrap_or("nothing more")))
    }

    /// A rule acted on a packet, or on the bytes of a connection. The packet is the entry before this one.
    Fault = fault {
        /// number of the connection
        conn: ConnId,
        /// client identifier, empty before CONNECT
        client_id: Arc<str>,
        /// name of the rule
        rule: Arc<str>,
        /// what it did, in one word: `drop`, `latency`
        action: &'static str,
        /// how often it has acted for this client, this time included
        nth: u32,
        /// whether the packet belongs to a delivery: PUBLISH or PUBREL to the client, or its PUBACK, PUBREC or PUBCOMP
        delivery: bool,
        /// why it could not do that, and the packet passed as it came; `null` where it could
        why: Option<Arc<str>>,
    }
    words |who, name| { match why {
        None => format!("{who} is disturbed by {} ({action}, {nth})", name(rule)),
        Some(why) => format!("{} cannot disturb {who} ({action}): {why}", name(rule)),
    } }
    brief |name| Tone::Odd, "fault", { match why {
        None => format!("{}: {action} ({nth})", name(rule)),
        Some(why) => format!("{}: {action} is not possible: {why}", name(rule)),
    } }

    /// A client broke a limit or a contract that the broker watches over. The packet is the entry before this one. Of one connection
    /// and rule the first hundred are told, and then one a second.
    Violation = violation {
        /// number of the connection
        conn: ConnId,
        /// client identifier
        client_id: Arc<str>,
        /// what kind of thing says the rule: `profile`, `asyncapi`, `schema`, `sparkplug`
        origin: &'static str,
        /// its name: `aws-iot`, or a file
        contract: Arc<str>,
        /// the rule: in a profile the name of the limit, `publish_qos`
        rule: Arc<str>,
        /// topic name of the PUBLISH; `null` where another packet did it
        topic: Option<Arc<str>> = Kind::Topic,
        /// whether the broker acts on it, or lets it pass
        enforced: bool,
        /// what was done, what is allowed, what comes of it, and who says so, in one sentence
        text: Arc<str>,
        /// who says so: a page, a place in a file
        source: Arc<str>,
    }
    words |who, name| { format!("{who} breaks {} ({rule}): {}", name(contract), long_sentence(text)) }
    brief |name| if *enforced { Tone::Bad } else { Tone::Odd }, "violation", { format!("{}: {}", name(rule), name(text)) }

    /// A stub did what it is there for.
    StubAnswered = stub_answered {
        /// client identifier of the client that it answers; empty where a timer did it
        client_id: Arc<str>,
        /// name of the stub
        stub: Arc<str>,
        /// how many messages it publishes
        messages: u32,
    }
    words |who, name| {
        let whom = if client_id.is_empty() { String::new() } else { format!(" for {who}") };
        format!("stub {} publishes {}{whom}", name(stub), many(*messages, "message"))
    }
    brief |name| Tone::Plain, "stub", { format!("{}: {}", name(stub), many(*messages, "message")) }

    /// A message of a stub or of a device could not be made, mostly because of a template: nothing is published.
    TemplateFailed = template_failed {
        /// client identifier of the client that is not answered, or of the device
        client_id: Arc<str>,
        /// whose template: `stub "echo"`, `device "lamp-1"`
        of: Arc<str>,
        /// why, in words, with the place in the stub and in its template
        why: String,
    }
    words |who, name| { format!("{} cannot answer {who}: {}", name(of), long(why)) }
    brief |name| Tone::Bad, "template", { format!("{}: {}", name(of), long(why)) }

    /// The disk that keeps what outlives the process refuses it, or takes it again.
    Store = store {
        /// `failing`: until `recovered`, nothing is taken on that would have to be kept; `not_compacted`: old files stay; `ending`: the broker ends when all that waits for the disk is kept; `lost`: it ended before
        state: &'static str,
        /// why, in words
        why: String,
    }
    words |who, name| { stored(state, why) }
    brief |name| if matches!(*state, "recovered" | "ending") { Tone::Plain } else { Tone::Bad }, "store", { stored(state, why) }

    /// A bridge came to another state, or something did not cross it.
    Bridge = bridge {
        /// name of the bridge
        bridge: Arc<str>,
        /// client identifier of the bridge in this broker
        client_id: Arc<str>,
        /// `connecting`, `connected`, `lost`, `asleep`; `refused` of a message, `not_subscribed` of a filter
        state: &'static str,
        /// address of the other broker
        address: Arc<str>,
        /// why, or what else is to be known, in words
        why: String,
    }
    words |who, name| { format!("bridge {} to {}: {}", name(bridge), name(address), bridged(state, why)) }
    brief |name| bridge_tone(state), "bridge", { format!("{} to {}: {}", name(bridge), name(address), bridged(state, why)) }
}
