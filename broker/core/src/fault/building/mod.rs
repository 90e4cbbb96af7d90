//! Rules built in Rust.

mod bytes;
mod changes;
mod packets;

use std::time::Duration;

use super::Toxic;
use super::action::Action;
use super::delay::Delay;
use super::rule::{PRIORITY, Rule, Scene, What, Whose};
use super::table::Wrong;
use crate::pattern::Is;

pub use bytes::OnBytes;
pub use packets::OnPackets;

impl Rule {
    pub(super) fn new(what: What) -> Self {
        Self {
            name: "".into(),
            priority: PRIORITY,
            whose: Whose::default(),
            what,
            toxicity: 1.0,
            scenario: None,
            from: Duration::ZERO,
            to: None,
            enabled: true,
            wrong: None,
        }
    }

    /// What is said that cannot be; [`Rule::check`] tells of the first.
    pub(super) fn is_wrong(&mut self, wrong: Wrong) {
        self.wrong.get_or_insert(wrong);
    }

    /// Its name, by which expectations and `broker.faults()` know it. Without one it is called by its words.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::connect;
    ///
    /// let rule = Rule::on(connect()).drop_it().named("nobody comes in");
    /// assert_eq!(rule.name(), "nobody comes in");
    /// ```
    pub fn named(mut self, name: impl AsRef<str>) -> Self {
        self.name = name.as_ref().into();
        self
    }

    /// Of several rules that could act, the one with the lowest number does, and the newest of those that have the same. 5
    /// where nothing is said.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::{connect, packet};
    ///
    /// let all_late = Rule::on(packet().of("lamp")).latency(50);
    /// let but_connect = Rule::on(connect().from("lamp")).latency(0).priority(1); // asked first
    /// ```
    pub fn priority(mut self, priority: u32) -> Self {
        self.priority = priority;
        self
    }

    /// How likely it acts, from 0 to 1: of a rule on packets for each packet, of a rule on bytes for each connection. The
    /// broker's seed decides.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::publish;
    ///
    /// let lossy = Rule::on(publish("sensors/#")).drop_it().toxicity(0.1);
    /// assert!(lossy.check().is_ok());
    /// ```
    pub fn toxicity(mut self, share: f64) -> Self {
        self.toxicity = share;
        self
    }

    /// Only for clients that came in at the listener of this name: `main`, or as its table says.
    ///
    /// ```
    /// use broker::fault::Rule;
    ///
    /// let cellular = Rule::for_bytes().both_ways().latency(300).at_listener("cellular");
    /// ```
    pub fn at_listener(mut self, name: impl Into<Is>) -> Self {
        self.whose.listener = Some(name.into());
        self
    }

    /// Only for clients with this user name, or identity of a certificate.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::{Is, packet};
    ///
    /// let guests = Rule::on(packet()).latency(100).for_user(Is::matching("^guest"));
    /// ```
    pub fn for_user(mut self, user: impl Into<Is>) -> Self {
        self.whose.user = Some(user.into());
        self
    }

    /// Only for the clients with such an identifier.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::{Is, publish};
    ///
    /// let lamps = Rule::on(publish("#")).drop_it().for_client(Is::matching("^lamp-"));
    /// ```
    pub fn for_client(mut self, client_id: impl Into<Is>) -> Self {
        self.whose.client = Some(client_id.into());
        self
    }

    /// Only while the scenario is in this state. Every scenario begins in the state `Started`.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::connect;
    ///
    /// let busy = Rule::on(connect()).refuse(broker::ReasonCode::SERVER_BUSY).in_state("outage", "down");
    /// ```
    pub fn in_state(mut self, scenario: impl Into<String>, state: impl Into<String>) -> Self {
        self.scene(scenario.into()).required_state = Some(state.into());
        self
    }

    /// Once it has acted, the scenario is in this state.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::publish;
    ///
    /// let begins = Rule::on(publish("cmd/stop")).disconnect().then_state("outage", "down");
    /// ```
    pub fn then_state(mut self, scenario: impl Into<String>, state: impl Into<String>) -> Self {
        self.scene(scenario.into()).new_state = Some(state.into());
        self
    }

    fn scene(&mut self, name: String) -> &mut Scene {
        if let Some(before) = self.scenario.as_ref().filter(|scene| scene.scenario != name) {
            let what = format!(
                "a rule is part of one scenario, not of both {:?} and {name:?}",
                before.scenario
            );
            self.is_wrong(Wrong::new("scenario", what));
        }
        self.scenario.get_or_insert(Scene {
            scenario: name,
            required_state: None,
            new_state: None,
        })
    }

    /// Only from so long after it was put into force, on the broker's clock.
    ///
    /// ```
    /// use std::time::Duration;
    /// use broker::fault::Rule;
    ///
    /// let hour = Duration::from_secs(3600);
    /// let second_hour = Rule::for_bytes().both_ways().stall().starting_at(hour).until(2 * hour);
    /// ```
    pub fn starting_at(mut self, from: Duration) -> Self {
        self.from = from;
        self
    }

    /// Only until so long after it was put into force, on the broker's clock.
    ///
    /// ```
    /// use std::time::Duration;
    /// use broker::fault::Rule;
    ///
    /// let first_minute = Rule::for_bytes().down().until(Duration::from_secs(60));
    /// ```
    pub fn until(mut self, to: Duration) -> Self {
        self.to = Some(to);
        self
    }

    /// Whether it is switched on. `broker.faults().set_enabled(name, true)` switches on one that begins switched off.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::puback;
    ///
    /// let prepared = Rule::on(puback()).drop_it().named("no PUBACK").enabled(false);
    /// assert!(!prepared.is_enabled());
    /// ```
    pub fn enabled(mut self, is_enabled: bool) -> Self {
        self.enabled = is_enabled;
        self
    }

    /// The latency is so many milliseconds longer or shorter.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::suback;
    ///
    /// let late = Rule::on(suback()).latency(100).jitter(20); // from 80 to 120 ms
    /// let all_late = Rule::for_bytes().both_ways().latency(100).jitter(20);
    /// ```
    pub fn jitter(mut self, millis: u64) -> Self {
        match &mut self.what {
            What::Packets {
                action:
                    Action::Latency(Delay::Fixed { jitter, .. })
                    | Action::AnswerEarly(Delay::Fixed { jitter, .. }),
                ..
            }
            | What::Bytes {
                toxic: Toxic::Latency { jitter, .. },
                ..
            } => *jitter = millis,
            _ => self.is_wrong(Wrong::new("jitter", "it belongs to a latency that is a number")),
        }
        self
    }
}
