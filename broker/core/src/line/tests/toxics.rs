//! Toxics, one by one and behind each other.

use super::{Bench, deed, packets};
use crate::fault::{Cut, Onward, Stream, Toxic, Wait};
use crate::journal::Direction::{In, Out};
use crate::line::Attach;
use crate::wire::Version;

const LATE: Toxic = Toxic::Latency {
    latency: 100,
    jitter: 0,
};

#[test]
fn latency_makes_bytes_late_in_its_direction_alone() {
    let mut bench = Bench::toxic(&[(Stream::Downstream, LATE)]);
    bench.receive(In, &packets("a"));
    bench.receive(Out, &packets("bc"));
    bench.pass_millis(50);
    bench.receive(Out, &packets("d"));
    assert_eq!((bench.came_out(In), bench.came_out(Out)), (packets("a"), vec![]));
    let kept = bench.line.keeps().expect("it keeps three");
    assert_eq!((&*kept.rule, kept.bytes), ("latency", 18));
    bench.pass_millis(50);
    assert_eq!(bench.came_out(Out), packets("bc"));
    bench.pass_millis(50);
    assert_eq!(bench.came_out(Out), packets("d"));
    let told = [
        "In passed 1: a",
        "Out came b",
        "latency: latency",
        "Out came c",
        "Out came d",
        "Out went b",
        "Out went c",
        "Out went d",
    ];
    assert_eq!(bench.notes(), told);
    assert_eq!(bench.released, bench.given);
}

#[test]
fn jitter_never_lets_bytes_overtake_others() {
    let jitter = Toxic::Latency {
        latency: 10,
        jitter: 10,
    };
    let mut bench = Bench::toxic(&[(Stream::Both, jitter)]);
    let names = "abcdefghijklmnopqrstuvwxyz";
    for name in names.chars() {
        bench.receive(In, &packets(&name.to_string()));
        bench.pass_millis(1);
    }
    let early = bench.came_out(In);
    assert!(!early.is_empty() && early.len() < 26 * 6);
    bench.pass_millis(20);
    assert_eq!([early, bench.came_out(In)].concat(), packets(names));
}

#[test]
fn bandwidth_is_so_many_bytes_in_a_millisecond() {
    let mut bench = Bench::toxic(&[(Stream::Upstream, Toxic::Bandwidth { rate: 1 })]);
    let packet = [&b"\x30\xC8\x01\0\x01t"[..], &[b'x'; 197]].concat();
    bench.receive(In, &packet);
    assert_eq!(packet.len(), 203);
    for (after, there) in [(99, 0), (1, 100), (99, 100), (1, 200), (2, 200), (1, 203)] {
        assert!(
            bench.notes.iter().all(|note| !note.contains("went")),
            "half a packet did not go"
        );
        bench.pass_millis(after);
        assert_eq!(bench.passed[0].len(), there);
    }
    assert_eq!(bench.notes(), ["In came x", "bandwidth: bandwidth", "In went x"]);
    assert_eq!(bench.released, bench.given);

    let mut bench = Bench::toxic(&[(Stream::Upstream, Toxic::Bandwidth { rate: 0 })]);
    bench.receive(In, &packets("a"));
    assert_eq!((bench.line.next_timeout(), bench.came_out(In)), (None, vec![]));
    bench.infect(&[]);
    assert_eq!(
        bench.came_out(In),
        packets("a"),
        "what it kept goes on when it goes"
    );
}

#[test]
fn the_end_is_late_by_slow_close() {
    let slow = Toxic::SlowClose { delay: 500 };
    let mut bench = Bench::toxic(&[(Stream::Upstream, slow), (Stream::Upstream, LATE)]);
    bench.receive(In, &packets("a"));
    bench.end(In, Cut::Close);
    bench.pass_millis(599);
    assert_eq!(
        (bench.came_out(In), bench.line.has_ended(In)),
        (packets("a"), false)
    );
    bench.pass_millis(1);
    assert!(bench.line.has_ended(In));
    assert!(bench.notes().contains(&"slow_close: slow_close".to_owned()));
}

