//! The engine, without sockets.

use std::sync::Arc;

use broker_core::engine::{CloseReason, ConnId, Engine, Event};
use broker_core::journal::{Mark, Record};
use broker_core::settings::BrokerSettings;
use broker_core::time::Time;
use broker_core::wire::{self, Version};

struct Bed {
    engine: Engine,
}

impl Bed {
    fn new(change: impl FnOnce(&mut BrokerSettings)) -> Self {
        let mut settings = BrokerSettings::default();
        change(&mut settings);
        Self {
            engine: Engine::new(Arc::new(settings), 1),
        }
    }

    /// Hands over bytes; nothing is read from the outboxes.
    fn send(&mut self, id: ConnId, bytes: &[u8]) {
        assert_eq!(self.engine.receive(Time::ZERO, id, bytes), bytes.len());
    }

    fn connect(&mut self, client_id: &str) -> ConnId {
        let id = self.engine.open(Time::ZERO, "192.0.2.1:1000".to_owned());
        let mut bytes = vec![0x10, 12 + client_id.len() as u8];
        bytes.extend(b"\0\x04MQTT\x04\0\0\0");
        bytes.extend((client_id.len() as u16).to_be_bytes());
        bytes.extend(client_id.as_bytes());
        self.send(id, &bytes);
        id
    }

    /// What was written to this connection since the last time.
    fn written(&mut self, id: ConnId) -> Vec<u8> {
        let mut all = Vec::new();
        while let Some(bytes) = self.engine.outbox(id).map(|outbox| outbox.front().to_vec())
            && !bytes.is_empty()
        {
            self.engine.wrote(Time::ZERO, id, bytes.len());
            all.extend(bytes);
        }
        all
    }

    fn events(&self) -> Vec<Event> {
        let entries = self.engine.journal().since(Mark::START).entries;
        let events = entries.into_iter().filter_map(|entry| match entry.record {
            Record::Event(event) => Some(event),
            Record::Packet { .. } => None,
        });
        events.collect()
    }
}

#[test]
fn an_unsubscription_is_an_event() {
    let mut bed = Bed::new(|_| {});
    let a = bed.connect("a");
    bed.send(a, b"\x82\x06\0\x01\0\x01t\0\xa2\x08\0\x02\0\x01t\0\x01u");
    let told = bed.events().into_iter().filter_map(|event| match event {
        Event::Unsubscribed { client_id, filter } => Some((client_id.to_string(), filter.to_string())),
        _ => None,
    });
    // `u` it never had.
    assert_eq!(told.collect::<Vec<_>>(), [("a".to_owned(), "t".to_owned())]);
}

#[test]
fn events_come_in_the_order_in_which_things_happened() {
    let mut bed = Bed::new(|_| {});
    bed.engine.collect_events(true);
    let a = bed.connect("a");
    bed.send(a, b"\x82\x06\0\x01\0\x01t\0\xa2\x05\0\x02\0\x01t\xe0\0");
    let mut names = Vec::new();
    while let Some(event) = bed.engine.next_event() {
        names.push(
            format!("{event:?}")
                .split([' ', '{'])
                .next()
                .unwrap_or_default()
                .to_owned(),
        );
    }
    assert_eq!(names, ["Connected", "Subscribed", "Unsubscribed", "Disconnected"]);
}

#[test]
fn figures_of_its_own_come_every_second_if_asked_to() {
    for (interval_secs, due) in [(0, None), (1, Some(Time::from_secs(1)))] {
        let bed = Bed::new(|settings| settings.sys.interval_secs = interval_secs);
        assert_eq!(bed.engine.next_timeout(), due);
    }
}

#[test]
fn a_text_that_is_too_long_is_cut_before_the_character_that_does_not_fit() {
    let (plain, lemon) = ("x".repeat(65_532), "\u{1F34B}");
    for (text, length) in [
        (plain.clone() + lemon, 65_532),
        (plain.clone() + "yy", 65_534),
        (plain + "yyyy", 65_535),
    ] {
        let mut bytes = Vec::new();
        wire::Packet::Publish(wire::Publish::new(&text, b"", wire::QoS::AtMostOnce))
            .encode(Version::V311, &mut bytes);
        let Ok(wire::Packet::Publish(publish)) = wire::decode(Version::V311, &bytes) else {
            panic!("it is a PUBLISH");
        };
        assert_eq!(publish.topic.len(), length);
    }
}

