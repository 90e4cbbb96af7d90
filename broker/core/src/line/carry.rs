//! What a [`Line`] does with each packet: asks the rules about it, and carries out what they say.

use std::sync::Arc;

use bytes::Bytes;

use super::aliases::Seen;
use super::flow::Flow;
use super::framer::Piece;
use super::queue::Item;
use super::tell::Tell;
use super::toxics::End;
use super::{Ending, Fired, Line, Note, Swallowed, World, opposite};
use crate::fault::{Cut, Deed, Infection, Onward, Toxic, Wait};
use crate::journal::Direction;
use crate::time::Time;
use crate::wire::{self, PacketType, Version};

/// So many packets are waited for to be swallowed. The oldest are forgotten.
const MOST_SWALLOWS: usize = 4096;

impl Line {
    pub(super) fn flow(&self, direction: Direction) -> &Flow {
        let [from_client, to_client] = &self.flows;
        match direction {
            Direction::In => from_client,
            Direction::Out => to_client,
        }
    }

    pub(super) fn flow_mut(&mut self, direction: Direction) -> &mut Flow {
        let [from_client, to_client] = &mut self.flows;
        match direction {
            Direction::In => from_client,
            Direction::Out => to_client,
        }
    }

    /// Calls `act` on a direction, and takes the end that a toxic wants.
    pub(super) fn with(
        &mut self,
        world: &mut World<'_>,
        direction: Direction,
        act: impl FnOnce(&mut Flow, Time, Version, &mut Tell<'_>) -> Option<End>,
    ) {
        let [from_client, to_client] = &mut self.flows;
        let flow = match direction {
            Direction::In => from_client,
            Direction::Out => to_client,
        };
        let mut tell = Tell {
            to: world.note,
            told: &mut self.told,
            client_id: &self.who.client_id,
        };
        let end = act(flow, self.now, self.who.version, &mut tell);
        if let Some(end) = end.filter(|_| !self.is_over()) {
            if end.at_once {
                self.end_at_once(end.how);
            } else {
                self.flow_mut(direction).lose_queue();
                self.end_after(direction, end.how);
            }
        }
    }

    pub(super) fn poll(&mut self, world: &mut World<'_>, direction: Direction) {
        self.with(world, direction, Flow::poll);
    }

    fn note(&mut self, world: &mut World<'_>, note: Note<'_>) {
        let mut tell = Tell {
            to: world.note,
            told: &mut self.told,
            client_id: &self.who.client_id,
        };
        tell.note(note);
    }

    /// Asks which rules on bytes concern it now, and lets go what those kept back that do not any more. Where they act at once, the
    /// journal is told first of the packet that came and made it ask. Returns whether it was.
    pub(super) fn ask(&mut self, world: &mut World<'_>, came: Option<(Direction, &[u8])>) -> bool {
        self.generation = Some(world.faults.generation());
        let infections = world.faults.infections(self.now, world.scenarios, &self.who);
        self.told.keep(&infections);
        let act = |infection: &Infection| matches!(infection.toxic, Toxic::Stall | Toxic::Down);
        let came = came.filter(|_| infections.iter().any(act));
        if let Some((direction, bytes)) = came {
            self.note(world, Note::Came { direction, bytes });
        }
        for direction in [Direction::In, Direction::Out] {
            let faults = &*world.faults;
            let now = self.now;
            let queue = &mut self.flow_mut(direction).queue;
            queue.release_gone(now, |rule| faults.in_force(rule));
            self.with(world, direction, |flow, now, version, tell| {
                flow.update(now, &infections, version, tell)
            });
        }
        came.is_some()
    }

    /// Cuts packets out of what came, and deals with each. Runs that no rule touches pass as one.
    pub(super) fn read(&mut self, world: &mut World<'_>, direction: Direction, bytes: &[u8]) {
        if self.flow(direction).is_closed() {
            return self.flow_mut(direction).lose(bytes.len());
        }
        let joined = self.flow_mut(direction).framer.joined(bytes);
        let input = joined.as_deref().unwrap_or(bytes);
        let (mut at, mut run) = (0, Run::default());
        while let Some(rest) = input.get(at..)
            && let Some(piece) = self.flow_mut(direction).framer.next(rest)
        {
            match piece {
                Piece::Packet(len) => {
                    let packet = rest.get(..len).unwrap_or_default();
                    self.packet(world, direction, packet, input, &mut run);
                    at += len;
                }
                Piece::Unread(len) | Piece::Fenced(len) => {
                    self.pass(world, direction, input, &mut run);
                    let unread = rest.get(..len).unwrap_or_default();
                    if matches!(piece, Piece::Unread(_)) {
                        let bytes = unread;
                        self.note(world, Note::Unread { direction, bytes });
                    }
                    self.with(world, direction, |flow, now, version, tell| {
                        flow.pass_unread(now, unread, version, tell)
                    });
                    at += len;
                }
            }
            if run.packets == 0 {
                run.start = at;
            }
            if self.flow(direction).is_closed() {
                return self.flow_mut(direction).lose(input.len() - at);
            }
        }
        self.pass(world, direction, input, &mut run);
        self.flow_mut(direction).framer.keep(joined, bytes, at);
        self.poll(world, direction);
    }

    /// Passes on the run so far.
    fn pass(&mut self, world: &mut World<'_>, direction: Direction, input: &[u8], run: &mut Run) {
        let Run { start, len, packets } = std::mem::take(run);
        let bytes = input.get(start..start + len).unwrap_or_default();
        run.start = start + len;
        if packets > 0 {
            self.with(world, direction, |flow, now, version, tell| {
                flow.pass(bytes, packets, tell);
                // What waited to be overtaken by it.
                if flow.queue.is_drained() {
                    None
                } else {
                    flow.poll(now, version, tell)
                }
            });
        }
    }

    /// A whole packet came: it joins the run, or the run passes and it is dealt with by itself.
    fn packet(
        &mut self,
        world: &mut World<'_>,
        direction: Direction,
        packet: &[u8],
        input: &[u8],
        run: &mut Run,
    ) {
        let mut came = false;
        if self.is_news(direction, packet) {
            self.pass(world, direction, input, run);
            came = self.learn(world, direction, packet);
            if self.flow(direction).is_closed() {
                self.note_came(world, direction, packet, &mut came);
                return self.flow_mut(direction).lose(packet.len());
            }
        }
        let version = self.who.version;
        let flow = self.flow_mut(direction);
        let seen = flow.aliases.look(version, packet);
        if let Some(swallowed) = self.swallowed(direction, packet) {
            self.pass(world, direction, input, run);
            self.note_came(world, direction, packet, &mut came);
            let fired = Note::Fired(Fired {
                client_id: Arc::clone(&self.who.client_id),
                rule: swallowed.rule,
                action: "swallow",
                nth: swallowed.nth,
                delivery: delivers(direction, packet),
                why: None,
                lost: true,
            });
            self.note(world, fired);
            let flow = self.flow_mut(direction);
            flow.aliases.parted();
            return flow.lose(packet.len());
        }
        let topic = seen.as_ref().and_then(|seen| seen.topic.as_deref());
        let deed = world
            .faults
            .decide(self.now, world.scenarios, &self.who, direction, packet, topic);
        let remarks = world.faults.remarks();
        let flow = self.flow_mut(direction);
        let passes = !came && flow.is_open(run.len + packet.len()) && flow.aliases.in_step(seen.as_ref());
        match deed {
            None if passes => {
                flow.aliases.passed(seen);
                run.len += packet.len();
                run.packets += 1;
                if flow.queue.counts() {
                    self.pass(world, direction, input, run);
                }
            }
            None => {
                self.pass(world, direction, input, run);
                self.note_came(world, direction, packet, &mut came);
                let item = Item::late(packet, seen);
                self.go_on(world, direction, item, Wait::No);
            }
            Some(deed) => {
                self.pass(world, direction, input, run);
                self.carry_out(world, direction, packet, (seen, came), deed);
            }
        }
        if !remarks.is_empty() {
            // They stand behind their packet.
            self.pass(world, direction, input, run);
        }
        for remark in remarks {
            self.note(world, Note::Remarked(remark));
        }
    }

    /// Does what the rule says.
    fn carry_out(
        &mut self,
        world: &mut World<'_>,
        direction: Direction,
        packet: &[u8],
        (seen, mut came): (Option<Seen>, bool),
        deed: Deed,
    ) {
        let Deed { rule, nth, .. } = deed;
        let fired = Note::Fired(Fired {
            client_id: Arc::clone(&self.who.client_id),
            rule: rule.clone(),
            action: deed.action,
            nth,
            delivery: delivers(direction, packet),
            why: deed.why,
            lost: deed.onward == Onward::Nothing || deed.wait == Wait::Held(None),
        });
        let flow = self.flow_mut(direction);
        let passes = (&deed.onward, deed.wait) == (&Onward::Same, Wait::No)
            && !came
            && flow.is_open(packet.len())
            && flow.aliases.in_step(seen.as_ref());
        if passes {
            flow.aliases.passed(seen);
            self.with(world, direction, |flow, _, _, tell| {
                flow.pass(packet, 1, tell);
                None
            });
            if deed.is_told {
                self.note(world, fired);
            }
            self.poll(world, direction);
        } else {
            self.note_came(world, direction, packet, &mut came);
            if deed.is_told {
                self.note(world, fired);
            }
            let mut item = Item::late(packet, seen);
            item.rule = Some(rule.clone());
            match deed.onward {
                Onward::Same => {}
                Onward::Bytes(bytes) => item.bytes = bytes.into(),
                Onward::Nothing => item.bytes = Bytes::new(),
            }
            self.go_on(world, direction, item, deed.wait);
        }
        let back = opposite(direction);
        let answers = !deed.back.is_empty();
        self.flow_mut(back).insert(&rule, deed.back);
        self.poll(world, back);
        for what in deed.swallow {
            let rule = rule.clone();
            self.swallows.push(Swallowed { what, rule, nth });
        }
        let too_many = self.swallows.len().saturating_sub(MOST_SWALLOWS);
        self.swallows.drain(..too_many);
        match deed.cut {
            None => {}
            Some(Cut::Close) => {
                self.end_after(direction, Cut::Close);
                if answers {
                    self.end_after(back, Cut::Close);
                }
            }
            Some(how) => self.end_at_once(how),
        }
    }

    /// A packet goes on by itself, once it has waited.
    fn go_on(&mut self, world: &mut World<'_>, direction: Direction, item: Item, wait: Wait) {
        self.with(world, direction, |flow, now, version, tell| {
            flow.aliases.parted();
            flow.push(now, item, wait);
            flow.poll(now, version, tell)
        });
    }

    fn note_came(&mut self, world: &mut World<'_>, direction: Direction, bytes: &[u8], came: &mut bool) {
        if !std::mem::replace(came, true) {
            self.note(world, Note::Came { direction, bytes });
        }
    }

    /// Takes out who waits for this packet to swallow it.
    fn swallowed(&mut self, direction: Direction, packet: &[u8]) -> Option<Swallowed> {
        if self.swallows.is_empty() {
            return None;
        }
        let packet_type = PacketType::from_first_byte(*packet.first()?)?;
        let decoded = wire::decode(self.who.version, packet).ok();
        let id = decoded.and_then(|packet| packet.packet_id());
        let at = self.swallows.iter().position(|Swallowed { what, .. }| {
            (what.direction, what.packet) == (direction, packet_type)
                && (what.packet_id.is_none() || what.packet_id == id)
        })?;
        Some(self.swallows.remove(at))
    }

    /// The connection ends once what is on its way in this direction has gone. What comes from now on is lost.
    fn end_after(&mut self, direction: Direction, how: Cut) {
        self.flow_mut(direction).shut();
        let ending = self.ending.get_or_insert(Ending {
            how,
            after: [false; 2],
        });
        if let Some(after) = ending.after.get_mut(direction as usize) {
            *after = true;
        }
    }

    /// Whether the connection has ended at once.
    pub(super) fn is_over(&self) -> bool {
        let ending = self.ending.as_ref();
        ending.is_some_and(|ending| ending.after == [false; 2])
    }

    /// The connection ends at once. All that waits is lost.
    fn end_at_once(&mut self, how: Cut) {
        self.flows.iter_mut().for_each(Flow::lose_all);
        let after = [false; 2];
        self.ending = Some(Ending { how, after });
    }
}

/// Packets that no rule touches, one behind the other.
#[derive(Debug, Default)]
struct Run {
    start: usize,
    len: usize,
    packets: u32,
}

/// Whether the packet belongs to a delivery to the client.
fn delivers(direction: Direction, packet: &[u8]) -> bool {
    let packet_type = packet
        .first()
        .and_then(|first| PacketType::from_first_byte(*first));
    packet_type.is_some_and(|packet_type| direction.delivers(packet_type))
}
