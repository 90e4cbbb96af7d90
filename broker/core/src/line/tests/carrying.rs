//! Deeds, one by one.

use std::time::Duration;

use super::{Bench, deed, packets};
use crate::fault::{Cut, Deed, Onward, Swallow, Wait};
use crate::journal::Direction::{In, Out};
use crate::line::Line;
use crate::wire::PacketType;

const SECOND: Duration = Duration::from_secs(1);

/// A bench whose rule acts on the packets with this name.
fn acts_on(names: &'static str, deed: Deed) -> Bench {
    Bench::new(move |_, packet, _| {
        let name = char::from(*packet.last()?);
        names.contains(name).then(|| deed.clone())
    })
}

#[test]
fn a_packet_that_is_dropped_is_told_of_and_released() {
    let mut bench = acts_on("b", deed(Onward::Nothing, Wait::No));
    bench.receive(In, &packets("abcd"));
    assert_eq!(bench.came_out(In), packets("acd"));
    assert_eq!(
        bench.notes(),
        [
            "In passed 1: a",
            "In came b",
            "rule: act (lost)",
            "In passed 2: cd"
        ]
    );
    assert_eq!(bench.released, bench.given);
    assert_eq!(
        bench.runs,
        [(In, 6), (In, 12)],
        "runs as the journal was told of them"
    );
}

#[test]
fn a_packet_in_place_of_another_is_another_and_releases_it() {
    let mut bench = acts_on("b", deed(Onward::Bytes(packets("xy")), Wait::No));
    bench.receive(Out, &packets("abc"));
    assert_eq!(bench.came_out(Out), packets("axyc"));
    let told = [
        "Out passed 1: a",
        "Out came b",
        "rule: act",
        "Out went x",
        "Out went y",
        "Out passed 1: c",
    ];
    assert_eq!(bench.notes(), told);
    assert_eq!(bench.released, bench.given);
}

#[test]
fn what_comes_behind_a_late_packet_waits_with_it() {
    let mut bench = acts_on("b", deed(Onward::Same, Wait::For(SECOND)));
    bench.receive(In, &packets("abc"));
    assert_eq!(bench.came_out(In), packets("a"));
    assert_eq!(bench.released[0], 6);
    let kept = bench.line.keeps().expect("it keeps two");
    assert_eq!(
        (&*kept.rule, kept.bytes, kept.until),
        ("rule", 12, Some(bench.now + SECOND))
    );
    bench.receive(Out, &packets("z"));
    assert_eq!(bench.came_out(Out), packets("z"), "the other way is free");
    bench.notes();
    bench.pass_millis(999);
    assert_eq!(bench.came_out(In), b"");
    bench.pass_millis(1);
    assert_eq!(bench.came_out(In), packets("bc"));
    assert_eq!(bench.notes(), ["In went b", "In went c"]);
    assert_eq!(bench.released, bench.given);
    assert_eq!((bench.line.keeps(), bench.line.held_bytes()), (None, 0));
}

#[test]
fn a_packet_that_is_held_is_overtaken_until_it_is_released() {
    let mut bench = acts_on("b", deed(Onward::Same, Wait::Held(None)));
    bench.receive(In, &packets("abc"));
    assert_eq!(bench.came_out(In), packets("ac"));
    assert_eq!(
        (bench.line.next_timeout(), bench.line.keeps().expect("one").until),
        (None, None)
    );
    bench.call(|line, world| line.release(world, Some("another")));
    assert_eq!(bench.came_out(In), b"");
    bench.call(|line, world| line.release(world, Some("rule")));
    assert_eq!(bench.came_out(In), packets("b"));
    assert_eq!(bench.released, bench.given);
}

#[test]
fn a_hold_with_a_limit_ends_by_itself_and_one_whose_rule_goes_too() {
    let mut bench = acts_on("b", deed(Onward::Same, Wait::Held(Some(SECOND))));
    bench.receive(In, &packets("abc"));
    bench.pass(SECOND);
    assert_eq!(bench.came_out(In), packets("acb"));

    let mut bench = acts_on("b", deed(Onward::Same, Wait::Held(None)));
    bench.receive(In, &packets("bc"));
    (bench.rules.generation, bench.rules.in_force) = (2, false);
    bench.call(Line::tick);
    assert_eq!(bench.came_out(In), packets("cb"));
}

#[test]
fn so_many_packets_overtake_one_and_no_more() {
    let behind = deed(Onward::Same, Wait::Behind(2, SECOND));
    let mut bench = acts_on("b", behind.clone());
    bench.receive(In, &packets("abcdef"));
    assert_eq!(bench.came_out(In), packets("acdbef"));
    let mut bench = acts_on("b", behind.clone());
    bench.receive(In, &packets("bc"));
    bench.pass(SECOND);
    assert_eq!(bench.came_out(In), packets("cb"), "it waits no longer than that");
    let mut bench = acts_on("b", behind);
    bench.receive(In, &packets("bc"));
    bench.end(In, Cut::Close);
    assert_eq!(
        bench.came_out(In),
        packets("cb"),
        "nothing will overtake it any more"
    );
    assert!(bench.line.has_ended(In));
}

