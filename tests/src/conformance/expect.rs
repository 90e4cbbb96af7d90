//! Whether the packet that came is the one that a row expects.
//!
//! A row names the fields of a packet that the standard fixes. Fields that it leaves out have their usual values:
//! `sp=0`, `qos=0`, `reason=0` and so on. `*` stands for any value, `1|2` for either. In PUBLISH the properties are
//! those listed and no others, unless `..` ends the line; in packets whose properties are a server's free choice
//! (CONNACK, the acknowledgements, DISCONNECT, AUTH) those listed must be there, those as `!name` must not, others may.

use std::collections::HashMap;

use super::Version;
use super::bytes::hex;
use super::decode::decode;
use super::fields::{Fields, bytes_of, number};
use super::props;

/// What a row expects to come.
#[derive(Debug, Clone, PartialEq)]
pub enum Expected {
    /// A packet in the row's notation.
    Packet(Fields),
    /// Bytes; `None` is any one byte. With `true`, any bytes may follow.
    Bytes(Vec<Option<u8>>, bool),
}

/// Packet identifiers that a row gave a name, as in `pid=$m`.
pub type Names = HashMap<String, String>;

impl Expected {
    /// Reads the notation: a packet, or `hex 20 02 ?? ..`.
    ///
    /// # Errors
    /// It is neither.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(packet) = Fields::parse(text) {
            return packet.map(Self::Packet);
        }
        let tokens = text
            .strip_prefix("hex ")
            .ok_or(format!("{text:?} is neither a packet nor `hex …`"))?;
        let mut bytes = Vec::new();
        for token in tokens.split_whitespace() {
            match token {
                ".." => return Ok(Self::Bytes(bytes, true)),
                "??" => bytes.push(None),
                _ => bytes.push(Some(
                    u8::from_str_radix(token, 16).map_err(|_| format!("{token:?} is no byte"))?,
                )),
            }
        }
        Ok(Self::Bytes(bytes, false))
    }

    /// Whether `got` is it; names bind in `names` as a side effect.
    ///
    /// # Errors
    /// Says what differs.
    pub fn check(&self, got: &[u8], version: Version, names: &mut Names) -> Result<(), String> {
        match self {
            Self::Bytes(bytes, open) => {
                let fits = bytes.len() <= got.len()
                    && (*open || bytes.len() == got.len())
                    && bytes
                        .iter()
                        .zip(got)
                        .all(|(want, byte)| want.is_none_or(|want| want == *byte));
                if fits {
                    Ok(())
                } else {
                    Err("other bytes".to_owned())
                }
            }
            Self::Packet(want) => {
                let got = decode(got, version)?;
                check_packet(want, &got, version, names)
            }
        }
    }
}

fn check_packet(want: &Fields, got: &Fields, version: Version, names: &mut Names) -> Result<(), String> {
    if want.packet != got.packet {
        return Err(format!("{} instead of {}", got.packet, want.packet));
    }
    let mut fixed: Vec<(&str, &str)> = Vec::new();
    match want.packet {
        // 3.1 has no Session Present.
        "connack" if version == Version::V31 => fixed.push(("reason", "0")),
        "connack" => fixed.extend([("sp", "0"), ("reason", "0")]),
        "publish" => {
            fixed.extend([
                ("topic", ""),
                ("qos", "0"),
                ("retain", "0"),
                ("dup", "0"),
                ("payload", ""),
            ]);
            if got.has("pid") {
                fixed.push(("pid", "*"));
            }
        }
        "puback" | "pubrec" if version.is_v5() => fixed.extend([("pid", "*"), ("reason", "0|0x10")]),
        "pubrel" | "pubcomp" if version.is_v5() => fixed.extend([("pid", "*"), ("reason", "0")]),
        "suback" => fixed.extend([("pid", "*"), ("codes", "*")]),
        "unsuback" if version.is_v5() => fixed.extend([("pid", "*"), ("codes", "*")]),
        "puback" | "pubrec" | "pubrel" | "pubcomp" | "unsuback" => fixed.push(("pid", "*")),
        "disconnect" | "auth" => fixed.push(("reason", "0")),
        _ => {}
    }
    for (name, usual) in fixed {
        let (pattern, value) = (want.get(name).unwrap_or(usual), got.get(name).unwrap_or_default());
        let same = match name {
            "pid" => same_pid(pattern, value, names),
            "codes" => same_codes(pattern, value, version),
            _ => same(name, pattern, value),
        };
        if !same {
            return Err(format!("{name} is {value}, not {pattern}"));
        }
    }
    if version.is_v5() {
        check_properties(want, got)
    } else {
        Ok(())
    }
}

