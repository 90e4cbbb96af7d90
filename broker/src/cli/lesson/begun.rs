//! [`Begun`]: who of a class has begun a lesson, and from where in the journal on it is judged.
//!
//! The broker itself keeps that, as a retained message for each: it holds for every terminal, a flood does not wash it away, a reset
//! removes it, and a filter of the class such as `#` does not match it.

use std::collections::BTreeMap;

use hyper::StatusCode;
use serde_json::{Value, json};

use super::name;
use crate::cli::ctl::client::Client;
use crate::cli::ctl::failure::Failure;
use crate::cli::ctl::plan::{get, post};

/// The first level of their topics; number and name follow.
const FIRST: &str = "$lesson";
/// How many are asked for at once, and how often.
const PAGE: usize = 1000;
const MOST_PAGES: usize = 10;
/// A client identifier that nobody of a class has: names have none of its characters.
const NOBODY: &str = "$lesson/nobody";

/// Each number and name, with the number of the last entry before they began.
#[derive(Debug, Default)]
pub(super) struct Begun(BTreeMap<(usize, String), u64>);

/// Somebody begins a lesson behind this entry, for the first time or anew.
pub(super) async fn begin(client: &Client, number: usize, name: &str, after: u64) -> Result<(), Failure> {
    let message =
        json!({ "topic": format!("{FIRST}/{number}/{name}"), "json": { "after": after }, "retain": true });
    client.ask(&post("publish", &message)).await.map(drop)
}

/// The number of the last entry of the journal.
pub(super) async fn end(client: &Client) -> Result<u64, Failure> {
    let mut after = 0;
    loop {
        // Nothing fits, so that a page is as long as it can be.
        let page = [
            ("after", after.to_string()),
            ("limit", "1".to_owned()),
            ("client_id", NOBODY.to_owned()),
        ];
        let answer = client.ask(&get("packets").query(page)).await?;
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        after = answer["meta"]["next"].as_u64().unwrap_or(after);
        if answer["meta"]["more"] != true {
            return Ok(after);
        }
    }
}

/// Where the journal is read for somebody, and how many entries behind that it has forgotten by now.
pub(super) async fn missed(client: &Client, after: u64) -> Result<(u64, u64), Failure> {
    let page = |after: u64| get("packets").query([("after", after.to_string()), ("limit", "1".to_owned())]);
    let (after, answer) = match client.ask(&page(after)).await {
        // The number is of a broker before this one, which has left its retained messages.
        Err(failure) if failure.status() == Some(StatusCode::UNPROCESSABLE_ENTITY) => {
            (0, client.ask(&page(0)).await?)
        }
        answer => (after, answer?),
    };
    let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
    Ok((after, answer["meta"]["missed"].as_u64().unwrap_or_default()))
}

impl Begun {
    /// Asks the broker.
    pub(super) async fn all(client: &Client) -> Result<Self, Failure> {
        let mut all = Self::default();
        let mut last = None;
        for _ in 0..MOST_PAGES {
            let page = [("topic", format!("{FIRST}/+/+")), ("limit", PAGE.to_string())];
            let page = page.into_iter().chain(last.map(|last| ("after", last)));
            let answer = client.ask(&get("retained").query(page)).await?;
            let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
            let kept = answer["retained"].as_array().into_iter().flatten();
            all.0.extend(kept.filter_map(read));
            last = answer["meta"]["next"].as_str().map(ToOwned::to_owned);
            if last.is_none() {
                break;
            }
        }
        Ok(all)
    }

    /// Everybody who has begun one of the lessons.
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.0.keys().map(|(_, name)| name)
    }

    /// From where on a lesson is judged; from the beginning for those who took it without `broker lesson`.
    pub(super) fn after(&self, number: usize, name: Option<&str>) -> u64 {
        let after = name.and_then(|name| self.0.get(&(number, name.to_owned())));
        after.copied().unwrap_or_default()
    }
}

/// What a retained message says; `None` where a client made it.
fn read(kept: &Value) -> Option<((usize, String), u64)> {
    let mut levels = kept["topic"].as_str()?.split('/').skip(1);
    let number = levels.next()?.parse().ok()?;
    let name = name(levels.next()?).ok()?;
    let payload: Value = serde_json::from_str(kept["payload"].as_str()?).ok()?;
    (kept["publisher"] == "").then_some(((number, name), payload["after"].as_u64()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_broker_says_who_has_begun() {
        let kept = |topic: &str, payload: &str, publisher: &str| {
            read(&json!({ "topic": topic, "payload": payload, "publisher": publisher }))
        };
        let good = r#"{"after":7}"#;
        assert_eq!(kept("$lesson/2/ana", good, ""), Some(((2, "ana".to_owned()), 7)));
        for (topic, payload, publisher) in [
            ("$lesson/2/ana", good, "ben-foo1"),
            ("$lesson/x/ana", good, ""),
            ("$lesson/2/a b", good, ""),
            ("$lesson/2/ana", r#"{"after":-7}"#, ""),
            ("$lesson/2/ana", "7", ""),
        ] {
            assert_eq!(
                kept(topic, payload, publisher),
                None,
                "{topic} {payload} {publisher}"
            );
        }
    }
}
