//! What a key is: its name, meaning, type, range, unit. Written once, in [`section!`](crate::define), next to the field.
//!
//! Everything else is made from it: the struct and its `Default`, the checks of what a file, the environment
//! or a flag gives, the texts of errors, `docs/CONFIG.md` and the commented `config/broker.toml`.

use std::net::IpAddr;

use serde::Serialize;
use serde_json::Value as Json;

use crate::check::texts::FILTERS;
use crate::choice::Choice;
use crate::secret::Secret;

/// Everything there is to say about one key.
///
/// ```
/// let key = settings::find("limits.connect_timeout_secs").expect("there is such a key");
/// assert_eq!((key.unit, key.expect.describe(key.unit)), ("seconds", "an integer from 1 to 86400 (seconds)".to_owned()));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct KeyDoc {
    /// The key as errors and `--print-config` name it: `limits.max_connections`.
    pub key: &'static str,
    /// What it does: the doc comment of its field.
    pub what: &'static str,
    /// The type and range of its value.
    pub expect: Expect,
    /// What its number counts: `seconds`, `bytes`, … Empty when the key has none.
    pub unit: &'static str,
    /// What a higher or lower value costs, or what is dangerous about it. Empty when nothing is.
    pub tradeoff: &'static str,
    /// The statements of the standards that it bears on, as `MQTT5-3.2.2-9`.
    pub statements: &'static [&'static str],
    /// Whether a table that may be in a list must have this key.
    pub required: bool,
    /// The key of the same table that may stand in its place. Empty when there is none.
    pub or_else: &'static str,
    /// What holds where a table leaves this key out and there is no default: a sentence without its full stop. Empty when
    /// there is one.
    pub otherwise: &'static str,
}

impl KeyDoc {
    /// The doc of a key whose field has the type `T`, before its own words are filled in.
    pub(crate) const fn of<T: Typed>() -> Self {
        Self {
            key: "",
            what: "",
            expect: T::EXPECT,
            unit: "",
            tradeoff: "",
            statements: &[],
            required: false,
            or_else: "",
            otherwise: "",
        }
    }

    /// The section: `limits` of `limits.max_connections`, empty for a key at the top of the file.
    pub fn section(&self) -> &'static str {
        self.key.rsplit_once('.').map_or("", |(section, _)| section)
    }

    /// The key without its section: `max_connections` of `limits.max_connections`.
    pub fn name(&self) -> &'static str {
        self.key.rsplit_once('.').map_or(self.key, |(_, name)| name)
    }
}

/// One section of the file, with its keys in the order of the file.
///
/// ```
/// let limits = settings::SECTIONS.iter().find(|section| section.name == "limits").expect("there is one");
/// println!("{}", limits.what);
/// assert!(limits.keys.iter().all(|key| key.section() == "limits"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SectionDoc {
    /// Its name, as in `[limits]`; empty for the top of the file.
    pub name: &'static str,
    /// What its keys have in common: the doc comment of its struct.
    pub what: &'static str,
    /// Its keys.
    pub keys: &'static [KeyDoc],
}

/// The tables of a list of tables, such as `[[auth.users]]`: what each of them holds.
///
/// ```
/// use settings::Expect;
///
/// let Some(Expect::Tables(users)) = settings::find("auth.users").map(|key| key.expect) else { panic!("a list of tables") };
/// assert_eq!((users.plural, users.key("password").map(|key| key.or_else)), ("users", Some("password_hash")));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TableDoc {
    /// What several of them are called: `users`.
    pub plural: &'static str,
    /// One of them, as TOML writes it on one line.
    pub example: &'static str,
    /// How the environment and flags may write one of them: `NAME:PASSWORD`, the first keys in their order. Empty when
    /// there is no such form.
    pub short: &'static str,
    /// Its keys; the name of each is given without the list's.
    pub keys: &'static [KeyDoc],
    /// One with every key at its default, as JSON.
    pub default: fn() -> Json,
}

impl TableDoc {
    /// The doc of a key of such a table.
    pub fn key(&self, name: &str) -> Option<&'static KeyDoc> {
        self.keys.iter().find(|doc| doc.key == name)
    }

    /// The keys that each such table must have.
    pub(crate) fn required(&self) -> impl Iterator<Item = &'static KeyDoc> {
        self.keys.iter().filter(|doc| doc.required)
    }

    /// Those of them that are missing where these are given.
    pub(crate) fn missing(&self, is_given: impl Fn(&str) -> bool) -> impl Iterator<Item = &'static KeyDoc> {
        self.required()
            .filter(move |doc| !is_given(doc.key) && (doc.or_else.is_empty() || !is_given(doc.or_else)))
    }

    /// Whether one of its values is a secret, so that no error may show what was given.
    pub(crate) fn holds_secret(&self) -> bool {
        self.keys.iter().any(|doc| matches!(doc.expect, Expect::Secret))
    }

    /// The least that such a table has: `{ name = "…", password = "…" }`.
    pub(crate) fn form(&self) -> String {
        if self.required().next().is_none() {
            return format!("a table, such as {}", self.example);
        }
        let keys: Vec<String> = self
            .required()
            .map(|doc| format!("{} = {}", doc.key, doc.expect.sample()))
            .collect();
        format!("{{ {} }}", keys.join(", "))
    }
}

