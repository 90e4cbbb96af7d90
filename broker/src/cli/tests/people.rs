//! Lines for people: their columns, the peers' texts in them, and their advice.

use super::*;
use crate::cli::text::Clients;

#[test]
fn the_columns_stand_still_and_a_long_identifier_is_cut() {
    let lines = Text::new(false, false);
    let column = |client_id: &str| {
        let line = lines.line(&Line::from(&connected(client_id))).unwrap();
        let found = line.find("connected").expect("it says so");
        settings::text::width(line.split_at(found).0)
    };
    let first = column("foo1");
    for client_id in [
        "twenty-three characters",
        "漢字漢字漢字漢字漢字漢字漢字",
        "",
        &"x".repeat(60_000),
    ] {
        assert_eq!(column(client_id), first, "{client_id}");
    }
}

#[test]
fn no_name_fills_the_screen_unless_all_is_shown() {
    let long: Arc<str> = Arc::from("x".repeat(60_000));
    let (client_id, topic) = (long.clone(), long.clone());
    let owners_words = "acl.conf:7: topic deny x/#";
    let names = [
        Event::Subscribed {
            client_id: client_id.clone(),
            filter: long.clone(),
            qos: QoS::AtLeastOnce,
        },
        Event::SubscriptionRefused {
            client_id: client_id.clone(),
            filter: long.to_string(),
            reason: ReasonCode::NOT_AUTHORIZED,
            why: owners_words.to_owned(),
        },
        Event::Unsubscribed {
            client_id: client_id.clone(),
            filter: long.clone(),
        },
        Event::WillPublished {
            client_id: client_id.clone(),
            topic: topic.clone(),
        },
        Event::Dropped {
            client_id,
            topic,
            why: DropReason::QueueFull,
        },
    ];
    for happened in names {
        let notice = event(happened);
        // No client has chosen how long these are.
        let line = text(&notice).replace(owners_words, "");
        assert!(line.chars().count() < 160, "{line}");
        assert!(json(&notice)["client_id"].as_str().unwrap().len() == 60_000);
    }
    let dropped = event(Event::Dropped {
        client_id: long.clone(),
        topic: long,
        why: DropReason::QueueFull,
    });
    assert!(
        text(&dropped).ends_with("…: queue full"),
        "the rest is still said"
    );
    let whole = Text::new(false, true).line(&Line::from(&dropped)).unwrap();
    assert!(whole.len() > 60_000);
}

#[test]
fn what_turns_or_hides_text_does_not_reach_the_screen() {
    for hidden in [
        '\u{202e}',
        '\u{2066}',
        '\u{200b}',
        '\u{2028}',
        '\u{85}',
        '\u{9b}',
        '\u{feff}',
        '\u{e0041}',
    ] {
        let line = text(&connected(&format!("a{hidden}b")));
        assert!(!line.contains(hidden), "{line:?}");
        assert!(
            line.contains(&format!("a\\u{{{:x}}}b", u32::from(hidden))),
            "{line:?}"
        );
    }
}

#[test]
fn two_that_take_an_identifier_from_each_other_are_told_what_to_do() {
    let contested = event(Event::Contested {
        conn: CONN,
        client_id: Arc::from("foo1"),
        peer: "127.0.0.1:2".to_owned(),
        other_peer: "127.0.0.1:1".to_owned(),
        takeovers: 3,
        within: std::time::Duration::from_millis(2_100),
    });
    assert_eq!(
        text(&contested),
        "   12.345678  foo1                      contested     127.0.0.1:1 and 127.0.0.1:2 took this identifier from each \
         other, 3 times in 2.1 s: give each client its own"
    );
    let value = json(&contested);
    assert_eq!(
        (&value["event"], &value["takeovers"], &value["within_secs"]),
        (&"contested".into(), &3.into(), &2.1.into())
    );
}

