//! Chance decides what comes, what is done to it, and when: whatever it is, the line keeps its word.

use std::time::Duration;

use super::bench::packets_in_words;
use super::{Bench, deed, packets};
use crate::chance::Rng;
use crate::fault::{Cut, Deed, Onward, Stream, Toxic, Wait};
use crate::journal::Direction::{self, In, Out};

const RUNS: u64 = 300;
const STEPS: usize = 60;

/// A deed that loses nothing but what it says, and that names what it makes `!`.
fn any_deed(rng: &mut Rng) -> Option<Deed> {
    let wait = match rng.below(8) {
        0 => Wait::For(Duration::from_millis(rng.below(50))),
        1 => Wait::Held(None),
        2 => Wait::Held(Some(Duration::from_millis(rng.below(50)))),
        3 => Wait::Behind(rng.below(4) as u32, Duration::from_millis(rng.below(50))),
        _ => Wait::No,
    };
    let onward = match rng.below(8) {
        0 => Onward::Nothing,
        1 => Onward::Bytes(packets("!!")),
        2 => Onward::Bytes(vec![0; rng.below(9) as usize]),
        3..6 => Onward::Same,
        _ => return None,
    };
    let mut deed = deed(onward, wait);
    if rng.below(4) == 0 {
        deed.back = packets("!");
    }
    Some(deed)
}

/// A toxic that loses nothing.
fn any_toxic(rng: &mut Rng) -> (Stream, Toxic) {
    let stream = [Stream::Upstream, Stream::Downstream, Stream::Both][rng.below(3) as usize];
    let toxic = match rng.below(7) {
        0 => Toxic::Latency {
            latency: rng.below(50),
            jitter: rng.below(60),
        },
        1 => Toxic::Bandwidth { rate: rng.below(3) },
        2 => Toxic::SlowClose { delay: rng.below(50) },
        3 => Toxic::Slicer {
            average_size: rng.below(5),
            size_variation: rng.below(7),
            delay: rng.below(2000),
        },
        4 => Toxic::Stall,
        _ => Toxic::LimitData {
            bytes: u64::MAX,
            reset: true,
        },
    };
    (stream, toxic)
}

fn either(rng: &mut Rng) -> Direction {
    if rng.below(2) == 0 { In } else { Out }
}

/// Runs what this seed gives, to the end of both directions.
fn run(seed: u64) -> Bench {
    let mut rng = Rng::new(seed);
    let mut luck = Rng::new(!seed);
    let mut bench = Bench::new(move |_, _, _| any_deed(&mut luck));
    let mut name = 0_u8;
    for _ in 0..STEPS {
        match rng.below(8) {
            0 => bench.pass_millis(rng.below(30)),
            1 => {
                let toxics: Vec<_> = (0..rng.below(4)).map(|_| any_toxic(&mut rng)).collect();
                bench.infect(&toxics);
            }
            2 => bench.call(|line, world| line.release(world, None)),
            _ => {
                let names: String = (0..rng.below(4))
                    .map(|_| {
                        name = (name + 1) % 26;
                        char::from(b'a' + name)
                    })
                    .collect();
                let direction = either(&mut rng);
                let (input, most) = (packets(&names), rng.below(40) as usize);
                bench.given[direction as usize] += input.len();
                let at = rng.below(input.len() as u64 + 1) as usize;
                for part in [&input[..at], &input[at..]] {
                    bench.call_only(|line, world| line.receive(world, direction, part));
                }
                bench.take(direction, most);
            }
        }
    }
    bench.infect(&[]);
    for direction in [In, Out] {
        bench.end(direction, Cut::Close);
    }
    bench.call(|line, world| line.release(world, None));
    bench.pass_millis(200);
    bench
}

#[test]
fn all_is_released_and_told_of_and_one_seed_gives_one_run() {
    for seed in 0..RUNS {
        let mut bench = run(seed);
        assert_eq!(bench.line.cut(), None, "seed {seed}");
        assert!(
            bench.line.has_ended(In) && bench.line.has_ended(Out),
            "seed {seed}"
        );
        assert_eq!(bench.released, bench.given, "seed {seed}");
        assert_eq!(
            (bench.line.held_bytes(), bench.line.keeps()),
            (0, None),
            "seed {seed}"
        );
        // What the journal was told is what came out.
        for direction in [In, Out] {
            let told: usize = bench.notes.iter().filter_map(|note| went(note, direction)).sum();
            let out = &bench.passed[direction as usize];
            assert_eq!(told, packets_in_words(&without_zeros(out)).len(), "seed {seed}");
        }
        let mut again = run(seed);
        let result = |bench: &mut Bench| (bench.notes(), bench.came_out(In), bench.came_out(Out));
        assert_eq!(result(&mut bench), result(&mut again), "seed {seed}");
    }
}

