//! Client libraries of others, over each way that they can go.

use tests::harness::DEADLINE;
use tests::harness::way::Reachable;
use tests::harness::wishes::Library;

use super::{Flow, TALK, all_went_well, said_goodbye};

/// Talks over each way; then stays connected over each way, until it is killed.
fn goes_every_way(library: Library) {
    let Some(mut client) = library.start() else { return };
    let mut broker = Reachable::start();
    broker.set_deadline(DEADLINE);
    for way in library.ways() {
        let (url, ca_file) = (broker.url(*way), broker.ca_file(*way));
        let talker = format!("{way}-talker");
        let flow = Flow::for_client(&broker, &talker);
        assert_eq!(
            client.wish(&["talk", &url, &ca_file, &talker]),
            TALK,
            "over {way}"
        );
        said_goodbye(&broker, &talker, &way.to_string());
        drop(flow);
        client.wish(&["stay", &url, &ca_file, &format!("{way}-stayer")]);
    }
    client.kill();
    for way in library.ways() {
        let stayer = format!("{way}-stayer");
        broker.until_gone(&stayer);
        let state = broker.state().wait().expect("it runs");
        let will = state.retained_message(&format!("gone/{stayer}"));
        assert!(will.is_some(), "the will of {stayer} was not published");
    }
    all_went_well(&broker);
}

#[test]
fn paho_1() {
    goes_every_way(Library::Paho1);
}

#[test]
fn paho_2() {
    goes_every_way(Library::Paho2);
}

#[test]
fn mqtt_js() {
    goes_every_way(Library::MqttJs);
}

#[test]
fn java() {
    goes_every_way(Library::Java);
}

#[test]
fn go() {
    goes_every_way(Library::Go);
}
