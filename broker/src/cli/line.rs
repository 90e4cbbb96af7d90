//! [`Line`]: everything the program says on stdout while it runs, and what each part of it means.
//!
//! Said once, in `events!`: the JSON form, the text for people and `docs/BROKER.md` are made from it.

use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use serde::{Serialize, Serializer};

use crate::engine::Stats;
use crate::time::Time;
use crate::wire::Version;

/// What an event is called, when it comes and what its fields mean.
#[derive(Debug, Clone, Copy)]
pub(super) struct EventDoc {
    pub name: &'static str,
    pub what: &'static str,
    /// Names and meanings, without `event` and `at_secs`, which every event has.
    pub fields: &'static [(&'static str, &'static str)],
}

macro_rules! events {
    ($(
        $(#[doc = $what:literal])+
        $event:ident = $name:literal {
            $( $(#[doc = $meaning:literal])+ $field:ident : $type:ty, )*
        }
    )+) => {
        /// One event, as it is shown.
        #[derive(Debug, Clone, Serialize)]
        #[serde(tag = "event")]
        pub(super) enum Line<'a> {
            $(
                $(#[doc = $what])+
                #[serde(rename = $name)]
                $event { at_secs: At, $( $(#[doc = $meaning])+ $field: $type, )* },
            )+
        }

        impl Line<'_> {
            /// When it happened.
            pub(super) fn at(&self) -> Time {
                match self { $( Self::$event { at_secs, .. } => at_secs.0, )+ }
            }
        }

        /// Every event there is.
        pub(super) const EVENTS: &[EventDoc] = &[$(
            EventDoc {
                name: $name,
                what: concat!($($what),+).trim_ascii(),
                fields: &[$( (stringify!($field), concat!($($meaning),+).trim_ascii()) ),*],
            },
        )+];
    };
}

events! {
    /// Clients can connect. Always the first line.
    Listening = "listening" {
        /// version of the program
        version: &'static str,
        /// process id
        pid: u32,
        /// every address it listens on, as `ADDRESS:PORT`
        addresses: &'a [SocketAddr],
        /// the first of them as a URL, such as `mqtt://127.0.0.1:1883`
        url: String,
        /// addresses that it was to listen on and that this machine does not have
        skipped: &'a [IpAddr],
        /// versions of MQTT that it speaks
        mqtt_versions: &'static [&'static str],
        /// what answers behind the front door: `native`, `rumqttd` or `relay`
        engine: &'static str,
        /// URL of the broker that everything is passed on to, `null` without one
        upstream: Option<&'a str>,
        /// seed of everything left to chance: `--set engine.seed=…` gives the same again
        seed: u64,
        /// settings files that were read
        config_files: &'a [PathBuf],
        /// what should be known before others find out, such as that everybody in the network may connect; `null` without
        warning: Option<&'a str>,
    }

    /// A CONNECT was accepted.
    Connected = "connected" {
        /// number of the connection, from 1
        conn: u32,
        /// client identifier, also where the broker chose it
        client_id: &'a str,
        /// the client's address
        peer: &'a str,
        /// `3.1`, `3.1.1` or `5.0`
        mqtt_version: Shown<Version>,
        /// user name, `null` without one
        user: Option<&'a str>,
        /// Clean Start, or Clean Session of 3.x
        clean_start: bool,
        /// whether a session was resumed
        session_present: bool,
        /// Keep Alive in force, in seconds; 0 = none
        keep_alive_secs: u16,
    }

    /// A CONNECT was refused.
    Refused = "refused" {
        /// number of the connection
        conn: u32,
        /// client identifier, as the CONNECT said it
        client_id: &'a str,
        /// the client's address
        peer: &'a str,
        /// reason code of MQTT 5.0, also where the client was told in the words of 3.x
        reason_code: u8,
        /// its name in the standard
        reason: &'static str,
    }

    /// A connection ended, by whichever side.
    Disconnected = "disconnected" {
        /// number of the connection
        conn: u32,
        /// client identifier, empty if CONNECT never was accepted
        client_id: &'a str,
        /// the client's address
        peer: &'a str,
        /// one word of those below
        cause: &'static str,
        /// reason code of the DISCONNECT that the client sent, or that tells a 5.0 client why; `null` where there is none
        reason_code: Option<u8>,
        /// the cause in words, for people
        text: String,
    }

    /// Several connections take a client identifier from each other. Told once, and again only after half a minute without.
    Contested = "contested" {
        /// number of the connection that has it now
        conn: u32,
        /// client identifier
        client_id: &'a str,
        /// address of the client that has it now
        peer: &'a str,
        /// address of the client that had it before
        other_peer: &'a str,
        /// how often it was taken over
        takeovers: u32,
        /// within how many seconds
        within_secs: f64,
    }

    /// A subscription was made or changed.
    Subscribed = "subscribed" {
        /// client identifier
        client_id: &'a str,
        /// topic filter
        filter: &'a str,
        /// QoS granted
        qos: u8,
    }

    /// A subscription was refused.
    SubscriptionRefused = "subscription_refused" {
        /// client identifier
        client_id: &'a str,
        /// topic filter
        filter: &'a str,
        /// reason code of MQTT 5.0, also where the client was told in the words of 3.x
        reason_code: u8,
        /// its name in the standard
        reason: &'static str,
    }

    /// A subscription was given up.
    Unsubscribed = "unsubscribed" {
        /// client identifier
        client_id: &'a str,
        /// topic filter
        filter: &'a str,
    }

    /// A session ended, and its subscriptions and queued messages with it.
    SessionEnded = "session_ended" {
        /// client identifier
        client_id: &'a str,
        /// whether its Session Expiry Interval passed while the client was away
        expired: bool,
    }

    /// A will was published.
    WillPublished = "will_published" {
        /// client identifier of the client whose will it was
        client_id: &'a str,
        /// topic name
        topic: &'a str,
    }

    /// A message was not delivered to a session that it matched.
    Dropped = "dropped" {
        /// client identifier of the session
        client_id: &'a str,
        /// topic name
        topic: &'a str,
        /// `queue_full`, `outbox_full` (the client reads too slowly; told once until it has caught up), `memory_full`
        /// (the broker holds as much as it may), `too_large` (for the client's Maximum Packet Size), `expired` or `session_ended`
        why: &'static str,
    }

    /// A CONNECT could not be passed on: the upstream cannot be reached, or did not answer in time. `refused` follows.
    UpstreamUnavailable = "upstream_unavailable" {
        /// number of the connection
        conn: u32,
        /// client identifier, as the CONNECT said it
        client_id: &'a str,
        /// URL of the upstream, or `rumqttd`
        upstream: &'a str,
        /// what went wrong, in words
        why: &'a str,
    }

    /// A connection is TLS between the client and the upstream, and passed on unread.
    PassedThrough = "passed_through" {
        /// number of the connection
        conn: u32,
        /// the client's address
        peer: &'a str,
    }

    /// A part of an embedded engine failed. `engine_renewed` follows.
    EngineFailed = "engine_failed" {
        /// the engine: `rumqttd`
        engine: &'static str,
        /// the part of it, in words
        part: &'static str,
        /// what happened, in words
        why: &'a str,
    }

    /// A part of an embedded engine was started anew.
    EngineRenewed = "engine_renewed" {
        /// the engine: `rumqttd`
        engine: &'static str,
        /// the part of it, in words
        part: &'static str,
        /// whether connections that were open go on
        connections_kept: bool,
    }

    /// A packet crossed the wire. Only with `-v`.
    Packet = "packet" {
        /// number of the connection
        conn: u32,
        /// client identifier, as CONNECT said it or the broker chose it; empty if it never did
        client_id: &'a str,
        /// `in` from the client, `out` to it
        direction: Way,
        /// the packet in words, for people: not a format
        text: &'a str,
    }

    /// No client gets in: a connection could not be accepted, most likely since too many files are open. Told once, until
    /// `accept_resumed`.
    AcceptFailed = "accept_failed" {
        /// what the operating system said
        why: &'a str,
        /// how many files the process may have open (`ulimit -n`), `null` where that is not known
        open_files_limit: Option<u64>,
    }

    /// Clients get in again.
    AcceptResumed = "accept_resumed" {
        /// attempts to accept a connection that failed before
        failed: u64,
    }

    /// Lines are missing here, since stdout was not read fast enough. The broker never waits for its reader.
    Missed = "missed" {
        /// how many events are missing
        events: u64,
    }

    /// The broker stopped. The last line.
    Stopped = "stopped" {
        /// the signal that stopped it: `SIGINT`, `SIGTERM` or `SIGHUP`
        signal: &'static str,
        /// counters since the start, listed below
        stats: Stats,
    }
}

/// A time; in JSON the seconds since the broker began to listen.
#[derive(Debug, Clone, Copy)]
pub(super) struct At(pub Time);

impl Serialize for At {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        // Whole microseconds: more digits would say nothing.
        let micros = self.0.as_nanos() / 1_000;
        to.serialize_f64(micros as f64 / 1e6)
    }
}

/// Something that is a text in JSON: the one that it displays.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown<T>(pub T);

impl<T: Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

/// Which way a packet went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Way {
    In,
    Out,
}

/// What `Listening` says about versions.
pub(super) const MQTT_VERSIONS: &[&str] = &["3.1", "3.1.1", "5.0"];

/// The words of `Disconnected`'s cause, with their meanings.
pub(super) const CAUSES: &[(&str, &str)] = &[
    ("client_disconnect", "the client sent DISCONNECT"),
    (
        "connection_lost",
        "the client closed, or the network did, without DISCONNECT",
    ),
    ("malformed_packet", "the client's bytes were no packet"),
    (
        "protocol_violation",
        "the client broke a rule of the standard; `text` names the statement",
    ),
    ("connect_timeout", "no CONNECT in time"),
    (
        "keep_alive_timeout",
        "silence for longer than 1.5 times Keep Alive",
    ),
    (
        "reauthentication_failed",
        "the client tried to authenticate anew, and failed",
    ),
    (
        "taken_over",
        "another connection came with the same client identifier",
    ),
    (
        "write_timeout",
        "the client took nothing while bytes waited for it",
    ),
    ("administrative", "it was asked for"),
    (
        "closed_by_upstream",
        "the broker behind the relay closed; `reason_code` is that of its DISCONNECT, if it sent one",
    ),
    (
        "upstream_lost",
        "the connection to the broker behind the relay failed",
    ),
    (
        "ended",
        "the client closed a connection that was passed on unread: whether it had said DISCONNECT nobody knows",
    ),
    (
        "bound_passed",
        "it asked for more than a bound of the broker gives; `text` names the bound",
    ),
    ("shutting_down", "the broker stops"),
    ("internal_error", "a fault in the broker; please report it"),
];
