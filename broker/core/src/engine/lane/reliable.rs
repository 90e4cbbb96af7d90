//! The express lane for QoS 1 and 2: runs of plain messages to one topic, of which only the packet identifiers change.
//!
//! It opens like the one for QoS 0 (`express.rs`), and is closed to what would have to wait: every receiver is there,
//! takes the publisher's form and QoS, has nothing queued and has room in its window.
//!
//! Gain: a QoS 1 exchange takes 2446 instructions instead of 5248, a QoS 2 exchange 3528 instead of 6418.

use std::sync::Arc;

use bytes::Bytes;

use super::frame::{body, header_bytes};
use crate::engine::outlet::Sent;
use crate::engine::policy::Targets;
use crate::engine::work::BUDGET;
use crate::engine::{ConnId, Engine};
use crate::session::{Charge, Delivery, Held, Message, Number, SessionKey};
use crate::time::Time;
use crate::wire::{PacketId, QoS};

const PUBACK: u8 = 0x40;
const PUBREC: u8 = 0x50;
/// The first byte of a plain PUBLISH at QoS 2; at QoS 1 it is 0x32.
const PLAIN_EXACTLY_ONCE: u8 = 0x34;

/// Where things are in one packet of a run.
#[derive(Debug, Clone, Copy)]
struct Frame {
    end: usize,
    id_at: usize,
    payload_at: usize,
    packet_id: PacketId,
}

/// Consecutive packets of one lane.
#[derive(Debug, Default)]
pub(in crate::engine) struct Run {
    frames: Vec<Frame>,
    messages: Vec<Arc<Message>>,
}

/// The most memory that the messages of a run and their places take beside their bytes.
const RUN_BYTES: usize = 1024 * 1024;

impl Engine {
    /// Takes as many packets from the front of `bytes` as the connection's lane fits; returns how many bytes that was.
    pub(super) fn express_reliable(&mut self, now: Time, id: ConnId, bytes: &[u8]) -> usize {
        // What is too large ends the connection, the ordinary way (`MQTT5-3.2.2-15`).
        let longest = self.longest_in_lane;
        let (Some(targets), Some(&first)) = (self.lane(id, bytes), bytes.first()) else {
            return 0;
        };
        let Some((conn, live)) = self.conns.get(id).and_then(|conn| Some((conn, conn.live()?))) else {
            return 0;
        };
        let key = live.session;
        let v5 = conn.is_v5();
        // What exceeds our Receive Maximum ends the connection, the ordinary way (`MQTT5-3.3.4-7`).
        if live.receiving.len() >= usize::from(self.settings.session.receive_maximum) {
            return 0;
        }
        // Where nobody gets it there is no room: the publisher is told, the ordinary way.
        let copies = 1 + targets.plain().len();
        let room = if conn.limits.packet_bytes == usize::MAX
            && !self.room.keeps_nothing
            && self.room.has(RUN_BYTES + bytes.len() * copies)
        {
            // What very many get is cut into shorter runs.
            let most = (BUDGET / targets.plain().len().max(1)).max(1);
            let room = targets.plain().map(|key| self.room_in_lane(key, v5)).min();
            room.map(|room| room.min(most))
        } else {
            None
        };
        let mut run = std::mem::take(&mut self.run);
        let taken = match (room, self.conns.live(id)) {
            (Some(room), Some(live)) if room > 0 => {
                run.measure(first, &live.lane.head, v5, bytes, longest, room);
                if first == PLAIN_EXACTLY_ONCE {
                    self.take_new_only(id, key, &mut run.frames);
                }
                let taken = run.frames.last().map_or(0, |frame| frame.end);
                if let Some(bytes) = bytes.get(..taken).filter(|bytes| !bytes.is_empty()) {
                    self.pass_run_on(now, id, first, bytes, &targets, &mut run);
                }
                taken
            }
            _ => 0,
        };
        self.run = run;
        taken
    }

    /// How many messages can go to this session at once; 0 where one would have to be changed or to wait.
    fn room_in_lane(&self, key: SessionKey, v5: bool) -> usize {
        let Some(session) = self.sessions.get(key) else {
            return 0;
        };
        let Some(conn) = session.conn.and_then(|id| self.conns.get(id)) else {
            return 0;
        };
        let takes_it = conn.takes_unchanged(v5)
            && conn.limits.window_bytes == usize::MAX
            && session.queue.is_empty()
            && !session.inflight.has_unsent()
            && self.outlet.has_room(&conn.outbox);
        if takes_it {
            session.inflight.room(conn.limits.window)
        } else {
            0
        }
    }

    /// QoS 2: takes note of the identifiers up to the first that is in use already, or that there is no room for; the
    /// packets from there on are not the lane's.
    fn take_new_only(&mut self, id: ConnId, key: SessionKey, frames: &mut Vec<Frame>) {
        let most = usize::from(self.settings.session.receive_maximum);
        let conn = self.conns.get_mut(id);
        let (Some(conn), Some(session)) = (conn, self.sessions.get_mut(key)) else {
            return frames.clear();
        };
        let v5 = conn.is_v5();
        let Some(live) = conn.live_mut() else {
            return frames.clear();
        };
        let is_new = |frame: &&Frame| {
            let fits = !v5 || live.receiving.len() < most;
            let new = fits && session.incoming.insert(frame.packet_id);
            if new && v5 {
                live.receiving.insert(frame.packet_id);
            }
            new
        };
        let count = frames.iter().take_while(is_new).count();
        session.count_incoming();
        frames.truncate(count);
    }

