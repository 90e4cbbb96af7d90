//! [`Profile`]: a list of limits, and how it is read. TOML becomes JSON before; paths are those of both.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::fitting;
use super::kind::{KINDS, KindDoc, Takes};
use super::limit::{Bound, Limit, Outcome};
use crate::fault::{Invalid, Table, Wrong, reason_code};
use crate::pattern::nearest;
use crate::topic;
use crate::wire::ReasonCode;

/// How many limits a profile may have.
const MOST_LIMITS: usize = 1_000;
const MOST_WORDS: usize = 1_000;

/// The keys that every limit may have beside its name.
const COMMON_KEYS: [&str; 5] = ["outcome", "reason", "source", "as_of", "note"];

/// What a broker does not take, and what it does then.
///
/// ```
/// use broker_core::profile::Profile;
/// use serde_json::json;
///
/// let ours = json!({
///     "title": "Our cloud",
///     "as_of": "2026-11-28",
///     "limit": [{"name": "publish_qos", "max": 1, "outcome": "close", "source": "its manual"}],
/// });
/// let profile = Profile::from_json_or_all_wrongs("ours", &ours).expect("nothing is wrong with it");
/// assert_eq!((&*profile.name, &*profile.title, profile.limits.len()), ("ours", "Our cloud", 1));
///
/// let wrongs = Profile::from_json_or_all_wrongs("ours", &json!({"limit": [{"name": "publis_qos"}]})).unwrap_err();
/// assert!(wrongs[0].to_string().contains(r#"did you mean "publish_qos"?"#), "{}", wrongs[0]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its name: that of its file.
    pub name: String,
    /// What sentences call that broker.
    pub title: String,
    /// What it is; may be empty.
    pub about: String,
    /// The limits, in the order in which they are looked at.
    pub limits: Vec<Limit>,
}

impl Profile {
    /// The profile that this JSON describes, or all that is wrong with it; there is at least one thing then.
    ///
    /// # Errors
    /// Something is missing, misspelt, or of the wrong kind.
    pub fn from_json_or_all_wrongs(name: &str, json: &Json) -> Result<Self, Vec<Invalid>> {
        let mut wrongs = Vec::new();
        let read = read(name, json, &mut wrongs);
        match read {
            Some(profile) if wrongs.is_empty() => Ok(profile),
            _ => Err(wrongs.into_iter().map(|wrong| invalid(name, wrong)).collect()),
        }
    }
}

fn invalid(name: &str, wrong: Wrong) -> Invalid {
    let place = match &*wrong.path {
        "" => format!("profile {name:?}"),
        path => format!("profile {name:?}: {path}"),
    };
    Invalid {
        place,
        what: wrong.what,
    }
}

fn read(name: &str, json: &Json, wrongs: &mut Vec<Wrong>) -> Option<Profile> {
    let table = noted(Table::of("", json, "a profile"), wrongs)?;
    wrongs.extend(table.unknown(&["title", "about", "as_of", "limit"]));
    let mut text = |key: &str| noted(table.text(key), wrongs).flatten().map(ToOwned::to_owned);
    let (title, about, as_of) = (text("title"), text("about"), text("as_of"));
    if let Some(as_of) = as_of.as_deref() {
        noted(date(&table, "as_of", as_of), wrongs);
    }
    let list = noted(list(&table), wrongs).unwrap_or_default();
    let mut limits: Vec<Limit> = Vec::with_capacity(list.len());
    let mut places = BTreeMap::new();
    for (at, json) in list.iter().enumerate() {
        let path = format!("limit[{at}]");
        limits.extend(limit(&path, json, as_of.as_deref(), wrongs));
        let name = json.get("name").and_then(Json::as_str).unwrap_or_default();
        if let Some(first) = places.insert(name, at).filter(|_| !name.is_empty()) {
            let what = format!("limit[{first}] is on {name}, too: leave one of them out");
            wrongs.push(Wrong {
                path: format!("{path}.name"),
                what,
            });
        }
    }
    let title = noted(table.needed("title", title), wrongs)?;
    Some(Profile {
        name: name.to_owned(),
        title,
        about: about.unwrap_or_default(),
        limits,
    })
}

fn list<'a>(table: &Table<'a>) -> Result<&'a [Json], Wrong> {
    match table.get("limit") {
        Some(Json::Array(list)) if list.len() > MOST_LIMITS => {
            let what = format!("{} limits are too many: {MOST_LIMITS} are allowed", list.len());
            Err(table.wrong("limit", what))
        }
        Some(Json::Array(list)) if !list.is_empty() => Ok(list),
        None | Some(Json::Array(_)) => Err(table.wrong("limit", "there is none: write [[limit]] above each")),
        Some(_) => Err(table.wrong("limit", "it is a list of tables: write [[limit]] above each")),
    }
}

/// What was read; what is wrong goes to the list.
fn noted<T>(read: Result<T, Wrong>, wrongs: &mut Vec<Wrong>) -> Option<T> {
    read.map_err(|wrong| wrongs.push(wrong)).ok()
}

