//! Sparkplug over real sockets: edge nodes on libraries of others, what is told of them, and the births that are retained.

use std::process::Command;

use broker::expect::no_violations;
use broker::wire::{Connect, Publish, Version, Will, WillProperties};
use broker::{Event, QoS};
use tests::harness::binaries::workspace;
use tests::harness::peers::{or_skip, sparkplug};
use tests::harness::{Client, Embedded, Program, hello, message, versions};

/// A payload with a metric of this name, a value that is a Boolean, and this seq.
fn payload(name: &str, value: bool, seq: Option<u8>) -> Vec<u8> {
    let mut metric = vec![10, name.len() as u8];
    metric.extend(name.as_bytes());
    metric.extend([24, 1, 32, 11, 0x70, u8::from(value)]);
    let mut payload = vec![8, 1, 18, metric.len() as u8];
    payload.extend(metric);
    payload.extend(seq.map(|seq| [24, seq]).into_iter().flatten());
    payload
}

fn start(program: &str, url: &str, wrong: &[&str]) -> Option<Program> {
    let (node, home) = or_skip(sparkplug())?;
    let program = workspace().join("tests/data/sparkplug").join(program);
    Some(Program::start(
        Command::new(node).arg(program).arg(home).arg(url).args(wrong),
    ))
}

fn broker() -> Embedded {
    Embedded::start_with(|settings| settings.contracts.sparkplug = true)
}

/// The rules that the edge node of `node.mjs` breaks, with how often each.
fn broken_by(wrong: &[&str]) -> Option<Vec<(&'static str, u64)>> {
    let broker = broker();
    let mut program = start("node.mjs", &broker.url(), wrong)?;
    assert_eq!(program.line(), "ready");
    let mut host = Client::new(broker.addr(), Version::V311, "host");
    let rebirth = payload("Node Control/Rebirth", true, None);
    host.publish(&Publish::new(
        "spBv1.0/plant/NCMD/press",
        &rebirth,
        QoS::AtMostOnce,
    ));
    program.succeed();
    broker.until(
        "its session ends",
        |event| matches!(event, Event::SessionEnded { client_id, .. } if &**client_id == "press"),
    );
    let report = broker.sparkplug_report().expect("it is asked for");
    let node = &report.nodes[0];
    assert_eq!(
        (node.group.as_str(), node.node.as_str(), node.online),
        ("plant", "press", false)
    );
    assert_eq!(
        (node.data, node.rebirths_asked, node.owes_rebirth),
        (600, 1, false)
    );
    if report.rules.is_empty() {
        broker.expect(no_violations()).wait();
    }
    assert!(report.notes.is_empty(), "{:?}", report.notes);
    Some(report.rules)
}

#[test]
fn an_edge_node_on_tahus_encoder_keeps_all_rules() {
    for wrong in [&[][..], &["v5"]] {
        let Some(broken) = broken_by(wrong) else { return };
        assert_eq!(broken, [], "{wrong:?}");
    }
}

#[test]
fn what_the_same_edge_node_does_wrong_is_told_by_name() {
    for (wrong, rule) in [
        ("seq skipped", "tck-id-payloads-ndata-seq-inc"),
        ("will at QoS 0", "tck-id-payloads-ndeath-will-message-qos"),
        ("bdSeq of another session", "tck-id-payloads-nbirth-bdseq-repeat"),
        ("an alias twice", "tck-id-payloads-alias-uniqueness"),
        ("no births", "tck-id-payloads-ndata-order"),
        (
            "no death",
            "tck-id-payloads-ndeath-will-message-publisher-disconnect-mqtt311",
        ),
    ] {
        let Some(broken) = broken_by(&[wrong]) else { return };
        assert!(
            broken.iter().any(|(found, _)| *found == rule),
            "{wrong}: {broken:?}"
        );
    }
}

#[test]
fn what_the_client_of_tahu_breaks_is_known() {
    let broker = broker();
    let Some(program) = start("tahu.mjs", &broker.url(), &[]) else {
        return;
    };
    program.succeed();
    broker.until(
        "its session ends",
        |event| matches!(event, Event::SessionEnded { client_id, .. } if &**client_id == "tahu"),
    );
    let report = broker.sparkplug_report().expect("it is asked for");
    let broken: Vec<&str> = report.rules.iter().map(|(rule, _)| *rule).collect();
    let want = [
        // It subscribes at QoS 0, its will has QoS 0, and it writes no timestamps of metrics.
        "tck-id-message-flow-edge-node-ncmd-subscribe",
        "tck-id-payloads-name-birth-data-requirement",
        "tck-id-payloads-ndeath-will-message-qos",
    ];
    assert_eq!(broken, want);
    assert_eq!((report.nodes[0].births, report.nodes[0].deaths), (1, 1));
}

