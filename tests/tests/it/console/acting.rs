//! What is done in the page is done to the broker: faults switched, clients cut off, stubs, scenarios and recordings.

use broker::Broker;
use broker::expect::rule;
use rumqttc::mqttbytes::QoS;
use serde_json::json;
use tests::harness::DEADLINE;
use tests::harness::api::Api;
use tests::harness::tab::Tab;

use super::{client, is_well, open, shows};

/// Types into a field, in the place of what it held.
fn fill(tab: &mut Tab, field: &str, text: &str) {
    tab.value(&format!(
        "document.querySelector({field:?}).focus(); document.querySelector({field:?}).select()"
    ));
    tab.write(text);
}

/// Chooses from a list.
fn choose(tab: &mut Tab, field: &str, value: &str) {
    tab.value(&format!("document.querySelector({field:?}).value = {value:?}"));
}

/// Subscribes, and waits until that holds.
fn listen(broker: &Broker, name: &str, filter: &str) -> (rumqttc::Client, Came) {
    let (listener, came) = client(broker, name);
    listener.subscribe(filter, QoS::AtMostOnce).expect("it asks");
    broker
        .wait_subscribed(name, filter)
        .wait()
        .expect("it subscribes");
    (listener, came)
}

type Came = std::sync::mpsc::Receiver<(String, Vec<u8>)>;

#[track_caller]
fn comes(came: &Came, payload: &str) {
    let (_, message) = came.recv_timeout(DEADLINE).expect("it comes");
    assert_eq!(String::from_utf8_lossy(&message), payload);
}

#[test]
fn a_fault_that_is_switched_off_lets_packets_through_and_on_again_loses_them() {
    let Some((broker, mut tab)) = open() else { return };
    let (_listener, came) = listen(&broker, "listener", "power");
    let (speaker, _) = client(&broker, "meter");
    shows(&mut tab, "#clients .nm", "meter");
    let say = |text: &str| {
        speaker
            .publish("power", QoS::AtMostOnce, false, text)
            .expect("it publishes");
    };
    for (field, value) in [("Packet", "PUBLISH"), ("Direction", "in"), ("How often", "")] {
        choose(&mut tab, &format!("select[aria-label='{field}']"), value);
    }
    tab.click("#flt-add");
    let name = "drop PUBLISH from any client, always";
    shows(&mut tab, "#faults .what", name);
    say("1");
    broker.expect(rule(name).fired(1)).wait();
    shows(&mut tab, "#faults .hits", "acted 1×");

    tab.click("#faults input");
    shows(&mut tab, "#faults .hits", "off");
    say("2");
    comes(&came, "2");

    tab.click("#faults input");
    shows(&mut tab, "#faults .hits", "acted 1×");
    say("3");
    broker.expect(rule(name).fired(2)).wait();
    assert!(came.try_recv().is_err(), "it is lost");

    // It counts anew, is removed, and comes back.
    shows(&mut tab, "#faults .hits", "acted 2×");
    tab.click("#faults .link");
    shows(&mut tab, "#faults .hits", "not yet");
    tab.click("#faults .link:last-child");
    shows(&mut tab, "#faults", "Nothing is disturbed.");
    assert!(broker.faults().list().wait().expect("it runs").is_empty());
    tab.click("#undo button");
    shows(&mut tab, "#faults .what", name);
    assert_eq!(broker.faults().list().wait().expect("it runs").len(), 1);
    is_well(&mut tab);
}

#[test]
fn a_client_is_cut_off_healed_interrupted_and_disconnected_by_click() {
    let Some((broker, mut tab)) = open() else { return };
    let api = Api::of(&broker);
    let (_lamp, came) = listen(&broker, "lamp", "lamp/#");
    shows(&mut tab, "#clients .sub", "lamp/#");
    tab.click(".client .more");
    shows(&mut tab, "#h-steer", "lamp");
    tab.click("#steer-cut");
    shows(&mut tab, "#clients .sub", "Cut off: nothing passes.");
    let parted = api.get("partitions").json(200);
    assert_eq!(parted["partitions"][0]["clients"], json!(["lamp"]));

    let (other, others) = listen(&broker, "other", "lamp/#");
    other
        .publish("lamp/set", QoS::AtMostOnce, false, "on")
        .expect("it publishes");
    comes(&others, "on");
    assert!(came.try_recv().is_err(), "nothing passes");
    tab.click(".client:has(em) .more");
    shows(&mut tab, "#steer-cut", "Heal");
    tab.click("#steer-cut");
    comes(&came, "on");

    shows(&mut tab, "#clients .nm", "other");
    tab.until("it is healed", "!document.querySelector('#clients .client em')");
    tab.click("[aria-label='Steer other']");
    fill(&mut tab, "#steer-secs", "0");
    tab.click("#steer-interrupt");
    shows(&mut tab, "#steer-wrong", "`duration_secs`: it is 0");
    fill(&mut tab, "#steer-secs", "60");
    tab.click("#steer-interrupt");
    broker.wait_disconnected("other").wait().expect("it goes");
    tab.until(
        "who keeps it out",
        "citronella.clients.find('other').kept_out?.fault.includes('other')",
    );
    tab.click("[aria-label='Steer other']");
    tab.click("#steer-back");
    tab.until("it may come", "!citronella.clients.find('other').kept_out");

    tab.click("[aria-label='Steer lamp']");
    choose(&mut tab, "#steer-code", "151");
    tab.click("#steer-disconnect");
    broker.wait_disconnected("lamp").wait().expect("it goes");
    assert_eq!(
        tab.faults().len(),
        1,
        "the interruption of 0 s, which was refused"
    );
}

