//! Makes rumqttd's settings from ours.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};

use ::settings::{BrokerSettings, ListenerPlan, Strategy};
use rumqttd::{ConnectionSettings, RouterConfig, ServerSettings};

pub(super) fn router(settings: &BrokerSettings) -> RouterConfig {
    let rumqttd = &settings.rumqttd;
    RouterConfig {
        max_connections: rumqttd.max_connections as usize,
        max_outgoing_packet_count: u64::from(rumqttd.max_outgoing_packet_count),
        max_segment_size: rumqttd.max_segment_size_bytes as usize,
        max_segment_count: rumqttd.max_segment_count as usize,
        custom_segment: None,
        initialized_filters: None,
        shared_subscriptions_strategy: match rumqttd.shared_subscriptions_strategy {
            Strategy::Random => rumqttd::Strategy::Random,
            Strategy::Sticky => rumqttd::Strategy::Sticky,
            _ => rumqttd::Strategy::RoundRobin,
        },
    }
}

/// It listens on a port of its own on the loopback address, since only the relay should find it.
pub(super) fn server(settings: &BrokerSettings, name: &str, port: u16) -> ServerSettings {
    let rumqttd = &settings.rumqttd;
    ServerSettings {
        name: name.to_owned(),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        tls: None,
        next_connection_delay_ms: u64::from(rumqttd.next_connection_delay_millis),
        connections: ConnectionSettings {
            connection_timeout_ms: rumqttd.connection_timeout_millis,
            max_payload_size: rumqttd.max_payload_size_bytes as usize,
            max_inflight_count: rumqttd.max_inflight_count as usize,
            auth: users(settings),
            external_auth: None,
            dynamic_filters: rumqttd.dynamic_filters,
        },
    }
}

/// rumqttd asks either all clients for a password, or none of them.
fn users(settings: &BrokerSettings) -> Option<HashMap<String, String>> {
    // All listeners lead to the one that it has.
    let is_open = |plan: ListenerPlan| plan.auth.allow_anonymous;
    if settings.listeners().into_iter().all(is_open) {
        return None;
    }
    let users = settings.auth.users.iter();
    Some(
        users
            .filter_map(|user| Some((user.name.clone(), user.password.as_ref()?.expose().to_owned())))
            .collect(),
    )
}
