//! [`Faults`]: the rules in force, and all that they remember.

use std::sync::Arc;

use super::act::act;
use super::active::Active;
use super::asked::Asked;
use super::counts::Counts;
use super::in_force::InForce;
use super::luck::luck;
use super::names::Names;
use super::refusing::deed;
use super::rule::{Invalid, Rule, What};
use super::table::Wrong;
use super::user_property::{self, X_FAULT};
use super::{Absent, Deed, Infection, Who};
use crate::journal::Direction;
use crate::scenario::Scenarios;
use crate::time::Time;

/// How many rules may be in force.
const MOST_RULES: usize = 10_000;

/// The rules in force.
///
/// ```
/// use broker::fault::{Faults, Rule};
/// use broker::pattern::pubrel;
/// use broker::time::Time;
///
/// let mut faults = Faults::new(7); // all chance comes from this seed
/// let lost = Rule::on(pubrel()).nth(1).drop_it().named("lost PUBREL");
/// faults.add(Time::ZERO, lost.clone())?;
/// assert!(faults.add(Time::ZERO, lost).is_err()); // the name is taken
/// assert!(faults.remove("lost PUBREL") && faults.is_empty());
/// # Ok::<(), broker::fault::Invalid>(())
/// ```
#[derive(Debug, Default)]
pub struct Faults {
    seed: u64,
    pub(super) generation: u64,
    pub(super) rules: InForce,
    names: Names,
    pub(super) by_user_property: Option<Counts>,
    /// How many times a rule was asked about a packet.
    asked: u64,
}

/// A rule in force, as `broker.faults().list()` tells of it.
///
/// ```
/// use broker::fault::{Faults, Rule};
/// use broker::time::Time;
///
/// let mut faults = Faults::new(7);
/// faults.add(Time::ZERO, Rule::for_bytes().stall().named("still"))?;
/// let listed = faults.list().next().expect("there is one");
/// assert_eq!((&*listed.name, listed.fired), ("still", 0));
/// assert_eq!(serde_json::to_value(&listed).unwrap()["rule"]["type"], "stall");
/// # Ok::<(), broker::fault::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// How often it has acted, for all clients together: on packets, or on connections where it is about bytes.
    pub fired: u64,
    /// The rule.
    pub rule: Rule,
}

