//! A broker with one bound made small, a client that meets it, and two others that must not notice.

use std::time::Instant;

use broker::journal::{Entry, Record};
use broker::settings::BrokerSettings;
use broker::wire::{ConnAck, Connect, Packet, Version};
use broker::{QoS, ReasonCode};
use tests::harness::{Bystanders, Client, DEADLINE, Embedded, hello, message, resume};
use tests::scaling::limits::{self as table, Limit};

/// What happens at one limit.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// The setting.
    pub setting: &'static str,
    /// Makes it small.
    pub small: fn(&mut BrokerSettings),
    /// Makes a client meet it; says what the client sees.
    pub meet: fn(&Ground) -> String,
}

/// A broker with a small bound, and the version in which a client meets it.
pub struct Ground {
    pub broker: Embedded,
    pub version: Version,
}

/// Each made small, and met by a client of each version: what it sees, what is said and counted is what the table says.
pub fn check(cases: &[Case]) {
    let limits = table::all();
    let mut wrong = Vec::new();
    for case in cases {
        let limit = limits.iter().find(|limit| limit.setting == case.setting);
        let limit = limit.unwrap_or_else(|| panic!("{} is not in the table", case.setting));
        assert_eq!(limit.proof, "", "{} is proven here", case.setting);
        wrong.extend(case.check(limit));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// How the broker ends this connection.
pub fn end(client: &mut Client) -> String {
    match client.packet_or_end() {
        Some(Packet::Disconnect(disconnect)) => {
            client.closed();
            format!("DISCONNECT {}, closed", disconnect.reason)
        }
        Some(other) => panic!("expected the end, got {other:?}"),
        None => "closed".to_owned(),
    }
}

/// Publishes at QoS 1 to "a" as `client`: what the acknowledgement says.
pub fn published(client: &mut Client, payload: &str) -> ReasonCode {
    client.publish(&message("a", payload, QoS::AtLeastOnce))
}

impl Case {
    /// Makes it happen in both versions, and holds what is seen against the table: what differs.
    fn check(&self, limit: &Limit) -> Vec<String> {
        let mut wrong = Vec::new();
        for version in [Version::V311, Version::V5] {
            println!("case: {} in {version}", self.setting);
            let ground = Ground {
                broker: Embedded::start_with(self.small),
                version,
            };
            let bystanders = Bystanders::of(ground.broker.addr(), &hello(version, ""));
            let counted = ground.counted(limit);
            let seen = (self.meet)(&ground);
            let expected = match version {
                Version::V311 if !limit.v311.is_empty() => &limit.v311,
                _ => &limit.v5,
            };
            if seen != *expected {
                wrong.push(format!(
                    "{} in {version}: {seen:?}, and not {expected:?}",
                    self.setting
                ));
            }
            // A client of 3.1.1 for which there is no such bound meets none.
            if seen != "–" {
                if !limit.says.is_empty()
                    && let Err(said) = ground.says(&limit.says)
                {
                    wrong.push(format!(
                        "{}: {:?} is not among {said:#?}",
                        self.setting, limit.says
                    ));
                }
                if !limit.counter.is_empty() && ground.counted(limit) == counted {
                    wrong.push(format!("{}: {} stays {counted}", self.setting, limit.counter));
                }
            }
            bystanders.noticed_nothing();
        }
        wrong
    }
}

impl Ground {
    pub fn is_v5(&self) -> bool {
        self.version.is_v5()
    }

    /// A client of the version.
    pub fn client(&self, client_id: &str) -> Client {
        Client::new(self.broker.addr(), self.version, client_id)
    }

    /// A session that is away, subscribed to `topic` at QoS 2.
    pub fn away(&self, client_id: &str, topic: &str) {
        let mut away = Client::connect(self.broker.addr(), &resume(self.version, client_id));
        away.subscribe(topic, QoS::ExactlyOnce);
        away.disconnect();
    }

    /// Sends this CONNECT, which is refused: how.
    pub fn refused(&self, connect: &Connect<'_>) -> String {
        let (mut client, connack) = Client::say_hello(self.broker.addr(), connect);
        client.closed();
        format!("{}, closed", self.connack(&connack))
    }

    fn connack(&self, connack: &ConnAck<'_>) -> String {
        if self.is_v5() {
            return format!("CONNACK {}", connack.reason);
        }
        let code = connack.reason.connack_3x().expect("3.x has it");
        format!("CONNACK {code} {}", connack.reason.name())
    }

    /// What the acknowledgement of a message says.
    pub fn puback(&self, reason: ReasonCode) -> String {
        if self.is_v5() {
            return format!("PUBACK {reason}");
        }
        assert_eq!(reason, ReasonCode::SUCCESS);
        "PUBACK, as usual".to_owned()
    }

    /// What SUBACK says.
    pub fn suback(&self, reason: ReasonCode) -> String {
        if self.is_v5() {
            return format!("SUBACK {reason}");
        }
        assert_eq!(reason, ReasonCode::UNSPECIFIED_ERROR);
        "SUBACK 0x80".to_owned()
    }

    fn counted(&self, limit: &Limit) -> u64 {
        if limit.counter.is_empty() {
            return 0;
        }
        let stats = serde_json::to_value(self.broker.stats()).expect("counters are JSON");
        stats[&limit.counter]
            .as_u64()
            .unwrap_or_else(|| panic!("there is no counter {}", limit.counter))
    }

    /// Waits until an event says this; else gives what all of them say.
    fn says(&self, words: &str) -> Result<(), Vec<String>> {
        let began = Instant::now();
        loop {
            let seen = self.broker.journal().all().wait().expect("the broker runs");
            let events = seen
                .entries
                .iter()
                .filter(|entry| matches!(entry.record, Record::Event(_)));
            let said: Vec<String> = events.map(Entry::words).collect();
            if let Some(said) = said.iter().find(|said| said.contains(words)) {
                println!("said: {said}");
                return Ok(());
            }
            if began.elapsed() > DEADLINE {
                return Err(said);
            }
        }
    }
}
