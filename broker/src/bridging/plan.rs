//! From settings to a [`Plan`] of the machine.

use broker_bridge::{Backoff, Direction, Login, Notification, Plan, Rule, Start, Topics};
use settings::{Bridge, BridgeDirection, BridgeStart, BridgeTopic, MqttVersion, Secret};

use super::Dialer;
use crate::wire::{QoS, Version};

/// A bridge, and how it reaches the other broker.
pub(crate) struct Bridging {
    pub plan: Plan,
    pub dialer: Dialer,
}

/// What a bridge of the settings is to do. `host` is the name of this machine.
///
/// # Errors
/// What is wrong with it, or with a file that it names.
pub(crate) fn bridging(bridge: &Bridge, host: &str) -> Result<Bridging, String> {
    let wrong = |what: String| format!("the bridge {:?}: {what}", bridge.name);
    let rules = bridge
        .topics
        .iter()
        .map(|line| rule(line))
        .collect::<Result<Vec<_>, _>>();
    let rules = rules.map_err(|what| wrong(format!("a line of `topics` {what}")))?;
    let dialer = Dialer::new(bridge).map_err(wrong)?;
    let client_id = given(&bridge.client_id).unwrap_or_else(|| format!("{host}.{}", bridge.name));
    let local_client_id = given(&bridge.local_client_id).unwrap_or_else(|| format!("local.{client_id}"));
    let topic = given(&bridge.notification_topic)
        .unwrap_or_else(|| format!("$SYS/broker/connection/{client_id}/state"));
    let plan = Plan {
        name: bridge.name.clone(),
        addresses: bridge.addresses.len(),
        topics: Topics::new(rules),
        local: login(
            local_client_id,
            &bridge.local_username,
            bridge.local_password.as_ref(),
        ),
        local_clean: bridge.local_clean_session.unwrap_or(bridge.clean_session),
        remote: login(client_id, &bridge.username, bridge.password.as_ref()),
        clean: bridge.clean_session,
        version: match bridge.version {
            MqttVersion::V31 => Version::V31,
            MqttVersion::V5 => Version::V5,
            _ => Version::V311,
        },
        try_private: bridge.try_private,
        keep_alive_secs: bridge.keep_alive_secs,
        session_expiry_secs: bridge.session_expiry_secs,
        receive_maximum: bridge.receive_maximum,
        max_inflight: bridge.max_inflight,
        max_packet_bytes: (bridge.max_packet_size_bytes > 0).then_some(bridge.max_packet_size_bytes as usize),
        start: match bridge.start {
            BridgeStart::Lazy => Start::Lazy {
                threshold: bridge.threshold as usize,
                idle_timeout_secs: bridge.idle_timeout_secs,
            },
            BridgeStart::Once => Start::Once,
            _ => Start::Automatic,
        },
        backoff: Backoff {
            base_millis: bridge.restart_min_millis,
            cap_millis: bridge.restart_max_millis,
        },
        round_robin: bridge.round_robin,
        outgoing_retain: bridge.outgoing_retain,
        unsubscribe: bridge.attempt_unsubscribe,
        notification: bridge.notifications.then_some(Notification {
            topic,
            local_only: bridge.notifications_local_only,
        }),
    };
    Ok(Bridging { plan, dialer })
}

fn given(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn login(client_id: String, username: &str, password: Option<&Secret>) -> Login {
    Login {
        client_id,
        username: given(username),
        password: password.map(|secret| secret.expose().to_owned()),
    }
}

fn rule(line: &str) -> Result<Rule, String> {
    let topic = BridgeTopic::parse(line)?;
    let direction = match topic.direction {
        BridgeDirection::In => Direction::In,
        BridgeDirection::Out => Direction::Out,
        BridgeDirection::Both => Direction::Both,
    };
    let qos = QoS::from_bits(topic.qos).unwrap_or_default();
    Ok(Rule::new(topic.pattern, direction, qos).prefixes(topic.local_prefix, topic.remote_prefix))
}
