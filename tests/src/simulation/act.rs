//! One step of the scheduler, decided by random numbers.

use std::time::Duration;

use broker::wire::{
    FilterRequest, Packet, QoS, ReasonCode, RetainHandling, Subscribe, SubscriptionOptions, Unsubscribe,
};

use super::client::{Outgoing, Standing, Wish};
use super::message::Props;
use super::model::Check;
use super::plan::SHARED_FILTERS;
use super::rng::Rng;
use super::world::World;

/// Payload lengths: mostly short, some above Maximum Packet Size, few long enough to be shared between outboxes.
const PAYLOAD_BYTES: &[usize] = &[0, 0, 0, 0, 0, 0, 10, 30, 200, 1500, 20_000];

/// What a connection can do.
#[derive(Debug, Clone, Copy)]
enum Move {
    Up,
    Write,
    Down,
    Close,
}

impl World {
    /// One step.
    pub(super) fn step(&mut self) -> Check {
        if self.plan.restarts > 0 && self.rng.below(1000) < self.plan.restarts {
            return self.restart();
        }
        let haste = self.plan.haste;
        if self.rng.chance(haste) {
            return self.pass_some_time();
        }
        if self.rng.chance(75) && !self.links.is_empty() {
            return self.step_network();
        }
        let client = self.rng.below(self.clients.len());
        match self.clients[client].standing {
            Standing::Away => self.connect_somehow(client),
            Standing::Greeting if self.rng.chance(90) => Ok(()),
            Standing::Greeting => self.leave(client),
            Standing::Connected => self.step_client(client),
        }
    }

    fn pass_some_time(&mut self) -> Check {
        let next = self
            .engine
            .next_timeout()
            .into_iter()
            .chain(self.model.next_due())
            .min();
        let until_next = next.map(|at| at.saturating_since(self.now));
        let by = match (self.rng.below(10), until_next) {
            (0..4, Some(exactly)) if exactly < Duration::from_secs(3600) => exactly,
            (4, Some(just_before)) if just_before < Duration::from_secs(3600) => {
                just_before.saturating_sub(Duration::from_nanos(1))
            }
            (5, _) => Duration::from_millis(self.rng.below(30_000) as u64),
            _ => Duration::from_millis(self.rng.below(1_500) as u64),
        };
        self.pass(by)
    }

    fn step_network(&mut self) -> Check {
        let mut possible: Vec<(Move, u32)> = Vec::new();
        for (number, link) in &self.links {
            let outbox = self
                .engine
                .outbox(link.id)
                .is_some_and(|outbox| !outbox.is_empty());
            let closing = self.engine.close_reason(link.id).is_some();
            let moves = [
                (Move::Up, link.broker_open && !link.up.is_empty()),
                (Move::Write, link.broker_open && (outbox || closing)),
                (
                    Move::Down,
                    link.client_open && (!link.down.is_empty() || !link.broker_open),
                ),
                // The broker notices that the client is gone, sooner or later.
                (
                    Move::Close,
                    link.broker_open && !link.client_open && link.up.is_empty(),
                ),
            ];
            possible.extend(
                moves
                    .iter()
                    .filter(|(_, can)| *can)
                    .map(|(one, _)| (*one, *number)),
            );
        }
        if possible.is_empty() {
            return Ok(());
        }
        let (one, number) = *self.rng.pick(&possible);
        let most = self.rng.between(1, self.plan.piece_bytes);
        let done = match one {
            Move::Up => self.carry_up(number, most),
            Move::Write => self.write(number, most),
            Move::Down => self.carry_down(number, most),
            Move::Close => self.close(number),
        };
        self.bury();
        done
    }

    fn connect_somehow(&mut self, client: usize) -> Check {
        let version = *self.rng.pick(&self.plan.versions);
        let wish = self.wish(client);
        self.connect(client, version, &wish)
    }