#[test]
fn bytes_are_lost_until_the_timeout_closes() {
    let mut bench = Bench::toxic(&[(Stream::Upstream, Toxic::Timeout { timeout: 300 })]);
    bench.pass_millis(299);
    bench.receive(In, &packets("a"));
    assert_eq!((bench.came_out(In), bench.line.cut()), (vec![], None));
    assert_eq!(bench.released, bench.given);
    bench.pass_millis(1);
    assert_eq!(bench.line.cut(), Some(Cut::Close));
    assert_eq!(bench.notes(), ["In came a", "timeout: timeout (lost)"]);

    let mut bench = Bench::toxic(&[(Stream::Upstream, Toxic::Timeout { timeout: 0 })]);
    bench.pass_millis(1_000_000);
    bench.infect(&[]);
    assert_eq!(bench.line.cut(), None, "nothing was lost");
    bench.infect(&[(Stream::Upstream, Toxic::Timeout { timeout: 0 })]);
    bench.receive(In, &packets("a"));
    bench.infect(&[]);
    assert_eq!(bench.line.cut(), Some(Cut::Close), "what was lost is missing");
}

#[test]
fn the_first_bytes_wind_up_reset_peer() {
    let mut bench = Bench::toxic(&[(Stream::Downstream, Toxic::ResetPeer { timeout: 10 })]);
    bench.pass_millis(50);
    bench.receive(Out, &packets("a"));
    bench.pass_millis(9);
    assert_eq!((bench.came_out(Out), bench.line.cut()), (vec![], None));
    bench.pass_millis(1);
    assert_eq!(bench.line.cut(), Some(Cut::Reset));
}

#[test]
fn slices_are_written_alone_and_one_after_the_other() {
    let slicer = Toxic::Slicer {
        average_size: 4,
        size_variation: 1,
        delay: 1000,
    };
    let mut bench = Bench::toxic(&[(Stream::Downstream, slicer)]);
    let input = packets("abcdefgh");
    bench.receive(Out, &input);
    assert!((3..=5).contains(&bench.passed[1].len()), "the first goes at once");
    assert!(bench.line.next_timeout().is_some());
    bench.pass_millis(40);
    assert_eq!(bench.came_out(Out), input);
    assert!(bench.runs.iter().all(|(_, n)| *n <= 5), "{:?}", bench.runs);
    assert!(bench.runs.len() >= 10);

    // Without a delay all are ready at once, and still each is alone.
    let slicer = Toxic::Slicer {
        average_size: 4,
        size_variation: 0,
        delay: 0,
    };
    let mut bench = Bench::toxic(&[(Stream::Downstream, slicer)]);
    bench.call_only(|line, world| line.receive(world, Out, &input));
    let ready = bench.line.ready(Out).expect("the first slice");
    assert_eq!((ready.bytes.len(), ready.alone), (4, true));
    bench.take(Out, usize::MAX);
    assert_eq!(bench.came_out(Out), input);
}

#[test]
fn after_so_many_bytes_the_connection_is_closed_or_reset() {
    for (reset, how) in [(false, Cut::Close), (true, Cut::Reset)] {
        let limit = Toxic::LimitData { bytes: 15, reset };
        let mut bench = Bench::toxic(&[(Stream::Upstream, limit)]);
        bench.receive(In, &packets("a"));
        let input = packets("bcd");
        bench.call_only(|line, world| line.receive(world, In, &input));
        assert_eq!(bench.line.cut(), None, "what it lets through arrives");
        bench.take(In, usize::MAX);
        assert_eq!(bench.line.cut(), Some(how));
        assert_eq!(bench.came_out(In), packets("abc")[..15]);
        let told = [
            "In passed 1: a",
            "In passed 1: b",
            "In came c",
            "limit_data: limit_data",
        ];
        assert_eq!(bench.notes(), told);
        assert_eq!(bench.released, [24, 0]);
    }
}

