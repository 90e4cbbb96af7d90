//! Which recorded packet of a client a packet is, and what a packet that was not recorded is answered.

use std::collections::HashSet;

use super::conversation::{In, Item, Out, Part};
use crate::recording::message::Message;
use crate::time::Time;
use crate::wire::{
    self, Ack, Packet, PacketId, Publish, QoS, ReasonCode, ReasonProperties, SubAck, UnsubAck, Version,
};

/// What became of an item.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// When it came or was sent.
    pub done: Option<Time>,
    /// The identifier that the client gave it.
    pub id: Option<PacketId>,
    /// Of SUBSCRIBE and UNSUBSCRIBE: the filters that have not come in another packet.
    pub missing: HashSet<String>,
}

/// How far behind what is next a packet is looked for.
const WINDOW: usize = 1_000;

/// The recorded packet that this one is: the first of its kind that has not come yet. Before `next` everything is done.
pub(super) fn place_of(
    items: &[Item],
    (places, next): (&[Place], usize),
    packet: &Packet<'_>,
) -> Option<usize> {
    let find = |fits: &dyn Fn(&In) -> bool| {
        let near = items.iter().zip(places).enumerate().skip(next).take(WINDOW);
        let mut open = near.filter(|(_, (_, place))| place.done.is_none());
        open.find_map(|(number, (item, _))| match &item.what {
            Part::In(what) if fits(what) => Some(number),
            _ => None,
        })
    };
    match packet {
        Packet::Connect(_) => find(&|what| matches!(what, In::Connect)),
        Packet::Publish(publish) => {
            // A client that sends other readings to the same topics does the same.
            let exactly = |what: &In| matches!(what, In::Publish(it) if is_like(it, publish) && it.payload == publish.payload);
            let nearly = |what: &In| matches!(what, In::Publish(it) if is_like(it, publish));
            find(&exactly).or_else(|| find(&nearly))
        }
        Packet::Subscribe(subscribe) => {
            let asked: HashSet<&str> = subscribe.filters.iter().map(|request| request.filter).collect();
            find(&|what| match what {
                In::Subscribe(filters) => {
                    filters
                        .iter()
                        .map(|filter| filter.filter.as_str())
                        .collect::<HashSet<_>>()
                        == asked
                }
                _ => false,
            })
        }
        Packet::Unsubscribe(unsubscribe) => {
            let asked: HashSet<&str> = unsubscribe.filters.iter().copied().collect();
            find(&|what| match what {
                In::Unsubscribe(filters) => {
                    filters.iter().map(String::as_str).collect::<HashSet<_>>() == asked
                }
                _ => false,
            })
        }
        Packet::PubRel(ack) => find(&|what| match what {
            In::PubRel(publish) => {
                let of = publish.and_then(|number| places.get(number)?.id);
                of == Some(ack.packet_id)
            }
            _ => false,
        }),
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubComp(ack) => {
            let kind = packet.packet_type();
            find(&|what| matches!(what, In::Ack(it, id) if *it == kind && *id == ack.packet_id))
        }
        other => {
            let kind = other.packet_type();
            find(&|what| matches!(what, In::Other(it) if *it == kind))
        }
    }
}

fn is_like(recorded: &Message, came: &Publish<'_>) -> bool {
    recorded.topic == came.topic && recorded.qos == came.qos
}

/// The answer to a packet that was not recorded, so that the client can go on.
#[derive(Debug, Default)]
pub(super) struct Generic {
    codes: Vec<ReasonCode>,
    /// It asks for something that was not recorded at all, not only in another grouping.
    pub is_new: bool,
}