#[test]
fn a_session_that_gives_way_to_a_clean_start_did_not_expire() {
    let mut bed = Bed::new(|_| {});
    bed.connect("a");
    let again = bed.engine.open(Time::ZERO, String::new());
    bed.send(again, b"\x10\x0d\0\x04MQTT\x04\x02\0\0\0\x01a");
    let ended = bed.events().into_iter().filter_map(|event| match event {
        Event::SessionEnded { client_id, expired } => Some((client_id.to_string(), expired)),
        _ => None,
    });
    assert_eq!(ended.collect::<Vec<_>>(), [("a".to_owned(), false)]);
}

#[test]
fn a_snapshot_holds_the_chance_that_shared_subscriptions_are_dealt_by() {
    let random = |settings: &mut BrokerSettings| {
        broker_core::settings::set(settings, "shared.strategy", "random".to_owned())
            .expect("it is a strategy");
    };
    let dealt = |engine: Engine| {
        let mut bed = Bed { engine };
        let publisher = bed.connect("p");
        let members: Vec<ConnId> = (0..4).map(|n| bed.connect(&format!("m{n}"))).collect();
        for member in &members {
            bed.send(*member, b"\x82\x0f\0\x01\0\x0a$share/g/t\0");
            bed.written(*member);
        }
        let mut order = Vec::new();
        for _ in 0..64 {
            bed.send(publisher, b"\x30\x03\0\x01t");
            order.extend(members.iter().position(|member| !bed.written(*member).is_empty()));
        }
        order
    };
    let mut first = Bed::new(random);
    let publisher = first.connect("x");
    let member = first.connect("y");
    first.send(member, b"\x82\x0f\0\x01\0\x0a$share/g/u\0");
    (0..3).for_each(|_| first.send(publisher, b"\x30\x03\0\x01u"));
    let snapshot = first.engine.snapshot(Time::ZERO);
    let restored = || {
        let mut bed = Bed::new(random);
        bed.engine.restore(Time::ZERO, &snapshot).expect("it is whole");
        bed.engine
    };
    let goes_on = dealt(restored());
    assert_eq!(goes_on.len(), 64);
    assert_eq!(goes_on, dealt(restored()));
    // A broker that never had what came before deals otherwise.
    assert_ne!(goes_on, dealt(Bed::new(random).engine));
}

#[test]
fn a_publisher_before_a_full_receiver_is_pressed_until_there_is_room() {
    let large = [&b"\x30\x83\x80\x04\0\x01t"[..], &b"x".repeat(65_536)].concat();
    let small = [&b"\x30\x67\0\x01t"[..], &[b'x'; 100]].concat();
    for message in [large, small] {
        let mut bed = Bed::new(|_| {});
        let receiver = bed.connect("r");
        bed.send(receiver, b"\x82\x06\0\x01\0\x01t\0");
        let publisher = bed.connect("p");
        assert_eq!(bed.engine.take_pressure(), None);
        let mut bytes = 0;
        while bed.engine.take_pressure() != Some(receiver) {
            bed.send(publisher, &message);
            bytes += message.len();
            assert!(
                bytes < 1 << 26,
                "a receiver that takes nothing presses its publisher"
            );
        }
        assert!(bytes > 100_000, "a little may always wait");
        assert_eq!(bed.engine.take_pressure(), None, "it is said once");
        assert!(bed.engine.is_pressed(receiver));
        assert!(!bed.engine.is_pressed(publisher));
        bed.written(receiver);
        assert!(!bed.engine.is_pressed(receiver));
    }
}

#[test]
fn the_bytes_of_all_subscriptions_may_be_just_what_is_allowed() {
    let cost = broker_core::router::subscription_cost_bytes("t") as u64;
    for (allowed, answer) in [(cost, 0x00), (cost - 1, 0x80)] {
        let mut bed = Bed::new(|settings| settings.limits.max_subscription_bytes = allowed);
        let a = bed.connect("a");
        bed.written(a);
        bed.send(a, b"\x82\x06\0\x01\0\x01t\0");
        assert_eq!(bed.written(a), [0x90, 3, 0, 1, answer], "{allowed} bytes allowed");
    }
}

#[test]
fn where_a_packet_ends_too_early_is_told_to_the_byte() {
    for (bytes, offset) in [(&b""[..], 0), (b"\x30", 1), (b"\x30\xff", 1), (b"\x30\x05\0", 1)] {
        let error = wire::decode(Version::V311, bytes).expect_err("it is not whole");
        assert_eq!(error.offset, offset, "{bytes:?}");
    }
}

