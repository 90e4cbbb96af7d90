//! Why `--watch` is not to be had here, in a sentence.

use std::io::{self, IsTerminal};

use settings::Log;

/// Where lines of the log share the terminal with the view.
const STDOUT: [&str; 2] = ["stdout", "file:/dev/stdout"];
const STDERR: [&str; 2] = ["stderr", "file:/dev/stderr"];

const NO_SCREEN: &str =
    "--watch: standard output is not a terminal; leave --watch out, and the broker writes lines there";
const NO_KEYS: &str = "--watch: standard input is not a terminal, so that no keys could be read; start the broker in a terminal";
const DUMB: &str = "--watch: TERM=dumb says that this terminal cannot place text; leave --watch out, and the broker writes lines";
const LINES: &str = "--watch: is beside -v, -q or --json (log.verbosity, log.quiet, log.json), which are for lines on the same \
    terminal; leave one of them out, or send the lines elsewhere: --set log.destinations=file:broker.log";

/// Why there can be no view with this log.
pub(in crate::cli) fn refusal(log: &Log) -> Option<&'static str> {
    refused(
        log,
        [io::stdin().is_terminal(), io::stdout().is_terminal()],
        is_dumb(),
    )
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

fn refused(log: &Log, [has_keys, has_screen]: [bool; 2], is_dumb: bool) -> Option<&'static str> {
    let has_lines = log.json || log.quiet || log.verbosity > 0;
    let refusals = [
        (!has_screen, NO_SCREEN),
        (
            has_lines && log.destinations.iter().any(|name| is_on_screen(name)),
            LINES,
        ),
        (!has_keys, NO_KEYS),
        (is_dumb, DUMB),
    ];
    refusals
        .into_iter()
        .find(|(is_so, _)| *is_so)
        .map(|(_, text)| text)
}

/// Whether lines for this destination would tear the picture.
pub(in crate::cli) fn is_on_screen(name: &str) -> bool {
    STDOUT.contains(&name) || STDERR.contains(&name) && io::stderr().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_told() {
        let log = Log::default();
        assert_eq!(refused(&log, [true, true], false), None);
        assert_eq!(refused(&log, [true, false], false), Some(NO_SCREEN));
        assert_eq!(refused(&log, [false, true], false), Some(NO_KEYS));
        assert_eq!(refused(&log, [true, true], true), Some(DUMB));
        let wordy = Log {
            verbosity: 1,
            ..Log::default()
        };
        assert_eq!(refused(&wordy, [true, true], false), Some(LINES));
        // Lines in a file do no harm.
        let elsewhere = Log {
            destinations: vec!["file:broker.log".to_owned()],
            ..wordy
        };
        assert_eq!(refused(&elsewhere, [true, true], false), None);
    }
}
