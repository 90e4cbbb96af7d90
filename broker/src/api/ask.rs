//! What many requests say: a pattern, from where on, how many, how long to wait.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problem::Kind;
use super::{Problem, schema};
use crate::journal::Mark;
use crate::pattern::Pattern;

/// How many a list has where the request does not say.
const DEFAULT_LIMIT: usize = 100;
/// How many it has at most.
pub(super) const MOST: usize = 1_000;

/// How many parameters an address may have.
const MOST_PAIRS: usize = 100;

/// A search: a pattern, and which page of what fits.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Search {
    /// What is looked for; everything, where it is not there.
    pattern: Option<schema::Pattern>,
    /// Only what has a greater number: `meta.next` of an answer, or `after` of a mark.
    after: Option<u64>,
    /// How many at most.
    #[schema(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
}

/// What the address of a search says. Each other parameter asks for a field of the entry, as a pattern does.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code)] // for the document; [`Search::of_address`] reads all of them
pub(super) struct SearchQuery {
    /// The type of a packet, such as `PUBLISH`.
    packet: Option<String>,
    /// The word of an event, such as `disconnected`.
    event: Option<String>,
    /// `packet` for all packets, `event` for all events.
    record: Option<String>,
    /// `in` from a client, `out` to it.
    direction: Option<String>,
    /// Whose it is.
    client_id: Option<String>,
    /// A topic filter that the topic fits.
    topic: Option<String>,
    /// The payload, or a comparison in JSON: `{"contains": "on"}`.
    payload: Option<String>,
    /// QoS.
    qos: Option<String>,
    /// RETAIN.
    retain: Option<String>,
    /// Only what has a greater number: `meta.next` of an answer, or `after` of a mark.
    after: Option<u64>,
}

/// How long a page is.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code)] // as above
pub(super) struct LimitQuery {
    /// How many at most: 100 where it is not said, and never more than 1000.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// Where to go on.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Behind {
    /// With `after` = this the next request looks only behind what was found; `null` where nothing was.
    pub next: Option<u64>,
}

/// The names and values of an address.
pub(super) type Pairs = Vec<(String, String)>;

impl Search {
    pub fn of_address(pairs: &Pairs) -> Result<Self, Problem> {
        if pairs.len() > MOST_PAIRS {
            let what = format!(
                "the address has {} parameters; expected at most {MOST_PAIRS}",
                pairs.len()
            );
            return Err(Problem::new(Kind::Invalid, what));
        }
        let mut search = Self::default();
        let mut fields = Vec::new();
        for (name, value) in pairs {
            match &**name {
                "after" => search.after = Some(number(name, value)?),
                "limit" => search.limit = Some(number(name, value)?),
                _ => fields.push((&**name, &**value)),
            }
        }
        if !fields.is_empty() {
            let pattern = Pattern::from_query(fields).map_err(|invalid| {
                Problem::new(
                    Kind::Invalid,
                    format!("a parameter of the address: {}", invalid.what),
                )
            })?;
            search.pattern = Some(schema::Pattern(pattern));
        }
        Ok(search)
    }

    pub fn pattern(&self) -> Pattern {
        any(self.pattern.as_ref())
    }

    /// From where on, in a journal that ends here.
    pub fn mark(&self, end: Mark) -> Result<Mark, Problem> {
        known(self.after, end)
    }

    pub fn limit(&self) -> Result<usize, Problem> {
        limit(self.limit)
    }

    pub fn has_limit(&self) -> bool {
        self.limit.is_some()
    }

    /// From where on, where it says so.
    pub fn after(&self) -> Option<u64> {
        self.after
    }
}

/// The place behind this entry of a journal that ends here.
pub(super) fn known(after: Option<u64>, end: Mark) -> Result<Mark, Problem> {
    let mark = Mark::behind(after.unwrap_or(0));
    if mark <= end {
        return Ok(mark);
    }
    let what = format!(
        "the newest entry is {}. Is the number from before a new start of the broker? Then begin with 0",
        end.last()
    );
    Err(wrong("after", &what))
}

/// The pattern, or one that everything fits.
pub(super) fn any(pattern: Option<&schema::Pattern>) -> Pattern {
    pattern.map_or_else(crate::pattern::anything, |pattern| pattern.0.clone())
}

/// The same where packets are meant, unless it says otherwise.
pub(super) fn packets(pattern: Pattern) -> Pattern {
    if pattern.is_of_any_kind() {
        pattern.field("record", "packet")
    } else {
        pattern
    }
}

/// Of what the pattern means, the messages that clients published.
pub(super) fn published(pattern: Pattern) -> Pattern {
    pattern.field("packet", "PUBLISH").field("direction", "in")
}

/// How many are wanted.
pub(super) fn limit(limit: Option<usize>) -> Result<usize, Problem> {
    match limit.unwrap_or(DEFAULT_LIMIT) {
        limit @ 1..=MOST => Ok(limit),
        other => Err(wrong("limit", &format!("expected 1 to {MOST}, not {other}"))),
    }
}

fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, Problem> {
    let shown = settings::text::Quoted(value, 40);
    value
        .parse()
        .map_err(|_| wrong(name, &format!("expected a whole number, not {shown}")))
}

/// A member of the body, or a parameter, cannot be that.
pub(super) fn wrong(path: &str, what: &str) -> Problem {
    Problem::new(Kind::Invalid, format!("`{path}`: {what}")).with("path", path)
}
