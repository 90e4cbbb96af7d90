//! Pictures of the console: light, dark, on a phone, before anybody has come, and of its parts. With `UPDATE_DOCS=1` they become those
//! of docs/PICTURES.md. The variable `CONSOLE_PICTURES` names another folder, to look at them; without it the test looks only at
//! what must hold on each.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::json;
use tests::harness::binaries::workspace;
use tests::harness::folder::Folder;
use tests::harness::raw::{Client, ack, message, resume};
use tests::harness::source::read;
use tests::harness::tab::Tab;

use super::{client, console, open, shows};
use broker::Broker;
use broker::wire::{Packet, PacketType, Publish, Version};

/// The pictures that docs/PICTURES.md shows.
const SHOWN: [&str; 7] = [
    "light.webp",
    "dark.webp",
    "qos-2.webp",
    "packet.webp",
    "topics.webp",
    "topic.webp",
    "phone.webp",
];
/// All of them together are no longer to load than a page.
const MOST_BYTES: u64 = 500_000;

#[test]
fn the_page_shows_the_pictures_that_the_test_makes() {
    let page = read(&workspace().join("docs/PICTURES.md"));
    let named: BTreeSet<&str> = page
        .split("(pictures/")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .collect();
    assert_eq!(named, BTreeSet::from(SHOWN));
    let size = |name: &str| {
        let path = workspace().join("docs/pictures").join(name);
        path.metadata()
            .unwrap_or_else(|error| panic!("{name}: {error}; {WRITTEN}"))
            .len()
    };
    let all: u64 = SHOWN.into_iter().map(size).sum();
    assert!(all <= MOST_BYTES, "the pictures have {all} bytes");
}

const WRITTEN: &str = "`UPDATE_DOCS=1 cargo test -p tests --test it console::pictures` writes it";

/// Nothing sticks out to the right, and nothing that is read is smaller than it may be.
fn fits(tab: &mut Tab, name: &str) {
    let wide = tab.value("document.documentElement.scrollWidth <= innerWidth && [...document.querySelectorAll('header, main, footer, .bench, .ladder, .inspect')].every(one => one.getBoundingClientRect().right <= innerWidth + 1)");
    assert_eq!(wide, json!(true), "{name}: something sticks out");
}

#[test]
fn it_fits_light_dark_and_on_a_phone() {
    let Some((broker, mut tab)) = open() else { return };
    let own = Folder::new();
    let to = match std::env::var_os("CONSOLE_PICTURES") {
        Some(folder) => PathBuf::from(folder),
        None if std::env::var_os("UPDATE_DOCS").is_some() => workspace().join("docs/pictures"),
        None => own.path().to_owned(),
    };
    let keeps = to.ends_with("docs/pictures");
    let picture = |tab: &mut Tab, name: &str| {
        fits(tab, name);
        if !keeps || SHOWN.contains(&name) {
            tab.picture(&to.join(name));
        }
    };
    picture(&mut tab, "empty.webp");
    let _remote = story(&broker);
    shows(&mut tab, ".row .k", "PUBCOMP");
    // The second PUBLISH of the one message.
    tab.until(
        "it is selected",
        "(() => { const { store, view, ladder } = citronella; for (let i = 0; i < view.length; i++) if (store.is(view.at(i), 2)) { \
         ladder.select(view.at(i), 'key'); ladder.reveal(view.at(i)); return true; } return false; })()",
    );
    shows(&mut tab, "#inspect h3", "Payload");
    shows(&mut tab, "#clients .sub", "home/hall/lamp/set");
    shows(&mut tab, "#faults", "acted 1×");
    shows(&mut tab, "#clients", "connection lost");
    picture(&mut tab, "light.webp");
    tab.picture_of(".ladder", &to.join("qos-2.webp"));
    tab.picture_of("#inspect", &to.join("packet.webp"));
    tab.picture_of(".side", &to.join("topics.webp"));
    tab.dark(true);
    picture(&mut tab, "dark.webp");
    tab.dark(false);
    tab.size(900, 800);
    picture(&mut tab, "narrow.webp");
    tab.size(1440, 900);
    tab.click(".topic:has(.keep:not([hidden]))");
    shows(&mut tab, "#inspect .history", "lamp-1");
    tab.picture_of("#inspect", &to.join("topic.webp"));
    tab.size(390, 844);
    tab.go(&console(&broker));
    shows(&mut tab, ".row .l2", "broker → dashboard");
    picture(&mut tab, "phone.webp");
    for view in ["clients", "topics", "bench"] {
        tab.click(&format!("#tabs [data-view={view}]"));
        picture(&mut tab, &format!("phone-{view}.webp"));
    }
    assert_eq!(tab.faults(), [] as [String; 0]);
}

/// A lamp, a dashboard, a thermostat, a logger that is away, and a remote control whose first PUBREC is lost: it connects again and
/// publishes once more.
fn story(broker: &Broker) -> Client {
    use rumqttc::mqttbytes::QoS::AtLeastOnce;
    let api = tests::harness::api::Api::of(broker);
    let rule = json!({"name": "drop PUBREC to remote, once", "when": {"packet": "PUBREC", "direction": "out"}, "first": 1, "action": "drop"});
    api.post("faults", &rule).json(201);
    let quiet = |client: &rumqttc::Client, topic: &str, qos, retain, payload: &str| {
        client.publish(topic, qos, retain, payload).expect("it publishes");
        broker.settle().wait().expect("all is done");
    };
    let mut logger = Client::connect(broker.addr(), &resume(Version::V311, "logger"));
    logger.subscribe("home/+/temperature", broker::QoS::AtLeastOnce);
    logger.disconnect();
    let (lamp, _) = client(broker, "lamp-1");
    lamp.subscribe("home/hall/lamp/set", AtLeastOnce)
        .expect("it asks");
    broker
        .wait_subscribed("lamp-1", "home/hall/lamp/set")
        .wait()
        .expect("it subscribes");
    let (dashboard, _) = client(broker, "dashboard");
    dashboard.subscribe("home/#", AtLeastOnce).expect("it asks");
    broker
        .wait_subscribed("dashboard", "home/#")
        .wait()
        .expect("it subscribes");
    let (thermostat, _) = client(broker, "thermostat");
    quiet(
        &thermostat,
        "home/hall/temperature",
        AtLeastOnce,
        false,
        r#"{"celsius":20.5}"#,
    );
    let set = r#"{"on":true,"brightness":80}"#;
    let mut remote = Client::connect(broker.addr(), &resume(Version::V5, "remote"));
    let wanted = message("home/hall/lamp/set", set, broker::QoS::ExactlyOnce);
    let id = remote.start_publish(&wanted).expect("it has an identifier");
    broker
        .expect(broker::expect::publish("home/hall/lamp/set").to("lamp-1"))
        .wait();
    remote.vanish();
    broker.wait_disconnected("remote").wait().expect("it is gone");
    quiet(&lamp, "home/hall/lamp/state", AtLeastOnce, true, set);
    quiet(
        &thermostat,
        "home/hall/temperature",
        AtLeastOnce,
        false,
        r#"{"celsius":20.9}"#,
    );
    let mut remote = Client::connect(broker.addr(), &resume(Version::V5, "remote"));
    let again = Publish {
        packet_id: Some(id),
        dup: true,
        ..wanted
    };
    remote.send(&Packet::Publish(again));
    remote.await_ack(PacketType::PubRec, id);
    remote.send(&Packet::PubRel(ack(id)));
    remote.await_ack(PacketType::PubComp, id);
    broker.settle().wait().expect("all is done");
    remote
}
