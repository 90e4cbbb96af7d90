//! Rules about packets.

use serde_json::{Value as Json, json};

use crate::fault::action::{Action, Meets};
use crate::fault::rule::{Rule, What};
use crate::fault::table::Wrong;
use crate::fault::turns::Turns;
use crate::pattern::Pattern;

/// The beginning of a rule: which packets are meant, and on which of them it acts. [`Rule::on`] makes it, and what is done
/// with them makes a rule of it.
///
/// ```
/// use broker::fault::Rule;
/// use broker::pattern::{connack, puback, publish, pubrel};
/// use serde_json::json;
///
/// let rules = [
///     Rule::on(pubrel().from("lamp")).nth(1).drop_it(),
///     Rule::on(publish("sensors/#")).every(10).duplicate(),
///     Rule::on(connack().to("lamp")).edit(json!({"session_present": true})),
///     Rule::on(puback().to("lamp")).first(3).latency(500),
/// ];
/// for rule in &rules {
///     rule.check()?;
/// }
/// # Ok::<(), broker::fault::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "it is no rule yet: say what is done, as `.drop_it()` does"]
pub struct OnPackets {
    when: Pattern,
    turns: Option<Turns>,
    toxicity: f64,
    wrong: Option<Wrong>,
}

impl Rule {
    /// A rule on the packets that fit this pattern, whichever client's they are. Without more it acts on each of them.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::pubrel;
    ///
    /// let lost = Rule::on(pubrel().from("lamp")).drop_it();
    /// assert_eq!(lost.to_string(), r#"drop PUBREL from "lamp""#);
    /// ```
    pub fn on(when: Pattern) -> OnPackets {
        OnPackets {
            when,
            turns: None,
            toxicity: 1.0,
            wrong: None,
        }
    }
}

impl OnPackets {
    fn turn(mut self, turns: Turns) -> Self {
        let (key, n) = turns.said().unwrap_or_default();
        if n == 0 {
            let wrong = Wrong::new(key, "it is counted from 1");
            self.wrong.get_or_insert(wrong);
        }
        if self.turns.replace(turns).is_some() {
            let wrong = Wrong::new(key, "a rule has one of nth, every, first and after");
            self.wrong.get_or_insert(wrong);
        }
        self
    }

    /// Only on this one of a client's packets that match, counted from 1.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::puback;
    ///
    /// let third_is_lost = Rule::on(puback().to("lamp")).nth(3).drop_it();
    /// ```
    pub fn nth(self, n: u64) -> Self {
        self.turn(Turns::Nth(n))
    }

    /// Only on each of so many: 3 stands for the third, the sixth, and so on.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::publish;
    ///
    /// let a_third_is_lost = Rule::on(publish("sensors/#")).every(3).drop_it();
    /// ```
    pub fn every(self, n: u64) -> Self {
        self.turn(Turns::Every(n))
    }

    /// Only on the first so many.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::connect;
    ///
    /// let comes_in_at_last = Rule::on(connect().from("lamp")).first(2).disconnect();
    /// ```
    pub fn first(self, n: u64) -> Self {
        self.turn(Turns::First(n))
    }

    /// Only on those behind the first so many.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::publish;
    ///
    /// let falls_silent = Rule::on(publish("sensors/#").from("lamp")).after(10).drop_it();
    /// ```
    pub fn after(self, n: u64) -> Self {
        self.turn(Turns::After(n))
    }

    /// How likely it acts on each of them, from 0 to 1, as [`Rule::toxicity`] says it at the end.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::publish;
    ///
    /// let lossy = Rule::on(publish("sensors/#")).toxicity(0.1).drop_it();
    /// assert_eq!(lossy, Rule::on(publish("sensors/#")).drop_it().toxicity(0.1));
    /// ```
    pub fn toxicity(mut self, share: f64) -> Self {
        self.toxicity = share;
        self
    }

    pub(super) fn act(self, action: Action) -> Rule {
        let mut rule = Rule::new(What::Packets {
            when: self.when,
            turns: self.turns.unwrap_or(Turns::Each),
            action,
        });
        rule.toxicity = self.toxicity;
        rule.wrong = self.wrong;
        rule
    }

