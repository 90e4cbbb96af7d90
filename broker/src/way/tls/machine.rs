//! [`Tls`]: the server's side of TLS as a [`Layer`].
//!
//! It drives rustls by its unbuffered interface, which decrypts records where the socket put them. The buffered one would
//! copy all that comes once more, 4096 bytes at a time. In return the beginning of a record whose rest has not come is kept
//! here.

use std::io::IoSlice;
use std::mem;
use std::sync::Arc;

use broker_core::arrival::TlsFacts;
use rustls::server::UnbufferedServerConnection;
use rustls::unbuffered::{ConnectionState, EncodeError, EncodeTlsData, UnbufferedStatus};
use rustls::{Error, ServerConfig};

use super::facts::{self, Identity};
use super::fault::{self, Beginning};
use super::hello::{self, Hello};
use super::seal;
use crate::way::{Fault, Layer};

/// The head of a record: its kind, a version, and the length of the rest. RFC 8446 5.1
const HEAD_BYTES: usize = 5;
/// A record whose head announces this much, or more, is refused: 2^14 bytes, and what any encryption may add.
/// RFC 5246 6.2.3
const TOO_MANY_BYTES: usize = 16_384 + 2048;
/// The most that may wait for the end of one message of the handshake that comes in several records. The longest that
/// makes sense is a client's chain of certificates.
const JOINED_BYTES: usize = 65_535;
/// So many records are handled at a time. Then it is looked at what they were.
const RECORDS_AT_ONCE: usize = 64;
/// How many records may carry nothing for the layer above: this many, and one more for each such number of records that
/// carry something. What they do is change keys. That is much work for few bytes, and is needed once in millions of
/// records.
const EMPTY_RECORDS: u64 = 64;

/// One connection's TLS.
pub(crate) struct Tls {
    rustls: UnbufferedServerConnection,
    config: Arc<ServerConfig>,
    identity: Identity,
    beginning: Beginning,
    hello: Hello,
    /// What came and is not handled: `joined` bytes that rustls has seen, and keeps as the beginning of a message; then a
    /// record that is not whole.
    pending: Vec<u8>,
    joined: usize,
    /// Since the handshake: records that carried nothing for the layer above, and those that carried something.
    empty_records: u64,
    full_records: u64,
    peer_ended: bool,
    /// An error was found. rustls must not be called again: it may hold on to messages in bytes that are gone.
    failed: bool,
    /// Nothing more can be encrypted.
    used_up: bool,
}

impl Tls {
    pub(super) fn new(config: Arc<ServerConfig>, identity: Identity) -> Result<Self, Fault> {
        let rustls = UnbufferedServerConnection::new(Arc::clone(&config))
            .map_err(|error| Fault(format!("TLS cannot begin: {error}")))?;
        Ok(Self {
            rustls,
            config,
            identity,
            beginning: Beginning::default(),
            hello: Hello::default(),
            pending: Vec::new(),
            joined: 0,
            empty_records: 0,
            full_records: 0,
            peer_ended: false,
            failed: false,
            used_up: false,
        })
    }

    /// Whether bytes from above can be sent: the handshake is over.
    pub(crate) fn is_open(&self) -> bool {
        !self.rustls.is_handshaking()
    }

    /// What was agreed on. Complete once it is open.
    pub(crate) fn facts(&self) -> TlsFacts {
        facts::of(&self.rustls, &self.hello)
    }

    /// The user name that stands for the client's certificate, where the settings ask for that and it has one.
    pub(crate) fn identity(&self) -> Option<Arc<str>> {
        self.identity.of(&self.rustls)
    }

    /// How much memory waits for the rest of what has begun.
    #[cfg(test)]
    pub(super) fn kept_bytes(&self) -> usize {
        self.pending.capacity()
    }

