//! Where messages go.

use std::io;
use std::time::Duration;

use client::Message;

/// Something worth telling besides the messages.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Notice {
    /// SUBACK came: each filter with its code; from 0x80 on it was refused.
    Subscribed {
        /// Packet identifier.
        id: u16,
        /// Filter and code, in the order of the plan.
        granted: Vec<(String, u8)>,
        /// The broker's own words (version 5).
        reason: Option<String>,
    },
    /// The connection was lost; the next attempt comes after `wait`.
    Reconnecting {
        /// Why.
        error: String,
        /// How long until the next attempt.
        wait: Duration,
    },
    /// The connection is back.
    Reconnected {
        /// The broker kept the session, so nothing had to be subscribed again.
        session_present: bool,
    },
}

/// Takes what arrives. A closure that takes a [`Message`] is one.
pub trait Sink {
    /// A message.
    ///
    /// # Errors
    /// Ends the run with [`Error::Sink`](crate::Error::Sink).
    fn message(&mut self, message: Message) -> io::Result<()>;

    /// No further message is there at the moment: what is buffered should go out.
    ///
    /// # Errors
    /// As [`message`](Self::message).
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// How often [`tick`](Self::tick) is wanted, once the connection is made. Default never.
    fn ticks_every(&self) -> Option<Duration> {
        None
    }

    /// The time of [`ticks_every`](Self::ticks_every) has passed once more.
    ///
    /// # Errors
    /// As [`message`](Self::message).
    fn tick(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Whether the run is to go on; asked after each message and each notice. If not, it ends with
    /// [`End::Satisfied`](crate::End::Satisfied).
    fn wants_more(&mut self) -> bool {
        true
    }

    /// Something else worth telling.
    fn notice(&mut self, notice: Notice) {
        drop(notice);
    }
}

impl<F: FnMut(Message)> Sink for F {
    fn message(&mut self, message: Message) -> io::Result<()> {
        self(message);
        Ok(())
    }
}
