//! The same load over TCP, TLS, WebSocket and both, each beside a relay that does nothing else on that way.

use super::latency::{self, CONNECTIONS, CPU_EACH, P50, P99};
use super::throughput::{self, ALL};
use super::{Case, any};
use crate::bench::target::Target;
use crate::harness::way::Way;

/// Only these have other ways than TCP.
fn has_ways(target: &Target) -> bool {
    target != &Target::Rumqttd
}

macro_rules! over {
    ($way:ident, $name:literal, $title:literal, $suits:expr) => {
        [
            Case {
                group: $title,
                name: concat!($name, "-1-1-qos0"),
                title: "1 → 1, QoS 0",
                metrics: ALL,
                suits: $suits,
                run: |target, scale| throughput::many(target, scale, Way::$way, 1, 1),
            },
            Case {
                group: $title,
                name: concat!($name, "-1-1-qos1"),
                title: "1 → 1, QoS 1, window 100",
                metrics: ALL,
                suits: $suits,
                run: |target, scale| throughput::one_to_one(target, scale, Way::$way, 1),
            },
            Case {
                group: $title,
                name: concat!($name, "-1-1-qos2"),
                title: "1 → 1, QoS 2, window 100",
                metrics: ALL,
                suits: $suits,
                run: |target, scale| throughput::one_to_one(target, scale, Way::$way, 2),
            },
            Case {
                group: $title,
                name: concat!($name, "-1-50-qos0"),
                title: "1 → 50, QoS 0",
                metrics: ALL,
                suits: $suits,
                run: |target, scale| throughput::many(target, scale, Way::$way, 1, 50),
            },
            Case {
                group: $title,
                name: concat!($name, "-20-1-qos0"),
                title: "20 → 1, QoS 0",
                metrics: ALL,
                suits: $suits,
                run: |target, scale| throughput::many(target, scale, Way::$way, 20, 1),
            },
            Case {
                group: $title,
                name: concat!($name, "-rtt-qos0"),
                title: "Round trip, QoS 0",
                metrics: &[P50, P99],
                suits: $suits,
                run: |target, scale| latency::round_trip(target, scale, Way::$way, 0),
            },
            Case {
                group: $title,
                name: concat!($name, "-rtt-qos1"),
                title: "Round trip, QoS 1",
                metrics: &[P50, P99],
                suits: $suits,
                run: |target, scale| latency::round_trip(target, scale, Way::$way, 1),
            },
            Case {
                group: $title,
                name: concat!($name, "-connects"),
                title: "Connect and disconnect, full handshakes, one after the other",
                metrics: &[CONNECTIONS, CPU_EACH],
                suits: $suits,
                run: |target, scale| latency::connects(target, scale, Way::$way, false),
            },
        ]
    };
}

/// All of them, way after way.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    cases.extend(over!(Tcp, "tcp", "Over TCP", any));
    cases.extend(over!(Tls, "tls", "Over TLS", has_ways));
    cases.push(Case {
        group: "Over TLS",
        name: "tls-connects-resumed",
        title: "Connect and disconnect, sessions resumed, one after the other",
        metrics: &[CONNECTIONS, CPU_EACH],
        suits: has_ways,
        run: |target, scale| latency::connects(target, scale, Way::Tls, true),
    });
    cases.extend(over!(Ws, "ws", "Over WebSocket", has_ways));
    cases.extend(over!(Wss, "wss", "Over WebSocket in TLS", has_ways));
    cases
}
