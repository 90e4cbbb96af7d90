//! Rules that lose, double and reorder packets by chance, and beside them the naive model of what a line makes of that.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use broker_core::chance::Rng;
use broker_core::engine::Direction;
use broker_core::fault::{Deed, Infection, Onward, Wait, Who};
use broker_core::line::Judge;
use broker_core::scenario::Scenarios;
use broker_core::time::Time;
use broker_core::wire::{self, Packet, PacketId, Version};

/// A packet waits no longer than this for others to overtake it.
const LIMIT: Duration = Duration::from_millis(20);

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub packets: u64,
    pub lost: u64,
    pub doubled: u64,
    pub overtaken: u64,
}

/// The rules, and for each client and direction what must come out of its line.
pub(crate) struct Rules {
    seed: u64,
    models: BTreeMap<(Arc<str>, bool), Model>,
    pub counts: Counts,
}

struct Model {
    luck: Rng,
    /// What has come out of the line and was not compared yet.
    expected: Vec<Vec<u8>>,
    aside: Vec<Aside>,
}

struct Aside {
    packet: Vec<u8>,
    overtakers: u32,
    until: Time,
}

impl Rules {
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            models: BTreeMap::new(),
            counts: Counts::default(),
        }
    }

    fn model(&mut self, client_id: &str, direction: Direction) -> &mut Model {
        let seed = self.seed;
        let key = (Arc::from(client_id), direction == Direction::In);
        self.models.entry(key).or_insert_with_key(|(client_id, inward)| {
            let of = client_id
                .bytes()
                .fold(u64::from(*inward), |sum, byte| sum * 31 + u64::from(byte));
            Model {
                luck: Rng::new(Rng::new(seed ^ of).next_u64()),
                expected: Vec::new(),
                aside: Vec::new(),
            }
        })
    }

    /// The client has a new connection. What its line held is gone.
    pub fn begin(&mut self, client_id: &str) {
        for direction in [Direction::In, Direction::Out] {
            let model = self.model(client_id, direction);
            model.aside.clear();
            model.expected.clear();
        }
    }

    /// These bytes came out of the line of this client.
    pub fn compare(
        &mut self,
        now: Time,
        client_id: &str,
        version: Version,
        direction: Direction,
        mut bytes: &[u8],
    ) {
        let model = self.model(client_id, direction);
        model.tick(now);
        for expected in model.expected.drain(..) {
            let len = wire::frame(bytes, usize::MAX)
                .ok()
                .flatten()
                .unwrap_or(usize::MAX);
            let Some((packet, rest)) = bytes.split_at_checked(len) else {
                panic!("{client_id}: {expected:?} was lost");
            };
            assert!(
                packet == expected || but_for_topic(version, packet) == but_for_topic(version, &expected),
                "{client_id}: {packet:?} in the place of {expected:?}"
            );
            bytes = rest;
        }
        assert!(bytes.is_empty(), "{client_id}: {bytes:?} came from nowhere");
    }
}

/// A line may give a packet its topic back.
fn but_for_topic(version: Version, packet: &[u8]) -> Option<(Option<u16>, Vec<u8>)> {
    match wire::decode(version, packet) {
        Ok(Packet::Publish(publish)) => Some((
            publish.packet_id.map(PacketId::get),
            [&[packet[0]], publish.payload].concat(),
        )),
        _ => None,
    }
}

impl Model {
    fn tick(&mut self, now: Time) {
        while let Some(at) = (0..self.aside.len()).min_by_key(|at| self.aside[*at].until)
            && self.aside[at].until <= now
        {
            let packet = self.aside.remove(at).packet;
            self.expected.push(packet);
        }
    }

    /// One packet, or its double, goes past those that stand aside.
    fn goes(&mut self, packet: &[u8], times: usize) {
        for _ in 0..times {
            self.expected.push(packet.to_vec());
        }
        let mut waiting = Vec::new();
        for mut aside in self.aside.drain(..) {
            aside.overtakers -= 1;
            if aside.overtakers == 0 {
                self.expected.push(aside.packet);
            } else {
                waiting.push(aside);
            }
        }
        self.aside = waiting;
    }
}

impl Judge for Rules {
    fn decide(
        &mut self,
        now: Time,
        _scenarios: &mut Scenarios,
        who: &Who,
        direction: Direction,
        packet: &[u8],
        _topic: Option<&str>,
    ) -> Option<Deed> {
        let kind = packet[0] >> 4;
        let model = self.model(&who.client_id, direction);
        model.tick(now);
        // PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP.
        let draw = if (3..=7).contains(&kind) {
            model.luck.below(100)
        } else {
            99
        };
        let (action, onward, wait) = match draw {
            0..2 => ("lose", Onward::Nothing, Wait::No),
            2..4 => {
                model.goes(packet, 2);
                ("double", Onward::Bytes(packet.repeat(2)), Wait::No)
            }
            // Acknowledgements of exchanges that begin anew under an old identifier must not be overtaken.
            4..7 if kind == 3 => {
                let overtakers = 1 + model.luck.below(4) as u32;
                model.aside.push(Aside {
                    packet: packet.to_vec(),
                    overtakers,
                    until: now + LIMIT,
                });
                ("reorder", Onward::Same, Wait::Behind(overtakers, LIMIT))
            }
            _ => {
                model.goes(packet, 1);
                self.counts.packets += 1;
                return None;
            }
        };
        self.counts.packets += 1;
        let nth = match action {
            "lose" => &mut self.counts.lost,
            "double" => &mut self.counts.doubled,
            _ => &mut self.counts.overtaken,
        };
        *nth += 1;
        Some(Deed {
            rule: Arc::from(action),
            nth: *nth,
            action,
            why: None,
            onward,
            wait,
            back: Vec::new(),
            swallow: Vec::new(),
            cut: None,
        })
    }

    fn infections(&mut self, _now: Time, _scenarios: &mut Scenarios, _who: &Who) -> Vec<Infection> {
        Vec::new()
    }

    fn generation(&self) -> u64 {
        1
    }

    fn may_concern(&self, _who: &Who) -> bool {
        true
    }

    fn in_force(&self, _rule: &str) -> bool {
        true
    }
}
