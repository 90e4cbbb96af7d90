//! The lines for each event, in both forms.

mod people;

use std::sync::Arc;

use super::line::{At, Line};
use super::text::Text;
use crate::Way;
use crate::engine::{CloseReason, ConnId, Direction, DropReason, Event, Stats};
use crate::journal::{EVENTS, Side};
use crate::notice::Notice;
use crate::time::Time;
use crate::wire::{QoS, ReasonCode, Version};

const CONN: ConnId = ConnId::relayed(3);

fn now() -> Time {
    Time::from_nanos(12_345_678_901)
}

fn event(event: Event) -> Notice {
    Notice::Event(now(), event)
}

fn connected(client_id: &str) -> Notice {
    event(Event::Connected {
        conn: CONN,
        client_id: Arc::from(client_id),
        version: Version::V5,
        peer: "127.0.0.1:40123".to_owned(),
        user: Some(Arc::from("alice")),
        clean_start: true,
        session_present: false,
        keep_alive_secs: 60,
        way: Way::default(),
        listener: "main".into(),
        tls: None,
    })
}

fn disconnected(client_id: &str, cause: CloseReason) -> Notice {
    event(Event::Disconnected {
        conn: CONN,
        client_id: Arc::from(client_id),
        peer: "127.0.0.1:40123".to_owned(),
        way: Way::default(),
        cause,
    })
}

fn packet(direction: Direction, text: &str) -> Notice {
    Notice::Packet {
        at: now(),
        conn: CONN,
        client_id: Arc::from(""),
        direction,
        side: Side::Both,
        text: text.to_owned(),
    }
}

#[test]
fn the_engines_side_of_a_packet_is_marked() {
    let mut notice = packet(Direction::Out, "PINGRESP");
    assert!(text(&notice).ends_with("← PINGRESP"));
    assert_eq!(json(&notice)["side"], serde_json::Value::Null);
    if let Notice::Packet { side, .. } = &mut notice {
        *side = Side::Engine;
    }
    assert!(text(&notice).ends_with("← ┆ what the engine sends: PINGRESP"));
    assert_eq!(json(&notice)["side"], "engine");
}

fn text(notice: &Notice) -> String {
    Text::new(false, false)
        .line(&Line::from(notice))
        .expect("it is shown")
}

fn json(notice: &Notice) -> serde_json::Value {
    serde_json::to_value(Line::from(notice)).expect("it serialises")
}

#[test]
fn every_reason_for_a_drop_is_documented() {
    let dropped = EVENTS
        .iter()
        .find(|event| event.word == "dropped")
        .expect("there is one");
    let (_, meaning) = dropped
        .meanings()
        .find(|(name, _)| *name == "why")
        .expect("it says why");
    for why in [
        DropReason::QueueFull,
        DropReason::OutboxFull,
        DropReason::MemoryFull,
        DropReason::TooLarge,
        DropReason::Expired,
        DropReason::SessionEnded,
    ] {
        assert!(meaning.contains(&format!("`{}`", why.word())), "{why:?}");
    }
}

