//! [`AccessChanges`]: what is different after the files were read again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::acl::Told;
use super::{Realms, Users};

/// What is different in who may come in and who may do what, and what came of it.
///
/// ```
/// let broker = broker::Broker::start().wait()?;
/// let changes = broker.reload_access().wait()?;
/// assert_eq!(changes.to_string(), "nothing has changed");
/// # Ok::<(), broker::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessChanges {
    /// Users that were not there before.
    pub added: usize,
    /// Users that are no longer there.
    pub removed: usize,
    /// Users whose password is another one, or who may come in under other conditions.
    pub changed: usize,
    /// Lines of ACLs, by the file or the setting in which they stand: how many were added, and how many were removed.
    pub acl: BTreeMap<String, (usize, usize)>,
    /// Clients that were disconnected, because they could not come in any more.
    pub disconnected: usize,
}

impl AccessChanges {
    pub(crate) fn between(before: &Realms, after: &Realms) -> Self {
        let none = Users::default();
        let mut changes = Self::default();
        let mut realms = after.iter();
        for before in before.iter() {
            changes.count(&before.users, realms.next().map_or(&none, |realm| &realm.users));
        }
        for new in realms {
            changes.count(&none, &new.users);
        }
        let lines = |realms: &Realms| -> BTreeSet<Told> {
            let each = realms.iter().map(|realm| realm.acl.told());
            each.flatten().collect()
        };
        let (old, new) = (lines(before), lines(after));
        for (place, ..) in new.difference(&old) {
            changes.acl.entry(place.clone()).or_default().0 += 1;
        }
        for (place, ..) in old.difference(&new) {
            changes.acl.entry(place.clone()).or_default().1 += 1;
        }
        changes
    }

    fn count(&mut self, before: &Users, after: &Users) {
        for (name, account) in before.iter() {
            match after.get(name) {
                Some(now) if now == account => {}
                Some(_) => self.changed += 1,
                None => self.removed += 1,
            }
        }
        self.added += after
            .iter()
            .filter(|(name, _)| before.get(name).is_none())
            .count();
    }
}

impl fmt::Display for AccessChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let users = [
            (self.added, "added"),
            (self.removed, "removed"),
            (self.changed, "changed"),
        ];
        let mut parts = Vec::from_iter(told(users, "user"));
        for (place, (added, removed)) in &self.acl {
            let lines = [(*added, "added"), (*removed, "removed")];
            parts.extend(told(lines, "line").map(|lines| format!("{place}: {lines}")));
        }
        if parts.is_empty() {
            f.write_str("nothing has changed")?;
        }
        f.write_str(&parts.join("; "))?;
        match self.disconnected {
            0 => Ok(()),
            count => write!(f, "; {} disconnected", counted(count, "client")),
        }
    }
}

/// `2 users added, 1 user removed`, if any was.
fn told<const N: usize>(counts: [(usize, &str); N], noun: &str) -> Option<String> {
    let some = counts.iter().filter(|(count, _)| *count > 0);
    let told: Vec<String> = some
        .map(|(count, what)| format!("{} {what}", counted(*count, noun)))
        .collect();
    (!told.is_empty()).then(|| told.join(", "))
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
