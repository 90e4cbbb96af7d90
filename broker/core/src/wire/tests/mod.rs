//! Tables of packets, one file for each packet type: packets that are refused, with the exact error, and packets that
//! are only just accepted.
//!
//! Packets are written in a notation for people: `82: 000A [0B 05] 'a/b' 2D` is the first byte, then hexadecimal. `[…]`
//! are properties and `'…'` is a string. The Remaining Length, the Property Length and the length of a string are
//! filled in. Offsets count from the first byte; the fixed header of a packet of up to 127 bytes has two.

mod acks;
mod auth;
mod connack;
mod connect;
mod disconnect;
mod display;
mod header;
mod properties;
mod publish;
mod reason;
mod subscribe;
mod unsubscribe;
mod whole;

use super::{Packet, ReasonCode, Version, decode};

pub(super) use Version::{V5, V31, V311};

/// The bytes that `notation` says.
pub(super) fn bytes(notation: &str) -> Vec<u8> {
    let (first, body) = notation.split_once(':').expect("a first byte and a colon");
    let body = body_bytes(body);
    packets::framed(hex(first)[0], &body)
}

/// The bytes that `notation` says, without a fixed header.
pub(super) fn body_bytes(notation: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = notation;
    while let Some(at) = rest.find(['[', '\'']) {
        out.extend(hex(&rest[..at]));
        let close = if rest[at..].starts_with('[') { ']' } else { '\'' };
        let len = rest[at + 1..].find(close).expect("an end to [ or '");
        let inner = &rest[at + 1..at + 1 + len];
        if close == ']' {
            // A string in properties is written with its length in hexadecimal, since it cannot be nested here.
            let inner = hex(inner);
            assert!(inner.len() < 0x80, "properties in this notation are short");
            out.push(inner.len() as u8);
            out.extend(inner);
        } else {
            out.extend((inner.len() as u16).to_be_bytes());
            out.extend(inner.bytes());
        }
        rest = &rest[at + 1 + len + 1..];
    }
    out.extend(hex(rest));
    out
}

fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<char> = digits.chars().filter(|digit| !digit.is_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| {
            u8::from_str_radix(&pair.iter().collect::<String>(), 16).expect("pairs of hexadecimal digits")
        })
        .collect()
}

/// A packet that is refused: the version, the packet, what is wrong and where, the statement, and the reason code.
pub(super) type Refusal = (Version, &'static str, &'static str, usize, &'static str, u8);

/// Checks that every packet of a table is refused exactly as it says.
pub(super) fn refused(table: &[Refusal]) {
    for &(version, notation, what, offset, statement, reason) in table {
        let given = bytes(notation);
        match decode(version, &given) {
            Ok(packet) => panic!("{version} {notation}: was accepted as {packet:?}"),
            Err(error) => assert_eq!(
                (error.what, error.offset, error.statement, error.reason),
                (what, offset, statement, ReasonCode(reason)),
                "{version} {notation}"
            ),
        }
    }
}

/// Checks that every packet of a table is accepted, and gives it to `check`.
pub(super) fn accepted(table: &[(Version, &str)], check: impl Fn(&Packet<'_>)) {
    for &(version, notation) in table {
        let given = bytes(notation);
        match decode(version, &given) {
            Ok(packet) => check(&packet),
            Err(error) => panic!("{version} {notation}: {error}"),
        }
    }
}
