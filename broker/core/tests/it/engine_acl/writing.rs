//! Who may publish: by a PUBLISH of each kind, and by a will.

use broker_core::engine::CloseReason;
use broker_core::wire::{QoS, Version};

use super::bench::{Bench, Coming};

const ACL: &str = "\
topic read #
user ann
topic write up/#
topic deny up/not
topic read #
pattern write own/%u/%c
";

const VERSIONS: [Version; 3] = [Version::V31, Version::V311, Version::V5];
const EACH: [QoS; 3] = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];

#[test]
fn what_no_line_allows_is_refused_on_each_way_and_the_client_is_told_as_far_as_possible() {
    for version in VERSIONS {
        for qos in EACH {
            for (topic, why) in [
                ("up/not", "acl.conf:4: topic deny up/not"),
                ("else", "no line of acl.conf allows it"),
                ("own/ann/b", "no line of acl.conf allows it"),
            ] {
                let mut bench = Bench::new(ACL);
                let reader = bench.connect(version, "reader", "");
                assert!(bench.subscribe(reader, &["#"])[0].starts_with("SUBACK 0x02"));
                let ann = bench.connect(version, "a", "ann");
                for allowed in ["up/x", "own/ann/a"] {
                    bench.publish(ann, allowed, qos);
                    assert_eq!(
                        bench.said(reader),
                        [format!("PUBLISH {allowed}")],
                        "{version} {qos}"
                    );
                }
                bench.events();
                let said = bench.publish(ann, topic, qos);
                let told = format!("publishing to \"{topic}\" is not allowed ({why})");
                let expected = match (qos, version.is_v5()) {
                    (QoS::AtMostOnce, _) => vec![],
                    (QoS::AtLeastOnce, true) => vec![format!("PUBACK 0x87 {told}")],
                    (QoS::AtLeastOnce, false) => vec!["PUBACK 0x00".to_owned()],
                    (QoS::ExactlyOnce, true) => vec![format!("PUBREC 0x87 {told}")],
                    (QoS::ExactlyOnce, false) => vec!["PUBREC 0x00".to_owned()],
                };
                assert_eq!(said, expected, "{version} {qos} {topic}");
                assert_eq!(bench.said(reader), [""; 0]);
                assert_eq!(bench.events(), [format!("publish_refused {topic} 0x87 {why}")]);
                assert_eq!(bench.decided(), [format!("refused: 0x87 Not authorized, {why}")]);
            }
        }
    }
}

#[test]
fn a_flood_of_refused_messages_is_told_once_a_second() {
    let mut bench = Bench::new(ACL);
    let ann = bench.connect(Version::V311, "a", "ann");
    bench.publish_run(ann, "else", QoS::AtMostOnce, 500);
    assert_eq!(bench.events().len(), 1);
    bench.pass_secs(1);
    bench.publish_run(ann, "else", QoS::AtMostOnce, 500);
    assert_eq!(bench.events().len(), 1);
}

#[test]
fn where_tell_why_is_off_the_client_learns_no_line_and_the_owner_does() {
    let mut bench = Bench::with(ACL, |settings| settings.access.tell_why = false);
    let ann = bench.connect(Version::V5, "a", "ann");
    assert_eq!(bench.publish(ann, "up/not", QoS::AtLeastOnce), ["PUBACK 0x80"]);
    assert_eq!(
        bench.events(),
        ["publish_refused up/not 0x87 acl.conf:4: topic deny up/not"]
    );
    assert_eq!(
        bench.decided(),
        ["refused: 0x80 Unspecified error, acl.conf:4: topic deny up/not"]
    );
}

#[test]
fn a_client_with_a_will_that_an_acl_denies_comes_in_without_it() {
    for version in VERSIONS {
        for (topic, why) in [
            ("else", "no line of acl.conf allows it"),
            ("up/not", "acl.conf:4: topic deny up/not"),
        ] {
            let mut bench = Bench::new(ACL);
            let coming = Coming {
                will: Some(topic),
                ..Coming::new(version, "a", "ann")
            };
            let (client, said) = bench.come(coming);
            assert_eq!(said, ["CONNACK 0x00"]);
            assert_eq!(
                bench.events(),
                [format!("publish_refused {topic} 0x87 its will: {why}")]
            );
            bench.publish(client, "up/x", QoS::AtMostOnce);
            assert!(bench.engine.close_reason(client.conn).is_none());
            // It is not kept, whatever may be allowed later.
            bench
                .engine
                .set_realms(bench.now, super::bench::realms("user ann\ntopic write #\n"));
            bench.lose(client);
            assert_eq!(bench.events(), [""; 0]);
        }
        // %c is the identifier that the broker chose, where the client chose none.
        if version != Version::V31 {
            let mut bench = Bench::new(ACL);
            let coming = Coming {
                will: Some("own/ann/"),
                ..Coming::new(version, "", "ann")
            };
            assert_eq!(bench.come(coming).1, ["CONNACK 0x00"]);
            assert_eq!(
                bench.events(),
                ["publish_refused own/ann/ 0x87 its will: no line of acl.conf allows it"]
            );
        }
    }
}

