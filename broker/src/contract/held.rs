//! [`Held`]: contracts that are in force together, and what was seen of them.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use broker_contract::{
    Application, Connection, Contracts, Goodbye, Place, Publication, Rule, Sparkplug, SparkplugBroken, Told,
    Violation,
};

use super::files::Files;
use crate::engine::{Broken, CloseReason, ConnId};
use crate::journal::Remark;
use crate::profile::{Ledger, Tally};
use crate::time::Time;
use crate::wire::{Connect, Publish, ReasonCode, Subscribe, Version, Will};

/// So many documents, and schemas by topic, are held together.
const MOST_DOCUMENTS: usize = 64;
const MOST_SCHEMAS: usize = 1000;
/// Where the messages of Sparkplug are.
const SPARKPLUG_TOPICS: &str = "spBv1.0/";

/// Contracts that are in force together.
#[derive(Debug)]
pub(crate) struct Held {
    contracts: Mutex<Contracts>,
    sparkplug: Option<Mutex<Sparkplug>>,
    /// How often which client broke which rule.
    ledger: Mutex<Ledger>,
    pub(super) enforces: bool,
}

impl Held {
    /// What `said` names, read from `files`; an error has all that is wrong. `None` where it names nothing.
    pub fn read(said: &settings::Contracts, files: &Files<'_>) -> Result<Option<Arc<Self>>, Vec<Told>> {
        let mut contracts = Contracts::new(Application(said.application.clone()));
        let mut wrong = Vec::new();
        for (count, most, what) in [
            (said.asyncapi.len(), MOST_DOCUMENTS, "AsyncAPI documents"),
            (said.schemas.len(), MOST_SCHEMAS, "schemas by topic"),
        ] {
            if count > most {
                wrong.push(Told {
                    place: Place {
                        file: "contracts".into(),
                        line: 1,
                    },
                    what: format!("there are {count} {what}; {most} are the most"),
                });
                return Err(wrong);
            }
        }
        for path in &said.asyncapi {
            match files.document(Path::new(path)) {
                Ok(document) => contracts.add(document),
                Err(told) => wrong.extend(told),
            }
        }
        for schema in &said.schemas {
            let Some((filter, path)) = schema.split_once('=') else {
                wrong.push(no_filter(schema));
                continue;
            };
            let added = files.with(Path::new(path), |name, read| {
                contracts.add_schema(filter, name, read)
            });
            wrong.extend(added.err().unwrap_or_default());
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let enforces = said.enforce;
        let sparkplug = said.sparkplug.then(Mutex::default);
        Ok((!contracts.is_empty() || sparkplug.is_some()).then(|| {
            Arc::new(Self {
                contracts: Mutex::new(contracts),
                sparkplug,
                ledger: Mutex::default(),
                enforces,
            })
        }))
    }

    /// What holds, and what was seen of it.
    pub fn contracts(&self) -> MutexGuard<'_, Contracts> {
        self.contracts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was seen of Sparkplug, where it is asked for.
    pub fn sparkplug(&self) -> Option<MutexGuard<'_, Sparkplug>> {
        let sparkplug = self.sparkplug.as_ref()?;
        Some(sparkplug.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What documents and schemas say of a message. Where Sparkplug is held too, its topics are its own, unless a document has them.
    fn of_documents(&self, seen: &Publication<'_>) -> Vec<Violation> {
        let mut contracts = self.contracts();
        let is_of_sparkplug = self.sparkplug.is_some() && seen.topic.starts_with(SPARKPLUG_TOPICS);
        if is_of_sparkplug && !contracts.knows(seen.topic) {
            return Vec::new();
        }
        contracts.publication(seen)
    }

    /// How much work it was to look at the last message, in steps.
    pub(super) fn steps(&self) -> u64 {
        self.contracts().steps()
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often which client broke which rule.
    pub fn tally(&self) -> Tally {
        self.ledger().tally().clone()
    }

    pub(super) fn publication(
        &self,
        now: Time,
        conn: ConnId,
        client_id: &Arc<str>,
        version: Version,
        topic: &str,
        publish: &Publish<'_>,
    ) -> Vec<Broken> {
        let properties = &publish.properties;
        let seen = Publication {
            client_id,
            topic,
            payload: publish.payload,
            qos: publish.qos.bits(),
            retain: publish.retain,
            is_will: false,
            has_properties: version.is_v5(),
            is_utf8: properties.payload_format == Some(true),
            content_type: properties.content_type,
            expiry_secs: properties.message_expiry_secs,
            response_topic: properties.response_topic,
            correlation_data: properties.correlation_data,
        };
        let found = self.found(client_id, self.of_documents(&seen));
        let found = self.with_sparkplug(client_id, found, |sparkplug| sparkplug.publication(&seen));
        self.counted(now, conn, found)
    }

    pub(super) fn connection(
        &self,
        now: Time,
        conn: ConnId,
        client_id: &Arc<str>,
        connect: &Connect<'_>,
    ) -> Vec<Broken> {
        let has_properties = connect.version.is_v5();
        let will = connect
            .will
            .as_ref()
            .map(|will| of_will(client_id, has_properties, will));
        let seen = Connection {
            client_id,
            clean_start: connect.clean_start,
            keep_alive_secs: connect.keep_alive_secs,
            will,
            session_expiry_secs: connect.properties.session_expiry_secs,
            maximum_packet_size: connect.properties.maximum_packet_size,
        };
        let mut seen = seen;
        let will = seen.will.take();
        let mut broken = self.contracts().connection(&seen);
        broken.extend(will.iter().flat_map(|will| self.of_documents(will)));
        seen.will = will;
        let found = self.found(client_id, broken);
        let found = self.with_sparkplug(client_id, found, |sparkplug| sparkplug.connection(&seen));
        self.counted(now, conn, found)
    }

    pub(super) fn subscription(&self, client_id: &Arc<str>, subscribe: &Subscribe<'_>) {
        if let Some(mut sparkplug) = self.sparkplug() {
            let filters = subscribe.filters.iter();
            sparkplug.subscription(client_id, filters.map(|one| (one.filter, one.options.qos.bits())));
        }
    }

    pub(super) fn ended(
        &self,
        now: Time,
        conn: ConnId,
        client_id: &Arc<str>,
        reason: &CloseReason,
    ) -> Vec<Broken> {
        let goodbye = match reason {
            CloseReason::ClientDisconnect(code) => Goodbye::Disconnect(code.0),
            _ => Goodbye::Lost,
        };
        let found = self.with_sparkplug(client_id, Vec::new(), |sparkplug| {
            sparkplug.ended(client_id, goodbye)
        });
        self.counted(now, conn, found)
    }

    pub(super) fn retained_at(&self, topic: &str) -> Option<String> {
        self.sparkplug
            .as_ref()
            .and_then(|_| Sparkplug::certificate(topic))
    }

    /// What Sparkplug says, unless what it would be said of is refused.
    fn with_sparkplug(
        &self,
        client_id: &Arc<str>,
        mut found: Vec<Found>,
        ask: impl FnOnce(&mut Sparkplug) -> Vec<SparkplugBroken>,
    ) -> Vec<Found> {
        let passes = !self.enforces || found.is_empty();
        if let Some(mut sparkplug) = self.sparkplug().filter(|_| passes) {
            let broken = ask(&mut sparkplug);
            found.extend(broken.iter().map(|one| of_sparkplug(client_id, one)));
        }
        found
    }

    /// Counts what a client broke.
    fn counted(&self, now: Time, conn: ConnId, found: Vec<Found>) -> Vec<Broken> {
        if found.is_empty() {
            return Vec::new();
        }
        let mut ledger = self.ledger();
        let count = |(remark, refusal): Found| Broken {
            is_told: ledger.add(now, conn, &remark),
            remark,
            refusal,
        };
        found.into_iter().map(count).collect()
    }

    fn found(&self, client_id: &Arc<str>, violations: Vec<Violation>) -> Vec<Found> {
        let one = |one: Violation| {
            let remark = Remark {
                client_id: Arc::clone(client_id),
                origin: one.origin(),
                contract: Arc::clone(&one.contract),
                rule: one.rule.name().into(),
                topic: (!one.topic.is_empty()).then(|| one.topic.as_str().into()),
                enforced: self.enforces,
                text: one.to_string().into(),
                source: one.place.to_string().into(),
            };
            (remark, Some(reason(one.rule)))
        };
        violations.into_iter().map(one).collect()
    }

    pub(super) fn closed(&self, conn: ConnId) {
        self.ledger().closed(conn);
    }

    /// Forgets what was seen.
    pub(super) fn reset(&self) {
        if let Some(mut sparkplug) = self.sparkplug() {
            sparkplug.reset();
        }
        self.contracts().reset();
        self.ledger().clear();
    }
}

/// What is said of something broken, and what a client is told where it is refused.
type Found = (Remark, Option<ReasonCode>);

/// Sparkplug is told of and never refused: without a message, all that follow it would be out of order.
fn of_sparkplug(client_id: &Arc<str>, one: &SparkplugBroken) -> Found {
    let remark = Remark {
        client_id: Arc::clone(client_id),
        origin: "sparkplug",
        contract: "Sparkplug 3.0.0".into(),
        rule: one.rule.id.into(),
        topic: (!one.topic.is_empty()).then(|| one.topic.as_str().into()),
        enforced: false,
        text: one.to_string().into(),
        source: format!("Sparkplug 3.0.0, {}", one.rule.id).into(),
    };
    (remark, None)
}

/// What a 5.0 client is told whose message is refused.
fn reason(rule: Rule) -> ReasonCode {
    match rule {
        Rule::Payload | Rule::ContentType => ReasonCode::PAYLOAD_FORMAT_INVALID,
        Rule::Topic | Rule::Action | Rule::Parameter | Rule::Connect => ReasonCode::NOT_AUTHORIZED,
        Rule::Unchecked | Rule::Qos | Rule::Retain | Rule::Property => {
            ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR
        }
    }
}

fn no_filter(schema: &str) -> Told {
    Told {
        place: Place {
            file: schema.into(),
            line: 1,
        },
        what: "names no topics: write FILTER=FILE, as in lamps/+/state=state.json".to_owned(),
    }
}

fn of_will<'a>(client_id: &'a str, has_properties: bool, will: &Will<'a>) -> Publication<'a> {
    let properties = &will.properties;
    Publication {
        client_id,
        topic: will.topic,
        payload: will.payload,
        qos: will.qos.bits(),
        retain: will.retain,
        is_will: true,
        has_properties,
        is_utf8: properties.payload_format == Some(true),
        content_type: properties.content_type,
        expiry_secs: properties.message_expiry_secs,
        response_topic: properties.response_topic,
        correlation_data: properties.correlation_data,
    }
}
