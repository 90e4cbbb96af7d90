//! What a key is: its name, meaning, type, range, unit. Written once, in [`section!`], next to the field.
//!
//! Everything else is made from it: the struct and its `Default`, the checks of what a file, the environment
//! or a flag gives, the texts of errors, `docs/CONFIG.md` and the commented `config/broker.toml`.

use std::net::IpAddr;

use serde::Serialize;

use crate::choice::Choice;
use crate::secret::User;

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
        }
    }

    /// The section: `limits` of `limits.max_connections`, empty for a key at the top of the file.
    ///
    /// ```
    /// assert_eq!(settings::find("limits.max_connections").map(|key| key.section()), Some("limits"));
    /// ```
    pub fn section(&self) -> &'static str {
        self.key.rsplit_once('.').map_or("", |(section, _)| section)
    }

    /// The key without its section: `max_connections` of `limits.max_connections`.
    ///
    /// ```
    /// assert_eq!(settings::find("limits.max_connections").map(|key| key.name()), Some("max_connections"));
    /// ```
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

/// The type and range of a key's value.
///
/// ```
/// use settings::Expect;
///
/// assert_eq!(settings::find("auth.allow_anonymous").map(|key| key.expect), Some(Expect::Boolean));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// A list of topic filters.
    Filters,
    /// A list of tables with a `name` and a `password`.
    Users,
}

impl Expect {
    /// What is expected, in words: `an integer from 1 to 65535 (messages)`.
    ///
    /// ```
    /// use settings::Expect;
    ///
    /// assert_eq!(Expect::Integer { min: 1, max: 9 }.describe("messages"), "an integer from 1 to 9 (messages)");
    /// assert_eq!(Expect::OneOf(&["a", "b"]).describe(""), r#""a" or "b""#);
    /// ```
    pub fn describe(&self, unit: &str) -> String {
        let text = match self {
            Self::Integer { min, max } => format!("an integer from {min} to {max}"),
            Self::Boolean => "true or false".to_owned(),
            Self::Text => "a text".to_owned(),
            Self::OneOf(words) => any_of(words),
            Self::SomeOf(words) => format!("a list of {}", any_of(words)),
            Self::Addresses => "a list of IP addresses, such as [\"127.0.0.1\", \"::1\"]".to_owned(),
            Self::Filters => "a list of topic filters, such as [\"secret/#\"]".to_owned(),
            Self::Users => {
                "a list of users, such as [{ name = \"alice\", password = \"secret\" }]".to_owned()
            }
        };
        if unit.is_empty() {
            text
        } else {
            format!("{text} ({unit})")
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
    const EXPECT: Expect = Expect::Filters;
}
impl Typed for Vec<IpAddr> {
    const EXPECT: Expect = Expect::Addresses;
}
impl Typed for Vec<User> {
    const EXPECT: Expect = Expect::Users;
}
impl<T: Choice + Serialize> Typed for T {
    const EXPECT: Expect = Expect::OneOf(T::NAMES);
}
impl<T: Choice + Serialize> Typed for Vec<T> {
    const EXPECT: Expect = Expect::SomeOf(T::NAMES);
}

/// Defines one section: its struct, its defaults and the [`KeyDoc`] of each key, each said once.
///
/// ```text
/// section! {
///     /// What the section is about (goes to docs and to the TOML file).
///     #[example = "settings.limits.max_connections = 3;"]      goes between `let mut settings` and a check
///     pub struct Limits in "limits" {
///         /// What the key does (likewise).
///         max_connections: u32 = 10_000,          field, type, default
///             expect: between(1, 1_000_000),      then any fields of KeyDoc; the rest follows from the type
///             unit: "connections";
///     }
/// }
/// ```
///
/// The section without `in "…"` is the top of the file; it alone lists the sections below it.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        $(#[example = $example:literal])+
        pub struct $name:ident in $section:literal {
            $($keys:tt)*
        }
    ) => {
        section! { @build $name, $section, concat!($section, "."), [$($about)+] [$($example)+] { $($keys)* } {} }
    };
    (
        $(#[doc = $about:literal])+
        $(#[example = $example:literal])+
        pub struct $name:ident {
            $($keys:tt)*
        }
        sections { $($sections:tt)* }
    ) => {
        section! { @build $name, "", "", [$($about)+] [$($example)+] { $($keys)* } { $($sections)* } }
    };
    (
        @build $name:ident, $section:expr, $prefix:expr, [$($about:literal)+] [$($example:literal)+]
        {
            $(
                $(#[doc = $what:literal])+
                $key:ident : $type:ty = $default:expr $(, $doc:ident : $said:expr)*;
            )+
        }
        {
            $( $(#[doc = $sub_doc:literal])+ $sub:ident : $sub_type:ty ),* $(,)?
        }
    ) => {
        $(#[doc = $about])+
        ///
        /// ```
        /// let mut settings = settings::BrokerSettings::default();
        $(#[doc = $example])+
        /// assert!(settings.check().is_ok());
        /// ```
        // "QoS" is a word of plain English here: the same text goes to the comments of the TOML file.
        #[allow(clippy::doc_markdown)]
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $(
                $(#[doc = $what])+
                #[doc = concat!("\n\nDefault: `", stringify!($default), "`.")]
                pub $key: $type,
            )+
            $(
                $(#[doc = $sub_doc])+
                pub $sub: $sub_type,
            )*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($key: $default,)+ $($sub: <$sub_type>::default(),)* }
            }
        }

        impl $name {
            /// Sets the field of a key, given below this section's name, to a checked value.
            pub(crate) fn put(&mut self, key: &str, value: serde_json::Value) -> Result<(), serde_json::Error> {
                match key.split_once('.').unwrap_or((key, "")) {
                    $( (stringify!($key), "") => self.$key = serde_json::from_value(value)?, )+
                    $( (stringify!($sub), key) => self.$sub.put(key, value)?, )*
                    _ => return Err(serde::de::Error::custom(format!("there is no key `{key}`"))),
                }
                Ok(())
            }

            // A key may say all there is to say.
            #[allow(clippy::needless_update)]
            pub(crate) const DOC: $crate::schema::SectionDoc = $crate::schema::SectionDoc {
                name: $section,
                what: concat!($($about),+).trim_ascii(),
                keys: &[$(
                    $crate::schema::KeyDoc {
                        key: concat!($prefix, stringify!($key)),
                        what: concat!($($what),+).trim_ascii(),
                        $($doc: $said,)*
                        ..$crate::schema::KeyDoc::of::<$type>()
                    },
                )+],
            };
        }
    };
}
pub(crate) use section;