#[test]
fn the_first_line_says_what_to_type_next_where_a_person_looks_on() {
    let banner_where = |clients, addr: &str, mqtt_url: Option<&str>| {
        let addresses = [addr.parse().unwrap()];
        let line = Line::Listening {
            warning: None,
            at_secs: At(now()),
            version: "1",
            pid: 1,
            addresses: &addresses,
            url: String::new(),
            api: None,
            listeners: Vec::new(),
            ca_file: None,
            skipped: &[],
            mqtt_versions: &[],
            engine: "native",
            upstream: None,
            seed: 1,
            config_files: &[],
            remarks: &[],
        };
        Text::new(false, false)
            .with_next(clients, mqtt_url.map(Into::into))
            .line(&line)
            .unwrap()
    };
    let banner = |clients, addr| banner_where(clients, addr, None);
    assert_eq!(banner(None, "127.0.0.1:1883").lines().count(), 1);
    let usual = banner(Some(Clients::Cargo), "127.0.0.1:1883");
    assert!(
        usual.contains("\ntry in other terminals: cargo run -p subscriber -- -t 'test/#' -v\n"),
        "{usual}"
    );
    let other = banner(Some(Clients::Programs), "192.0.2.1:2000");
    assert!(other.contains("subscriber -h 192.0.2.1 -p 2000 -t"), "{other}");
    assert!(
        other.ends_with("publisher -h 192.0.2.1 -p 2000 -t test/topic -m bar"),
        "{other}"
    );
    // Without a host the clients would go where MQTT_URL leads.
    let led = banner_where(
        Some(Clients::Programs),
        "127.0.0.1:1884",
        Some("mqtt://192.0.2.1"),
    );
    assert!(led.contains("subscriber -h localhost -p 1884 -t"), "{led}");
}

#[cfg(feature = "tls")]
#[test]
fn every_further_place_has_a_line_and_so_has_the_ca() {
    use crate::broker::Listener;
    use crate::cli::place::Place;

    let mut settings = settings::BrokerSettings::default();
    settings.tls.listen = true;
    settings.listener = vec![settings::Listener {
        accepts: vec![settings::Accepts::Tcp],
        ..settings::Listener::socket("/run/mqtt\n.sock")
    }];
    let addrs = |port: u16| match port {
        0 => Vec::new(),
        port => vec![
            ([127, 0, 0, 1], port).into(),
            (std::net::Ipv6Addr::LOCALHOST, port).into(),
        ],
    };
    let plans = settings.listeners();
    let listeners: Vec<Listener> = plans
        .iter()
        .map(|plan| Listener::new(plan, addrs(plan.port)))
        .collect();
    let said = |listeners: &[Listener], ca_file: Option<&str>| {
        let line = Line::Listening {
            warning: None,
            at_secs: At(now()),
            version: "1",
            pid: 1,
            addresses: listeners[0].addrs(),
            url: String::new(),
            api: None,
            listeners: listeners.iter().map(Place::from).collect(),
            ca_file: ca_file.map(std::path::Path::new),
            skipped: &[],
            mqtt_versions: &["5.0"],
            engine: "native",
            upstream: None,
            seed: 1,
            config_files: &[],
            remarks: &[],
        };
        Text::new(false, false).line(&line).unwrap()
    };
    let first = "citronella 1 listening on 127.0.0.1:1883 and [::1]:1883 (MQTT 5.0; TLS and WebSocket, too); Ctrl-C stops";
    assert_eq!(said(&listeners[..1], None), first);
    assert!(said(&listeners[1..2], None).contains("(MQTT 5.0; tls, wss alone)"));
    let socket = said(&listeners[2..], None);
    assert!(
        socket.contains("listening on /run/mqtt\\n.sock (MQTT 5.0);"),
        "{socket}"
    );
    assert_eq!(
        said(&listeners, Some("/tmp/ca.pem")),
        format!(
            "{first}\n  tls: 127.0.0.1:8883 and [::1]:8883 (tls, wss)\n  listener-1: /run/mqtt\\n.sock (tcp)\n  \
             CA to trust: /tmp/ca.pem"
        )
    );
}
