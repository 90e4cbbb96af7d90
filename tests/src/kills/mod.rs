//! A broker that keeps its state is killed under load, again and again, at instants that a seed chooses; nothing that it answered
//! may be lost, and nothing of QoS 2 may come twice.
//!
//! | file | idea |
//! |---|---|
//! | `bridged` | the same, with a bridge to a broker that stays |
//! | `link` | one connection, which may end at any byte |
//! | `publisher` | publishes numbered messages, and remembers which were answered |
//! | `subscriber` | remembers what it has got |
//!
//! Clients keep their own half of a session, as those must that mean it: what was not answered is sent again.
//!
//! `cargo run -p tests --bin kills -- --kills 1000` runs it; CI runs a few dozen.

mod bridged;
mod link;
mod publisher;
mod subscriber;

use std::path::Path;
use std::sync::{Condvar, Mutex};
use std::thread;

use broker::QoS;
use broker::wire::Version;
use broker_core::chance::Rng;

use crate::harness::served::Served;
use publisher::Publisher;
use subscriber::Subscriber;

pub use bridged::{Far, run as run_bridged};

/// A round of rest comes after so many kills: all that is open is finished, and everything is counted.
const KILLS_TO_REST: usize = 20;
/// A broker is killed after at most so many answers.
const MOST_ANSWERS: u64 = 400;

/// What a run did that found nothing.
#[derive(Debug, Default, Clone, Copy)]
pub struct Summary {
    /// How often the broker was killed.
    pub kills: usize,
    /// Messages that it answered: took over, and had to keep.
    pub answered: u64,
    /// Messages that it delivered, each once for each subscriber.
    pub delivered: u64,
}

/// Counts answers, and wakes whoever waits for a number of them.
#[derive(Debug, Default)]
pub struct Answers {
    count: Mutex<u64>,
    more: Condvar,
}

impl Answers {
    fn add(&self) {
        *self.count.lock().expect("nobody panics with it") += 1;
        self.more.notify_all();
    }

    fn reach(&self, count: u64) {
        let reached = self.count.lock().expect("nobody panics with it");
        let (reached, waited) = self
            .more
            .wait_timeout_while(reached, crate::harness::DEADLINE, |reached| *reached < count)
            .expect("nobody panics with it");
        drop(reached);
        assert!(!waited.timed_out(), "the broker answers nothing any more");
    }
}

/// The clients of a run, with all they remember.
struct Clients {
    publishers: Vec<Publisher>,
    /// Connected whenever there is a broker.
    awake: Subscriber,
    /// Comes only when everything rests: all waits for it in its session.
    asleep: Subscriber,
}

/// Kills a broker so many times, at instants that `seed` chooses. It keeps its state in `state_dir`, and has these flags, too.
///
/// # Panics
/// If something that was answered is lost, or something of QoS 2 comes twice.
#[must_use]
pub fn run(
    seed: u64,
    kills: usize,
    state_dir: &Path,
    flags: &[&str],
    progress: impl Fn(&Summary),
) -> Summary {
    let mut chance = Rng::new(seed);
    let mut clients = Clients {
        publishers: vec![
            Publisher::new("one", Version::V311, QoS::AtLeastOnce),
            Publisher::new("two", Version::V5, QoS::ExactlyOnce),
            Publisher::new("three", Version::V311, QoS::ExactlyOnce),
        ],
        awake: Subscriber::new("awake", Version::V5),
        asleep: Subscriber::new("asleep", Version::V311),
    };
    let state_dir = state_dir.display().to_string();
    let flags = [
        &[
            "--state-dir",
            &state_dir,
            "--set",
            "session.max_queued_messages=1000000",
        ],
        flags,
    ]
    .concat();
    let start = || Served::start(&flags);
    let mut summary = Summary::default();
    clients.rest(start());
    for kill in 1..=kills {
        let broker = start();
        clients.load(broker, chance.next_u64() % MOST_ANSWERS);
        summary.kills = kill;
        if kill % KILLS_TO_REST == 0 || kill == kills {
            clients.rest(start());
        }
        summary.answered = clients
            .publishers
            .iter()
            .map(|publisher| publisher.answered)
            .sum();
        summary.delivered = clients.awake.count() + clients.asleep.count();
        progress(&summary);
    }
    summary
}

impl Clients {
    /// Everybody talks until the broker is killed, after so many answers.
    fn load(&mut self, broker: Served, answers: u64) {
        let (addr, counted) = (broker.addr(), Answers::default());
        thread::scope(|scope| {
            for publisher in &mut self.publishers {
                let counted = &counted;
                scope.spawn(move || publisher.publish(addr, u64::MAX, counted));
            }
            let awake = &mut self.awake;
            scope.spawn(move || awake.listen(addr, None));
            counted.reach(answers);
            broker.kill();
        });
    }

    /// What is open is finished, and everything is there: once where it was sent at QoS 2.
    fn rest(&mut self, broker: Served) {
        let (addr, counted) = (broker.addr(), Answers::default());
        // Before anything is published.
        self.awake.subscribe(addr);
        self.asleep.subscribe(addr);
        for publisher in &mut self.publishers {
            let next = publisher.next;
            publisher.publish(addr, next, &counted);
        }
        let sent: Vec<_> = self.publishers.iter().map(Publisher::sent).collect();
        self.awake.listen(addr, Some(&sent));
        self.asleep.listen(addr, Some(&sent));
        for publisher in &self.publishers {
            publisher.look_at_retained(addr);
        }
        broker.stop("TERM");
    }
}
