//! The console in a real browser: what clients of others do is seen, and what is done in the page reaches them.

mod acting;
mod copied;
mod copies;
mod decoders;
pub(crate) mod everybody;
mod hidden;
mod many;
mod packets;
mod pictures;
mod publishing;
mod senses;
mod time;
mod topics;

use std::time::Duration;

use broker::settings::BrokerSettings;
use broker::{Broker, Cut, Restart};
use rumqttc::mqttbytes::QoS;
use rumqttc::{Client, Event, MqttOptions, Packet};
use serde_json::{Value, json};
use tests::harness::api::Api;
use tests::harness::tab::Tab;

/// A broker, and the console in a browser; nothing where there is no browser.
fn open() -> Option<(Broker, Tab)> {
    open_with(|_| {})
}

fn open_with(change: impl FnOnce(&mut BrokerSettings) + Send + 'static) -> Option<(Broker, Tab)> {
    let broker = Broker::builder()
        .configure(change)
        .start()
        .wait()
        .expect("it starts");
    let tab = Tab::open(&console(&broker))?;
    Some((broker, tab))
}

fn console(broker: &Broker) -> String {
    format!("http://localhost:{}/", broker.addr().port())
}

/// A client of rumqttc, whose loop runs on a thread; gives what comes for it.
fn client(broker: &Broker, name: &str) -> (Client, std::sync::mpsc::Receiver<(String, Vec<u8>)>) {
    let mut options = MqttOptions::new(name, "127.0.0.1", broker.addr().port());
    options.set_keep_alive(Duration::from_secs(60));
    let (client, mut connection) = Client::new(options, 10);
    let (tell, came) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for event in connection.iter() {
            match event {
                Ok(Event::Incoming(Packet::Publish(message))) => {
                    let _ = tell.send((message.topic, message.payload.to_vec()));
                }
                Ok(_) => {}
                Err(_) => break,
            }
        }
    });
    broker.wait_connected(name).wait().expect("it connects");
    (client, came)
}

/// Texts of all elements that a selector means.
fn texts(selector: &str) -> String {
    format!("[...document.querySelectorAll({selector:?})].map(one => one.textContent).join('\\n')")
}

#[track_caller]
fn shows(tab: &mut Tab, selector: &str, text: &str) {
    tab.until(text, &format!("{}.includes({text:?})", texts(selector)));
}

#[track_caller]
fn is_well(tab: &mut Tab) {
    assert_eq!(tab.faults(), [] as [String; 0]);
}

#[test]
fn a_message_of_a_real_client_is_seen_in_ladder_tree_and_list() {
    let Some((broker, mut tab)) = open() else { return };
    tab.until(
        "the first words",
        "document.querySelector('#start h2').textContent === 'No client yet.'",
    );
    shows(
        &mut tab,
        ".steps3 pre",
        &format!("-p {} -i foo1", broker.addr().port()),
    );
    let (listener, _came) = client(&broker, "foo1");
    listener.subscribe("test/#", QoS::AtLeastOnce).expect("it asks");
    broker
        .wait_subscribed("foo1", "test/#")
        .wait()
        .expect("it subscribes");
    let (speaker, _) = client(&broker, "foo2");
    speaker
        .publish("test/topic", QoS::AtLeastOnce, true, "bar")
        .expect("it publishes");
    broker.settle().wait().expect("all is done");
    shows(&mut tab, ".row .x", "foo2 → broker PUBLISHtest/topicbar");
    shows(&mut tab, ".row .x", "broker → foo1 PUBLISHtest/topicbar");
    shows(&mut tab, ".heads .h", "foo1");
    shows(&mut tab, "#clients .nm", "foo2");
    shows(&mut tab, "#clients .sub", "test/#");
    shows(&mut tab, "#n-clients", "2 of 2 connected");
    shows(&mut tab, ".topic .tn", "test/topic");
    shows(&mut tab, ".topic .v", "bar");
    shows(&mut tab, ".topic .keep", "R ");
    shows(&mut tab, ".tag", "QoS 1 · ");
    // The row of the broker's number is selected by the page, and its bytes are those of the wire.
    tab.click(".row:has(.k.publish)");
    shows(
        &mut tab,
        "#inspect .say",
        "foo2 publishes on test/topic, and wants to know that it arrived.",
    );
    shows(
        &mut tab,
        "#inspect .why",
        "Sent to foo1: its filter test/# fits; QoS 1 is the lower of 1 and 1.",
    );
    shows(&mut tab, "#inspect .fields .fn", "Packet Identifier");
    shows(&mut tab, "#inspect .steps", "PUBACK");
    shows(&mut tab, "#inspect .std", "MQTT 3.1.1 § 3.3");
    is_well(&mut tab);
}

