//! The JSON of toxics: `type`, and `attributes` in Toxiproxy's words.

use serde_json::{Map, Value as Json, json};

use super::action::About;
use super::delay::LONGEST_MILLIS;
use super::table::{Table, Wrong, inside};
use super::{Stream, Toxic};
use crate::pattern::nearest;

/// Every toxic.
pub(super) const TOXICS: &[About] = &[
    About {
        word: "latency",
        what: "Bytes are late.",
        attributes: &[
            ("latency", "milliseconds; needed"),
            ("jitter", "± so many milliseconds"),
        ],
    },
    About {
        word: "bandwidth",
        what: "So many bytes pass in a second, and no more.",
        attributes: &[("rate", "KB a second, of 1,000 bytes; 0 = nothing passes; needed")],
    },
    About {
        word: "slow_close",
        what: "The end of the connection is passed on late.",
        attributes: &[("delay", "milliseconds; needed")],
    },
    About {
        word: "timeout",
        what: "Bytes are lost, and after a time the connection is closed; also when the rule goes after bytes were lost.",
        attributes: &[("timeout", "milliseconds; 0, or nothing said = it stays open")],
    },
    About {
        word: "reset_peer",
        what: "Some time after the first bytes in this direction the connection is reset. These bytes and all further ones are lost.",
        attributes: &[("timeout", "milliseconds; 0, or nothing said = at once")],
    },
    About {
        word: "slicer",
        what: "Bytes go on in small slices, each of which is a write of its own.",
        attributes: &[
            ("average_size", "bytes; needed"),
            ("size_variation", "± so many bytes; less than the average"),
            ("delay", "microseconds between two slices, as in Toxiproxy"),
        ],
    },
    About {
        word: "limit_data",
        what: "After so many bytes the connection ends.",
        attributes: &[
            ("bytes", "how many; needed"),
            ("reset", "`true`: it is reset, and not closed"),
        ],
    },
    About {
        word: "stall",
        what: "Nothing is read from the sender: its own socket fills up. Nothing is lost.",
        attributes: &[],
    },
    About {
        word: "down",
        what: "The connection is cut, and so is each new one, right after its CONNECT. Of a listener, with no client or user named: its port refuses connections, too.",
        attributes: &[],
    },
    About {
        word: "half_open",
        what: "What answers takes the connection for lost, and the client is told nothing.",
        attributes: &[("timeout", "milliseconds until then; 0, or nothing said = at once")],
    },
];

impl Stream {
    pub(super) const WORDS: &'static [(&'static str, Stream)] = &[
        ("upstream", Stream::Upstream),
        ("downstream", Stream::Downstream),
        ("both", Stream::Both),
    ];
}

impl Toxic {
    /// Whether it is about one direction or the other. The others end a connection as a whole.
    pub(super) const fn has_stream(&self) -> bool {
        !matches!(self, Self::Down | Self::HalfOpen { .. })
    }

    pub(super) fn read(word: &str, attributes: Option<&Json>) -> Result<Self, Wrong> {
        let Some(about) = TOXICS.iter().find(|one| one.word == word) else {
            let names = || TOXICS.iter().map(|one| one.word);
            let near = nearest(word, names());
            let all: Vec<&str> = names().collect();
            let what = format!("there is no toxic {word:?}{near}; there are {}", all.join(", "));
            return Err(Wrong::new("type", what));
        };
        let nothing = json!({});
        let path = "attributes";
        let table = Table::of(path, attributes.unwrap_or(&nothing), "attributes")?;
        let known: Vec<&str> = about.attributes.iter().map(|(name, _)| *name).collect();
        if known.is_empty()
            && let Some(name) = attributes
                .and_then(Json::as_object)
                .and_then(|all| all.keys().next())
        {
            return Err(Wrong::new(
                inside(path, name),
                format!("{word} has no attributes"),
            ));
        }
        table.only(&known)?;
        let millis = |name: &str| Ok(table.whole(name, 0, LONGEST_MILLIS)?.unwrap_or(0));
        let needed = |name: &str, from: u64, to: u64| table.needed(name, table.whole(name, from, to)?);
        Ok(match word {
            "latency" => Self::Latency {
                latency: needed("latency", 0, LONGEST_MILLIS)?,
                jitter: millis("jitter")?,
            },
            "bandwidth" => Self::Bandwidth {
                rate: needed("rate", 0, LONGEST_MILLIS)?,
            },
            "slow_close" => Self::SlowClose {
                delay: needed("delay", 0, LONGEST_MILLIS)?,
            },
            "timeout" => Self::Timeout {
                timeout: millis("timeout")?,
            },
            "reset_peer" => Self::ResetPeer {
                timeout: millis("timeout")?,
            },
            "slicer" => {
                let average_size = needed("average_size", 1, LONGEST_MILLIS)?;
                let size_variation = millis("size_variation")?;
                if size_variation >= average_size {
                    let what = format!(
                        "it is less than average_size, which is {average_size}: a slice has at least one byte"
                    );
                    return Err(table.wrong("size_variation", what));
                }
                Self::Slicer {
                    average_size,
                    size_variation,
                    delay: table.whole("delay", 0, LONGEST_MILLIS * 1_000)?.unwrap_or(0),
                }
            }
            "limit_data" => Self::LimitData {
                bytes: needed("bytes", 0, u64::MAX)?,
                reset: table.truth("reset")?.unwrap_or(false),
            },
            "stall" => Self::Stall,
            "down" => Self::Down,
            _ => Self::HalfOpen {
                timeout: millis("timeout")?,
            },
        })
    }

    /// Its attributes; `None` where it has none.
    pub(super) fn attributes(&self) -> Option<Json> {
        let all: Map<String, Json> = match *self {
            Self::Latency { latency, jitter } => object([("latency", latency), ("jitter", jitter)]),
            Self::Bandwidth { rate } => object([("rate", rate)]),
            Self::SlowClose { delay } => object([("delay", delay)]),
            Self::Timeout { timeout } | Self::ResetPeer { timeout } | Self::HalfOpen { timeout } => {
                object([("timeout", timeout)])
            }
            Self::Slicer {
                average_size,
                size_variation,
                delay,
            } => object([
                ("average_size", average_size),
                ("size_variation", size_variation),
                ("delay", delay),
            ]),
            Self::LimitData { bytes, reset } => {
                let mut all = object([("bytes", bytes)]);
                if reset {
                    all.insert("reset".to_owned(), json!(true));
                }
                all
            }
            Self::Stall | Self::Down => return None,
        };
        Some(Json::Object(all))
    }
}

fn object<const N: usize>(members: [(&str, u64); N]) -> Map<String, Json> {
    members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect()
}
