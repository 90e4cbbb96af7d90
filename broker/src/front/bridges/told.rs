//! What bridges tell: events, and the topic that says whether one is connected.

use broker_bridge::Told;

use super::Driven;
use crate::backend::Native;
use crate::engine::Event;
use crate::front::Shell;

impl Shell {
    /// Events of what happened to a bridge.
    pub(super) fn tell_of_bridge(native: &mut Native, driven: &Driven) {
        loop {
            let told = driven.bridge.borrow_mut().next_told();
            let Some(told) = told else { break };
            let state = match told {
                Told::Connected { .. } => Some("1"),
                Told::Lost { .. } => Some("0"),
                _ => None,
            };
            let event = event(driven, told);
            let now = native.clock.now();
            native.engine.happened(now, event);
            if let Some(state) = state {
                Self::say_state(native, driven, state);
            }
        }
    }
}

fn event(driven: &Driven, told: Told) -> Event {
    let bridge = driven.bridge.borrow();
    let plan = bridge.plan();
    let address = match told {
        Told::Connecting { address } | Told::Connected { address, .. } | Told::Lost { address, .. } => {
            address
        }
        _ => bridge.address(),
    };
    let (state, why) = match told {
        Told::Connecting { .. } => ("connecting", String::new()),
        Told::Connected {
            version,
            private,
            resumed,
            ..
        } => {
            let session = if resumed {
                "its session goes on"
            } else {
                "a new session"
            };
            let private = if private { ", as a bridge" } else { "" };
            ("connected", format!("MQTT {version}{private}, {session}"))
        }
        Told::Lost { why, again_in, .. } => {
            let again = match again_in {
                Some(wait) if wait.is_zero() => ", again now".to_owned(),
                Some(wait) => format!(", again in {:.1} s", wait.as_secs_f64()),
                None => String::new(),
            };
            ("lost", format!("{why}{again}"))
        }
        Told::Asleep => ("asleep", String::new()),
        Told::Refused { outgoing, topic, why } => {
            let way = if outgoing { "out" } else { "in" };
            ("refused", format!("{way}, {topic}: {why}"))
        }
        Told::NotSubscribed { remote, filter, why } => {
            let place = if remote { "there" } else { "here" };
            ("not_subscribed", format!("{filter} {place}: {why}"))
        }
    };
    Event::Bridge {
        bridge: plan.name.as_str().into(),
        client_id: plan.local.client_id.as_str().into(),
        state,
        address: driven.dialer.place(address).into(),
        why,
    }
}