#[test]
fn a_client_with_a_will_that_deny_publish_forbids_is_refused() {
    for version in VERSIONS {
        let mut bench = Bench::with("", |settings| {
            settings.access.deny_publish = vec!["secret/#".to_owned()];
        });
        bench
            .engine
            .set_realms(bench.now, super::bench::of_acl(broker_core::access::Acl::open()));
        let coming = Coming {
            will: Some("secret/1"),
            ..Coming::new(version, "a", "ann")
        };
        let (client, said) = bench.come(coming);
        assert_eq!(said, ["CONNACK 0x87"]);
        assert!(bench.engine.close_reason(client.conn).is_some());
        assert_eq!(bench.events(), ["publish_refused secret/1 0x87 its will"]);
    }
}

#[test]
fn clients_are_told_the_name_of_a_file_and_its_owner_where_it_stands() {
    use broker_core::access::{Acl, acl_file};
    let mut builder = Acl::builder();
    for path in ["/etc/broker/acl", "C:\\broker\\more.acl"] {
        let lines = "user ann\ntopic deny /etc/broker/acl\ntopic write up/#\n";
        builder.file(&acl_file::parse(lines, path).expect("it is right"));
    }
    let mut bench = Bench::new("");
    bench
        .engine
        .set_realms(bench.now, super::bench::of_acl(builder.build()));
    let ann = bench.connect(Version::V5, "a", "ann");
    for (topic, told, known) in [
        (
            "/etc/broker/acl",
            "acl:2: topic deny /etc/broker/acl",
            "/etc/broker/acl:2: topic deny /etc/broker/acl",
        ),
        (
            "else",
            "no line of acl or more.acl allows it",
            "no line of /etc/broker/acl or C:\\broker\\more.acl allows it",
        ),
    ] {
        bench.pass_secs(2);
        let said = bench.publish(ann, topic, QoS::AtLeastOnce);
        assert_eq!(
            said,
            [format!(
                "PUBACK 0x87 publishing to {topic:?} is not allowed ({told})"
            )]
        );
        assert_eq!(bench.events(), [format!("publish_refused {topic} 0x87 {known}")]);
        assert_eq!(
            bench.decided(),
            [format!("refused: 0x87 Not authorized, {known}")]
        );
    }
    let said = bench.subscribe(ann, &["else"]);
    let told = "reading \"else\" is not allowed (no line of acl or more.acl allows it)";
    assert_eq!(
        said[0].replace("subscribing to", "reading"),
        format!("SUBACK 0x87 {told}")
    );
}

#[test]
fn a_will_that_was_allowed_once_is_asked_about_again() {
    let mut bench = Bench::new(ACL);
    let coming = Coming {
        will: Some("up/lost"),
        ..Coming::new(Version::V5, "a", "ann")
    };
    let (client, said) = bench.come(coming);
    assert_eq!(said, ["CONNACK 0x00"]);
    bench
        .engine
        .set_realms(bench.now, super::bench::realms("user ann\ntopic deny up/#\n"));
    bench.lose(client);
    assert_eq!(
        bench.events(),
        ["publish_refused up/lost 0x87 its will: acl.conf:2: topic deny up/#"]
    );
}

#[test]
fn the_standard_comes_first() {
    let mut bench = Bench::with("topic deny #", |settings| settings.capabilities.maximum_qos = 0);
    let client = bench.connect(Version::V5, "a", "");
    bench.publish(client, "x", QoS::AtLeastOnce);
    assert!(matches!(
        bench.engine.close_reason(client.conn),
        Some(CloseReason::Violation { .. })
    ));
}

#[test]
fn lanes_take_runs_that_are_allowed_and_none_that_is_not() {
    let mut bench = Bench::new(ACL);
    let reader = bench.connect(Version::V311, "reader", "");
    bench.subscribe(reader, &["#"]);
    let ann = bench.connect(Version::V311, "a", "ann");
    for qos in EACH {
        for (topic, each) in [("up/x", 1), ("else", 0), ("up/x", 1), ("up/not", 0)] {
            bench.publish_run(ann, topic, qos, 5);
            assert_eq!(bench.said(reader).len(), 5 * each, "{qos} {topic}");
        }
    }
}
