//! The steps of a row, one in each line.
//!
//! ```text
//! a > connect id=a clean=0            connection a (opened on first use) sends a packet
//! a > 82 { 0001 p{} 'a/b' 00 }        … or bytes, see `bytes`
//! a + publish topic=t payload=1       as >, but written together with what a sends next, in one piece
//! b publishes topic=t qos=2 payload=1  … sends PUBLISH and sees its acknowledgements through, whatever the QoS
//! a < connack sp=0                    a packet comes on a, see `expect`
//! a ~ publish topic=x payload=1       successive lines with ~ come in any order
//! a takes 10 puback                   ten packets of this kind come, whatever else they say
//! a acks 10                           ten PUBLISH of QoS 1 come, then all are acknowledged in one piece
//! a closes                            the broker closes a; a 5.0 client may be told why before
//! a closes 0x82|0x81                  … and is told one of these reasons, in 5.0
//! a closes silently                   … and is told nothing
//! a refused 0x85                      CONNACK with this reason, or what 3.x has for it, then closed
//! a stays                             nothing came, and PINGREQ is answered
//! a opens                             a connection without a packet yet
//! a drops                             the client closes without DISCONNECT
//! repeat 100                          the lines from here to `end` stand so many times
//! advance 90s                         time passes (only where there is a virtual clock)
//! @5 a < …                            a line for one version: @5, @3 (both), @3.1, @3.1.1
//! # …                                 a remark
//! ```

use std::time::Duration;

use super::Version;
use super::expect::Expected;
use super::fields::{Fields, PACKETS};

/// One line of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The line as it stands in the file.
    pub line: String,
    /// The versions it is for.
    pub versions: Vec<Version>,
    /// On which connection; empty for `advance`.
    pub conn: String,
    /// What happens.
    pub action: Action,
    /// The bytes wait, and go out with the next bytes of this connection.
    pub held: bool,
}

/// What a step does or expects.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Sends a packet.
    Send(Fields),
    /// Sends a PUBLISH and completes its exchange. The standard lets a server deliver a message of QoS 2 when PUBLISH
    /// comes or when PUBREL does: a row that must hold for any server publishes so.
    Publishes(Fields),
    /// Sends bytes.
    SendBytes(String),
    /// A packet comes.
    Expect(Expected),
    /// A packet comes, in any order with the neighbouring lines of this kind.
    ExpectAnyOrder(Expected),
    /// This many packets of this kind come.
    Takes(usize, &'static str),
    /// This many PUBLISH of QoS 1 come, and are acknowledged.
    Acks(usize),
    /// The broker closes, and says one of these; see [`Told`].
    Closes(Told),
    /// CONNECT is refused with one of these reasons, then the connection is closed.
    Refused(Vec<u8>),
    /// Nothing came, and the connection is alive.
    Stays,
    /// The connection is opened.
    Opens,
    /// The client disconnects without a DISCONNECT.
    Drops,
    /// Time passes.
    Advance(Duration),
}

/// What a 5.0 client is told in DISCONNECT before the connection is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Whatever, or nothing.
    Anything,
    /// Nothing.
    Nothing,
    /// One of these reason codes.
    One(Vec<u8>),
}

/// Reads all lines of a row.
///
/// # Errors
/// Says which line is invalid.
pub fn parse(text: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut repeated: Option<(usize, usize)> = None;
    for line in text.lines().map(str::trim) {
        let wrong = |why: String| format!("in the line `{line}`: {why}");
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(times) = line.strip_prefix("repeat ") {
            let times = times.parse().map_err(|_| wrong("how many times?".to_owned()))?;
            if repeated.replace((times, steps.len())).is_some() {
                return Err(wrong("the one before has no `end`".to_owned()));
            }
        } else if line == "end" {
            let (times, from) = repeated.take().ok_or_else(|| wrong("of what?".to_owned()))?;
            let round = steps.split_off(from);
            (0..times).for_each(|_| steps.extend(round.iter().cloned()));
        } else {
            steps.push(one(line).map_err(wrong)?);
        }
    }
    match repeated {
        Some(_) => Err("`repeat` has no `end`".to_owned()),
        None => Ok(steps),
    }
}

