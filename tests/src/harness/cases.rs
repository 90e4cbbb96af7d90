//! The versions and QoS that most tests are repeated for, and how often.

use broker::QoS;
use broker::wire::Version;

/// Every version that the broker speaks.
pub const VERSIONS: [Version; 3] = [Version::V31, Version::V311, Version::V5];
/// Every QoS.
pub const QOS: [QoS; 3] = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];
/// Every QoS that is acknowledged.
pub const PERSISTENT: [QoS; 2] = [QoS::AtLeastOnce, QoS::ExactlyOnce];

/// Every version; each is printed, so that a failure shows which it was.
pub fn versions() -> impl Iterator<Item = Version> {
    VERSIONS
        .into_iter()
        .inspect(|version| println!("case: MQTT {version}"))
}

/// Every version with every QoS; each pair is printed, so that a failure shows which it was.
pub fn versions_and_qos() -> impl Iterator<Item = (Version, QoS)> {
    VERSIONS
        .into_iter()
        .flat_map(|version| QOS.map(|qos| (version, qos)))
        .inspect(|(version, qos)| println!("case: MQTT {version}, QoS {qos}"))
}

/// How often a test does what must go right every time: `usual`, or as often as `TEST_ROUNDS` says.
pub fn rounds(usual: usize) -> usize {
    match std::env::var("TEST_ROUNDS") {
        Ok(rounds) => rounds.parse().expect("TEST_ROUNDS is a number"),
        Err(_) => usual,
    }
}
