//! [`Bystanders`]: clients that must not notice what others do.

use std::net::SocketAddr;

use broker::QoS;
use broker::wire::Connect;

use super::raw::text;
use super::{Client, message};

/// Two clients that are connected all the time and must not notice what others do.
#[derive(Debug)]
pub struct Bystanders {
    publisher: Client,
    subscriber: Client,
}

impl Bystanders {
    /// Who connect as `connect` says, but for their names.
    pub fn of(addr: SocketAddr, connect: &Connect<'_>) -> Self {
        let named = |client_id| Connect {
            client_id,
            ..connect.clone()
        };
        let publisher = Client::connect(addr, &named("speaker"));
        let mut subscriber = Client::connect(addr, &named("listener"));
        subscriber.subscribe("undisturbed", QoS::ExactlyOnce);
        Self {
            publisher,
            subscriber,
        }
    }

    /// One still publishes to the other, and nothing else came to either.
    pub fn noticed_nothing(mut self) {
        self.publisher
            .publish(&message("undisturbed", "x", QoS::ExactlyOnce));
        assert_eq!(text(&self.subscriber.receive()), "x");
        self.subscriber.nothing_came();
        self.publisher.nothing_came();
    }
}