    fn wish(&mut self, client: usize) -> Wish {
        let expiry = self.plan.expiry;
        let will = if self.rng.chance(40) {
            let message = self.message();
            let delay_secs = if expiry {
                *self.rng.pick(&[0, 0, 1, 3, 20])
            } else {
                0
            };
            Some((message, delay_secs))
        } else {
            None
        };
        let rng = &mut self.rng;
        let some = |rng: &mut Rng, percent, choices: &[u32]| rng.chance(percent).then(|| *rng.pick(choices));
        Wish {
            clean_start: rng.chance(15) || self.clients[client].must_clean,
            keep_alive_secs: if expiry && rng.chance(50) {
                rng.between(1, 20) as u16
            } else {
                0
            },
            session_expiry_secs: some(
                rng,
                85,
                if expiry {
                    &[0, 2, 10, 60, u32::MAX]
                } else {
                    &[0, u32::MAX]
                },
            ),
            receive_maximum: some(rng, 60, &[1, 1, 2, 3, 10]).map(|most| most as u16),
            maximum_packet_size: some(
                rng,
                if self.plan.packet_limits { 40 } else { 0 },
                &[110, 130, 300, 2000],
            ),
            topic_alias_maximum: some(rng, 50, &[0, 1, 2, 10]).map(|most| most as u16),
            will,
        }
    }

    /// A message that differs from all others.
    pub(super) fn message(&mut self) -> Outgoing {
        self.labels += 1;
        let label = self.labels;
        let rng = &mut self.rng;
        let retain = self.plan.retain && rng.chance(25);
        let mut payload = format!("m{label}.").into_bytes();
        payload.resize(payload.len() + *rng.pick(PAYLOAD_BYTES), b'x');
        // With shared subscriptions in play, each message must be told from all others.
        if retain && !self.plan.shared && rng.chance(25) {
            payload.clear();
        }
        let mut props = Props::default();
        if rng.chance(25) {
            props.payload_format = Some(rng.chance(50));
            props.content_type = rng.chance(50).then(|| "text/plain".to_owned());
            props.response_topic = rng.chance(50).then(|| "answer/to".to_owned());
            props.correlation_data = rng.chance(50).then(|| label.to_be_bytes().to_vec());
            props.user = (0..rng.below(3))
                .map(|n| ("same".to_owned(), format!("{}", 9 - n)))
                .collect();
        }
        Outgoing {
            topic: (*rng.pick(&self.plan.topics)).to_owned(),
            payload,
            qos: QoS::from_bits(rng.below(3) as u8).unwrap_or_default(),
            retain,
            expiry_secs: (self.plan.expiry && rng.chance(25)).then(|| *rng.pick(&[1, 2, 5, 30])),
            props,
        }
    }

    fn step_client(&mut self, client: usize) -> Check {
        if self.rng.below(1000) < self.plan.violations {
            self.violate(client);
            return Ok(());
        }
        let due = self.clients[client].answers_due();
        match self.rng.below(100) {
            0..40 if due > 0 => {
                let at = if self.plan.disorder {
                    self.rng.below(due)
                } else {
                    0
                };
                let refuses = self.rng.chance(3);
                let bytes = self.clients[client].answer(at, refuses);
                self.say(client, &bytes);
            }
            0..65 => {
                if self.clients[client].backlog() < 12 {
                    let message = self.message();
                    let bytes = self.clients[client].publish(message);
                    self.say(client, &bytes);
                }
            }
            65..82 => self.subscribe(client),
            82..87 => self.unsubscribe(client),
            87..92 => {
                let bytes = self.clients[client].ping();
                self.say(client, &bytes);
            }
            92..98 => return self.leave(client),
            // A new connection while the old one seems alive to the broker.
            _ => return self.connect_somehow(client),
        }
        Ok(())
    }

    fn subscribe(&mut self, client: usize) {
        let v5 = self.clients[client].version.is_v5();
        // Where identifiers do not tell what brought a message, a client has one shared subscription or plain ones.
        let shared = if v5 {
            self.rng.chance(35)
        } else {
            client.is_multiple_of(2)
        };
        if self.plan.shared && shared {
            self.subscribe_shared(client);
            return;
        }
        let count = self.rng.between(1, 2);
        let filters = (0..count)
            .map(|_| FilterRequest {
                filter: self.plan.filters[self.rng.below(self.plan.filters.len())],
                options: self.options(v5),
            })
            .collect();
        let subscription_id = (v5 && self.rng.chance(50)).then(|| self.rng.between(1, 300) as u32);
        self.send_subscribe(client, subscription_id, filters);
    }

