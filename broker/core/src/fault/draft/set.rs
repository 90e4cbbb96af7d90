//! Fields are put into packets.

use super::value::Value;
use crate::wire::{
    FilterRequest, Given, Packet, PacketId, PacketType, Property, QoS, ReasonCode, RetainHandling,
    SubscriptionOptions, Will, WillProperties, properties_of,
};

/// Puts one field into the packet. It was read for a packet of this type.
pub(super) fn set<'a>(packet: &mut Packet<'a>, name: &str, value: &'a Value) {
    match (&mut *packet, name, value) {
        (packet, "properties", Value::Object(members)) => put_properties(packet, members),
        (packet, "packet_identifier", Value::Number(id)) => put_id(packet, id_of(*id)),
        (Packet::Connect(it), "client_identifier", Value::Text(text)) => it.client_id = text,
        (Packet::Connect(it), "clean_start", Value::Bool(yes)) => it.clean_start = *yes,
        (Packet::Connect(it), "keep_alive", Value::Number(secs)) => it.keep_alive_secs = *secs as u16,
        (Packet::Connect(it), "user_name", Value::Text(text)) => it.username = Some(text),
        (Packet::Connect(it), "password", Value::Bytes(bytes)) => it.password = Some(bytes),
        (Packet::Connect(it), "will", Value::Object(members)) => put_will(&mut it.will, members),
        (Packet::ConnAck(it), "session_present", Value::Bool(yes)) => it.session_present = *yes,
        (Packet::ConnAck(it), "reason_code", Value::Number(code)) => it.reason = code_of(*code),
        (Packet::Publish(it), "topic_name", Value::Text(topic)) => it.topic = topic,
        (Packet::Publish(it), "qos", Value::Number(qos)) => {
            it.qos = qos_of(*qos);
            if it.qos == QoS::AtMostOnce {
                (it.packet_id, it.dup) = (None, false);
            }
        }
        (Packet::Publish(it), "dup", Value::Bool(yes)) => it.dup = *yes,
        (Packet::Publish(it), "retain", Value::Bool(yes)) => it.retain = *yes,
        (Packet::Publish(it), "payload", Value::Bytes(bytes)) => it.payload = bytes,
        (
            Packet::PubAck(it) | Packet::PubRec(it) | Packet::PubRel(it) | Packet::PubComp(it),
            "reason_code",
            Value::Number(code),
        ) => it.reason = code_of(*code),
        (Packet::Disconnect(it), "reason_code", Value::Number(code)) => it.reason = code_of(*code),
        (Packet::Auth(it), "reason_code", Value::Number(code)) => it.reason = code_of(*code),
        (Packet::Subscribe(it), "topic_filters", Value::List(all)) => {
            it.filters = all.iter().map(filter_of).collect();
        }
        (Packet::Unsubscribe(it), "topic_filters", Value::List(all)) => {
            it.filters = all.iter().map(text_of).collect();
        }
        (Packet::SubAck(it), "reason_codes", Value::List(all)) => it.reasons = codes_of(all),
        (Packet::UnsubAck(it), "reason_codes", Value::List(all)) => it.reasons = codes_of(all),
        _ => {}
    }
}

/// Takes a field out of the packet. `false`: there always is one.
pub(super) fn remove(packet: &mut Packet<'_>, path: &str) -> bool {
    match (&mut *packet, path) {
        (packet, "properties") => packet.set_properties(std::iter::empty()),
        (packet, path) if path.starts_with("properties.") => {
            let name = standard_name(packet.packet_type(), false, &path["properties.".len()..]);
            keep_properties(packet, |one| Some(one) != name);
        }
        (Packet::Connect(it), "user_name") => it.username = None,
        (Packet::Connect(it), "password") => it.password = None,
        (Packet::Connect(it), "will") => it.will = None,
        (Packet::Publish(it), "payload") => it.payload = &[],
        _ => return false,
    }
    true
}

/// Whether this can be taken out of such a packet.
pub(super) fn may_remove(packet: PacketType, path: &str) -> bool {
    match path.strip_prefix("properties.") {
        Some(name) => standard_name(packet, false, name).is_some(),
        None => matches!(
            (packet, path),
            (PacketType::Connect, "user_name" | "password" | "will")
                | (PacketType::Publish, "payload")
                | (_, "properties")
        ),
    }
}

fn id_of(number: u64) -> Option<PacketId> {
    PacketId::new(number as u16)
}

fn code_of(number: u64) -> ReasonCode {
    ReasonCode(number as u8)
}

fn qos_of(number: u64) -> QoS {
    QoS::from_bits(number as u8).unwrap_or_default()
}

fn text_of(value: &Value) -> &str {
    match value {
        Value::Text(text) => text,
        _ => "",
    }
}

fn codes_of(all: &[Value]) -> Vec<ReasonCode> {
    let code = |value: &Value| match value {
        Value::Number(code) => code_of(*code),
        _ => ReasonCode::SUCCESS,
    };
    all.iter().map(code).collect()
}

