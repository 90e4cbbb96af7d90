//! Reading a file, frame by frame.

use std::io;

use crate::disk::File;
use crate::form::{self, FRAME_HEAD, FrameHead, HEADS, Head, MARK, Read};

/// How much is read at a time.
const PORTION: usize = 256 * 1024;

/// What comes next in a file.
#[derive(Debug)]
pub(crate) enum Step {
    /// A whole frame; its body is [`Frames::body`].
    Frame { number: u64 },
    /// Nothing, or nothing but zeros.
    End,
    /// Bytes that are no whole frame.
    Damage(Fault),
}

/// Why bytes are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The file ends inside.
    Cut,
    /// No frame begins there.
    NoFrame,
    /// The bytes are not those that the check was made of.
    Check,
    /// The check holds, but what it says is no change.
    Content,
}

/// A file that is read from its beginning. It holds a portion of it, or a frame where that is larger.
pub(crate) struct Frames<F> {
    file: F,
    length: u64,
    /// Where the next frame begins.
    at: u64,
    /// What was read from `base` on.
    buffer: Vec<u8>,
    base: u64,
    id: u64,
    /// The body of the frame that was read last, within the buffer.
    body: std::ops::Range<usize>,
}

impl<F: File> Frames<F> {
    /// Reads the head of a file.
    pub(crate) fn open(mut file: F) -> io::Result<(Read, Self)> {
        let length = file.length()?;
        let mut frames = Self {
            file,
            length,
            at: HEADS as u64,
            buffer: Vec::new(),
            base: 0,
            id: 0,
            body: 0..0,
        };
        let read = form::read_head(frames.bytes(0, HEADS)?);
        if let Read::Head(Head { file, .. }) = read {
            frames.id = file;
        }
        Ok((read, frames))
    }

    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.buffer[self.body.clone()]
    }

    /// Whether the file has nothing, or nothing but zeros.
    pub(crate) fn is_zero(&mut self) -> io::Result<bool> {
        self.is_zero_from(0)
    }

    /// As many of these bytes as the file has.
    fn bytes(&mut self, at: u64, wanted: usize) -> io::Result<&[u8]> {
        let wanted = wanted.min(usize::try_from(self.length.saturating_sub(at)).unwrap_or(usize::MAX));
        let have = self.base + self.buffer.len() as u64;
        if at < self.base || at + wanted as u64 > have {
            if at >= self.base && at <= have {
                self.buffer.drain(..(at - self.base) as usize);
            } else {
                self.buffer.clear();
            }
            self.base = at;
            // The file, not a length that it claims, bounds what is held.
            let goal = wanted.max(PORTION);
            while self.buffer.len() < goal {
                let old = self.buffer.len();
                self.buffer.resize(goal.min(old + PORTION), 0);
                let read = self.file.read_at(at + old as u64, &mut self.buffer[old..])?;
                self.buffer.truncate(old + read);
                if read == 0 {
                    break;
                }
            }
        }
        let from = (at - self.base) as usize;
        let to = (from + wanted).min(self.buffer.len());
        Ok(&self.buffer[from.min(to)..to])
    }

    /// What is held from there on, at least the head of a frame, unless the file ends before.
    fn held(&mut self, at: u64) -> io::Result<&[u8]> {
        let have = self.base + self.buffer.len() as u64;
        if at < self.base || at + (FRAME_HEAD as u64) > have {
            return self.bytes(at, PORTION);
        }
        Ok(&self.buffer[(at - self.base) as usize..])
    }

    /// Goes to where a frame begins.
    pub(crate) fn seek(&mut self, at: u64) {
        self.at = at;
    }

    /// Reads the next frame. After damage it stands where it stood.
    pub(crate) fn next(&mut self) -> io::Result<Step> {
        match self.frame_at(self.at)? {
            Ok(number) => {
                self.at += (FRAME_HEAD + self.body.len()) as u64;
                Ok(Step::Frame { number })
            }
            Err(fault) => {
                if self.is_zero_from(self.at)? {
                    return Ok(Step::End);
                }
                Ok(Step::Damage(fault))
            }
        }
    }

    /// The number of the frame there; its body is then the one that was read last.
    fn frame_at(&mut self, at: u64) -> io::Result<Result<u64, Fault>> {
        let Some(head) = FrameHead::read(self.bytes(at, FRAME_HEAD)?) else {
            let cut = at + (FRAME_HEAD as u64) > self.length;
            return Ok(Err(if cut { Fault::Cut } else { Fault::NoFrame }));
        };
        let whole = FRAME_HEAD + head.length;
        if at + whole as u64 > self.length {
            return Ok(Err(Fault::Cut));
        }
        let id = self.id;
        let bytes = self.bytes(at, whole)?;
        if bytes.len() < whole || !head.fits(id, &bytes[FRAME_HEAD..]) {
            return Ok(Err(Fault::Check));
        }
        let from = (at - self.base) as usize + FRAME_HEAD;
        self.body = from..from + head.length;
        Ok(Ok(head.number))
    }

    fn is_zero_from(&mut self, mut at: u64) -> io::Result<bool> {
        while at < self.length {
            let bytes = self.bytes(at, PORTION)?;
            if bytes.is_empty() {
                break;
            }
            if bytes.iter().any(|byte| *byte != 0) {
                return Ok(false);
            }
            at += bytes.len() as u64;
        }
        Ok(true)
    }

    /// Goes on behind damage, to the next whole frame, and says whether there is one. Bytes that only look like frames,
    /// on purpose, cost at most some readings of the file: then the search ends.
    pub(crate) fn skip_damage(&mut self) -> io::Result<bool> {
        let mut checked = 0;
        let mut at = self.at + 1;
        while at + (FRAME_HEAD as u64) <= self.length {
            let bytes = self.held(at)?;
            let Some(found) = bytes.windows(MARK.len()).position(|four| four == MARK) else {
                let looked = bytes.len().saturating_sub(MARK.len() - 1).max(1);
                at += looked as u64;
                continue;
            };
            at += found as u64;
            let claimed = FrameHead::read(self.bytes(at, FRAME_HEAD)?).map_or(0, |head| head.length as u64);
            checked += claimed.min(self.length) + FRAME_HEAD as u64;
            if checked > 8 * self.length.max(PORTION as u64) {
                return Ok(false);
            }
            if self.frame_at(at)?.is_ok() {
                self.at = at;
                return Ok(true);
            }
            at += 1;
        }
        Ok(false)
    }
}
