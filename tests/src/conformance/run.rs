//! Runs one row against one broker, whatever stands behind [`Wire`].

use std::collections::HashMap;
use std::time::Duration;

use super::Version;
use super::bytes::assemble;
use super::encode::encode;
use super::expect::{Expected, Names, show};
use super::fields::Fields;
use super::row::Row;
use super::step::{Action, Step, Told};

/// What came on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Got {
    /// A whole packet (or what is left, if that cannot become one).
    Packet(Vec<u8>),
    /// The broker closed.
    Closed,
    /// Nothing, within the time allowed.
    Nothing,
}

/// Connections to one broker, each under a name.
pub trait Wire {
    /// Opens a connection.
    ///
    /// # Errors
    /// There is nobody.
    fn open(&mut self, conn: &str) -> Result<(), String>;
    /// Sends bytes. That the broker has closed is no error here: what comes next tells.
    fn send(&mut self, conn: &str, bytes: &[u8]);
    /// The next packet.
    fn next(&mut self, conn: &str) -> Got;
    /// Closes from this side, and waits until the broker knows.
    fn drop(&mut self, conn: &str);
    /// Lets time pass; `false` where it cannot be moved.
    fn advance(&mut self, by: Duration) -> bool;
    /// Whether a broker may close without the DISCONNECT or CONNACK that only should, not must, come before.
    fn lenient(&self) -> bool {
        false
    }
}

/// How a row went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// As it must.
    Passed,
    /// It could not be run here; why.
    Skipped(&'static str),
    /// Otherwise: at which line, and what came instead.
    Failed(String),
}

struct Talk {
    open: bool,
    /// CONNACK said success and nothing has ended the connection since.
    connected: bool,
    version: Version,
}

struct Run<'a> {
    wire: &'a mut dyn Wire,
    version: Version,
    talks: HashMap<String, Talk>,
    names: Names,
}

/// Runs `row` for `version`.
pub fn run(row: &Row, version: Version, wire: &mut dyn Wire) -> Outcome {
    let mut run = Run {
        wire,
        version,
        talks: HashMap::new(),
        names: Names::new(),
    };
    let steps: Vec<&Step> = row.steps_for(version).collect();
    let mut index = 0;
    while let Some(step) = steps.get(index) {
        index += 1;
        let result = match &step.action {
            Action::ExpectAnyOrder(first) => {
                let mut waiting = vec![first];
                while let Some(Step {
                    conn,
                    action: Action::ExpectAnyOrder(more),
                    ..
                }) = steps.get(index)
                    && *conn == step.conn
                {
                    waiting.push(more);
                    index += 1;
                }
                run.any_order(&step.conn, waiting)
            }
            Action::Advance(by) => {
                if !run.wire.advance(*by) {
                    return Outcome::Skipped("needs a clock that can be moved");
                }
                Ok(())
            }
            _ => run.step(step),
        };
        if let Err(why) = result {
            return Outcome::Failed(format!("at `{}`: {why}", step.line));
        }
    }
    match run.nothing_more() {
        Ok(()) => Outcome::Passed,
        Err(why) => Outcome::Failed(format!("after the last line: {why}")),
    }
}

