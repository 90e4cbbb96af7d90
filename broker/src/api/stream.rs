//! [`Stream`]: the bytes of one visitor, as hyper reads and writes them.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::sync::oneshot;
use tokio::time::{Sleep, sleep};

use crate::way::{Visitor, VisitorStream};

/// A client that ends its side gets the answer that is under way if it comes within so long. From then on it is taken for one
/// that is gone: the two look alike.
const GONE_AFTER: Duration = Duration::from_secs(1);
/// So long a connection that has its answer is still read: closed with unread bytes, it would lose what it was told last.
const LINGER: Duration = Duration::from_millis(500);

/// The bytes of a visitor: those that were read already, then those that come.
pub(super) struct Stream {
    first: io::Cursor<Vec<u8>>,
    rest: Box<dyn Duplex>,
    course: Course,
    /// The client must take something of its answer within so long.
    patience: Duration,
    /// The client has ended its side while an answer was under way; when it is taken for gone.
    ended: Option<Pin<Box<Sleep>>>,
    /// The client takes nothing; until when that may be so.
    stuck: Option<Pin<Box<Sleep>>>,
    /// Nothing more is written; until when it is still read.
    lingers: Option<Pin<Box<Sleep>>>,
    /// Tells the broker's thread that this is gone.
    _holds: Option<oneshot::Sender<()>>,
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// How it goes with a connection; its [`Stream`] and those who serve it share this.
#[derive(Clone, Default)]
pub(super) struct Course(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// So many answers are under way.
    answers: AtomicUsize,
    /// The broker ends.
    hurries: AtomicBool,
}

/// An answer is under way for as long as this is there.
pub(super) struct Answering(Course);

impl Course {
    pub fn begin(&self) -> Answering {
        self.0.answers.fetch_add(1, Ordering::Relaxed);
        Answering(self.clone())
    }

    /// From here on the client gets no time beyond its last answer.
    pub fn hurry(&self) {
        self.0.hurries.store(true, Ordering::Relaxed);
    }

    fn answers(&self) -> bool {
        self.0.answers.load(Ordering::Relaxed) > 0
    }

    fn hurries(&self) -> bool {
        self.0.hurries.load(Ordering::Relaxed)
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.0.answers.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Stream {
    pub fn new(visitor: Visitor, course: Course, patience: Duration) -> io::Result<Self> {
        let mut holds = None;
        let rest: Box<dyn Duplex> = match visitor.stream {
            VisitorStream::Tcp(stream) => Box::new(TcpStream::from_std(stream)?),
            #[cfg(unix)]
            VisitorStream::Unix(stream) => Box::new(UnixStream::from_std(stream)?),
            VisitorStream::Pipe(pipe, until) => {
                holds = Some(until);
                Box::new(pipe)
            }
        };
        Ok(Self {
            first: io::Cursor::new(visitor.first),
            rest,
            course,
            patience,
            ended: None,
            stuck: None,
            lingers: None,
            _holds: holds,
        })
    }

    /// Whether the client still waits for something.
    fn is_awaited(&self) -> bool {
        self.course.answers() || self.stuck.is_some()
    }

    /// What came of a write: a client that takes nothing is waited for, but not for ever.
    fn written<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            if self.stuck.take().is_some() && self.ended.is_some() {
                // Now the end of the client counts.
                cx.waker().wake_by_ref();
            }
            return written;
        }
        let patience = self.patience;
        let until = self.stuck.get_or_insert_with(|| Box::pin(sleep(patience)));
        until
            .as_mut()
            .poll(cx)
            .map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = to.filled().len();
        if Pin::new(&mut self.first).poll_read(cx, to).is_ready() && to.filled().len() > before {
            return Poll::Ready(Ok(()));
        }
        if self.ended.is_none() {
            ready!(Pin::new(&mut self.rest).poll_read(cx, to))?;
            if to.filled().len() > before || to.remaining() == 0 || !self.is_awaited() {
                return Poll::Ready(Ok(()));
            }
        }
        let gone = self.ended.get_or_insert_with(|| Box::pin(sleep(GONE_AFTER)));
        if gone.as_mut().poll(cx).is_pending() && self.is_awaited() {
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.rest).poll_write(cx, bytes);
        self.written(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.rest).poll_write_vectored(cx, slices);
        self.written(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.rest.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let written = Pin::new(&mut self.rest).poll_flush(cx);
        self.written(cx, written)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.lingers.is_none() {
            ready!(Pin::new(&mut self.rest).poll_shutdown(cx))?;
        }
        let until = self.lingers.get_or_insert_with(|| Box::pin(sleep(LINGER)));
        if until.as_mut().poll(cx).is_ready() || self.course.hurries() {
            return Poll::Ready(Ok(()));
        }
        let mut void = [0; 4096];
        // A client that goes on sending does not take the turn of others.
        for _ in 0..16 {
            let mut void = ReadBuf::new(&mut void);
            let read = ready!(Pin::new(&mut self.rest).poll_read(cx, &mut void));
            if read.is_err() || void.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