    fn take_all(&mut self, bytes: &mut [u8], up: &mut Vec<u8>, down: &mut Vec<u8>) -> Result<(), Fault> {
        self.beginning.note(bytes);
        if self.used_up {
            return Err(Fault::new(
                "the keys of this connection are used up: in TLS 1.2 they are good for 16 million records, and only TLS 1.3 can \
                 change them",
            ));
        }
        let mut rest = bytes;
        while !rest.is_empty() && !self.peer_ended {
            let is_begun = !self.pending.is_empty();
            if is_begun {
                let begun = self.pending.get(self.joined..).unwrap_or_default();
                let missing = missing(begun).min(rest.len());
                let (part, after) = mem::take(&mut rest).split_at_mut(missing);
                self.pending.extend_from_slice(part);
                rest = after;
                let begun = self.pending.get(self.joined..).unwrap_or_default();
                let (_, count) = whole_records(begun);
                if count == 0 {
                    continue;
                }
                let mut records = mem::take(&mut self.pending);
                let done = self.take(&mut records, count, up, down)?;
                records.drain(..done.min(records.len()));
                self.pending = records;
            } else {
                let (whole, count) = whole_records(rest);
                if count == 0 {
                    self.pending.extend_from_slice(rest);
                    self.joined = 0;
                    return Ok(());
                }
                let (records, after) = mem::take(&mut rest).split_at_mut(whole);
                rest = after;
                let done = self.take(records, count, up, down)?;
                self.pending
                    .extend_from_slice(records.get(done..).unwrap_or_default());
            }
            self.joined = self.pending.len();
            if self.joined > JOINED_BYTES {
                return Err(Fault(format!(
                    "sent more than {JOINED_BYTES} bytes that belong to one message of the TLS handshake"
                )));
            }
            if is_begun && self.pending.is_empty() {
                // Most connections are quiet most of the time, and then keep no buffer.
                self.pending = Vec::new();
            }
        }
        Ok(())
    }

    /// Handles `count` whole records. Answers how many bytes at their front are done with. The others are the beginning of a
    /// message; rustls has seen them, and must be shown them again.
    fn take(
        &mut self,
        records: &mut [u8],
        count: u64,
        up: &mut Vec<u8>,
        down: &mut Vec<u8>,
    ) -> Result<usize, Fault> {
        let was_open = self.is_open();
        let full_before = self.full_records;
        let result = self.process(records, up, down);
        if let Some(hello) = hello::take() {
            self.hello = hello;
        }
        let done = match result {
            Ok(done) => done,
            Err(error) => {
                // What the client is told of it.
                self.flush(down);
                return Err(self.fault(&error));
            }
        };
        if was_open && !self.peer_ended {
            self.empty_records += count.saturating_sub(self.full_records - full_before);
            if self.empty_records > EMPTY_RECORDS + self.full_records / EMPTY_RECORDS {
                return Err(Fault(format!(
                    "sent {} TLS records that carry nothing beside {} that do; keys need to be changed once in millions of \
                     records",
                    self.empty_records, self.full_records
                )));
            }
        }
        Ok(done)
    }

    fn process(&mut self, records: &mut [u8], up: &mut Vec<u8>, down: &mut Vec<u8>) -> Result<usize, Error> {
        let mut done = 0;
        loop {
            let rest = records.get_mut(done..).unwrap_or_default();
            let UnbufferedStatus { discard, state } = self.rustls.process_tls_records(rest);
            done += discard;
            match state? {
                ConnectionState::ReadTraffic(mut traffic) => {
                    while let Some(record) = traffic.next_record() {
                        let record = record?;
                        up.extend_from_slice(record.payload);
                        done += record.discard;
                        self.full_records += 1;
                    }
                }
                ConnectionState::EncodeTlsData(data) => encode(data, down),
                ConnectionState::TransmitTlsData(data) => data.done(),
                // What follows is to be ignored. RFC 8446 6.1
                ConnectionState::PeerClosed | ConnectionState::Closed => {
                    self.peer_ended = true;
                    return Ok(records.len());
                }
                // `BlockedHandshake` or `WriteTraffic`: all is handled. Early data cannot come, as nobody allows it.
                _ => return Ok(done),
            }
        }
    }

    /// Appends what rustls has to say by itself.
    fn flush(&mut self, down: &mut Vec<u8>) {
        // As long as there is something, it looks at no record.
        while self.rustls.wants_write() {
            match self.rustls.process_tls_records(&mut []).state {
                Ok(ConnectionState::EncodeTlsData(data)) => encode(data, down),
                _ => return,
            }
        }
    }