#[test]
fn every_retained_message_comes_however_many_there_are_and_however_little_may_wait() {
    const TOPICS: usize = 3000;
    for outbox_bytes in [16_777_216, 65_536] {
        let mut bed = Bed::new(|settings| {
            settings.sys.interval_secs = 0;
            settings.limits.max_outbox_bytes = outbox_bytes;
        });
        let publisher = bed.connect("p");
        for n in 0..TOPICS {
            bed.send(publisher, format!("\x31\x09\0\x06t/{n:04}x").as_bytes());
        }
        let receiver = bed.connect("r");
        bed.written(receiver);
        bed.send(receiver, b"\x82\x0d\0\x01\0\x03t/#\0\0\x02+/\0");
        let mut came = bed.written(receiver);
        while bed.engine.next_timeout() == Some(Time::ZERO) {
            bed.engine.tick(Time::ZERO);
            came.extend(bed.written(receiver));
        }
        let retained = came.windows(4).filter(|bytes| bytes == b"\0\x06t/").count();
        assert_eq!(retained, TOPICS, "{outbox_bytes}");
    }
}

#[test]
fn the_state_names_sessions_in_the_order_of_their_clients() {
    let mut bed = Bed::new(|_| {});
    for client in ["m", "z", "a"] {
        bed.connect(client);
    }
    let state = bed.engine.state(Time::ZERO);
    let names: Vec<&str> = state
        .sessions
        .iter()
        .map(|session| session.client_id.as_str())
        .collect();
    assert_eq!(names, ["a", "m", "z"]);
}

#[test]
fn a_connection_in_which_the_engine_failed_is_closed() {
    let mut bed = Bed::new(|_| {});
    let (a, b) = (bed.connect("a"), bed.connect("b"));
    bed.engine.failed(Time::ZERO, a);
    assert_eq!(bed.engine.close_reason(a), Some(&CloseReason::InternalError));
    assert_eq!(bed.engine.close_reason(b), None);
    assert_eq!(bed.engine.stats().panics_caught, 1);
}

#[test]
fn what_a_full_receiver_does_not_get_is_counted_message_by_message() {
    const MESSAGES: u64 = 400;
    let mut bed = Bed::new(|settings| settings.limits.max_outbox_bytes = 4096);
    let receiver = bed.connect("r");
    bed.send(receiver, b"\x82\x06\0\x01\0\x01t\0");
    let publisher = bed.connect("p");
    let message = [&b"\x30\x67\0\x01t"[..], &[b'x'; 100]].concat();
    for _ in 0..MESSAGES / 8 {
        bed.send(publisher, &message.repeat(8));
    }
    let stats = bed.engine.stats();
    assert!(
        stats.dropped_outbox_full > 0 && stats.publish_sent > 0,
        "{stats:?}"
    );
    assert_eq!(stats.publish_sent + stats.dropped_outbox_full, MESSAGES);
}

#[test]
fn the_properties_of_a_will_stand_in_the_journal() {
    let mut bed = Bed::new(|_| {});
    let id = bed.engine.open(Time::ZERO, String::new());
    let connect = b"\x10\x1d\0\x04MQTT\x05\x06\0\0\0\0\x01a\x08\x03\0\x05text/\0\x01w\0\x01x";
    bed.send(id, connect);
    assert_eq!(bed.engine.close_reason(id), None);
    let entries = bed.engine.journal().since(Mark::START).entries;
    assert!(entries[0].to_json().contains("text/"), "{}", entries[0].to_json());
}

#[test]
fn hooks_are_empty_until_something_is_set() {
    let mut hooks = broker_core::auth::Authenticators::default();
    assert!(hooks.is_empty());
    hooks.set_login(Arc::new(|_: &broker_core::auth::Login<'_>| Ok(())));
    assert!(!hooks.is_empty());
}

#[test]
fn an_answer_to_a_connect_that_cannot_be_read_stands_in_the_journal_in_its_own_version() {
    for (level, answer) in [(3, &b"\x20\x02\0\x01"[..]), (6, b"\x20\x03\0\x84\0")] {
        let mut bed = Bed::new(|_| {});
        let id = bed.engine.open(Time::ZERO, "192.0.2.1:1000".to_owned());
        let mut bytes = b"\x10\x0D\0\x04MQTT\0\x02\0\0\0\x01a".to_vec();
        bytes[8] = level;
        bed.send(id, &bytes);
        assert_eq!(bed.written(id), answer);
        let seen = bed.engine.journal().since(Mark::START);
        let sent = seen
            .entries
            .iter()
            .find(|entry| matches!(&entry.record, Record::Packet { bytes, .. } if bytes[..] == *answer));
        let packet = sent.expect("it is recorded").packet();
        assert!(
            matches!(packet, Some(Ok(wire::Packet::ConnAck(_)))),
            "{level}: {packet:?}"
        );
    }
}