/// How many packets this note says have gone in this direction.
fn went(note: &str, direction: Direction) -> Option<usize> {
    let rest = note.strip_prefix(&format!("{direction:?} "))?;
    let names = match rest.strip_prefix("went ") {
        Some(names) => names,
        None => rest.strip_prefix("passed ")?.split_once(": ")?.1,
    };
    Some(names.len())
}

/// Without what was put in the place of packets and is none.
fn without_zeros(bytes: &[u8]) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut rest = bytes;
    while let Some((&first, behind)) = rest.split_first() {
        let n = if first == 0 { 1 } else { 6 };
        if first != 0 {
            kept.extend_from_slice(&rest[..n]);
        }
        rest = if first == 0 { behind } else { &rest[n..] };
    }
    kept
}

#[test]
fn nothing_overtakes_but_what_was_held_or_put_behind_others() {
    for seed in 0..RUNS {
        let mut luck = Rng::new(seed);
        let mut bench = Bench::new(move |_, _, _| {
            let wait = match luck.below(4) {
                0 => Wait::For(Duration::from_millis(luck.below(30))),
                _ => Wait::No,
            };
            let lost = luck.below(8) == 0;
            let onward = if lost { Onward::Nothing } else { Onward::Same };
            (lost || wait != Wait::No).then(|| deed(onward, wait))
        });
        let mut rng = Rng::new(seed);
        for name in 'a'..='z' {
            bench.receive(In, &packets(&name.to_string()));
            bench.pass_millis(rng.below(10));
            if rng.below(5) == 0 {
                let toxics: Vec<_> = (0..rng.below(3)).map(|_| any_toxic(&mut rng)).collect();
                bench.infect(&toxics);
            }
        }
        bench.infect(&[]);
        bench.pass_millis(100);
        let out = packets_in_words(&bench.came_out(In));
        assert!(out.is_ascii() && out.bytes().is_sorted(), "seed {seed}: {out}");
        let lost = bench.notes.iter().filter(|note| note.ends_with("(lost)")).count();
        assert_eq!(out.len() + lost, 26, "seed {seed}: {out}");
    }
}

#[test]
fn no_bytes_make_it_panic() {
    for seed in 0..RUNS {
        let mut rng = Rng::new(seed);
        let mut luck = Rng::new(!seed);
        let mut bench = Bench::new(move |_, _, _| any_deed(&mut luck));
        bench.line = crate::line::Line::new(
            crate::fault::Who {
                client_id: "".into(),
                ..bench.line.who().clone()
            },
            crate::line::Attach {
                fence: [rng.below(3) as usize, 0],
                max_packet_bytes: 40,
                max_kept_bytes: 100,
                ..crate::line::Attach::default()
            },
        );
        if rng.below(2) == 0 {
            bench.receive(In, b"\x10\x11\0\x04MQTT\x05\x02\0\0\0\0\x04lamp");
        }
        for _ in 0..STEPS {
            let bytes: Vec<u8> = (0..rng.below(30))
                .map(|_| {
                    let byte = rng.next_u64() as u8;
                    // Mostly types and lengths that frame.
                    if rng.below(3) == 0 { byte } else { byte & 0x33 }
                })
                .collect();
            let direction = either(&mut rng);
            bench.receive(direction, &bytes);
            bench.pass_millis(rng.below(20));
            if rng.below(8) == 0 {
                bench.infect(&[any_toxic(&mut rng)]);
            }
            bench.call(|line, _| line.took(direction, rng.below(5) as usize));
        }
        let held = bench.line.held_bytes();
        let [given, released] = [bench.given, bench.released].map(|sums| sums[0] + sums[1]);
        assert!(released <= given, "seed {seed}");
        bench.end(In, Cut::Reset);
        bench.end(Out, Cut::Reset);
        assert_eq!(
            (bench.released, bench.line.held_bytes()),
            (bench.given, 0),
            "seed {seed}, {held}"
        );
    }
}
