//! [`Notice`]: what a running broker reports to its observers.

use std::sync::{Arc, OnceLock};

use settings::LogType;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use crate::engine::{ConnId, Direction, Event};
use crate::journal::{Entry, Record, Side, foreign};
use crate::time::Time;

/// Something that happened. Notices come in the order of what they report.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Notice {
    /// An event, above the level of single packets.
    Event(Time, Event),
    /// A packet crossed the wire. Only sent while packets are watched.
    Packet {
        /// When.
        at: Time,
        /// On which connection.
        conn: ConnId,
        /// The client identifier, as CONNECT said it or the broker chose it; empty before CONNECT.
        client_id: Arc<str>,
        /// Which way.
        direction: Direction,
        /// On which side of the rules in force.
        side: Side,
        /// The packet in words.
        text: String,
    },
    /// No client gets in: a connection could not be accepted, usually for lack of file descriptors. Reported once,
    /// until a client gets in again.
    AcceptFailed {
        /// When.
        at: Time,
        /// What the operating system said.
        why: String,
        /// How many files the process may have open, if that is known.
        open_files_limit: Option<u64>,
    },
    /// Clients get in again.
    AcceptResumed {
        /// When.
        at: Time,
        /// Attempts that failed before.
        failed: u64,
    },
    /// The program that holds the broker says something of itself, for its log.
    Remark {
        /// When.
        at: Time,
        /// An error, a warning or less.
        log_type: LogType,
        /// What.
        text: String,
        /// Whether it was printed on stderr already.
        is_printed: bool,
    },
    /// Nobody can say whether a client may come in: the hook, or the program at `auth.http_url`, gave no answer. Reported once,
    /// until it answers again.
    LoginUnanswered {
        /// When.
        at: Time,
        /// What went wrong.
        why: String,
    },
    /// It answers again.
    LoginAnswered {
        /// When.
        at: Time,
        /// Logins without an answer before.
        unanswered: u64,
    },
    /// Packets were watched, and this many of them came faster than they could be reported.
    Missed(u64),
}

impl From<Entry> for Notice {
    fn from(entry: Entry) -> Self {
        let text = match entry.packet() {
            Some(Ok(packet)) => packet.to_string(),
            Some(Err(error)) => match foreign(&entry) {
                Some(foreign) => format!("{}: no packet", foreign.name()),
                None => format!("malformed: {error}"),
            },
            None => String::new(),
        };
        match (entry.record, entry.conn) {
            (Record::Packet { direction, side, .. }, Some(conn)) => Self::Packet {
                at: entry.at,
                conn,
                client_id: entry.client_id,
                direction,
                side,
                text,
            },
            (Record::Event(event), _) => Self::Event(entry.at, event),
            // Every packet is on a connection.
            (Record::Packet { .. }, None) => Self::Missed(1),
        }
    }
}

/// How many notices a slow receiver may be behind.
const BEHIND: usize = 4096;

/// Where notices go. The channel is made when the first receiver asks for it, and holds only a pointer to each notice:
/// room for thousands of notices would be most of the memory of a broker without clients.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notices(Arc<OnceLock<broadcast::Sender<Arc<Notice>>>>);

impl Notices {
    pub fn subscribe(&self) -> NoticeReceiver {
        NoticeReceiver(self.0.get_or_init(|| broadcast::Sender::new(BEHIND)).subscribe())
    }

    /// It is not an error if nobody listens.
    pub fn send(&self, notice: Notice) {
        if let Some(sender) = self.0.get() {
            let _ = sender.send(Arc::new(notice));
        }
    }
}

/// Where notices come from, in the order in which they happened. A receiver that is more than 4,096 notices behind
/// loses the oldest, and is told how many.
#[derive(Debug)]
pub(crate) struct NoticeReceiver(broadcast::Receiver<Arc<Notice>>);

impl NoticeReceiver {
    /// Waits for the next notice, on a thread of its own.
    ///
    /// # Errors
    /// `Lagged` says how many were lost; `Closed`, that the broker is gone.
    ///
    /// # Panics
    /// Inside of async code.
    pub fn blocking_recv(&mut self) -> Result<Notice, RecvError> {
        self.0.blocking_recv().map(Arc::unwrap_or_clone)
    }

    /// The next notice, if there is one already.
    ///
    /// # Errors
    /// As [`NoticeReceiver::blocking_recv`]; `Empty` where there is none yet.
    pub fn try_recv(&mut self) -> Result<Notice, TryRecvError> {
        self.0.try_recv().map(Arc::unwrap_or_clone)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    #[test]
    fn what_is_no_packet_is_told_as_what_it_is() {
        for (bytes, text) in [
            (&b"SSH-2.0-OpenSSH_9.2\r\n"[..], "no packet"),
            (b"hello", "malformed: "),
        ] {
            let broker = crate::Broker::start().wait().expect("it starts");
            let mut client = std::net::TcpStream::connect(broker.addr()).expect("it connects");
            client.write_all(bytes).expect("it is sent");
            // It is cut off.
            let _ = client.read_to_end(&mut Vec::new());
            let entries = broker.journal().all().wait().expect("it runs").entries;
            let Notice::Packet { text: told, .. } = Notice::from(entries[0].clone()) else {
                panic!("it is one");
            };
            assert!(told.contains(text), "{told}");
            assert_eq!(
                told.ends_with(": no packet"),
                !told.starts_with("malformed"),
                "{told}"
            );
        }
    }
}
