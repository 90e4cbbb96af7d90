//! Ends queue behind what is kept, and what discards it.

use broker::fault::Rule;
use broker::pattern::publish as published;

use super::*;

fn late_up() -> Rule {
    Rule::on(published("a").from("me")).latency(60_000)
}

fn late_down() -> Rule {
    Rule::on(published("a").to("me")).latency(60_000)
}

#[test]
fn the_clients_end_waits_behind_what_is_kept_and_its_reset_discards_it() {
    for resets in [false, true] {
        let between = Between::frozen();
        let _late = between.rule(late_up());
        let (mut client, mut upstream) = between.connected();
        say(&mut client, &publish(b'a', "late"));
        say(&mut client, &[0xE0, 0]);
        between.broker.block_on(async {
            between
                .broker
                .expect(broker::expect::disconnect().from("me"))
                .await;
        });
        if resets {
            reset(client);
        } else {
            stop_writing(&client);
            assert!(between.is_quiet(&upstream));
            between.advance(59_999);
            assert!(between.is_quiet(&upstream));
            between.advance(1);
            gets(&mut upstream, &publish(b'a', "late"));
            gets(&mut upstream, &[0xE0, 0]);
        }
        ends(&mut upstream);
    }
}

#[test]
fn the_upstreams_end_waits_for_what_is_kept() {
    let between = Between::frozen();
    let _late = between.rule(late_down());
    let (mut client, mut upstream) = between.connected();
    between.is_sent(&mut upstream, "late");
    drop(upstream);
    assert!(between.is_quiet(&client));
    between.advance(60_000);
    gets(&mut client, &publish(b'a', "late"));
    ends(&mut client);
}

#[test]
fn an_end_waits_until_what_is_held_is_released() {
    let between = Between::start();
    let held = between.rule(Rule::on(published("a").to("me")).hold().named("held"));
    let (mut client, mut upstream) = between.connected();
    between.is_sent(&mut upstream, "held");
    say(&mut upstream, PINGRESP);
    // Others overtake it.
    gets(&mut client, PINGRESP);
    drop(upstream);
    assert!(between.is_quiet(&client));
    between.broker.faults().release("held").wait().unwrap();
    gets(&mut client, &publish(b'a', "held"));
    ends(&mut client);
    drop(held);
}

#[test]
fn a_takeover_discards_what_the_older_connection_keeps() {
    for upstream_is_quick in [true, false] {
        let between = Between::frozen();
        let _late = between.rule(late_down());
        let (mut old, mut upstream) = between.connected();
        between.is_sent(&mut upstream, "late");
        assert!(between.is_quiet(&old));
        if upstream_is_quick {
            drop(upstream);
            let _new = between.connected();
            ends(&mut old);
        } else {
            let _new = between.connected();
            drop(upstream);
            ends(&mut old);
        }
    }
}

#[test]
fn a_broker_that_stops_does_not_wait_for_what_is_kept() {
    let between = Between::frozen();
    let _late = between.rule(late_up());
    let (mut client, mut upstream) = between.connected();
    between.hears(&mut client, &publish(b'a', "late"));
    assert!(between.is_quiet(&upstream));
    between.broker.shutdown();
    ends(&mut upstream);
    let _ = client.read(&mut [0]);
}

#[test]
fn a_half_closed_client_still_gets_what_is_late() {
    let between = Between::frozen();
    let _late = between.rule(late_down());
    let (mut client, mut upstream) = between.connected();
    stop_writing(&client);
    ends(&mut upstream);
    between.is_sent(&mut upstream, "late");
    assert!(between.is_quiet(&client));
    between.advance(60_000);
    gets(&mut client, &publish(b'a', "late"));
    drop(upstream);
    ends(&mut client);
}

#[test]
fn a_side_that_a_rule_does_not_read_stops_its_sender() {
    let between = Between::start();
    let stalled = between.rule(Rule::for_bytes().of("me").upstream().stall());
    let mut client = between.client();
    client.set_nonblocking(true).unwrap();
    let message = publish(b'a', &"x".repeat(100));
    // As much as the sockets between them take, and no more.
    let mut sent = 0;
    let bound = 64 * 1024 * 1024;
    while let Ok(n) = client.write(&message) {
        sent += n;
        assert!(sent < bound, "the broker takes all of it");
    }
    assert!(between.is_alone());
    client.set_nonblocking(false).unwrap();
    drop(stalled);
    let mut upstream = between.accept();
    gets(&mut upstream, CONNECT);
    let mut came = vec![0; sent];
    upstream.read_exact(&mut came).expect("all that was sent comes");
    assert!(came.starts_with(&message));
}
