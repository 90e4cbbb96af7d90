//! How the bytes come does not matter.

use proptest::prelude::*;

use super::{Bench, deed, packets};
use crate::fault::{Cut, Onward, Wait};
use crate::journal::Direction::{In, Out};
use crate::line::Attach;
use crate::wire::Version;

#[test]
fn what_is_not_mqtt_passes_unread_to_its_end() {
    let mut bench = Bench::new(|_, _, _| Some(deed(Onward::Nothing, Wait::No)));
    let mut input = packets("a");
    input.extend(b"\0 is no packet type");
    bench.receive(In, &input);
    bench.receive(In, &packets("b"));
    assert_eq!(
        bench.came_out(In),
        [b"\0 is no packet type", &packets("b")[..]].concat()
    );
    assert_eq!(
        bench.notes(),
        ["In came a", "rule: act (lost)", "In unread 19", "In unread 6"]
    );
    assert_eq!(bench.released, bench.given);
}

#[test]
fn bytes_before_the_fence_and_a_packet_that_is_too_long_pass_unread() {
    let attach = Attach {
        fence: [0, 3],
        max_packet_bytes: 10,
        ..Attach::default()
    };
    let mut bench = Bench::with(Version::V311, "lamp", attach, |_, _, _| {
        Some(deed(Onward::Nothing, Wait::No))
    });
    let mut input = b"end\x30\x0Ca long packet".to_vec();
    input.truncate(3 + 14);
    input.extend(packets("a"));
    for part in [&input[..1], &input[1..8], &input[8..18], &input[18..]] {
        bench.receive(Out, part);
    }
    assert_eq!(bench.came_out(Out), input[..17]);
    assert_eq!(
        bench.notes(),
        ["Out unread 5", "Out unread 9", "Out came a", "rule: act (lost)"]
    );
}

#[test]
fn an_answer_waits_for_the_end_of_a_packet_that_passes() {
    let attach = Attach {
        fence: [0, 3],
        ..Attach::default()
    };
    let mut bench = Bench::with(Version::V311, "lamp", attach, |direction, _, _| {
        let mut answers = deed(Onward::Nothing, Wait::No);
        answers.back = packets("!");
        (direction == In).then_some(answers)
    });
    bench.receive(Out, b"en");
    bench.receive(In, &packets("a"));
    assert_eq!(bench.came_out(Out), b"en");
    bench.receive(Out, b"d");
    assert_eq!(bench.came_out(Out), [b"d", &packets("!")[..]].concat());
}

#[test]
fn when_nothing_can_match_it_goes_and_gives_back_the_halves() {
    let mut bench = Bench::new(|_, _, _| None);
    bench.receive(In, b"\x30");
    bench.receive(Out, b"\x30\x05ha");
    assert_eq!(bench.line.detach(&bench.rules), None);
    bench.rules.may_concern = false;
    let halves = bench.line.detach(&bench.rules).expect("nothing concerns it");
    assert_eq!(halves, [b"\x30".to_vec(), b"\x30\x05ha".to_vec()]);
}

/// What is done to a packet with this name.
fn by_name(name: u8) -> Option<crate::fault::Deed> {
    Some(match name % 8 {
        0 => deed(Onward::Nothing, Wait::No),
        1 => deed(Onward::Bytes(packets("xx")), Wait::No),
        2 => deed(Onward::Same, Wait::Behind(2, std::time::Duration::from_secs(1))),
        3 => deed(Onward::Same, Wait::Held(None)),
        4 => deed(Onward::Same, Wait::No),
        _ => return None,
    })
}

proptest! {
    /// Any cutting of the input gives the same bytes and the same firings, and all is released.
    #[test]
    fn cuts_make_no_difference(names in "[a-z]{0,40}", parts in prop::collection::vec(1_usize..20, 1..40)) {
        let input = packets(&names);
        let run = |mut sizes: Vec<usize>| {
            let mut bench = Bench::new(|_, packet, _| by_name(*packet.last()?));
            let mut rest = &input[..];
            while !rest.is_empty() {
                let n = sizes.pop().unwrap_or(usize::MAX).min(rest.len());
                bench.receive(In, &rest[..n]);
                rest = &rest[n..];
            }
            bench.call(|line, world| line.release(world, None));
            bench.end(In, Cut::Close);
            assert!(bench.line.has_ended(In));
            assert_eq!((bench.released, bench.line.held_bytes()), (bench.given, 0));
            let firings = bench.notes().into_iter().filter(|note| !note.contains("passed"));
            (bench.came_out(In), firings.collect::<Vec<_>>())
        };
        prop_assert_eq!(run(Vec::new()), run(parts));
    }

    /// With no rule bytes are the same, whatever they are, and however they are taken.
    #[test]
    fn with_no_rule_nothing_changes(
        input in prop::collection::vec(any::<u8>(), 0..300),
        parts in prop::collection::vec((1_usize..50, 0_usize..50), 1..40),
    ) {
        let mut bench = Bench::new(|_, _, _| None);
        let mut rest = &input[..];
        for (give, take) in parts {
            let n = give.min(rest.len());
            bench.given[1] += n;
            bench.call_only(|line, world| line.receive(world, Out, &rest[..n]));
            rest = &rest[n..];
            bench.take(Out, take);
        }
        bench.receive(Out, rest);
        bench.end(Out, Cut::Close);
        prop_assert!(bench.line.has_ended(Out));
        prop_assert_eq!(bench.came_out(Out), input);
        prop_assert_eq!(bench.released, bench.given);
    }
}
