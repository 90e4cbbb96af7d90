//! Pictures of the console: light, dark, on a phone, and before anybody has come. They are in the folder that the variable
//! `CONSOLE_PICTURES` names, to be looked at; without it the test looks only at what must hold on each.

use std::path::PathBuf;

use serde_json::json;
use tests::harness::folder::Folder;
use tests::harness::raw::{Client, resume};
use tests::harness::tab::Tab;

use super::{client, console, open, shows};
use broker::Broker;
use broker::wire::Version;

/// Nothing sticks out to the right, and nothing that is read is smaller than it may be.
fn fits(tab: &mut Tab, name: &str) {
    let wide = tab.value("document.documentElement.scrollWidth <= innerWidth && [...document.querySelectorAll('header, main, footer, .bench, .ladder, .inspect')].every(one => one.getBoundingClientRect().right <= innerWidth + 1)");
    assert_eq!(wide, json!(true), "{name}: something sticks out");
}

#[test]
fn it_fits_light_dark_and_on_a_phone() {
    let Some((broker, mut tab)) = open() else { return };
    let own = Folder::new();
    let to = std::env::var_os("CONSOLE_PICTURES").map_or_else(|| own.path().to_owned(), PathBuf::from);
    let picture = |tab: &mut Tab, name: &str| {
        fits(tab, name);
        tab.picture(&to.join(name));
    };
    picture(&mut tab, "empty.png");
    story(&broker);
    shows(&mut tab, ".row .k", "PUBCOMP");
    tab.press("g");
    tab.press("}");
    shows(&mut tab, "#inspect h3", "Bytes");
    shows(&mut tab, "#clients .sub", "home/hall/lamp/set");
    shows(&mut tab, "#faults", "acted 1×");
    picture(&mut tab, "light.png");
    tab.dark(true);
    picture(&mut tab, "dark.png");
    tab.dark(false);
    tab.size(900, 800);
    picture(&mut tab, "narrow.png");
    tab.size(390, 844);
    tab.go(&console(&broker));
    shows(&mut tab, ".row .l2", "broker → dashboard");
    picture(&mut tab, "phone.png");
    for view in ["clients", "topics", "bench"] {
        tab.click(&format!("#tabs [data-view={view}]"));
        picture(&mut tab, &format!("phone-{view}.png"));
    }
    assert_eq!(tab.faults(), [] as [String; 0]);
}

/// A lamp, a dashboard, a thermostat, a logger that is away, and a remote control whose first PUBREC is lost.
fn story(broker: &Broker) {
    use rumqttc::mqttbytes::QoS::{AtLeastOnce, ExactlyOnce};
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
    let (remote, _) = client(broker, "remote");
    let set = r#"{"on":true,"brightness":80}"#;
    remote
        .publish("home/hall/lamp/set", ExactlyOnce, false, set)
        .expect("it publishes");
    broker
        .expect(broker::expect::publish("home/hall/lamp/set").to("lamp-1"))
        .wait();
    quiet(&lamp, "home/hall/lamp/state", AtLeastOnce, true, set);
    quiet(
        &thermostat,
        "home/hall/temperature",
        AtLeastOnce,
        false,
        r#"{"celsius":20.9}"#,
    );
    quiet(
        &remote,
        "home/hall/lamp/set",
        ExactlyOnce,
        false,
        r#"{"on":false,"brightness":0}"#,
    );
}
