//! An action is carried out on a packet: bytes are made and chance is drawn.

use std::collections::BTreeSet;
use std::time::Duration;

use super::action::{Action, Part, Toward};
use super::draft::{self, Draft};
use super::{Cut, Onward, Swallow, Wait};
use crate::chance::Rng;
use crate::journal::Direction;
use crate::wire::{self, Packet, PacketId, PacketType, QoS, ReasonCode, Version};

/// The packet that a rule acts on.
pub(super) struct Subject<'a> {
    pub direction: Direction,
    pub version: Version,
    pub bytes: &'a [u8],
    /// Decoded, where that is possible.
    pub packet: Option<&'a Packet<'a>>,
}

/// What is done with it.
pub(super) struct Done {
    pub onward: Onward,
    pub wait: Wait,
    pub back: Vec<u8>,
    pub swallow: Vec<Swallow>,
    pub cut: Option<Cut>,
}

impl Done {
    pub fn new(onward: Onward) -> Self {
        Self {
            onward,
            wait: Wait::No,
            back: Vec::new(),
            swallow: Vec::new(),
            cut: None,
        }
    }

    fn waits(wait: Wait) -> Self {
        Self {
            wait,
            ..Self::new(Onward::Same)
        }
    }
}

/// Does it. The error says why that cannot be.
pub(super) fn act(action: &Action, on: &Subject<'_>, rng: &mut Rng) -> Result<Done, String> {
    Ok(match action {
        Action::Drop => Done::new(Onward::Nothing),
        Action::Latency(delay) => Done::waits(Wait::For(delay.draw(rng))),
        Action::Hold { timeout } => Done::waits(Wait::Held(timeout.map(Duration::from_millis))),
        Action::Reorder { behind, timeout } => {
            Done::waits(Wait::Behind(*behind, Duration::from_millis(*timeout)))
        }
        Action::Duplicate {
            copies,
            dup,
            packet_identifier,
        } => on.duplicate(*copies, *dup, *packet_identifier)?,
        Action::Corrupt { bytes, at } => Done::new(Onward::Bytes(on.corrupt(*bytes as usize, *at, rng)?)),
        Action::Truncate { keep, adjust } => Done::new(on.truncate(*keep as usize, *adjust)?),
        Action::Edit(edit) => {
            let mut bytes = Vec::with_capacity(on.bytes.len());
            edit.apply(on.version, on.decoded()?, &mut bytes)?;
            on.in_its_place(bytes)
        }
        Action::Replace(drafts) => on.in_its_place(on.made(drafts)?),
        Action::Answer(drafts) => Done {
            back: on.made(drafts)?,
            ..Done::new(Onward::Nothing)
        },
        Action::AnswerEarly(delay) => on.answer_early(delay.draw(rng))?,
        Action::Refuse(code) => on.refuse(*code)?,
        Action::Disconnect {
            after,
            how,
            reason_code,
        } => on.disconnect(*after, *how, *reason_code),
        Action::Send { packets, to, after } => on.send(packets, *to, *after)?,
    })
}

