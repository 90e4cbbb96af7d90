//! Runs one row against one broker, whatever stands behind [`Wire`].

use std::collections::HashMap;
use std::time::Duration;

use super::Version;
use super::bytes::assemble;
use super::decode::decode;
use super::encode::encode;
use super::expect::{Expected, Names, show};
use super::fields::Fields;
use super::row::Row;
use super::step::{Action, Step};
use super::talk::Talk;

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

/// A row under way.
pub(super) struct Run<'a> {
    pub(super) wire: &'a mut dyn Wire,
    version: Version,
    pub(super) talks: HashMap<String, Talk>,
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
                self.send(conn, &fields, version, step.held)
            }
            Action::Publishes(fields) => self.publishes(conn, fields),
            Action::SendBytes(text) => {
                if !self.talks.get(conn).is_some_and(|talk| talk.open) {
                    self.open(conn, self.version)?;
                }
                let bytes = assemble(text, self.version)?;
                self.talk(conn).goes_raw();
                self.write(conn, &bytes, step.held);
                Ok(())
            }
            Action::Expect(expected) => self.expect(conn, expected),
            Action::Takes(count, packet) => {
                let version = self.version_on(conn);
                let kind = |bytes: &[u8]| decode(bytes, version).ok().filter(|got| got.packet == *packet);
                self.takes(conn, *count, kind).map(drop)
            }
            Action::Acks(count) => self.acks(conn, *count),
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
        self.send(conn, &publish, version, false)?;
        match publish.get("qos") {
            Some("1") => self.expect(conn, &Expected::Packet(ack("puback")?)),
            Some("2") => {
                self.expect(conn, &Expected::Packet(ack("pubrec")?))?;
                self.send(conn, &ack("pubrel")?, version, false)?;
                self.expect(conn, &Expected::Packet(ack("pubcomp")?))
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, conn: &str, version: Version) -> Result<(), String> {
        self.talks.insert(conn.to_owned(), Talk::new(version));
        self.wire.open(conn)
    }

    /// What is known of a connection, opened or not.
    fn talk(&mut self, conn: &str) -> &mut Talk {
        let version = self.version;
        self.talks
            .entry(conn.to_owned())
            .or_insert_with(|| Talk::new(version))
    }

    fn send(&mut self, conn: &str, packet: &Fields, version: Version, held: bool) -> Result<(), String> {
        let bytes = encode(packet, version)?;
        self.talk(conn).goes(packet);
        self.write(conn, &bytes, held);
        Ok(())
    }

    /// Writes bytes, with those that were held back; or holds them back, too.
    fn write(&mut self, conn: &str, bytes: &[u8], held: bool) {
        let talk = self.talk(conn);
        talk.held.extend(bytes);
        if !held {
            let bytes = std::mem::take(&mut talk.held);
            self.wire.send(conn, &bytes);
        }
    }

    /// What comes next.
    pub(super) fn next(&mut self, conn: &str) -> Result<Got, String> {
        let got = self.wire.next(conn);
        if let Got::Packet(bytes) = &got {
            self.talk(conn).came(bytes)?;
        }
        Ok(got)
    }

    /// So many packets come, of the kind that `fits` knows; what each says to `fits`.
    fn takes<T>(
        &mut self,
        conn: &str,
        count: usize,
        fits: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<Vec<T>, String> {
        let version = self.version_on(conn);
        (0..count)
            .map(|taken| match self.next(conn)? {
                Got::Packet(bytes) => {
                    fits(&bytes).ok_or_else(|| format!("{taken} came; then {}", show(&bytes, version)))
                }
                Got::Closed => Err(format!("{taken} came; then the broker closed the connection")),
                Got::Nothing => Err(format!("only {taken} came")),
            })
            .collect()
    }

    fn acks(&mut self, conn: &str, count: usize) -> Result<(), String> {
        let qos1 = |bytes: &[u8]| super::talk::identifier(bytes).filter(|_| bytes[0] & 0x06 == 0x02);
        for packet_id in self.takes(conn, count, qos1)? {
            let ack = Fields::parse(&format!("puback pid={packet_id}")).ok_or("no packet")??;
            self.send(conn, &ack, self.version, true)?;
        }
        self.write(conn, &[], false);
        Ok(())
    }

    pub(super) fn ended(&mut self, conn: &str) {
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

    pub(super) fn version_on(&self, conn: &str) -> Version {
        self.talks.get(conn).map_or(self.version, |talk| talk.version)
    }

    fn expect(&mut self, conn: &str, expected: &Expected) -> Result<(), String> {
        let version = self.version_on(conn);
        match self.next(conn)? {
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
            match self.next(conn)? {
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

    fn stays(&mut self, conn: &str) -> Result<(), String> {
        let version = self.version_on(conn);
        self.wire.send(conn, &[0xC0, 0]);
        match self.next(conn)? {
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
