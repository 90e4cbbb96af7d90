//! [`Pump`]: moves bytes unchanged from each side to the other, with back-pressure and half-closes.
//!
//! A side is not read from while its last bytes wait for the other side, so at most one read is held in each direction.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::backend::{LITTLE_BYTES, acknowledge_at_once};
use crate::engine::Direction;
use crate::way::ClientStream;

/// How often one side is read from before other tasks get their turn.
const READS_IN_A_ROW: u32 = 8;

/// A connection to either side.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

/// What the driver may want to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// Bytes came from the upstream: the first ones, or bytes after one side had ended.
    Moved,
    /// This side has ended, and the other side was told.
    Ended(Direction),
}

#[derive(Debug)]
pub(super) struct Pump {
    up: Flow,
    down: Flow,
    /// The upstream has answered, as the observer says.
    pub answered: bool,
    /// Bytes came from the upstream.
    pub began: bool,
}

/// One direction.
#[derive(Debug)]
struct Flow {
    /// Where its bytes come from.
    from: Direction,
    /// Bytes that were read and could not be written yet, from `at` on.
    pending: Vec<u8>,
    at: usize,
    unflushed: bool,
    /// The end of its stream was read …
    ended: bool,
    /// … and passed on.
    shut: bool,
    /// Bytes moved since the last question.
    moved: bool,
    /// The last read was a short one.
    little: bool,
    /// Bytes are read and thrown away: nobody takes them any more.
    void: bool,
    /// An end that comes now is not passed on. `seen` says this again with all bytes that move.
    holds_end: bool,
    /// The socket that failed in this direction, and how. The other direction still delivers what it holds.
    failed: Option<(Direction, io::Error)>,
}

impl Pump {
    /// `first` was read from the client already. With `holds_end`, an end of the upstream that comes before any bytes
    /// is not passed on to the client: the client may get another answer instead.
    pub fn new(first: Vec<u8>, holds_end: bool) -> Self {
        let mut down = Flow::new(Direction::Out, Vec::new());
        down.holds_end = holds_end;
        Self {
            up: Flow::new(Direction::In, first),
            down,
            answered: false,
            began: false,
        }
    }

    /// Whether an end was held back.
    pub fn holds_end(&self) -> bool {
        self.down.shut && self.down.holds_end
    }

    /// Whether one of the two directions has ended.
    pub fn is_half_closed(&self) -> bool {
        self.up.shut || self.down.shut
    }

    /// Whether both directions have ended, or nobody is left on either side. The upstream is read to its end even if
    /// the client is gone: if it were closed with unread bytes, it might lose the client's last packets.
    pub fn is_done(&self) -> bool {
        (self.up.shut && self.down.shut) || self.down.is_cut_off()
    }

    /// The first socket that failed, and how.
    pub fn failed(&self) -> Option<&(Direction, io::Error)> {
        self.up.failed.as_ref().or(self.down.failed.as_ref())
    }

    /// Moves bytes until there is something to report. `seen` is shown all bytes before they are passed on; it must not
    /// keep a borrow after the call. It says whether an end that follows is kept from the other side. `scratch` is
    /// where it is read into.
    pub async fn run(
        &mut self,
        client: &mut ClientStream,
        upstream: &mut dyn Stream,
        scratch: &std::cell::RefCell<Vec<u8>>,
        mut seen: impl FnMut(Direction, &[u8]) -> bool,
    ) -> Progress {
        poll_fn(|cx| {
            let half_closed = self.is_half_closed();
            let shut = (self.up.shut, self.down.shut);
            let mut scratch = scratch.borrow_mut();
            let up = self.up.poll(cx, client, upstream, &mut scratch, &mut seen);
            let down = self.down.poll(cx, upstream, client, &mut scratch, &mut seen);
            if self.up.is_cut_off() {
                self.down.void = true;
            }
            let (moved_up, moved_down) = (self.up.take_moved(), self.down.take_moved());
            if std::mem::take(&mut self.up.little)
                && !moved_down
                && let Some(stream) = client.socket().tcp()
            {
                acknowledge_at_once(stream);
            }
            let answering = moved_down && !self.answered;
            self.began |= moved_down;
            if up.is_ready() && !shut.0 {
                return Poll::Ready(Progress::Ended(Direction::In));
            }
            if down.is_ready() && !shut.1 {
                return Poll::Ready(Progress::Ended(Direction::Out));
            }
            if answering || (half_closed && (moved_up || moved_down)) {
                return Poll::Ready(Progress::Moved);
            }
            Poll::Pending
        })
        .await
    }
}

impl Flow {
    fn new(from: Direction, pending: Vec<u8>) -> Self {
        Self {
            from,
            pending,
            at: 0,
            unflushed: false,
            ended: false,
            shut: false,
            moved: false,
            little: false,
            void: false,
            holds_end: false,
            failed: None,
        }
    }

    fn take_moved(&mut self) -> bool {
        std::mem::take(&mut self.moved)
    }

    /// The source socket is dead, and the other side was told.
    fn is_cut_off(&self) -> bool {
        self.shut && self.failed.as_ref().is_some_and(|(side, _)| *side == self.from)
    }

    /// Nobody takes bytes of this direction any more. The rest of an upstream's bytes is still read, to the end.
    fn give_up(&mut self, error: io::Error) {
        let to = match self.from {
            Direction::In => Direction::Out,
            Direction::Out => Direction::In,
        };
        self.failed.get_or_insert((to, error));
        self.void = self.from == Direction::Out;
        self.shut = !self.void;
    }

    /// Reads to the end, at most a few times.
    fn drain(&mut self, cx: &mut Context<'_>, from: &mut dyn Stream, scratch: &mut [u8]) -> Poll<()> {
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
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        from: &mut dyn Stream,
        to: &mut dyn Stream,
        scratch: &mut [u8],
        seen: &mut impl FnMut(Direction, &[u8]) -> bool,
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
            if self.ended && self.holds_end {
                self.shut = true;
                return Poll::Ready(());
            }
            if self.ended {
                // If the other side is gone already, nothing is lost.
                let told = Pin::new(to).poll_shutdown(cx).map(|_| ());
                self.shut = told.is_ready();
                return told;
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
            self.holds_end = seen(self.from, rest);
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

    /// Nothing to read now: flushes the bytes that TLS may hold back.
    fn flush(&mut self, cx: &mut Context<'_>, to: &mut dyn Stream) -> io::Result<()> {
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
