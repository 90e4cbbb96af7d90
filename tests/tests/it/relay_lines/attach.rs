//! A line begins and ends on a connection that is under way.

use broker::expect;
use broker::fault::Rule;
use broker::pattern::{packet, publish as published};

use super::*;

#[test]
fn a_rule_begins_at_the_boundary_of_a_packet() {
    let between = Between::start();
    let (mut client, mut upstream) = between.connected();
    // The first half of it has gone before there is a rule.
    let whole = publish(b'a', "first");
    say(&mut client, &whole[..4]);
    gets(&mut upstream, &whole[..4]);
    let half = publish(b'b', "down");
    say(&mut upstream, &half[..3]);
    gets(&mut client, &half[..3]);

    let _lost = between.rule(Rule::on(published("#").from("me")).drop_it());
    say(&mut client, &whole[4..]);
    gets(&mut upstream, &whole[4..]);
    say(&mut client, &publish(b'a', "lost"));
    say(&mut client, PINGREQ);
    gets(&mut upstream, PINGREQ);
    say(&mut upstream, &half[3..]);
    gets(&mut client, &half[3..]);

    // The journal has each of them once, and what the upstream did not get only as the client's side.
    let sent = |text: &str| published("a").from("me").text(text);
    between.broker.block_on(async {
        between.broker.expect(sent("first").then(sent("lost"))).await;
    });
    let journal = between.broker.journal().all().wait().unwrap();
    let publishes = journal.entries.iter().filter(|it| it.topic() == Some("a"));
    assert_eq!(publishes.count(), 2);
}

#[test]
fn half_a_fixed_header_is_waited_for() {
    let between = Between::start();
    let (mut client, mut upstream) = between.connected();
    say(&mut client, &[0x30]);
    gets(&mut upstream, &[0x30]);
    let _lost = between.rule(Rule::on(published("#").from("me")).drop_it());
    // Where this packet ends is known only now.
    say(&mut client, &publish(b'a', "whole")[1..]);
    gets(&mut upstream, &publish(b'a', "whole")[1..]);
    say(&mut client, &publish(b'a', "lost"));
    say(&mut client, PINGREQ);
    gets(&mut upstream, PINGREQ);
}

#[test]
fn an_alias_of_before_is_known_to_rules() {
    let between = Between::start();
    let mut client = TcpStream::connect(between.broker.addr()).unwrap();
    patient(&client);
    let connect = b"\x10\x0f\0\x04MQTT\x05\x02\0\0\0\0\x02me";
    say(&mut client, connect);
    let mut upstream = between.accept();
    gets(&mut upstream, connect);
    let connack = [0x20, 6, 0, 0, 3, 0x22, 0, 9];
    say(&mut upstream, &connack);
    gets(&mut client, &connack);
    // PUBLISH to "a", with alias 1 from here on.
    let named = b"\x30\x08\0\x01a\x03\x23\0\x01x";
    let aliased = |payload: u8| [0x30, 7, 0, 0, 3, 0x23, 0, 1, payload];
    say(&mut client, named);
    gets(&mut upstream, named);

    let lost = between.rule(Rule::on(published("a").from("me")).drop_it());
    say(&mut client, &aliased(b'y'));
    say(&mut client, PINGREQ);
    gets(&mut upstream, PINGREQ);
    drop(lost);
    between.broker.stats();
    say(&mut client, &aliased(b'z'));
    gets(&mut upstream, &aliased(b'z'));
}

#[test]
fn a_topic_is_restored_where_the_packet_that_named_it_was_lost() {
    let between = Between::start();
    let mut client = TcpStream::connect(between.broker.addr()).unwrap();
    patient(&client);
    let connect = b"\x10\x0f\0\x04MQTT\x05\x02\0\0\0\0\x02me";
    say(&mut client, connect);
    let mut upstream = between.accept();
    gets(&mut upstream, connect);
    let _lost = between.rule(Rule::on(published("a").from("me")).nth(1).drop_it());
    say(&mut client, b"\x30\x08\0\x01a\x03\x23\0\x01x");
    say(&mut client, &[0x30, 7, 0, 0, 3, 0x23, 0, 1, b'y']);
    gets(&mut upstream, b"\x30\x08\0\x01a\x03\x23\0\x01y");
}

#[test]
fn half_a_packet_goes_on_when_the_line_goes() {
    let between = Between::start();
    let rule = between.rule(Rule::on(packet().from("nobody")).drop_it());
    let also = between.rule(Rule::on(published("z").from("me")).drop_it());
    let (mut client, mut upstream) = between.connected();
    let whole = publish(b'a', "whole");
    between.hears(&mut client, &whole[..5]);
    // A line keeps the beginning of a packet until the rest has come.
    assert!(between.is_quiet(&upstream));
    drop((rule, also));
    gets(&mut upstream, &whole[..5]);
    say(&mut client, &whole[5..]);
    gets(&mut upstream, &whole[5..]);
    between.broker.block_on(async {
        let whole = published("a").from("me").text("whole");
        between.broker.expect(expect::connect().then(whole)).await;
    });
}

#[test]
fn a_client_that_no_rule_can_concern_has_no_line() {
    let between = Between::start();
    let _rule = between.rule(Rule::on(packet().from("nobody")).drop_it());
    let (mut client, mut upstream) = between.connected();
    // A line would wait for the rest of the packet.
    say(&mut client, &publish(b'a', "whole")[..5]);
    gets(&mut upstream, &publish(b'a', "whole")[..5]);
}

#[test]
fn what_no_packet_is_passes_a_line() {
    let between = Between::start();
    let _rule = between.rule(Rule::on(published("z").from("me")).drop_it());
    let (mut client, mut upstream) = between.connected();
    let noise: Vec<u8> = [0x30, 0x80, 0x80, 0x80, 0x80, 1]
        .into_iter()
        .chain(0..=255)
        .collect();
    say(&mut client, &noise);
    gets(&mut upstream, &noise);
    stop_writing(&client);
    ends(&mut upstream);
}
