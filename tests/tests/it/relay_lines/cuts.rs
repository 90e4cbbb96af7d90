//! How a rule ends both connections.

use broker::Event;
use broker::fault::Rule;
use broker::journal::CloseReason;
use broker::pattern::{connect, publish as published};

use super::*;

fn cause_of(between: &Between) -> CloseReason {
    let gone = between
        .broker
        .until("it is gone", |event| matches!(event, Event::Disconnected { .. }));
    let Event::Disconnected { cause, .. } = gone else {
        unreachable!()
    };
    cause
}

#[test]
fn a_rule_closes_both_connections_behind_what_goes_before() {
    let between = Between::start();
    let _cut = between.rule(Rule::for_bytes().of("me").upstream().limit_data(20));
    let (mut client, mut upstream) = between.connected();
    say(&mut client, &publish(b'a', "all of this"));
    // 16 bytes of CONNECT, and 4 more.
    gets(&mut upstream, &publish(b'a', "all of this")[..4]);
    ends(&mut upstream);
    ends(&mut client);
    let cause = CloseReason::ConnectionLost("a rule closed the connection".to_owned());
    assert_eq!(cause_of(&between), cause);
}

#[test]
fn a_rule_resets_both_connections() {
    let between = Between::start();
    let _cut = between.rule(Rule::for_bytes().of("me").upstream().reset_after(20));
    let (mut client, mut upstream) = between.connected();
    say(&mut client, &publish(b'a', "all of this"));
    is_reset(&mut client);
    // What was sent before may have come, and then comes the reset.
    let mut rest = Vec::new();
    assert!(upstream.read_to_end(&mut rest).is_err());
    assert!(rest.len() <= 4, "{rest:?}");
    let cause = CloseReason::ConnectionLost("a rule reset the connection".to_owned());
    assert_eq!(cause_of(&between), cause);
}

#[test]
fn a_half_open_connection_is_lost_for_the_upstream_and_silent_for_the_client() {
    let between = Between::frozen();
    let (mut client, mut upstream) = between.connected();
    let _half_open = between.rule(Rule::for_bytes().of("me").half_open(1_000));
    between.advance(1_000);
    ends(&mut upstream);
    let cause = CloseReason::ConnectionLost("a rule left the connection half open".to_owned());
    assert_eq!(cause_of(&between), cause);
    say(&mut client, PINGREQ);
    assert!(between.is_quiet(&client));
    // Nobody waits for it.
    between.advance(1_000);
    between.broker.shutdown();
    let _ = client.read(&mut [0]);
}

#[test]
fn a_client_that_is_refused_never_meets_the_upstream() {
    let between = Between::start();
    let _refused =
        between.rule(Rule::on(connect().from("me")).refuse(broker::ReasonCode::SERVER_UNAVAILABLE));
    let mut client = between.client();
    gets(&mut client, &[0x20, 2, 0, 3]);
    assert!(between.is_alone());
}

#[test]
fn what_a_rule_answers_comes_back_and_what_it_drops_does_not_go_on() {
    let between = Between::start();
    let _early = between.rule(Rule::on(published("a").from("me")).drop_it());
    let (mut client, mut upstream) = between.connected();
    say(&mut client, &publish(b'a', "lost"));
    say(&mut client, &publish(b'b', "goes on"));
    gets(&mut upstream, &publish(b'b', "goes on"));
}
