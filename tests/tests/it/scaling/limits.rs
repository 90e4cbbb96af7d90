//! The limits of what clients are and ask for: connections, sessions, packets, subscriptions, retained messages, and what CONNECT asks.

use broker::QoS;
use broker::wire::{Connect, Publish, PublishProperties};
use tests::harness::{Client, hello, message};

use super::ground::{Case, Ground, check, end, published};

/// As many connections as the bound: two others, and this one.
fn one_connection_more(ground: &Ground) -> String {
    let _third = ground.client("third");
    ground.refused(&hello(ground.version, "client"))
}

fn one_filter_more(ground: &Ground) -> String {
    let mut client = ground.client("client");
    for filter in ["a", "b"] {
        client.subscribe(filter, QoS::AtMostOnce);
    }
    ground.suback(client.subscribe("c", QoS::AtMostOnce))
}

fn one_retained_message_more(ground: &Ground) -> String {
    let mut client = ground.client("client");
    let payload = "x".repeat(1000);
    let mut retain = |topic| {
        client.publish(&Publish {
            retain: true,
            ..message(topic, &payload, QoS::AtLeastOnce)
        })
    };
    let (_, _) = (retain("a"), retain("b"));
    ground.puback(retain("c"))
}

pub const CASES: &[Case] = &[
    Case {
        setting: "limits.max_connections",
        small: |settings| settings.limits.max_connections = 3,
        meet: one_connection_more,
    },
    Case {
        setting: "limits.max_sessions",
        small: |settings| settings.limits.max_sessions = 3,
        meet: one_connection_more,
    },
    Case {
        setting: "limits.connect_timeout_secs",
        small: |settings| settings.limits.connect_timeout_secs = 1,
        meet: |ground| {
            let mut client = Client::open(ground.broker.addr(), ground.version);
            end(&mut client)
        },
    },
    Case {
        setting: "limits.max_packet_size_bytes",
        small: |settings| settings.limits.max_packet_size_bytes = 1000,
        meet: |ground| {
            let mut client = ground.client("client");
            // A PUBLISH of 1,001 bytes: its header alone.
            client.send_bytes(&[0x30, 0xE6, 0x07]);
            end(&mut client)
        },
    },
    Case {
        setting: "limits.max_payload_bytes",
        small: |settings| settings.limits.max_payload_bytes = 10,
        meet: |ground| {
            let mut client = ground.client("client");
            let told = published(&mut client, "eleven byte");
            ground.puback(told)
        },
    },
    Case {
        setting: "limits.max_subscriptions",
        // One is an other client's.
        small: |settings| settings.limits.max_subscriptions = 3,
        meet: one_filter_more,
    },
    Case {
        setting: "limits.max_subscriptions_per_session",
        small: |settings| settings.limits.max_subscriptions_per_session = 2,
        meet: one_filter_more,
    },
    Case {
        setting: "limits.max_subscription_bytes",
        small: |settings| settings.limits.max_subscription_bytes = 4096,
        meet: |ground| {
            let mut client = ground.client("client");
            ground.suback(client.subscribe(&"a".repeat(5000), QoS::AtMostOnce))
        },
    },
    Case {
        setting: "limits.max_retained_messages",
        small: |settings| settings.limits.max_retained_messages = 2,
        meet: one_retained_message_more,
    },
    Case {
        setting: "limits.max_retained_bytes",
        small: |settings| settings.limits.max_retained_bytes = 2500,
        meet: one_retained_message_more,
    },
    Case {
        setting: "session.receive_maximum",
        small: |settings| settings.session.receive_maximum = 2,
        meet: |ground| {
            if !ground.is_v5() {
                return "–".to_owned();
            }
            let mut client = ground.client("client");
            for _ in 0..3 {
                client.start_publish(&message("a", "x", QoS::ExactlyOnce));
            }
            // PUBREC of the first two.
            let (_, _) = (client.packet(), client.packet());
            end(&mut client)
        },
    },
    Case {
        setting: "session.topic_alias_maximum",
        small: |settings| settings.session.topic_alias_maximum = 5,
        meet: |ground| {
            if !ground.is_v5() {
                return "–".to_owned();
            }
            let mut client = ground.client("client");
            client.start_publish(&Publish {
                properties: PublishProperties {
                    topic_alias: Some(6),
                    ..PublishProperties::default()
                },
                ..message("a", "x", QoS::AtMostOnce)
            });
            end(&mut client)
        },
    },
    Case {
        setting: "session.max_keep_alive_secs",
        small: |settings| settings.session.max_keep_alive_secs = 100,
        meet: |ground| {
            let asks = Connect {
                keep_alive_secs: 1000,
                ..hello(ground.version, "client")
            };
            let (_client, connack) = Client::say_hello(ground.broker.addr(), &asks);
            match connack.properties.server_keep_alive_secs {
                Some(100) => "CONNACK with the bound as Server Keep Alive".to_owned(),
                other => {
                    assert_eq!(other, None);
                    "–".to_owned()
                }
            }
        },
    },
    Case {
        setting: "session.max_session_expiry_secs",
        small: |settings| settings.session.max_session_expiry_secs = 100,
        meet: |ground| {
            let asks = tests::harness::resume(ground.version, "client");
            let (_client, connack) = Client::say_hello(ground.broker.addr(), &asks);
            match connack.properties.session_expiry_secs {
                Some(100) => "CONNACK with the bound as Session Expiry Interval".to_owned(),
                other => {
                    assert_eq!(other, None);
                    "–".to_owned()
                }
            }
        },
    },
];

#[test]
fn what_a_client_may_not_do_more_of() {
    check(CASES);
}
