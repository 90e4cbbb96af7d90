//! Pages that nobody sees: a browser has six connections for a host, and eight pages work all the same.

use rumqttc::mqttbytes::QoS;
use serde_json::json;

use super::{client, console, is_well, open, open_with, shows};

#[test]
fn the_eighth_page_works_and_a_page_that_was_hidden_catches_up() {
    let Some((broker, mut first)) = open() else { return };
    let (speaker, _) = client(&broker, "meter");
    let publish = |payload: &str| {
        speaker
            .publish("power", QoS::AtLeastOnce, false, payload)
            .expect("it publishes");
        broker.settle().wait().expect("all is done");
    };
    publish("before");
    shows(&mut first, ".row .pl", "before");
    first.seen(false);
    first.until("it rests", "citronella.stream.state === 'rests'");
    let mut others = Vec::new();
    for _ in 0..6 {
        let mut tab = first.beside(&console(&broker));
        shows(&mut tab, ".row .pl", "before");
        tab.seen(false);
        tab.until("it rests", "citronella.stream.state === 'rests'");
        others.push(tab);
    }
    let mut eighth = first.beside(&console(&broker));
    shows(&mut eighth, ".row .pl", "before");
    publish("meanwhile");
    shows(&mut eighth, ".row .pl", "meanwhile");
    // It asks for more than its stream: the packet.
    eighth.click(".row:has(.k.publish)");
    shows(&mut eighth, "#inspect .fields .fn", "Packet Identifier");
    assert_eq!(first.value("citronella.stream.state"), json!("rests"));
    first.seen(true);
    shows(&mut first, ".row .pl", "meanwhile");
    let twice = "new Set(Array.from({ length: citronella.store.size }, (_, i) => citronella.store.seq(i))).size < citronella.store.size";
    assert_eq!(first.value(twice), json!(false), "nothing came twice");
    assert_eq!(first.value("citronella.store.missed"), json!(0));
    is_well(&mut first);
}

#[test]
fn what_a_hidden_page_missed_for_good_is_a_row() {
    let Some((broker, mut tab)) = open_with(|settings| settings.journal.entries = 1000) else {
        return;
    };
    let (speaker, _) = client(&broker, "meter");
    shows(&mut tab, ".row .k", "CONNACK");
    tab.seen(false);
    tab.until("it rests", "citronella.stream.state === 'rests'");
    for n in 0..3000 {
        speaker
            .publish(format!("power/{}", n % 7), QoS::AtMostOnce, false, n.to_string())
            .expect("it publishes");
    }
    speaker
        .publish("power/last", QoS::AtLeastOnce, false, "last")
        .expect("it publishes");
    broker.settle().wait().expect("all is done");
    tab.seen(true);
    tab.until("the last one", "citronella.topics.byName.has('power/last')");
    tab.press("g");
    tab.press("}");
    tab.until(
        "the gap",
        "document.querySelector('.row[aria-selected=true] .k').textContent === 'GAP'",
    );
    shows(&mut tab, "#inspect .say", "the broker no longer kept them");
    // What is here and what is missing is all that there was.
    let counted = "citronella.store.size - 1 + citronella.store.missed >= 3000";
    assert_eq!(tab.value(counted), json!(true));
}