/// Gives the packet this identifier, if such packets have one.
pub(super) fn put_id(packet: &mut Packet<'_>, id: Option<PacketId>) {
    let Some(id) = id else { return };
    match packet {
        Packet::Publish(it) => it.packet_id = Some(id),
        Packet::PubAck(it) | Packet::PubRec(it) | Packet::PubRel(it) | Packet::PubComp(it) => {
            it.packet_id = id;
        }
        Packet::Subscribe(it) => it.packet_id = id,
        Packet::SubAck(it) => it.packet_id = id,
        Packet::Unsubscribe(it) => it.packet_id = id,
        Packet::UnsubAck(it) => it.packet_id = id,
        _ => {}
    }
}

fn filter_of(value: &Value) -> FilterRequest<'_> {
    let mut asked = FilterRequest {
        filter: "",
        options: SubscriptionOptions::default(),
    };
    let Value::Object(members) = value else {
        return asked;
    };
    for (name, value) in members {
        match (&**name, value) {
            ("topic_filter", Value::Text(text)) => asked.filter = text,
            ("qos", Value::Number(qos)) => asked.options.qos = qos_of(*qos),
            ("no_local", Value::Bool(yes)) => asked.options.no_local = *yes,
            ("retain_as_published", Value::Bool(yes)) => asked.options.retain_as_published = *yes,
            ("retain_handling", Value::Number(handling)) => {
                asked.options.retain_handling = match handling {
                    1 => RetainHandling::IfNew,
                    2 => RetainHandling::Never,
                    _ => RetainHandling::Always,
                };
            }
            _ => {}
        }
    }
    asked
}

fn put_will<'a>(will: &mut Option<Will<'a>>, members: &'a [(String, Value)]) {
    let will = will.get_or_insert_with(|| Will {
        topic: "",
        payload: &[],
        qos: QoS::AtMostOnce,
        retain: false,
        properties: WillProperties::default(),
    });
    for (name, value) in members {
        match (&**name, value) {
            ("topic", Value::Text(text)) => will.topic = text,
            ("qos", Value::Number(qos)) => will.qos = qos_of(*qos),
            ("retain", Value::Bool(yes)) => will.retain = *yes,
            ("payload", Value::Bytes(bytes)) => will.payload = bytes,
            ("properties", Value::Object(members)) => {
                let mut all = Vec::new();
                will.properties.each_property(&mut |one| all.push(one));
                merge(&mut all, PacketType::Connect, true, members);
                will.set_properties(all.into_iter());
            }
            _ => {}
        }
    }
}

/// Each of these takes the place of that of the same name.
fn put_properties<'a>(packet: &mut Packet<'a>, members: &'a [(String, Value)]) {
    let mut all = properties(packet);
    merge(&mut all, packet.packet_type(), false, members);
    packet.set_properties(all.into_iter());
}

fn merge<'a>(all: &mut Vec<Property<'a>>, packet: PacketType, of_will: bool, members: &'a [(String, Value)]) {
    for (name, value) in members {
        let Some(name) = standard_name(packet, of_will, name) else {
            continue;
        };
        all.retain(|one| one.name() != name);
        let values = match value {
            Value::List(values) => &values[..],
            one => std::slice::from_ref(one),
        };
        all.extend(
            values
                .iter()
                .filter_map(|value| Property::named(name, given(value)?)),
        );
    }
}

fn given(value: &Value) -> Option<Given<'_>> {
    Some(match value {
        Value::Bool(yes) => Given::Bool(*yes),
        Value::Number(number) => Given::Number(*number),
        Value::Text(text) => Given::Text(text),
        Value::Bytes(bytes) => Given::Bytes(bytes),
        Value::Object(members) => {
            let part = |wanted: &str| {
                members
                    .iter()
                    .find(|(name, _)| name == wanted)
                    .map(|(_, it)| text_of(it))
            };
            Given::Pair(
                part("name").unwrap_or_default(),
                part("value").unwrap_or_default(),
            )
        }
        Value::List(_) => return None,
    })
}

fn keep_properties(packet: &mut Packet<'_>, keep: impl Fn(&'static str) -> bool) {
    let mut all = properties(packet);
    all.retain(|one| keep(one.name()));
    packet.set_properties(all.into_iter());
}

/// The properties of the packet. They outlive it, as what they point to does.
fn properties<'a>(packet: &Packet<'a>) -> Vec<Property<'a>> {
    let mut all = Vec::new();
    packet.each_property(&mut |one| all.push(one));
    all
}

/// The standard's name of a property that JSON has in snake case.
fn standard_name(packet: PacketType, of_will: bool, name: &str) -> Option<&'static str> {
    let is_same = |known: &str| known.to_lowercase().replace(' ', "_") == name;
    properties_of(packet, of_will)
        .map(|(known, _)| known)
        .find(|known| is_same(known))
}
