//! The notation for bytes that no well-behaved encoder writes: `82 { 0001 p{} 'a/b' 00 }`.
//!
//! | token | means |
//! |---|---|
//! | `82`, `003c01` | these bytes |
//! | `{ … }` | the length of what is inside, as a Variable Byte Integer, then what is inside |
//! | `p{ … }` | the same in 5.0, nothing at all in 3.x: a set of properties |
//! | `'a/b'` | a string: two bytes of length, then the text |
//! | `"a/b"` | the text alone |
//! | `61*1000` | these bytes a thousand times |
//! | `( … )*10` | what is inside, ten times |
//! | `#session-expiry` | that property with some valid value |
//! | `mqtt` | protocol name and version of CONNECT in the row's version |

use packets::put_varint;

use super::Version;
use super::props::{Type, by_name};

/// Assembles the notation for `version`.
///
/// # Errors
/// Says which token is invalid.
pub fn assemble(text: &str, version: Version) -> Result<Vec<u8>, String> {
    let mut rest = text;
    let out = sequence(&mut rest, version, None)?;
    Ok(out)
}

/// What stands up to the sign that ends it, or up to the end of the text.
fn sequence(rest: &mut &str, version: Version, inside: Option<char>) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    loop {
        *rest = rest.trim_start();
        let Some(first) = rest.chars().next() else {
            return match inside {
                Some(end) => Err(format!("{end} is missing")),
                None => Ok(out),
            };
        };
        match first {
            '}' | ')' if inside == Some(first) => {
                *rest = &rest[1..];
                return Ok(out);
            }
            '{' => {
                *rest = &rest[1..];
                let body = sequence(rest, version, Some('}'))?;
                put_varint(&mut out, body.len());
                out.extend(body);
            }
            '(' => {
                *rest = &rest[1..];
                let body = sequence(rest, version, Some(')'))?;
                let after = rest.strip_prefix('*').ok_or("how many times?")?;
                let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
                let times = after[..end].parse().map_err(|_| "how many times?")?;
                *rest = &after[end..];
                out.extend(body.repeat(times));
            }
            'p' if rest.starts_with("p{") => {
                *rest = &rest[2..];
                let body = sequence(rest, version, Some('}'))?;
                if version.is_v5() {
                    put_varint(&mut out, body.len());
                    out.extend(body);
                }
            }
            quote @ ('\'' | '"') => {
                let Some((body, after)) = rest[1..].split_once(quote) else {
                    return Err(format!("a {quote} is left open"));
                };
                if quote == '\'' {
                    out.extend((body.len() as u16).to_be_bytes());
                }
                out.extend(body.as_bytes());
                *rest = after;
            }
            _ => {
                let end = rest
                    .find(|c: char| c.is_whitespace() || matches!(c, '{' | '}' | '(' | ')'))
                    .unwrap_or(rest.len());
                let token = &rest[..end];
                *rest = &rest[end..];
                out.extend(plain(token, version)?);
            }
        }
    }
}

fn plain(token: &str, version: Version) -> Result<Vec<u8>, String> {
    if token == "mqtt" {
        return Ok(match version {
            Version::V31 => b"\0\x06MQIsdp\x03".to_vec(),
            Version::V311 => b"\0\x04MQTT\x04".to_vec(),
            Version::V5 => b"\0\x04MQTT\x05".to_vec(),
        });
    }
    if let Some(name) = token.strip_prefix('#') {
        let (id, kind) = by_name(name).ok_or(format!("no property is called {name:?}"))?;
        let mut bytes = vec![id as u8];
        bytes.extend_from_slice(match kind {
            Type::Byte => &[1],
            Type::Two => &[0, 5],
            Type::Four => &[0, 0, 0, 100],
            Type::Varint => &[5],
            Type::Text | Type::Binary => &[0, 1, b't'],
            Type::Pair => &[0, 1, b'n', 0, 1, b'v'],
        });
        return Ok(bytes);
    }
    let (hex, times) = match token.split_once('*') {
        Some((hex, times)) => (
            hex,
            times.parse().map_err(|_| format!("{token:?}: how many times?"))?,
        ),
        None => (token, 1),
    };
    if hex.is_empty() || hex.len() % 2 != 0 || !hex.is_ascii() {
        return Err(format!("{token:?} is no run of hex bytes"));
    }
    let bytes: Result<Vec<u8>, _> = (0..hex.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&hex[i..i + 2], 16))
        .collect();
    Ok(bytes
        .map_err(|_| format!("{token:?} is no run of hex bytes"))?
        .repeat(times))
}

/// Bytes for people: `20 02 00 00`, cut where long.
pub fn hex(bytes: &[u8]) -> String {
    const SHOWN: usize = 64;
    let mut text: Vec<String> = bytes
        .iter()
        .take(SHOWN)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if bytes.len() > SHOWN {
        text.push(format!("… {} bytes", bytes.len()));
    }
    text.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notation_says_what_it_says() {
        let bytes = assemble("82 { 0001 p{ 0b01 } 'a/b' 00 }", Version::V5);
        assert_eq!(
            bytes,
            Ok(vec![0x82, 11, 0, 1, 2, 0x0B, 1, 0, 3, b'a', b'/', b'b', 0])
        );
        let bytes = assemble("82 { 0001 p{ 0b01 } 'a/b' 00 }", Version::V311);
        assert_eq!(bytes, Ok(vec![0x82, 8, 0, 1, 0, 3, b'a', b'/', b'b', 0]));
        assert_eq!(assemble("61*3 \"b\"", Version::V5), Ok(b"aaab".to_vec()));
        assert_eq!(assemble("(61 \"b\")*2 63", Version::V5), Ok(b"ababc".to_vec()));
        assert_eq!(
            assemble("10{ mqtt }", Version::V31),
            Ok(b"\x10\x09\0\x06MQIsdp\x03".to_vec())
        );
        assert_eq!(
            assemble("{ 00*200 }", Version::V5).map(|bytes| bytes[..2].to_vec()),
            Ok(vec![0xC8, 1])
        );
    }

    #[test]
    fn what_is_no_token_is_named() {
        for wrong in ["8", "zz", "{ 00", "'a", "00*x", "(00", "(00)", "(00)*x"] {
            assert!(assemble(wrong, Version::V5).is_err(), "{wrong}");
        }
    }
}
