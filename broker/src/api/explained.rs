//! [`Explained`]: a request that hyper cannot read gets a problem, too, where hyper would answer without a word.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::problem;

/// The bytes of one connection.
pub(super) struct Explained<S> {
    inner: S,
    instead: Option<Instead>,
}

/// What is written in the place of other bytes.
struct Instead {
    text: String,
    written: usize,
    /// How many bytes it stands for.
    stands_for: usize,
}

impl<S> Explained<S> {
    pub fn new(inner: S) -> Self {
        Self { inner, instead: None }
    }
}

/// Whether this is an answer of hyper to what is no request. Ours have a body.
fn is_wordless(bytes: &[u8]) -> bool {
    let head = bytes
        .strip_suffix(b"\r\n\r\n")
        .filter(|head| head.starts_with(b"HTTP/1.1 4"));
    head.is_some_and(|head| {
        let mut lines = head.split(|byte| *byte == b'\n');
        lines.any(|line| line.trim_ascii_end() == b"content-length: 0")
    })
}

impl<S: AsyncRead + Unpin> AsyncRead for Explained<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, to)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Explained<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.instead.is_none() && !is_wordless(bytes) {
            return Pin::new(&mut this.inner).poll_write(cx, bytes);
        }
        let instead = this.instead.get_or_insert_with(|| Instead {
            text: problem::no_request(),
            written: 0,
            stands_for: bytes.len(),
        });
        while instead.written < instead.text.len() {
            let rest = &instead.text.as_bytes()[instead.written..];
            match ready!(Pin::new(&mut this.inner).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => instead.written += written,
            }
        }
        let stands_for = instead.stands_for;
        this.instead = None;
        Poll::Ready(Ok(stands_for))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let first = slices.iter().find(|slice| !slice.is_empty());
        match first {
            Some(first) if self.instead.is_some() || is_wordless(first) => self.poll_write(cx, first),
            _ => Pin::new(&mut self.inner).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
