//! [`Client`]: one simulated client, and what it sends. What comes is dealt with in `inbound.rs`, its time in `life.rs`.

use std::sync::Arc;

use super::check::{Plan, PlannedSay};
use super::compiled::{Context, Previous};
use super::exchange::Exchanges;
use super::life::{Life, Schedule};
use super::status::DeviceStatus;
use crate::chance::Rng;
use crate::session::ConnId;
use crate::template::{Failed, Feed, Message};
use crate::time::Time;
use crate::wire::{
    Connect, ConnectProperties, Disconnect, DisconnectProperties, FilterRequest, Packet, Publish,
    PublishProperties, QoS, ReasonCode, Subscribe, SubscriptionOptions, UserProperties, Will, WillProperties,
};

/// A device that is owed so much by its connection publishes nothing more.
const MOST_UNSENT_BYTES: usize = 256 * 1024;

/// How far a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// There is none, and none is wanted now.
    Down,
    /// One is to be opened.
    Wanted,
    /// CONNECT was sent.
    Connecting,
    /// CONNACK has come.
    Live,
}

/// One simulated client.
#[derive(Debug)]
pub(super) struct Client {
    pub plan: Arc<Plan>,
    /// Its number, from 1.
    pub n: u32,
    pub status: DeviceStatus,
    pub chance: Rng,
    pub life: Life,
    pub link: Link,
    pub conn: Option<ConnId>,
    /// Bytes to be sent.
    pub out: Vec<u8>,
    /// The connection is to be closed once they are sent.
    pub closing: bool,
    /// The beginning of a packet.
    pub partial: Vec<u8>,
    pub exchanges: Exchanges,
    /// Receive Maximum of the broker.
    pub window: u16,
    /// Of each telemetry: its topic where it does not change, its last payload, the number of its next row.
    pub sources: Vec<Source>,
    /// Kept for its memory.
    scratch: Vec<u8>,
}

#[derive(Debug, Default)]
pub(super) struct Source {
    topic: Option<Box<str>>,
    previous: Option<Previous>,
    next_row: usize,
    pub schedule: Schedule,
}

/// Of whom a template failed, and why.
pub(super) type Failure = (String, Failed);

impl Client {
    pub fn new(plan: Arc<Plan>, n: u32, seed: u64, begins: Time, feed: &mut Feed) -> Result<Self, Failure> {
        let chance = Rng::new(seed);
        let name = plan.device.name.clone();
        let initial = |telemetry: &super::Telemetry| Source {
            previous: telemetry.initial.as_ref().map(Previous::of),
            ..Source::default()
        };
        let sources = plan.device.telemetry.iter().map(initial).collect();
        let mut client = Self {
            n,
            status: DeviceStatus {
                name,
                n,
                ..DeviceStatus::default()
            },
            chance,
            life: Life::default(),
            link: Link::Down,
            conn: None,
            out: Vec::new(),
            closing: false,
            partial: Vec::new(),
            exchanges: Exchanges::default(),
            window: u16::MAX,
            sources,
            scratch: Vec::new(),
            plan,
        };
        let plan = client.plan.clone();
        let said = client.fill(begins, feed, |context| plan.client_id.text(context));
        client.status.client_id = said.map_err(|error| ("client_id".to_owned(), error))?;
        for at in 0..plan.telemetry.len() {
            let topic = &plan.telemetry[at].topic;
            if topic.is_constant() {
                let said = client.fill(begins, feed, |context| topic.text(context));
                let said = said.map_err(|error| (format!("telemetry[{at}].topic"), error))?;
                client.sources[at].topic = Some(said.into());
            }
        }
        client.begin(begins);
        Ok(client)
    }

