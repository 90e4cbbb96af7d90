//! Delays, timers, and their bounds.

use std::time::Duration;

use super::super::*;
use super::Bench;
use crate::fault::Delay;
use crate::pattern::publish;
use crate::time::Time;

#[test]
fn delays_and_timers_run_on_the_brokers_clock() {
    let late = Publication::to("late").text("{{ now() }}").delayed_millis(2_000);
    let mut bench = Bench::with([
        Stub::on(publish("a"))
            .named("a")
            .publishes(late)
            .publish("soon", ""),
        Stub::every(Duration::from_secs(5))
            .named("tick")
            .publish("tick", "{{ stub.nth }} {{ now() }}"),
        Stub::after(Duration::from_secs(7)).publish("once", ""),
    ]);
    assert_eq!(bench.sent("a", ""), ["soon "]);
    assert_eq!(bench.stubs.next_timeout(), Some(Time::from_secs(2)));
    assert_eq!(
        bench.stubs.waits(Time::ZERO).unwrap(),
        r#"a message of stub "a" waits for 2.000 s more"#
    );
    assert_eq!(bench.at_secs(1), [""; 0]);
    assert_eq!(bench.at_secs(2), ["late 2026-01-01T00:00:02Z"]);
    assert_eq!(bench.stubs.waits(bench.now), None);
    assert_eq!(
        bench.at_secs(15),
        [
            "tick 1 2026-01-01T00:00:05Z",
            "once ",
            "tick 2 2026-01-01T00:00:10Z",
            "tick 3 2026-01-01T00:00:15Z"
        ]
    );
    bench.sent("a", "");
    bench.stubs.remove("a");
    assert_eq!(bench.at_secs(18), [""; 0], "what waits goes with its stub");
}

#[test]
fn distributions_are_drawn_from_the_seed() {
    let drawn = |delay: Delay| {
        let mut bench = Bench::with([Stub::on(publish("a")).publishes(Publication::to("b").delayed(delay))]);
        let due = |_| {
            bench.sent("a", "");
            let due = bench.stubs.next_timeout().unwrap().since_start().as_secs_f64() * 1000.0;
            bench.stubs.tick(Time::NEVER, &mut bench.scenarios);
            bench.taken();
            due
        };
        (0..200).map(due).collect::<Vec<f64>>()
    };
    let uniform = Delay::Uniform {
        lower: 50.0,
        upper: 150.0,
    };
    assert!(
        drawn(uniform.clone())
            .iter()
            .all(|millis| (50.0..=150.0).contains(millis))
    );
    assert_eq!(drawn(uniform.clone()), drawn(uniform.clone()));
    let log_normal = drawn(Delay::LogNormal {
        median: 80.0,
        sigma: 0.4,
        max: None,
    });
    let below = log_normal.iter().filter(|millis| **millis < 80.0).count();
    assert!((70..=130).contains(&below), "{below} of 200 are below the median");
}

#[test]
fn what_waits_is_bounded() {
    let late = Publication::to("b").text("x").delayed_millis(1_000);
    let mut bench = Bench::with([Stub::on(publish("a")).publishes(late)]);
    for _ in 0..10_001 {
        bench.sent("a", "");
    }
    let standing = &bench.stubs.list()[0];
    assert_eq!(
        (standing.answered, standing.waiting, standing.failed),
        (10_000, 10_000, 1)
    );
    assert!(bench.events().last().unwrap().contains("no room for more"));
    assert_eq!(bench.at_secs(1).len(), 10_000);
}
