//! What a failing expectation says: what came, what came too early, and the part of the journal that matters.

use std::time::Duration;

use broker::expect::{connect, pingreq, publish};
use broker::wire::Version;
use broker::{Broker, Expecting, QoS};
use tests::harness::{Client, message};

/// More than the broker reads at once.
const COUNT: usize = 20_000;

async fn failure(expecting: Expecting<'_>) -> broker::expect::Failure {
    let checked = expecting.within(Duration::from_millis(1)).check().await;
    let error = checked.expect_err("it fails");
    error.failure().expect("it was not met").clone()
}

#[tokio::test]
async fn what_came_is_named_whether_too_often_or_not_often_enough() {
    let broker = Broker::start().await.expect("it starts");
    let mut client = Client::new(broker.addr(), Version::V5, "dev-1");
    for payload in ["1", "2"] {
        client.publish(&message("a", payload, QoS::AtLeastOnce));
    }
    let too_often = failure(broker.expect(publish("a")).times(1)).await.to_string();
    let named = "\n  it came 2 times, wanted: once\n    \
                 #4 from \"dev-1\": PUBLISH QoS 1 #1 a \"1\"\n    \
                 #6 from \"dev-1\": PUBLISH QoS 1 #2 a \"2\"\n  the journal";
    assert!(too_often.contains(named), "{too_often}");
    let too_few = failure(broker.expect(publish("a")).times(3..)).await.to_string();
    assert!(
        too_few.contains("it came 2 times within 1ms, wanted: at least 3 times\n    #4 from"),
        "{too_few}"
    );
}

#[tokio::test]
async fn what_came_too_early_is_named_but_not_what_came_in_its_turn() {
    let broker = Broker::start().await.expect("it starts");
    let mut client = Client::new(broker.addr(), Version::V5, "dev-1");
    client.publish(&message("a", "1", QoS::AtLeastOnce));
    let report = failure(broker.expect(publish("a").then(connect())))
        .await
        .to_string();
    assert!(
        report
            .contains("note: #1 came too early, before what was to come first: from \"dev-1\": CONNECT 5.0"),
        "{report}"
    );
    let again = failure(broker.expect(publish("a").then(publish("a"))))
        .await
        .to_string();
    assert!(!again.contains("too early"), "{again}");
}

#[tokio::test]
async fn a_near_miss_long_ago_is_shown_with_what_was_around_it() {
    let broker = Broker::start().await.expect("it starts");
    let mut client = Client::new(broker.addr(), Version::V5, "dev-1");
    client.publish(&message("a", "wrong", QoS::AtLeastOnce));
    for _ in 0..100 {
        client.ping();
    }
    let failure = failure(broker.expect(publish("a").text("right"))).await;
    let report = failure.to_string();
    let (around, end) = report
        .split_once("\n  the journal since the mark:\n")
        .expect("both parts");
    let (_, around) = around
        .split_once("\n  the journal around #4:\n")
        .expect("both parts");
    assert!(
        around.contains("CONNECT 5.0") && around.contains("PUBLISH QoS 1 #1 a \"wrong\""),
        "{report}"
    );
    assert!(
        end.contains("entries before these are left out") && !end.contains("PUBLISH"),
        "{report}"
    );
    assert!(
        report.lines().count() < 50,
        "it is of a length to be read: {report}"
    );

    let json = serde_json::to_value(&failure).expect("it can be written");
    assert_eq!(json["nearest"][0]["entry"]["topic_name"], "a");
    assert_eq!(json["nearest"][0]["differences"][0]["found"], "\"wrong\"");
    assert_eq!(json["waited_secs"], 0.001);
    assert_eq!(json["entries"], serde_json::Value::Null);
}

#[tokio::test]
async fn many_packets_that_were_handled_as_one_are_told_apart() {
    let broker = Broker::start().await.expect("it starts");
    let mut client = Client::new(broker.addr(), Version::V311, "dev-1");
    // In one write: the broker handles, and records, most of them as one run.
    client.send_bytes(&b"\x30\x04\0\x01ax".repeat(COUNT));
    client.ping();
    let found = broker.expect(publish("a").qos(0).text("x")).times(COUNT).await;
    assert!(found.payloads().iter().all(|payload| *payload == b"x"));
    broker.expect(publish("a").then(pingreq().times(1))).await;
    let off_by_one = failure(broker.expect(publish("a")).times(COUNT + 1)).await;
    assert_eq!(off_by_one.found, COUNT);
}