    fn fault(&self, error: &Error) -> Fault {
        Fault(fault::words(
            error,
            &self.beginning,
            &self.hello,
            &self.config,
            self.is_open(),
        ))
    }
}

impl Layer for Tls {
    fn receive(&mut self, bytes: &mut [u8], up: &mut Vec<u8>, down: &mut Vec<u8>) -> Result<(), Fault> {
        if self.failed {
            return Ok(());
        }
        let result = self.take_all(bytes, up, down);
        self.failed = result.is_err();
        result
    }

    fn send(&mut self, slices: &[IoSlice<'_>], down: &mut Vec<u8>) {
        if self.failed {
            return;
        }
        // rustls is shown what waits, as always. It finds no whole record there.
        let UnbufferedStatus { state, .. } = self.rustls.process_tls_records(&mut self.pending);
        let sealed = match state {
            Ok(ConnectionState::WriteTraffic(mut traffic)) => seal::seal(&mut traffic, slices, down),
            _ => false,
        };
        if !sealed {
            self.used_up = true;
            self.flush(down);
        }
    }

    fn end(&mut self, down: &mut Vec<u8>) {
        if self.failed {
            return;
        }
        let UnbufferedStatus { state, .. } = self.rustls.process_tls_records(&mut self.pending);
        if let Ok(ConnectionState::WriteTraffic(mut traffic)) = state {
            // Where there is no room rustls keeps it. It does nothing when called again, or after an alert. RFC 8446 6.1
            let _ = traffic.queue_close_notify(&mut []);
        }
        self.flush(down);
    }

    fn peer_ended(&self) -> bool {
        self.peer_ended
    }

    fn owes(&self) -> Option<String> {
        if self.peer_ended {
            None
        } else if !self.is_open() {
            Some("owes the rest of a TLS handshake".to_owned())
        } else if !self.pending.is_empty() {
            Some("owes the rest of a TLS record".to_owned())
        } else {
            None
        }
    }
}

/// Appends bytes of the handshake, or an alert.
fn encode<Data>(mut data: EncodeTlsData<'_, Data>, down: &mut Vec<u8>) {
    // The first call tells how long they are.
    if let Err(EncodeError::InsufficientSize(size)) = data.encode(&mut []) {
        let before = down.len();
        down.resize(before + size.required_size, 0);
        let written = down.get_mut(before..).map_or(Ok(0), |room| data.encode(room));
        down.truncate(before + written.unwrap_or_default());
    }
}

/// How many bytes the records at the front have that came whole, and how many records they are: at most
/// [`RECORDS_AT_ONCE`]. A record whose head is wrong counts as whole, so that rustls is shown it and refuses it.
fn whole_records(bytes: &[u8]) -> (usize, u64) {
    let (mut whole, mut count) = (0, 0);
    for _ in 0..RECORDS_AT_ONCE {
        let rest = bytes.get(whole..).unwrap_or_default();
        if rest.is_empty() || missing(rest) > 0 {
            break;
        }
        whole += length(rest).unwrap_or(rest.len());
        count += 1;
    }
    (whole.min(bytes.len()), count)
}

/// How many bytes the record at the front still needs, as far as can be told: first its head.
fn missing(bytes: &[u8]) -> usize {
    match length(bytes) {
        Some(length) => length.saturating_sub(bytes.len()),
        None => HEAD_BYTES.saturating_sub(bytes.len()),
    }
}

/// The length of the record at the front, with its head. `None` if that has not come, or is refused anyway.
fn length(bytes: &[u8]) -> Option<usize> {
    let [kind, major, _, high, low, ..] = *bytes else {
        return None;
    };
    let rest = usize::from(u16::from_be_bytes([high, low]));
    // The kinds that rustls knows: from change_cipher_spec to heartbeat.
    let is_known = (20..=24).contains(&kind) && major == 3 && rest < TOO_MANY_BYTES;
    is_known.then_some(HEAD_BYTES + rest)
}