#[test]
fn a_violation_is_an_event_and_nothing_is_refused_even_where_contracts_are_enforced() {
    let schema = workspace()
        .join("tests/data/sparkplug/any.json")
        .display()
        .to_string();
    let broker = Embedded::start_with(|settings| {
        settings.contracts.sparkplug = true;
        settings.contracts.enforce = true;
        settings.contracts.schemas = vec![format!("other/#={schema}")];
    });
    for version in versions() {
        let name = format!("p{}", version.level());
        let mut subscriber = Client::new(broker.addr(), version, "s");
        subscriber.subscribe("#", QoS::ExactlyOnce);
        let mut publisher = Client::new(broker.addr(), version, &name);
        publisher.publish(&message("spBv1.0/g/NDATA/n", "hello", QoS::AtLeastOnce));
        assert_eq!(subscriber.receive().topic, "spBv1.0/g/NDATA/n");
        let event = broker.until("it is told", |event| {
            matches!(event, Event::Violation { client_id, rule, .. }
                if **client_id == *name && &**rule == "6.4.1 Google Protocol Buffer Schema")
        });
        let Event::Violation {
            origin,
            contract,
            enforced,
            text,
            ..
        } = event
        else {
            panic!("{event:?}")
        };
        assert_eq!(
            (origin, &*contract, enforced),
            ("sparkplug", "Sparkplug 3.0.0", false)
        );
        assert!(
            text.starts_with("NDATA of g/n: the payload is not one of Sparkplug: at byte 2"),
            "{text}"
        );
        publisher.disconnect();
        subscriber.disconnect();
    }
    broker.reset().wait().expect("it is ours");
    assert!(
        broker
            .sparkplug_report()
            .expect("it is still there")
            .nodes
            .is_empty()
    );
}

#[test]
fn births_are_retained_below_certificates_and_other_messages_are_not() {
    let broker = broker();
    let mut live = Client::new(broker.addr(), Version::V5, "live");
    live.subscribe("$sparkplug/#", QoS::AtLeastOnce);
    let mut all = Client::new(broker.addr(), Version::V5, "all");
    all.subscribe("#", QoS::AtLeastOnce);
    let mut publisher = Client::new(broker.addr(), Version::V311, "p");
    let birth = payload("bdSeq", true, Some(0));
    for (topic, is_birth) in [
        ("spBv1.0/g/NBIRTH/n", true),
        ("spBv1.0/g/DBIRTH/n/d", true),
        ("spBv1.0/g/NDATA/n", false),
        ("spBv1.0/g/NBIRTH/n/too/much", false),
    ] {
        publisher.publish(&Publish::new(topic, &birth, QoS::AtMostOnce));
        assert_eq!(all.receive().topic, topic);
        if is_birth {
            let copy = live.receive();
            assert_eq!(copy.topic, format!("$sparkplug/certificates/{topic}"));
            assert_eq!((copy.payload, copy.retain), (&birth[..], false));
        }
    }
    publisher.ping();
    live.nothing_came();
    all.nothing_came();
    let mut late = Client::new(broker.addr(), Version::V5, "late");
    late.subscribe("$sparkplug/certificates/#", QoS::AtLeastOnce);
    let mut kept: Vec<String> = (0..2)
        .map(|_| {
            let one = late.receive();
            assert!(one.retain && one.payload == &birth[..]);
            one.topic.to_owned()
        })
        .collect();
    kept.sort();
    let want = ["DBIRTH/n/d", "NBIRTH/n"].map(|end| format!("$sparkplug/certificates/spBv1.0/g/{end}"));
    assert_eq!(kept, want);
    // Without Sparkplug there is nothing of it.
    let plain = Embedded::start();
    let mut publisher = Client::new(plain.addr(), Version::V311, "p");
    publisher.publish(&Publish::new("spBv1.0/g/NBIRTH/n", &birth, QoS::AtLeastOnce));
    assert!(plain.state().wait().expect("it is ours").retained.is_empty());
    assert!(plain.sparkplug_report().is_none());
}

#[test]
fn a_client_that_takes_over_from_itself_is_still_the_edge_node() {
    let behind = Embedded::start();
    let url = format!("mqtt://{}", behind.addr());
    let relay = Embedded::start_with(|settings| {
        settings.upstream.url = url;
        settings.contracts.sparkplug = true;
    });
    for broker in [broker(), relay] {
        let mut last = None;
        for bdseq in 0..3 {
            let death = [18, 11, 10, 5, b'b', b'd', b'S', b'e', b'q', 24, 1, 0x58, bdseq];
            let connect = Connect {
                will: Some(Will {
                    qos: QoS::AtLeastOnce,
                    retain: false,
                    topic: "spBv1.0/g/NDEATH/n",
                    payload: &death,
                    properties: WillProperties::default(),
                }),
                ..hello(Version::V311, "n")
            };
            let (mut client, connack) = Client::say_hello(broker.addr(), &connect);
            assert!(!connack.reason.is_error());
            client.subscribe("spBv1.0/g/NCMD/n", QoS::AtLeastOnce);
            let mut birth = vec![8, 1];
            birth.extend(&death);
            birth.extend(payload("Node Control/Rebirth", false, Some(0)));
            client.publish(&Publish::new("spBv1.0/g/NBIRTH/n", &birth, QoS::AtMostOnce));
            client.ping();
            last = Some(client);
        }
        let report = broker.sparkplug_report().expect("it is asked for");
        assert_eq!((report.nodes[0].births, report.nodes[0].deaths), (3, 2));
        // The metric bdSeq has no datatype; nothing else is wrong.
        assert_eq!(report.rules, [("tck-id-payloads-metric-datatype-req", 3)]);
        assert!(report.nodes[0].online);
        last.expect("three came").disconnect();
        let told = broker.until("its goodbye is told", |event| {
            matches!(event, Event::Violation { rule, .. }
            if &**rule == "tck-id-payloads-ndeath-will-message-publisher-disconnect-mqtt311")
        });
        assert!(matches!(told, Event::Violation { topic: None, .. }));
    }
}
