//! Bridges of a broker in this process, and what they say.

use std::net::SocketAddr;

use broker::settings::Bridge;
use broker::{BridgeStatus, Event};

use super::Embedded;

/// A bridge that comes back at once.
pub fn quick(addr: SocketAddr, topics: &[&str]) -> Bridge {
    Bridge {
        topics: topics.iter().map(|line| (*line).to_owned()).collect(),
        client_id: "house".to_owned(),
        restart_min_millis: 1,
        restart_max_millis: 10,
        ..Bridge::new("up", format!("mqtt://{addr}"), "")
    }
}

/// A broker with this bridge alone.
pub fn bridged(bridge: Bridge) -> Embedded {
    Embedded::start_with(|settings| settings.bridge.push(bridge))
}

/// Waits until the first bridge was in this state for a reason in which these words stand; the whole reason.
pub fn until_state(broker: &Embedded, wanted: &str, words: &str) -> String {
    let event = broker.until(&format!("the bridge is {wanted}, {words:?}"), |event| {
        matches!(event, Event::Bridge { state, why, address, .. }
            if *state == wanted && (why.contains(words) || address.contains(words)))
    });
    match event {
        Event::Bridge { why, .. } => why,
        other => panic!("{other:?}"),
    }
}

/// Waits until it was connected.
pub fn until_connected(broker: &Embedded) {
    until_state(broker, "connected", "");
}

/// How the first bridge is doing.
pub fn status(broker: &Embedded) -> BridgeStatus {
    let all = broker.block_on(broker.bridges()).expect("it is ours");
    all.into_iter().next().expect("it has a bridge")
}
