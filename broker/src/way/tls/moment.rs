//! Points in time, for certificates and for people.

use time::OffsetDateTime;

use crate::clock;

/// Now, by the system's clock: what certificates are held against.
pub(super) fn now() -> OffsetDateTime {
    let seconds = i64::try_from(clock::on_the_wall().as_secs()).unwrap_or_default();
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Seconds since 1970 as `2026-11-25 13:07 UTC`.
pub(super) fn of(seconds: i64) -> String {
    let Ok(at) = OffsetDateTime::from_unix_timestamp(seconds) else {
        return "a date that is too far away".to_owned();
    };
    format!(
        "{}-{:02}-{:02} {:02}:{:02} UTC",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute()
    )
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn a_moment_is_said_to_the_minute() {
        assert_eq!(of(0), "1970-01-01 00:00 UTC");
        assert_eq!(of(951_825_599), "2000-02-29 11:59 UTC");
        assert_eq!(of(i64::MAX), "a date that is too far away");
    }
}