    pub fn fill<T>(&mut self, now: Time, feed: &mut Feed, with: impl FnOnce(&mut Context<'_>) -> T) -> T {
        let mut context = Context {
            now,
            t: self.life.t(now),
            n: self.n,
            count: self.plan.device.count,
            client_id: &self.status.client_id,
            previous: None,
            row: None,
            message: None,
            chance: &mut self.chance,
            feed,
        };
        with(&mut context)
    }

    /// The connection is open: says who it is.
    pub fn connect(&mut self, now: Time, feed: &mut Feed) -> Result<(), Failure> {
        let plan = self.plan.clone();
        let user = match &plan.user {
            Some(user) => {
                let said = self.fill(now, feed, |context| user.text(context));
                Some(said.map_err(|error| ("user".to_owned(), error))?)
            }
            None => None,
        };
        let mut will = None;
        if let Some((topic, payload)) = &plan.will {
            let said = self.fill(now, feed, |context| topic.text(context));
            let topic = said.map_err(|error| ("will.topic".to_owned(), error))?;
            let mut bytes = Vec::new();
            let said = self.fill(now, feed, |context| payload.fill(context, &mut bytes));
            said.map_err(|error| ("will.payload".to_owned(), error))?;
            will = Some((topic, bytes));
        }
        let device = &plan.device;
        let keeps = device.session_expiry_secs > 0;
        // Later connections resume what lives on. In 3.x, Clean Session is of the whole session.
        let resumes = keeps && (self.status.connects > 0 || !plan.version.is_v5());
        let clean_start = device.clean_start && !resumes;
        let will = will.as_ref().zip(device.will.as_ref());
        let connect = Connect {
            version: plan.version,
            bridge: false,
            clean_start,
            keep_alive_secs: device.keep_alive_secs,
            client_id: &self.status.client_id,
            will: will.map(|((topic, payload), will)| Will {
                topic,
                payload,
                qos: qos(will.qos),
                retain: will.retain,
                properties: WillProperties {
                    delay_secs: (will.delay_secs > 0).then_some(will.delay_secs),
                    ..WillProperties::default()
                },
            }),
            username: user.as_deref(),
            password: device
                .password
                .as_ref()
                .map(|password| password.expose().as_bytes()),
            properties: ConnectProperties {
                session_expiry_secs: keeps.then_some(device.session_expiry_secs),
                ..ConnectProperties::default()
            },
        };
        Packet::Connect(Box::new(connect)).encode(plan.version, &mut self.out);
        self.link = Link::Connecting;
        Ok(())
    }

    /// Subscribes to all that it answers.
    pub fn subscribe(&mut self, now: Time, feed: &mut Feed) -> Result<(), Failure> {
        let plan = self.plan.clone();
        let mut filters = Vec::new();
        for (at, answer) in plan.answers.iter().enumerate() {
            let said = self.fill(now, feed, |context| answer.to.text(context));
            filters.push(said.map_err(|error| (format!("answer[{at}].to"), error))?);
        }
        if filters.is_empty() {
            return Ok(());
        }
        let requests = filters.iter().zip(&plan.device.answer);
        let requests = requests.map(|(filter, answer)| FilterRequest {
            filter,
            options: SubscriptionOptions {
                qos: qos(answer.qos),
                ..SubscriptionOptions::default()
            },
        });
        let subscribe = Subscribe {
            // Nothing else is on its way under it: the exchanges begin at 1 and seldom come so far.
            packet_id: crate::wire::PacketId::MAX,
            subscription_id: None,
            user: UserProperties::default(),
            filters: requests.collect(),
        };
        Packet::Subscribe(subscribe).encode(plan.version, &mut self.out);
        Ok(())
    }

    /// Publishes one of its telemetry. `false` where nothing comes any more.
    pub fn measure(&mut self, now: Time, at: usize, feed: &mut Feed) -> Result<bool, Failure> {
        let plan = self.plan.clone();
        let (Some(telemetry), Some(source)) = (plan.telemetry.get(at), self.sources.get_mut(at)) else {
            return Ok(false);
        };
        let settings = &plan.device.telemetry[at];
        let row = match &telemetry.rows {
            Some(rows) if settings.once => match rows.get(source.next_row) {
                Some(row) => Some(row),
                None => return Ok(false),
            },
            Some(rows) => rows.get(source.next_row % rows.len().max(1)),
            None => None,
        };
        if self.out.len() > MOST_UNSENT_BYTES {
            self.status.failed += 1;
            return Ok(true);
        }
        source.next_row += 1;
        let mut context = Context {
            now,
            t: self.life.t(now),
            n: self.n,
            count: plan.device.count,
            client_id: &self.status.client_id,
            previous: source.previous.as_ref(),
            row,
            message: None,
            chance: &mut self.chance,
            feed,
        };
        let failed = |what: &str, error| (format!("telemetry[{at}].{what}"), error);
        let said;
        let topic = if let Some(topic) = &source.topic {
            topic
        } else {
            said = telemetry
                .topic
                .text(&mut context)
                .map_err(|error| failed("topic", error))?;
            said.as_str()
        };
        self.scratch.clear();
        let filled = telemetry.payload.fill(&mut context, &mut self.scratch);
        let number = filled.map_err(|error| failed("payload", error))?;
        let packet = Publish {
            dup: false,
            qos: telemetry.qos,
            retain: settings.retain,
            topic,
            packet_id: None,
            properties: PublishProperties::default(),
            payload: &self.scratch,
        };
        if telemetry.qos == QoS::AtMostOnce {
            packet.encode(plan.version, &mut self.out);
            self.status.published += 1;
        } else {
            let mut whole = Vec::new();
            let id_at = packet.encode(plan.version, &mut whole).unwrap_or_default();
            let goes = self.exchanges.publish(whole, id_at, self.window, &mut self.out);
            let counter = if goes {
                &mut self.status.published
            } else {
                &mut self.status.failed
            };
            *counter += 1;
        }
        if telemetry.uses_previous {
            source.previous = Some(match number {
                Some(number) => Previous::Number(number),
                None => Previous::of_payload(&self.scratch),
            });
        }
        Ok(true)
    }

    /// Publishes an answer.
    pub fn say(
        &mut self,
        now: Time,
        say: &PlannedSay,
        message: &Message,
        correlation: Option<&[u8]>,
        feed: &mut Feed,
    ) -> Result<(), (&'static str, Failed)> {
        let plan = self.plan.clone();
        let mut context = Context {
            now,
            t: self.life.t(now),
            n: self.n,
            count: plan.device.count,
            client_id: &self.status.client_id,
            previous: None,
            row: None,
            message: Some(message),
            chance: &mut self.chance,
            feed,
        };
        let topic = say.topic.text(&mut context).map_err(|error| ("topic", error))?;
        let mut payload = Vec::new();
        say.payload
            .fill(&mut context, &mut payload)
            .map_err(|error| ("payload", error))?;
        let packet = Publish {
            dup: false,
            qos: say.qos,
            retain: say.retain,
            topic: &topic,
            packet_id: None,
            properties: PublishProperties {
                correlation_data: correlation,
                ..PublishProperties::default()
            },
            payload: &payload,
        };
        if say.qos == QoS::AtMostOnce {
            packet.encode(plan.version, &mut self.out);
        } else {
            let mut whole = Vec::new();
            let id_at = packet.encode(plan.version, &mut whole).unwrap_or_default();
            if !self.exchanges.publish(whole, id_at, self.window, &mut self.out) {
                self.status.failed += 1;
                return Ok(());
            }
        }
        self.status.published += 1;
        Ok(())
    }

    /// Says goodbye, or nothing; the connection is to be closed.
    pub fn leave(&mut self, goodbye: bool) {
        if goodbye && self.link == Link::Live {
            let goodbye = Disconnect {
                reason: ReasonCode::SUCCESS,
                properties: DisconnectProperties::default(),
            };
            Packet::Disconnect(goodbye).encode(self.plan.version, &mut self.out);
        } else {
            // What is on its way is lost with the connection.
            self.out.clear();
        }
        self.closing = true;
    }
}

pub(super) fn qos(bits: u8) -> QoS {
    QoS::from_bits(bits).unwrap_or(QoS::AtMostOnce)
}
