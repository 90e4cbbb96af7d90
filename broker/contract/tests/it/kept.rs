//! Messages and connections that keep to a document, and that break it.

use broker_contract::{Connection, Publication, Rule};

use crate::ground::{LAMPS_2, STATE, contracts, lamps_3, said};

#[test]
fn a_document_of_version_2_is_kept_or_broken() {
    let mut contracts = contracts(LAMPS_2, &[]);
    assert_eq!(said(&mut contracts, &STATE), [""; 0]);
    let dimmed = Publication {
        payload: b"{\"level\": 7}",
        content_type: Some("application/json; charset=utf-8"),
        ..STATE
    };
    assert_eq!(said(&mut contracts, &dimmed), [""; 0]);
    let taken_back = Publication {
        topic: "lamps/a1/set",
        payload: b"",
        retain: true,
        qos: 0,
        ..STATE
    };
    assert_eq!(
        said(&mut contracts, &taken_back),
        ["retain: it came with RETAIN, and is not to be retained (lamps.yaml:29)"]
    );
    for (seen, want) in [
        (
            Publication { qos: 0, ..STATE },
            "qos: it came with QoS 0, and is to be sent with QoS 1 (lamps.yaml:37)",
        ),
        (
            Publication {
                payload: b"{\"on\": 1}",
                ..STATE
            },
            "payload: the message switched is broken: /on: 1 is not of type \"boolean\" (lamps.yaml:44)",
        ),
        (
            Publication {
                payload: b"{\"level\": 101}",
                ..STATE
            },
            "payload: the message dimmed is broken: /level: 101 is greater than the maximum of 100 (more.json:8)",
        ),
        (
            Publication {
                topic: "lamps/A/state",
                ..STATE
            },
            "parameter: the parameter {lampId} is wrong: \"A\" does not match \"^[a-z]+[0-9]+$\" (lamps.yaml:17)",
        ),
        (
            Publication {
                topic: "lamps/a1/stat",
                ..STATE
            },
            "topic: no channel of lamps.yaml has this topic",
        ),
        (
            Publication {
                topic: "audit",
                ..STATE
            },
            "topic: no channel of lamps.yaml has this topic",
        ),
        (
            Publication {
                topic: "lamps/a1/set",
                qos: 0,
                payload: b"dim",
                ..STATE
            },
            "payload: the message subscribe is broken: \"dim\" is not one of",
        ),
        (
            Publication {
                content_type: Some("text/plain"),
                ..STATE
            },
            "content_type: the message switched is broken: its Content Type is \"text/plain\", and is to be \"application/json\"",
        ),
        (
            Publication {
                topic: "lamps/a1/set",
                qos: 0,
                payload: b"on",
                has_properties: true,
                ..STATE
            },
            "property: it has no Message Expiry Interval (lamps.yaml:29)",
        ),
        (
            Publication {
                topic: "lamps/a1/set",
                qos: 0,
                payload: b"on",
                has_properties: true,
                expiry_secs: Some(61),
                ..STATE
            },
            "property: its Message Expiry Interval is wrong: 61 is greater than the maximum of 60 (lamps.yaml:29)",
        ),
    ] {
        let found = said(&mut contracts, &seen);
        assert!(
            found.len() == 1 && found[0].starts_with(want),
            "{found:?}\n{want}"
        );
    }
    let not_json = said(
        &mut contracts,
        &Publication {
            payload: b"on",
            ..STATE
        },
    );
    assert!(not_json[0].contains("the payload is not JSON"), "{not_json:?}");
    let report = contracts.report();
    assert_eq!((report.messages, report.broken), (14, 12));
    assert!(
        report
            .text()
            .contains("topic without a channel: lamps/a1/stat (1 message)"),
        "{}",
        report.text()
    );
}

#[test]
fn who_may_publish_follows_from_who_is_the_application() {
    let mut contracts = contracts(LAMPS_2, &["hub*"]);
    assert_eq!(said(&mut contracts, &STATE), [""; 0]);
    let set = Publication {
        topic: "lamps/a1/set",
        payload: b"on",
        qos: 0,
        ..STATE
    };
    assert_eq!(
        said(&mut contracts, &set),
        [
            "action: a client that is not the application publishes here, where the application alone sends (lamps.yaml:27)"
        ]
    );
    assert_eq!(
        said(
            &mut contracts,
            &Publication {
                client_id: "hub-1",
                ..set
            }
        ),
        [""; 0]
    );
    let found = said(
        &mut contracts,
        &Publication {
            client_id: "hub",
            ..STATE
        },
    );
    assert!(
        found[0].starts_with("action: the application publishes here, and only receives"),
        "{found:?}"
    );
}

#[test]
fn a_connection_is_held_against_the_server_of_its_client() {
    let mut contracts = contracts(LAMPS_2, &[]);
    let other = Connection {
        client_id: "lamp",
        ..Connection::default()
    };
    assert_eq!(contracts.connection(&other), []);
    let will = Publication {
        client_id: "hub",
        topic: "hub/state",
        payload: b"bye",
        qos: 1,
        retain: false,
        ..STATE
    };
    let hub = Connection {
        client_id: "hub",
        clean_start: true,
        keep_alive_secs: 30,
        will: Some(will),
        ..other
    };
    let found = contracts.connection(&hub);
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "Clean Session is true, and is to be false (lamps.yaml:11)",
            "Keep Alive is 30 s, and is to be 60 s (lamps.yaml:12)",
            "the message of the will is \"bye\", and is to be \"gone\" (lamps.yaml:13)",
            "the RETAIN of the will is false, and is to be true (lamps.yaml:13)",
            "no channel of lamps.yaml has this topic (lamps.yaml:1)",
        ]
    );
}

#[test]
fn a_document_of_version_3_is_kept_or_broken_and_what_is_not_understood_is_listed() {
    let mut contracts = contracts(&lamps_3(), &[]);
    let notes: Vec<String> = contracts.notes().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "lamps.yaml:9: payloads in the format application/vnd.apache.avro;version=1.9.0 are not checked; JSON Schema is",
            "lamps.yaml:10: the channel \"nowhere\" is passed over: it has no address, so nobody knows its topics",
            "lamps.yaml:17: `reply` is not checked: which message answers which is not checked; its channel is, and examples can answer",
        ]
    );
    let whole = Publication {
        has_properties: true,
        is_utf8: true,
        response_topic: Some("answers"),
        ..STATE
    };
    assert_eq!(said(&mut contracts, &whole), [""; 0]);
    assert_eq!(said(&mut contracts, &STATE), [""; 0]);
    for (seen, rule, want) in [
        (
            Publication {
                topic: "lamps/c3/state",
                ..whole
            },
            Rule::Parameter,
            "is \"c3\", and may be a1, b2 (lamps.yaml:5)",
        ),
        (
            Publication {
                is_utf8: false,
                ..whole
            },
            Rule::Property,
            "Payload Format Indicator is 0, and is to be 1 (lamps.yaml:21)",
        ),
        (
            Publication {
                response_topic: Some("x"),
                ..whole
            },
            Rule::Property,
            "its Response Topic is \"x\", and is to be \"answers\"",
        ),
        (
            Publication {
                payload: b"{}",
                ..whole
            },
            Rule::Payload,
            "\"on\" is a required property (lamps.yaml:22)",
        ),
        (Publication { qos: 2, ..whole }, Rule::Qos, "it came with QoS 2"),
    ] {
        let found = contracts.publication(&seen);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].rule == rule && found[0].to_string().contains(want),
            "{found:?}"
        );
    }
}
