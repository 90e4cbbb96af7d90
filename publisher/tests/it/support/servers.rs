//! The brokers that both clients are compared on.

#![allow(dead_code, unreachable_pub)]

use broker::Broker;

use super::Mosquitto;

/// A broker that runs while this lives.
pub enum Server {
    Mosquitto(Mosquitto),
    Citronella(Broker),
}

impl Server {
    /// One of each. The list is empty if mosquitto is not installed, since then there is nothing to compare with.
    pub fn one_of_each() -> Vec<Self> {
        let Some(mosquitto) = Mosquitto::start() else {
            return Vec::new();
        };
        vec![
            Self::Mosquitto(mosquitto),
            Self::Citronella(Broker::start().wait().unwrap()),
        ]
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Mosquitto(_) => "mosquitto",
            Self::Citronella(_) => "citronella",
        }
    }

    pub fn port(&self) -> String {
        match self {
            Self::Mosquitto(broker) => broker.port.to_string(),
            Self::Citronella(broker) => broker.addr().port().to_string(),
        }
    }
}
