//! Bytes out and in, without waiting.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use bytes::Buf;
use tokio::io::{AsyncReadExt, AsyncWrite};
use tokio::time::Instant;

use super::Client;
use crate::error::ClientError;
use crate::plan::Connection;
use crate::tls::TlsFault;

/// How much room the read buffer keeps free.
const READ_AT_LEAST: usize = 64 * 1024;
/// While the client only writes, it stops reading once this many bytes are not decoded, so that a flood cannot fill
/// the memory.
const IN_ENOUGH: usize = 1024 * 1024;

impl Client {
    /// Whether something handed over is not on its way yet.
    pub(super) fn is_writing(&self) -> bool {
        self.unflushed || !self.output.is_empty()
    }

    /// Writes the bytes that wait, and reads if `read` is set. It is ready once either made progress.
    pub(super) fn poll_io(&mut self, cx: &mut Context<'_>, read: bool) -> Poll<io::Result<()>> {
        let mut written = false;
        while !self.output.is_empty() {
            match Pin::new(&mut self.stream).poll_write(cx, &self.output) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => {
                    self.output.advance(count);
                    if let Some(written) = &self.written {
                        written.fetch_add(count as u64, Ordering::Relaxed);
                    }
                    written = true;
                }
                Poll::Ready(Err(error)) => {
                    // The broker may have said why before it closed.
                    self.output.clear();
                    drop(self.poll_read(cx));
                    return Poll::Ready(Err(error));
                }
                Poll::Pending => break,
            }
        }
        if written {
            (self.last_sent, self.unflushed) = (Instant::now(), true);
        }
        if self.unflushed && self.output.is_empty() {
            // TLS and WebSocket hold bytes back until they are flushed.
            if let Poll::Ready(flushed) = Pin::new(&mut self.stream).poll_flush(cx) {
                flushed?;
                (self.unflushed, written) = (false, true);
            }
        }
        let reading = if read || (self.is_writing() && self.input.len() < IN_ENOUGH) {
            self.poll_read(cx)
        } else {
            Poll::Pending
        };
        match reading {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) => Poll::Ready(Ok(())),
            Poll::Pending if written => Poll::Ready(Ok(())),
            Poll::Pending => Poll::Pending,
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.input.reserve(READ_AT_LEAST);
        match pin!(self.stream.read_buf(&mut self.input)).poll(cx) {
            Poll::Ready(Ok(0)) => Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
            Poll::Ready(Ok(_)) => Poll::Ready(Ok(())),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// The error to report when the connection ended with `error`.
pub(super) fn lost(plan: &Connection, error: io::Error) -> ClientError {
    if let Some(fault) = TlsFault::of(&error) {
        // With TLS 1.3 a client's certificate is refused only after the handshake.
        return ClientError::Tls {
            address: plan.address.to_string(),
            fault,
        };
    }
    let source = Some(error).filter(|error| error.kind() != io::ErrorKind::UnexpectedEof);
    ClientError::Lost { source }
}
