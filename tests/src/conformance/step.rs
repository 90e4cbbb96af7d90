//! The steps of a row, one a line.
//!
//! ```text
//! a > connect id=a clean=0            connection a (opened on first use) sends a packet
//! a > 82 { 0001 p{} 'a/b' 00 }        … or bytes, see `bytes`
//! b publishes topic=t qos=2 payload=1  … sends PUBLISH and sees its acknowledgements through, whatever the QoS
//! a < connack sp=0                    a packet comes on a, see `expect`
//! a ~ publish topic=x payload=1       successive lines with ~ come in any order
//! a closes                            the broker closes a; a 5.0 client may be told why before
//! a closes 0x82|0x81                  … and is told one of these reasons, in 5.0
//! a closes silently                   … and is told nothing
//! a refused 0x85                      CONNACK with this reason, or what 3.x has for it, then closed
//! a stays                             nothing came, and PINGREQ is answered
//! a opens                             a connection without a packet yet
//! a drops                             the client closes without DISCONNECT
//! advance 90s                         time passes (only where there is a virtual clock)
//! @5 a < …                            a line for one version: @5, @3 (both), @3.1, @3.1.1
//! # …                                 a remark
//! ```

use std::time::Duration;

use super::Version;
use super::expect::Expected;
use super::fields::Fields;

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
    /// The broker closes, and says one of these; see [`Told`].
    Closes(Told),
    /// CONNECT is refused with one of these reasons, then the connection is closed.
    Refused(Vec<u8>),
    /// Nothing came, and the connection is alive.
    Stays,
    /// The connection is opened.
    Opens,
    /// The client goes without a word.
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
/// Says which line is none.
pub fn parse(text: &str) -> Result<Vec<Step>, String> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| one(line).map_err(|why| format!("in the line `{line}`: {why}")))
        .collect()
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
        (_, ">") => {
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
                "{other:?} is no verb: > < ~ publishes closes refused stays opens drops"
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
