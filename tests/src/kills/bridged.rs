//! A broker that keeps its state and has a bridge to another one, which stays, is killed under load. Nothing that either has answered
//! may be lost on the other side, and nothing of QoS 2 may come there twice.

use std::net::SocketAddr;
use std::thread;

use broker::QoS;
use broker::wire::Version;
use broker_core::chance::Rng;

use super::publisher::Publisher;
use super::subscriber::Subscriber;
use super::{Answers, KILLS_TO_REST, Summary};
use crate::harness::folder::Folder;
use crate::harness::served::Served;

/// The broker is killed after at most so many answers.
const MOST_ANSWERS: u64 = 400;
/// So many messages each publisher in the other broker publishes in the meantime.
const FROM_FAR: u64 = 30;

/// The other broker.
#[derive(Debug, Clone, Copy)]
pub struct Far {
    /// Where it is.
    pub addr: SocketAddr,
    /// The version that the bridge speaks there, as settings have it.
    pub version: &'static str,
}

/// Who publishes and who hears, on both sides.
struct Both {
    far: SocketAddr,
    from_near: [Publisher; 2],
    from_far: [Publisher; 2],
    /// In the broker with the bridge; connected whenever it is there.
    near_hears: Subscriber,
    /// In the other; comes only when everything rests.
    far_hears: Subscriber,
}

/// Kills the broker so many times, at instants that `seed` chooses.
///
/// # Panics
/// If something is lost, or something of QoS 2 comes twice.
#[must_use]
pub fn run(seed: u64, kills: usize, far: Far, flags: &[&str], progress: impl Fn(&Summary)) -> Summary {
    let folder = Folder::new();
    let publisher = |name, version, qos| Publisher::new(name, version, qos).retaining_nothing();
    let mut chance = Rng::new(seed);
    let mut both = Both {
        far: far.addr,
        from_near: [
            publisher("near-one", Version::V311, QoS::AtLeastOnce),
            publisher("near-two", Version::V5, QoS::ExactlyOnce),
        ],
        from_far: [
            publisher("far-one", Version::V311, QoS::AtLeastOnce),
            publisher("far-two", Version::V311, QoS::ExactlyOnce),
        ],
        near_hears: Subscriber::new("near-hears", Version::V5),
        far_hears: Subscriber::new("far-hears", Version::V311),
    };
    let settings = folder
        .write("settings.toml", &settings(&folder, far))
        .display()
        .to_string();
    let flags = [&["--config", &settings], flags].concat();
    let start = || Served::start(&flags);
    let mut summary = Summary::default();
    both.rest(start());
    for kill in 1..=kills {
        both.load(start(), chance.next_u64() % MOST_ANSWERS);
        summary.kills = kill;
        if kill % KILLS_TO_REST == 0 || kill == kills {
            both.rest(start());
        }
        let publishers = both.from_near.iter().chain(&both.from_far);
        summary.answered = publishers.map(|publisher| publisher.answered).sum();
        summary.delivered = both.near_hears.count() + both.far_hears.count();
        progress(&summary);
    }
    summary
}

fn settings(folder: &Folder, far: Far) -> String {
    let Far { addr, version } = far;
    format!(
        r#"state_dir = "{}"
[session]
max_queued_messages = 1000000
[[bridge]]
name = "up"
addresses = ["mqtt://{addr}"]
topics = ["load/near-one/# out 2", "load/near-two/# out 2", "load/far-one/# in 2", "load/far-two/# in 2"]
client_id = "house"
version = "{version}"
restart_min_millis = 1
restart_max_millis = 10
"#,
        folder.file("state").display(),
    )
}

impl Both {
    /// Everybody talks until the broker is killed, after so many answers.
    fn load(&mut self, broker: Served, answers: u64) {
        let (near, far, counted) = (broker.addr(), self.far, Answers::default());
        thread::scope(|scope| {
            for publisher in &mut self.from_near {
                let counted = &counted;
                scope.spawn(move || publisher.publish(near, u64::MAX, counted));
            }
            for publisher in &mut self.from_far {
                let counted = &counted;
                let end = publisher.next + FROM_FAR;
                scope.spawn(move || publisher.publish(far, end, counted));
            }
            let near_hears = &mut self.near_hears;
            scope.spawn(move || near_hears.listen(near, None));
            counted.reach(answers);
            broker.kill();
        });
    }

    /// What is open is finished, and everything is there: once where it was sent at QoS 2.
    fn rest(&mut self, broker: Served) {
        let (near, counted) = (broker.addr(), Answers::default());
        self.near_hears.subscribe(near);
        self.far_hears.subscribe(self.far);
        for publisher in &mut self.from_near {
            let next = publisher.next;
            publisher.publish(near, next, &counted);
        }
        let sent = |from: &[Publisher; 2]| from.each_ref().map(Publisher::sent);
        self.far_hears.listen(self.far, Some(&sent(&self.from_near)));
        self.near_hears.listen(near, Some(&sent(&self.from_far)));
        broker.stop("TERM");
    }
}
