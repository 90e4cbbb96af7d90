//! The end of a run: everything is delivered and acknowledged, then everything is ended, and nothing may be left.

use broker::wire::{QoS, ReasonCode};

use super::client::{Outgoing, Standing, Wish};
use super::message::Props;
use super::model::Check;
use super::world::World;

/// Rounds after which the world should long be at rest.
const ROUNDS: usize = 10_000;

impl World {
    /// Every client connects, and everything that is under way arrives and is acknowledged.
    pub(super) fn come_to_rest(&mut self) -> Check {
        self.trace
            .note(|| format!("{} everything comes to rest", self.now));
        self.drain()?;
        for client in 0..self.clients.len() {
            if self.clients[client].standing == Standing::Away {
                let version = *self.rng.pick(&self.plan.versions);
                let clean_start = self.clients[client].must_clean;
                let wish = Wish {
                    clean_start,
                    session_expiry_secs: Some(1000),
                    ..Wish::default()
                };
                self.connect(client, version, &wish)?;
            }
        }
        self.drain()?;
        if let Some(busy) = self.clients.iter().find(|client| !client.is_idle()) {
            return Err(format!("{} still waits for an answer: {busy:?}", busy.id));
        }
        self.model.nothing_waits()
    }

    /// Carries everything everywhere until nothing moves; the clients answer all they are asked.
    fn drain(&mut self) -> Check {
        for _ in 0..ROUNDS {
            if self.is_at_rest() {
                return Ok(());
            }
            let numbers: Vec<u32> = self.links.keys().copied().collect();
            for number in numbers {
                let deserted = self
                    .links
                    .get(&number)
                    .is_some_and(|link| !link.client_open && link.up.is_empty());
                self.carry_up(number, usize::MAX)?;
                self.write(number, usize::MAX)?;
                self.carry_down(number, usize::MAX)?;
                if deserted {
                    self.close(number)?;
                }
            }
            self.bury();
            for client in 0..self.clients.len() {
                while self.clients[client].answers_due() > 0 {
                    let bytes = self.clients[client].answer(0, false);
                    self.say(client, &bytes);
                }
            }
        }
        Err("the world never comes to rest".to_owned())
    }

    /// Whether nothing is under way, on connections that are all open at both ends.
    fn is_at_rest(&self) -> bool {
        self.clients.iter().all(|client| client.answers_due() == 0)
            && self.links.values().all(|link| {
                let written = self
                    .engine
                    .outbox(link.id)
                    .is_none_or(broker_core::engine::Outbox::is_empty);
                let open =
                    link.broker_open && link.client_open && self.engine.close_reason(link.id).is_none();
                open && written && link.up.is_empty() && link.down.is_empty()
            })
    }

    /// Retained messages are cleared, sessions ended: the engine must be empty.
    pub(super) fn end(&mut self) -> Check {
        self.trace.note(|| format!("{} everything is ended", self.now));
        for client in 0..self.clients.len() {
            let version = *self.rng.pick(&self.plan.versions);
            self.connect(
                client,
                version,
                &Wish {
                    clean_start: true,
                    ..Wish::default()
                },
            )?;
            self.drain()?;
        }
        let topics: Vec<String> = self.model.retained_topics();
        for topic in topics {
            let message = Outgoing {
                topic,
                payload: Vec::new(),
                qos: QoS::AtMostOnce,
                retain: true,
                expiry_secs: None,
                props: Props::default(),
            };
            if let Some(client) = self
                .clients
                .iter()
                .position(|client| client.standing == Standing::Connected)
            {
                let bytes = self.clients[client].publish(message);
                self.say(client, &bytes);
            }
        }
        self.drain()?;
        for client in 0..self.clients.len() {
            let number = self.clients[client].link;
            let bytes = self.clients[client].disconnect(ReasonCode::SUCCESS, None);
            self.say(client, &bytes);
            self.cut(number);
        }
        self.drain()?;
        let left = self.engine.census();
        if left == broker_core::engine::Census::default() {
            Ok(())
        } else {
            Err(format!(
                "LEAK: everything has ended, and the engine still holds {left:?}"
            ))
        }
    }
}
