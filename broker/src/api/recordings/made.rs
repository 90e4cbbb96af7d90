//! [`Recordings`]: the one recording that is made at a time.

use std::fs::File;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::api::Problem;
use crate::api::problem::Kind;
use crate::disturbing::Recorder;

/// The recording that a request began.
#[derive(Debug, Default)]
pub(crate) struct Recordings(Mutex<Made>);

#[derive(Debug, Default)]
enum Made {
    #[default]
    Never,
    Now(Recorder, File),
    Before,
}

/// How it stands while one is made.
pub(super) const RECORDING: &str = "Recording";

impl Recordings {
    fn made(&self) -> MutexGuard<'_, Made> {
        // Nothing in here panics halfway.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// None is made and none was; what was recorded is lost.
    pub(crate) fn discard(&self) {
        *self.made() = Made::Never;
    }

    /// Whether one is made.
    pub(super) fn status(&self) -> &'static str {
        match *self.made() {
            Made::Never => "NeverStarted",
            Made::Now(..) => RECORDING,
            Made::Before => "Stopped",
        }
    }

    /// Errs while one is made.
    pub(super) fn check_free(&self) -> Result<(), Problem> {
        is_free(&self.made())
    }

    /// This one has begun.
    pub(super) fn keep(&self, recorder: Recorder, file: File) -> Result<(), Problem> {
        let mut made = self.made();
        is_free(&made)?;
        *made = Made::Now(recorder, file);
        Ok(())
    }

    /// The one that is made, to be ended.
    pub(super) fn take(&self) -> Option<(Recorder, File)> {
        let mut made = self.made();
        if !matches!(*made, Made::Now(..)) {
            return None;
        }
        match std::mem::replace(&mut *made, Made::Before) {
            Made::Now(recorder, file) => Some((recorder, file)),
            Made::Never | Made::Before => None,
        }
    }
}

fn is_free(made: &Made) -> Result<(), Problem> {
    match made {
        Made::Now(..) => {
            let detail = "a recording is made already: POST /api/v1/recordings/stop ends it";
            Err(Problem::new(Kind::Conflict, detail))
        }
        Made::Never | Made::Before => Ok(()),
    }
}