    /// The action that JSON describes, as under `action` in a file. What is wrong with it [`Rule::check`] says.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::puback;
    /// use serde_json::json;
    ///
    /// let late = Rule::on(puback()).act_as(json!({"type": "latency", "latency": 100}));
    /// assert_eq!(late, Rule::on(puback()).latency(100));
    /// ```
    pub fn act_as(mut self, action: impl Into<Json>) -> Rule {
        // An event has no packets to act on: the pattern itself is told of.
        let packets = self.when.packet_types();
        let wrong_pattern = self
            .when
            .check_for_lines()
            .err()
            .map(|what| Wrong::new("when", what));
        match Action::read("action", &action.into(), &Meets { packets: &packets }) {
            Ok(action) => self.act(action),
            Err(wrong) => {
                self.wrong = self.wrong.or(wrong_pattern).or(Some(wrong));
                self.act(Action::Drop)
            }
        }
    }

    /// It is lost on the way.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::puback;
    ///
    /// let no_acknowledgement = Rule::on(puback().to("lamp")).drop_it();
    /// ```
    pub fn drop_it(self) -> Rule {
        self.act(Action::Drop)
    }

    /// It goes on so many milliseconds late, and what comes behind it waits. [`Rule::jitter`] makes it uneven.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::suback;
    ///
    /// let late = Rule::on(suback()).latency(500).jitter(100);
    /// ```
    pub fn latency(self, millis: u64) -> Rule {
        self.act_as(json!({"type": "latency", "latency": millis}))
    }

    /// It goes on late, with a log-normal distribution: half of all packets are later than `median` milliseconds, and the
    /// greater `sigma`, the longer the tail.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::packet;
    ///
    /// let mobile = Rule::on(packet().of("lamp")).latency_lognormal(80.0, 0.4);
    /// ```
    pub fn latency_lognormal(self, median: f64, sigma: f64) -> Rule {
        let distribution = json!({"type": "lognormal", "median": median, "sigma": sigma});
        self.act_as(json!({"type": "latency", "delayDistribution": distribution}))
    }

    /// It goes on late, by any time from `lower` to `upper` milliseconds.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::packet;
    ///
    /// let uneven = Rule::on(packet().of("lamp")).latency_uniform(1.0, 9.0);
    /// ```
    pub fn latency_uniform(self, lower: f64, upper: f64) -> Rule {
        let distribution = json!({"type": "uniform", "lower": lower, "upper": upper});
        self.act_as(json!({"type": "latency", "delayDistribution": distribution}))
    }

    /// It comes twice. More can be said with [`OnPackets::act_as`]: how often, with DUP set, with another Packet Identifier.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::puback;
    /// use serde_json::json;
    ///
    /// let twice = Rule::on(puback().to("lamp")).duplicate();
    /// let four_times = Rule::on(puback().to("lamp")).act_as(json!({"type": "duplicate", "copies": 3}));
    /// ```
    pub fn duplicate(self) -> Rule {
        self.act_as("duplicate")
    }

    /// It is kept back until `broker.faults().release(…)`. What comes behind it overtakes it.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::pubrel;
    ///
    /// let kept = Rule::on(pubrel().from("lamp")).nth(1).hold();
    /// ```
    pub fn hold(self) -> Rule {
        self.act(Action::Hold { timeout: None })
    }

    /// The same, but it goes on after so many milliseconds at the latest.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::pubrel;
    ///
    /// let kept = Rule::on(pubrel().from("lamp")).nth(1).hold_at_most(2_000);
    /// ```
    pub fn hold_at_most(self, millis: u64) -> Rule {
        self.act_as(json!({"type": "hold", "timeout": millis}))
    }

    /// So many packets that come behind it overtake it. It goes on after a second at the latest.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::publish;
    ///
    /// let swapped = Rule::on(publish("sensors/#").to("heater")).every(5).reorder(1);
    /// ```
    pub fn reorder(self, behind: u32) -> Rule {
        self.act_as(json!({"type": "reorder", "behind": behind}))
    }
}
