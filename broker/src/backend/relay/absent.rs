//! [`Absent`]: stands for the upstream while a line keeps back all that the client has sent.
//!
//! A connection to the upstream is made when the first bytes are to go there: a broker would not wait for CONNECT that long,
//! and a client that a rule refuses never meets it.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use tokio::time::sleep;

use super::ending::End;
use super::flow::Stream;
use super::link::{HALF_CLOSED, Link, closed};
use super::pump::{Progress, Pump};
use super::witness::Witness;

/// Gives nothing and takes nothing.
#[derive(Default)]
pub(super) struct Absent {
    /// Told when there are bytes for the upstream.
    pub wanted: Rc<Notify>,
}

impl Stream for Absent {
    fn reset_at_close(&self) {}
}

impl AsyncRead for Absent {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

impl AsyncWrite for Absent {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        self.wanted.notify_one();
        Poll::Pending
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Link {
    /// A rule keeps back what the client sent: bytes move between client and line, until some are to go to the upstream. Returns
    /// the end if there is one before that.
    pub async fn alone(&mut self, pump: &mut Pump) -> Option<End> {
        let relay = self.relay.clone();
        let mut absent = Absent::default();
        let wanted = absent.wanted.clone();
        loop {
            let half_closed = pump.is_half_closed();
            let mut witness = Witness {
                relay: &relay,
                observer: &mut self.observer,
                opaque: false,
            };
            let run = pump.run(&mut self.client, &mut absent, &relay.scratch, &mut witness);
            let progress = tokio::select! {
                biased;
                progress = run => Some(progress),
                () = wanted.notified() => return None,
                () = sleep(HALF_CLOSED), if half_closed => None,
            };
            match progress {
                Some(Progress::Cut(cut)) => return Some(End::Cut(cut)),
                Some(_) if pump.failed().is_none() => {}
                _ => {
                    let failed = pump.failed().map(|(_, error)| error.to_string());
                    return Some(End::Client(failed.unwrap_or_else(closed)));
                }
            }
        }
    }
}
