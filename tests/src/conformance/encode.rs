//! From a row's notation to the bytes of a packet, of either side.

use std::sync::atomic::{AtomicU16, Ordering};

use packets::put_varint;

use super::Version;
use super::fields::{Fields, bytes_of, number};
use super::props::{self, Type};

/// Keep Alive of every CONNECT whose row says none: 0, except for a broker that takes nobody without one.
pub static KEEP_ALIVE: AtomicU16 = AtomicU16::new(0);

/// The bytes of `fields` in `version`. What the version does not have is left out.
///
/// # Errors
/// Says which field is missing or makes no sense.
pub fn encode(fields: &Fields, version: Version) -> Result<Vec<u8>, String> {
    let v5 = version.is_v5();
    let mut body = Vec::new();
    let mut first = match fields.packet {
        "connect" => {
            connect(fields, version, &mut body)?;
            0x10
        }
        "publish" => {
            let (qos, dup, retain) = (
                flag(fields, "qos")?,
                flag(fields, "dup")?,
                flag(fields, "retain")?,
            );
            text(fields.get("topic").unwrap_or_default(), &mut body);
            if qos > 0 {
                body.extend(u16_of(fields, "pid")?.to_be_bytes());
            }
            if v5 {
                properties(fields, "", &mut body)?;
            }
            body.extend(bytes_of(fields.get("payload").unwrap_or_default()));
            0x30 | dup << 3 | qos << 1 | retain
        }
        "puback" | "pubrec" | "pubrel" | "pubcomp" => {
            body.extend(u16_of(fields, "pid")?.to_be_bytes());
            if v5 && fields.items.iter().any(|(name, _)| name != "pid") {
                body.push(flag(fields, "reason")?);
                properties(fields, "", &mut body)?;
            }
            match fields.packet {
                "puback" => 0x40,
                "pubrec" => 0x50,
                "pubrel" => 0x62,
                _ => 0x70,
            }
        }
        "subscribe" => {
            body.extend(u16_of(fields, "pid")?.to_be_bytes());
            if v5 {
                properties(fields, "", &mut body)?;
            }
            subscriptions(fields, v5, &mut body)?;
            0x82
        }
        "unsubscribe" => {
            body.extend(u16_of(fields, "pid")?.to_be_bytes());
            if v5 {
                properties(fields, "", &mut body)?;
            }
            fields.all("to").for_each(|filter| text(filter, &mut body));
            0xA2
        }
        "suback" | "unsuback" => {
            body.extend(u16_of(fields, "pid")?.to_be_bytes());
            if v5 {
                properties(fields, "", &mut body)?;
            }
            if v5 || fields.packet == "suback" {
                for code in fields
                    .get("codes")
                    .unwrap_or_default()
                    .split(',')
                    .filter(|code| !code.is_empty())
                {
                    body.push(number(code).ok_or(format!("code {code:?}?"))? as u8);
                }
            }
            if fields.packet == "suback" { 0x90 } else { 0xB0 }
        }
        "connack" => {
            body.extend([flag(fields, "sp")?, flag(fields, "reason")?]);
            if v5 {
                properties(fields, "", &mut body)?;
            }
            0x20
        }
        "pingreq" => 0xC0,
        "pingresp" => 0xD0,
        other => {
            if v5 && !fields.items.is_empty() {
                body.push(flag(fields, "reason")?);
                if fields.items.iter().any(|(name, _)| name != "reason") {
                    properties(fields, "", &mut body)?;
                }
            }
            if other == "auth" { 0xF0 } else { 0xE0 }
        }
    };
    if let Some(raw) = fields.get("first") {
        first = number(raw).ok_or(format!("first={raw:?}?"))? as u8;
    }
    let mut out = vec![first];
    put_varint(&mut out, body.len());
    out.extend(body);
    Ok(out)
}

