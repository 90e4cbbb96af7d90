//! Stories of edge nodes and host applications, step by step, as words.
//!
//! A step is a word and what is other than usual: `nbirth qos=1 -seq @Temp .type=3`. The edge node is `g/n` with the device `d`, its
//! client `node`; the host application is `h`, its client `host`.
//!
//! | word | what it does |
//! |---|---|
//! | `qos=`, `retain=`, `topic=`, `client=`, `device=`, `v5`, `clean=`, `expiry=` | of the packet |
//! | `seq=`, `-seq`, `-timestamp`, `text=` | of the payload; `text=` stands for all of it |
//! | `bdSeq=`, `-bdSeq`, `-NAME` | a metric of it; `_` stands for a space |
//! | `@NAME`, `@#ALIAS`, `+NAME` | what follows is of this metric, or of a new one |
//! | `.alias=`, `.type=`, `.-type`, `.-timestamp`, `.-value` | of the metric |
//! | `.int=`, `.long=`, `.double=`, `.bool=`, `.text=` | its value |
//! | `.dataset=SAID:COLUMNS:TYPES:TYPE`, `.template=DEFINITION:REF` | its value; `-` for none |
//! | `.property=KEY:TYPE:NUMBER`, `.properties=KEYS:VALUES` | its properties |

use broker_contract::{Connection, Goodbye, Publication, Sparkplug};

use super::encode::{Message, Metric};

/// Who does what, and what comes next.
#[derive(Debug, Default)]
pub struct Story {
    pub sparkplug: Sparkplug,
    seq: u64,
}

/// A step, read.
#[derive(Debug, Clone)]
struct Step {
    client: String,
    topic: String,
    qos: u8,
    retain: bool,
    is_5: bool,
    clean: bool,
    expiry: Option<u32>,
    message: Message,
    text: Option<String>,
}

impl Step {
    fn payload(&self) -> Vec<u8> {
        match &self.text {
            Some(text) => text.clone().into_bytes(),
            None => self.message.encode(),
        }
    }
}

impl Story {
    /// Tells all steps, and gives what each broke: the rule and the sentence.
    pub fn tell(&mut self, steps: &str) -> Vec<Vec<(String, String)>> {
        steps.split(';').map(|step| self.step(step.trim())).collect()
    }

    fn step(&mut self, words: &str) -> Vec<(String, String)> {
        let (word, changes) = words.split_once(' ').unwrap_or((words, ""));
        let step = self.usual(word, changes);
        let payload = step.payload();
        let publication = Publication {
            client_id: &step.client,
            topic: &step.topic,
            payload: &payload,
            qos: step.qos,
            retain: step.retain,
            has_properties: step.is_5,
            ..Publication::default()
        };
        let broken = match word {
            "connect" | "host" => self.sparkplug.connection(&Connection {
                client_id: &step.client,
                clean_start: step.clean,
                session_expiry_secs: step.expiry,
                will: Some(Publication {
                    is_will: true,
                    ..publication
                }),
                ..Connection::default()
            }),
            "subscribe" | "hostsub" => {
                self.sparkplug
                    .subscription(&step.client, [(step.topic.as_str(), step.qos)]);
                Vec::new()
            }
            "disconnect" => self.sparkplug.ended(&step.client, Goodbye::Disconnect(0)),
            "dismiss" => self.sparkplug.ended(&step.client, Goodbye::Disconnect(4)),
            "lost" => self.sparkplug.ended(&step.client, Goodbye::Lost),
            _ => self.sparkplug.publication(&publication),
        };
        broken
            .iter()
            .map(|one| (one.rule.id.to_owned(), one.to_string()))
            .collect()
    }

