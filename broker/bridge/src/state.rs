//! [`State`]: what must outlive the process.

use crate::bridge::Bridge;

/// What a bridge goes on from where the process before it has ended, and the session in our broker has not. The offset and
/// what is stale there are not in that session; all else is.
///
/// ```
/// use broker_bridge::{Bridge, Direction, Plan, Rule, State};
/// use broker_core::time::Time;
/// use broker_core::wire::QoS;
///
/// let plan = || Plan::new("up", vec![Rule::new("#", Direction::In, QoS::ExactlyOnce)]);
/// let before = Bridge::new(Time::ZERO, plan(), 7);
/// let mut after = Bridge::new(Time::ZERO, plan(), 8);
/// after.restore(State { offset: before.state().offset, inbound: vec![1, 2], outbound: vec![3], ..State::default() });
/// assert_eq!(after.state().offset, before.state().offset);
/// assert_eq!(after.state().inbound, [1, 2]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    /// A message that our broker sends under an identifier goes to the other under one that is so much greater, counted in a
    /// circle. `None`: it is not known, or the other broker is another than it was. Then what is under way begins anew.
    pub offset: Option<u16>,
    /// Identifiers of QoS 2 messages from the other broker for which ours may wait for PUBREL, as they came.
    pub inbound: Vec<u16>,
    /// Identifiers, in our broker, of what is under way to the other.
    pub outbound: Vec<u16>,
    /// Filters that former rules left in the session in our broker, and that none has any more.
    pub stale_here: Vec<String>,
    /// The same in the other broker.
    pub stale_there: Vec<String>,
}

impl Bridge {
    /// What must outlive the process.
    pub fn state(&self) -> State {
        State {
            offset: Some(self.offset),
            inbound: self.inbound.ids(),
            outbound: self.link.outbound.keys().copied().collect(),
            stale_here: self.stale_here.clone(),
            stale_there: self.stale_there.clone(),
        }
    }

    /// The offset, if it was drawn since this was asked last. It must be kept with the session in our broker before that broker hears
    /// anything more; the driver asks after each [`receive`](Self::receive) from there.
    pub fn drawn_offset(&mut self) -> Option<u16> {
        std::mem::take(&mut self.is_drawn).then_some(self.offset)
    }

    /// Goes on from a state that was kept together with the session in our broker. Before anything else.
    pub fn restore(&mut self, state: State) {
        self.inbound = state.inbound.into_iter().filter(|id| *id > 0).collect();
        (self.stale_here, self.stale_there) = (state.stale_here, state.stale_there);
        let Some(offset) = state.offset else {
            self.anew_there = true;
            return;
        };
        self.offset = offset % 65_535;
        let outbound = state.outbound.into_iter().filter(|id| *id > 0);
        self.left_there = outbound.map(|id| self.there(id).get()).collect();
    }
}
