//! [`play_to`]: clients that do what the recorded ones did, at any broker.

use std::pin::Pin;
use std::time::Duration;

use tokio::time::sleep_until;

use super::client::{Client, Stream, Sums};
use super::script::{Action, Deed};
use super::{Play, Played};
use crate::clock::Clock;
use crate::recording::line::{Filter, Session};
use crate::time::Time;
use crate::wire::{Packet, Subscribe, Unsubscribe};

/// A new connection to the broker.
pub(crate) type Dial<'a> =
    &'a dyn Fn() -> Pin<Box<dyn Future<Output = Result<Box<dyn Stream>, String>> + 'a>>;

/// The clients of a play.
struct Stage<'a> {
    play: &'a Play,
    dial: Dial<'a>,
    /// By number; `None` before it connects, and where it could not.
    clients: Vec<Option<Client>>,
    names: Vec<String>,
    played: Played,
    patience: Duration,
    clock: Clock,
}

/// Plays it, in the current task's `LocalSet`. What is recorded as one thing after the other is done so: a SUBSCRIBE has its
/// answer before the next thing begins.
pub(crate) async fn play_to<'a>(play: &'a Play, dial: Dial<'a>) -> Played {
    let script = play.script();
    let mut stage = Stage {
        play,
        dial,
        clients: script.clients.iter().map(|_| None).collect(),
        names: script.clients,
        played: script.played,
        patience: play.patience,
        clock: Clock::start(),
    };
    let start = stage.clock.now();
    for action in script.actions {
        let due = start + action.at;
        if due > stage.clock.now()
            && let Some(due) = stage.clock.instant_of(due)
        {
            sleep_until(due.into()).await;
        }
        stage.act(action, due).await;
    }
    for number in 0..stage.clients.len() {
        if let Some(client) = stage.take(number) {
            let sums = client.disconnect(b"\xE0\0".to_vec(), stage.patience).await;
            stage.sum(number, &sums);
        }
    }
    stage.played
}

impl Stage<'_> {
    fn take(&mut self, number: usize) -> Option<Client> {
        self.clients.get_mut(number)?.take()
    }

    fn name(&self, number: usize) -> &str {
        self.names.get(number).map_or("", String::as_str)
    }

    fn sum(&mut self, number: usize, sums: &Sums) {
        self.played.acknowledged += sums.acknowledged;
        self.played.refused += sums.refused;
        self.played.received += sums.received;
        if sums.unanswered > 0 {
            let name = self.name(number).to_owned();
            self.played.note(|| {
                format!(
                    "{name:?} closed before {} of its packets were acknowledged",
                    sums.unanswered
                )
            });
        }
    }

    fn failed(&mut self, number: usize, what: &str, why: &str) {
        let name = self.name(number).to_owned();
        self.played.note(|| format!("{name:?}: {what}: {why}"));
    }

    async fn act(
        &mut self,
        Action {
            client: number, deed, ..
        }: Action,
        due: Time,
    ) {
        let patience = self.patience;
        match deed {
            Deed::Connect(session) => match self.connect(number, &session).await {
                Ok(client) => {
                    self.played.connections += 1;
                    if let Some(place) = self.clients.get_mut(number) {
                        *place = Some(client);
                    }
                }
                Err(why) => self.failed(number, "it cannot connect, and does nothing", &why),
            },
            Deed::Publish(message) => {
                self.played.latest = self.played.latest.max(self.clock.now().saturating_since(due));
                let Some(Some(client)) = self.clients.get_mut(number) else {
                    self.played.left_out += 1;
                    return;
                };
                match client.publish(&message, patience).await {
                    Ok(()) => self.played.messages += 1,
                    Err(why) => {
                        self.played.left_out += 1;
                        self.failed(
                            number,
                            &format!("a message to {:?} is left out", message.topic),
                            &why,
                        );
                    }
                }
            }
            Deed::Subscribe(subscription) => {
                let Some(Some(client)) = self.clients.get_mut(number) else {
                    return;
                };
                let version = client.version();
                let asked = client
                    .ask(patience, |packet_id| {
                        let packet = Packet::Subscribe(Subscribe {
                            packet_id,
                            subscription_id: subscription.subscription_identifier,
                            user: Vec::new(),
                            filters: subscription.filters.iter().map(Filter::request).collect(),
                        });
                        let mut bytes = Vec::new();
                        packet.encode(version, &mut bytes);
                        bytes
                    })
                    .await;
                if let Err(why) = asked {
                    self.failed(number, "its SUBSCRIBE has no answer", &why);
                }
            }
            Deed::Unsubscribe(unsubscription) => {
                let Some(Some(client)) = self.clients.get_mut(number) else {
                    return;
                };
                let version = client.version();
                let asked = client
                    .ask(patience, |packet_id| {
                        let packet = Packet::Unsubscribe(Unsubscribe {
                            packet_id,
                            user: Vec::new(),
                            filters: unsubscription.filters.iter().map(String::as_str).collect(),
                        });
                        let mut bytes = Vec::new();
                        packet.encode(version, &mut bytes);
                        bytes
                    })
                    .await;
                if let Err(why) = asked {
                    self.failed(number, "its UNSUBSCRIBE has no answer", &why);
                }
            }
            Deed::Disconnect(bytes) => {
                if let Some(client) = self.take(number) {
                    let sums = client.disconnect(bytes, patience).await;
                    self.sum(number, &sums);
                }
            }
            Deed::Cut => {
                if let Some(client) = self.take(number) {
                    let sums = client.cut(patience).await;
                    self.sum(number, &sums);
                }
            }
        }
    }

    async fn connect(&mut self, number: usize, session: &Session) -> Result<Client, String> {
        let stream = (self.dial)().await?;
        let user = self.play.user.as_deref().or(session.user.as_deref());
        let login = (user, self.play.password.as_deref());
        let connect = session.connect(self.name(number), login);
        let mut bytes = Vec::new();
        connect.encode(&mut bytes);
        let version = session.version();
        Client::connect(stream, version, session.keep_alive_secs, bytes, self.patience).await
    }
}