impl Faults {
    /// No rules yet. All chance comes from `seed`.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            ..Self::default()
        }
    }

    /// What all chance comes from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Whether packets may say themselves what is to be done with them, by the User Property `x-fault`. Not at first.
    pub fn allow_user_property(&mut self, allowed: bool) {
        if allowed != self.by_user_property.is_some() {
            self.by_user_property = allowed.then(Counts::default);
            self.generation += 1;
        }
    }

    /// Puts a rule into force. Its windows of time count from `now`. Returns the name under which it is known: its own, or its
    /// words.
    ///
    /// # Errors
    /// It cannot work, its name is in force already, or 10,000 rules are.
    pub fn add(&mut self, now: Time, mut rule: Rule) -> Result<Arc<str>, Invalid> {
        rule.check()?;
        if self.rules.len() >= MOST_RULES {
            let what =
                format!("{MOST_RULES} rules are in force, and there is no room for one more: remove some");
            return Err(Invalid::new(&rule.name(), Wrong::new("", what)));
        }
        let name = self.names.free(&rule, &self.rules)?;
        rule.name = Arc::clone(&name);
        self.rules.add(Active::new(now, rule, Arc::clone(&name)));
        self.generation += 1;
        Ok(name)
    }

    /// Takes a rule out of force. Returns whether there was one of this name.
    pub fn remove(&mut self, name: &str) -> bool {
        let was_there = self.rules.remove(name);
        if was_there {
            self.generation += 1;
            self.names.went(name);
        }
        was_there
    }

    /// The same, of the very rule to which [`add`](Self::add) gave this name, and of no later one.
    pub fn remove_this(&mut self, name: &Arc<str>) -> bool {
        self.rules.has_this(name) && self.remove(name)
    }

    /// No rule is in force any more, and all that they remember is forgotten.
    pub fn clear(&mut self) {
        for active in std::mem::take(&mut self.rules).iter() {
            self.names.went(&active.name);
        }
        self.generation += 1;
    }

    /// All counts and windows of time begin anew, and rules that went are forgotten.
    pub fn reset(&mut self, now: Time) {
        self.names = Names::default();
        self.rules.reset(now);
        self.by_user_property = self.by_user_property.take().map(|_| Counts::default());
        self.generation += 1;
    }

    /// Whether no rule is in force, and packets say nothing themselves.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.by_user_property.is_none()
    }

    /// The rules in force, in the order in which they are asked.
    pub fn list(&self) -> impl Iterator<Item = Listed> + '_ {
        self.rules.iter().map(|active| Listed {
            name: active.name.to_string(),
            fired: active.counts.fired,
            rule: active.rule.clone(),
        })
    }

    /// Whether a rule of this name is in force and switched on, or packets are asked under it.
    pub fn in_force(&self, name: &str) -> bool {
        let is_on = |active: &Active| active.rule.enabled;
        self.rules.named(name).is_some_and(is_on) || (name == X_FAULT && self.by_user_property.is_some())
    }

    /// Why nothing came of the rule of this name, where it is not in force: it is switched off, it went, or there never was one.
    ///
    /// ```
    /// use broker::fault::{Faults, Rule};
    /// use broker::pattern::pubrel;
    /// use broker::time::Time;
    ///
    /// let mut faults = Faults::new(7);
    /// faults.add(Time::ZERO, Rule::on(pubrel()).drop_it().named("lost PUBREL"))?;
    /// assert_eq!(faults.why_absent("lost PUBREL"), None);
    /// let why = faults.why_absent("lost PUBERL").expect("it is misspelt");
    /// assert_eq!(why.words, r#"no rule "lost PUBERL" was ever in force (did you mean "lost PUBREL"?)"#);
    /// # Ok::<(), broker::fault::Invalid>(())
    /// ```
    pub fn why_absent(&self, name: &str) -> Option<Absent> {
        if self.in_force(name) {
            return None;
        }
        if name == X_FAULT {
            let words = "packets may not ask for their faults: `faults.user_property` allows it".to_owned();
            let was_never = false;
            return Some(Absent { words, was_never });
        }
        if self.rules.has(name) {
            let words = format!("the rule {name:?} is switched off");
            let was_never = false;
            return Some(Absent { words, was_never });
        }
        Some(self.names.why_absent(name, &self.rules))
    }

    /// Grows whenever a rule comes or goes, and when a window of time opens or closes.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// A scenario was moved from outside: rules on bytes may come into force by it, or go.
    pub fn scenarios_moved(&mut self) {
        if self.rules.is_staged() {
            self.generation += 1;
        }
    }

    /// How many times a rule was asked about a packet so far: what packets cost that pass here.
    pub fn asked(&self) -> u64 {
        self.asked
    }

    /// What is to be done with a whole packet that came in this direction; `None` = it passes. `topic` is that of a PUBLISH with
    /// a topic alias. The rule that wins decides alone. Its firing is counted, and its scenario moves.
    ///
    /// Each rule counts the packets that match it, also those that another rule decides about: so the count of one does not
    /// depend on the others.
    pub fn decide(
        &mut self,
        now: Time,
        scenarios: &mut Scenarios,
        who: &Who,
        direction: Direction,
        packet: &[u8],
        topic: Option<&str>,
    ) -> Option<Deed> {
        let mut asked = Asked::new(now, who, direction, packet, topic);
        let client = asked.client();
        let wish = self.wish(&asked, &client);
        let mut winner = None;
        let (seed, packet_type) = (self.seed, asked.packet_type);
        let rules_asked = &mut self.asked;
        self.rules
            .on_packet(&client, direction, packet_type, |place, active| {
                *rules_asked += 1;
                if !active.may_mean(who, &client, direction, packet_type)
                    || !active.is_open(now)
                    || !active.is_staged(scenarios)
                    || !asked.fits(&active.rule)
                {
                    return;
                }
                let What::Packets { turns, .. } = &active.rule.what else {
                    return;
                };
                let count = active.counts.of(&client);
                count.matched += 1;
                if winner.is_some() || wish.is_some() || !turns.has_come(count.matched) {
                    return;
                }
                let mut rng = luck(seed, &active.name, &client, count.matched);
                if active.rule.toxicity >= 1.0 || rng.unit() < active.rule.toxicity {
                    winner = Some((place, rng));
                }
            });
        if wish.is_some() {
            return wish;
        }
        let (place, mut rng) = winner?;
        let active = self.rules.at(place)?;
        let What::Packets { action, .. } = &active.rule.what else {
            return None;
        };
        let decoded = asked.decoded();
        let done = act(action, &asked.subject(decoded.as_ref()), &mut rng);
        let action = action.word();
        let has_acted = done.is_ok();
        active.counts.fired += u64::from(has_acted);
        let count = active.counts.of(&client);
        count.fired += u64::from(has_acted);
        let (rule, nth) = (Arc::clone(&active.name), count.fired);
        let scene = active.rule.scenario.as_ref().filter(|_| has_acted);
        if let Some((scene, state)) =
            scene.and_then(|scene| Some((&scene.scenario, scene.new_state.as_ref()?)))
        {
            scenarios.set(scene, state);
            self.scenarios_moved();
        }
        Some(deed(rule, nth, action, done))
    }

    /// What the packet itself wants, by its User Property.
    fn wish(&mut self, asked: &Asked<'_>, client: &str) -> Option<Deed> {
        let counts = self.by_user_property.as_mut()?;
        let (action, word) = user_property::wish(asked.version, asked.direction, asked.bytes)?;
        let mut rng = luck(self.seed, X_FAULT, client, counts.of(client).fired + 1);
        let decoded = asked.decoded();
        let done = action.and_then(|action| act(&action, &asked.subject(decoded.as_ref()), &mut rng));
        let has_acted = u64::from(done.is_ok());
        counts.fired += has_acted;
        let count = counts.of(client);
        count.fired += has_acted;
        Some(deed(X_FAULT.into(), count.fired, word, done))
    }

    /// The rules on bytes that concern this connection now, in the order of their priority. Asked when its CONNECT has come, and
    /// again when [`Faults::generation`] has grown. Chance is drawn once for a rule and a connection.
    pub fn infections(&mut self, now: Time, scenarios: &mut Scenarios, who: &Who) -> Vec<Infection> {
        let mut all = Vec::new();
        let mut moved = false;
        let seed = self.seed;
        self.rules.on_bytes(&who.client_id, |active| {
            let What::Bytes { stream, toxic } = active.rule.what else {
                return;
            };
            if !active.rule.whose.is(who, &who.client_id)
                || !active.is_open(now)
                || !active.is_staged(scenarios)
            {
                return;
            }
            let count = active.counts.of(&who.client_id);
            let (nth, is_new) = count.connection(who.conn);
            let mut rng = luck(seed, &active.name, &who.client_id, nth);
            if active.rule.toxicity < 1.0 && rng.unit() >= active.rule.toxicity {
                return;
            }
            if is_new {
                count.fired += 1;
                active.counts.fired += 1;
                let scene = active.rule.scenario.as_ref();
                if let Some((scene, state)) =
                    scene.and_then(|scene| Some((&scene.scenario, scene.new_state.as_ref()?)))
                {
                    scenarios.set(scene, state);
                    moved = true;
                }
            }
            let nth = active.counts.of(&who.client_id).fired;
            all.push(Infection {
                rule: Arc::clone(&active.name),
                stream,
                toxic,
                nth,
                seed: rng.next_u64(),
            });
        });
        if moved {
            self.scenarios_moved();
        }
        all
    }

    /// When a window of time opens or closes next.
    pub fn next_timeout(&self) -> Option<Time> {
        self.rules.next_timeout()
    }

    /// Opens and closes windows of time.
    pub fn tick(&mut self, now: Time) {
        self.generation += self.rules.tick(now);
    }
}