/// The texts of a list: what each of them is.
///
/// ```
/// use settings::Expect;
///
/// let Some(Expect::Texts(origins)) = settings::find("websocket.origins").map(|key| key.expect) else { panic!("a list of texts") };
/// assert_eq!((origins.fault)("https://app.example"), None);
/// assert!((origins.fault)("https://app.example/index.html").is_some());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TextsDoc {
    /// What several of them are called: `topic filters`.
    pub plural: &'static str,
    /// What one of them is called: `a topic filter`.
    pub one: &'static str,
    /// One of them.
    pub example: &'static str,
    /// The rule that a text breaks, `None` if it breaks none.
    pub fault: fn(&str) -> Option<String>,
}

/// The type and range of a key's value.
///
/// ```
/// use settings::Expect;
///
/// let key = settings::find("auth.allow_anonymous").expect("there is such a key");
/// assert!(matches!(key.expect, Expect::Boolean));
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Expect {
    /// An integer within these bounds, both included.
    Integer {
        /// The least.
        min: u64,
        /// The greatest. Never above `i64::MAX`, which is where TOML's integers end.
        max: u64,
    },
    /// `true` or `false`.
    Boolean,
    /// Any text.
    Text,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A list of some of these words.
    SomeOf(&'static [&'static str]),
    /// A list of IP addresses, at least one.
    Addresses,
    /// A list of texts that all follow one rule.
    Texts(&'static TextsDoc),
    /// Any text; it is shown nowhere.
    Secret,
    /// A list of tables.
    Tables(&'static TableDoc),
}

impl Expect {
    /// What is expected, in words: `an integer from 1 to 65535 (messages)`.
    pub fn describe(&self, unit: &str) -> String {
        let text = match self {
            Self::Integer { min, max } => format!("an integer from {min} to {max}"),
            Self::Boolean => "true or false".to_owned(),
            Self::Text | Self::Secret => "a text".to_owned(),
            Self::OneOf(words) => any_of(words),
            Self::SomeOf(words) => format!("a list of {}", any_of(words)),
            Self::Addresses => "a list of IP addresses, such as [\"127.0.0.1\", \"::1\"]".to_owned(),
            Self::Texts(texts) => format!("a list of {}, such as [{:?}]", texts.plural, texts.example),
            Self::Tables(table) => format!("a list of {}, such as [{}]", table.plural, table.example),
        };
        if unit.is_empty() {
            text
        } else {
            format!("{text} ({unit})")
        }
    }

    /// Such a value without what it says.
    fn sample(&self) -> &'static str {
        match self {
            Self::Integer { .. } | Self::Boolean => "…",
            Self::Text | Self::Secret | Self::OneOf(_) => "\"…\"",
            Self::SomeOf(_) | Self::Addresses | Self::Texts(_) | Self::Tables(_) => "[…]",
        }
    }
}

/// `"a", "b" or "c"`.
pub(crate) fn any_of(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => "nothing".to_owned(),
    }
}

/// An integer from `min` to `max`, both included.
pub(crate) const fn between(min: u64, max: u64) -> Expect {
    Expect::Integer { min, max }
}

/// A type that a field may have, and what it expects where the field says nothing narrower.
pub(crate) trait Typed: Serialize {
    const EXPECT: Expect;
}

impl Typed for u8 {
    const EXPECT: Expect = between(0, u8::MAX as u64);
}
impl Typed for u16 {
    const EXPECT: Expect = between(0, u16::MAX as u64);
}
impl Typed for u32 {
    const EXPECT: Expect = between(0, u32::MAX as u64);
}
impl Typed for u64 {
    const EXPECT: Expect = between(0, i64::MAX as u64);
}
impl Typed for bool {
    const EXPECT: Expect = Expect::Boolean;
}
impl Typed for String {
    const EXPECT: Expect = Expect::Text;
}
impl Typed for Vec<String> {
    const EXPECT: Expect = Expect::Texts(&FILTERS);
}
impl Typed for Vec<IpAddr> {
    const EXPECT: Expect = Expect::Addresses;
}
impl Typed for Secret {
    const EXPECT: Expect = Expect::Secret;
}
impl<T: Choice + Serialize> Typed for T {
    const EXPECT: Expect = Expect::OneOf(T::NAMES);
}
impl<T: Choice + Serialize> Typed for Vec<T> {
    const EXPECT: Expect = Expect::SomeOf(T::NAMES);
}
impl<T: Typed> Typed for Option<T> {
    const EXPECT: Expect = T::EXPECT;
}
