//! `[upstream]` and `[rumqttd]`: what stands behind the front door when it is not our own engine.

use super::{BrokerSettings, Conflicts};
use crate::choice::{EngineKind, Strategy, UpstreamTls};
use crate::define::section;
use crate::schema::between;
use crate::upstream_url::UpstreamUrl;

section! {
    /// Another broker behind the front door. Once `url` is set, everything that clients send is passed on to it
    /// as it is, and what it answers is passed back; packets are looked at on the way and never changed.
    #[example = "settings.upstream.url = \"mqtt://staging:1883\".to_owned();"]
    pub struct Upstream in "upstream" {
        /// Where the broker is: `mqtt://HOST:PORT`, or `mqtts://HOST:PORT` for TLS. Without a port, 1883 and 8883.
        /// User names and passwords do not belong here: each client brings its own. Empty = no upstream.
        ///
        /// `recording:FILE` plays a recording: clients are answered as the recorded broker answered.
        url: String = String::new();

        /// How fast a recording is played: a number (`2` halves the pauses), or `max` without pauses.
        speed: String = "1".to_owned();

        /// Who speaks TLS with an `mqtts` upstream: `originate` = the front door does, and clients come on any
        /// way to it; `pass_through` = clients do, and their bytes are passed on unread.
        tls: UpstreamTls = UpstreamTls::Originate,
            tradeoff: "What is passed through cannot be shown: the journal only says that it was. A client without TLS is refused.";

        /// File with certificates in PEM to trust, in place of those that this machine trusts. Empty = no file.
        ca_file: String = String::new();

        /// Whether every certificate is accepted, from any authority and for any name.
        insecure: bool = false,
            tradeoff: "Anybody on the way could then read and change everything: for tests only.";

        /// Time for the connection to the upstream, TLS included, after which the client is refused: Server
        /// unavailable (0x88 in 5.0, 3 in 3.x).
        connect_timeout_millis: u32 = 3_000,
            expect: between(1, 600_000),
            unit: "milliseconds";

        /// Time for the upstream's whole answer to CONNECT, after which the client is refused in the same way; a
        /// client that has part of the answer already is disconnected.
        connack_timeout_millis: u32 = 10_000,
            expect: between(1, 600_000),
            unit: "milliseconds";

        /// Pause after a failed connection to the upstream. In it, clients are refused at once. Each further
        /// failure doubles it.
        retry_after_millis: u32 = 100,
            expect: between(1, 600_000),
            unit: "milliseconds";

        /// The longest that this pause becomes.
        retry_after_max_millis: u32 = 5_000,
            expect: between(1, 3_600_000),
            unit: "milliseconds";
    }
}

section! {
    /// Stock rumqttd, when `engine.kind` is `rumqttd`. The defaults are those of the rumqttd.toml that comes with it.
    /// Only with `auth.allow_anonymous = false` does it ask clients for a user, one of `auth.users`. `[limits]`,
    /// `[session]`, `[capabilities]`, `[shared]`, `[access]`, `[redirect]` and `[sys]` do not apply to it, except
    /// `limits.max_connections` and `limits.connect_timeout_secs`.
    #[example = "settings.engine.kind = settings::EngineKind::Rumqttd;"]
    #[example = "settings.rumqttd.max_payload_size_bytes = 1_000_000;"]
    pub struct Rumqttd in "rumqttd" {
        /// Connections that its router makes room for.
        max_connections: u32 = 10_010,
            expect: between(1, 1_000_000),
            unit: "connections";

        /// Messages that its router takes out of its log for one connection at once.
        max_outgoing_packet_count: u32 = 200,
            expect: between(1, 65_535),
            unit: "messages";

        /// Size of a segment of its log. A filter's oldest messages are forgotten a segment at a time.
        max_segment_size_bytes: u32 = 104_857_600,
            expect: between(1_024, 1_073_741_824),
            unit: "bytes";

        /// Segments of its log, for each filter.
        max_segment_count: u32 = 10,
            expect: between(1, 1_000),
            unit: "segments";

        /// Time from accepting a connection to its CONNECT.
        connection_timeout_millis: u16 = 60_000,
            expect: between(1, 65_535),
            unit: "milliseconds";

        /// Largest packet that it takes, all its bytes counted.
        max_payload_size_bytes: u32 = 20_480,
            expect: between(128, 268_435_460),
            unit: "bytes";

        /// Packets of one client that it takes at once.
        max_inflight_count: u32 = 100,
            expect: between(1, 65_535),
            unit: "packets";

        /// Whether clients may publish to topics that nobody subscribed to yet. Without it, such a PUBLISH ends
        /// the connection.
        dynamic_filters: bool = true;

        /// Pause between two accepted connections.
        next_connection_delay_millis: u32 = 1,
            expect: between(0, 60_000),
            unit: "milliseconds";

        /// Which member of a shared subscription's group gets the next message. It does not have `least_inflight`.
        shared_subscriptions_strategy: Strategy = Strategy::RoundRobin;

        /// Time for its answer to CONNECT. After that the broker checks whether its listener is still there.
        connack_timeout_millis: u32 = 2_000,
            expect: between(1, 600_000),
            unit: "milliseconds";
    }
}