#[test]
fn an_answer_goes_back_at_once_and_the_true_one_is_swallowed() {
    let mut answered = deed(Onward::Same, Wait::No);
    answered.back = b"\x40\x02\x00\x07".to_vec();
    answered.swallow = vec![Swallow {
        direction: Out,
        packet: PacketType::PubAck,
        packet_id: crate::wire::PacketId::new(7),
    }];
    let mut bench = acts_on("b", answered);
    bench.receive(In, &packets("b"));
    assert_eq!(bench.came_out(In), packets("b"));
    assert_eq!(bench.came_out(Out), b"\x40\x02\x00\x07");
    assert_eq!(bench.notes(), ["In passed 1: b", "rule: act", "Out went <4>"]);
    bench.receive(Out, b"\x40\x02\x00\x08\x40\x02\x00\x07\x40\x02\x00\x07");
    assert_eq!(
        bench.came_out(Out),
        b"\x40\x02\x00\x08\x40\x02\x00\x07",
        "once, and this one only"
    );
    let told = [
        "Out passed 1: <4>",
        "Out came <4>",
        "rule: swallow (lost)",
        "Out passed 1: <4>",
    ];
    assert_eq!(bench.notes(), told);
    assert_eq!(bench.released, bench.given);
}

#[test]
fn a_close_waits_for_what_goes_before_it_and_a_reset_for_nothing() {
    let mut close = deed(Onward::Same, Wait::No);
    close.cut = Some(Cut::Close);
    close.back = packets("!");
    let mut bench = acts_on("b", close.clone());
    let input = packets("abc");
    bench.call_only(|line, world| line.receive(world, In, &input));
    assert_eq!(bench.line.cut(), None);
    bench.take(In, usize::MAX);
    assert_eq!(bench.line.cut(), None, "its answer has not gone");
    bench.take(Out, usize::MAX);
    assert_eq!(bench.line.cut(), Some(Cut::Close));
    assert_eq!(
        (bench.came_out(In), bench.came_out(Out)),
        (packets("ab"), packets("!"))
    );
    assert_eq!(bench.released[0], 18, "what came behind it is lost");

    close.cut = Some(Cut::Reset);
    let mut bench = acts_on("b", close);
    bench.call_only(|line, world| line.receive(world, In, &input));
    assert_eq!(bench.line.cut(), Some(Cut::Reset));
    assert_eq!((bench.line.ready(In), bench.line.held_bytes()), (None, 0));
    assert_eq!(bench.line.released(In), 18);
    bench.receive(In, &input);
    bench.receive(Out, &input);
    assert_eq!(bench.released, bench.given, "nobody is there any more");
}

#[test]
fn the_end_waits_behind_what_is_kept_and_a_reset_discards_it() {
    let late = deed(Onward::Same, Wait::For(SECOND));
    let mut bench = acts_on("b", late.clone());
    bench.receive(In, &packets("abc"));
    bench.receive(In, b"\x30\x05half");
    bench.end(In, Cut::Close);
    assert!(!bench.line.has_ended(In));
    bench.pass(SECOND);
    assert!(bench.line.has_ended(In) && !bench.line.has_ended(Out));
    assert_eq!(
        bench.came_out(In),
        [&packets("abc")[..], b"\x30\x05half"].concat()
    );
    assert_eq!(bench.released, bench.given);

    let mut bench = acts_on("b", late);
    bench.receive(In, &packets("abc"));
    bench.end(In, Cut::Reset);
    assert!(bench.line.has_ended(In));
    assert_eq!((bench.came_out(In), bench.released), (packets("a"), bench.given));
}

#[test]
fn it_wants_no_more_of_what_it_keeps_or_answers_too_much_of() {
    let mut bench = acts_on("b", deed(Onward::Same, Wait::Held(None)));
    let input = packets("b");
    for _ in 0..10_000 {
        bench.receive(In, &input);
    }
    assert!(!bench.line.wants(In) && bench.line.wants(Out));
    assert!(
        bench.line.held_bytes() == 60_000,
        "each counts for more than its bytes"
    );
    bench.call(|line, world| line.release(world, None));
    assert!(bench.line.wants(In));

    let mut answers = deed(Onward::Same, Wait::No);
    answers.back = vec![0x30; 1024];
    let mut bench = acts_on("b", answers);
    for _ in 0..3 * 1024 {
        bench.call_only(|line, world| line.receive(world, In, &input));
    }
    assert!(
        !bench.line.wants(In),
        "a client that does not read its answers is not read from"
    );
    bench.take(Out, usize::MAX);
    assert!(bench.line.wants(In));
}