#[test]
fn a_stub_of_the_page_answers_and_one_that_is_wrong_is_told_where() {
    let Some((broker, mut tab)) = open() else { return };
    let api = Api::of(&broker);
    let (asker, came) = listen(&broker, "asker", "answer");
    shows(&mut tab, "#clients .nm", "asker");
    tab.press("Escape");
    tab.press("w");
    shows(&mut tab, "#workshop .things", "There is no stub.");
    fill(&mut tab, "#stubs-json", "{\"name\": \"echo\",, }");
    tab.click("#stubs-add");
    shows(&mut tab, "#stubs-json-wrong", "This is no JSON");
    let stub = |key: &str| {
        json!({"name": "echo", "when": {"packet": "PUBLISH", key: "ask"}, "scenario": "door", "new_state": "open",
               "publish": {"topic": "answer", "payload": "{{ message.payload | upper }}"}})
        .to_string()
    };
    fill(&mut tab, "#stubs-json", &stub("tpoic"));
    tab.click("#stubs-add");
    shows(&mut tab, "#stubs-json-wrong", "did you mean \"topic\"?");
    let chosen = "document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)";
    assert_eq!(tab.value(chosen), json!("\"tpoic\""));
    assert_eq!(api.get("stubs").json(200)["stubs"], json!([]));

    fill(&mut tab, "#stubs-json", &stub("topic"));
    tab.click("#stubs-add");
    shows(&mut tab, "#workshop .things .what", "echo");
    asker
        .publish("ask", QoS::AtMostOnce, false, "hello")
        .expect("it publishes");
    comes(&came, "HELLO");
    tab.click("#stubs-add");
    shows(&mut tab, "#stubs-json-wrong", "echo");
    tab.click("#stubs-replace");
    tab.until(
        "it is replaced",
        "document.querySelector('#stubs-json-wrong').hidden",
    );

    // Its scenario has moved, and goes back by click.
    tab.click("[data-part=scenarios]");
    shows(&mut tab, ".things [aria-checked=true]", "open");
    tab.click(".things .seg button");
    shows(&mut tab, ".things [aria-checked=true]", "Started");
    assert_eq!(api.get("scenarios/door").json(200)["state"], "Started");

    tab.click("[data-part=stubs]");
    shows(&mut tab, ".things .what", "echo");
    tab.click(".things .link:last-child");
    shows(&mut tab, ".asking", "goes, with what it counted");
    tab.press("Escape");
    tab.until("it asks no more", "!document.querySelector('.asking')");
    assert_eq!(api.get("stubs").json(200)["stubs"][0]["name"], "echo");
    tab.click(".things .link:last-child");
    tab.click("#asking-yes");
    shows(&mut tab, ".things", "There is no stub.");

    tab.click("[data-part=devices]");
    tab.click("#devices-add");
    shows(&mut tab, ".things .hits", "1 of 1 connected");
    broker.wait_connected("meter").wait().expect("it comes");
}

#[test]
fn a_recording_is_made_and_played_by_click() {
    let Some((broker, mut tab)) = open() else { return };
    let (speaker, _) = client(&broker, "meter");
    shows(&mut tab, "#clients .nm", "meter");
    tab.click("#work");
    tab.click("[data-part=recordings]");
    shows(&mut tab, "#recording-state", "Nothing is recorded.");
    tab.click("#recording-toggle");
    shows(&mut tab, "#recording-state", "It is recorded");
    speaker
        .publish("power", QoS::AtLeastOnce, false, "5")
        .expect("it publishes");
    broker.settle().wait().expect("all is done");
    tab.value("window.made = []; const make = URL.createObjectURL; URL.createObjectURL = file => { made.push(file); return make(file); }");
    tab.click("#recording-toggle");
    shows(&mut tab, "#recording-state", "Nothing is recorded.");
    let (_listener, came) = listen(&broker, "listener", "power");
    tab.click("#recording-play");
    shows(&mut tab, "#recordings-refused", "Choose a recording first");
    tab.value(
        "const files = new DataTransfer(); files.items.add(new File([made[0]], 'made.jsonl')); document.querySelector('#recording-file').files = files.files",
    );
    choose(&mut tab, "#recording-speed", "max");
    tab.click("#recording-play");
    comes(&came, "5");
    is_well(&mut tab);
}

#[test]
fn the_clock_is_moved_by_what_is_typed() {
    let Some((broker, mut tab)) = open() else { return };
    tab.press("f");
    shows(&mut tab, "#clockstate", "stands still");
    let before = broker.clock().now().wait().expect("it runs");
    fill(&mut tab, "#advance-by", "soon");
    tab.press("Enter");
    shows(&mut tab, "#toast", "“soon” is no time");
    fill(&mut tab, "#advance-by", "1h30m");
    tab.press("Enter");
    tab.until(
        "it is moved",
        "document.querySelector('#advance-by').value === ''",
    );
    let after = broker.clock().now().wait().expect("it runs");
    assert_eq!(after.saturating_since(before).as_secs(), 5_400);
}
