//! The console for those who cannot see it, or not well: what axe finds in it. And for a class: whose client is which.

use rumqttc::mqttbytes::QoS;
use serde_json::json;
use tests::harness::peers::{axe, or_skip};
use tests::harness::tab::Tab;

use super::{client, console, open, shows};

/// What axe has against the page as it stands.
pub(crate) fn found(tab: &mut Tab, script: &str) -> String {
    tab.value(&format!("{script}; 1"));
    let look = "axe.run(document, { resultTypes: ['violations'] }).then(found => found.passes.length < 10 ? 'it did not look' : \
                found.violations.map(one => `${one.impact} ${one.id}: ${one.nodes.map(node => node.target.join(' ')).join(', ')}`).join('\\n'))";
    tab.value(look).as_str().expect("text").to_owned()
}

#[test]
fn axe_finds_nothing_light_dark_on_a_phone_and_at_the_beginning() {
    let Some(file) = or_skip(axe()) else { return };
    let script = std::fs::read_to_string(file).expect("it is there");
    let Some((broker, mut tab)) = open() else { return };
    assert_eq!(found(&mut tab, &script), "", "at the beginning");
    let (listener, _came) = client(&broker, "lamp");
    listener.subscribe("lamp/#", QoS::AtLeastOnce).expect("it asks");
    broker
        .wait_subscribed("lamp", "lamp/#")
        .wait()
        .expect("it subscribes");
    let payload = r#"{"on":true,"level":7}"#;
    listener
        .publish("lamp/set", QoS::AtLeastOnce, true, payload)
        .expect("it publishes");
    shows(&mut tab, ".topic .tn", "lamp/set");
    shows(&mut tab, "#clients .sub", "lamp/#");
    tab.click(".row:has(.k.publish)");
    shows(&mut tab, "#inspect h3", "Payload");
    for is_dark in [false, true] {
        tab.dark(is_dark);
        assert_eq!(found(&mut tab, &script), "", "dark: {is_dark}");
    }
    tab.press("c");
    assert_eq!(found(&mut tab, &script), "", "a menu is open");
    tab.press("Escape");
    tab.press("?");
    assert_eq!(found(&mut tab, &script), "", "the keys are shown");
    tab.press("Escape");
    tab.press("w");
    for part in [
        "faults",
        "stubs",
        "devices",
        "scenarios",
        "partitions",
        "recordings",
    ] {
        tab.click(&format!("[data-part={part}]"));
        assert_eq!(found(&mut tab, &script), "", "the workshop: {part}");
    }
    tab.press("Escape");
    for (button, what) in [
        (".client .more", "#steer"),
        ("#pub-more", "#pub-props"),
        ("#sub-more", "#sub-options"),
    ] {
        tab.click(button);
        assert_eq!(found(&mut tab, &script), "", "{what}");
        tab.press("Escape");
    }
    tab.click(".topic:has(.keep)");
    shows(&mut tab, "#inspect .history", "lamp");
    assert_eq!(found(&mut tab, &script), "", "a topic");
    tab.size(390, 844);
    tab.go(&console(&broker));
    shows(&mut tab, ".row .l2", "lamp → broker");
    for view in ["ladder", "clients", "topics", "bench"] {
        tab.click(&format!("#tabs [data-view={view}]"));
        assert_eq!(found(&mut tab, &script), "", "on a phone: {view}");
    }
    tab.click("#all");
    assert_eq!(found(&mut tab, &script), "", "on a phone: the menu is open");
    assert_eq!(tab.value("document.activeElement !== null"), json!(true));
}

#[test]
fn clients_that_one_name_stands_before_have_one_colour() {
    let Some((broker, mut tab)) = open() else { return };
    let names = ["ana-foo1", "ana-ear", "ben-foo1", "ben-ear", "eve-ear"];
    let clients = names.map(|name| client(&broker, name));
    shows(&mut tab, "#heads", "eve-ear");
    let looks = tab.value(
        "['ana-foo1', 'ana-ear', 'ben-foo1', 'ben-ear', 'eve-ear'].map(name => \
         [...document.querySelectorAll('#heads .h')].find(one => one.title.startsWith(`${name}:`))?.className.match(/of-\\d/)?.[0] ?? null)",
    );
    assert_eq!(looks, json!(["of-0", "of-0", "of-1", "of-1", null]));
    drop(clients);
}

#[test]
fn a_class_at_1280_by_800_has_lanes_for_those_who_are_asked_for_and_room_beside_the_packet() {
    let Some((broker, mut tab)) = open() else { return };
    tab.size(1280, 800);
    let names: Vec<String> = (0..24).map(|n| format!("stu{n:02}-ear")).collect();
    let clients: Vec<_> = names.iter().map(|name| client(&broker, name)).collect();
    shows(&mut tab, "#n-clients", "24");
    let has_lane = |name: &str| {
        format!("[...document.querySelectorAll('#heads .h')].some(one => one.title.startsWith('{name}:'))")
    };
    shows(&mut tab, "#heads", "others");
    let last = names
        .iter()
        .find(|name| tab.value(&has_lane(name)) == json!(false))
        .expect("not all have a lane")
        .clone();
    tab.press("/");
    tab.write(&format!("client:{last}"));
    tab.until("it has a lane", &has_lane(&last));
    let covers = "document.querySelector('#rows').getBoundingClientRect().right \
                  > document.querySelector('#inspect').getBoundingClientRect().left + 1";
    assert_eq!(tab.value(covers), json!(false), "the ladder covers the packet");
    drop(clients);
}
