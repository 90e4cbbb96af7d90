//! [`Judge`]: what a line asks about packets and connections.

use crate::fault::{Deed, Faults, Infection, Who};
use crate::journal::Direction;
use crate::journal::Remark;
use crate::scenario::Scenarios;
use crate::time::Time;

/// What says which packets are disturbed and how: [`Faults`]. A test of the line alone has another.
pub trait Judge {
    /// What is to be done with a whole packet; `None` = it passes. See [`Faults::decide`].
    fn decide(
        &mut self,
        now: Time,
        scenarios: &mut Scenarios,
        who: &Who,
        direction: Direction,
        packet: &[u8],
        topic: Option<&str>,
    ) -> Option<Deed>;

    /// What there is to say of the packet that was decided about last, whatever is done with it. Asked behind each packet.
    fn remarks(&mut self) -> Vec<Remark> {
        Vec::new()
    }

    /// The rules on bytes that concern this connection now. See [`Faults::infections`].
    fn infections(&mut self, now: Time, scenarios: &mut Scenarios, who: &Who) -> Vec<Infection>;

    /// Grows when the answers may have changed. See [`Faults::generation`].
    fn generation(&self) -> u64;

    /// Whether any rule could concern this client, now or later.
    fn may_concern(&self, who: &Who) -> bool;

    /// How many times a rule was asked so far.
    fn asked(&self) -> u64 {
        0
    }

    /// Whether the rule of this name is in force. What one keeps back that is not goes on.
    fn in_force(&self, rule: &str) -> bool;
}

impl Judge for Faults {
    fn decide(
        &mut self,
        now: Time,
        scenarios: &mut Scenarios,
        who: &Who,
        direction: Direction,
        packet: &[u8],
        topic: Option<&str>,
    ) -> Option<Deed> {
        Self::decide(self, now, scenarios, who, direction, packet, topic)
    }

    fn infections(&mut self, now: Time, scenarios: &mut Scenarios, who: &Who) -> Vec<Infection> {
        Self::infections(self, now, scenarios, who)
    }

    fn generation(&self) -> u64 {
        Self::generation(self)
    }

    fn asked(&self) -> u64 {
        Self::asked(self)
    }

    fn may_concern(&self, who: &Who) -> bool {
        Self::may_concern(self, who)
    }

    fn in_force(&self, rule: &str) -> bool {
        Self::in_force(self, rule)
    }
}
