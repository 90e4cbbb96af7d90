//! Who may subscribe, and who gets a message: live, shared, retained.

use broker_core::access::{Acl, Action, Actions, Compare, Holder, Rule};
use broker_core::wire::{QoS, Version};

use super::bench::{Bench, of_acl};

const ACL: &str = "\
user ann
topic read news/#
topic deny news/secret
user bob
topic write #
topic read news/secret
pattern read own/%c/#
";

const EACH: [QoS; 3] = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];

#[test]
fn a_subscription_is_refused_where_nothing_can_be_read() {
    let told = "subscribing to \"other/#\" is not allowed (no line of acl.conf allows it)";
    for (version, refused) in [
        (Version::V31, "SUBACK 0x02 0x02 0x02".to_owned()),
        (Version::V311, "SUBACK 0x02 0x80 0x02".to_owned()),
        (Version::V5, format!("SUBACK 0x02 0x87 0x02 {told}")),
    ] {
        let mut bench = Bench::new(ACL);
        let ann = bench.connect(version, "a", "ann");
        assert_eq!(
            bench.subscribe(ann, &["#", "other/#", "$share/g/own/+/x"]),
            [refused]
        );
        assert_eq!(
            bench.events(),
            ["subscription_refused other/# 0x87 no line of acl.conf allows it"]
        );
        let _ = bench.subscribe(ann, &["news/secret"]);
        assert_eq!(
            bench.events(),
            ["subscription_refused news/secret 0x87 acl.conf:3: topic deny news/secret"]
        );
        let state = bench.engine.state(bench.now);
        assert_eq!(
            state.session("a").map(|session| session.subscriptions.len()),
            Some(2)
        );
    }
}

#[test]
fn a_client_gets_of_its_subscriptions_only_what_it_may_read() {
    for qos in EACH {
        for run in [1, 4] {
            let mut bench = Bench::new(ACL);
            let ann = bench.connect(Version::V311, "a", "ann");
            bench.subscribe(ann, &["#", "news/+"]);
            let bob = bench.connect(Version::V311, "b", "bob");
            bench.subscribe(bob, &["#"]);
            let got = |bench: &mut Bench, topic| {
                bench.publish_run(bob, topic, qos, run);
                let mine = bench.said(ann).len();
                (mine, bench.decided())
            };
            assert_eq!(got(&mut bench, "news/1").0, run, "{qos}");
            let (mine, decided) = got(&mut bench, "news/secret");
            assert_eq!(mine, 0, "{qos}");
            assert!(
                decided.contains(&"hidden from a: may not read".to_owned()),
                "{decided:?}"
            );
            assert_eq!(got(&mut bench, "own/a/x").0, run, "{qos}");
            let (mine, decided) = got(&mut bench, "own/b/x");
            assert_eq!(mine, 0, "{qos}");
            assert!(
                decided.contains(&"hidden from a: may not read".to_owned()),
                "{decided:?}"
            );
        }
    }
}

#[test]
fn a_member_of_a_shared_subscription_that_may_not_read_is_passed_over() {
    let mut bench = Bench::new("topic write #\nuser ann\ntopic read news/#\nuser bob\ntopic read news/1\n");
    let ann = bench.connect(Version::V5, "a", "ann");
    let bob = bench.connect(Version::V5, "b", "bob");
    for member in [ann, bob] {
        assert_eq!(bench.subscribe(member, &["$share/g/news/#"]), ["SUBACK 0x02"]);
    }
    let writer = bench.connect(Version::V5, "w", "");
    for _ in 0..4 {
        bench.publish(writer, "news/2", QoS::AtMostOnce);
    }
    assert_eq!((bench.said(ann).len(), bench.said(bob).len()), (4, 0));
    for _ in 0..4 {
        bench.publish(writer, "news/1", QoS::AtMostOnce);
    }
    assert_eq!((bench.said(ann).len(), bench.said(bob).len()), (2, 2));
    // Where no member may read, it is as if there were none.
    assert_eq!(bench.publish(writer, "other", QoS::AtLeastOnce), ["PUBACK 0x10"]);
}

#[test]
fn a_new_subscription_gets_the_retained_messages_that_its_client_may_read() {
    let mut bench = Bench::new(ACL);
    let bob = bench.connect(Version::V311, "b", "bob");
    for topic in ["news/1", "news/secret", "own/a/1", "own/b/1", "other"] {
        bench.retain(bob, topic);
    }
    let ann = bench.connect(Version::V311, "a", "ann");
    let mut said = bench.subscribe(ann, &["#"]);
    said.sort();
    assert_eq!(said, ["PUBLISH news/1", "PUBLISH own/a/1", "SUBACK 0x02"]);
}

#[test]
fn many_retained_messages_that_are_hidden_let_others_have_their_turn() {
    let mut bench = Bench::new("topic readwrite up/#\nuser ann\ntopic read up/4999\n");
    let writer = bench.connect(Version::V311, "w", "");
    for number in 0..5000 {
        bench.retain(writer, &format!("up/{number}"));
    }
    let ann = bench.connect(Version::V311, "a", "ann");
    assert_eq!(bench.subscribe(ann, &["up/#"])[0], "SUBACK 0x02");
    let mut ticks = 0;
    let mut said = bench.said(ann);
    while said.is_empty() {
        ticks += 1;
        assert!(ticks < 100, "it comes in the end");
        bench.pass_secs(0);
        said = bench.said(ann);
    }
    assert_eq!(said, ["PUBLISH up/4999"]);
    assert!(ticks > 1);
}

#[test]
fn unsubscribing_is_refused_where_a_rule_of_its_own_says_so() {
    let mut builder = Acl::builder();
    let list = builder.list();
    let rule = |actions: &[Action], filter: &str, allow| Rule {
        allow,
        actions: Actions::of(actions),
        filter: filter.into(),
        compare: Compare::Matches,
        names: false,
        rank: 0,
        line: "role \"all\"".into(),
    };
    for rule in [
        rule(&[Action::Subscribe, Action::Receive, Action::Publish], "#", true),
        rule(&[Action::Unsubscribe], "stay/#", false),
    ] {
        builder.rule(list, rule).expect("valid");
    }
    builder.give(Holder::Everybody, list);
    builder.otherwise(Action::Unsubscribe, true, "the default");
    let acl = builder.build();
    for (version, told) in [
        (
            Version::V5,
            "UNSUBACK 0x87 unsubscribing from \"stay/x\" is not allowed (role \"all\")",
        ),
        (Version::V311, "UNSUBACK "),
    ] {
        let mut bench = Bench::new("");
        bench.engine.set_realms(bench.now, of_acl(acl.clone()));
        let client = bench.connect(version, "a", "");
        bench.subscribe(client, &["$share/g/stay/x", "stay/x", "go"]);
        assert_eq!(bench.unsubscribe(client, "stay/x"), [told]);
        assert!(!bench.unsubscribe(client, "$share/g/stay/x")[0].contains("0x00"));
        assert!(!bench.unsubscribe(client, "go")[0].contains("0x87"));
        let state = bench.engine.state(bench.now);
        assert_eq!(
            state.session("a").map(|session| session.subscriptions.len()),
            Some(2)
        );
    }
}
