//! [`Rulebook`]: the rules in force, and the profile before them: what a line asks.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::form::Profile;
use super::inspector::{Inspector, Mode};
use super::ledger::Ledger;
use super::refusal::{deed, instead};
use super::tally::Tally;
use crate::arrival::Way;
use crate::fault::{Absent, Deed, Faults, Infection, Who};
use crate::journal::{Direction, Remark};
use crate::line::Judge;
use crate::scenario::Scenarios;
use crate::session::ConnId;
use crate::time::Time;

/// The rules in force, which it can be taken for, with a profile before them or without one.
///
/// ```
/// use std::sync::Arc;
///
/// use broker_core::fault::Faults;
/// use broker_core::profile::{Mode, Profile, Rulebook};
/// use serde_json::json;
///
/// let mut book = Rulebook::new(Faults::new(7));
/// assert!(book.is_empty()); // no line is needed
/// let limit = json!({"name": "will", "outcome": "close", "source": "its manual"});
/// let ours = json!({"title": "Ours", "as_of": "2026-11-28", "limit": [limit]});
/// let ours = Profile::from_json_or_all_wrongs("ours", &ours).expect("it is right");
/// book.set_profile(Some((Arc::new(ours), Mode::Warn)));
/// assert!(!book.is_empty());
/// ```
#[derive(Debug, Default)]
pub struct Rulebook {
    rules: Faults,
    inspector: Option<Inspector>,
    ledger: Ledger,
    remarks: Vec<Remark>,
    /// How many packets were held against the profile.
    asked: u64,
    /// How often the profile has changed.
    changes: u64,
}

/// What the journal calls the rule that a limit is.
const PREFIX: &str = "profile ";

impl Rulebook {
    /// These rules, without a profile.
    pub fn new(rules: Faults) -> Self {
        Self {
            rules,
            inspector: None,
            ledger: Ledger::default(),
            remarks: Vec::new(),
            asked: 0,
            changes: 0,
        }
    }

    /// From now on packets are held against this profile, or against none. What was counted is forgotten.
    pub fn set_profile(&mut self, profile: Option<(Arc<Profile>, Mode)>) {
        self.inspector = profile.map(|(profile, mode)| Inspector::new(profile, mode));
        self.ledger.clear();
        self.changes += 1;
    }

    /// Everything begins anew: what was counted and what is known of clients is forgotten.
    pub fn forget(&mut self) {
        let profile = self.profile().map(|(profile, mode)| (Arc::clone(profile), mode));
        self.set_profile(profile);
    }

    /// The profile that packets are held against.
    pub fn profile(&self) -> Option<(&Arc<Profile>, Mode)> {
        let inspector = self.inspector.as_ref()?;
        Some((inspector.profile(), inspector.mode()))
    }

    /// What was broken so far.
    pub fn tally(&self) -> &Tally {
        self.ledger.tally()
    }

    /// Whether nothing can concern any client.
    pub fn is_empty(&self) -> bool {
        self.inspector.is_none() && self.rules.is_empty()
    }

    /// Whether any rule, or the profile, could concern this client, now or later.
    pub fn may_concern(&self, who: &Who) -> bool {
        self.inspector.is_some() || self.rules.may_concern(who)
    }

    /// Why nothing came of the rule of this name. See [`Faults::why_absent`]; a limit of the profile is there.
    pub fn why_absent(&self, name: &str) -> Option<Absent> {
        if self.inspector.is_some() && name.starts_with(PREFIX) {
            return None;
        }
        self.rules.why_absent(name)
    }

    /// Grows when the answers may have changed.
    pub fn generation(&self) -> u64 {
        self.changes + self.rules.generation()
    }

    /// A connection begins, on this way.
    pub fn arrived(&mut self, conn: ConnId, way: Way) {
        if let Some(inspector) = &mut self.inspector {
            inspector.arrived(conn, way);
        }
    }

    /// A connection is over.
    pub fn closed(&mut self, conn: ConnId) {
        self.ledger.closed(conn);
        if let Some(inspector) = &mut self.inspector {
            inspector.closed(conn);
        }
    }
}

impl Deref for Rulebook {
    type Target = Faults;

    fn deref(&self) -> &Faults {
        &self.rules
    }
}

impl DerefMut for Rulebook {
    fn deref_mut(&mut self) -> &mut Faults {
        &mut self.rules
    }
}

impl Judge for Rulebook {
    fn decide(
        &mut self,
        now: Time,
        scenarios: &mut Scenarios,
        who: &Who,
        direction: Direction,
        packet: &[u8],
        topic: Option<&str>,
    ) -> Option<Deed> {
        let Some(inspector) = &mut self.inspector else {
            return self.rules.decide(now, scenarios, who, direction, packet, topic);
        };
        self.asked += 1;
        let found = inspector.packet(now, who, direction, packet, topic);
        let enforces = inspector.mode() == Mode::Enforce;
        for one in found.iter().filter(|one| !one.is_repeated) {
            let remark = one.remark(enforces);
            if self.ledger.add(now, who.conn, &remark) {
                self.remarks.push(remark);
            }
        }
        if !enforces {
            return self.rules.decide(now, scenarios, who, direction, packet, topic);
        }
        let profile = Arc::clone(inspector.profile());
        let rule = |kind: &str| format!("{PREFIX}{}: {kind}", profile.name);
        let mut refused = found
            .iter()
            .filter_map(|one| deed(one, &rule, who, direction, packet));
        if let Some(refused) = refused.next() {
            return Some(refused);
        }
        // A rule that acts on it wins: it is there to do so.
        let by_rule = self.rules.decide(now, scenarios, who, direction, packet, topic);
        by_rule.or_else(|| {
            let bytes = inspector.lowered(who, direction, packet, &found)?;
            Some(instead(rule("granted"), bytes))
        })
    }

    fn remarks(&mut self) -> Vec<Remark> {
        std::mem::take(&mut self.remarks)
    }

    fn infections(&mut self, now: Time, scenarios: &mut Scenarios, who: &Who) -> Vec<Infection> {
        self.rules.infections(now, scenarios, who)
    }

    fn generation(&self) -> u64 {
        self.generation()
    }

    fn may_concern(&self, who: &Who) -> bool {
        self.may_concern(who)
    }

    fn asked(&self) -> u64 {
        self.asked + self.rules.asked()
    }

    fn in_force(&self, rule: &str) -> bool {
        rule.starts_with(PREFIX) || self.rules.in_force(rule)
    }
}
