//! [`Notice`]: what a running broker tells those who look on.

use std::sync::{Arc, OnceLock};

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use crate::engine::{ConnId, Direction, Event};
use crate::journal::{Entry, Record, foreign};
use crate::time::Time;

/// Something to look at, in the order in which it happened.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use broker::{Event, Notice};
///
/// let broker = broker::Broker::start().await?;
/// let mut notices = broker.notices().await?;
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// match notices.recv().await? {
///     Notice::Event(at, event @ Event::Connected { .. }) => println!("{at}: {}", event.word()),
///     Notice::Packet { client_id, text, .. } => println!("{client_id}: {text}"),
///     other => panic!("{other:?}"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// Something happened above the level of single packets.
    Event(Time, Event),
    /// A packet crossed the wire. Only sent while packets are watched.
    Packet {
        /// When.
        at: Time,
        /// On which connection.
        conn: ConnId,
        /// Whose, as CONNECT said it or the broker chose it; empty before.
        client_id: Arc<str>,
        /// Which way.
        direction: Direction,
        /// The packet in words.
        text: String,
    },
    /// Nobody gets in: a connection could not be accepted, for want of file descriptors most likely. Told once, until it is over.
    AcceptFailed {
        /// When.
        at: Time,
        /// What the operating system said.
        why: String,
        /// How many files the process may have open, where that is known.
        open_files_limit: Option<u64>,
    },
    /// Clients get in again.
    AcceptResumed {
        /// When.
        at: Time,
        /// Attempts that failed before.
        failed: u64,
    },
    /// Packets were watched, and so many of them went by faster than they could be told.
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
            (Record::Packet { direction, .. }, Some(conn)) => Self::Packet {
                at: entry.at,
                conn,
                client_id: entry.client_id,
                direction,
                text,
            },
            (Record::Event(event), _) => Self::Event(entry.at, event),
            // Every packet is on a connection.
            (Record::Packet { .. }, None) => Self::Missed(1),
        }
    }
}

/// Notices that a slow receiver may lie behind.
const BEHIND: usize = 4096;

/// Where notices go. The channel is made when the first one asks for it, and holds no more of a notice than where it is: room
/// for thousands of them is most of what a broker without clients would cost.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notices(Arc<OnceLock<broadcast::Sender<Arc<Notice>>>>);

impl Notices {
    pub fn subscribe(&self) -> NoticeReceiver {
        NoticeReceiver(self.0.get_or_init(|| broadcast::Sender::new(BEHIND)).subscribe())
    }

    /// Nobody listening is no error.
    pub fn send(&self, notice: Notice) {
        if let Some(sender) = self.0.get() {
            let _ = sender.send(Arc::new(notice));
        }
    }
}

/// Where notices come from, in the order in which they happened. Of a receiver that lies behind by more than 4,096 of
/// them the oldest are lost, and it is told how many.
///
/// ```
/// use broker::{Event, Notice};
///
/// let broker = broker::blocking::Broker::start()?;
/// let mut notices = broker.notices()?;
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// assert!(matches!(notices.blocking_recv()?, Notice::Event(_, Event::Connected { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct NoticeReceiver(broadcast::Receiver<Arc<Notice>>);

impl NoticeReceiver {
    /// The next notice, once there is one.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use broker::{Event, Notice};
    ///
    /// let broker = broker::Broker::start().await?;
    /// let mut notices = broker.notices().await?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// assert!(matches!(notices.recv().await?, Notice::Event(_, Event::Connected { .. })));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Lagged` says how many were lost; `Closed`, that the broker is gone.
    pub async fn recv(&mut self) -> Result<Notice, RecvError> {
        self.0.recv().await.map(Arc::unwrap_or_clone)
    }

    /// The same, for use outside of async code.
    ///
    /// ```
    /// use tokio::sync::broadcast::error::RecvError;
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// let mut notices = broker.notices()?;
    /// broker.shutdown();
    /// assert_eq!(notices.blocking_recv(), Err(RecvError::Closed));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`NoticeReceiver::recv`].
    ///
    /// # Panics
    /// Inside of async code.
    pub fn blocking_recv(&mut self) -> Result<Notice, RecvError> {
        self.0.blocking_recv().map(Arc::unwrap_or_clone)
    }

    /// The next notice, if there is one already.
    ///
    /// ```
    /// use tokio::sync::broadcast::error::TryRecvError;
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// assert_eq!(broker.notices()?.try_recv(), Err(TryRecvError::Empty));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`NoticeReceiver::recv`]; `Empty` where there is none yet.
    pub fn try_recv(&mut self) -> Result<Notice, TryRecvError> {
        self.0.try_recv().map(Arc::unwrap_or_clone)
    }
}