fn check_properties(want: &Fields, got: &Fields) -> Result<(), String> {
    let exact = want.packet == "publish" && !want.has("..");
    for (name, _, _) in props::PROPERTIES {
        let patterns: Vec<&str> = want.all(name).collect();
        let mut values: Vec<&str> = got.all(name).collect();
        if want.has(&format!("!{name}")) && !values.is_empty() {
            return Err(format!("{name}={} should not be there", values[0]));
        }
        if patterns.is_empty() && !exact {
            continue;
        }
        if patterns.is_empty() && !values.is_empty() {
            return Err(format!("{name}={} should not be there", values[0]));
        }
        if patterns.len() != values.len() {
            return Err(format!(
                "{name} comes {} times, not {}",
                values.len(),
                patterns.len()
            ));
        }
        let mut sorted = patterns;
        if name == "sub-id" {
            // MQTT5-3.3.4-4: in any order.
            sorted.sort_unstable_by_key(|id| number(id));
            values.sort_unstable_by_key(|id| number(id));
        }
        if let Some((pattern, value)) = sorted.iter().zip(&values).find(|(p, v)| !same(name, p, v)) {
            return Err(format!("{name} is {value}, not {pattern}"));
        }
    }
    Ok(())
}

/// Whether a value is one of those that the pattern allows.
fn same(name: &str, pattern: &str, value: &str) -> bool {
    if matches!(name, "topic" | "payload") {
        return pattern == "*" || bytes_of(pattern) == bytes_of(value);
    }
    pattern.split('|').any(|one| {
        one == "*"
            || one == value
            || number(one).is_some_and(|n| number(value) == Some(n))
            || bytes_of(one) == value.as_bytes()
    })
}

fn same_pid(pattern: &str, value: &str, names: &mut Names) -> bool {
    match pattern.strip_prefix('$') {
        Some(name) => names.entry(name.to_owned()).or_insert_with(|| value.to_owned()) == value,
        None => same("pid", pattern, value),
    }
}

/// Code by code; a failure is always 0x80 in 3.1.1.
fn same_codes(pattern: &str, value: &str, version: Version) -> bool {
    if pattern == "*" {
        return true;
    }
    let (patterns, values): (Vec<&str>, Vec<&str>) =
        (pattern.split(',').collect(), value.split(',').collect());
    patterns.len() == values.len()
        && patterns.iter().zip(&values).all(|(pattern, value)| {
            let failure =
                number(pattern.split('|').next().unwrap_or_default()).is_some_and(|code| code >= 0x80);
            match version {
                // 3.1 has no way to refuse, and acknowledges as if granted (its section 3.8).
                Version::V31 if failure => matches!(*value, "0" | "1" | "2"),
                Version::V311 if failure => *value == "0x80",
                _ => same("code", pattern, value),
            }
        })
}

/// Bytes that came, for people: decoded where they can be.
pub fn show(got: &[u8], version: Version) -> String {
    match decode(got, version) {
        Ok(fields) => {
            let mut text = fields.to_string();
            if text.len() > 300 {
                let mut cut = 300;
                while !text.is_char_boundary(cut) {
                    cut -= 1;
                }
                text.truncate(cut);
                text.push('…');
            }
            format!("{text}   [{}]", hex(got))
        }
        Err(wrong) => format!("[{}] ({wrong})", hex(got)),
    }
}
