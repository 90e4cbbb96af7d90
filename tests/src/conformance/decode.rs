//! From the bytes of a packet that a broker sent to a row's notation. It is strict: every deviation from the letter of
//! the standard is an error.

use super::Version;
use super::fields::{Fields, value_of};
use super::props::{self, Type};

/// Reads one whole packet.
///
/// # Errors
/// Says what is wrong with it.
pub fn decode(bytes: &[u8], version: Version) -> Result<Fields, String> {
    let v5 = version.is_v5();
    let mut all = Cursor { bytes, at: 0 };
    let first = all.byte()?;
    let length = all.varint()?;
    if length as usize != bytes.len() - all.at {
        return Err(format!(
            "Remaining Length is {length}, but {} bytes follow",
            bytes.len() - all.at
        ));
    }
    let body = &mut all;
    let packet = match first {
        0x20 => "connack",
        0x30..=0x3F => "publish",
        0x40 => "puback",
        0x50 => "pubrec",
        0x62 => "pubrel",
        0x70 => "pubcomp",
        0x90 => "suback",
        0xB0 => "unsuback",
        0xD0 => "pingresp",
        0xE0 if v5 => "disconnect",
        0xF0 if v5 => "auth",
        _ => return Err(format!("no packet that a server sends begins with {first:#04x}")),
    };
    let mut fields = Fields::new(packet);
    match packet {
        "connack" => {
            let flags = body.byte()?;
            if flags > 1 {
                return Err(format!("reserved CONNACK flags are set: {flags:#04x}"));
            }
            fields.push("sp", flags.to_string());
            fields.push("reason", reason(body.byte()?));
            if v5 {
                body.properties(&mut fields)?;
            }
        }
        "publish" => {
            let qos = first >> 1 & 3;
            fields.push("topic", body.text()?);
            fields.push("qos", qos.to_string());
            fields.push("retain", (first & 1).to_string());
            fields.push("dup", (first >> 3 & 1).to_string());
            if qos == 3 {
                return Err("QoS 3".to_owned());
            }
            if qos > 0 {
                fields.push("pid", body.pid()?);
            }
            if v5 {
                body.properties(&mut fields)?;
            }
            fields.push("payload", value_of(body.rest()));
        }
        "puback" | "pubrec" | "pubrel" | "pubcomp" => {
            fields.push("pid", body.pid()?);
            let code = if v5 && !body.is_empty() { body.byte()? } else { 0 };
            fields.push("reason", reason(code));
            if v5 && !body.is_empty() {
                body.properties(&mut fields)?;
            }
        }
        "suback" | "unsuback" => {
            fields.push("pid", body.pid()?);
            if v5 {
                body.properties(&mut fields)?;
            }
            if v5 || packet == "suback" {
                let codes: Vec<String> = body.rest().iter().map(|code| reason(*code)).collect();
                fields.push("codes", codes.join(","));
            }
        }
        "disconnect" | "auth" => {
            let code = if body.is_empty() { 0 } else { body.byte()? };
            fields.push("reason", reason(code));
            if !body.is_empty() {
                body.properties(&mut fields)?;
            }
        }
        _ => {}
    }
    if all.at == bytes.len() {
        Ok(fields)
    } else {
        Err(format!("{} bytes too many", bytes.len() - all.at))
    }
}

/// Codes as rows write them: small ones in decimal, errors in hex.
fn reason(code: u8) -> String {
    if code < 3 {
        code.to_string()
    } else {
        format!("0x{code:02x}")
    }
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn is_empty(&self) -> bool {
        self.at >= self.bytes.len()
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8], String> {
        let taken = self
            .bytes
            .get(self.at..self.at + n)
            .ok_or("the packet ends too early")?;
        self.at += n;
        Ok(taken)
    }

    fn rest(&mut self) -> &'a [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at = self.bytes.len();
        rest
    }

    fn byte(&mut self) -> Result<u8, String> {
        Ok(self.take(1)?[0])
    }

    fn two(&mut self) -> Result<u16, String> {
        let two = self.take(2)?;
        Ok(u16::from_be_bytes([two[0], two[1]]))
    }

    fn varint(&mut self) -> Result<u32, String> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let Some((value, taken)) = packets::varint(rest) else {
            let what = if rest.len() < 4 {
                "the packet ends too early"
            } else {
                "a Variable Byte Integer has more than four bytes"
            };
            return Err(what.to_owned());
        };
        if taken > 1 && rest[taken - 1] == 0 {
            return Err("a Variable Byte Integer is longer than it need be".to_owned());
        }
        self.at += taken;
        Ok(value as u32)
    }

    fn pid(&mut self) -> Result<String, String> {
        match self.two()? {
            0 => Err("Packet Identifier 0".to_owned()),
            pid => Ok(pid.to_string()),
        }
    }

    fn binary(&mut self) -> Result<&'a [u8], String> {
        let n = self.two()?;
        self.take(usize::from(n))
    }

    fn text(&mut self) -> Result<String, String> {
        let text = std::str::from_utf8(self.binary()?).map_err(|_| "a string is no UTF-8")?;
        if text.contains('\0') {
            return Err("a string holds U+0000".to_owned());
        }
        Ok(value_of(text.as_bytes()))
    }

    fn properties(&mut self, fields: &mut Fields) -> Result<(), String> {
        let length = self.varint()? as usize;
        let mut set = Cursor {
            bytes: self.take(length)?,
            at: 0,
        };
        while !set.is_empty() {
            let id = set.varint()?;
            let (name, kind) = props::by_id(id).ok_or(format!("no property has the identifier {id:#04x}"))?;
            if fields.has(name) && !matches!(name, "user-prop" | "sub-id") {
                return Err(format!("{name} comes twice"));
            }
            let value = match kind {
                Type::Byte => set.byte()?.to_string(),
                Type::Two => set.two()?.to_string(),
                Type::Four => {
                    let four = set.take(4)?;
                    u32::from_be_bytes([four[0], four[1], four[2], four[3]]).to_string()
                }
                Type::Varint => set.varint()?.to_string(),
                Type::Text => set.text()?,
                Type::Binary => value_of(set.binary()?),
                Type::Pair => format!("{}:{}", set.text()?, set.text()?),
            };
            fields.push(name, value);
        }
        Ok(())
    }
}
