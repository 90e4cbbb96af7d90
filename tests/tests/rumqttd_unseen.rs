//! rumqttd dies unseen: this process has taken the panic hook for itself, so that the keeper is told of no panic. Then
//! the silence tells it. Alone in its process, for the sake of the hook.

use broker::wire::{Connect, Packet, PublishProperties, Version};
use broker::{Event, QoS, ReasonCode};
use tests::harness::{Client, Embedded, hello, message};

fn alive(client_id: &str) -> Connect<'_> {
    Connect {
        keep_alive_secs: 60,
        ..hello(Version::V311, client_id)
    }
}

#[test]
fn a_listener_that_serves_nobody_is_found_out_and_renewed() {
    let broker = Embedded::start_with(|settings| {
        settings.engine.kind = broker::settings::EngineKind::Rumqttd;
    });
    std::panic::set_hook(Box::new(|info| {
        let thread = std::thread::current();
        if !thread.name().is_some_and(|name| name.starts_with("rumqttd-")) {
            eprintln!("{info}");
        }
    }));
    let mut bystander = Client::connect(broker.addr(), &alive("bystander"));
    bystander.subscribe("poison", QoS::AtMostOnce);
    let mut publisher = Client::connect(
        broker.addr(),
        &Connect {
            version: Version::V5,
            ..alive("publisher")
        },
    );
    let mut poison = message("poison", "x", QoS::AtMostOnce);
    poison.properties = PublishProperties {
        content_type: Some("text/plain"),
        ..PublishProperties::default()
    };
    publisher.send(&Packet::Publish(poison));
    while bystander.packet_or_end().is_some() {}

    // The next CONNECT with this identifier kills the listener. The front door answers for it.
    let (mut again, connack) = Client::say_hello(broker.addr(), &alive("bystander"));
    assert_eq!(connack.reason, ReasonCode::SERVER_UNAVAILABLE);
    again.closed();
    broker.until("it is renewed", |event| {
        matches!(event, Event::EngineRenewed { part, connections_kept: true, .. } if part.ends_with("3.1.1"))
    });
    let mut healthy = Client::connect(broker.addr(), &alive("bystander"));
    healthy.subscribe("a", QoS::AtLeastOnce);
    // The router is the same: whom it knew before is served on.
    publisher.publish(&message("a", "y", QoS::AtLeastOnce));
    assert_eq!(healthy.receive().payload, b"y");
}
