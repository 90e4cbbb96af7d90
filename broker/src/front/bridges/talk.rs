//! [`Talk`]: the bytes to and from the other broker.

use std::pin::Pin;
use std::task::{Context, Poll};

use broker_bridge::{Bridge, Side};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::bridging::Line;

/// A connection to the other broker.
pub(super) struct Talk {
    pub line: Box<dyn Line>,
    pub bytes: Vec<u8>,
    pub unflushed: bool,
    /// It takes nothing any more, for this reason; what it said before is still heard.
    pub deaf_to_us: Option<String>,
}

pub(super) enum Step {
    Wrote(usize),
    Came(usize),
    Ended(String),
}

impl Talk {
    pub fn poll(&mut self, context: &mut Context<'_>, bridge: &Bridge) -> Poll<Step> {
        let out = bridge.outgoing(Side::Remote);
        let mut line = Pin::new(&mut self.line);
        if self.deaf_to_us.is_none() {
            if !out.is_empty() {
                match line.as_mut().poll_write(context, out) {
                    Poll::Ready(Ok(n)) => {
                        self.unflushed = true;
                        return Poll::Ready(Step::Wrote(n));
                    }
                    Poll::Ready(Err(error)) => self.deaf_to_us = Some(in_words(&error)),
                    Poll::Pending => {}
                }
            } else if self.unflushed {
                match line.as_mut().poll_flush(context) {
                    Poll::Ready(Ok(())) => self.unflushed = false,
                    Poll::Ready(Err(error)) => self.deaf_to_us = Some(in_words(&error)),
                    Poll::Pending => {}
                }
            }
        }
        let is_said = out.is_empty() && !self.unflushed;
        if bridge.wants_close(Side::Remote) && (is_said || self.deaf_to_us.is_some()) {
            return Poll::Ready(Step::Ended("the bridge closed it".to_owned()));
        }
        if !bridge.is_deaf(Side::Remote) {
            let mut into = ReadBuf::new(&mut self.bytes);
            match line.as_mut().poll_read(context, &mut into) {
                Poll::Ready(Ok(())) if into.filled().is_empty() => {
                    return Poll::Ready(Step::Ended("it closed the connection".to_owned()));
                }
                Poll::Ready(Ok(())) => return Poll::Ready(Step::Came(into.filled().len())),
                Poll::Ready(Err(error)) => return Poll::Ready(Step::Ended(in_words(&error))),
                Poll::Pending => {}
            }
        }
        match self.deaf_to_us.take() {
            Some(why) => Poll::Ready(Step::Ended(why)),
            None => Poll::Pending,
        }
    }
}

/// A socket alone never says that data is invalid: that is TLS, which may refuse a certificate once the connection is there.
fn in_words(error: &std::io::Error) -> String {
    if error.kind() == std::io::ErrorKind::InvalidData {
        format!("TLS: {error}")
    } else {
        error.to_string()
    }
}