impl Run<'_> {
    fn step(&mut self, step: &Step) -> Result<(), String> {
        let conn = step.conn.as_str();
        match &step.action {
            Action::Opens => self.open(conn, self.version),
            Action::Send(fields) => {
                let fields = self.named(fields)?;
                let version = self.version_of(conn, &fields)?;
                if !self.talks.get(conn).is_some_and(|talk| talk.open) {
                    self.open(conn, version)?;
                }
                if fields.packet == "connect"
                    && let Some(talk) = self.talks.get_mut(conn)
                {
                    talk.version = version;
                }
                if matches!(fields.packet, "disconnect") {
                    self.ended(conn);
                }
                let bytes = encode(&fields, version)?;
                self.wire.send(conn, &bytes);
                Ok(())
            }
            Action::Publishes(fields) => self.publishes(conn, fields),
            Action::SendBytes(text) => {
                if !self.talks.get(conn).is_some_and(|talk| talk.open) {
                    self.open(conn, self.version)?;
                }
                let bytes = assemble(text, self.version)?;
                self.wire.send(conn, &bytes);
                Ok(())
            }
            Action::Expect(expected) => self.expect(conn, expected),
            Action::Closes(told) => self.closes(conn, told),
            Action::Refused(reasons) => self.refused(conn, reasons),
            Action::Stays => self.stays(conn),
            Action::Drops => {
                self.ended(conn);
                if let Some(talk) = self.talks.get_mut(conn) {
                    talk.open = false;
                }
                self.wire.drop(conn);
                Ok(())
            }
            Action::ExpectAnyOrder(_) | Action::Advance(_) => Ok(()),
        }
    }

    fn publishes(&mut self, conn: &str, fields: &Fields) -> Result<(), String> {
        let mut publish = fields.clone();
        if !publish.has("pid") {
            publish.push("pid", "1000");
        }
        let pid = publish.get("pid").unwrap_or_default().to_owned();
        let ack = |name: &str| match Fields::parse(&format!("{name} pid={pid}")) {
            Some(fields) => fields,
            None => Err(name.to_owned()),
        };
        let version = self.version_on(conn);
        self.wire.send(conn, &encode(&publish, version)?);
        match publish.get("qos") {
            Some("1") => self.expect(conn, &Expected::Packet(ack("puback")?)),
            Some("2") => {
                self.expect(conn, &Expected::Packet(ack("pubrec")?))?;
                self.wire.send(conn, &encode(&ack("pubrel")?, version)?);
                self.expect(conn, &Expected::Packet(ack("pubcomp")?))
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, conn: &str, version: Version) -> Result<(), String> {
        self.talks.insert(
            conn.to_owned(),
            Talk {
                open: true,
                connected: false,
                version,
            },
        );
        self.wire.open(conn)
    }

    fn ended(&mut self, conn: &str) {
        if let Some(talk) = self.talks.get_mut(conn) {
            talk.connected = false;
        }
    }

    /// The version of a connection: that of its CONNECT (`v=`), else the row's.
    fn version_of(&self, conn: &str, fields: &Fields) -> Result<Version, String> {
        if fields.packet != "connect" {
            return Ok(self.talks.get(conn).map_or(self.version, |talk| talk.version));
        }
        match fields.get("v") {
            Some(text) => match Version::named(text) {
                Some([version]) => Ok(*version),
                _ => Err(format!("v={text:?} is not one version")),
            },
            None => Ok(self.version),
        }
    }

    /// The packet with the names of packet identifiers replaced by what they stand for.
    fn named(&self, fields: &Fields) -> Result<Fields, String> {
        let mut fields = fields.clone();
        for (name, value) in &mut fields.items {
            if name == "pid"
                && let Some(known) = value.strip_prefix('$')
            {
                *value = self
                    .names
                    .get(known)
                    .ok_or(format!("no packet said what ${known} is"))?
                    .clone();
            }
        }
        Ok(fields)
    }

    fn version_on(&self, conn: &str) -> Version {
        self.talks.get(conn).map_or(self.version, |talk| talk.version)
    }

    fn expect(&mut self, conn: &str, expected: &Expected) -> Result<(), String> {
        let version = self.version_on(conn);
        match self.wire.next(conn) {
            Got::Packet(bytes) => {
                expected
                    .check(&bytes, version, &mut self.names)
                    .map_err(|why| format!("{why}; got {}", show(&bytes, version)))?;
                if bytes.first() == Some(&0x20)
                    && bytes.get(3) == Some(&0)
                    && let Some(talk) = self.talks.get_mut(conn)
                {
                    talk.connected = true;
                }
                Ok(())
            }
            Got::Closed => Err("the broker closed the connection".to_owned()),
            Got::Nothing => Err("nothing came".to_owned()),
        }
    }

    fn any_order(&mut self, conn: &str, mut waiting: Vec<&Expected>) -> Result<(), String> {
        let version = self.version_on(conn);
        while !waiting.is_empty() {
            match self.wire.next(conn) {
                Got::Packet(bytes) => {
                    let names = &mut self.names;
                    let found = waiting
                        .iter()
                        .position(|one| one.check(&bytes, version, names).is_ok());
                    match found {
                        Some(found) => drop(waiting.remove(found)),
                        None => return Err(format!("none of those expected; got {}", show(&bytes, version))),
                    }
                }
                Got::Closed => return Err("the broker closed the connection".to_owned()),
                Got::Nothing => return Err(format!("nothing came, {} still expected", waiting.len())),
            }
        }
        Ok(())
    }

    fn closes(&mut self, conn: &str, told: &Told) -> Result<(), String> {
        let version = self.version_on(conn);
        let was_connected = self.talks.get(conn).is_some_and(|talk| talk.connected);
        self.ended(conn);
        let first = self.wire.next(conn);
        let (reason, last) = match &first {
            Got::Packet(bytes) => {
                let disconnect = super::decode::decode(bytes, version)
                    .ok()
                    .filter(|got| got.packet == "disconnect");
                let reason = disconnect.and_then(|got| got.get("reason").and_then(super::fields::number));
                match reason {
                    Some(reason) => (Some(reason as u8), self.wire.next(conn)),
                    None => return Err(format!("not closed; got {}", show(bytes, version))),
                }
            }
            other => (None, other.clone()),
        };
        match last {
            Got::Closed => {}
            Got::Packet(bytes) => return Err(format!("not closed; got {}", show(&bytes, version))),
            Got::Nothing => return Err("not closed".to_owned()),
        }
        if let Some(talk) = self.talks.get_mut(conn) {
            talk.open = false;
        }
        match (told, reason) {
            (Told::Nothing, Some(reason)) => Err(format!("told {reason:#04x} in DISCONNECT")),
            // That the connection is closed is what must be; which of the two general codes says it, is a judgement.
            (Told::One(_), Some(0x81 | 0x82)) if self.wire.lenient() => Ok(()),
            (Told::One(codes), Some(reason)) if !codes.contains(&reason) => {
                Err(format!("told {reason:#04x} in DISCONNECT"))
            }
            (Told::One(_), None) if version.is_v5() && was_connected && !self.wire.lenient() => {
                Err("closed without DISCONNECT".to_owned())
            }
            _ => Ok(()),
        }
    }

    fn refused(&mut self, conn: &str, reasons: &[u8]) -> Result<(), String> {
        let version = self.version_on(conn);
        let codes: Vec<u8> = if version.is_v5() {
            reasons.to_vec()
        } else {
            reasons.iter().filter_map(|r| in_3x(*r)).collect()
        };
        let mut got = self.wire.next(conn);
        if let Got::Packet(bytes) = &got {
            let connack = super::decode::decode(bytes, version)
                .ok()
                .filter(|got| got.packet == "connack");
            let code = connack
                .as_ref()
                .and_then(|got| got.get("reason"))
                .and_then(super::fields::number);
            let fits = code.is_some_and(|code| codes.iter().any(|one| u64::from(*one) == code));
            let session_present = connack.as_ref().is_some_and(|got| got.get("sp") != Some("0"));
            if !fits || session_present {
                return Err(format!("not refused so; got {}", show(bytes, version)));
            }
            got = self.wire.next(conn);
        } else if !(codes.is_empty() || self.wire.lenient() && version.is_v5()) {
            return Err("no CONNACK came".to_owned());
        }
        if got != Got::Closed {
            return Err(format!("not closed: {got:?}"));
        }
        if let Some(talk) = self.talks.get_mut(conn) {
            talk.open = false;
        }
        Ok(())
    }

    fn stays(&mut self, conn: &str) -> Result<(), String> {
        let version = self.version_on(conn);
        self.wire.send(conn, &[0xC0, 0]);
        match self.wire.next(conn) {
            Got::Packet(bytes) if bytes == [0xD0, 0] => Ok(()),
            Got::Packet(bytes) => Err(format!(
                "only PINGRESP should come; got {}",
                show(&bytes, version)
            )),
            Got::Closed => Err("the broker closed the connection".to_owned()),
            Got::Nothing => Err("PINGREQ is not answered".to_owned()),
        }
    }

    /// No connection that is left open has anything more to say.
    fn nothing_more(&mut self) -> Result<(), String> {
        let mut left: Vec<String> = self
            .talks
            .iter()
            .filter(|(_, talk)| talk.connected)
            .map(|(conn, _)| conn.clone())
            .collect();
        left.sort();
        for conn in left {
            self.stays(&conn).map_err(|why| format!("{conn}: {why}"))?;
        }
        Ok(())
    }
}

/// The return code of a 3.x CONNACK for a reason; `None` where 3.x closes without one.
fn in_3x(reason: u8) -> Option<u8> {
    Some(match reason {
        0x84 => 1,
        0x85 => 2,
        0x86 => 4,
        0x87 | 0x8A => 5,
        0x88 | 0x89 | 0x8B | 0x97 | 0x9C | 0x9D | 0x9F => 3,
        _ => return None,
    })
}
