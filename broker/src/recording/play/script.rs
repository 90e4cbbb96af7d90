//! [`Script`]: what is to be done, when, and by which client.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::{Play, Played};
use crate::journal::Direction;
use crate::recording::line::{Session, Step, Subscription, Unsubscription, What};
use crate::recording::message::{Message, Properties};

/// Everything that is to be done, in order.
#[derive(Debug, Default)]
pub(crate) struct Script {
    pub actions: Vec<Action>,
    /// The name of each client, by number.
    pub clients: Vec<String>,
    /// What is known already of the result.
    pub played: Played,
}

/// One thing to be done.
#[derive(Debug)]
pub(crate) struct Action {
    /// Since the beginning.
    pub at: Duration,
    /// Number of the client.
    pub client: usize,
    pub deed: Deed,
}

#[derive(Debug)]
pub(crate) enum Deed {
    Connect(Box<Session>),
    Publish(Box<Message>),
    Subscribe(Subscription),
    Unsubscribe(Unsubscription),
    /// The bytes of a DISCONNECT.
    Disconnect(Vec<u8>),
    /// The connection ends without a word.
    Cut,
}

/// How the script grows.
struct Writing<'a> {
    play: &'a Play,
    script: Script,
    /// Recorded connections, each with the number of its client.
    numbers: HashMap<(u32, String), usize>,
    /// Recorded connections that have said goodbye.
    gone: HashSet<(u32, String)>,
    start: Option<Duration>,
}

impl Play {
    /// What is to be done. Time counts from the first deed.
    pub(crate) fn script(&self) -> Script {
        let mut writing = Writing {
            play: self,
            script: Script::default(),
            numbers: HashMap::new(),
            gone: HashSet::new(),
            start: None,
        };
        for step in &self.recording.steps {
            if self.takes_client(&step.client_id) {
                writing.step(step);
            }
        }
        writing.script
    }

    fn message(&self, message: &Message) -> Message {
        let mut message = message.clone();
        if let Some(topic) = self.rewritten(&message.topic) {
            message.topic = topic;
        }
        let Properties { response_topic, .. } = &mut message.properties;
        if let Some(topic) = response_topic.as_ref().and_then(|topic| self.rewritten(topic)) {
            *response_topic = Some(topic);
        }
        message.qos = self.qos.unwrap_or(message.qos);
        message.retain = self.retain.unwrap_or(message.retain);
        message
    }

    fn filter(&self, filter: &str) -> String {
        // A shared subscription keeps its share name.
        if let Some((share, rest)) = filter
            .strip_prefix("$share/")
            .and_then(|shared| shared.split_once('/'))
        {
            return format!(
                "$share/{share}/{}",
                self.rewritten(rest).unwrap_or_else(|| rest.to_owned())
            );
        }
        self.rewritten(filter).unwrap_or_else(|| filter.to_owned())
    }
}

impl Writing<'_> {
    fn step(&mut self, step: &Step) {
        let key = (step.conn, step.client_id.clone());
        match &step.what {
            What::Message(message) => self.publish(step, message),
            _ if self.play.one_client.is_some() => {}
            What::Connect(session) => {
                let mut session = session.clone();
                if let Some(will) = &mut session.will {
                    *will = self.play.message(will);
                }
                let client = self.script.clients.len();
                self.script.clients.push(step.client_id.clone());
                self.numbers.insert(key, client);
                self.push(step, client, Deed::Connect(session));
            }
            What::Subscribe(subscription) => {
                let mut subscription = subscription.clone();
                for filter in &mut subscription.filters {
                    filter.filter = self.play.filter(&filter.filter);
                }
                let client = self.client(step, None);
                self.push(step, client, Deed::Subscribe(subscription));
            }
            What::Unsubscribe(unsubscription) => {
                let mut unsubscription = unsubscription.clone();
                for filter in &mut unsubscription.filters {
                    *filter = self.play.filter(filter);
                }
                let client = self.client(step, None);
                self.push(step, client, Deed::Unsubscribe(unsubscription));
            }
            What::Packet(packet) if packet.direction == Direction::In && packet.packet == "DISCONNECT" => {
                let Some(client) = self.numbers.get(&key).copied() else {
                    return;
                };
                let bytes = packet
                    .raw_base64
                    .as_ref()
                    .and_then(|raw| BASE64_STANDARD.decode(raw).ok());
                self.gone.insert(key);
                self.push(
                    step,
                    client,
                    Deed::Disconnect(bytes.unwrap_or_else(|| b"\xE0\0".to_vec())),
                );
            }
            What::Closed { .. } => {
                if let Some(client) = self.numbers.remove(&key)
                    && !self.gone.remove(&key)
                {
                    self.push(step, client, Deed::Cut);
                }
            }
            What::Delivery { .. } | What::Packet(_) => {}
        }
    }

    fn publish(&mut self, step: &Step, message: &Message) {
        // What was sent again will be sent again by itself, if it must be.
        if message.dup || !self.play.takes_topic(&message.topic) {
            return;
        }
        if let Some(bytes) = message.omitted_bytes {
            let topic = &message.topic;
            self.script.played.left_out += 1;
            self.script.played.note(|| {
                format!(
                    "a message to {topic:?} is left out: its payload of {bytes} bytes is not in the recording"
                )
            });
            return;
        }
        let client = self.client(step, Some(message));
        let message = self.play.message(message);
        self.push(step, client, Deed::Publish(Box::new(message)));
    }

    /// The client that does this. Where the recording does not say how it connected, it does so now, in the plainest way.
    fn client(&mut self, step: &Step, message: Option<&Message>) -> usize {
        let one = &self.play.one_client;
        let key = match one {
            Some(one) => (0, one.clone()),
            None => (step.conn, step.client_id.clone()),
        };
        if let Some(client) = self.numbers.get(&key) {
            return *client;
        }
        let steps = &self.play.recording.steps;
        let has_properties = steps.iter().any(|step| match &step.what {
            What::Message(message) => message.properties != Properties::default(),
            _ => false,
        });
        let is_v5 = has_properties || message.is_some_and(|it| it.properties != Properties::default());
        let client = self.script.clients.len();
        let name = match &*key.1 {
            "" => format!("player-{}", client + 1),
            name => name.to_owned(),
        };
        self.script.clients.push(name);
        self.numbers.insert(key, client);
        let session = Session::plain(if is_v5 { "5.0" } else { "3.1.1" });
        self.push(step, client, Deed::Connect(Box::new(session)));
        client
    }

    fn push(&mut self, step: &Step, client: usize, deed: Deed) {
        let start = *self.start.get_or_insert(step.at);
        let at = self.play.speed.scale(step.at.saturating_sub(start));
        self.script.actions.push(Action { at, client, deed });
    }
}