/// Finds the answer. What the packet asks for that was recorded in other packets counts as done there.
pub(super) fn generic(items: &[Item], places: &mut [Place], now: Time, packet: &Packet<'_>) -> Generic {
    let mut answer = Generic::default();
    let asked: Vec<(&str, u8)> = match packet {
        Packet::Subscribe(it) => it
            .filters
            .iter()
            .map(|it| (it.filter, it.options.qos.bits()))
            .collect(),
        Packet::Unsubscribe(it) => it.filters.iter().map(|filter| (*filter, 0)).collect(),
        // What the broker sent is acknowledged in the client's own time.
        Packet::PubRel(_) => return answer,
        _ => {
            answer.is_new = true;
            return answer;
        }
    };
    let subscribes = matches!(packet, Packet::Subscribe(_));
    for (filter, otherwise) in asked {
        let found = places.iter().enumerate().position(|(number, place)| {
            place.done.is_none()
                && place.missing.contains(filter)
                && is_subscribe(items, number) == subscribes
        });
        let code = found.and_then(|number| code_of(items, number, filter));
        answer.codes.push(code.unwrap_or(ReasonCode(otherwise)));
        answer.is_new |= found.is_none();
        if let Some(place) = found.and_then(|number| places.get_mut(number)) {
            place.missing.remove(filter);
            if place.missing.is_empty() {
                place.done = Some(now);
            }
        }
        // Its recorded answer is not sent: the client has had one.
        let is_done =
            found.is_some_and(|number| places.get(number).is_some_and(|place| place.done.is_some()));
        if is_done
            && let Some(number) = answer_to(items, found)
            && let Some(place) = places.get_mut(number)
        {
            place.done = Some(now);
        }
    }
    answer
}

fn is_subscribe(items: &[Item], number: usize) -> bool {
    matches!(
        items.get(number).map(|item| &item.what),
        Some(Part::In(In::Subscribe(_)))
    )
}

fn answer_to(items: &[Item], asked: Option<usize>) -> Option<usize> {
    items.iter().position(
        |item| matches!(&item.what, Part::Out(Out::Packet(_, place)) if place.is_some() && *place == asked),
    )
}

/// The code that was recorded for this filter.
fn code_of(items: &[Item], asked: usize, filter: &str) -> Option<ReasonCode> {
    let Part::In(In::Subscribe(filters)) = &items.get(asked)?.what else {
        return None;
    };
    let number = filters.iter().position(|it| it.filter == filter)?;
    let Part::Out(Out::Packet(bytes, _)) = &items.get(answer_to(items, Some(asked))?)?.what else {
        return None;
    };
    // The codes of a SUBACK stand at its end in every version.
    let codes = bytes.len().checked_sub(filters.len())?;
    let code = ReasonCode(*bytes.get(codes + number)?);
    let is_suback = [Version::V311, Version::V5]
        .into_iter()
        .any(|version| matches!(wire::decode(version, bytes), Ok(Packet::SubAck(_))));
    is_suback.then_some(code)
}

impl Generic {
    /// The packet to answer with.
    pub fn packet(&self, packet: &Packet<'_>) -> Option<Packet<'static>> {
        let properties = ReasonProperties::default;
        Some(match packet {
            Packet::Publish(publish) => {
                let id = publish.packet_id?;
                match publish.qos {
                    QoS::ExactlyOnce => Packet::PubRec(Ack::new(id)),
                    _ => Packet::PubAck(Ack::new(id)),
                }
            }
            Packet::PubRel(ack) => Packet::PubComp(Ack::new(ack.packet_id)),
            Packet::PubRec(ack) => Packet::PubRel(Ack::new(ack.packet_id)),
            Packet::Subscribe(subscribe) => Packet::SubAck(SubAck {
                packet_id: subscribe.packet_id,
                properties: properties(),
                reasons: self.codes.clone(),
            }),
            Packet::Unsubscribe(unsubscribe) => Packet::UnsubAck(UnsubAck {
                packet_id: unsubscribe.packet_id,
                properties: properties(),
                reasons: vec![ReasonCode::SUCCESS; unsubscribe.filters.len()],
            }),
            _ => return None,
        })
    }
}
