//! [`Stamp`]: the time that a line of text begins with.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use settings::Log;

use super::Destination;
use crate::time::Time;

/// Date, time and how far the clock is from UTC: what sorts, and what a reader in another country understands.
const USUAL: &str = "%Y-%m-%dT%H:%M:%S%:z";

/// What lines of text begin with.
#[derive(Debug, Clone)]
pub(in crate::cli) enum Stamp {
    /// The seconds since the start, in a column. Sentences on the whole broker have none.
    SinceStart,
    /// The clock on the wall.
    Wall {
        /// As strftime has it.
        format: String,
        zone: TimeZone,
        started_at: Timestamp,
    },
    Nothing,
}

impl Stamp {
    /// As the settings say for this destination, of a broker that was started `started_at`, counted from 1970.
    pub(super) fn of(log: &Log, destination: Destination, started_at: Duration) -> Self {
        let format = match (&*log.timestamp_format, destination) {
            // syslog writes its own.
            (_, Destination::Syslog) => return Self::Nothing,
            _ if !log.timestamp => return Self::Nothing,
            ("", Destination::Stdout | Destination::Stderr | Destination::View) => return Self::SinceStart,
            ("", _) => USUAL,
            (format, _) => format,
        };
        Self::Wall {
            format: format.to_owned(),
            zone: TimeZone::system(),
            started_at: Timestamp::UNIX_EPOCH
                .saturating_add(started_at)
                .unwrap_or(Timestamp::UNIX_EPOCH),
        }
    }

    /// Before a line of what happened at this time.
    pub(in crate::cli) fn before(&self, at: Time) -> String {
        match self {
            Self::SinceStart => format!("{:>12}  ", at.to_string()),
            _ => self.before_sentences(at),
        }
    }

    /// Before a sentence on the whole broker.
    pub(in crate::cli) fn before_sentences(&self, at: Time) -> String {
        match self {
            Self::Wall {
                format,
                zone,
                started_at,
            } => {
                let at = started_at.saturating_add(at.since_start()).unwrap_or(*started_at);
                // What strftime does not know comes out as it is.
                format!("{}: ", at.to_zoned(zone.clone()).strftime(format))
            }
            _ => String::new(),
        }
    }

    /// Before a line that stands for others.
    pub(in crate::cli) fn in_a_gap(&self, at: Time) -> String {
        match self {
            Self::SinceStart => format!("{:>12}  ", "…"),
            _ => self.before_sentences(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(format: &str, destination: Destination) -> Stamp {
        let log = Log {
            timestamp_format: format.to_owned(),
            ..Log::default()
        };
        match Stamp::of(&log, destination, Duration::from_secs(1_700_000_000)) {
            Stamp::Wall {
                format, started_at, ..
            } => Stamp::Wall {
                format,
                zone: TimeZone::UTC,
                started_at,
            },
            other => other,
        }
    }

    #[test]
    fn a_file_has_date_and_time_and_stdout_the_seconds_since_the_start() {
        let at = Time::from_nanos(2_500_000_000);
        let file = stamp("", Destination::File);
        assert_eq!(file.before(at), "2023-11-14T22:13:22+00:00: ");
        assert_eq!(file.before_sentences(at), "2023-11-14T22:13:22+00:00: ");
        let stdout = stamp("", Destination::Stdout);
        assert_eq!(stdout.before(at), "    2.500000  ");
        assert_eq!(stdout.before_sentences(at), "");
        assert_eq!(stamp("", Destination::Syslog).before(at), "");
    }

    #[test]
    fn a_format_holds_everywhere_and_what_it_does_not_know_stays() {
        let at = Time::from_nanos(2_500_000_000);
        for destination in [Destination::Stdout, Destination::File, Destination::Topic] {
            let stamp = stamp("%s %d.%m.%y %", destination);
            assert_eq!(stamp.before(at), "1700000002 14.11.23 %: ");
        }
        let none = Log {
            timestamp: false,
            ..Log::default()
        };
        assert_eq!(Stamp::of(&none, Destination::File, Duration::ZERO).before(at), "");
    }
}
