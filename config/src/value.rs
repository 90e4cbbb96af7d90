//! A value as it was given, before it is known what its key expects.

use std::net::IpAddr;

use serde_json::Value as Json;

/// A value for a key, as a caller gives it: made with `into()` from an integer, a truth value, a text, an
/// address, or a list of these.
///
/// A text is taken for what its key expects: `"1883"` is good for a port. (In a file it is not: TOML has
/// integers, and a number in quotes is a mistake there.)
///
/// ```
/// use settings::{BrokerSettings, set};
///
/// let mut settings = BrokerSettings::default();
/// set(&mut settings, "port", 0)?; // the type that its key expects
/// set(&mut settings, "auth.allow_anonymous", false)?;
/// set(&mut settings, "access.deny_publish", vec!["secret/#"])?;
/// assert_eq!(settings.access.deny_publish, ["secret/#"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Value {
    /// The line of the file it stands on, from 1.
    pub(crate) line: Option<usize>,
    pub(crate) kind: Kind,
}

/// The kinds of values there are.
#[derive(Clone)]
pub(crate) enum Kind {
    Integer(i128),
    Boolean(bool),
    /// A text, said to be one.
    Text(String),
    /// A text of the environment or a flag, to be read as the type that its key expects.
    Untyped(String),
    List(Vec<Value>),
    Table(Vec<(String, Value)>),
    /// A value that no key takes (a float, a date), as it was written.
    Other(String),
}

impl Value {
    /// A text of the environment or of a flag.
    pub(crate) fn untyped(text: impl Into<String>) -> Self {
        Kind::Untyped(text.into()).into()
    }

    /// A value as it serialises, to hold it against its key's range again.
    pub(crate) fn from_json(value: &Json) -> Self {
        let kind = match value {
            Json::Null => Kind::Other("null".to_owned()),
            Json::Bool(said) => Kind::Boolean(*said),
            Json::Number(said) => said
                .as_i128()
                .map_or_else(|| Kind::Other(said.to_string()), Kind::Integer),
            Json::String(said) => Kind::Text(said.clone()),
            Json::Array(list) => Kind::List(list.iter().map(Self::from_json).collect()),
            Json::Object(map) => Kind::Table(
                map.iter()
                    .map(|(key, value)| (key.clone(), Self::from_json(value)))
                    .collect(),
            ),
        };
        kind.into()
    }

    /// A checked value, as types deserialise from it.
    pub(crate) fn into_json(self) -> Json {
        match self.kind {
            // An integer of TOML: checked to be within it.
            Kind::Integer(said) => u64::try_from(said).map_or(Json::Null, Json::from),
            Kind::Boolean(said) => said.into(),
            Kind::Text(said) | Kind::Untyped(said) | Kind::Other(said) => said.into(),
            Kind::List(items) => items.into_iter().map(Self::into_json).collect(),
            Kind::Table(fields) => fields
                .into_iter()
                .map(|(name, value)| (name, value.into_json()))
                .collect(),
        }
    }

    /// Whether it is `true`.
    #[cfg(feature = "loader")]
    pub(crate) fn is_true(&self) -> bool {
        matches!(self.kind, Kind::Boolean(true))
    }

    /// Whether it is `false`.
    #[cfg(feature = "loader")]
    pub(crate) fn is_false(&self) -> bool {
        matches!(self.kind, Kind::Boolean(false))
    }

    /// The texts of a list.
    #[cfg(feature = "loader")]
    pub(crate) fn texts(&self) -> Vec<String> {
        let Kind::List(items) = &self.kind else {
            return Vec::new();
        };
        let text = |item: &Self| match &item.kind {
            Kind::Text(said) => Some(said.clone()),
            _ => None,
        };
        items.iter().filter_map(text).collect()
    }

    /// The value in words for an error: what was given.
    pub(crate) fn describe(&self) -> String {
        match &self.kind {
            Kind::Integer(said) => said.to_string(),
            Kind::Boolean(said) => said.to_string(),
            Kind::Text(said) | Kind::Untyped(said) => quoted(said),
            Kind::List(items) if items.is_empty() => "an empty list".to_owned(),
            Kind::Other(said) => said.clone(),
            Kind::List(_) | Kind::Table(_) => self.kind_name().to_owned(),
        }
    }

    /// Its kind in words, for an error that must not show the value itself.
    pub(crate) fn kind_name(&self) -> &'static str {
        match &self.kind {
            Kind::Integer(_) => "an integer",
            Kind::Boolean(_) => "a truth value",
            Kind::Text(_) | Kind::Untyped(_) => "a text",
            Kind::List(_) => "a list",
            Kind::Table(_) => "a table",
            Kind::Other(_) => "a number or date",
        }
    }
}

/// A text in quotes, cut when it is long.
fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}

impl From<Kind> for Value {
    fn from(kind: Kind) -> Self {
        Self { line: None, kind }
    }
}

macro_rules! from_integer {
    ($($type:ty)+) => { $(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Kind::Integer(value.into()).into()
            }
        }
    )+ };
}
from_integer!(u8 u16 u32 u64 i32 i64);

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Kind::Boolean(value).into()
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::untyped(value)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::untyped(value)
    }
}

impl From<IpAddr> for Value {
    fn from(value: IpAddr) -> Self {
        Kind::Text(value.to_string()).into()
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(values: Vec<T>) -> Self {
        Kind::List(values.into_iter().map(Into::into).collect()).into()
    }
}
