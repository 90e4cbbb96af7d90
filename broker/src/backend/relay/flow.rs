//! [`Flow`]: one direction of a connection, from the socket that is read from to the one that is written to.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::witness::Witness;
use crate::backend::LITTLE_BYTES;
use crate::engine::Direction;
use crate::way::ClientStream;

/// How often one side is read from before other tasks get their turn.
pub(super) const READS_IN_A_ROW: u32 = 8;

/// A connection to either side.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin {
    /// Closing it resets the connection.
    fn reset_at_close(&self);
}

impl Stream for TcpStream {
    fn reset_at_close(&self) {
        let _ = SockRef::from(self).set_linger(Some(Duration::ZERO));
    }
}

impl Stream for ClientStream {
    fn reset_at_close(&self) {
        self.socket().reset_at_close();
    }
}

/// One direction.
#[derive(Debug)]
pub(super) struct Flow {
    /// Where its bytes come from.
    pub from: Direction,
    /// Bytes that were read and could not be written yet, from `at` on.
    pub pending: Vec<u8>,
    pub at: usize,
    pub unflushed: bool,
    /// The end of its stream was read …
    pub ended: bool,
    /// … and passed on.
    pub shut: bool,
    /// Bytes moved since the last question.
    pub moved: bool,
    /// The last read was a short one.
    pub little: bool,
    /// The other side takes nothing now. Only known while there is a line.
    pub is_blocked: bool,
    /// Bytes are read and thrown away: nobody takes them any more.
    pub void: bool,
    /// An end that comes now is not passed on. The witness says this again with all bytes that move.
    pub holds_end: bool,
    /// The socket that failed in this direction, and how. The other direction still delivers what it holds.
    pub failed: Option<(Direction, io::Error)>,
}

impl Flow {
    pub fn new(from: Direction, pending: Vec<u8>) -> Self {
        Self {
            from,
            pending,
            at: 0,
            unflushed: false,
            ended: false,
            shut: false,
            moved: false,
            little: false,
            is_blocked: false,
            void: false,
            holds_end: false,
            failed: None,
        }
    }

    pub fn take_moved(&mut self) -> bool {
        std::mem::take(&mut self.moved)
    }

    /// The source socket is dead, and the other side was told.
    pub fn is_cut_off(&self) -> bool {
        self.shut && self.failed.as_ref().is_some_and(|(side, _)| *side == self.from)
    }

    /// Nobody takes bytes of this direction any more. The rest of an upstream's bytes is still read, to the end.
    pub fn give_up(&mut self, error: io::Error) {
        let to = match self.from {
            Direction::In => Direction::Out,
            Direction::Out => Direction::In,
        };
        self.failed.get_or_insert((to, error));
        self.void = self.from == Direction::Out;
        self.shut = !self.void;
    }

    /// Reads to the end, at most a few times.
    pub fn drain(&mut self, cx: &mut Context<'_>, from: &mut dyn Stream, scratch: &mut [u8]) -> Poll<()> {
        if self.shut {
            return Poll::Ready(());
        }
        for _ in 0..READS_IN_A_ROW {
            let mut buffer = ReadBuf::new(scratch);
            let read = ready!(Pin::new(&mut *from).poll_read(cx, &mut buffer));
            if read.is_err() || buffer.filled().is_empty() {
                self.shut = true;
                return Poll::Ready(());
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Ready once this direction has ended.
    pub fn poll(
        &mut self,
        cx: &mut Context<'_>,
        from: &mut dyn Stream,
        to: &mut dyn Stream,
        scratch: &mut [u8],
        witness: &mut Witness<'_>,
    ) -> Poll<()> {
        if self.shut || self.void {
            return self.drain(cx, from, scratch);
        }
        for _ in 0..READS_IN_A_ROW {
            match self.write_pending(cx, to) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(error)) => {
                    self.give_up(error);
                    return self.drain(cx, from, scratch);
                }
                Poll::Ready(Ok(())) => {}
            }
            if self.ended {
                return self.pass_end(cx, to);
            }
            let mut buffer = ReadBuf::new(scratch);
            match Pin::new(&mut *from).poll_read(cx, &mut buffer) {
                Poll::Pending => {
                    if let Err(error) = self.flush(cx, to) {
                        self.give_up(error);
                        return self.drain(cx, from, scratch);
                    }
                    return Poll::Pending;
                }
                Poll::Ready(Err(error)) => {
                    self.failed = Some((self.from, error));
                    self.ended = true;
                    continue;
                }
                Poll::Ready(Ok(())) => {}
            }
            let mut rest = buffer.filled();
            if rest.is_empty() {
                self.ended = true;
                continue;
            }
            self.moved = true;
            self.little = rest.len() < LITTLE_BYTES;
            self.holds_end = witness.saw(self.from, rest);
            // Written at once: only the bytes that do not fit are kept.
            while !rest.is_empty() {
                match Pin::new(&mut *to).poll_write(cx, rest) {
                    Poll::Ready(Err(error)) => {
                        self.give_up(error);
                        return self.drain(cx, from, scratch);
                    }
                    Poll::Ready(Ok(n)) if n > 0 => rest = rest.get(n..).unwrap_or_default(),
                    Poll::Ready(Ok(_)) | Poll::Pending => break,
                }
            }
            self.unflushed = true;
            self.pending.extend_from_slice(rest);
        }
        // There may be more, but other tasks come first.
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Tells the other side that this one has ended.
    pub fn pass_end(&mut self, cx: &mut Context<'_>, to: &mut dyn Stream) -> Poll<()> {
        if self.holds_end {
            self.shut = true;
            return Poll::Ready(());
        }
        // If the other side is gone already, nothing is lost.
        let told = Pin::new(to).poll_shutdown(cx).map(|_| ());
        self.shut = told.is_ready();
        told
    }

    /// Nothing to read now: flushes the bytes that TLS may hold back.
    pub fn flush(&mut self, cx: &mut Context<'_>, to: &mut dyn Stream) -> io::Result<()> {
        if self.unflushed
            && let Poll::Ready(flushed) = Pin::new(to).poll_flush(cx)
        {
            flushed?;
            self.unflushed = false;
        }
        Ok(())
    }

    fn write_pending(&mut self, cx: &mut Context<'_>, to: &mut dyn Stream) -> Poll<io::Result<()>> {
        while let Some(rest) = self.pending.get(self.at..).filter(|rest| !rest.is_empty()) {
            match Pin::new(&mut *to).poll_write(cx, rest)? {
                Poll::Ready(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(n) => self.at += n,
                Poll::Pending => return Poll::Pending,
            }
            self.unflushed = true;
        }
        // An idle connection holds no buffer.
        self.pending = Vec::new();
        self.at = 0;
        Poll::Ready(Ok(()))
    }
}
