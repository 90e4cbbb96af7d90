//! [`AccessChanges`]: what is different after the files were read again.

use std::fmt;

use super::{Realms, Users};

/// What is different in who may come in, and what came of it.
///
/// ```
/// let broker = broker::Broker::start().wait()?;
/// let changes = broker.reload_access().wait()?;
/// assert_eq!(changes.to_string(), "no user has changed");
/// # Ok::<(), broker::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessChanges {
    /// Users that were not there before.
    pub added: usize,
    /// Users that are no longer there.
    pub removed: usize,
    /// Users whose password is another one, or who may come in under other conditions.
    pub changed: usize,
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
        let users: Vec<String> = users
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{} {what}", counted(*count, "user")))
            .collect();
        match users.as_slice() {
            [] => f.write_str("no user has changed")?,
            users => f.write_str(&users.join(", "))?,
        }
        match self.disconnected {
            0 => Ok(()),
            count => write!(f, "; {} disconnected", counted(count, "client")),
        }
    }
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