#[test]
fn what_the_page_publishes_reaches_a_real_subscriber_and_what_it_subscribes_to_comes() {
    let Some((broker, mut tab)) = open() else { return };
    let (other, came) = client(&broker, "other");
    other.subscribe("lamp/#", QoS::ExactlyOnce).expect("it asks");
    broker
        .wait_subscribed("other", "lamp/#")
        .wait()
        .expect("it subscribes");
    shows(&mut tab, "#clients .nm", "other");
    for (qos, button) in [(0, 1), (1, 2), (2, 3)] {
        tab.press("Escape");
        tab.value("document.querySelector('#pub-topic').select()");
        tab.write("lamp/set");
        shows(&mut tab, "#reach", "reaches other");
        tab.value("document.querySelector('#pub-payload').select()");
        tab.write(&format!("on {qos}"));
        tab.click(&format!("#pub-qos button:nth-child({button})"));
        tab.click("#pub-send");
        let message = came.recv_timeout(tests::harness::DEADLINE).expect("it comes");
        assert_eq!(message, ("lamp/set".to_owned(), format!("on {qos}").into_bytes()));
    }
    tab.value("document.querySelector('#sub-filter').select()");
    tab.write("answer/+");
    tab.press("Enter");
    shows(&mut tab, ".chip", "answer/+");
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        other
            .publish("answer/lamp", qos, false, format!("{qos:?}"))
            .expect("it publishes");
        shows(
            &mut tab,
            "#heard li",
            &format!("answer/lamp{qos:?}QoS {}", qos as u8),
        );
    }
    is_well(&mut tab);
}

#[test]
fn a_payload_of_script_stays_text() {
    let Some((broker, mut tab)) = open() else { return };
    let hostile = "<img src=x onerror=\"document.title='gone'\"><script>document.title='gone'</script>";
    let (speaker, _) = client(&broker, "<b>bold</b>");
    let topic = "a/<i>b</i>";
    speaker
        .publish(topic, QoS::AtMostOnce, true, hostile)
        .expect("it publishes");
    shows(&mut tab, ".row .pl", "<img src=x");
    shows(&mut tab, ".topic", hostile);
    shows(&mut tab, "#clients .nm", "<b>bold</b>");
    tab.click(".row:has(.k.publish)");
    shows(&mut tab, "#inspect .fv", hostile);
    shows(&mut tab, "#inspect .say", "<b>bold</b> publishes on a/<i>b</i>");
    let strange = tab.value("document.querySelectorAll('main img, main script, main i:not([class]):not([style]), main b:not([class]):not(.hex *)').length + document.title");
    assert!(!strange.as_str().expect("text").contains("gone"), "{strange}");
    assert_eq!(
        tab.value("document.querySelectorAll('img, body script').length"),
        json!(0)
    );
    is_well(&mut tab);
}

