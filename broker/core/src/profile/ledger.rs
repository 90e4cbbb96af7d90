//! [`Ledger`]: violations counted, and which of them are told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::tally::Tally;
use crate::journal::Remark;
use crate::session::ConnId;
use crate::time::Time;

/// So many violations of one rule are told of a connection, and then one in so long.
const TOLD: u32 = 100;
const TOLD_EVERY: Duration = Duration::from_secs(1);

/// Counts all violations, and lets those be told that do not drown everything else in log and journal.
///
/// ```
/// use broker_core::{journal::Remark, profile::Ledger, session::ConnId, time::Time};
///
/// let remark = Remark {
///     client_id: "lamp".into(),
///     origin: "profile",
///     contract: "ours".into(),
///     rule: "publish_qos".into(),
///     topic: None,
///     enforced: false,
///     text: "a PUBLISH at QoS 2".into(),
///     source: "its manual".into(),
/// };
/// let mut ledger = Ledger::default();
/// let told = (0..1_000).filter(|_| ledger.add(Time::ZERO, ConnId::relayed(1), &remark)).count();
/// assert_eq!((told, ledger.tally().total()), (100, 1_000));
/// ```
#[derive(Debug, Default)]
pub struct Ledger {
    tally: Tally,
    /// When a connection was last told of for a rule, and how often it broke that. The rule stands with its contract.
    told: BTreeMap<ConnId, Vec<Told>>,
}

#[derive(Debug)]
struct Told {
    contract: Arc<str>,
    rule: Arc<str>,
    last: Time,
    count: u32,
}

impl Ledger {
    /// One more violation. Returns whether it is to be told, or is one of very many.
    pub fn add(&mut self, now: Time, conn: ConnId, remark: &Remark) -> bool {
        self.tally.add(now, remark);
        let of_conn = self.told.entry(conn).or_default();
        let is_it = |told: &&mut Told| told.rule == remark.rule && told.contract == remark.contract;
        let Some(told) = of_conn.iter_mut().find(is_it) else {
            of_conn.push(Told {
                contract: Arc::clone(&remark.contract),
                rule: Arc::clone(&remark.rule),
                last: now,
                count: 1,
            });
            return true;
        };
        let is_told = told.count < TOLD || now.saturating_since(told.last) >= TOLD_EVERY;
        if is_told {
            told.last = now;
        }
        told.count = told.count.saturating_add(1);
        is_told
    }

    /// All that was counted.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// A connection is over.
    pub fn closed(&mut self, conn: ConnId) {
        self.told.remove(&conn);
    }

    /// None is known any more.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}
