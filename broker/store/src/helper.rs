//! A thread that writes and syncs portions of a snapshot, so that no commit waits for it.

use std::io;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;

use crate::disk::File;

/// Bytes that belong at a place of a file.
pub(crate) struct Portion<F> {
    pub file: F,
    pub at: u64,
    pub bytes: Vec<u8>,
}

impl<F: File> Portion<F> {
    /// Writes and syncs them, and gives the file back.
    pub(crate) fn write(mut self) -> (F, io::Result<()>) {
        if self.bytes.is_empty() {
            // Much was read, and little of it counts any more.
            return (self.file, Ok(()));
        }
        let result = self
            .file
            .write_at(self.at, &self.bytes)
            .and_then(|()| self.file.sync());
        (self.file, result)
    }
}

/// The thread. It has one portion at a time.
pub(crate) struct Helper<F> {
    /// `None` once it is to end.
    portions: Option<Sender<Portion<F>>>,
    done: Receiver<(F, io::Result<()>)>,
    thread: Option<JoinHandle<()>>,
    /// A portion is with the thread.
    busy: bool,
}

impl<F: File> Helper<F> {
    /// Starts the thread, which calls `done` after each portion.
    pub(crate) fn start(done: impl Fn() + Send + 'static) -> io::Result<Self> {
        let (portions, next) = channel::<Portion<F>>();
        let (tell, told) = channel();
        let thread = std::thread::Builder::new()
            .name("store-snapshot".to_owned())
            .spawn(move || {
                while let Ok(portion) = next.recv() {
                    // Nobody is there any more only when the store ends.
                    let _ = tell.send(portion.write());
                    done();
                }
            })?;
        Ok(Self {
            portions: Some(portions),
            done: told,
            thread: Some(thread),
            busy: false,
        })
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.busy
    }

    pub(crate) fn give(&mut self, portion: Portion<F>) {
        self.busy = true;
        if let Some(portions) = &self.portions {
            // If the thread is gone, `take` says so.
            let _ = portions.send(portion);
        }
    }

    /// The file of the portion, once it is done.
    pub(crate) fn take(&mut self) -> Option<io::Result<F>> {
        let done = match self.done.try_recv() {
            Ok((file, result)) => result.map(|()| file),
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => Err(io::Error::other("its thread has ended")),
        };
        self.busy = false;
        Some(done)
    }
}

impl<F> Drop for Helper<F> {
    fn drop(&mut self) {
        self.portions = None;
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported by its own thread.
            let _ = thread.join();
        }
    }
}