    /// To a shared subscription. If a client has several, their identifiers tell which one brought a message.
    fn subscribe_shared(&mut self, client: usize) {
        let v5 = self.clients[client].version.is_v5();
        let index = if v5 {
            self.rng.below(SHARED_FILTERS.len())
        } else {
            client / 2 % 2 * 3
        };
        let options = SubscriptionOptions {
            no_local: false,
            ..self.options(v5)
        };
        self.clients[client].twice_allowed = true;
        let filters = vec![FilterRequest {
            filter: SHARED_FILTERS[index],
            options,
        }];
        self.send_subscribe(client, v5.then_some(1000 + index as u32), filters);
    }

    fn options(&mut self, v5: bool) -> SubscriptionOptions {
        let rng = &mut self.rng;
        let qos = QoS::from_bits(rng.below(3) as u8).unwrap_or_default();
        if !v5 {
            return SubscriptionOptions {
                qos,
                ..SubscriptionOptions::default()
            };
        }
        SubscriptionOptions {
            qos,
            no_local: rng.chance(25),
            retain_as_published: rng.chance(40),
            retain_handling: *rng.pick(&[
                RetainHandling::Always,
                RetainHandling::IfNew,
                RetainHandling::Never,
            ]),
        }
    }

    fn send_subscribe(
        &mut self,
        client: usize,
        subscription_id: Option<u32>,
        filters: Vec<FilterRequest<'_>>,
    ) {
        let one = &mut self.clients[client];
        let packet_id = one.packet_id();
        one.requested(packet_id);
        let bytes = one.encode(&Packet::Subscribe(Subscribe {
            packet_id,
            subscription_id,
            user: Vec::new(),
            filters,
        }));
        self.say(client, &bytes);
    }

    fn unsubscribe(&mut self, client: usize) {
        let shared = self.plan.shared && self.rng.chance(35);
        let filter = *self.rng.pick(if shared {
            SHARED_FILTERS
        } else {
            &self.plan.filters
        });
        let one = &mut self.clients[client];
        let packet_id = one.packet_id();
        one.requested(packet_id);
        let bytes = one.encode(&Packet::Unsubscribe(Unsubscribe {
            packet_id,
            user: Vec::new(),
            filters: vec![filter],
        }));
        self.say(client, &bytes);
    }

    /// The client ends its connection: says goodbye, or is cut off with bytes under way in both directions.
    fn leave(&mut self, client: usize) -> Check {
        let number = self.clients[client].link;
        let one = &mut self.clients[client];
        if one.standing == Standing::Greeting || self.rng.chance(self.plan.cuts) {
            if self.rng.chance(50) {
                let most = self.rng.below(100);
                self.carry_down(number, most)?;
            }
            if let Some(link) = self.links.get_mut(&number) {
                let kept = self.rng.below(link.up.len() + 1);
                link.up.truncate(kept);
            }
            self.cut(number);
            return Ok(());
        }
        let v5 = one.version.is_v5();
        let with_will = v5 && self.rng.chance(30);
        let expiry = (v5 && !one.expiry_was_zero && self.rng.chance(30)).then(|| *self.rng.pick(&[0, 5, 50]));
        let reason = if with_will {
            ReasonCode::DISCONNECT_WITH_WILL
        } else {
            ReasonCode::SUCCESS
        };
        let bytes = one.disconnect(reason, expiry);
        self.say(client, &bytes);
        self.cut(number);
        Ok(())
    }

    /// The client breaks a rule: a second CONNECT, or a PUBLISH with both QoS bits set.
    fn violate(&mut self, client: usize) {
        let wish = Wish::default();
        let one = &self.clients[client];
        let bytes = if self.rng.chance(50) {
            one.encode(&Packet::Connect(Box::new(wish.connect(one.version, &one.id))))
        } else {
            vec![0x36, 5, 0, 1, b'a', 0, 1]
        };
        self.say(client, &bytes);
    }
}
