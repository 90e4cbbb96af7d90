//! Stubs over sockets: requests and answers, time, what is not answered, what goes away again.

use std::time::Duration;

use broker::Broker;
use broker::expect::{self, template_failed};
use broker::fault::Invalid;
use broker::pattern::{event, publish};
use broker::settings::{AclAccess, AclLine};
use broker::stub::{Publication, Stub};
use packets::{Client, Connect};
use serde_json::{Value, json};

fn broker() -> Broker {
    Broker::builder().seed(7).start().wait().unwrap()
}

fn stub(json: Value) -> Stub {
    let read: Result<Stub, Invalid> = Stub::from_json(&json);
    read.unwrap()
}

/// The topic and the payload of the next PUBLISH of QoS 0 that comes to a client of 3.1.1.
fn next(client: &mut Client) -> (String, String) {
    let packet = client.packet();
    assert_eq!(packet[0] & 0xF6, 0x30, "{packet:?}");
    let body = packets::body(&packet);
    let length = usize::from(u16::from_be_bytes([body[0], body[1]]));
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&body[2..2 + length]), text(&body[2 + length..]))
}

fn told(topic: &str, payload: &str) -> (String, String) {
    (topic.to_owned(), payload.to_owned())
}

#[test]
fn a_command_is_answered_and_the_guard_takes_the_stub_away() {
    let broker = broker();
    let mut app = Client::connect(broker.addr(), "app");
    app.subscribe("state/#", 0);
    let lamp = stub(json!({
        "name": "lamp",
        "when": {"packet": "PUBLISH", "topic": "cmd/+"},
        "publish": {"topic": "state/{{ message.wildcards[0] }}", "json": {"on": "{{ message.json.on }}", "by": "{{ client.id }}"}},
    }));
    let guard = broker.stubs().add(lamp).wait().unwrap();
    app.send(&packets::publish("cmd/hall", 0, false, 0, br#"{"on": true}"#));
    assert_eq!(next(&mut app), told("state/hall", r#"{"by":"app","on":true}"#));
    broker.expect(expect::stub("lamp").answered(1)).wait();
    broker.expect(expect::stub("lamp").answers("app").times(1)).wait();

    drop(guard);
    app.send(&packets::publish("cmd/hall", 0, false, 0, br#"{"on": false}"#));
    broker.settle().wait().unwrap();
    broker.expect(expect::stub("lamp").answered(1)).wait();
    assert!(broker.stubs().list().wait().unwrap().is_empty());
}

#[test]
fn a_request_of_mqtt_5_is_answered_with_its_correlation_data() {
    let broker = broker();
    let answer = Publication::reply()
        .text("21")
        .content_type("text/plain")
        .user_property("unit", "{{ message.payload }}");
    broker
        .stubs()
        .add(Stub::on(publish("ask")).publishes(answer))
        .wait()
        .unwrap()
        .keep();
    let mut app = Client::with(broker.addr(), &Connect::new(5, "app"));
    app.send(b"\x82\x0A\0\x01\0\0\x04back\0");
    assert_eq!(app.packet()[0], 0x90);
    // Response Topic (0x08) and Correlation Data (0x09).
    app.send(b"\x30\x14\0\x03ask\x0D\x08\0\x04back\x09\0\x03\xFF\x007C");
    let packet = app.packet();
    let found = packet.windows(6).any(|bytes| bytes == b"\x09\0\x03\xFF\x007");
    assert!(found && packet.ends_with(b"21"), "{packet:?}");
    assert!(
        packet.windows(10).any(|bytes| bytes == b"\x03\0\ntext/pl"),
        "{packet:?}"
    );
    assert!(
        packet.windows(10).any(|bytes| bytes == b"\x26\0\x04unit\0\x01C"),
        "{packet:?}"
    );
}

#[test]
fn delays_and_timers_run_on_the_brokers_clock_and_settle_knows() {
    let mut broker = broker();
    let mut app = Client::connect(broker.addr(), "app");
    app.subscribe("out/#", 0);
    let late = Publication::to("out/late")
        .text("{{ message.payload }}")
        .delayed_millis(3_600_000);
    broker
        .stubs()
        .add(Stub::on(publish("in")).named("late").publishes(late))
        .wait()
        .unwrap()
        .keep();
    app.send(&packets::publish("in", 0, false, 0, b"x"));
    broker
        .expect(expect::stub("late").answered(1))
        .unproven_is_enough()
        .within(Duration::from_millis(10))
        .wait();
    broker.set_deadline(Duration::from_millis(50));
    let error = broker.settle().wait().unwrap_err().to_string();
    assert!(
        error.contains(r#"a message of stub "late" waits for 3"#),
        "{error}"
    );
    broker.set_deadline(broker::DEFAULT_DEADLINE);

    // On a clock that stands still it does not come by waiting: that is settled.
    broker.clock().freeze().wait().unwrap();
    broker.settle().wait().unwrap();
    assert_eq!(broker.stubs().list().wait().unwrap()[0].waiting, 1);
    broker.clock().advance(Duration::from_secs(3_600)).wait().unwrap();
    assert_eq!(next(&mut app), told("out/late", "x"));

    // A day of telemetry.
    broker
        .stubs()
        .add(Stub::every(Duration::from_secs(60)).publish("out/tick", "{{ stub.nth }}"))
        .wait()
        .unwrap()
        .keep();
    broker
        .clock()
        .advance(Duration::from_secs(24 * 3_600))
        .wait()
        .unwrap();
    for nth in 1..=24 * 60 {
        assert_eq!(next(&mut app), told("out/tick", &nth.to_string()));
    }
}

#[test]
fn nothing_is_missed_where_one_write_brings_more_than_the_journal_keeps() {
    let small = |settings: &mut broker::settings::BrokerSettings| settings.journal.entries = 100;
    let broker = Broker::builder().configure(small).start().wait().unwrap();
    broker
        .stubs()
        .add(
            Stub::on(publish("in"))
                .named("all")
                .publish("out", "{{ stub.nth }}"),
        )
        .wait()
        .unwrap()
        .keep();
    let mut app = Client::connect(broker.addr(), "app");
    app.subscribe("out", 0);
    let burst = packets::publish("in", 0, false, 0, b"x").repeat(5_000);
    let mut writer = app.stream().try_clone().unwrap();
    let sent = std::thread::spawn(move || std::io::Write::write_all(&mut writer, &burst).unwrap());
    for nth in 1..=5_000 {
        assert_eq!(next(&mut app), told("out", &nth.to_string()));
    }
    sent.join().unwrap();
    assert_eq!(broker.stubs().list().wait().unwrap()[0].answered, 5_000);
}

#[test]
fn what_an_acl_refuses_or_a_stub_published_is_not_answered() {
    let broker = Broker::builder()
        .acl([AclLine::new("in", AclAccess::ReadWrite)])
        .start()
        .wait()
        .unwrap();
    broker
        .stubs()
        .add(
            Stub::on(publish("#"))
                .named("all")
                .publish("in", "{{ message.topic }}"),
        )
        .wait()
        .unwrap()
        .keep();
    let mut app = Client::connect(broker.addr(), "app");
    app.subscribe("in", 0);
    app.send(&packets::publish("secret", 0, false, 0, b""));
    app.send(&packets::publish("in", 0, false, 0, b"mine"));
    assert_eq!(
        [next(&mut app), next(&mut app)],
        [told("in", "mine"), told("in", "in")]
    );
    broker.settle().wait().unwrap();
    broker.expect(expect::stub("all").answered(1)).wait();
}

#[test]
fn a_message_of_qos_2_that_comes_twice_is_answered_once() {
    let broker = broker();
    broker
        .stubs()
        .add(Stub::on(publish("in")).named("once").publish("out", ""))
        .wait()
        .unwrap()
        .keep();
    let mut app = Client::connect(broker.addr(), "app");
    let mut message = packets::publish("in", 2, false, 7, b"");
    app.send(&message);
    assert_eq!(app.packet(), b"\x50\x02\0\x07");
    message[0] |= 0b1000; // DUP
    app.send(&message);
    assert_eq!(app.packet(), b"\x50\x02\0\x07");
    app.send(b"\x62\x02\0\x07"); // PUBREL
    assert_eq!(app.packet(), b"\x70\x02\0\x07");
    broker.settle().wait().unwrap();
    broker.expect(expect::stub("once").answered(1)).wait();
}

#[test]
fn a_template_that_fails_is_told_and_nothing_is_published() {
    let broker = broker();
    let lamp = Stub::on(publish("cmd"))
        .named("lamp")
        .publish("state", "{{ message.json.on }}");
    broker.stubs().add(lamp).wait().unwrap().keep();
    let mut app = Client::connect(broker.addr(), "app");
    app.subscribe("state", 0);
    app.send(&packets::publish("cmd", 0, false, 0, b"on"));
    let found = broker
        .expect(template_failed().of("app").field("of", r#"stub "lamp""#))
        .wait();
    let why = found[0].words();
    assert!(
        why.contains(
            "publish.payload: line 1, column 11: `message.json` is undefined: the payload is not JSON"
        ),
        "{why}"
    );
    app.send(&packets::publish("cmd", 0, false, 0, br#"{"on": 1}"#));
    assert_eq!(next(&mut app), told("state", "1"));
}

#[test]
fn one_seed_and_a_clock_that_stands_still_give_the_same_each_time() {
    let run = || {
        let started = Duration::from_secs(1_767_225_600);
        let greeting = Stub::on(event("connected").of("app")).publish(
            "hello/{{ client.id }}",
            "{{ uuid() }} {{ random_int(1, 1000000) }} {{ now(format='%Y') }} {{ state.door }} {{ counter() }}",
        );
        let broker = Broker::builder()
            .seed(7)
            .wall_time(started)
            .stub(greeting)
            .start()
            .wait()
            .unwrap();
        broker.clock().freeze().wait().unwrap();
        broker.scenarios().set("door", "open").wait().unwrap();
        let mut screen = Client::connect(broker.addr(), "screen");
        screen.subscribe("hello/#", 0);
        let _app = Client::connect(broker.addr(), "app");
        next(&mut screen)
    };
    let first = run();
    assert!(first.1.ends_with(" 2026 open 1"), "{first:?}");
    assert_eq!(run(), first);
}

#[test]
fn reset_restores_what_was_there_at_the_start() {
    let kept = Stub::on(publish("a")).named("kept").publish("b", "");
    let broker = Broker::builder().stub(kept).start().wait().unwrap();
    broker
        .stubs()
        .add(Stub::on(publish("a")).named("added").publish("b", ""))
        .wait()
        .unwrap()
        .keep();
    broker.stubs().remove("kept").wait().unwrap();
    broker.scenarios().set("door", "open").wait().unwrap();
    broker.reset().wait().unwrap();
    let names: Vec<String> = broker
        .stubs()
        .list()
        .wait()
        .unwrap()
        .into_iter()
        .map(|stub| stub.name)
        .collect();
    assert_eq!(names, ["kept"]);
    assert_eq!(broker.scenarios().state("door").wait().unwrap(), "Started");
    let mut app = Client::connect(broker.addr(), "app");
    app.subscribe("b", 0);
    app.send(&packets::publish("a", 0, false, 0, b""));
    assert_eq!(next(&mut app), told("b", ""));
}

#[test]
fn what_cannot_work_is_refused_with_words() {
    let wrong = Stub::on(publish("a")).named("x").publish("b/+", "");
    let error = broker().stubs().add(wrong.clone()).wait().unwrap_err();
    assert!(
        error.is_invalid() && error.to_string().starts_with(r#"stub "x": publish.topic: "#),
        "{error}"
    );
    let error = Broker::builder().stub(wrong).start().wait().unwrap_err();
    assert!(
        error.to_string().starts_with(r#"stub "x": publish.topic: "#),
        "{error}"
    );

    let missing = Stub::on(publish("a"))
        .named("x")
        .publishes(Publication::to("b").file("no/such/file"));
    let error = broker().stubs().add(missing).wait().unwrap_err().to_string();
    assert!(
        error.starts_with(r#"stub "x": cannot read the file no/such/file: "#),
        "{error}"
    );

    let fine = || Stub::on(publish("a")).publish("b", "");
    let off = Broker::builder()
        .configure(|settings| settings.journal.entries = 0)
        .start()
        .wait()
        .unwrap();
    let error = off.stubs().add(fine()).wait().unwrap_err().to_string();
    assert!(error.contains("the journal is off"), "{error}");

    let real = broker();
    let relay = Broker::builder().upstream(&real.url()).start().wait().unwrap();
    assert!(
        relay
            .stubs()
            .add(fine())
            .wait()
            .unwrap_err()
            .unsupported()
            .is_some()
    );
}

#[test]
fn a_script_has_stubs_and_an_error_names_its_line() {
    let folder = std::env::temp_dir().join(format!("stub-script-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let script = folder.join("stubs.toml");
    std::fs::write(folder.join("names.csv"), "name,room\nann,7\n").unwrap();
    let text = "[[stub]]
when = { packet = \"PUBLISH\", topic = \"who\" }
publish = { topic = \"name\", payload = \"{{ pick('names.csv').name }} {{ item('names.csv', 0).room + 1 }}\" }
";
    std::fs::write(&script, text).unwrap();
    let broker = Broker::builder().script(&script).start().wait().unwrap();
    let mut app = Client::connect(broker.addr(), "app");
    app.subscribe("name", 0);
    app.send(&packets::publish("who", 0, false, 0, b""));
    assert_eq!(next(&mut app), told("name", "ann 8"));

    std::fs::write(&script, format!("{text}\n[[stub]]\nname = \"x\"\nwen = {{}}\n")).unwrap();
    let error = Broker::builder()
        .script(&script)
        .start()
        .wait()
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("stubs.toml:7: stub \"x\": wen: there is no such key (did you mean \"when\"?)"),
        "{error}"
    );
    std::fs::remove_dir_all(folder).unwrap();
}
