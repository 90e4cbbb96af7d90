//! The JSON of rules, there and back.

use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};
use serde_json::{Map, Value as Json, json};

use super::action::{Action, Meets, word_of};
use super::rule::{Invalid, PRIORITY, Rule, Scene, What, Whose};
use super::table::{Table, Wrong};
use super::turns::Turns;
use super::{Stream, Toxic};
use crate::pattern::{Is, Pattern};

/// The keys of a rule, each with its meaning.
pub(super) const KEYS: &[(&str, &str)] = &[
    ("name", "what the rule is called; needed, and no other has it"),
    (
        "enabled",
        "`false`: it is switched off, and does and counts nothing until it is switched on",
    ),
    (
        "priority",
        "of several that could act, the one with the lowest number does; 5 where nothing is said",
    ),
    (
        "client",
        "whose packets or bytes: a client identifier, or a comparison as patterns have",
    ),
    (
        "user",
        "the same for the user name, or the identity of a certificate",
    ),
    (
        "listener",
        "the same for the name of the listener that let the client in",
    ),
    (
        "toxicity",
        "how likely it acts, from 0 to 1; 1 where nothing is said. Of packets for each, of bytes for each connection",
    ),
    ("scenario", "it is a part of this scenario"),
    ("required_state", "it acts only in this state of the scenario"),
    ("new_state", "once it has acted the scenario is in this state"),
    (
        "from_secs",
        "it is in force from so many seconds on, counted from when it was added, on the broker's clock",
    ),
    ("to_secs", "until so many seconds"),
    ("when", "rules on packets: the packets, as a pattern"),
    (
        "action",
        "rules on packets: what is done, a word or an object with `type`; needed",
    ),
    (
        "nth",
        "only with this one of the packets that match, counted from 1 for each client apart",
    ),
    ("every", "only with each of so many: 3 = the third, the sixth, …"),
    ("first", "only with the first so many"),
    ("after", "only behind the first so many"),
    ("type", "rules on bytes: what is done"),
    (
        "stream",
        "rules on bytes: `upstream` (from the client), `downstream` (to it; so it is where nothing is said) or `both`",
    ),
    ("attributes", "rules on bytes: how much of it"),
];

const OF_PACKETS: [&str; 6] = ["when", "action", "nth", "every", "first", "after"];
const OF_BYTES: [&str; 3] = ["type", "stream", "attributes"];

/// The longest window of time: some thousand years.
const MOST_SECS: f64 = 1e11;

impl Rule {
    /// Reads one rule from JSON: the table of `[[fault]]`.
    ///
    /// # Errors
    /// It cannot work: the error names the rule, the place in it and what would be right.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use serde_json::json;
    ///
    /// let slow = Rule::from_json(&json!({"name": "slow", "client": "lamp", "type": "bandwidth", "attributes": {"rate": 10}}))?;
    /// assert_eq!(slow, Rule::for_bytes().of("lamp").downstream().bandwidth(10).named("slow"));
    ///
    /// let both = json!({"name": "x", "when": {"packet": "PUBLISH"}, "type": "latency"});
    /// let error = Rule::from_json(&both).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     r#"fault "x": type: a rule is about packets (`when` and `action`) or about bytes (`type`), not both"#
    /// );
    /// # Ok::<(), broker::fault::Invalid>(())
    /// ```
    pub fn from_json(json: &Json) -> Result<Self, Invalid> {
        Self::from_json_or_all_wrongs(json).map_err(|mut all| all.swap_remove(0))
    }

    /// The same, with all that is wrong and not only the first of it; there is at least one. Where there are misspelt keys, only
    /// they are told: the rest may hang on them.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use serde_json::json;
    ///
    /// let rule = json!({"name": "x", "when": {"packet": "PUBREL"}, "nth": 0, "action": "dorp", "toxicity": 1.5});
    /// assert_eq!(Rule::from_json_or_all_wrongs(&rule).unwrap_err().len(), 3);
    /// ```
    pub fn from_json_or_all_wrongs(json: &Json) -> Result<Self, Vec<Invalid>> {
        let name = json.get("name").and_then(Json::as_str).unwrap_or_default();
        let mut wrongs = Vec::new();
        match read(json, &mut wrongs) {
            Some(rule) if wrongs.is_empty() => Ok(rule),
            _ => Err(wrongs
                .into_iter()
                .map(|wrong| Invalid::new(name, wrong))
                .collect()),
        }
    }
}