impl Subject<'_> {
    fn decoded(&self) -> Result<&Packet<'_>, String> {
        self.packet.ok_or_else(|| "its bytes are not a packet".to_owned())
    }

    /// The way that its answer takes.
    fn opposite(&self) -> Direction {
        match self.direction {
            Direction::In => Direction::Out,
            Direction::Out => Direction::In,
        }
    }

    fn made(&self, drafts: &[Draft]) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        for draft in drafts {
            draft.bytes(self.version, self.packet, &mut bytes)?;
        }
        Ok(bytes)
    }

    /// These bytes go on in the packet's place. Answers to identifiers that it did not have are answers to what was made up.
    fn in_its_place(&self, bytes: Vec<u8>) -> Done {
        let own = self.packet.and_then(Packet::packet_id);
        let answers = draft::answers(self.version, &bytes).into_iter();
        let made_up = answers.filter(|(_, id)| id.is_some() && *id != own);
        let swallow = made_up.map(|(packet, packet_id)| Self::swallow(self.opposite(), packet, packet_id));
        Done {
            swallow: swallow.collect(),
            ..Done::new(Onward::Bytes(bytes))
        }
    }

    fn swallow(direction: Direction, packet: PacketType, packet_id: Option<PacketId>) -> Swallow {
        Swallow {
            direction,
            packet,
            packet_id,
        }
    }

    fn duplicate(
        &self,
        copies: u32,
        dup: Option<bool>,
        packet_identifier: Option<u16>,
    ) -> Result<Done, String> {
        let mut copy = Vec::with_capacity(self.bytes.len());
        match packet_identifier.and_then(PacketId::new) {
            None => copy.extend_from_slice(self.bytes),
            Some(id) => {
                let packet = self.decoded()?;
                if packet.packet_id().is_none() {
                    return Err(format!(
                        "{} has no packet_identifier",
                        packet.packet_type().name()
                    ));
                }
                draft::renumbered(self.version, packet, id, &mut copy);
            }
        }
        if let (Some(dup), Some(first)) = (dup, copy.first_mut()) {
            match self.packet {
                // At QoS 0 it is never set.
                Some(Packet::Publish(publish)) if publish.qos != QoS::AtMostOnce => {
                    *first = *first & !DUP | if dup { DUP } else { 0 };
                }
                _ => return Err("only PUBLISH of QoS 1 or 2 has DUP".to_owned()),
            }
        }
        if copy.len().saturating_mul(copies as usize) > MOST_BYTES {
            return Err(format!("{copies} copies have more than {MOST_BYTES} bytes"));
        }
        let copies = copy.repeat(copies as usize);
        let mut done = self.in_its_place(copies.clone());
        done.onward = Onward::Bytes([self.bytes, &copies].concat());
        Ok(done)
    }

    fn corrupt(&self, bytes: usize, at: Part, rng: &mut Rng) -> Result<Vec<u8>, String> {
        let all = self.bytes.len();
        let header = header_len(self.bytes);
        let range = match (at, self.packet) {
            (Part::Any, _) => 0..all,
            (Part::FixedHeader, _) => 0..header,
            (Part::Body, _) => header..all,
            (Part::Payload, Some(Packet::Publish(publish))) => all - publish.payload.len()..all,
            (Part::Payload, _) => all..all,
        };
        if range.is_empty() {
            return Err("the packet has nothing there".to_owned());
        }
        let mut changed = self.bytes.to_vec();
        // Each byte at most once, or two flips could undo each other: so many different numbers, after Floyd.
        let (start, len) = (range.start, range.len());
        let mut places = BTreeSet::new();
        for last in len - bytes.min(len)..len {
            let place = rng.below(last as u64 + 1) as usize;
            if !places.insert(place) {
                places.insert(last);
            }
        }
        for place in places {
            changed[start + place] ^= 1 << rng.below(8);
        }
        Ok(changed)
    }

    fn truncate(&self, keep: usize, adjust: bool) -> Result<Onward, String> {
        if keep >= self.bytes.len() {
            return Err(format!(
                "the packet has {} bytes, no more than are kept",
                self.bytes.len()
            ));
        }
        if !adjust {
            return Ok(match keep {
                0 => Onward::Nothing,
                keep => Onward::Bytes(self.bytes[..keep].to_vec()),
            });
        }
        let header = header_len(self.bytes);
        let Some(body) = self.bytes.get(header..keep) else {
            return Err(format!("the fixed header has {header} bytes, more than are kept"));
        };
        let mut shorter = vec![self.bytes[0]];
        wire::put_remaining_length(body.len(), &mut shorter);
        shorter.extend_from_slice(body);
        Ok(Onward::Bytes(shorter))
    }

    fn answer_early(&self, late: Duration) -> Result<Done, String> {
        let packet = self.decoded()?;
        let mut done = Done::waits(Wait::For(late));
        let version = self.version;
        let answer = draft::grant(packet, version, &mut done.back);
        let answer = answer.ok_or_else(|| format!("{} is not answered", packet.packet_type().name()))?;
        done.swallow
            .push(Self::swallow(self.opposite(), answer, packet.packet_id()));
        Ok(done)
    }

    fn refuse(&self, code: ReasonCode) -> Result<Done, String> {
        let packet = self.decoded()?;
        let mut done = Done::new(Onward::Nothing);
        let is_said = draft::refusal(packet, self.version, code, &mut done.back).is_ok();
        match packet {
            // As the standards have it after a CONNACK that refuses.
            Packet::Connect(_) => done.cut = Some(Cut::Close),
            // It is lost, as a broker may do that refuses it without a word.
            Packet::Publish(publish) if publish.qos == QoS::AtMostOnce => {}
            _ if !is_said => done.cut = Some(Cut::Close),
            _ => {}
        }
        Ok(done)
    }

    fn disconnect(&self, after: bool, how: Cut, reason_code: Option<ReasonCode>) -> Done {
        let mut goodbye = Vec::new();
        if let Some(code) = reason_code {
            draft::goodbye(self.version, code, &mut goodbye);
        }
        let mut done = Done::new(if after { Onward::Same } else { Onward::Nothing });
        done.cut = Some(how);
        if goodbye.is_empty() {
            return done;
        }
        // To the client, whichever way the packet goes.
        match (self.direction, after) {
            (Direction::In, _) => done.back = goodbye,
            (Direction::Out, false) => done.onward = Onward::Bytes(goodbye),
            (Direction::Out, true) => done.onward = Onward::Bytes([self.bytes, &goodbye].concat()),
        }
        done
    }

    fn send(&self, packets: &[Draft], to: Toward, after: bool) -> Result<Done, String> {
        let made = self.made(packets)?;
        let answers = draft::answers(self.version, &made).into_iter();
        let is_back = (to == Toward::Client) == (self.direction == Direction::In);
        // Answers come from where they are sent to.
        let from = if is_back { self.direction } else { self.opposite() };
        let mut done = Done::new(Onward::Same);
        done.swallow = answers
            .map(|(packet, id)| Self::swallow(from, packet, id))
            .collect();
        if is_back {
            done.back = made;
        } else if after {
            done.onward = Onward::Bytes([self.bytes, &made].concat());
        } else {
            done.onward = Onward::Bytes([&made, self.bytes].concat());
        }
        Ok(done)
    }
}

/// DUP in the first byte of a PUBLISH.
const DUP: u8 = 0b1000;

/// No deed makes more bytes than these of a packet.
const MOST_BYTES: usize = 16 << 20;

/// The length of the fixed header.
fn header_len(packet: &[u8]) -> usize {
    let length = packet
        .iter()
        .skip(1)
        .take(4)
        .take_while(|byte| **byte & 0x80 != 0)
        .count();
    (length + 2).min(packet.len())
}
