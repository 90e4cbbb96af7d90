//! Holds a given value against what its key expects, and brings it into its one canonical form.

mod tables;
pub(crate) mod texts;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::error::ProblemKind;
#[cfg(feature = "loader")]
use crate::loader::list as bracketed_list;
use crate::schema::{Expect, KeyDoc, TableDoc, TextsDoc, any_of};
use crate::value::{Kind, Value};

/// Texts on the wire carry their length in two bytes: MQTT5-4.7.3-3 and its like for every string.
const LONGEST_TEXT_BYTES: usize = 65_535;

/// What is wrong with a value, or with a part of it.
pub(crate) struct Complaint {
    /// The part, as it goes behind the key: `[1].password`. Empty for the whole value.
    pub(crate) part: String,
    /// The line of the file that the part stands on.
    pub(crate) line: Option<usize>,
    pub(crate) kind: ProblemKind,
}

/// The value in the form that the key's type deserialises from, and all that is wrong with it. There is a value when
/// nothing is wrong with it, or when it only lacks something.
pub(crate) fn check(doc: &KeyDoc, value: &Value) -> (Option<Value>, Vec<Complaint>) {
    let is_secret = match doc.expect {
        Expect::Tables(table) => table.holds_secret(),
        expect => matches!(expect, Expect::Secret),
    };
    check_as(doc, value, is_secret)
}

/// The same for a key of a table in a list.
pub(crate) fn check_in_table(
    table: &TableDoc,
    doc: &KeyDoc,
    value: &Value,
) -> (Option<Value>, Vec<Complaint>) {
    // A secret may stand in the place of another key by mistake.
    check_as(doc, value, table.holds_secret())
}

fn check_as(doc: &KeyDoc, value: &Value, is_secret: bool) -> (Option<Value>, Vec<Complaint>) {
    let mut checker = Checker {
        doc,
        is_secret,
        complaints: Vec::new(),
    };
    let canonical = match doc.expect {
        Expect::Integer { min, max } => checker.integer(value, min, max),
        Expect::Boolean => checker.boolean(value),
        Expect::Text | Expect::Secret => checker.text(value),
        Expect::OneOf(words) => checker.word(value, words, ""),
        Expect::SomeOf(words) => checker.list(value, |checker, item, part| checker.word(item, words, part)),
        Expect::Texts(texts) => checker.list(value, |checker, item, part| {
            checker.one_of_texts(item, texts, part)
        }),
        Expect::Addresses => checker.addresses(value),
        Expect::Tables(table) => checker.list(value, |checker, item, part| checker.table(item, table, part)),
    };
    let lacks = |complaint: &Complaint| matches!(complaint.kind, ProblemKind::Missing { .. });
    let canonical = canonical.filter(|_| checker.complaints.iter().all(lacks));
    let line = value.line;
    (canonical.map(|kind| Value { line, kind }), checker.complaints)
}

/// Collects complaints; a method that returns `None` has left one.
struct Checker<'a> {
    doc: &'a KeyDoc,
    /// Whether what was given may be a secret, so that no complaint may show it.
    is_secret: bool,
    complaints: Vec<Complaint>,
}

