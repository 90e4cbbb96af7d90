//! The clock is moved far: time in which nothing is due costs nothing, and other clients keep their turn.

use std::time::Duration;

use broker::wire::{Connect, Version};
use broker::{Broker, QoS};
use tests::harness::raw::text;
use tests::harness::{Client, hello, message};

const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// A client that is never late.
fn patient(client_id: &str) -> Connect<'_> {
    Connect {
        keep_alive_secs: 0,
        ..hello(Version::V5, client_id)
    }
}

/// Retained messages that expire one second after the other: so many instants at which something is due.
fn fill(client: &mut Client, topics: u32) {
    for n in 1..topics {
        let topic = format!("t/{n}");
        let mut publish = message(&topic, "x", QoS::AtMostOnce);
        publish.retain = true;
        publish.properties.message_expiry_secs = Some(n);
        client.publish(&publish);
    }
    client.ping();
}

#[tokio::test]
async fn a_hundred_years_pass_whether_or_not_somebody_reads_sys() {
    let broker = Broker::start().await.expect("it starts");
    broker.clock().freeze().await.expect("it runs");
    broker.clock().advance(100 * YEAR).await.expect("nothing was due");

    let mut reader = Client::connect(broker.addr(), &patient("reader"));
    reader.subscribe("$SYS/broker/uptime", QoS::AtMostOnce);
    reader.publish_packet();
    broker
        .clock()
        .advance(100 * YEAR)
        .await
        .expect("hardly anything was due");
    let now = broker.clock().now().await.expect("it runs");
    assert_eq!(now.since_start().as_secs(), (200 * YEAR).as_secs());
    let last = format!("{} seconds", (200 * YEAR).as_secs());
    let mut rounds = Vec::new();
    while rounds.last() != Some(&last) {
        rounds.push(text(&reader.publish_packet()).to_owned());
    }
    assert!(rounds.len() <= 2, "the first round and the last: {rounds:?}");

    // To the end of time, which is no place to hang at.
    let beyond = broker
        .clock()
        .advance(Duration::MAX)
        .await
        .expect_err("no time is so late");
    assert!(beyond.is_invalid(), "{beyond}");
    broker
        .clock()
        .run_until(broker::time::Time::LAST)
        .await
        .expect("it ends");
    Client::connect(broker.addr(), &patient("late"));
}

#[tokio::test]
async fn others_keep_their_turn_and_a_move_that_nobody_waits_for_ends_where_it_is() {
    let mut broker = Broker::builder()
        .configure(|settings| settings.sys.interval_secs = 1)
        .start()
        .await
        .expect("it starts");
    broker.clock().freeze().await.expect("it runs");
    let mut client = Client::connect(broker.addr(), &patient("c"));
    let mut reader = Client::connect(broker.addr(), &patient("reader"));
    reader.subscribe("$SYS/#", QoS::AtMostOnce);
    fill(&mut client, 20_000);

    let pinged = tokio::task::spawn_blocking(move || client.ping());
    let clock = broker.clock();
    tokio::select! {
        moved = clock.advance(YEAR) => panic!("it lets nobody in between: {moved:?}"),
        pinged = pinged => pinged.expect("it is answered while the clock moves"),
    }
    let now = broker.clock().now().await.expect("it runs");
    assert!(now.since_start() < YEAR, "{now}");

    broker.set_deadline(Duration::from_millis(1));
    let error = broker.clock().advance(YEAR).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    let expected = "timed out after 1ms, waiting for the clock to move by 31536000s; it shows ";
    assert!(error.to_string().starts_with(expected), "{error}");
    let now = broker.clock().now().await.expect("it runs");
    assert!(now.since_start() < 2 * YEAR, "{now}");
    assert_eq!(
        broker.clock().now().await.unwrap(),
        now,
        "it stands where it got to"
    );
}
