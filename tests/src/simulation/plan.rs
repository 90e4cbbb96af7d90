//! `Plan`: what a seed decides once, before anything happens.

use std::sync::Arc;

use broker::settings::{BrokerSettings, Strategy};
use broker::wire::Version;

use super::rng::Rng;

/// Topics that are published to: few, so that they meet.
pub const TOPICS: &[&str] = &["a", "a/b", "a/c", "a/b/c", "b", "b/", "/", "/b", "$d/a"];

/// Topic filters that are subscribed to.
pub const FILTERS: &[&str] = &[
    "a", "a/b", "a/+", "a/#", "+", "+/b", "#", "b", "b/#", "/+", "+/+", "a/+/c", "$d/#", "$d/a", "+/a",
];

/// Filters of shared subscriptions.
pub const SHARED_FILTERS: &[&str] = &["$share/g/a/#", "$share/g/b", "$share/h/a/+", "$share/h/#"];

/// The sort of a run: which features its clients use, and how rough their world is.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How many clients there are, each with its own client identifier.
    pub clients: usize,
    /// How many steps are taken before everything is brought to rest.
    pub steps: usize,
    /// The broker's settings.
    pub settings: Arc<BrokerSettings>,
    /// Whether `$share/…` is subscribed to.
    pub shared: bool,
    /// Whether clients limit the size of packets.
    pub packet_limits: bool,
    /// Whether RETAIN is used.
    pub retain: bool,
    /// Whether messages, sessions and wills expire or are delayed, and keep alive is on.
    pub expiry: bool,
    /// In how many of 100 cases a connection is cut rather than closed.
    pub cuts: usize,
    /// In how many of 1,000 steps a client that is connected breaks a rule.
    pub violations: usize,
    /// In how many of 100 cases time passes rather than something happens.
    pub haste: usize,
    /// Whether clients acknowledge in any order, rather than in that of arrival.
    pub disorder: bool,
    /// Most bytes that a connection carries in one step.
    pub piece_bytes: usize,
    /// In how many of 1,000 steps the broker is restarted.
    pub restarts: usize,
    /// The versions that clients speak.
    pub versions: Vec<Version>,
    /// The filters in use.
    pub filters: Vec<&'static str>,
    /// The topics in use.
    pub topics: Vec<&'static str>,
}

impl Plan {
    /// What `rng` decides.
    pub fn new(rng: &mut Rng) -> Self {
        let small_queue = rng.chance(15);
        let mut settings = BrokerSettings::default();
        settings.sys.interval_secs = 0;
        let session = &mut settings.session;
        session.receive_maximum = *rng.pick(&[1, 2, 5, 1024, 65_535]);
        session.max_inflight = *rng.pick(&[1, 2, 3, 10, 1024]);
        session.queue_qos0 = rng.chance(25);
        session.topic_alias_maximum = *rng.pick(&[0, 1, 3, 1024]);
        session.outgoing_topic_alias_maximum = *rng.pick(&[0, 1, 2, 64]);
        session.max_keep_alive_secs = *rng.pick(&[5, 60, 65_535, 65_535]);
        session.max_session_expiry_secs = *rng.pick(&[20, u32::MAX, u32::MAX, u32::MAX]);
        session.session_expiry_3x_secs = *rng.pick(&[30, u32::MAX, u32::MAX]);
        if small_queue {
            session.max_queued_messages = rng.below(6) as u32;
        }
        settings.shared.strategy = *rng.pick(&[
            Strategy::RoundRobin,
            Strategy::Random,
            Strategy::Sticky,
            Strategy::LeastInflight,
        ]);
        let versions = match rng.below(5) {
            0 => vec![Version::V311],
            1 | 2 => vec![Version::V5],
            3 => vec![Version::V5, Version::V311],
            _ => vec![Version::V5, Version::V5, Version::V311, Version::V31],
        };
        let mut some = |all: &[&'static str], least: usize| -> Vec<&'static str> {
            let count = rng.between(least, all.len());
            (0..count).map(|_| *rng.pick(all)).collect()
        };
        let (topics, filters) = (some(TOPICS, 2), some(FILTERS, 3));
        Self {
            clients: rng.between(2, 6),
            steps: rng.between(60, 600),
            settings: Arc::new(settings),
            // What a bounded queue turns away cannot be foreseen where it is not known what is in it: which member of
            // a shared subscription has what, in which order retained messages come, what was dropped as too large.
            // Nor can two messages that look the same be told apart by clients that see no Subscription Identifiers.
            shared: !small_queue && versions.len() == 1 && rng.chance(70),
            // A message that a publisher sends again in another version has lost its properties: the shorter one may fit where
            // the longer one did not, and a 3.x client sees no difference.
            packet_limits: !small_queue && versions.len() == 1 && rng.chance(70),
            retain: !small_queue && rng.chance(70),
            expiry: rng.chance(60),
            cuts: *rng.pick(&[0, 20, 50, 90]),
            violations: *rng.pick(&[0, 0, 5, 20]),
            haste: *rng.pick(&[2, 10, 30]),
            disorder: rng.chance(50),
            piece_bytes: *rng.pick(&[5, 60, 300, 2000, 100_000]),
            // Last, so that what a seed decides otherwise does not depend on it.
            restarts: *rng.pick(&[0, 0, 10]),
            versions,
            filters,
            topics,
        }
    }
}
