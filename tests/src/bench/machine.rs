//! Where it was measured, and when.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// What a reader must know to compare figures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Machine {
    /// Processors that this process may use.
    pub cores: usize,
    /// What the processor calls itself.
    pub processor: String,
    /// Memory in bytes, 0 if unknown.
    pub memory_bytes: u64,
    /// Operating system and kernel.
    pub system: String,
    /// The day, as year-month-day in UTC.
    pub date: String,
}

impl Machine {
    /// This one, today.
    pub fn here() -> Self {
        let kernel = read("/proc/sys/kernel/osrelease");
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            processor: value(&read("/proc/cpuinfo"), "model name"),
            memory_bytes: value(&read("/proc/meminfo"), "MemTotal")
                .trim_end_matches(" kB")
                .parse()
                .map_or(0, |kb: u64| kb * 1024),
            system: format!("{} {}", std::env::consts::OS, kernel.trim())
                .trim()
                .to_owned(),
            date: date(SystemTime::now()),
        }
    }
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn value(text: &str, key: &str) -> String {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(key)?.split_once(':'));
    line.map_or_else(|| "unknown".to_owned(), |(_, value)| value.trim().to_owned())
}

fn date(now: SystemTime) -> String {
    let days = now
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs() / 86_400);
    let (mut year, mut left) = (1970, days);
    let length = |year: u64| {
        365 + u64::from(year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)))
    };
    while left >= length(year) {
        left -= length(year);
        year += 1;
    }
    let february = length(year) - 337;
    let mut month = 1;
    for days in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < days {
            break;
        }
        left -= days;
        month += 1;
    }
    format!("{year}-{month:02}-{:02}", left + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn days_of_the_calendar() {
        let day = |days: u64| date(UNIX_EPOCH + Duration::from_secs(days * 86_400));
        assert_eq!(day(0), "1970-01-01");
        assert_eq!(day(59), "1970-03-01");
        assert_eq!(day(19_782), "2024-02-29");
        assert_eq!(day(20_088), "2024-12-31");
        assert_eq!(day(20_089), "2025-01-01");
    }
}
