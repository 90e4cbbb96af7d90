//! Rules of files: read with file and line, in force from the start, and the examples of docs/FAULTS.md.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use broker::device::{Device, Every};
use broker::expect::{self, connected, event, pingreq, publish, rule};
use broker::fault::Rule;
use broker::pattern::{pubrel, subscribe};
use broker::stub::Stub;
use broker::{Broker, Builder};
use packets::Client;

/// A script with this text.
struct Script(PathBuf);

impl Script {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("faults-{name}-{}.toml", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    fn builder(&self) -> Builder {
        Broker::builder().script(&self.0)
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

const RULES: &str = r#"[[fault]]
name = "no thanks"
when = { packet = "CONNECT", client_id = "lamp" }
first = 2
action = { type = "refuse", reason_code = "Not authorized" }

[[fault]]
name = "slow"
client = "lamp"
type = "latency"
attributes = { latency = 1 }
"#;

/// What the broker answers to a CONNECT.
fn connect(broker: &Broker, name: &str) -> (TcpStream, [u8; 4]) {
    let mut client = TcpStream::connect(broker.addr()).unwrap();
    let id = name.as_bytes();
    let head = [
        0x10,
        12 + id.len() as u8,
        0,
        4,
        b'M',
        b'Q',
        b'T',
        b'T',
        4,
        2,
        0,
        0,
        0,
        id.len() as u8,
    ];
    client.write_all(&[&head[..], id].concat()).unwrap();
    let mut answer = [0; 4];
    client.read_exact(&mut answer).unwrap();
    (client, answer)
}

#[test]
fn rules_of_a_script_are_in_force_from_the_start() {
    let script = Script::new("start", RULES);
    let broker = script.builder().start().wait().unwrap();
    assert_eq!(connect(&broker, "lamp").1, [0x20, 2, 0, 5]);
    assert_eq!(connect(&broker, "door").1, [0x20, 2, 0, 0]);
    assert_eq!(connect(&broker, "lamp").1, [0x20, 2, 0, 5]);
    let (_client, answer) = connect(&broker, "lamp");
    assert_eq!(answer, [0x20, 2, 0, 0]);
    broker.expect(rule("no thanks").fired(2)).wait();
    broker.expect(connected().of("lamp").times(1)).wait();
    let fired = || {
        let listed = broker.faults().list().wait().unwrap();
        listed.iter().find(|one| one.name == "no thanks").unwrap().fired
    };
    assert_eq!(fired(), 2);
    // All counts begin anew.
    broker.reset().wait().unwrap();
    assert_eq!(fired(), 0);
    assert_eq!(connect(&broker, "lamp").1, [0x20, 2, 0, 5]);
}

#[test]
fn mistakes_are_told_with_their_line() {
    let mistake = "[[fault]]\nname = \"x\"\nwhen = { packet = \"PUBLISH\", qos = 7 }\naction = \"drop\"\n";
    let script = Script::new("mistakes", &format!("{RULES}\n{mistake}"));
    let error = script.builder().start().wait().unwrap_err().to_string();
    let line = RULES.lines().count() + 4;
    assert!(
        error.contains(&format!(":{line}: fault \"x\": when: qos is never 7")),
        "{error}"
    );

    let twice = Script::new("twice", &format!("{RULES}\n{RULES}"));
    let error = twice.builder().start().wait().unwrap_err().to_string();
    assert!(
        error.contains("fault \"no thanks\": name: the name is taken by the fault at "),
        "{error}"
    );
}

#[test]
fn a_rule_on_one_client_leaves_those_alone_that_have_no_identifier() {
    let rules = r#"
[[fault]]
name = "noack"
when = { packet = "CONNACK", client_id = "noack" }
action = "drop"

[[fault]]
name = "chosen"
when = { packet = "CONNACK" }
client = { matches = "^auto-" }
action = { type = "edit", set = { session_present = true } }
"#;
    let script = Script::new("nameless", rules);
    let broker = script.builder().start().wait().unwrap();
    // The broker chose its identifier, and the rule for such clients knows that.
    assert_eq!(connect(&broker, "").1, [0x20, 2, 1, 0]);
    assert_eq!(connect(&broker, "lamp").1, [0x20, 2, 0, 0]);
    broker.expect(rule("chosen").fired(1)).wait();
    broker.expect(rule("noack").fired(0)).wait();
}

#[test]
fn what_is_told_of_a_rule_names_the_client_also_when_it_acts_on_its_connect() {
    let script = Script::new(
        "named",
        "[[fault]]\nname = \"slow\"\nclient = \"lamp\"\ntype = \"latency\"\nstream = \"upstream\"\nattributes = { latency = 1 }\n",
    );
    let broker = script.builder().start().wait().unwrap();
    let _client = connect(&broker, "lamp");
    broker
        .expect(event("fault").of("lamp").field("rule", "slow").times(1))
        .wait();
}

#[test]
fn the_examples_of_the_page_can_be_read() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/FAULTS.md");
    let page = std::fs::read_to_string(page).unwrap().replace("\r\n", "\n");
    let mut rules = String::new();
    for part in page.split("```toml\n").skip(1) {
        rules += part.split("```").next().unwrap();
    }
    let script = Script::new("page", &rules);
    let broker = script.builder().start().wait().unwrap();
    let listed = broker.faults().list().wait().unwrap().len();
    assert_eq!(listed, rules.matches("[[fault]]").count());
    assert!(listed >= 10);
}

#[test]
fn a_packet_may_ask_for_its_fault_where_that_is_allowed() {
    let allowed = |yes: bool| {
        let builder = Broker::builder().configure(|settings| settings.faults.user_property = yes);
        builder.start().wait().unwrap()
    };
    // A CONNECT of 5.0 with the User Property `x-fault`: `refuse 0x97`.
    let property = b"\x26\0\x07x-fault\0\x0Brefuse 0x97";
    let body = [
        b"\0\x04MQTT\x05\x02\0\0",
        &[property.len() as u8][..],
        property,
        b"\0\x04lamp",
    ]
    .concat();
    let packet = [&[0x10, body.len() as u8][..], &body].concat();
    for (yes, code) in [(true, 0x97), (false, 0)] {
        let broker = allowed(yes);
        let mut client = TcpStream::connect(broker.addr()).unwrap();
        client.write_all(&packet).unwrap();
        let mut answer = [0; 4];
        client.read_exact(&mut answer).unwrap();
        assert_eq!((answer[0], answer[3]), (0x20, code));
        broker.expect(rule("x-fault").fired(usize::from(yes))).wait();
    }
}

#[test]
fn a_report_says_that_a_rule_was_never_in_force_or_is_not_any_more() {
    let broker = Broker::start().wait().unwrap();
    let notes = |name: &str| {
        let wanted = broker
            .expect(rule(name).fired(1))
            .within(Duration::from_millis(1));
        let error = wanted.check().wait().unwrap_err();
        error.failure().unwrap().notes.clone()
    };
    assert_eq!(
        notes("lost PUBREL"),
        [r#"no rule "lost PUBREL" was ever in force; no rule is"#]
    );
    let lost = Rule::on(pubrel()).drop_it().named("lost PUBREL");
    let guard = broker.faults().add(lost).wait().unwrap();
    assert!(notes("lost PUBREL").is_empty());
    assert_eq!(
        notes("lost PUBERL"),
        [r#"no rule "lost PUBERL" was ever in force (did you mean "lost PUBREL"?)"#]
    );
    assert_eq!(
        notes("slow"),
        [r#"no rule "slow" was ever in force; in force are "lost PUBREL""#]
    );
    drop(guard);
    assert_eq!(
        notes("lost PUBREL"),
        [
            r#"the rule "lost PUBREL" is not in force any more: it was removed (in Rust: or its guard was dropped)"#
        ]
    );
}

#[test]
fn a_reset_opens_a_listener_that_is_down_before_it_is_answered() {
    let broker = Broker::start().wait().unwrap();
    for _ in 0..20 {
        broker.faults().listener_down("main").wait().unwrap().keep();
        assert!(TcpStream::connect(broker.addr()).is_err());
        broker.reset().wait().unwrap();
        assert!(TcpStream::connect(broker.addr()).is_ok());
    }
}

#[test]
fn what_is_expected_never_of_a_rule_that_never_was_is_not_met() {
    let broker = Broker::start().wait().unwrap();
    let lost = Rule::on(pubrel()).drop_it().named("lost PUBREL");
    let guard = broker.faults().add(lost).wait().unwrap();
    broker.expect(rule("lost PUBREL").fired(0)).wait();
    for (expectation, told) in [
        (rule("lost PUBREK").fired(0), "(did you mean \"lost PUBREL\"?)"),
        (
            expect::stub("lamp").answered(0),
            "no stub \"lamp\" was ever in force",
        ),
    ] {
        let error = broker.expect(expectation).check().wait().unwrap_err();
        let notes = &error.failure().expect("a report").notes;
        assert!(notes[0].contains(told), "{notes:?}");
    }
    // One that went did nothing, too.
    drop(guard);
    broker.expect(rule("lost PUBREL").fired(0)).wait();
}

#[test]
fn a_rule_has_fired_where_it_did_something_and_once_for_each_packet() {
    let broker = Broker::start().wait().unwrap();
    let early = Rule::on(subscribe()).answer_early(1).named("early");
    let _early = broker.faults().add(early).wait().unwrap();
    // At QoS 0 a PUBLISH has no packet identifier, which QoS 2 needs.
    let cannot = Rule::on(publish("a"))
        .edit(serde_json::json!({"qos": 2}))
        .named("cannot");
    let _cannot = broker.faults().add(cannot).wait().unwrap();
    let mut lamp = Client::connect(broker.addr(), "lamp");
    lamp.subscribe("a", 0);
    lamp.send(&packets::publish("a", 0, false, 0, b"x"));
    assert!(lamp.packet().ends_with(b"x"));
    broker.settle().wait().unwrap();
    // The SUBACK of the broker itself was taken out.
    broker.expect(event("fault").field("action", "swallow")).wait();
    broker.expect(rule("early").fired(1)).wait();
    broker.expect(rule("cannot").fired(0)).wait();
    let listed = broker.faults().list().wait().unwrap();
    let fired = |name: &str| listed.iter().find(|listed| listed.name == name).unwrap().fired;
    assert_eq!((fired("early"), fired("cannot")), (1, 0));
}

#[test]
fn a_guard_takes_away_its_own_and_nothing_later_of_that_name() {
    let broker = Broker::start().wait().unwrap();
    let rule = || Rule::on(pubrel()).drop_it().named("x");
    let stub = || Stub::on(publish("a")).named("x").publish("b", "c");
    let device = || Device::new("x").telemetry("t", Every::secs(9), "1");
    let old = (
        broker.faults().add(rule()).wait().unwrap(),
        broker.stubs().add(stub()).wait().unwrap(),
        broker.devices().add(device()).wait().unwrap(),
        broker.faults().partition(["a"]).wait().unwrap(),
    );
    broker.reset().wait().unwrap();
    broker.faults().add(rule()).wait().unwrap().keep();
    broker.stubs().add(stub()).wait().unwrap().keep();
    broker.devices().add(device()).wait().unwrap().keep();
    broker.faults().partition(["a"]).wait().unwrap().keep();
    drop(old);
    assert_eq!(broker.faults().list().wait().unwrap().len(), 2);
    assert_eq!(broker.stubs().list().wait().unwrap().len(), 1);
    assert_eq!(broker.devices().list().wait().unwrap().len(), 1);
}

#[test]
fn a_client_that_floods_the_rules_or_the_stubs_keeps_nobody_waiting() {
    for of_stubs in [false, true] {
        let broker = Broker::start().wait().unwrap();
        for nth in 0..100 {
            let other = format!("other/{nth}");
            if of_stubs {
                let stub = Stub::on(publish(other)).publish("b", "c");
                broker.stubs().add(stub).wait().unwrap().keep();
            } else {
                let rule = Rule::on(publish(other)).drop_it();
                broker.faults().add(rule).wait().unwrap().keep();
            }
        }
        let mut flood = Client::connect(broker.addr(), "flood");
        let mut other = Client::connect(broker.addr(), "other");
        // The broker is kept busy until all has come to it.
        let (go, gone) = std::sync::mpsc::channel::<()>();
        let gone = std::sync::Mutex::new(gone);
        let busy = publish("busy").test("keeps it busy", move |_| {
            gone.lock().unwrap().recv().unwrap();
            true
        });
        let busy = broker.expect(busy).check();
        flood.send(&packets::publish("busy", 0, false, 0, b""));
        flood.send(&packets::publish("b", 0, false, 0, b"").repeat(1_500));
        flood.send(&packets::publish("last", 0, false, 0, b""));
        other.send(&[0xC0, 0]);
        go.send(()).unwrap();
        busy.wait().unwrap();
        // The other has its turn in the midst of it.
        broker
            .expect(pingreq().from("other").then(publish("last").from("flood")))
            .wait();
    }
}
