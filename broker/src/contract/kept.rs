//! [`Kept`]: the contracts of a broker, which its engine asks about each message.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use broker_contract::{
    Application, Connection, Contracts, Goodbye, Publication, Rule, Sparkplug, SparkplugBroken, Told,
    Violation,
};
use settings::BrokerSettings;

use super::files;
use crate::engine::{Broken, CloseReason, Contract};
use crate::line::Remark;
use crate::profile::Tally;
use crate::time::Time;
use crate::wire::{Connect, Publish, ReasonCode, Subscribe, Version, Will};

/// The contracts of a broker.
#[derive(Debug)]
pub(crate) struct Kept {
    contracts: Mutex<Contracts>,
    sparkplug: Option<Mutex<Sparkplug>>,
    /// How often which client broke which rule.
    tally: Mutex<Tally>,
    enforces: bool,
}

impl Kept {
    /// What the settings name, read; an error has a line for each thing that is wrong. `None` where they name nothing.
    pub fn of(settings: &BrokerSettings) -> Result<Option<Arc<Self>>, String> {
        let said = &settings.contracts;
        let mut contracts = Contracts::new(Application(said.application.clone()));
        let mut wrong = Vec::new();
        for path in &said.asyncapi {
            match files::open(Path::new(path)) {
                Ok(document) => contracts.add(document),
                Err(told) => wrong.extend(told),
            }
        }
        for schema in &said.schemas {
            // The check of the settings has seen that there is one.
            let (filter, path) = schema.split_once('=').unwrap_or((schema, ""));
            wrong.extend(
                files::add_schema(&mut contracts, filter, Path::new(path))
                    .err()
                    .unwrap_or_default(),
            );
        }
        if !wrong.is_empty() {
            return Err(wrong.iter().map(Told::to_string).collect::<Vec<_>>().join("\n"));
        }
        let enforces = said.enforce;
        let sparkplug = said.sparkplug.then(Mutex::default);
        Ok((!contracts.is_empty() || sparkplug.is_some()).then(|| {
            let contracts = Mutex::new(contracts);
            Arc::new(Self {
                contracts,
                sparkplug,
                tally: Mutex::default(),
                enforces,
            })
        }))
    }

    /// How often which client broke which rule.
    pub fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts what a client broke.
    fn counted(&self, now: Time, client_id: &Arc<str>, broken: Vec<Broken>) -> Vec<Broken> {
        for one in &broken {
            let remark = Remark {
                client_id: Arc::clone(client_id),
                origin: one.origin,
                contract: Arc::clone(&one.contract),
                rule: one.rule.into(),
                topic: one.topic.clone(),
                enforced: self.enforces && one.refusal.is_some(),
                text: Arc::clone(&one.text),
                source: Arc::clone(&one.source),
            };
            self.tally().add(now, &remark);
        }
        broken
    }

    /// What was seen of Sparkplug, where it is asked for.
    pub fn sparkplug(&self) -> Option<MutexGuard<'_, Sparkplug>> {
        let sparkplug = self.sparkplug.as_ref()?;
        Some(sparkplug.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What Sparkplug says, unless what it would be said of is refused.
    fn with_sparkplug(
        &self,
        mut broken: Vec<Broken>,
        ask: impl FnOnce(&mut Sparkplug) -> Vec<SparkplugBroken>,
    ) -> Vec<Broken> {
        let passes = !self.enforces || broken.iter().all(|one| one.refusal.is_none());
        if let Some(mut sparkplug) = self.sparkplug().filter(|_| passes) {
            broken.extend(ask(&mut sparkplug).iter().map(of_sparkplug));
        }
        broken
    }

    /// What holds, and what was seen of it.
    pub fn contracts(&self) -> MutexGuard<'_, Contracts> {
        self.contracts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contract for Kept {
    fn publication(
        &self,
        now: Time,
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
        let broken = broken(self.contracts().publication(&seen));
        let broken = self.with_sparkplug(broken, |sparkplug| sparkplug.publication(&seen));
        self.counted(now, client_id, broken)
    }

    fn connection(&self, now: Time, client_id: &Arc<str>, connect: &Connect<'_>) -> Vec<Broken> {
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
        let broken = broken(self.contracts().connection(&seen));
        let broken = self.with_sparkplug(broken, |sparkplug| sparkplug.connection(&seen));
        self.counted(now, client_id, broken)
    }

    fn subscription(&self, client_id: &Arc<str>, subscribe: &Subscribe<'_>) {
        if let Some(mut sparkplug) = self.sparkplug() {
            let filters = subscribe.filters.iter();
            sparkplug.subscription(client_id, filters.map(|one| (one.filter, one.options.qos.bits())));
        }
    }

    fn ended(&self, now: Time, client_id: &Arc<str>, reason: &CloseReason) -> Vec<Broken> {
        let goodbye = match reason {
            CloseReason::ClientDisconnect(code) => Goodbye::Disconnect(code.0),
            _ => Goodbye::Lost,
        };
        let broken = self.with_sparkplug(Vec::new(), |sparkplug| sparkplug.ended(client_id, goodbye));
        self.counted(now, client_id, broken)
    }

    fn retained_at(&self, topic: &str) -> Option<String> {
        self.sparkplug
            .as_ref()
            .and_then(|_| Sparkplug::certificate(topic))
    }

    fn reset(&self) {
        if let Some(mut sparkplug) = self.sparkplug() {
            sparkplug.reset();
        }
        self.contracts().reset();
        self.tally().clear();
    }

    fn enforces(&self) -> bool {
        self.enforces
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

fn broken(violations: Vec<Violation>) -> Vec<Broken> {
    let one = |one: Violation| Broken {
        origin: one.origin(),
        contract: Arc::clone(&one.contract),
        rule: one.rule.name(),
        topic: (!one.topic.is_empty()).then(|| one.topic.as_str().into()),
        text: one.to_string().into(),
        source: one.place.to_string().into(),
        refusal: Some(match one.rule {
            Rule::Payload | Rule::ContentType => ReasonCode::PAYLOAD_FORMAT_INVALID,
            Rule::Topic | Rule::Action | Rule::Parameter | Rule::Connect => ReasonCode::NOT_AUTHORIZED,
            Rule::Unchecked | Rule::Qos | Rule::Retain | Rule::Property => {
                ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR
            }
        }),
    };
    violations.into_iter().map(one).collect()
}

/// Sparkplug is told of and never refused: without a message, all that follow it would be out of order.
fn of_sparkplug(one: &SparkplugBroken) -> Broken {
    Broken {
        origin: "sparkplug",
        contract: "Sparkplug 3.0.0".into(),
        rule: one.rule.id,
        topic: (!one.topic.is_empty()).then(|| one.topic.as_str().into()),
        text: one.to_string().into(),
        source: format!("Sparkplug 3.0.0, {}", one.rule.id).into(),
        refusal: None,
    }
}
