//! [`Fields`]: a packet as rows write it, `publish topic=a/b qos=1 pid=7 payload=hi`.

use std::fmt::{self, Write as _};

use super::props::by_name;

/// The names of the packets.
pub const PACKETS: [&str; 15] = [
    "connect",
    "connack",
    "publish",
    "puback",
    "pubrec",
    "pubrel",
    "pubcomp",
    "subscribe",
    "suback",
    "unsubscribe",
    "unsuback",
    "pingreq",
    "pingresp",
    "disconnect",
    "auth",
];

/// A packet's name and its fields in order; a name may come more than once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    /// The packet, as one of [`PACKETS`].
    pub packet: &'static str,
    /// `(name, value)`; a field without `=` has an empty value.
    pub items: Vec<(String, String)>,
}

impl Fields {
    /// A packet without fields.
    pub fn new(packet: &'static str) -> Self {
        Self {
            packet,
            items: Vec::new(),
        }
    }

    /// Reads the notation; `None` if the first word is no packet's name.
    pub fn parse(text: &str) -> Option<Result<Self, String>> {
        let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
        let packet = PACKETS.iter().find(|name| **name == first)?;
        Some(words(rest).and_then(|words| {
            let items: Vec<(String, String)> = words
                .into_iter()
                .map(|word| match word.split_once('=') {
                    Some((name, value)) => (name.to_owned(), value.to_owned()),
                    None => (word, String::new()),
                })
                .collect();
            // A misspelt field would be one that nothing looks at.
            match items.iter().find(|(name, _)| !is_field(packet, name)) {
                Some((name, _)) => Err(format!("{packet} has no field {name:?}")),
                None => Ok(Self { packet, items }),
            }
        }))
    }

    /// The value of the first field `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.items
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The values of all fields `name`.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.items
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Adds a field.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.items.push((name.into(), value.into()));
    }

    /// Whether the word stands there.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

impl fmt::Display for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.packet)?;
        for (name, value) in &self.items {
            write!(f, " {name}={}", quoted(value))?;
        }
        Ok(())
    }
}

/// Whether rows may say this of this packet: a field of its own, or a property.
fn is_field(packet: &str, name: &str) -> bool {
    let own: &[&str] = match packet {
        "connect" => &["v", "id", "clean", "keep", "user", "pass"],
        "connack" => &["sp", "reason"],
        "publish" => &["topic", "qos", "dup", "retain", "pid", "payload", ".."],
        "subscribe" => &["pid", "to", "qos", "nl", "rap", "rh"],
        "unsubscribe" => &["pid", "to"],
        "suback" | "unsuback" => &["pid", "codes"],
        "puback" | "pubrec" | "pubrel" | "pubcomp" => &["pid", "reason"],
        "disconnect" | "auth" => &["reason"],
        _ => &[],
    };
    let property = |name: &str| by_name(name).is_some();
    own.contains(&name)
        || name == "first"
        || property(name.strip_prefix('!').unwrap_or(name))
        || name.strip_prefix("will.").is_some_and(|name| {
            packet == "connect" && (["topic", "payload", "qos", "retain"].contains(&name) || property(name))
        })
}

fn quoted(value: &str) -> String {
    if value.contains(' ') || value.is_empty() {
        format!("\"{value}\"")
    } else {
        value.to_owned()
    }
}

/// Splits at blanks outside of double quotes, which are dropped.
fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let (mut word, mut in_quotes, mut any) = (String::new(), false, false);
    for c in text.chars() {
        match c {
            '"' => {
                in_quotes = !in_quotes;
                any = true;
            }
            c if c.is_whitespace() && !in_quotes => {
                if any {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            c => {
                word.push(c);
                any = true;
            }
        }
    }
    if in_quotes {
        return Err(format!("a quote is left open in {text:?}"));
    }
    if any {
        words.push(word);
    }
    Ok(words)
}

/// A number in decimal or as `0x…`.
pub fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// The bytes that a value stands for: `0x…` in hex, `text*1000` repeated, else the text itself.
pub fn bytes_of(value: &str) -> Vec<u8> {
    if let Some(hex) = value.strip_prefix("0x")
        && hex.len() % 2 == 0
        && hex.is_ascii()
        && let Ok(bytes) = (0..hex.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&hex[i..i + 2], 16))
            .collect()
    {
        return bytes;
    }
    if let Some((unit, times)) = value.rsplit_once('*')
        && let Ok(times) = times.parse::<usize>()
    {
        return unit.repeat(times).into_bytes();
    }
    value.as_bytes().to_vec()
}

/// The other way: text where it is plain text, else `0x…`; long runs are cut for reading.
pub fn value_of(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(char::is_control) && !text.starts_with("0x") => text.to_owned(),
        _ => {
            let mut hex = "0x".to_owned();
            for byte in bytes {
                let _ = write!(hex, "{byte:02x}");
            }
            hex
        }
    }
}
