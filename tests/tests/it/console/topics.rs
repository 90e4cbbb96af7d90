//! What the tree of topics shows: messages of the broker's own, what a reset takes away, how long a payload is; and the field that
//! looks for a topic.

use broker::ReasonCode;
use rumqttc::mqttbytes::QoS;
use serde_json::json;
use tests::harness::api::Api;

use super::{client, is_well, open, shows};

#[test]
fn after_a_reset_nothing_is_retained_in_the_tree_and_a_row_says_so() {
    let Some((broker, mut tab)) = open() else { return };
    let (speaker, _) = client(&broker, "meter");
    speaker
        .publish("power", QoS::AtLeastOnce, true, "5")
        .expect("it publishes");
    shows(&mut tab, ".topic .keep", "R ");
    // Somebody else resets it, and nothing else happens.
    Api::of(&broker).post("reset", &json!({})).json(200);
    shows(&mut tab, ".row .k", "RESET");
    tab.until(
        "nothing is retained",
        "document.querySelector('.topic .keep:not([hidden])') === null",
    );
    tab.until(
        "nobody is connected",
        "!citronella.people.find('meter').connected",
    );
    // It is told once, and so it is by the journal to a page that comes later. An end of the journal is no reset.
    let (_later, _) = client(&broker, "later");
    let rows = "[...citronella.ladder.rows.values()].map(row => row.at.k.textContent).filter(word => /RESET|GAP|LEFT|CUT/.test(word)).join(' ')";
    broker
        .disconnect("later", ReasonCode::ADMINISTRATIVE_ACTION)
        .wait()
        .expect("it runs");
    tab.until("both", &format!("{rows} === 'RESET CUT OFF'"));
    tab.go(&super::console(&broker));
    tab.until("both again", &format!("{rows} === 'RESET CUT OFF'"));
    is_well(&mut tab);
}

#[test]
fn what_a_stub_answers_is_in_the_tree_and_in_the_history_once() {
    let Some((broker, mut tab)) = open() else { return };
    let api = Api::of(&broker);
    let stub = json!({"name": "echo", "when": {"packet": "PUBLISH", "topic": "ask"}, "publish": {"topic": "answer", "payload": "hello"}});
    api.post("stubs", &stub).json(201);
    let mut listeners = Vec::new();
    for name in ["one", "two"] {
        let (listener, came) = client(&broker, name);
        listener.subscribe("answer", QoS::AtMostOnce).expect("it asks");
        broker
            .wait_subscribed(name, "answer")
            .wait()
            .expect("it subscribes");
        listeners.push((listener, came));
    }
    listeners[0]
        .0
        .publish("ask", QoS::AtMostOnce, false, "hi")
        .expect("it publishes");
    shows(&mut tab, ".topic .tn", "answer");
    shows(&mut tab, ".topic .v", "hello");
    tab.until("both have it", "[...citronella.ladder.rows.values()].filter(row => row.at.tp.textContent === 'answer' && row.at.k.textContent === 'PUBLISH').length === 2");
    assert_eq!(tab.value("citronella.topics.byName.get('answer').n"), json!(1));
    is_well(&mut tab);
}

#[test]
fn a_payload_that_is_no_text_has_as_many_bytes_in_every_place() {
    let Some((broker, mut tab)) = open() else { return };
    let (speaker, _) = client(&broker, "meter");
    for (topic, length) in [("a", 64), ("b", 65), ("c", 66)] {
        speaker
            .publish(topic, QoS::AtLeastOnce, false, vec![0xff; length])
            .expect("it publishes");
        shows(&mut tab, ".row .pl", &format!("{length} bytes, no text"));
        shows(&mut tab, ".topic .v", &format!("{length} bytes, no text"));
    }
}

#[test]
fn bytes_that_are_no_packet_are_explained_without_a_stray_word() {
    use std::io::Write as _;
    let Some((broker, mut tab)) = open() else { return };
    let mut peer = std::net::TcpStream::connect(broker.addr()).expect("it connects");
    peer.write_all(b"\x30\x05abcde").expect("it writes");
    shows(&mut tab, ".row .k", "VIOLATION");
    tab.click(".row:has(.k.fault):last-of-type");
    shows(&mut tab, "#inspect .say", "connection");
    let loose = "[...document.querySelector('#inspect').childNodes].filter(one => one.nodeType === 3).length";
    assert_eq!(tab.value(loose), json!(0));
}

#[test]
fn a_word_of_the_filter_that_can_fit_nothing_is_told_at_the_field() {
    let Some((broker, mut tab)) = open() else { return };
    let (_speaker, _) = client(&broker, "meter");
    shows(&mut tab, "#clients .nm", "meter");
    for (word, said) in [
        ("topic:#/x", "no topic filter"),
        ("type:foo", "type:foo begins no packet"),
        ("id:abc", "no packet identifier"),
    ] {
        tab.press("Escape");
        tab.press("/");
        tab.write(word);
        shows(&mut tab, "#q-wrong", said);
        assert_eq!(tab.value("citronella.view.length"), json!(0), "{word}");
    }
    tab.press("Escape");
    tab.press("/");
    tab.write("type:connack");
    tab.until(
        "its row",
        "document.querySelector('#q-wrong').hidden && citronella.view.length === 1",
    );
    // In quotes a name is exact, and may hold spaces.
    let (_other, _) = client(&broker, r#"meter "B" 2"#);
    shows(&mut tab, "#clients .nm", r#"meter "B" 2"#);
    for (words, rows) in [
        ("type:connect client:meter", 2),
        (r#"type:connect client:"meter""#, 1),
        (r#"client:"meter ""B"" 2"type:connect"#, 1),
        // One that is being typed.
        (r#"type:connect client:"METER ""B"#, 1),
        (r#"client:"meter ""b"" 2""#, 0),
    ] {
        tab.press("Escape");
        tab.press("/");
        tab.value("document.querySelector('#q').select()");
        tab.write(words);
        tab.until(words, &format!("citronella.view.length === {rows}"));
    }
    tab.press("Escape");
    tab.click("#clients .client");
    tab.until(
        "its rows alone",
        r#"document.querySelector('#q').value.startsWith('client:"meter') && citronella.view.length === 2"#,
    );
}

#[test]
fn a_listener_whose_subscribe_is_gone_from_the_journal_stands_on_the_right() {
    let Some((broker, mut tab)) = open() else { return };
    let (listener, _came) = client(&broker, "lamp");
    listener.subscribe("lamp/#", QoS::AtMostOnce).expect("it asks");
    broker
        .wait_subscribed("lamp", "lamp/#")
        .wait()
        .expect("it subscribes");
    broker.journal().clear().wait().expect("it is on");
    tab.go(&super::console(&broker));
    let (speaker, _) = client(&broker, "meter");
    speaker
        .publish("lamp/set", QoS::AtMostOnce, false, "on")
        .expect("it publishes");
    shows(&mut tab, ".row .sr", "broker → lamp");
    tab.until("its side", "citronella.people.find('lamp').side === 'right'");
}
