//! Points in time: all in UTC, all on the broker's clock.

use std::time::Duration;

use jiff::{Span, Timestamp, Zoned, tz::TimeZone};
use minijinja::value::{Kwargs, Value};
use minijinja::{Environment, Error, State};

use super::{run, wrong};

pub(super) fn register(engine: &mut Environment<'static>) {
    engine.add_function("now", now);
    engine.add_filter("date", date);
}

fn now(state: &State<'_, '_>, named: Kwargs) -> Result<Value, Error> {
    let run = run(state)?;
    let began = run.with(|feed, _| feed.began);
    shown(at(began + run.now.since_start())?, &named)
}

fn date(value: Value, named: Kwargs) -> Result<Value, Error> {
    let point = if value.is_number() {
        let secs = f64::try_from(value.clone())?;
        let since = Duration::try_from_secs_f64(secs);
        since.map_err(|_| outside()).and_then(at)?
    } else {
        let text = value.as_str().unwrap_or_default();
        text.parse::<Timestamp>().map_err(|_| {
            wrong(format!(
                "{value} is no point in time: write one as \"2026-01-31T12:00:00Z\" or in seconds since 1970"
            ))
        })?
    };
    shown(point, &named)
}

fn at(since_1970: Duration) -> Result<Timestamp, Error> {
    let nanos = i128::try_from(since_1970.as_nanos()).map_err(|_| outside())?;
    Timestamp::from_nanosecond(nanos).map_err(|_| outside())
}

fn outside() -> Error {
    wrong("a point in time is in the years from 1970 to 9999")
}

/// Moved by `offset`, and written as `format` says.
fn shown(at: Timestamp, named: &Kwargs) -> Result<Value, Error> {
    let mut at = Zoned::new(at, TimeZone::UTC);
    if let Some(offset) = named.get::<Option<&str>>("offset")? {
        let span: Span = offset.parse().map_err(|_| {
            wrong(format!(
                "{offset:?} is no offset: write one as \"3 days\", \"-2 hours\" or \"1 hour 30 minutes\""
            ))
        })?;
        at = at.checked_add(span).map_err(|_| outside())?;
    }
    let format = named.get::<Option<&str>>("format")?;
    named.assert_all_used()?;
    Ok(match format {
        None => at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into(),
        Some("unix") => at.timestamp().as_second().into(),
        Some("epoch") => at.timestamp().as_millisecond().into(),
        Some(format) => {
            let text = jiff::fmt::strtime::format(format, &at);
            text.map_err(|error| wrong(format!("{format:?} is no format: {error}; \"%Y-%m-%d\" is one")))?
                .into()
        }
    })
}
