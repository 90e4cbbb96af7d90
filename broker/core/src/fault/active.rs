//! [`Active`]: a rule in force, and all that it remembers.

use std::sync::Arc;
use std::time::Duration;

use super::counts::Counts;
use super::rule::{Rule, What, Whose};
use super::{Toxic, Who};
use crate::journal::{Direction, Glance, Side, Wanted};
use crate::scenario::Scenarios;
use crate::time::Time;
use crate::wire::PacketType;

/// A rule in force.
#[derive(Debug)]
pub(super) struct Active {
    pub rule: Rule,
    pub name: Arc<str>,
    pub counts: Counts,
    opens: Time,
    closes: Time,
    /// Whether its window of time was open when that was looked at last.
    is_open: bool,
}

impl Active {
    pub fn new(now: Time, rule: Rule, name: Arc<str>) -> Self {
        let opens = after(now, rule.from);
        let closes = rule.to.map_or(Time::NEVER, |to| after(now, to));
        Self {
            is_open: opens <= now,
            counts: Counts::default(),
            rule,
            name,
            opens,
            closes,
        }
    }

    /// It begins anew: counts, and the window of time.
    pub fn reset(&mut self, now: Time) {
        let rule = self.rule.clone();
        *self = Self::new(now, rule, Arc::clone(&self.name));
    }

    /// Whether it may act now: it is switched on, and its window of time is open.
    pub fn is_open(&self, now: Time) -> bool {
        self.rule.enabled && self.is_window_open(now)
    }

    fn is_window_open(&self, now: Time) -> bool {
        self.opens <= now && now < self.closes
    }

    /// When its window opens or closes next.
    pub fn next_timeout(&self) -> Option<Time> {
        let next = if self.is_open { self.closes } else { self.opens };
        (next != Time::NEVER).then_some(next)
    }

    /// Looks at the window. Returns whether it has opened or closed.
    pub fn tick(&mut self, now: Time) -> bool {
        let is_open = self.is_window_open(now);
        if now >= self.closes {
            // It does not open again.
            self.opens = Time::NEVER;
        }
        std::mem::replace(&mut self.is_open, is_open) != is_open
    }

    /// Whether the scenario is in the state that it needs.
    pub fn is_staged(&self, scenarios: &Scenarios) -> bool {
        let Some(scene) = &self.rule.scenario else {
            return true;
        };
        let state = scene.required_state.as_deref();
        state.is_none_or(|state| scenarios.state(&scene.scenario) == state)
    }

    /// When its window of time closes.
    pub fn closes(&self) -> Time {
        self.closes
    }

    /// Whether every connection that it means ends.
    fn cuts_all(&self) -> bool {
        let is_down = matches!(
            self.rule.what,
            What::Bytes {
                toxic: Toxic::Down,
                ..
            }
        );
        is_down && self.rule.toxicity >= 1.0
    }

    /// Whether this client cannot connect now, as whatever user and at whatever listener.
    pub fn keeps_out(&self, now: Time, client_id: &str) -> bool {
        let Whose {
            client,
            user,
            listener,
        } = &self.rule.whose;
        self.cuts_all()
            && self.is_open(now)
            && user.is_none()
            && listener.is_none()
            && client.as_ref().is_some_and(|is| is.holds_text(Some(client_id)))
    }

    /// Whether this listener is down while its window of time is open: all of its clients are concerned, always.
    pub fn takes_down(&self, listener: &str) -> bool {
        let Whose {
            client,
            user,
            listener: which,
        } = &self.rule.whose;
        self.cuts_all()
            && self.is_open
            && self.rule.enabled
            && client.is_none()
            && user.is_none()
            && which
                .as_ref()
                .is_none_or(|which| which.holds_text(Some(listener)))
    }

    /// Whether it could concern this client, now or later.
    pub fn may_concern(&self, who: &Who) -> bool {
        if !self.rule.enabled || self.opens == Time::NEVER || !self.rule.whose.may_be(who) {
            return false;
        }
        match &self.rule.what {
            What::Bytes { .. } => true,
            // Before CONNECT nothing is known of the client.
            What::Packets { .. } if who.client_id.is_empty() => true,
            What::Packets { when, turns, .. } => {
                let glance = Glance {
                    direction: when.direction(),
                    packet: when.packet_types().first().copied(),
                    event: None,
                    side: Side::Client,
                    client_id: &who.client_id,
                };
                when.may_fit(&glance) && !turns.is_over(self.counts.matched(&who.client_id))
            }
        }
    }

    /// Whether such a packet may be meant: what can be asked before it is looked into.
    pub fn may_mean(
        &self,
        who: &Who,
        client: &str,
        direction: Direction,
        packet: Option<PacketType>,
    ) -> bool {
        let What::Packets { when, .. } = &self.rule.what else {
            return false;
        };
        let glance = Glance {
            direction: Some(direction),
            packet,
            event: None,
            side: Side::Client,
            client_id: client,
        };
        // `may_fit` takes an empty identifier for one that is not known yet. Here it is one: the client has no other so far.
        when.may_fit(&glance)
            && when.client().is_none_or(|wanted| wanted == client)
            && self.rule.whose.is(who, client)
    }
}

impl Whose {
    /// Whether it is this client.
    pub fn is(&self, who: &Who, client: &str) -> bool {
        self.client.as_ref().is_none_or(|is| is.holds_text(Some(client)))
            && self
                .user
                .as_ref()
                .is_none_or(|is| is.holds_text(who.user.as_deref()))
            && self
                .listener
                .as_ref()
                .is_none_or(|is| is.holds_text(Some(&who.listener)))
    }

    /// Whether it may be this client: before its CONNECT only the listener is known.
    fn may_be(&self, who: &Who) -> bool {
        if who.client_id.is_empty() {
            return self
                .listener
                .as_ref()
                .is_none_or(|is| is.holds_text(Some(&who.listener)));
        }
        self.is(who, &who.client_id)
    }
}

fn after(now: Time, by: Duration) -> Time {
    let nanos = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
    Time::from_nanos(now.as_nanos().saturating_add(nanos))
}
