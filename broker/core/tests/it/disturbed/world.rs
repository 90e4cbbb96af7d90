//! The engine, the clients, and a line for each connection.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use broker_core::chance::Rng;
use broker_core::engine::{ConnId, Direction, Engine};
use broker_core::fault::Who;
use broker_core::line::{Attach, Line, Note};
use broker_core::scenario::Scenarios;
use broker_core::settings::BrokerSettings;
use broker_core::time::Time;
use broker_core::wire::{QoS, Version};

use super::client::Client;
use super::rules::{Counts, Rules};

const TICK: Duration = Duration::from_millis(1);
/// About so many packets pass for a message, on all ways together.
const PACKETS_A_MESSAGE: u64 = 7;
/// All have connected again several times after so long.
const AFTERWARDS: u32 = 1000;

/// A client with its connection.
struct Seat {
    client: Client,
    conn: Option<ConnId>,
    line: Line,
    /// So many bytes of the outbox the line has and has not released.
    given: usize,
}

pub(crate) struct World {
    engine: Engine,
    seats: Vec<Seat>,
    pub rules: Rules,
    scenarios: Scenarios,
    rng: Rng,
    now: Time,
    told: Counts,
    /// PUBLISH packets of QoS 0 that went to clients, as the journal was told.
    qos0: u64,
    pub connections: u64,
    digest: DefaultHasher,
}

fn who(client_id: &str) -> Who {
    Who {
        conn: ConnId::relayed(1),
        client_id: client_id.into(),
        user: None,
        listener: "main".into(),
        version: Version::V311,
    }
}