impl Checker<'_> {
    fn complain(&mut self, part: &str, line: Option<usize>, kind: ProblemKind) {
        self.complaints.push(Complaint {
            part: part.to_owned(),
            line,
            kind,
        });
    }

    /// Not of the type expected.
    fn mistyped<T>(&mut self, value: &Value) -> Option<T> {
        let mut expected = self.doc.expect.describe(self.doc.unit);
        if self.is_quoted(value) {
            expected.push_str(", without quotes");
        }
        if let (Expect::Tables(_), Kind::Table(_)) = (self.doc.expect, &value.kind) {
            expected.extend(["; each begins with [[", self.doc.key, "]]"]);
        }
        self.mistyped_part(value, "", expected)
    }

    /// Whether a text of a file would have been right without its quotes.
    fn is_quoted(&self, value: &Value) -> bool {
        let Kind::Text(said) = &value.kind else {
            return false;
        };
        let scalar = matches!(self.doc.expect, Expect::Integer { .. } | Expect::Boolean);
        scalar && check(self.doc, &Value::untyped(said)).0.is_some()
    }

    fn mistyped_part<T>(&mut self, value: &Value, part: &str, expected: String) -> Option<T> {
        let given = self.shown(value);
        self.complain(part, value.line, ProblemKind::Type { given, expected });
        None
    }

    /// What was given, unless it may be a secret.
    fn shown(&self, value: &Value) -> String {
        if self.is_secret {
            value.kind_name().to_owned()
        } else {
            value.describe()
        }
    }

    /// Of the right type, but not one of the values allowed.
    fn out_of_range<T>(&mut self, value: &Value, part: &str, expected: String) -> Option<T> {
        let given = self.shown(value);
        self.complain(part, value.line, ProblemKind::Range { given, expected });
        None
    }

    fn integer(&mut self, value: &Value, min: u64, max: u64) -> Option<Kind> {
        let given = match &value.kind {
            Kind::Integer(said) => *said,
            // TOML allows underscores between digits (1_000), and so do we.
            Kind::Untyped(said) => match said.trim().replace('_', "").parse::<i128>() {
                Ok(integer) => integer,
                Err(_) => return self.mistyped(value),
            },
            _ => return self.mistyped(value),
        };
        match u64::try_from(given) {
            Ok(integer) if (min..=max).contains(&integer) => Some(Kind::Integer(integer.into())),
            _ => self.out_of_range(value, "", self.doc.expect.describe(self.doc.unit)),
        }
    }

    fn boolean(&mut self, value: &Value) -> Option<Kind> {
        match &value.kind {
            Kind::Boolean(said) => Some(Kind::Boolean(*said)),
            Kind::Untyped(said) => match said.trim().to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Some(Kind::Boolean(true)),
                "false" | "0" | "no" | "off" => Some(Kind::Boolean(false)),
                _ => self.mistyped(value),
            },
            _ => self.mistyped(value),
        }
    }

    fn text(&mut self, value: &Value) -> Option<Kind> {
        let (Kind::Text(said) | Kind::Untyped(said)) = &value.kind else {
            return self.mistyped(value);
        };
        if said.len() > LONGEST_TEXT_BYTES || said.contains('\0') {
            let expected = format!("a text of at most {LONGEST_TEXT_BYTES} bytes without U+0000");
            return self.out_of_range(value, "", expected);
        }
        Some(Kind::Text(said.clone()))
    }

    fn word(&mut self, value: &Value, words: &[&str], part: &str) -> Option<Kind> {
        let expected = any_of(words);
        let (Kind::Text(said) | Kind::Untyped(said)) = &value.kind else {
            return self.mistyped_part(value, part, expected);
        };
        if !words.contains(&said.as_str()) {
            return self.out_of_range(value, part, expected);
        }
        Some(Kind::Text(said.clone()))
    }

    /// A list. One text stands for a list of one. An untyped text stands for a list with commas, or for the list that
    /// it would be in a file.
    fn list(
        &mut self,
        value: &Value,
        mut item: impl FnMut(&mut Self, &Value, &str) -> Option<Kind>,
    ) -> Option<Kind> {
        let parsed;
        let items = match &value.kind {
            Kind::List(items) => items,
            Kind::Untyped(said) => match untyped_list(said) {
                Some(items) => {
                    parsed = items;
                    &parsed
                }
                None => return self.mistyped(value),
            },
            Kind::Text(_) if !matches!(self.doc.expect, Expect::Tables(_)) => std::slice::from_ref(value),
            _ => return self.mistyped(value),
        };
        let checked = items.iter().enumerate().filter_map(|(index, value)| {
            let kind = item(self, value, &format!("[{index}]"))?;
            Some(Value { kind, ..*value })
        });
        Some(Kind::List(checked.collect()))
    }

    fn one_of_texts(&mut self, value: &Value, texts: &TextsDoc, part: &str) -> Option<Kind> {
        let (Kind::Text(said) | Kind::Untyped(said)) = &value.kind else {
            return self.mistyped_part(value, part, format!("{}, as a text", texts.one));
        };
        match (texts.fault)(said) {
            None => Some(Kind::Text(said.clone())),
            Some(rule) => self.out_of_range(value, part, format!("{}: {rule}", texts.one)),
        }
    }

    fn addresses(&mut self, value: &Value) -> Option<Kind> {
        let mut addresses: Vec<String> = Vec::new();
        let before = self.complaints.len();
        self.list(value, |checker, item, part| {
            for address in checker.address(item, part)? {
                // "localhost" may stand beside one of its addresses, but each address can be bound only once.
                let address = address.to_string();
                if !addresses.contains(&address) {
                    addresses.push(address);
                }
            }
            None
        })?;
        if addresses.is_empty() && self.complaints.len() == before {
            return self.out_of_range(value, "", "at least one IP address".to_owned());
        }
        let addresses = addresses.into_iter().map(|address| Kind::Text(address).into());
        Some(Kind::List(addresses.collect()))
    }

    fn address(&mut self, value: &Value, part: &str) -> Option<Vec<IpAddr>> {
        const EXPECTED: &str =
            "an IP address such as \"127.0.0.1\", \"::1\" or \"0.0.0.0\", or \"localhost\"";
        let (Kind::Text(said) | Kind::Untyped(said)) = &value.kind else {
            return self.mistyped_part(value, part, EXPECTED.to_owned());
        };
        match said.trim() {
            "localhost" => Some(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]),
            said => match said.parse() {
                Ok(address) => Some(vec![address]),
                Err(_) => self.out_of_range(value, part, EXPECTED.to_owned()),
            },
        }
    }
}

/// The items of a list that was given as a text, or `None` when it begins like TOML but is not TOML.
fn untyped_list(text: &str) -> Option<Vec<Value>> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Some(Vec::new());
    }
    if !trimmed.starts_with('[') {
        return Some(
            trimmed
                .split(',')
                .map(|item| Value::untyped(item.trim()))
                .collect(),
        );
    }
    bracketed_list(trimmed)
}

/// Only TOML says what stands between brackets.
#[cfg(not(feature = "loader"))]
fn bracketed_list(_text: &str) -> Option<Vec<Value>> {
    None
}
