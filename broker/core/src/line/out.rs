//! [`Out`]: what one direction of a line has ready to be passed on.

use std::collections::VecDeque;

use super::Ready;

/// A buffer that has grown to more is not kept for the next bytes.
const KEPT_BUFFER_BYTES: usize = 256 * 1024;

/// Bytes that are ready, as runs.
#[derive(Debug, Default)]
pub(super) struct Out {
    buffer: Vec<u8>,
    /// So much of the buffer is passed on.
    at: usize,
    runs: VecDeque<Run>,
    /// The journal was told of something else: what passes from now on is a run of its own.
    sealed: bool,
}

#[derive(Debug)]
struct Run {
    len: usize,
    /// For how many bytes of the sender it stands.
    origin: usize,
    differs: bool,
    alone: bool,
}

impl Out {
    /// Appends bytes that stand for `origin` bytes of the sender.
    pub fn push(&mut self, bytes: &[u8], origin: usize, differs: bool, alone: bool) {
        self.buffer.extend_from_slice(bytes);
        let len = bytes.len();
        match self.runs.back_mut() {
            Some(last) if !alone && !last.alone && last.differs == differs && (differs || !self.sealed) => {
                last.len += len;
                last.origin += origin;
            }
            _ => self.runs.push_back(Run {
                len,
                origin,
                differs,
                alone,
            }),
        }
        self.sealed = false;
    }

    /// What passes from now on is a run of its own.
    pub fn seal(&mut self) {
        self.sealed = true;
    }

    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    pub fn len(&self) -> usize {
        self.buffer.len() - self.at
    }

    /// The first run.
    pub fn ready(&self) -> Option<Ready<'_>> {
        let run = self.runs.front()?;
        Some(Ready {
            bytes: self.buffer.get(self.at..self.at + run.len)?,
            differs: run.differs,
            alone: run.alone,
        })
    }

    /// The first `n` bytes were passed on. Returns how many bytes of the sender are released by that.
    pub fn took(&mut self, mut n: usize) -> usize {
        let mut released = 0;
        while let Some(run) = self.runs.front_mut() {
            let taken = n.min(run.len);
            n -= taken;
            self.at += taken;
            run.len -= taken;
            let gone = if run.len == 0 {
                run.origin
            } else {
                run.origin.min(taken)
            };
            run.origin -= gone;
            released += gone;
            if run.len > 0 {
                break;
            }
            self.runs.pop_front();
        }
        self.tidy();
        released
    }

    /// Forgets everything. Returns how many bytes of the sender are released by that.
    pub fn clear(&mut self) -> usize {
        let released = self.runs.drain(..).map(|run| run.origin).sum();
        self.tidy();
        released
    }

    fn tidy(&mut self) {
        if self.runs.is_empty() {
            self.buffer.clear();
            self.buffer.shrink_to(KEPT_BUFFER_BYTES);
            self.at = 0;
        } else if self.at > KEPT_BUFFER_BYTES && self.at > self.buffer.len() / 2 {
            self.buffer.drain(..self.at);
            self.at = 0;
        }
    }
}