    /// `bytes` are those of the run.
    fn pass_run_on(
        &mut self,
        now: Time,
        id: ConnId,
        first: u8,
        bytes: &[u8],
        targets: &Targets,
        run: &mut Run,
    ) {
        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        conn.heard_at = now;
        let (source, publisher) = (conn.source(), conn.client_id.clone());
        let Some(live) = conn.live_mut() else { return };
        let topic = live.lane.topic();
        let (count, payload_bytes) = (run.frames.len() as u64, run.payload_bytes());
        self.work.spend(run.frames.len() * (1 + targets.plain().len()));
        self.log.journal.run_in(now, source, count as u32, bytes);
        self.log.journal.begin_decisions();
        let stats = &mut self.log.stats;
        stats.packets_received += count;
        stats.bytes_received += bytes.len() as u64;
        stats.publish_received += count;
        stats.publish_bytes_received += payload_bytes as u64;
        let (qos, answer) = if first == PLAIN_EXACTLY_ONCE {
            (QoS::ExactlyOnce, PUBREC)
        } else {
            (QoS::AtLeastOnce, PUBACK)
        };
        run.make_messages(bytes, &topic, qos, &publisher, &self.room.held);
        for key in targets.plain() {
            self.pass_reliably(now, key, qos, bytes, run, payload_bytes);
        }
        self.tell_hidden(targets);
        self.log.journal.end_decisions();
        run.messages.clear();
        let ids = run.frames.iter().map(|frame| frame.packet_id.get().to_be_bytes());
        self.send_plain_acks(now, id, answer, ids); // MQTT5-4.3.2-4, MQTT5-4.3.3-8
    }

    fn pass_reliably(
        &mut self,
        now: Time,
        key: SessionKey,
        qos: QoS,
        bytes: &[u8],
        run: &Run,
        payload_bytes: usize,
    ) {
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        let Some(id) = session.conn else { return };
        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        let inflight = &mut session.inflight;
        let sent = Sent::publishes(run.frames.len() as u32, payload_bytes);
        self.outlet
            .send(&mut self.log, now, &mut conn.outbox, sent, |out| {
                let begin = out.len();
                out.extend_from_slice(bytes);
                for (frame, message) in run.frames.iter().zip(&run.messages) {
                    // Room was made sure of, so there is an identifier (MQTT5-2.2.1-4).
                    let packet_id = inflight.open(Delivery {
                        message: message.clone(),
                        qos,
                        retain: false,
                        subscription_ids: Vec::new(),
                        shared: None,
                    });
                    let place = out
                        .get_mut(begin + frame.id_at..)
                        .and_then(<[u8]>::first_chunk_mut);
                    if let (Some(packet_id), Some(place)) = (packet_id, place) {
                        *place = packet_id.get().to_be_bytes();
                    }
                }
            });
    }
}

impl Run {
    /// Finds the packets at the front of `bytes` that begin with `first` and `head`, are no longer than `longest`, and
    /// have nothing special; at most `most` of them.
    fn measure(&mut self, first: u8, head: &[u8], v5: bool, bytes: &[u8], longest: usize, most: usize) {
        self.frames.clear();
        let mut begin = 0;
        while self.frames.len() < most {
            let Some(rest) = bytes.get(begin..) else { return };
            let Some(body) = body(first, rest) else { return };
            let Some(after_head) = body.strip_prefix(head) else {
                return;
            };
            let (packet_id, payload) = match (v5, after_head) {
                (true, [high, low, 0, payload @ ..]) | (false, [high, low, payload @ ..]) => {
                    (PacketId::new(u16::from_be_bytes([*high, *low])), payload)
                }
                _ => return,
            };
            let header = header_bytes(body);
            let end = begin + header + body.len();
            let Some(packet_id) = packet_id.filter(|_| end - begin <= longest) else {
                return;
            };
            self.frames.push(Frame {
                end,
                id_at: begin + header + head.len(),
                payload_at: end - payload.len(),
                packet_id,
            });
            begin = end;
        }
    }

    fn payload_bytes(&self) -> usize {
        self.frames.iter().map(|frame| frame.end - frame.payload_at).sum()
    }

    fn make_messages(&mut self, bytes: &[u8], topic: &Arc<str>, qos: QoS, publisher: &Arc<str>, held: &Held) {
        self.messages.extend(self.frames.iter().map(|frame| {
            let payload = bytes.get(frame.payload_at..frame.end).unwrap_or_default();
            Message {
                charge: Charge::default(),
                number: Number::default(),
                topic: topic.clone(),
                payload: Bytes::copy_from_slice(payload),
                qos,
                retain: false,
                expires_at: None,
                properties: None,
                publisher: publisher.clone(),
            }
            .kept(held)
        }));
    }
}
