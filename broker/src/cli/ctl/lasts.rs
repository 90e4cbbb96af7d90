//! [`Lasts`]: how long, as people write it.

use std::str::FromStr;
use std::time::Duration;

use jiff::{Span, SpanRelativeTo};

/// `30s`, `500ms`, `1h`, `1h30m`, `2d`; a number alone means seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lasts(pub Duration);

impl Lasts {
    pub(super) fn secs(self) -> f64 {
        self.0.as_secs_f64()
    }
}

impl FromStr for Lasts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            let back = if text.starts_with('-') {
                "; time goes on, and never back"
            } else {
                ""
            };
            format!("expected how long, such as 30s, 500ms, 1h30m or 2d, and not {text:?}{back}")
        };
        if let Ok(secs) = text.parse::<f64>() {
            let lasts = Duration::try_from_secs_f64(secs);
            return lasts.map(Self).map_err(|_| wrong());
        }
        let span: Span = text.parse().map_err(|_| wrong())?;
        let lasts = span.to_duration(SpanRelativeTo::days_are_24_hours());
        let lasts = lasts.map_err(|_| wrong())?;
        Duration::try_from(lasts).map(Self).map_err(|_| wrong())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_is_said_in_units_or_in_seconds() {
        for (text, secs) in [
            ("30s", 30.0),
            ("500ms", 0.5),
            ("1h", 3600.0),
            ("1h30m", 5400.0),
            ("2d", 172_800.0),
            ("2.5", 2.5),
            ("0", 0.0),
        ] {
            assert_eq!(text.parse().map(Lasts::secs), Ok(secs), "{text}");
        }
        for wrong in ["", "soon", "-5", "-5s", "1y", "inf", "1e300"] {
            let error = wrong.parse::<Lasts>().expect_err(wrong);
            assert_eq!(error.contains("never back"), wrong.starts_with('-'), "{error}");
        }
    }
}
