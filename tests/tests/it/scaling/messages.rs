//! The limits of messages that wait or are on their way.

use std::collections::BTreeSet;

use broker::QoS;
use broker::wire::{Publish, Version};
use tests::harness::raw::text;
use tests::harness::{Client, message, resume};

use super::ground::{Case, Ground, check, published};

/// A message to a session that is away and can keep one: what its publisher sees, and that the session misses it.
fn one_queued_message_more(ground: &Ground) -> String {
    ground.away("away", "a");
    let mut client = ground.client("client");
    let payload = "x".repeat(1000);
    published(&mut client, &payload);
    let told = published(&mut client, &format!("{payload} more"));
    let mut away = Client::connect(ground.broker.addr(), &resume(ground.version, "away"));
    assert_eq!(text(&away.receive()), payload);
    away.nothing_came();
    ground.puback(told)
}

/// Six messages to one who does not acknowledge: how many come.
fn come_at_once(ground: &Ground) -> usize {
    let mut client = ground.client("client");
    client.subscribe("a", QoS::AtLeastOnce);
    let mut publisher = ground.client("publisher");
    let payloads = ["0000", "1111", "2222", "3333", "4444", "5555"];
    for payload in payloads {
        published(&mut publisher, payload);
    }
    client.ping();
    let mut open: Vec<Publish<'_>> = Vec::new();
    while let Some(packet) = client.came_meanwhile() {
        match packet {
            broker::wire::Packet::Publish(publish) => open.push(publish),
            other => panic!("{other:?}"),
        }
    }
    let at_once = open.len();
    client.acknowledge(&open[0]);
    assert_eq!(text(&client.publish_packet()), payloads[at_once]);
    at_once
}

/// One who takes nothing, and a publisher of QoS 0: how many messages were sent until one was dropped.
fn until_dropped(ground: &Ground) -> (Client, u64) {
    let mut client = ground.client("client");
    client.subscribe("a", QoS::AtMostOnce);
    let mut publisher = ground.client("publisher");
    let payload = "x".repeat(500_000);
    let mut sent = 0;
    while ground.broker.stats().dropped_outbox_full == 0 {
        publisher.publish(&message("a", &payload, QoS::AtMostOnce));
        sent += 1;
        assert!(sent < 1000, "500 MB and no bound");
    }
    (client, sent)
}

pub const CASES: &[Case] = &[
    Case {
        setting: "session.max_queued_messages",
        small: |settings| settings.session.max_queued_messages = 1,
        meet: one_queued_message_more,
    },
    Case {
        setting: "session.max_queued_bytes",
        small: |settings| settings.session.max_queued_bytes = 1500,
        meet: one_queued_message_more,
    },
    Case {
        setting: "session.max_inflight",
        small: |settings| settings.session.max_inflight = 3,
        meet: |ground| {
            assert_eq!(come_at_once(ground), 3);
            "so many messages, and the next once it has acknowledged one".to_owned()
        },
    },
    Case {
        setting: "session.max_inflight_bytes",
        small: |settings| settings.session.max_inflight_bytes = 7,
        meet: |ground| {
            assert_eq!(come_at_once(ground), 2);
            "messages until their payloads reach it, and the next once it has acknowledged".to_owned()
        },
    },
    Case {
        setting: "limits.max_outbox_bytes",
        small: |settings| settings.limits.max_outbox_bytes = 100_000,
        meet: |ground| {
            let (mut client, sent) = until_dropped(ground);
            let dropped = ground.broker.stats().dropped_outbox_full;
            for _ in 0..sent - dropped {
                client.receive();
            }
            client.nothing_came();
            "messages of QoS 0 are missing".to_owned()
        },
    },
    Case {
        setting: "limits.write_timeout_secs",
        small: |settings| {
            settings.limits.max_outbox_bytes = 100_000;
            settings.limits.write_timeout_secs = 1;
        },
        meet: |ground| {
            let (mut client, _) = until_dropped(ground);
            ground.broker.until_gone("client");
            client.bytes_to_end();
            "closed, without the rest".to_owned()
        },
    },
    Case {
        setting: "limits.max_memory_bytes",
        small: |settings| settings.limits.max_memory_bytes = 65_536,
        meet: |ground| {
            let mut client = ground.client("client");
            let payload = "x".repeat(1000);
            let topics: Vec<String> = (0..100).map(|n| format!("kept/{n}")).collect();
            let mut told = BTreeSet::new();
            for topic in &topics {
                let reason = client.publish(&Publish {
                    retain: true,
                    ..message(topic, &payload, QoS::AtLeastOnce)
                });
                told.insert(ground.puback(reason));
            }
            let last = told.pop_last().expect("100 were published");
            let wanted = if ground.version == Version::V5 { "0x10" } else { "" };
            assert!(told.iter().all(|first| first.contains(wanted)), "{told:?}");
            last
        },
    },
];

#[test]
fn what_waits_and_what_is_on_its_way() {
    check(CASES);
}