#[test]
fn a_lost_acknowledgement_is_found_with_the_keyboard_alone() {
    let Some((broker, mut tab)) = open() else { return };
    let api = Api::of(&broker);
    let rule = json!({"name": "lost", "when": {"packet": "PUBACK", "direction": "out"}, "first": 1, "action": "drop"});
    api.post("faults", &rule).json(201);
    let (speaker, _) = client(&broker, "meter");
    for n in 0..3 {
        speaker
            .publish("power", QoS::AtLeastOnce, false, n.to_string())
            .expect("it publishes");
    }
    shows(&mut tab, ".tag.hot", "never arrived");
    tab.press("g");
    tab.press("}");
    tab.until(
        "the lost packet",
        "document.querySelector('.row[aria-selected=true] .k').textContent === 'PUBACK'",
    );
    assert_eq!(
        tab.value("document.querySelector('#live').getAttribute('aria-pressed')"),
        json!("false")
    );
    shows(&mut tab, "#inspect .why", "It never arrived: rule lost lost it.");
    shows(&mut tab, "#inspect h3", "not over");
    shows(&mut tab, "#inspect .say", "and meter does not hear it.");
    tab.press("[");
    tab.until(
        "its PUBLISH",
        "document.querySelector('.row[aria-selected=true] .k').textContent === 'PUBLISH'",
    );
    // The filter is reached and left by keys, too.
    tab.press("/");
    tab.write("type:puback");
    tab.until("the filter", "citronella.view.length === 3");
    tab.press("Escape");
    tab.press("j");
    tab.until(
        "a PUBACK",
        "document.querySelector('.row[aria-selected=true] .k').textContent === 'PUBACK'",
    );
    tab.press(" ");
    tab.until(
        "live",
        "document.querySelector('#live').getAttribute('aria-pressed') === 'true'",
    );
    is_well(&mut tab);
}

#[test]
fn a_fault_by_click_is_seen_and_a_clock_that_stands_still() {
    let Some((broker, mut tab)) = open() else { return };
    let (speaker, _) = client(&broker, "meter");
    shows(&mut tab, "#clients .nm", "meter");
    tab.click("#flt-add");
    shows(&mut tab, "#faults", "drop PUBACK to any client, once");
    speaker
        .publish("power", QoS::AtLeastOnce, false, "1")
        .expect("it publishes");
    shows(&mut tab, ".tag.hot", "never arrived");
    shows(&mut tab, "#faults", "acted 1×");
    tab.press("Escape");
    tab.press("f");
    shows(&mut tab, "#clockstate", "stands still");
    assert!(broker.clock().is_frozen().wait().expect("it runs"));
    is_well(&mut tab);
}

