//! Rules that lose, double and reorder packets by chance, and beside them the naive model of what a line makes of what they say.

use std::collections::BTreeMap;
use std::sync::Arc;

use broker_core::engine::Direction;
use broker_core::fault::{Deed, Faults, Infection, Onward, Rule, Wait, Who};
use broker_core::line::Judge;
use broker_core::pattern::{Pattern, puback, pubcomp, publish, pubrec, pubrel};
use broker_core::scenario::Scenarios;
use broker_core::time::Time;
use broker_core::wire::{self, Packet, PacketId, Version};

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
    faults: Faults,
    models: Models,
    pub counts: Counts,
}

type Models = BTreeMap<(Arc<str>, bool), Model>;

/// What a line makes of what the rules say.
#[derive(Default)]
struct Model {
    /// What has come out of the line and was not compared yet.
    expected: Vec<Vec<u8>>,
    aside: Vec<Aside>,
}

struct Aside {
    packet: Vec<u8>,
    overtakers: u32,
    until: Time,
}

fn model<'a>(models: &'a mut Models, client_id: &str, direction: Direction) -> &'a mut Model {
    models
        .entry((client_id.into(), direction == Direction::In))
        .or_default()
}

impl Rules {
    pub fn new(seed: u64) -> Self {
        let mut faults = Faults::new(seed);
        let mut add = |rule: Rule, name| {
            faults.add(Time::ZERO, rule.named(name)).expect("it can work");
        };
        let both_ways = |packet: Pattern| [packet.clone(), packet.outbound()];
        let packets = [publish("#"), puback(), pubrec(), pubrel(), pubcomp()];
        for (number, packet) in packets.into_iter().flat_map(both_ways).enumerate() {
            let lose = Rule::on(packet.clone()).drop_it().toxicity(0.02);
            add(lose, format!("lose {number}"));
            let double = Rule::on(packet).duplicate().toxicity(0.02);
            add(double, format!("double {number}"));
        }
        // Acknowledgements of exchanges that begin anew under an old identifier must not be overtaken.
        for (number, packet) in both_ways(publish("#")).into_iter().enumerate() {
            for behind in 1..=3 {
                let reorder = Rule::on(packet.clone()).reorder(behind).toxicity(0.01);
                add(reorder, format!("reorder {number} behind {behind}"));
            }
        }
        Self {
            faults,
            models: BTreeMap::new(),
            counts: Counts::default(),
        }
    }

    /// The client has a new connection. What its line held is gone.
    pub fn begin(&mut self, client_id: &str) {
        for direction in [Direction::In, Direction::Out] {
            let model = model(&mut self.models, client_id, direction);
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
        let model = model(&mut self.models, client_id, direction);
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
    fn goes(&mut self, mut packets: &[u8]) {
        while let Ok(Some(len)) = wire::frame(packets, usize::MAX) {
            self.expected.push(packets[..len].to_vec());
            packets = &packets[len..];
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
        scenarios: &mut Scenarios,
        who: &Who,
        direction: Direction,
        packet: &[u8],
        topic: Option<&str>,
    ) -> Option<Deed> {
        let deed = self.faults.decide(now, scenarios, who, direction, packet, topic);
        self.counts.packets += 1;
        let model = model(&mut self.models, &who.client_id, direction);
        model.tick(now);
        match deed.as_ref().map(|deed| (&deed.onward, deed.wait)) {
            None => model.goes(packet),
            Some((Onward::Nothing, Wait::No)) => self.counts.lost += 1,
            Some((Onward::Bytes(two), Wait::No)) => {
                self.counts.doubled += 1;
                assert_eq!(two.len(), 2 * packet.len());
                model.goes(two);
            }
            Some((Onward::Same, Wait::Behind(overtakers, limit))) => {
                self.counts.overtaken += 1;
                model.aside.push(Aside {
                    packet: packet.to_vec(),
                    overtakers,
                    until: now + limit,
                });
            }
            other => panic!("no rule does this: {other:?}"),
        }
        deed
    }

    fn infections(&mut self, now: Time, scenarios: &mut Scenarios, who: &Who) -> Vec<Infection> {
        self.faults.infections(now, scenarios, who)
    }

    fn generation(&self) -> u64 {
        self.faults.generation()
    }

    fn may_concern(&self, who: &Who) -> bool {
        self.faults.may_concern(who)
    }

    fn in_force(&self, rule: &str) -> bool {
        self.faults.in_force(rule)
    }
}