/// What was found; what is wrong goes to the list.
fn noted<T>(found: Result<T, Wrong>, wrongs: &mut Vec<Wrong>) -> Option<T> {
    found.map_err(|wrong| wrongs.push(wrong)).ok()
}

/// The rule, but for what goes to the list; `None` only where something does.
fn read(json: &Json, wrongs: &mut Vec<Wrong>) -> Option<Rule> {
    let table = noted(Table::of("", json, "a fault"), wrongs)?;
    let keys: Vec<&str> = KEYS.iter().map(|(name, _)| *name).collect();
    wrongs.extend(table.unknown(&keys));
    if !wrongs.is_empty() {
        return None;
    }
    let name = table.text("name").and_then(|name| table.needed("name", name));
    let name = noted(name, wrongs).unwrap_or_default();
    // In the place of what cannot be read stands something that is right in itself, and the rest is looked at.
    let what = what(&table, wrongs).unwrap_or(What::Bytes {
        stream: Stream::Downstream,
        toxic: Toxic::Stall,
    });
    let priority = noted(table.whole("priority", 0, u32::MAX.into()), wrongs).flatten();
    let toxicity = match table.get("toxicity") {
        None => 1.0,
        Some(Json::Number(number)) => number.as_f64().unwrap_or(f64::NAN),
        Some(other) => {
            wrongs.push(table.wrong("toxicity", format!("it is a number from 0 to 1, not {other}")));
            1.0
        }
    };
    let is = |name: &str| table.get(name).map(|json| Is::from(json.clone()));
    let rule = Rule {
        name: name.into(),
        priority: priority.map_or(PRIORITY, |it| it as u32),
        whose: Whose {
            client: is("client"),
            user: is("user"),
            listener: is("listener"),
        },
        what,
        toxicity,
        scenario: noted(scene(&table), wrongs).flatten(),
        from: noted(secs(&table, "from_secs"), wrongs)
            .flatten()
            .unwrap_or_default(),
        to: noted(secs(&table, "to_secs"), wrongs).flatten(),
        enabled: noted(table.truth("enabled"), wrongs).flatten().unwrap_or(true),
        wrong: None,
    };
    wrongs.extend(rule.wrongs());
    Some(rule)
}

fn what(table: &Table<'_>, wrongs: &mut Vec<Wrong>) -> Option<What> {
    let packets = OF_PACKETS.into_iter().find(|key| table.has(key));
    let bytes = OF_BYTES.into_iter().find(|key| table.has(key));
    let wrong = match (packets, bytes) {
        (Some(_), None) => return of_packets(table, wrongs),
        (None, Some(_)) => return noted(of_bytes(table), wrongs),
        (None, None) => Wrong::new(
            "",
            "it does nothing: say `when` and `action` for packets, or `type` for bytes",
        ),
        (Some(one @ ("nth" | "every" | "first" | "after")), Some(_)) => {
            let what = "packets are counted, and this rule is about bytes; for a share of the connections say toxicity";
            table.wrong(one, what)
        }
        (Some(_), Some(other)) => {
            let what = "a rule is about packets (`when` and `action`) or about bytes (`type`), not both";
            table.wrong(other, what)
        }
    };
    wrongs.push(wrong);
    None
}

fn of_packets(table: &Table<'_>, wrongs: &mut Vec<Wrong>) -> Option<What> {
    let when = noted(when(table), wrongs);
    let turns = noted(turns(table), wrongs);
    let action = noted(table.needed("action", table.get("action")), wrongs)?;
    let Some(when) = when else {
        // Which packets it meets is not known: only its keys can be looked at.
        noted(Action::read_keys("action", action), wrongs);
        return None;
    };
    let meets = when.packet_types();
    let action = noted(Action::read("action", action, &Meets { packets: &meets }), wrongs)?;
    let turns = turns?;
    Some(What::Packets { when, turns, action })
}

fn when(table: &Table<'_>) -> Result<Pattern, Wrong> {
    let when = match table.get("when") {
        None => crate::pattern::packet(),
        Some(json) => Pattern::deserialize(json).map_err(|error| table.wrong("when", error.to_string()))?,
    };
    when.check_for_lines().map_err(|what| table.wrong("when", what))?;
    Ok(when)
}

