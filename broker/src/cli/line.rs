//! [`Line`]: every line that the program writes while it runs, and the meaning of its parts.
//!
//! The program's own lines are in `lines!`; the broker's events are in the journal's table of events. The JSON form and
//! `docs/BROKER.md` are made from both.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use settings::mosquitto::Remark;
use settings::{BrokerSettings, LogType, MqttVersion};

use crate::cli::place::Place;
use crate::engine::{Event, Stats};
use crate::time::Time;

/// A line's name, when it comes, and what its fields mean.
#[derive(Debug, Clone, Copy)]
pub(super) struct LineDoc {
    pub name: &'static str,
    pub what: &'static str,
    /// Names and meanings, without `event` and `at_secs`, which every event has.
    pub fields: &'static [(&'static str, &'static str)],
}

macro_rules! lines {
    ($(
        $(#[doc = $what:literal])+
        $event:ident = $name:literal {
            $( $(#[doc = $meaning:literal])+ $field:ident : $type:ty, )*
        }
    )+) => {
        /// One line, as it is shown.
        #[derive(Debug, Clone)]
        pub(super) enum Line<'a> {
            /// Something happened in the broker.
            Event { at_secs: At, event: &'a Event },
            $(
                $(#[doc = $what])+
                $event { at_secs: At, $( $(#[doc = $meaning])+ $field: $type, )* },
            )+
        }

        impl Line<'_> {
            /// When it happened.
            pub(super) fn at(&self) -> Time {
                match self {
                    Self::Event { at_secs, .. } $( | Self::$event { at_secs, .. } )+ => at_secs.0,
                }
            }
        }

        impl Serialize for Line<'_> {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                let mut map = to.serialize_map(None)?;
                match self {
                    Self::Event { at_secs, event } => {
                        map.serialize_entry("event", event.word())?;
                        map.serialize_entry("at_secs", at_secs)?;
                        let mut done = Ok(());
                        event.each_json(&mut |name, value| {
                            if done.is_ok() {
                                done = map.serialize_entry(name, &value);
                            }
                        });
                        done?;
                    }
                    $(Self::$event { at_secs, $($field),* } => {
                        map.serialize_entry("event", $name)?;
                        map.serialize_entry("at_secs", at_secs)?;
                        $(map.serialize_entry(stringify!($field), $field)?;)*
                    })+
                }
                map.end()
            }
        }

        /// Every line of the program itself, in the order in which they come.
        pub(super) const LINES: &[LineDoc] = &[$(
            LineDoc {
                name: $name,
                what: concat!($($what),+).trim_ascii(),
                fields: &[$( (stringify!($field), concat!($($meaning),+).trim_ascii()) ),*],
            },
        )+];
    };
}

lines! {
    /// Clients can connect. Always the first line.
    Listening = "listening" {
        /// version of the program
        version: &'static str,
        /// process id
        pid: u32,
        /// every address of the main port, as `ADDRESS:PORT`
        addresses: &'a [SocketAddr],
        /// the first of them as a URL, such as `mqtt://127.0.0.1:1883`
        url: String,
        /// URL of the control API, such as `http://127.0.0.1:1883/api/v1`; `null` where no port has it
        api: Option<String>,
        /// every place it listens on, the main port first, each with `name`; `addresses`, or the path of the Unix `socket`;
        /// `urls`, by the ways that it takes: `tcp`, `tls`, `ws`, `wss`, with the first address, else `null`; and `proxy_protocol`
        listeners: Vec<Place<'a>>,
        /// file with the certificate of the CA that vouches for the broker, for clients to trust; `null` where there is no
        /// such file
        ca_file: Option<&'a Path>,
        /// addresses in the settings that this machine does not have
        skipped: &'a [IpAddr],
        /// versions of MQTT that it speaks
        mqtt_versions: &'a [&'static str],
        /// engine behind the front door: `native`, `rumqttd` or `relay`
        engine: &'static str,
        /// URL of the broker to which everything is passed on, `null` without one
        upstream: Option<&'a str>,
        /// seed of all random numbers: `--set engine.seed=…` gives the same again
        seed: u64,
        /// settings files that were read
        config_files: &'a [PathBuf],
        /// what should be known of lines in them, such as that an option of mosquitto does nothing here: objects with `file`,
        /// `line` (`null` where it is the whole file) and `text`
        remarks: &'a [Remark],
        /// what should be known before others find out, such as that everybody in the network may connect; `null` without
        warning: Option<&'a str>,
    }

    /// A packet crossed the wire. Only with `-v`.
    Packet = "packet" {
        /// number of the connection
        conn: u32,
        /// client identifier, as CONNECT said it or the broker chose it; empty if it never did
        client_id: &'a str,
        /// `in` from the client, `out` to it
        direction: Way,
        /// where a rule makes the two differ: `client` for what the client sent or got, `engine` for what the engine did; else `null`
        side: Option<&'a str>,
        /// the packet in words, for people: not a format
        text: &'a str,
    }

    /// No client gets in: a connection could not be accepted, usually because too many files are open. Told once, until
    /// `accept_resumed`.
    AcceptFailed = "accept_failed" {
        /// what the operating system said
        why: &'a str,
        /// how many files the process may have open (`ulimit -n`), `null` if that is not known
        open_files_limit: Option<u64>,
    }

    /// Clients get in again.
    AcceptResumed = "accept_resumed" {
        /// attempts to accept a connection that failed before
        failed: u64,
    }

    /// Clients are refused with Server unavailable: the program at `auth.http_url` does not say whether they may come in. Told
    /// once, until `login_answered`.
    LoginUnanswered = "login_unanswered" {
        /// what went wrong
        why: &'a str,
    }

    /// That program answers again.
    LoginAnswered = "login_answered" {
        /// logins that it left without an answer before
        unanswered: u64,
    }

    /// Lines are missing here, because they were not taken fast enough. The broker never waits for who reads them.
    Missed = "missed" {
        /// how many events are missing
        events: u64,
    }

    /// What the program says of itself in the middle of its run: an error, a warning or a remark. On stderr it is plain text,
    /// unless the lines go there; on stdout it is never.
    Remark = "remark" {
        /// `error`, `warning` or `notice`
        log_type: LogType,
        /// what it is, for people
        text: &'a str,
    }

    /// The broker stopped. The last line.
    Stopped = "stopped" {
        /// what stopped it, in one word of those below
        cause: &'static str,
        /// the signal that stopped it: `SIGINT`, `SIGTERM` or `SIGHUP`; `null` where it was something else
        signal: Option<&'static str>,
        /// the cause in words, for people
        why: String,
        /// counters since the start, listed below
        stats: Stats,
    }
}

impl Line<'_> {
    /// What it is about, in mosquitto's words.
    pub(super) fn log_type(&self) -> LogType {
        match self {
            Self::Event { event, .. } => match event {
                Event::Subscribed { .. } => LogType::Subscribe,
                Event::Unsubscribed { .. } => LogType::Unsubscribe,
                Event::UpstreamUnavailable { .. } | Event::EngineFailed { .. } => LogType::Error,
                Event::Contested { .. }
                | Event::HeldOff { .. }
                | Event::HashOnly { .. }
                | Event::EngineRenewed { .. } => LogType::Warning,
                _ => LogType::Notice,
            },
            Self::Listening { .. } | Self::Stopped { .. } => LogType::Information,
            Self::Packet { .. } => LogType::Debug,
            Self::AcceptFailed { .. } | Self::LoginUnanswered { .. } => LogType::Error,
            Self::Missed { .. } => LogType::Warning,
            Self::AcceptResumed { .. } | Self::LoginAnswered { .. } => LogType::Notice,
            Self::Remark { log_type, .. } => *log_type,
        }
    }

    /// Whether it says that a client came or went.
    pub(super) fn is_of_connections(&self) -> bool {
        let Self::Event { event, .. } = self else {
            return false;
        };
        matches!(
            event,
            Event::Connected { .. } | Event::Disconnected { .. } | Event::PassedThrough { .. }
        )
    }
}

/// A time; in JSON the seconds since the broker began to listen.
#[derive(Debug, Clone, Copy)]
pub(super) struct At(pub Time);

impl Serialize for At {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        // Whole microseconds: more digits would mean nothing.
        let micros = self.0.as_nanos() / 1_000;
        to.serialize_f64(micros as f64 / 1e6)
    }
}

/// Which way a packet went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Way {
    In,
    Out,
}

/// The versions in `Listening`: those that some listener takes.
pub(super) fn mqtt_versions(settings: &BrokerSettings) -> Vec<&'static str> {
    let plans = settings.listeners();
    let is_taken = |version: &&MqttVersion| {
        plans
            .iter()
            .any(|plan| plan.clients.mqtt_versions.contains(version))
    };
    let taken = MqttVersion::ALL.iter().filter(is_taken);
    taken.map(|version| version.name()).collect()
}