    /// The step as the specification wants it, with the changes.
    fn usual(&mut self, word: &str, changes: &str) -> Step {
        let is_host = matches!(word, "host" | "hostsub" | "state");
        let device = changes
            .split(' ')
            .find_map(|change| change.strip_prefix("device="))
            .unwrap_or("d");
        let (topic, metrics) = match word {
            "connect" | "ndeath" => ("spBv1.0/g/NDEATH/n".to_owned(), vec![Metric::bdseq()]),
            "subscribe" => ("spBv1.0/g/NCMD/n".to_owned(), vec![]),
            "nbirth" => {
                self.seq = 0;
                let rebirth = Metric::new("Node Control/Rebirth", None, Some(11)).bool(false);
                let temp = Metric::new("Temp", Some(1), Some(10)).double();
                let label = Metric::new("Label", None, Some(12)).text("x");
                (
                    "spBv1.0/g/NBIRTH/n".to_owned(),
                    vec![Metric::bdseq(), rebirth, temp, label],
                )
            }
            "dbirth" => {
                let speed = Metric::new("Speed", Some(2), Some(3)).int(7);
                (format!("spBv1.0/g/DBIRTH/n/{device}"), vec![speed])
            }
            "ndata" => (
                "spBv1.0/g/NDATA/n".to_owned(),
                vec![Metric::new("", Some(1), None).double()],
            ),
            "ddata" => (
                format!("spBv1.0/g/DDATA/n/{device}"),
                vec![Metric::new("", Some(2), None).int(8)],
            ),
            "ddeath" => (format!("spBv1.0/g/DDEATH/n/{device}"), vec![]),
            "ncmd" => (
                "spBv1.0/g/NCMD/n".to_owned(),
                vec![Metric::new("", Some(1), None).double()],
            ),
            "dcmd" => (
                format!("spBv1.0/g/DCMD/n/{device}"),
                vec![Metric::new("", Some(2), None).int(9)],
            ),
            "rebirth" => {
                let rebirth = Metric::new("Node Control/Rebirth", None, None).bool(true);
                ("spBv1.0/g/NCMD/n".to_owned(), vec![rebirth])
            }
            "host" | "hostsub" | "state" => ("spBv1.0/STATE/h".to_owned(), vec![]),
            "disconnect" | "dismiss" | "lost" => (String::new(), vec![]),
            other => panic!("no step {other:?}"),
        };
        let has_seq = matches!(word, "nbirth" | "dbirth" | "ndata" | "ddata" | "ddeath");
        let client = if is_host || matches!(word, "ncmd" | "dcmd" | "rebirth") {
            "host"
        } else {
            "node"
        };
        let mut step = Step {
            client: client.to_owned(),
            topic,
            qos: u8::from(matches!(word, "connect" | "subscribe") || is_host),
            retain: matches!(word, "host" | "state"),
            is_5: false,
            clean: true,
            expiry: None,
            message: Message {
                timestamp: Some(1_700_000_000_000),
                seq: has_seq.then_some(self.seq),
                metrics,
            },
            text: match word {
                "host" => Some(r#"{"online":false,"timestamp":5}"#.to_owned()),
                "state" => Some(r#"{"online":true,"timestamp":5}"#.to_owned()),
                _ => None,
            },
        };
        let mut metric = None;
        for change in changes.split(' ').filter(|change| !change.is_empty()) {
            apply(&mut step, change, &mut metric);
        }
        if has_seq {
            self.seq = (step.message.seq.unwrap_or(self.seq) + 1) % 256;
        }
        step
    }
}

/// Makes one change; `metric` is the place of the metric that is spoken of.
fn apply(step: &mut Step, change: &str, metric: &mut Option<usize>) {
    let message = &mut step.message;
    let find = |message: &Message, name: &str| {
        let name = name.replace('_', " ");
        let alias = name.strip_prefix('#').map(|alias| alias.parse().unwrap());
        let is_it = |one: &Metric| alias.map_or(one.name == name, |alias: u64| one.alias == Some(alias));
        message
            .metrics
            .iter()
            .position(is_it)
            .unwrap_or_else(|| panic!("no metric {name:?}"))
    };
    let number = |text: &str| text.parse::<u64>().unwrap_or_else(|_| panic!("{change}"));
    if let Some(of_metric) = change.strip_prefix('.') {
        let place = metric.unwrap_or_else(|| panic!("{change}: of which metric?"));
        return message.metrics[place].change(of_metric);
    }
    if let Some(name) = change.strip_prefix('@') {
        *metric = Some(find(message, name));
        return;
    }
    if let Some(name) = change.strip_prefix('+') {
        *metric = Some(message.metrics.len());
        return message.metrics.push(Metric::new(name, None, None));
    }
    match change.split_once('=') {
        None => match change {
            "-seq" => message.seq = None,
            "-timestamp" => message.timestamp = None,
            "v5" => step.is_5 = true,
            other => {
                let place = find(
                    message,
                    other.strip_prefix('-').unwrap_or_else(|| panic!("{change}")),
                );
                message.metrics.remove(place);
            }
        },
        Some(("qos", value)) => step.qos = value.parse().unwrap(),
        Some(("retain", value)) => step.retain = value.parse().unwrap(),
        Some(("clean", value)) => step.clean = value.parse().unwrap(),
        Some(("expiry", value)) => step.expiry = Some(value.parse().unwrap()),
        Some(("topic", value)) => value.clone_into(&mut step.topic),
        Some(("client", value)) => value.clone_into(&mut step.client),
        Some(("text", value)) => step.text = Some(value.to_owned()),
        Some(("seq", value)) => message.seq = Some(number(value)),
        Some(("device", _)) => {}
        Some(("bdSeq", value)) => {
            let place = find(message, "bdSeq");
            message.metrics[place].change(&format!("long={value}"));
        }
        Some(_) => panic!("no change {change:?}"),
    }
}
