//! [`RecordingFile`]: the file of `--record`.

use std::fs::File;
use std::path::PathBuf;

use settings::BrokerSettings;

use crate::broker::Broker;
use crate::cli::log::{complain, remark};
use crate::disturbing::Recorder;
use crate::error::Error;
use crate::front::StartError;
use crate::journal::Mark;
use crate::pattern::anything;
use crate::private_file;
use crate::recording::spare;
use crate::time::Time;

/// The file that `journal.recording` names, if it names one.
pub(super) struct RecordingFile(Option<(PathBuf, File)>);

/// What writes it.
pub(super) struct Writing(Option<Recorder>);

impl RecordingFile {
    /// Makes an empty file, so that an error is reported before any client is served.
    pub(super) fn create(settings: &BrokerSettings) -> Result<Self, StartError> {
        let path = &*settings.journal.recording;
        if path.is_empty() {
            return Ok(Self(None));
        }
        let error = |cause| StartError::JournalFile {
            path: path.to_owned(),
            cause,
        };
        if private_file::is_pipe(path) {
            return Err(error(std::io::Error::other(
                "it is a pipe; a recording goes to a file",
            )));
        }
        spare(&settings.upstream, path.as_ref()).map_err(error)?;
        let file = private_file::create(path.as_ref()).map_err(error)?;
        Ok(Self(Some((path.into(), file))))
    }

    /// Writes everything from the start of the broker to its end.
    pub(super) async fn follow(self, broker: &Broker) -> Result<Writing, Error> {
        let Some(file) = self.0 else {
            return Ok(Writing(None));
        };
        let (journal, engine) = (broker.journal(), broker.engine().name());
        let from = ((Time::ZERO, Mark::START), anything());
        Ok(Writing(Some(Recorder::start(journal, engine, file, from).await?)))
    }
}

impl Writing {
    /// Waits until everything is written; the broker has stopped.
    pub(super) async fn finish(self) {
        let Some(mut recorder) = self.0 else { return };
        match recorder.finish().await {
            Err(error) => complain(&error.to_string()),
            Ok(recorded) if recorded.missed > 0 => remark(&format!(
                "{} lacks {} entries: they came faster than they could be written. A larger `journal.bytes` holds more",
                recorder.path().display(),
                recorded.missed
            )),
            Ok(_) => {}
        }
    }
}