fn of_bytes(table: &Table<'_>) -> Result<What, Wrong> {
    let word = table.needed("type", table.text("type")?)?;
    let toxic = Toxic::read(word, table.get("attributes"))?;
    let stream = table.word("stream", Stream::WORDS)?;
    if stream.is_some() && !toxic.has_stream() {
        return Err(table.wrong(
            "stream",
            format!("{word} ends the connection as a whole: leave it out"),
        ));
    }
    let stream = stream.unwrap_or(Stream::Downstream);
    Ok(What::Bytes { stream, toxic })
}

fn turns(table: &Table<'_>) -> Result<Turns, Wrong> {
    let mut said = None;
    for (key, make) in Turns::KEYS {
        let Some(n) = table.whole(key, 1, u64::MAX)? else {
            continue;
        };
        if let Some((before, _)) = said.replace((key, make(n))) {
            return Err(table.wrong(
                key,
                format!("{before} is there, too: a rule has one of nth, every, first and after"),
            ));
        }
    }
    Ok(said.map_or(Turns::Each, |(_, turns)| turns))
}

fn scene(table: &Table<'_>) -> Result<Option<Scene>, Wrong> {
    let scene = table.text("scenario")?;
    let (required_state, new_state) = (table.text("required_state")?, table.text("new_state")?);
    match (scene, required_state, new_state) {
        (None, None, None) => Ok(None),
        (None, required, _) => {
            let key = if required.is_some() {
                "required_state"
            } else {
                "new_state"
            };
            Err(table.wrong(key, "of which scenario? say `scenario`, too"))
        }
        (Some(_), None, None) => Err(table.wrong(
            "scenario",
            "it does nothing with it: say required_state, new_state, or both",
        )),
        (Some(scenario), required, new) => Ok(Some(Scene {
            scenario: scenario.to_owned(),
            required_state: required.map(str::to_owned),
            new_state: new.map(str::to_owned),
        })),
    }
}

fn secs(table: &Table<'_>, name: &str) -> Result<Option<Duration>, Wrong> {
    match table.number(name)? {
        Some(secs) if secs > MOST_SECS => Err(table.wrong(name, format!("it is at most {MOST_SECS}"))),
        secs => Ok(secs.map(Duration::from_secs_f64)),
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Rule::from_json(&Json::deserialize(from)?).map_err(D::Error::custom)
    }
}

/// As it is read, without what goes without saying. A pattern with a closure is written in words.
impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut all = Map::new();
        let mut put = |name: &str, value: Json| {
            all.insert(name.to_owned(), value);
        };
        put("name", json!(self.name()));
        if !self.enabled {
            put("enabled", json!(false));
        }
        if self.priority != PRIORITY {
            put("priority", json!(self.priority));
        }
        for (name, is) in self.whose.all() {
            put(name, is.to_json());
        }
        match &self.what {
            What::Packets { when, turns, action } => {
                put(
                    "when",
                    serde_json::to_value(when).unwrap_or_else(|_| json!(when.to_string())),
                );
                if let Some((key, n)) = turns.said() {
                    put(key, json!(n));
                }
                put("action", action.to_json());
            }
            What::Bytes { stream, toxic } => {
                put("type", json!(toxic.name()));
                if toxic.has_stream() {
                    put("stream", json!(word_of(Stream::WORDS, stream)));
                }
                if let Some(attributes) = toxic.attributes() {
                    put("attributes", attributes);
                }
            }
        }
        if self.toxicity < 1.0 {
            put("toxicity", json!(self.toxicity));
        }
        if let Some(scene) = &self.scenario {
            put("scenario", json!(scene.scenario));
            let states = [
                ("required_state", &scene.required_state),
                ("new_state", &scene.new_state),
            ];
            for (name, state) in states {
                if let Some(state) = state {
                    put(name, json!(state));
                }
            }
        }
        if !self.from.is_zero() {
            put("from_secs", json!(self.from.as_secs_f64()));
        }
        if let Some(until) = self.to {
            put("to_secs", json!(until.as_secs_f64()));
        }
        Json::Object(all).serialize(to)
    }
}
