//! Client identifiers: given by the broker, taken from the user name, or bound to a prefix.

use std::sync::Arc;

use broker_core::arrival::Arrival;
use broker_core::auth::{Authenticators, Step};
use broker_core::settings::Listener;
use broker_core::wire::{Connect, ConnectProperties, Packet, ReasonCode, Version};

use super::{Bed, INSIDE, NOW, connack};

fn of<'a>(client_id: &'a str, user: Option<&'a str>) -> Connect<'a> {
    Connect {
        username: user,
        ..Connect::new(Version::V5, client_id)
    }
}

fn by_user() -> Listener {
    Listener {
        use_username_as_client_id: true,
        ..Listener::port(0)
    }
}

#[test]
fn an_identifier_that_the_broker_gives_begins_as_its_listener_says() {
    let inside = Listener {
        assigned_client_id_prefix: Some("lamp-".to_owned()),
        ..Listener::port(0)
    };
    let mut bed = Bed::with(
        inside,
        |settings| settings.session.assigned_client_id_prefix = "guest-".to_owned(),
        Authenticators::default(),
    );
    for (listener, prefix) in [(INSIDE, "lamp-"), ("main", "guest-")] {
        let (_, said) = bed.connect(listener, of("", None));
        let given = connack(&said).properties.assigned_client_id;
        assert!(given.is_some_and(|given| given.starts_with(prefix)), "{given:?}");
    }
}

#[test]
fn an_empty_identifier_may_be_refused_at_one_listener() {
    let mut bed = Bed::new(Listener {
        allow_empty_client_id: Some(false),
        ..Listener::port(0)
    });
    let (_, said) = bed.connect(INSIDE, of("", None));
    assert_eq!(connack(&said).reason, ReasonCode::CLIENT_IDENTIFIER_NOT_VALID);
    let (_, said) = bed.connect("main", of("", None));
    assert_eq!(connack(&said).reason, ReasonCode::SUCCESS);
}

#[test]
fn the_user_name_is_the_client_identifier() {
    let mut bed = Bed::new(by_user());
    let (first, said) = bed.connect(INSIDE, of("anything", Some("alice")));
    assert_eq!(connack(&said).properties.assigned_client_id, None);
    assert!(bed.engine.is_connected("alice") && !bed.engine.is_connected("anything"));
    // The same user again, with an empty identifier: it is told which one it has (MQTT5-3.2.2-16).
    let (_, said) = bed.connect(INSIDE, of("", Some("alice")));
    assert_eq!(connack(&said).properties.assigned_client_id, Some("alice"));
    assert!(bed.engine.close_reason(first).is_some(), "taken over");

    for user in [None, Some("")] {
        let (_, said) = bed.connect(INSIDE, of("alice", user));
        let refusal = connack(&said);
        assert_eq!(refusal.reason, ReasonCode::NOT_AUTHORIZED);
        let words = "the user name is the client identifier here, and there is none";
        assert_eq!(refusal.properties.reason_string, Some(words));
    }
    let (_, said) = bed.connect(INSIDE, Connect::new(Version::V311, "alice"));
    assert_eq!(said, [0x20, 2, 0, 5]);
    assert!(bed.engine.is_connected("alice"), "nobody was taken over");
}

#[test]
fn the_name_of_a_certificate_comes_before_that_of_connect() {
    let mut bed = Bed::new(by_user());
    let conn = bed.open(INSIDE);
    let arrival = Arrival {
        listener: INSIDE.into(),
        identity: Some("lamp".into()),
        ..Arrival::default()
    };
    bed.engine.arrived(conn, arrival);
    let connect = Packet::Connect(Box::new(of("x", Some("alice"))));
    let mut bytes = Vec::new();
    connect.encode(Version::V5, &mut bytes);
    assert_eq!(bed.engine.predecessor(conn, &bytes), None);
    bed.say(conn, Version::V5, &connect);
    assert!(bed.engine.is_connected("lamp"));
    // Whom a CONNECT would take over is known before it is handled, too.
    let again = bed.open(INSIDE);
    let arrival = Arrival {
        listener: INSIDE.into(),
        identity: Some("lamp".into()),
        ..Arrival::default()
    };
    bed.engine.arrived(again, arrival);
    assert_eq!(bed.engine.predecessor(again, &bytes), Some(conn));
}

#[test]
fn an_exchange_must_prove_the_very_name() {
    let mut hooks = Authenticators::default();
    hooks.set_method(
        "WORD",
        Arc::new(|_| Box::new(|data: Option<&[u8]>| Step::accept(String::from_utf8_lossy(data.unwrap())))),
    );
    let mut bed = Bed::with(by_user(), |_| {}, hooks);
    let with = |user, proved: &'static [u8]| Connect {
        properties: ConnectProperties {
            authentication_method: Some("WORD"),
            authentication_data: Some(proved),
            ..ConnectProperties::default()
        },
        ..of("", Some(user))
    };
    let (_, said) = bed.connect(INSIDE, with("alice", b"mallory"));
    assert_eq!(connack(&said).reason, ReasonCode::NOT_AUTHORIZED);
    let (_, said) = bed.connect(INSIDE, with("alice", b"alice"));
    assert_eq!(connack(&said).properties.assigned_client_id, Some("alice"));
}

#[test]
fn identifiers_that_begin_otherwise_are_refused() {
    let mut bed = Bed::with(
        Listener {
            assigned_client_id_prefix: Some("sensor-auto-".to_owned()),
            ..Listener::port(0)
        },
        |settings| settings.session.client_id_prefix = "sensor-".to_owned(),
        Authenticators::default(),
    );
    for (listener, client_id, reason) in [
        ("main", "sensor-1", ReasonCode::SUCCESS),
        ("main", "lamp", ReasonCode::NOT_AUTHORIZED),
        ("main", "sensor", ReasonCode::NOT_AUTHORIZED),
        // What the broker would give there begins otherwise.
        ("main", "", ReasonCode::NOT_AUTHORIZED),
        (INSIDE, "", ReasonCode::SUCCESS),
    ] {
        let (_, said) = bed.connect(listener, of(client_id, None));
        assert_eq!(connack(&said).reason, reason, "{client_id:?} at {listener}");
    }
    let (conn, said) = bed.connect("main", Connect::new(Version::V311, "lamp"));
    assert_eq!(said, [0x20, 2, 0, 5]);
    bed.engine.closed(NOW, conn, "gone");
}
