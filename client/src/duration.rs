//! Times and rates as people write them: `2s`, `500ms`, `1.5m`, `2x`.

use std::time::Duration;

use crate::error::UsageError;

/// Reads a time: a number with `ms`, `s`, `m` or `h`; without a unit it is seconds.
///
/// ```
/// # use std::time::Duration;
/// # use client::parse_duration;
/// assert_eq!(parse_duration("--within", "500ms").unwrap(), Duration::from_millis(500));
/// assert_eq!(parse_duration("--within", "2").unwrap(), Duration::from_secs(2));
/// ```
///
/// # Errors
/// Not a time.
pub fn parse_duration(flag: &str, text: &str) -> Result<Duration, UsageError> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..).unwrap_or_default() {
        "ms" => Some(0.001),
        "" | "s" => Some(1.0),
        "m" => Some(60.0),
        "h" => Some(3600.0),
        _ => None,
    };
    let seconds = digits.parse::<f64>().ok().zip(unit);
    seconds
        .and_then(|(number, unit)| Duration::try_from_secs_f64(number * unit).ok())
        .ok_or_else(|| {
            UsageError(format!(
                "{flag}: `{text}` is not a time; write 2s, 500ms, 1.5m or 1h"
            ))
        })
}

/// A time as people write it.
#[must_use]
pub fn duration_words(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        return format!("{} ms", time.as_millis());
    }
    let seconds = time.as_secs_f64();
    if seconds.fract() == 0.0 {
        format!("{seconds} s")
    } else {
        format!("{seconds:.1} s")
    }
}

/// That a connection was lost for this reason and will be tried again after `wait`.
#[must_use]
pub fn retry_words(error: &str, wait: Duration) -> String {
    let end = if error.ends_with(['.', '!']) { "" } else { "." };
    format!("{error}{end} Trying again in {}.", duration_words(wait))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_count() {
        let seconds = |text| parse_duration("-x", text).map(|time| time.as_secs_f64());
        assert_eq!(seconds("1.5m"), Ok(90.0));
        assert_eq!(seconds("1h"), Ok(3600.0));
        assert_eq!(seconds("0"), Ok(0.0));
        for wrong in ["", "s", "-1", "2 s", "2d", "1e400", "nan"] {
            assert!(
                seconds(wrong).unwrap_err().to_string().contains("2s, 500ms"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn sentences_end() {
        let wait = Duration::from_secs(2);
        assert_eq!(
            retry_words("It is gone.", wait),
            "It is gone. Trying again in 2 s."
        );
        assert_eq!(
            retry_words("nobody there", wait),
            "nobody there. Trying again in 2 s."
        );
    }

    #[test]
    fn words_are_short() {
        assert_eq!(duration_words(Duration::from_millis(500)), "500 ms");
        assert_eq!(duration_words(Duration::from_secs(2)), "2 s");
        assert_eq!(duration_words(Duration::from_millis(2500)), "2.5 s");
    }
}
