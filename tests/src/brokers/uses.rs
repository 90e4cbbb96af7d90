//! Everyday uses of a broker, by clients that others wrote: the scenarios of `harness/scenarios.rs`, at any address.

use super::Seen;
use super::peer::Running;
use crate::harness::scenarios::{Scenarios, all};

/// What the table calls each use, in its order. A use that needs settings of ours is none of them.
const TITLES: [(&str, &str); 21] = [
    (
        "messages_in_order",
        "200 messages at each QoS, in order, none twice",
    ),
    ("retained", "Retained messages: kept, replaced, cleared"),
    ("will", "A will, for those who are cut off only"),
    ("persistent_session", "A session waits with its messages"),
    ("takeover", "A second client of a name takes over"),
    ("wildcards", "Wildcards, and topics with $"),
    (
        "overlapping",
        "Overlapping subscriptions: one copy, at the highest QoS",
    ),
    ("unsubscribe", "Unsubscribing"),
    ("empty_client_id", "An empty client identifier"),
    ("large_payload", "A large payload"),
    ("message_properties", "Properties of a message arrive"),
    ("request_response", "Request and response"),
    ("message_expiry", "Messages that expire"),
    ("subscription_identifiers", "Subscription identifiers"),
    ("no_local", "No Local"),
    ("retain_as_published", "Retain As Published"),
    ("retain_handling", "Retain Handling"),
    ("shared_subscription", "Shared subscriptions"),
    ("topic_alias", "Topic aliases"),
    (
        "no_matching_subscribers",
        "A publisher hears that nobody is there",
    ),
    ("assigned_client_id", "An assigned client identifier is told"),
];

/// What paho's program calls taking back what the last use left.
const TIDY: &str = "tidy";

/// The uses with the names that the table has for them.
pub fn titles() -> impl Iterator<Item = (&'static str, &'static str)> {
    TITLES.into_iter()
}

/// The versions with what the programs call them.
const LEVELS: [(&str, u8); 2] = [("3.1.1", 4), ("5", 5)];

/// Has each client use the broker in each way and version that it speaks. A use that fails is tried again on a broker that was
/// just started. `told` hears how far it is.
///
/// # Errors
/// The broker cannot be started, or a client cannot be had here.
pub fn look_at(
    start: &dyn Fn() -> Result<Running, String>,
    seen: &mut Seen,
    told: &mut dyn FnMut(usize, usize),
) -> Result<(), String> {
    let programs = [Scenarios::paho(), Scenarios::mqtt_js()];
    let cases: Vec<_> = programs
        .iter()
        .flat_map(|program| LEVELS.map(|level| (program.as_ref(), level)))
        .filter(|(_, (version, _))| seen.speaks(version))
        .flat_map(|(program, level)| all(level.1).map(move |(name, _)| (program, level, name)))
        .filter(|(_, _, name)| TITLES.iter().any(|(use_, _)| use_ == name))
        .collect();
    let paho = programs[0].as_ref();
    let mut running = start()?;
    for (number, (program, (version, level), name)) in cases.iter().enumerate() {
        told(number, cases.len());
        let (Some(program), Some(paho)) = (program, paho) else {
            return Err("everyday uses need paho-mqtt 2 and MQTT.js".to_owned());
        };
        // What does not go by it is seen at the use itself.
        let _ = paho.fails(running.addr, *level, TIDY);
        let mut why = program.fails(running.addr, *level, name);
        if why.is_some() {
            drop(running);
            running = start()?;
            let _ = paho.fails(running.addr, *level, TIDY);
            why = program.fails(running.addr, *level, name);
        }
        // A broker may grant less than is asked for. What the use is about is then not seen.
        if why.as_ref().is_some_and(|why| why.contains("QoS granted for")) {
            continue;
        }
        let by_client = seen.uses.entry((*name).to_owned()).or_default();
        by_client.insert(format!("{}, {version}", program.name), why);
    }
    Ok(())
}