impl Upstream {
    /// The file of the recording that answers, where `url` names one.
    ///
    /// ```
    /// let mut upstream = settings::Upstream::default();
    /// upstream.url = "recording:run.jsonl".to_owned();
    /// assert_eq!(upstream.recording(), Some("run.jsonl"));
    /// ```
    pub fn recording(&self) -> Option<&str> {
        self.url.strip_prefix("recording:")
    }
}

/// Whether both are the same path; links are not followed.
fn is_same_file(one: &str, other: &str) -> bool {
    use std::path::{Component, Path};
    fn parts(path: &str) -> impl Iterator<Item = Component<'_>> {
        Path::new(path)
            .components()
            .filter(|part| *part != Component::CurDir)
    }
    !other.is_empty() && parts(one).eq(parts(other))
}

impl BrokerSettings {
    /// What is wrong with the keys that say what stands behind the front door.
    pub(super) fn conflicts_behind(&self, conflicts: &mut Conflicts) {
        let upstream = &self.upstream;
        if upstream.speed != "max"
            && !upstream
                .speed
                .trim_end_matches('x')
                .parse::<f64>()
                .is_ok_and(|it| it > 0.0 && it.is_finite())
        {
            let text = format!("is {:?}; expected a number above 0, or \"max\"", upstream.speed);
            conflicts.add("upstream.speed", text);
        }
        if upstream.recording() == Some("") {
            let text = "names no file; expected recording:FILE";
            conflicts.add("upstream.url", text.to_owned());
        }
        for (key, file) in [
            ("journal.recording", &self.journal.recording),
            ("journal.file", &self.journal.file),
        ] {
            if upstream
                .recording()
                .is_some_and(|played| is_same_file(played, file))
            {
                let text = format!(
                    "is {file:?}, the recording that `upstream.url` plays, and the start would empty it; write to another file"
                );
                conflicts.add(key, text);
            }
        }
        if upstream.recording().is_none() && !upstream.url.is_empty() {
            match UpstreamUrl::parse(&upstream.url) {
                Err(what) => conflicts.add("upstream.url", what),
                Ok(url) if !url.tls && upstream.tls == UpstreamTls::PassThrough => {
                    let text = "is \"pass_through\", but `upstream.url` is not an `mqtts` URL: there is no TLS to pass through";
                    conflicts.add("upstream.tls", text.to_owned());
                }
                Ok(_) => {}
            }
        }
        if !upstream.url.is_empty() && self.engine.kind != EngineKind::Native {
            let text = format!(
                "is {:?}, and `upstream.url` says that another broker answers; leave one of them out",
                self.engine.kind.name()
            );
            conflicts.add("engine.kind", text);
        }
        if !upstream.url.is_empty() || self.engine.kind != EngineKind::Native {
            // They may be what keeps clients apart: it must not look as if they did.
            let common = self.clients();
            for plan in self.listeners().iter().filter(|plan| plan.clients != common) {
                let table = plan.key.rsplit_once('.').map_or("", |(table, _)| table);
                let text = "has rules for its clients (such as `max_connections`, `mqtt_versions` or `mount_point`), and only the \
                    native engine keeps them; leave them out";
                conflicts.add(table, text);
            }
        }
        if self.engine.kind == EngineKind::Rumqttd
            && self.rumqttd.shared_subscriptions_strategy == Strategy::LeastInflight
        {
            let text = "is \"least_inflight\", which rumqttd does not have; it has \"round_robin\", \"random\" and \
                \"sticky\"";
            conflicts.add("rumqttd.shared_subscriptions_strategy", text.to_owned());
        }
    }
}