fn one(line: &str) -> Result<Step, String> {
    let (versions, rest) = match line.strip_prefix('@') {
        Some(marked) => {
            let (version, rest) = marked.split_once(' ').ok_or("nothing after the version")?;
            (
                Version::named(version)
                    .ok_or(format!("no version {version:?}"))?
                    .to_vec(),
                rest.trim(),
            )
        }
        None => (Version::ALL.to_vec(), line),
    };
    let (conn, rest) = rest
        .split_once(' ')
        .ok_or("a connection and what happens on it")?;
    let rest = rest.trim();
    let (verb, object) = rest
        .split_once(' ')
        .map_or((rest, ""), |(verb, object)| (verb, object.trim()));
    let action = match (conn, verb) {
        ("advance", amount) => Action::Advance(duration(amount)?),
        (_, ">" | "+") => {
            if let Some(packet) = Fields::parse(object) {
                Action::Send(packet?)
            } else {
                super::bytes::assemble(object, Version::V5)?;
                Action::SendBytes(object.to_owned())
            }
        }
        (_, "publishes") => {
            Action::Publishes(Fields::parse(&format!("publish {object}")).ok_or("no fields")??)
        }
        (_, "<") => Action::Expect(Expected::parse(object)?),
        (_, "~") => Action::ExpectAnyOrder(Expected::parse(object)?),
        (_, "takes") => {
            let (count, packet) = object.split_once(' ').ok_or("how many, and of what?")?;
            let known = PACKETS.iter().find(|known| **known == packet);
            Action::Takes(
                count.parse().map_err(|_| format!("{count:?} is no number"))?,
                known.ok_or(format!("{packet:?} is no packet"))?,
            )
        }
        (_, "acks") => Action::Acks(object.parse().map_err(|_| format!("{object:?} is no number"))?),
        (_, "closes") => Action::Closes(match object {
            "" => Told::Anything,
            "silently" => Told::Nothing,
            codes => Told::One(reasons(codes)?),
        }),
        (_, "refused") => Action::Refused(reasons(object)?),
        (_, "stays") => Action::Stays,
        (_, "opens") => Action::Opens,
        (_, "drops") => Action::Drops,
        (_, other) => {
            return Err(format!(
                "{other:?} is no verb: > + < ~ publishes takes acks closes refused stays opens drops"
            ));
        }
    };
    let conn = if conn == "advance" {
        String::new()
    } else {
        conn.to_owned()
    };
    Ok(Step {
        line: line.to_owned(),
        versions,
        conn,
        action,
        held: verb == "+",
    })
}

fn reasons(text: &str) -> Result<Vec<u8>, String> {
    let code = |text| super::fields::number(text).and_then(|code| u8::try_from(code).ok());
    text.split('|')
        .map(|one| code(one).ok_or(format!("{one:?} is no reason code")))
        .collect()
}

fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_at(text.trim_end_matches(char::is_alphabetic).len());
    let number: u64 = number
        .parse()
        .map_err(|_| format!("{text:?} is no duration: 90s, 500ms"))?;
    match unit {
        "ms" => Ok(Duration::from_millis(number)),
        "s" => Ok(Duration::from_secs(number)),
        _ => Err(format!("{text:?} is no duration: 90s, 500ms")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_between_repeat_and_end_stand_so_many_times() {
        let steps = parse("a opens\nrepeat 3\nb > pingreq\nb < pingresp\nend\na drops");
        assert_eq!(steps.map(|steps| steps.len()), Ok(8));
        for wrong in [
            "repeat 2\na opens",
            "end",
            "repeat 1\nrepeat 2\nend",
            "repeat x\nend",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
