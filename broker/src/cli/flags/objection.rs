//! What flags ask for that is not to be had, and what is said to that.

use super::Flags;
use crate::cli::parent::ParentPid;

/// What `-d` is answered with.
const INSTEAD_OF_DAEMON: &str = "-d: the broker does not go into the background by itself; let systemd run it, or `docker run -d`, or write \
    `broker … &`";

/// What a second `-p` is answered with.
const INSTEAD_OF_PORTS: &str = "-p: is given more than once; it is for the main port. Each further one is a `[[listener]]` with its \
    `port` in a settings file, or a `listener` line in a mosquitto.conf; without a file: `--set 'listener[0].port=1884'`";

/// What `-q` beside `-v` is answered with.
const QUIET_AND_VERBOSE: &str = "-q: is beside -v, which says the opposite; leave one of them out";

/// What `--no-config` beside `-c` is answered with.
const FILES_AND_NONE: &str = "--no-config: is beside -c, which names a file; leave one of them out";

impl Flags {
    /// Why the flags ask for something that is not to be had.
    pub(in crate::cli) fn objection(&self) -> Option<String> {
        let objections = [
            (self.port.len() > 1, INSTEAD_OF_PORTS),
            (self.daemon, INSTEAD_OF_DAEMON),
            (self.quiet && self.verbose > 0, QUIET_AND_VERBOSE),
            (self.no_config && !self.config.is_empty(), FILES_AND_NONE),
        ];
        let objection = objections.into_iter().find(|(is_so, _)| *is_so);
        objection
            .map(|(_, text)| text.to_owned())
            .or_else(|| self.parent().err())
    }

    /// The process that the program is to end with.
    pub(super) fn parent(&self) -> Result<Option<ParentPid>, String> {
        self.parent_pid.as_deref().map(ParentPid::parse).transpose()
    }
}
