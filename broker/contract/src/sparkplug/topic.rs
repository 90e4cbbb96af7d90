//! [`Topic`]: what a topic of Sparkplug names, and [`Kind`]: the types of messages with the rules that each has of its own.

use super::payload::short;
use super::rules::{self as rule, Rule};

/// The first level of all topics of Sparkplug B.
pub(super) const NAMESPACE: &str = "spBv1.0";

/// The type of a message of an edge node, of a device, or to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    NBirth,
    NDeath,
    NData,
    NCmd,
    DBirth,
    DDeath,
    DData,
    DCmd,
}

/// What a topic names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic<'a> {
    /// Of an edge node, or of one of its devices.
    Node {
        kind: Kind,
        group: &'a str,
        node: &'a str,
        device: Option<&'a str>,
    },
    /// Of a host application.
    State(&'a str),
}

/// What is wrong with a topic.
pub(super) type Flaw = (&'static Rule, String);

const TYPES: &str = "NBIRTH, NDEATH, NDATA, NCMD, DBIRTH, DDEATH, DDATA or DCMD";

impl<'a> Topic<'a> {
    /// Reads a topic; `None` where it is not one of Sparkplug.
    pub fn read(topic: &'a str) -> Option<Result<Self, Flaw>> {
        let (first, rest) = topic.split_once('/').unwrap_or((topic, ""));
        if !first.eq_ignore_ascii_case(NAMESPACE) {
            return None;
        }
        if first != NAMESPACE {
            let what = format!("the topic begins with {first:?}, and is to begin with {NAMESPACE:?}");
            return Some(Err((&rule::NAMESPACE, what)));
        }
        Some(Self::in_namespace(rest))
    }

    fn in_namespace(rest: &'a str) -> Result<Self, Flaw> {
        // A sixth level is one too many, however many follow it.
        let mut levels = rest.splitn(5, '/');
        let group = levels.next().unwrap_or_default();
        let kind = levels.next();
        let (node, device, more) = (levels.next(), levels.next(), levels.next());
        if group == "STATE" {
            return match (kind, node) {
                (Some(host), None) if !host.is_empty() => Ok(Self::State(host)),
                _ => Err((
                    &rule::STATE_TOPIC,
                    format!("a topic of STATE has the form {NAMESPACE}/STATE/HOST"),
                )),
            };
        }
        let Some(kind) = kind else {
            let what = format!("the topic ends where its type is to be: {TYPES}");
            return Err((&rule::TOPIC, what));
        };
        let Some(kind) = Kind::of(kind) else {
            let kind = short(kind);
            return Err((
                &rule::TOPIC,
                format!("{kind:?} is no type of a message; it is {TYPES}"),
            ));
        };
        if group.is_empty() {
            return Err((&rule::GROUP_ID, "the group has no name".to_owned()));
        }
        let Some(node) = node.filter(|node| !node.is_empty()) else {
            return Err((&rule::NODE_ID, "the edge node has no name".to_owned()));
        };
        match (kind.is_of_device(), device) {
            _ if more.is_some() => {
                let what = format!(
                    "the topic has more levels than {NAMESPACE}/GROUP/{}/NODE/DEVICE",
                    kind.name()
                );
                Err((&rule::TOPIC, what))
            }
            (true, None) => {
                let what = format!("the topic names no device, and {} is of one", kind.name());
                Err((&rule::WITH_DEVICE, what))
            }
            (true, Some("")) => Err((&rule::DEVICE_ID, "the device has no name".to_owned())),
            (false, Some(device)) => {
                let what = format!(
                    "the topic names the device {:?}, and {} is of none",
                    short(device),
                    kind.name()
                );
                Err((&rule::WITHOUT_DEVICE, what))
            }
            (_, device) => Ok(Self::Node {
                kind,
                group,
                node,
                device,
            }),
        }
    }
}

impl Kind {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "NBIRTH" => Self::NBirth,
            "NDEATH" => Self::NDeath,
            "NDATA" => Self::NData,
            "NCMD" => Self::NCmd,
            "DBIRTH" => Self::DBirth,
            "DDEATH" => Self::DDeath,
            "DDATA" => Self::DData,
            "DCMD" => Self::DCmd,
            _ => return None,
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::NBirth => "NBIRTH",
            Self::NDeath => "NDEATH",
            Self::NData => "NDATA",
            Self::NCmd => "NCMD",
            Self::DBirth => "DBIRTH",
            Self::DDeath => "DDEATH",
            Self::DData => "DDATA",
            Self::DCmd => "DCMD",
        }
    }

    pub fn is_of_device(self) -> bool {
        matches!(self, Self::DBirth | Self::DDeath | Self::DData | Self::DCmd)
    }

    pub fn is_birth(self) -> bool {
        matches!(self, Self::NBirth | Self::DBirth)
    }

    pub fn is_command(self) -> bool {
        matches!(self, Self::NCmd | Self::DCmd)
    }

    /// The rules about its QoS and about RETAIN. The specification has none for an NDEATH that is no will.
    pub fn sending(self) -> Option<(&'static Rule, &'static Rule)> {
        Some(match self {
            Self::NBirth => (&rule::NBIRTH_QOS, &rule::NBIRTH_RETAIN),
            Self::NDeath => return None,
            Self::NData => (&rule::NDATA_QOS, &rule::NDATA_RETAIN),
            Self::NCmd => (&rule::NCMD_QOS, &rule::NCMD_RETAIN),
            Self::DBirth => (&rule::DBIRTH_QOS, &rule::DBIRTH_RETAIN),
            Self::DDeath => (&rule::DDEATH_MQTT, &rule::DDEATH_MQTT),
            Self::DData => (&rule::DDATA_QOS, &rule::DDATA_RETAIN),
            Self::DCmd => (&rule::DCMD_QOS, &rule::DCMD_RETAIN),
        })
    }

    /// The rule that wants a timestamp.
    pub fn timestamp(self) -> Option<&'static Rule> {
        Some(match self {
            Self::NBirth => &rule::NBIRTH_TIMESTAMP,
            Self::NDeath => return None,
            Self::NData => &rule::NDATA_TIMESTAMP,
            Self::NCmd => &rule::NCMD_TIMESTAMP,
            Self::DBirth => &rule::DBIRTH_TIMESTAMP,
            Self::DDeath => &rule::DDEATH_TIMESTAMP,
            Self::DData => &rule::DDATA_TIMESTAMP,
            Self::DCmd => &rule::DCMD_TIMESTAMP,
        })
    }

    /// The rule about whether there is a seq.
    pub fn seq(self) -> &'static Rule {
        match self {
            Self::NBirth => &rule::NBIRTH_SEQ,
            Self::NDeath => &rule::NDEATH_SEQ,
            Self::NData => &rule::NDATA_SEQ,
            Self::NCmd => &rule::NCMD_SEQ,
            Self::DBirth => &rule::DBIRTH_SEQ,
            Self::DDeath => &rule::DDEATH_SEQ,
            Self::DData => &rule::DDATA_SEQ,
            Self::DCmd => &rule::DCMD_SEQ,
        }
    }

    /// The rule that wants seq to be one more than before.
    pub fn next_seq(self) -> &'static Rule {
        match self {
            Self::DBirth => &rule::DBIRTH_SEQ_INC,
            Self::DDeath => &rule::DDEATH_SEQ_INC,
            Self::DData => &rule::DDATA_SEQ_INC,
            _ => &rule::NDATA_SEQ_INC,
        }
    }

    /// The rule that wants the payload to be one of Sparkplug.
    pub fn payload(self) -> &'static Rule {
        match self {
            Self::NBirth => &rule::NBIRTH_PAYLOAD,
            Self::DBirth => &rule::DBIRTH_PAYLOAD,
            _ => &rule::PAYLOAD,
        }
    }
}