#[test]
fn an_expectation_is_typed_and_watched() {
    let Some((broker, mut tab)) = open() else { return };
    let (speaker, _) = client(&broker, "meter");
    shows(&mut tab, "#clients .nm", "meter");
    let expect = |tab: &mut Tab, text: &str| {
        tab.press("Escape");
        tab.press("e");
        tab.write(text);
        tab.press("Enter");
        shows(tab, "#expects .ex", text);
    };
    expect(&mut tab, r#"PUBLISH in topic=power/+ json={"unit":"W"} times=1"#);
    shows(&mut tab, "#exp-sum", "0 met, 0 missed, 1 waiting");
    speaker
        .publish("power/hall", QoS::AtLeastOnce, false, r#"{"watt":5,"unit":"W"}"#)
        .expect("it publishes");
    shows(&mut tab, "#exp-sum", "1 met, 0 missed, 0 waiting");
    expect(
        &mut tab,
        r#"PUBLISH in topic=power/+ json={"unit":"kW"} within=10ms"#,
    );
    shows(&mut tab, "#expects .near", "payload at /unit");
    expect(&mut tab, "PUBLSH topic=power");
    shows(&mut tab, "#expects .near", "did you mean \"PUBLISH\"?");
    expect(&mut tab, "never disconnected of=meter within=10ms");
    shows(&mut tab, "#exp-sum", "2 met, 2 missed, 0 waiting");
    // A time that is named is waited out, or until it comes.
    expect(&mut tab, "never PUBLISH topic=alarm within=10m");
    broker.settle().wait().expect("all is done");
    shows(&mut tab, "#exp-sum", "2 met, 2 missed, 1 waiting");
    speaker
        .publish("alarm", QoS::AtMostOnce, false, "fire")
        .expect("it publishes");
    shows(&mut tab, "#exp-sum", "2 met, 3 missed, 0 waiting");
    shows(&mut tab, "#expects .exp:first-child .res", "it came, #");
    // The number leads to the packet.
    tab.click("#expects .exp:last-child .link");
    tab.until(
        "it is selected",
        "document.querySelector('.row[aria-selected=true] .tp').textContent === 'power/hall'",
    );
}

#[test]
fn a_topic_shows_what_changed_and_its_numbers() {
    let Some((broker, mut tab)) = open() else { return };
    let (speaker, _) = client(&broker, "meter");
    for watt in [5, 9] {
        let payload = format!(r#"{{"watt":{watt},"unit":"W"}}"#);
        speaker
            .publish("power/hall", QoS::AtLeastOnce, true, payload)
            .expect("it publishes");
    }
    shows(&mut tab, ".topic .v", r#"{"watt":9"#);
    tab.click(".topic:has(.keep)");
    shows(&mut tab, "#inspect .chg", "/watt 5 9 (+4)");
    shows(&mut tab, "#inspect figcaption", "5 to 9, now 9");
    shows(&mut tab, "#inspect .why", "by meter");
    // The second press removes what is retained.
    tab.click("#inspect .do button");
    shows(&mut tab, "#inspect .do", "Press again");
    Api::of(&broker).get("retained/power%2Fhall").json(200);
    tab.click("#inspect .do button");
    tab.until(
        "nothing is retained",
        "document.querySelector('.topic .keep:not([hidden])') === null",
    );
    Api::of(&broker).get("retained/power%2Fhall").json(404);
    tab.until(
        "its rows alone",
        "document.querySelector('#q').value === 'topic:\"power/hall\"' && citronella.view.length === 2",
    );
    tab.click("#inspect .history button");
    shows(&mut tab, "#inspect .json", r#""watt": 9"#);
    // A link leads to a packet.
    let link = tab.value("document.querySelector('#inspect .no').href");
    let number = tab.value("citronella.store.seq(citronella.ladder.selected)");
    assert!(
        link.as_str()
            .expect("an address")
            .ends_with(&format!("/#{number}")),
        "{link}"
    );
    is_well(&mut tab);
}

#[test]
fn both_sides_of_a_first_message_come_from_the_page() {
    let Some((_broker, mut tab)) = open() else { return };
    tab.click("#both");
    shows(&mut tab, "#heard li", "test/topicbarQoS 0");
    shows(&mut tab, ".row .k", "SUBSCRIBE");
    shows(&mut tab, "#n-clients", "2 of 2 connected");
    is_well(&mut tab);
}

#[test]
fn with_a_token_the_page_asks_for_it() {
    let folder = tests::harness::folder::Folder::new();
    let file = folder.write("token", "open-sesame\n").display().to_string();
    let Some((_broker, mut tab)) = open_with(move |settings| settings.http.token_file = file) else {
        return;
    };
    shows(&mut tab, "#token", "A token is needed");
    tab.value("document.querySelector('#token input').focus()");
    tab.write("open-sesame");
    tab.press("Enter");
    tab.until(
        "an answer",
        "!document.querySelector('#token').open && citronella.stream.state === 'live'",
    );
}

#[test]
fn a_broker_that_comes_back_is_seen_again() {
    let Some((broker, mut tab)) = open() else { return };
    let (_speaker, _) = client(&broker, "meter");
    shows(&mut tab, "#clients .nm", "meter");
    let outage = broker
        .outage(Restart::KeepState, Cut::Reset)
        .wait()
        .expect("it goes");
    outage.end().wait().expect("it comes back");
    shows(&mut tab, "#n-clients", "0 of 1 connected");
    let (_speaker, _) = client(&broker, "later");
    shows(&mut tab, ".row .sr", "later → broker");
    assert_eq!(tab.value("new Set([...Array(citronella.store.size).keys()].map(i => citronella.store.seq(i))).size === citronella.store.size"), Value::Bool(true));
}