#[test]
fn a_json_line_begins_with_its_name_and_time_and_has_the_documented_fields() {
    let notice = connected("foo1");
    let line = serde_json::to_string(&Line::from(&notice)).unwrap();
    assert!(
        line.starts_with(r#"{"event":"connected","at_secs":12.345678,"conn":3,"client_id":"foo1","#),
        "{line}"
    );
    let documented = EVENTS.iter().find(|event| event.word == "connected").unwrap();
    let value = json(&notice);
    assert_eq!(
        value.as_object().unwrap().len(),
        2 + documented.meanings().count()
    );
    for (name, _) in documented.meanings() {
        assert!(value.get(name).is_some(), "{name}");
    }
}

#[test]
fn a_disconnect_has_the_reason_code_where_there_is_one() {
    let code = |cause| json(&disconnected("foo1", cause))["reason_code"].clone();
    let will = CloseReason::ClientDisconnect(ReasonCode::DISCONNECT_WITH_WILL);
    assert_eq!(code(will), 4);
    assert_eq!(code(CloseReason::KeepAliveTimeout), 0x8D);
    assert!(code(CloseReason::ConnectionLost("reset".to_owned())).is_null());
}

#[test]
fn lines_for_people() {
    assert_eq!(
        text(&connected("foo1")),
        "   12.345678  foo1                      connected     #3, MQTT 5.0 from 127.0.0.1:40123, keep alive 60 s, user alice, \
         clean start"
    );
    assert_eq!(
        text(&disconnected("", CloseReason::ConnectTimeout)),
        "   12.345678  #3                        disconnected  from 127.0.0.1:40123: no CONNECT in time"
    );
    let refused = Event::Refused {
        conn: CONN,
        client_id: "foo1".to_owned(),
        peer: "127.0.0.1:40123".to_owned(),
        way: Way::default(),
        reason: ReasonCode::NOT_AUTHORIZED,
    };
    assert_eq!(
        text(&event(refused)),
        "   12.345678  foo1                      refused       0x87 Not authorized, to 127.0.0.1:40123"
    );
    let wss = Way {
        tls: true,
        web_socket: true,
        ..Way::default()
    };
    let failed = Event::HandshakeFailed {
        conn: CONN,
        peer: "127.0.0.1:40123".to_owned(),
        way: wss,
        listener: "main".into(),
        why: "the client does not know the CA".to_owned(),
    };
    assert_eq!(
        text(&event(failed)),
        "   12.345678  #3                        failed        handshake from 127.0.0.1:40123 over wss: the client does not \
         know the CA"
    );
    let dropped = Event::Dropped {
        client_id: Arc::from("foo1"),
        topic: Arc::from("a/b"),
        why: DropReason::QueueFull,
    };
    assert_eq!(
        text(&event(dropped)),
        "   12.345678  foo1                      dropped       a message on a/b: queue full"
    );
    assert_eq!(
        text(&packet(Direction::In, "PINGREQ")),
        "   12.345678  #3                      → PINGREQ"
    );
    assert_eq!(
        text(&packet(Direction::Out, "PINGRESP")),
        "   12.345678  #3                      ← PINGRESP"
    );
}

#[test]
fn what_a_peer_chooses_cannot_drive_the_terminal() {
    let subscribed = Event::Subscribed {
        client_id: Arc::from("evil\x1b]0;x\x07"),
        filter: Arc::from("a\r\nb\u{9b}2J"),
        qos: QoS::AtLeastOnce,
    };
    let coloured = Text::new(true, true);
    let line = coloured.line(&Line::from(&event(subscribed))).unwrap();
    let without_ours = line.replace("\x1b[2m", "").replace("\x1b[0m", "");
    assert!(!without_ours.chars().any(char::is_control), "{line:?}");
    assert!(line.contains(r"evil\u{1b}]0;x\u{7}") && line.contains(r"a\r\nb\u{9b}2J (QoS 1)"));
}

#[test]
fn colours_only_where_they_are_wanted() {
    let notice = connected("foo1");
    assert!(!text(&notice).contains('\x1b'));
    let coloured = Text::new(true, false).line(&Line::from(&notice)).unwrap();
    assert!(coloured.contains("\x1b[32mconnected"));
}

#[test]
fn the_end_of_a_session_is_news_where_it_expired_or_all_is_shown() {
    let ended = |expired| {
        event(Event::SessionEnded {
            client_id: Arc::from("foo1"),
            expired,
        })
    };
    let shown =
        |notice: &Notice, everything| Text::new(false, everything).line(&Line::from(notice)).is_some();
    assert!(shown(&ended(true), false));
    assert!(!shown(&ended(false), false));
    assert!(shown(&ended(false), true));
}

#[test]
fn a_long_packet_is_cut_unless_all_is_shown() {
    let notice = packet(Direction::In, &"é".repeat(500));
    assert!(text(&notice).ends_with("é…"));
    let whole = Text::new(false, true).line(&Line::from(&notice)).unwrap();
    assert_eq!(whole.matches('é').count(), 500);
}

#[test]
fn the_summary_counts() {
    let stats = Stats {
        clients_connected: 1,
        publish_received: 2,
        publish_sent: 3,
        dropped_expired: 4,
        ..Stats::default()
    };
    let line = Line::Stopped {
        at_secs: At(now()),
        cause: "signal",
        signal: Some("SIGTERM"),
        why: String::new(),
        stats,
    };
    assert_eq!(
        Text::new(false, false).line(&line).unwrap(),
        "stopped by SIGTERM after 12.3 s: 1 client, 2 messages in, 3 out, 4 dropped"
    );
}