#[test]
fn a_stall_keeps_what_it_gets_and_wants_no_more() {
    let mut bench = Bench::toxic(&[(Stream::Both, Toxic::Stall)]);
    assert_eq!(bench.notes(), ["stall: stall"], "once for both directions");
    assert!(!bench.line.wants(In) && !bench.line.wants(Out));
    bench.receive(In, &packets("a"));
    bench.end(In, Cut::Close);
    bench.pass_millis(1_000_000);
    assert_eq!((bench.came_out(In), bench.line.has_ended(In)), (vec![], false));
    bench.infect(&[]);
    assert!(bench.line.wants(In) && bench.line.wants(Out) && bench.line.has_ended(In));
    assert_eq!(bench.came_out(In), packets("a"));
}

#[test]
fn down_cuts_at_once_and_half_open_after_its_time() {
    let mut bench = Bench::toxic(&[(Stream::Both, Toxic::Down)]);
    assert_eq!(bench.line.cut(), Some(Cut::Reset));
    assert_eq!(bench.notes(), ["down: down"]);

    let mut bench = Bench::toxic(&[(Stream::Both, Toxic::HalfOpen { timeout: 10 })]);
    bench.receive(In, &packets("a"));
    bench.pass_millis(9);
    assert_eq!((bench.came_out(In), bench.line.cut()), (packets("a"), None));
    bench.pass_millis(1);
    assert_eq!(bench.line.cut(), Some(Cut::HalfOpen));
    bench.receive(In, &packets("a"));
    assert_eq!((bench.came_out(In), bench.released), (vec![], bench.given));
    assert!(
        bench.line.wants(In),
        "a client that is not heard may go on speaking"
    );
}

#[test]
fn connect_tells_whom_they_concern() {
    let connect = b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp";
    let mut bench = Bench::with(Version::V5, "", Attach::default(), |_, _, _| None);
    bench.infect(&[(Stream::Both, Toxic::Down)]);
    assert_eq!(
        (bench.line.cut(), bench.notes()),
        (None, vec![]),
        "nobody is known yet"
    );
    bench.receive(In, connect);
    assert_eq!(
        (&*bench.line.who().client_id, bench.line.who().version),
        ("lamp", Version::V311)
    );
    assert_eq!((bench.line.cut(), bench.came_out(In)), (Some(Cut::Reset), vec![]));
    assert_eq!(bench.notes(), ["In came <1>", "down: down"]);
    assert_eq!(bench.released, bench.given);

    let mut bench = Bench::with(Version::V5, "", Attach::default(), |_, _, _| None);
    bench.infect(&[(Stream::Upstream, LATE)]);
    bench.receive(In, connect);
    bench.pass_millis(100);
    assert_eq!(bench.came_out(In), connect);
}

#[test]
fn those_that_stay_keep_what_they_know() {
    let limit = (
        Stream::Upstream,
        Toxic::LimitData {
            bytes: 15,
            reset: false,
        },
    );
    let mut bench = Bench::toxic(&[limit]);
    bench.receive(In, &packets("a"));
    bench.infect(&[(Stream::Upstream, LATE), limit]);
    bench.receive(In, &packets("b"));
    bench.pass_millis(50);
    bench.receive(In, &packets("c"));
    bench.infect(&[limit]);
    assert_eq!(bench.came_out(In), packets("abc")[..15], "6 were counted before");
    assert_eq!(bench.line.cut(), Some(Cut::Close));
}

#[test]
fn they_stand_behind_the_rules_on_packets() {
    let mut bench = Bench::new(|_, packet, _| {
        (packet.ends_with(b"b")).then(|| deed(Onward::Bytes(packets("xy")), Wait::No))
    });
    bench.infect(&[
        (Stream::Upstream, LATE),
        (Stream::Upstream, Toxic::Bandwidth { rate: 1 }),
    ]);
    bench.receive(In, &packets("abc"));
    bench.pass_millis(100 + 23);
    assert_eq!(bench.came_out(In), packets("axy"));
    bench.pass_millis(1);
    assert_eq!(bench.came_out(In), packets("c"));
    assert_eq!(bench.released, bench.given);
}
