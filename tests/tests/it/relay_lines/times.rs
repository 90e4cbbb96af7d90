//! The line's time is the broker's clock.

use broker::fault::Rule;
use broker::pattern::{connack, connect, publish as published};

use super::*;

#[test]
fn what_is_late_comes_at_its_own_instant_and_in_order() {
    let between = Between::frozen();
    let _slow = between.rule(Rule::on(published("a").from("me")).latency(1_000));
    let (mut client, mut upstream) = between.connected();
    between.hears(&mut client, &publish(b'a', "1"));
    assert!(between.is_quiet(&upstream));
    between.advance(400);
    between.hears(&mut client, &publish(b'a', "2"));
    // What no rule delays waits behind what one does.
    between.hears(&mut client, PINGREQ);
    assert!(between.is_quiet(&upstream));
    between.advance(10_000);
    let all = [publish(b'a', "1"), publish(b'a', "2"), PINGREQ.to_vec()].concat();
    gets(&mut upstream, &all);

    let journal = between.broker.journal().all().wait().unwrap();
    let far = journal
        .entries
        .iter()
        .filter(|it| it.is_far_side() && it.topic() == Some("a"));
    let times: Vec<_> = far.map(|it| it.at.as_nanos() / 1_000_000).collect();
    let began = times[0] - 1_000;
    assert_eq!(times, [began + 1_000, began + 1_400]);
}

#[test]
fn a_running_clock_lets_it_go_by_itself() {
    let between = Between::start();
    let _slow = between.rule(Rule::on(published("a").from("me")).latency(50));
    let (mut client, mut upstream) = between.connected();
    say(&mut client, &publish(b'a', "1"));
    gets(&mut upstream, &publish(b'a', "1"));
    // A clock that is frozen meanwhile keeps it, and lets it go when it runs again.
    between.broker.clock().freeze().wait().unwrap();
    between.hears(&mut client, &publish(b'a', "2"));
    assert!(between.is_quiet(&upstream));
    between.broker.clock().resume().wait().unwrap();
    gets(&mut upstream, &publish(b'a', "2"));
}

/// As long as an upstream on this machine may take to answer where much else is going on.
const CONNACK_TIMEOUT_MILLIS: u32 = 1_000;

/// The client hears nothing for longer than the deadline for the answer to CONNECT, which is in real time.
fn hears_nothing(mut client: &TcpStream) {
    let longer = Duration::from_millis(u64::from(CONNACK_TIMEOUT_MILLIS) + 100);
    client.set_read_timeout(Some(longer)).unwrap();
    assert!(client.read(&mut [0]).is_err());
    patient(client);
}

#[test]
fn an_upstream_is_not_given_up_for_an_answer_that_a_rule_keeps() {
    let upstream = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("mqtt://{}", upstream.local_addr().unwrap());
    let broker = Embedded::start_with(|settings| {
        settings.upstream.url = url;
        settings.upstream.connack_timeout_millis = CONNACK_TIMEOUT_MILLIS;
    });
    broker.clock().freeze().wait().unwrap();
    let between = Between { broker, upstream };
    let _late = [
        between.rule(Rule::on(connect().from("me")).latency(1_000)),
        between.rule(Rule::on(connack().to("me")).latency(1_000)),
    ];
    let mut client = between.client();
    // There is no connection to the upstream before there is something to say.
    between
        .broker
        .block_on(async { between.broker.expect(connect().from("me")).await });
    hears_nothing(&client);
    assert!(between.is_alone());
    between.advance(1_000);
    let mut upstream = between.accept();
    gets(&mut upstream, CONNECT);
    say(&mut upstream, CONNACK);
    between.broker.block_on(async {
        let engine = connack().to("me").field("side", "engine");
        between.broker.expect(engine).await;
    });
    hears_nothing(&client);
    between.advance(1_000);
    gets(&mut client, CONNACK);
}

#[test]
fn what_is_kept_is_named_where_something_is_waited_for() {
    let mut between = Between::frozen();
    let _late = between.rule(Rule::on(published("a").from("me")).latency(1_000).named("slow"));
    let (mut client, _upstream) = between.connected();
    say(&mut client, &publish(b'a', "1"));
    between.broker.block_on(async {
        between
            .broker
            .expect(broker::pattern::event("fault").field("rule", "slow"))
            .await;
    });
    between.broker.set_deadline(Duration::from_millis(1));
    let error = between
        .broker
        .wait_subscribed("me", "never")
        .wait()
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("the rule \"slow\" keeps back 6 bytes of \"me\" until "),
        "{error}"
    );
}
