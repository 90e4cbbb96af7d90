//! Stubs beside rules, and what reports say of both.

use std::time::Duration;

use broker::Broker;
use broker::expect;
use broker::fault::Rule;
use broker::pattern::publish;
use broker::stub::Stub;
use packets::Client;
use serde_json::json;

#[test]
fn a_rule_that_acts_on_a_message_of_a_stub_is_not_answered_by_it() {
    let broker = Broker::start().wait().unwrap();
    let mut lamp = Client::connect(broker.addr(), "lamp");
    lamp.subscribe("#", 1);
    let alarm = json!({
        "name": "alarm",
        "when": {"event": "fault"},
        "publish": {"topic": "alarm", "payload": "{{ entry.rule }}", "qos": 1},
    });
    let alarm = Stub::from_json(&alarm).unwrap();
    let _alarm = broker.stubs().add(alarm).wait().unwrap();
    // What comes of a message of a stub comes later than that message: a delivery that is kept for a while, and its answer.
    for (rule, when) in [
        ("late", publish("alarm").to("lamp")),
        ("answered", expect::puback().from("lamp")),
    ] {
        let rule = Rule::on(when).latency(1).named(rule);
        broker.faults().add(rule).wait().unwrap().keep();
    }
    let ping = Rule::on(expect::pingreq()).duplicate().named("ping");
    let _ping = broker.faults().add(ping).wait().unwrap();

    lamp.send(&[0xC0, 0]);
    let mut came = Vec::new();
    while !came.iter().any(|first| first & 0xF0 == 0x30) {
        came.push(lamp.packet()[0]);
    }
    lamp.send(&[0x40, 2, 0, 1]);
    broker.expect(expect::rule("answered").fired(1)).wait();
    broker.settle().wait().unwrap();
    broker.expect(expect::rule("late").fired(1)).wait();
    broker.expect(expect::stub("alarm").answered(1)).wait();
}

#[test]
fn a_report_says_that_there_is_no_stub_of_this_name() {
    let broker = Broker::start().wait().unwrap();
    let lamp = Stub::on(publish("cmd")).named("lamp").publish("state", "on");
    let _lamp = broker.stubs().add(lamp).wait().unwrap();
    let wanted = broker.expect(expect::stub("lmap").answered(1));
    let error = wanted
        .within(Duration::from_millis(1))
        .check()
        .wait()
        .unwrap_err();
    let notes = &error.failure().unwrap().notes;
    assert_eq!(
        notes,
        &[r#"no stub "lmap" was ever in force (did you mean "lamp"?)"#]
    );
}
