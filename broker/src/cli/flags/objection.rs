//! What flags ask for that is not to be had, and what is said to that.

use settings::BrokerSettings;

use super::Flags;
use crate::cli::parent::ParentPid;

/// What `-d` is answered with where there is no background.
const NO_DAEMON: &str =
    "-d: there is no background for programs on this system; `start broker` opens a window for it";

/// What a `--` at the end is answered with.
const NO_TASK: &str =
    "--: no command after --; give one, or leave -- out. The variable that should have it may be empty";

/// What `-d` beside a command is answered with.
const DAEMON_AND_TASK: &str =
    "-d: is beside a command after --, for which the broker waits; leave one of them out";

/// What a second `-p` is answered with.
const INSTEAD_OF_PORTS: &str = "-p: is given more than once; it is for the main port. Each further one is a `[[listener]]` with its \
    `port` in a settings file, or a `listener` line in a mosquitto.conf; without a file: `--set 'listener[0].port=1884'`";

/// What `-q` beside `-v` is answered with.
const QUIET_AND_VERBOSE: &str = "-q: is beside -v, which says the opposite; leave one of them out";

/// What `--no-config` beside `-c` is answered with.
const FILES_AND_NONE: &str = "--no-config: is beside -c, which names a file; leave one of them out";

/// What `--watch` beside what has no terminal is answered with.
#[cfg(feature = "watch")]
const WATCH_AND_TASK: &str = "--watch: is beside -d or a command after --, which would have the same terminal or none; leave one of them out";

/// What `--fail-on-violation` is answered with where nothing can be violated.
const NOTHING_TO_VIOLATE: &str = "--fail-on-violation: there is nothing that a client could break; name it with --profile, --asyncapi, --schema or \
    --sparkplug";

/// What `--profile-mode` without a profile is answered with.
const MODE_OF_NONE: &str = "--profile-mode: there is no profile; name it with --profile. Contracts are enforced with \
    `--set contracts.enforce=true`";

/// Why these settings are not what the flags ask for. A file or a variable may name what the flags do not.
pub(super) fn to_settings(
    settings: &BrokerSettings,
    fails_on_violation: bool,
    has_profile_mode: bool,
) -> Option<&'static str> {
    let has_profile = !settings.profile.name.is_empty();
    let contracts = &settings.contracts;
    let has_contract = !contracts.asyncapi.is_empty() || !contracts.schemas.is_empty() || contracts.sparkplug;
    if fails_on_violation && !has_profile && !has_contract {
        Some(NOTHING_TO_VIOLATE)
    } else if has_profile_mode && !has_profile {
        Some(MODE_OF_NONE)
    } else {
        None
    }
}

impl Flags {
    /// Why the flags ask for something that is not to be had.
    pub(in crate::cli) fn objection(&self) -> Option<String> {
        let objections = [
            (self.port.len() > 1, INSTEAD_OF_PORTS),
            (self.daemon && cfg!(not(unix)), NO_DAEMON),
            (self.task.as_ref().is_some_and(Vec::is_empty), NO_TASK),
            (self.daemon && self.task.is_some(), DAEMON_AND_TASK),
            #[cfg(feature = "watch")]
            (self.watch && (self.daemon || self.task.is_some()), WATCH_AND_TASK),
            (self.quiet && self.verbose > 0, QUIET_AND_VERBOSE),
            (self.no_config && !self.config.is_empty(), FILES_AND_NONE),
        ];
        let objection = objections.into_iter().find(|(is_so, _)| *is_so);
        objection
            .map(|(_, text)| text.to_owned())
            .or_else(|| self.parent().err())
    }

    /// Whether the program is to come back once it listens.
    pub(in crate::cli) const fn is_for_background(&self) -> bool {
        self.daemon && !self.detached
    }

    /// The process that the program is to end with.
    pub(super) fn parent(&self) -> Result<Option<ParentPid>, String> {
        self.parent_pid.as_deref().map(ParentPid::parse).transpose()
    }
}