fn limit(path: &str, json: &Json, as_of: Option<&str>, wrongs: &mut Vec<Wrong>) -> Option<Limit> {
    let table = noted(Table::of(path, json, "a limit"), wrongs)?;
    let names: Vec<(&str, &'static KindDoc)> = KINDS.iter().map(|doc| (doc.name, doc)).collect();
    let kind = noted(table.word("name", &names), wrongs).map(|kind| table.needed("name", kind));
    let kind = kind.and_then(|kind| noted(kind, wrongs))?;
    let before = wrongs.len();
    let known = [&["name"], kind.own_keys(), &COMMON_KEYS].concat();
    wrongs.extend(table.unknown(&known));
    let bound = noted(bound(&table, kind), wrongs);
    let outcome = noted(outcome(&table, kind), wrongs);
    let source = table
        .text("source")
        .and_then(|source| table.needed("source", source));
    let source = noted(source, wrongs);
    let own = noted(table.text("as_of"), wrongs).flatten();
    if let Some(own) = own {
        noted(date(&table, "as_of", own), wrongs);
    }
    let as_of = noted(table.needed("as_of", own.or(as_of)), wrongs);
    let note = noted(table.text("note"), wrongs).flatten();
    if wrongs.len() > before {
        return None;
    }
    Some(Limit {
        kind: kind.kind,
        bound: bound?,
        outcome: outcome?,
        source: source?.to_owned(),
        as_of: as_of?.to_owned(),
        note: note.unwrap_or_default().to_owned(),
    })
}

fn bound(table: &Table<'_>, kind: &KindDoc) -> Result<Bound, Wrong> {
    let (least, highest) = kind.kind.range();
    let number = |key| table.whole(key, least, highest);
    match kind.takes {
        Takes::Nothing => Ok(Bound::Nothing),
        Takes::Max => Ok(Bound::Range(0, table.needed("max", number("max")?)?)),
        Takes::Range => match (number("min")?, number("max")?) {
            (None, None) => Err(table.wrong("max", "`min` or `max` is needed, and neither is there")),
            (Some(min), Some(max)) if min > max => {
                Err(table.wrong("min", format!("it is {min}, above `max`, which is {max}")))
            }
            (min, max) => Ok(Bound::Range(min.unwrap_or(0), max.unwrap_or(u64::MAX))),
        },
        Takes::Words => match (words(table, kind, "only")?, words(table, kind, "not")?) {
            (Some(only), None) => Ok(Bound::Only(only)),
            (None, Some(not)) => Ok(Bound::Not(not)),
            (None, None) => Err(table.wrong("only", "`only` or `not` is needed, and neither is there")),
            (Some(_), Some(_)) => Err(table.wrong("not", "`only` says it already: leave one of them out")),
        },
    }
}

fn words(table: &Table<'_>, kind: &KindDoc, key: &str) -> Result<Option<Vec<String>>, Wrong> {
    let Some(value) = table.get(key) else {
        return Ok(None);
    };
    let texts = value
        .as_array()
        .filter(|list| !list.is_empty() && list.len() <= MOST_WORDS);
    let texts = texts.and_then(|list| {
        let texts = list.iter().map(|word| word.as_str().map(ToOwned::to_owned));
        texts.collect::<Option<Vec<String>>>()
    });
    let what = || format!("it is a list of 1 to {MOST_WORDS} texts, not {value}");
    let texts = texts.ok_or_else(|| table.wrong(key, what()))?;
    let known = kind.kind.words();
    match texts.iter().find(|text| !known.contains(&text.as_str())) {
        Some(text) if !known.is_empty() => {
            let near = nearest(text, known.iter().copied());
            let what = format!("there is no {text:?} here{near}; there are {}", known.join(", "));
            Err(table.wrong(key, what))
        }
        _ if kind.kind.takes_filters() => {
            let wrong = texts.iter().find_map(|text| {
                let error = topic::validate_filter(&text.replace("%c", "c")).err()?;
                Some(format!("{text:?} is not a topic filter: {}", error.what))
            });
            wrong.map_or(Ok(Some(texts)), |what| Err(table.wrong(key, what)))
        }
        _ => Ok(Some(texts)),
    }
}

fn outcome(table: &Table<'_>, kind: &KindDoc) -> Result<Outcome, Wrong> {
    let word = table.needed("outcome", table.text("outcome")?)?;
    let reason = || -> Result<ReasonCode, Wrong> {
        let said = table.needed("reason", table.get("reason"))?;
        reason_code(said).map_err(|what| table.wrong("reason", what))
    };
    let outcome = match word {
        "close" => Outcome::Close,
        "disconnect" => Outcome::Disconnect(reason()?),
        "answer" => Outcome::Answer(reason()?),
        "ignore" => Outcome::Ignore,
        "lose" => Outcome::Lose,
        "pause" => Outcome::Pause,
        "lower" => Outcome::Lower,
        other => {
            let near = nearest(other, Outcome::WORDS.into_iter());
            let all = Outcome::WORDS.join(", ");
            let what = format!("there is no outcome {other:?}{near}; there are {all}");
            return Err(table.wrong("outcome", what));
        }
    };
    if outcome.reason().is_none() && table.has("reason") {
        let what = format!("`{}` says no reason code: leave it out", outcome.word());
        return Err(table.wrong("reason", what));
    }
    fitting::check(kind.kind, outcome).map_err(|(key, what)| table.wrong(key, what))?;
    Ok(outcome)
}

/// A day, as `2026-11-28`.
fn date(table: &Table<'_>, key: &str, text: &str) -> Result<(), Wrong> {
    let day = text
        .parse::<jiff::civil::Date>()
        .ok()
        .filter(|_| text.len() == 10);
    let what = || format!("it is a day such as \"2026-11-28\", not {text:?}");
    day.map(drop).ok_or_else(|| table.wrong(key, what()))
}

impl KindDoc {
    /// The keys that a limit of this kind may have, beside those of every limit.
    ///
    /// ```
    /// use broker_core::profile::KINDS;
    ///
    /// let qos = KINDS.iter().find(|kind| kind.name == "publish_qos").expect("there is one");
    /// assert_eq!(qos.own_keys(), ["max"]);
    /// ```
    pub fn own_keys(&self) -> &'static [&'static str] {
        match self.takes {
            Takes::Max => &["max"],
            Takes::Range => &["min", "max"],
            Takes::Words => &["only", "not"],
            Takes::Nothing => &[],
        }
    }
}
