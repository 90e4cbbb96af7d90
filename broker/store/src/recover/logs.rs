//! The logs, from the end of a snapshot to the last whole batch.

use std::io;

use super::{Found, Opened, is_sound};
use crate::disk::File;
use crate::error::{Trouble, Why};
use crate::form::Kind;
use crate::frames::{Fault, Frames, Step};
use crate::store::Source;

impl Found {
    /// Reads the logs after a snapshot that ends with this batch; `None` if nobody knows with which.
    pub(super) fn read_logs<F: File>(
        &mut self,
        files: Vec<Opened<F>>,
        base: Option<u64>,
    ) -> Result<(), Trouble> {
        let firsts: Vec<_> = files
            .iter()
            .map(|file| file.head.map(|head| head.number))
            .collect();
        let first = firsts.iter().flatten().next().copied();
        let mut base = base;
        if let (Some(first), None) = (first, base) {
            // The snapshot was there, and its bytes went bad. The changes after it are better than nothing.
            let name = files
                .iter()
                .find(|file| file.head.is_some())
                .map(|file| file.name.clone());
            self.drop(&name.unwrap_or_default(), 0, 0, 0, Why::NoSnapshot);
            base = Some(first.saturating_sub(1));
        }
        self.through = base.unwrap_or(0);
        let mut holed = false;
        for (file, place) in files.into_iter().zip(1..) {
            let next = firsts[place..].iter().flatten().next().copied();
            if holed {
                self.drop_log(file)?;
            } else {
                holed = self.read_log(file, next)?;
            }
        }
        Ok(())
    }

    /// Reads a log up to where the next one begins. Says whether no later one can follow.
    fn read_log<F: File>(&mut self, file: Opened<F>, next: Option<u64>) -> Result<bool, Trouble> {
        let Some(head) = file.head else {
            return self.drop_headless(file);
        };
        let expected = self.through + 1;
        if head.number > expected {
            self.drop_log(file)?;
            return Ok(true);
        }
        let Opened { name, mut frames, .. } = file;
        let failed = || Trouble::with(format!("{name} cannot be read"));
        let mut source = Source {
            name: name.clone(),
            through: 0,
            bytes: frames.length(),
        };
        let mut number_here = head.number;
        // What follows was never told to be kept: the next log has it again.
        while next.is_none_or(|next| number_here < next) {
            let at = frames.at();
            let fault = match frames.next().map_err(failed())? {
                Step::End => break,
                Step::Frame { number } if number != number_here => Fault::NoFrame,
                Step::Frame { .. } if !is_sound(Kind::Log, frames.body()) => Fault::Content,
                Step::Frame { number } => {
                    if number > self.through {
                        self.apply(number, frames.body());
                        self.through = number;
                        source.through = number;
                    }
                    number_here += 1;
                    continue;
                }
                Step::Damage(fault) => fault,
            };
            if next.is_none_or(|next| next > self.through + 1) {
                let bytes = frames.length() - at;
                frames.seek(at);
                let whole = count_whole(&mut frames).map_err(failed())?;
                self.drop(&name, at, bytes, whole, Why::Fault(fault));
                self.files.push(source);
                return Ok(true);
            }
            break;
        }
        self.files.push(source);
        Ok(false)
    }

    /// A log whose head is not whole: nothing, where its first write never came to the disk.
    fn drop_headless<F: File>(&mut self, file: Opened<F>) -> Result<bool, Trouble> {
        let Opened { name, mut frames, .. } = file;
        let length = frames.length();
        if !frames
            .is_zero()
            .map_err(Trouble::with(format!("{name} cannot be read")))?
        {
            self.drop(&name, 0, length, 0, Why::Head);
        }
        self.files.push(Source {
            name,
            through: 0,
            bytes: length,
        });
        Ok(false)
    }

    /// A log behind a hole.
    fn drop_log<F: File>(&mut self, file: Opened<F>) -> Result<(), Trouble> {
        let expected = self.through + 1;
        let Opened {
            name,
            head,
            mut frames,
            ..
        } = file;
        let whole = count_whole(&mut frames).map_err(Trouble::with(format!("{name} cannot be read")))?;
        let bytes = frames.length();
        let why = head.map_or(Why::Head, |head| Why::Hole {
            expected,
            found: head.number,
        });
        self.drop(&name, 0, bytes, whole, why);
        self.files.push(Source {
            name,
            through: 0,
            bytes,
        });
        Ok(())
    }
}

/// How many whole frames there are from here on.
fn count_whole<F: File>(frames: &mut Frames<F>) -> io::Result<u64> {
    let mut whole = 0;
    loop {
        match frames.next()? {
            Step::Frame { .. } => whole += 1,
            Step::End => return Ok(whole),
            Step::Damage(_) => {
                if !frames.skip_damage()? {
                    return Ok(whole);
                }
            }
        }
    }
}