fn connect(fields: &Fields, version: Version, body: &mut Vec<u8>) -> Result<(), String> {
    let (name, level) = match version {
        Version::V31 => ("MQIsdp", 3),
        Version::V311 => ("MQTT", 4),
        Version::V5 => ("MQTT", 5),
    };
    text(name, body);
    body.push(level);
    let will = fields.has("will.topic");
    let clean = fields.get("clean").map_or(Ok(1), |_| flag(fields, "clean"))?;
    let mut flags = clean << 1;
    if will {
        flags |= 4 | flag(fields, "will.qos")? << 3 | flag(fields, "will.retain")? << 5;
    }
    flags |= u8::from(fields.has("pass")) << 6 | u8::from(fields.has("user")) << 7;
    body.push(flags);
    let keep_alive = KEEP_ALIVE.load(Ordering::Relaxed);
    let keep_alive = fields
        .get("keep")
        .map_or(Ok(keep_alive), |_| u16_of(fields, "keep"))?;
    body.extend(keep_alive.to_be_bytes());
    if version.is_v5() {
        properties(fields, "", body)?;
    }
    text(fields.get("id").unwrap_or_default(), body);
    if will {
        if version.is_v5() {
            properties(fields, "will.", body)?;
        }
        text(fields.get("will.topic").unwrap_or_default(), body);
        text(fields.get("will.payload").unwrap_or_default(), body);
    }
    for credential in ["user", "pass"] {
        if let Some(value) = fields.get(credential) {
            text(value, body);
        }
    }
    Ok(())
}

/// The filters of SUBSCRIBE: each `to=` with the options that follow it up to the next.
fn subscriptions(fields: &Fields, v5: bool, body: &mut Vec<u8>) -> Result<(), String> {
    let mut options: Option<u8> = None;
    for (name, value) in &fields.items {
        let shift = match name.as_str() {
            "to" => {
                body.extend(options.take());
                text(value, body);
                options = Some(0);
                continue;
            }
            "qos" => 0,
            "nl" if v5 => 2,
            "rap" if v5 => 3,
            "rh" if v5 => 4,
            _ => continue,
        };
        let value = number(value).ok_or(format!("{name}={value:?}?"))? as u8;
        if let Some(byte) = &mut options {
            *byte |= value << shift;
        }
    }
    body.extend(options);
    Ok(())
}

/// Property Length and properties: the fields whose names, without `prefix`, are properties' names.
fn properties(fields: &Fields, prefix: &str, body: &mut Vec<u8>) -> Result<(), String> {
    let mut set = Vec::new();
    for (name, value) in &fields.items {
        let Some((id, kind)) = name.strip_prefix(prefix).and_then(props::by_name) else {
            continue;
        };
        set.push(id as u8);
        let wrong = || format!("{name}={value:?}?");
        let numeric = || number(value).ok_or_else(wrong);
        match kind {
            Type::Byte => set.push(numeric()? as u8),
            Type::Two => set.extend((numeric()? as u16).to_be_bytes()),
            Type::Four => set.extend((numeric()? as u32).to_be_bytes()),
            Type::Varint => put_varint(&mut set, numeric()? as usize),
            Type::Text | Type::Binary => text(value, &mut set),
            Type::Pair => {
                let (name, value) = value.split_once(':').ok_or_else(wrong)?;
                text(name, &mut set);
                text(value, &mut set);
            }
        }
    }
    put_varint(body, set.len());
    body.extend(set);
    Ok(())
}

fn text(value: &str, out: &mut Vec<u8>) {
    let bytes = bytes_of(value);
    out.extend((bytes.len() as u16).to_be_bytes());
    out.extend(bytes);
}

/// A small number; 0 where the field is not there.
fn flag(fields: &Fields, name: &str) -> Result<u8, String> {
    let Some(value) = fields.get(name) else {
        return Ok(0);
    };
    number(value)
        .and_then(|value| u8::try_from(value).ok())
        .ok_or(format!("{name}={value:?}?"))
}

fn u16_of(fields: &Fields, name: &str) -> Result<u16, String> {
    let value = fields
        .get(name)
        .ok_or(format!("{} needs {name}=", fields.packet))?;
    number(value)
        .and_then(|value| u16::try_from(value).ok())
        .ok_or(format!("{name}={value:?}?"))
}