impl World {
    pub fn new(seed: u64, packets: u64) -> Self {
        let mut clients = Vec::new();
        let total = u32::try_from(packets / PACKETS_A_MESSAGE / 6).expect("not that many") + 1;
        for (number, qos) in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce]
            .into_iter()
            .enumerate()
        {
            for version in [Version::V311, Version::V5] {
                clients.push(Client::new(
                    format!("p{number}/{version}"),
                    version,
                    qos,
                    Some(total),
                ));
            }
            let version = if number == 0 { Version::V311 } else { Version::V5 };
            clients.push(Client::new(format!("s{number}"), version, qos, None));
        }
        // Subscribers come first, so that they miss nothing.
        clients.sort_by_key(|client| client.total);
        let seat = |client| Seat {
            client,
            conn: None,
            line: Line::new(who(""), Attach::default()),
            given: 0,
        };
        Self {
            engine: Engine::new(Arc::new(BrokerSettings::default()), seed),
            seats: clients.into_iter().map(seat).collect(),
            rules: Rules::new(seed),
            scenarios: Scenarios::default(),
            rng: Rng::new(seed),
            now: Time::from_secs(1),
            told: Counts::default(),
            qos0: 0,
            connections: 0,
            digest: DefaultHasher::new(),
        }
    }

    /// Runs until all is published and acknowledged, and everything that was promised has come.
    pub fn run(&mut self) {
        let most = 2_000
            + self
                .seats
                .iter()
                .filter_map(|seat| seat.client.total)
                .sum::<u32>();
        let mut steps = 0;
        while !(self.seats.iter().all(|seat| seat.client.is_done()) && self.missing() == 0) {
            assert!(steps < most, "{} messages are missing", self.missing());
            self.step();
            steps += 1;
        }
        for _ in 0..AFTERWARDS {
            self.step();
        }
    }

    fn step(&mut self) {
        self.now = self.now + TICK;
        if self.engine.next_timeout().is_some_and(|due| due <= self.now) {
            self.engine.tick(self.now);
        }
        for at in 0..self.seats.len() {
            let seat = &mut self.seats[at];
            if seat.client.is_impatient(self.now) {
                self.connect(at);
            }
            self.seats[at].client.publish(self.now);
            self.lead(at, Line::tick);
            self.speak(at);
        }
        while let Some(id) = self.engine.next_touched() {
            let at = self.seats.iter().position(|seat| seat.conn == Some(id));
            if let Some(at) = at {
                self.hear(at);
                self.speak(at);
            }
        }
    }

    fn connect(&mut self, at: usize) {
        let seat = &mut self.seats[at];
        if let Some(old) = seat.conn.take() {
            self.engine.closed(self.now, old, "the client reset it");
        }
        self.connections += 1;
        seat.conn = Some(self.engine.open(self.now, String::new()));
        seat.line = Line::new(who(""), Attach::default());
        seat.given = 0;
        seat.client.connect(self.now);
        self.rules.begin(&seat.client.name);
    }

    /// Calls a line, takes all that comes out of it, and compares that with the model.
    fn lead(&mut self, at: usize, act: impl FnOnce(&mut Line, &mut broker_core::line::World<'_>)) {
        let Some(id) = self.seats[at].conn else { return };
        let seat = &mut self.seats[at];
        let (told, qos0, digest) = (&mut self.told, &mut self.qos0, &mut self.digest);
        act(
            &mut seat.line,
            &mut broker_core::line::World {
                now: self.now,
                faults: &mut self.rules,
                scenarios: &mut self.scenarios,
                note: &mut |note| {
                    format!("{note:?}").hash(digest);
                    count(told, qos0, &note);
                },
            },
        );
        let (name, version) = (seat.client.name.clone(), seat.client.version);
        for direction in [Direction::In, Direction::Out] {
            let mut bytes = Vec::new();
            while let Some(ready) = seat.line.ready(direction) {
                let n = ready.bytes.len();
                bytes.extend_from_slice(ready.bytes);
                seat.line.took(direction, n);
            }
            bytes.hash(&mut self.digest);
            self.rules.compare(self.now, &name, version, direction, &bytes);
            match direction {
                Direction::In => {
                    let mut taken = self.engine.receive(self.now, id, &bytes);
                    while self.engine.has_unhandled(id) {
                        taken += self.engine.receive(self.now, id, &bytes[taken..]);
                    }
                    assert_eq!(taken, bytes.len());
                }
                Direction::Out if !bytes.is_empty() => seat.client.receive(self.now, &bytes),
                Direction::Out => {}
            }
        }
        let released = seat.line.released(Direction::Out);
        seat.given -= released;
        self.engine.wrote(self.now, id, released);
        let reason = self.engine.close_reason(id);
        assert!(reason.is_none(), "{name}: {reason:?}");
    }

    /// What the client sends goes through its line, cut anywhere.
    fn speak(&mut self, at: usize) {
        let out = std::mem::take(&mut self.seats[at].client.out);
        if !out.is_empty() {
            let (one, two) = out.split_at(self.rng.below(out.len() as u64 + 1) as usize);
            for part in [one, two] {
                self.lead(at, |line, world| line.receive(world, Direction::In, part));
            }
        }
    }

    /// What the engine sends does, too.
    fn hear(&mut self, at: usize) {
        loop {
            let seat = &mut self.seats[at];
            let outbox = seat.conn.and_then(|id| self.engine.outbox(id));
            let new = outbox.map_or(&[][..], |outbox| outbox.after(seat.given));
            if new.is_empty() {
                return;
            }
            let new = new.to_vec();
            seat.given += new.len();
            self.lead(at, |line, world| line.receive(world, Direction::Out, &new));
        }
    }

    /// Messages that must come and have not.
    fn missing(&self) -> usize {
        let subscribers = self.seats.iter().filter(|seat| seat.client.total.is_none());
        let subscribers = subscribers.filter(|seat| seat.client.qos > QoS::AtMostOnce);
        subscribers
            .map(|subscriber| {
                let publishers = self.seats.iter().filter(|seat| seat.client.qos > QoS::AtMostOnce);
                let sent: u32 = publishers.filter_map(|seat| seat.client.total).sum();
                let got = subscriber
                    .client
                    .got
                    .keys()
                    .filter(|(topic, _)| !topic.starts_with("p0"));
                sent as usize - got.count()
            })
            .sum()
    }

    /// Holds all that came against what MQTT promises, and against what the journal was told.
    pub fn verify(&self) {
        assert_eq!(self.missing(), 0);
        for subscriber in self.seats.iter().filter(|seat| seat.client.total.is_none()) {
            for ((topic, number), times) in &subscriber.client.got {
                let exactly = topic.starts_with("p2") && subscriber.client.qos == QoS::ExactlyOnce;
                assert!(!exactly || *times == 1, "{topic} {number} came {times} times");
            }
        }
        let counts = self.rules.counts;
        assert_eq!(
            (self.told.lost, self.told.doubled, self.told.overtaken),
            (counts.lost, counts.doubled, counts.overtaken),
            "all that was done was told"
        );
        assert!(counts.lost > 0 && counts.doubled > 0 && counts.overtaken > 0);
        let got: u64 = self.seats.iter().map(|seat| seat.client.got_qos0).sum();
        assert_eq!(
            got, self.qos0,
            "what the journal says went to clients came to them"
        );
    }

    pub fn digest(&self) -> u64 {
        self.digest.finish()
    }
}

fn count(told: &mut Counts, qos0: &mut u64, note: &Note<'_>) {
    match note {
        Note::Fired(fired) => match fired.action {
            "drop" => told.lost += 1,
            "duplicate" => told.doubled += 1,
            _ => told.overtaken += 1,
        },
        Note::Passed {
            direction: Direction::Out,
            bytes,
            ..
        }
        | Note::Went {
            direction: Direction::Out,
            bytes,
        } => {
            let mut rest = *bytes;
            while let Ok(Some(len)) = broker_core::wire::frame(rest, usize::MAX) {
                *qos0 += u64::from(rest[0] >> 4 == 3 && rest[0] & 0b0110 == 0);
                rest = &rest[len..];
            }
        }
        _ => {}
    }
}
