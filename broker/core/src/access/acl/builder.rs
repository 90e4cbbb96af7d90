//! [`AclBuilder`]: an ACL in the making.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::list::List;
use super::{Acl, Action, Inner, Otherwise};
use crate::topic;

/// A rule with more levels than this is refused. mosquitto takes as many.
const MOST_LEVELS: usize = 200;

/// A set of actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actions(u8);

impl Actions {
    /// These.
    pub fn of(actions: &[Action]) -> Self {
        Self(actions.iter().fold(0, |set, action| set | 1 << *action as u8))
    }

    /// Whether it is among them.
    #[inline]
    pub fn has(self, action: Action) -> bool {
        self.0 & 1 << action as u8 != 0
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// How the filter of a rule is held against a topic, or against the topic filter of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compare {
    /// The rule's filter selects the topic. Of a subscription: all that it could get.
    #[default]
    Matches,
    /// The same, but of subscriptions only those without wildcards are selected.
    MatchesNames,
    /// Both are the same text.
    Literally,
}

/// One rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Whether it allows or denies.
    pub allow: bool,
    /// What it speaks of.
    pub actions: Actions,
    /// The topic filter.
    pub filter: Arc<str>,
    /// How that is compared.
    pub compare: Compare,
    /// Whether `%u` and `%c` in the filter stand for the client's user name and client identifier. A client whose name has `+`
    /// or `#` is then denied by its whole list. For one without a user name, a rule with `%u` does not count.
    pub names: bool,
    /// Of several rules in a list that speak of a topic, the one with the lowest rank decides; among equals the first.
    pub rank: i64,
    /// Where it stands and what it says: `acl.conf:7: topic deny x/#`.
    pub line: Arc<str>,
}

/// Who has a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder<'a> {
    /// Every client. Asked last.
    Everybody,
    /// Clients with this user name.
    User(&'a str),
    /// Clients without a user name.
    WithoutUser,
    /// The client with this identifier. Asked first.
    Client(&'a str),
}

/// Names a list of an [`AclBuilder`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListId(pub(super) usize);

/// An ACL in the making.
///
/// ```
/// use broker_core::access::{Acl, Action, Actions, Compare, Holder, Rule, Subject};
///
/// let mut acl = Acl::builder();
/// let sensors = acl.list();
/// let rule = Rule {
///     allow: true,
///     actions: Actions::of(&[Action::Publish]),
///     filter: "sensors/%u/#".into(),
///     compare: Compare::Matches,
///     names: true,
///     rank: 0,
///     line: "role \"sensors\"".into(),
/// };
/// acl.rule(sensors, rule).unwrap();
/// acl.give(Holder::User("s1"), sensors);
/// acl.otherwise(Action::Publish, false, "the default is to deny");
///
/// let acl = acl.build();
/// let s1 = Subject { client_id: "anything", user: Some("s1") };
/// assert_eq!(acl.ruling(Action::Publish, s1, "sensors/s1/t").line, Some("role \"sensors\""));
/// assert!(!acl.ruling(Action::Publish, s1, "sensors/s2/t").allowed);
/// ```
#[derive(Debug, Default)]
pub struct AclBuilder {
    lists: Vec<Vec<Rule>>,
    clients: HashMap<Arc<str>, Vec<ListId>, RandomState>,
    users: HashMap<Arc<str>, Vec<ListId>, RandomState>,
    without_user: Vec<ListId>,
    everybody: Vec<ListId>,
    pub(super) subscribe_follows_read: bool,
    strangers: Option<Arc<str>>,
    defaults: [Option<(bool, Arc<str>)>; 4],
    pub(super) is_final: bool,
    /// Where lines came from.
    pub(super) sources: Vec<Arc<str>>,
}

impl AclBuilder {
    /// A new list, which nobody has yet.
    pub fn list(&mut self) -> ListId {
        self.lists.push(Vec::new());
        ListId(self.lists.len() - 1)
    }

    /// Adds a rule to a list.
    ///
    /// # Errors
    /// Its filter is invalid; why, in words.
    pub fn rule(&mut self, list: ListId, rule: Rule) -> Result<(), String> {
        check_filter(&rule.filter)?;
        if let Some(list) = self.lists.get_mut(list.0) {
            list.push(rule);
        }
        Ok(())
    }

    /// Appends a list to what this holder has: it is asked after those that were given earlier.
    pub fn give(&mut self, holder: Holder<'_>, list: ListId) {
        self.chain(holder).push(list);
    }

    /// Somebody has lists, perhaps none.
    pub fn know(&mut self, holder: Holder<'_>) {
        self.chain(holder);
    }

    /// Denies everything to clients whose user name is not [known](Self::know) and has no list, and says why, in words.
    pub fn strangers(&mut self, why: impl Into<Arc<str>>) {
        self.strangers = Some(why.into());
    }

    /// What holds where no rule speaks, and why, in words. Unless it is said, everything is denied.
    pub fn otherwise(&mut self, action: Action, allowed: bool, why: impl Into<Arc<str>>) {
        self.defaults[action as usize] = Some((allowed, why.into()));
    }

    /// The first list of this holder; made, if there is none.
    pub(super) fn list_of(&mut self, holder: Holder<'_>) -> ListId {
        if let Some(first) = self.chain(holder).first() {
            return *first;
        }
        let list = self.list();
        self.give(holder, list);
        list
    }

    fn chain(&mut self, holder: Holder<'_>) -> &mut Vec<ListId> {
        match holder {
            Holder::Everybody => &mut self.everybody,
            Holder::WithoutUser => &mut self.without_user,
            Holder::User(name) => self.users.entry(Arc::from(name)).or_default(),
            Holder::Client(id) => self.clients.entry(Arc::from(id)).or_default(),
        }
    }

    /// The ACL, ready to be asked.
    pub fn build(self) -> Acl {
        let nothing: Arc<str> = match &self.sources[..] {
            [] => Arc::from("no rule allows it"),
            sources => Arc::from(format!("{NO_LINE_OF}{} allows it", sources.join(" or "))),
        };
        let everything_unsubscribed = self.subscribe_follows_read;
        let defaults = Action::ALL.map(|action| {
            let said = self.defaults[action as usize].clone();
            let (allowed, why) = said.unwrap_or_else(|| {
                let allowed = action == Action::Unsubscribe && everything_unsubscribed;
                (allowed, nothing.clone())
            });
            Otherwise { allowed, why }
        });
        Acl(Some(Arc::new(Inner {
            lists: self.lists.into_iter().map(List::new).collect(),
            clients: self.clients,
            users: self.users,
            without_user: self.without_user,
            everybody: self.everybody,
            subscribe_follows_read: self.subscribe_follows_read,
            strangers: self.strangers,
            defaults,
            is_final: self.is_final,
            sources: self.sources,
        })))
    }
}

/// So begins what is said where no line speaks of a topic; the names of the files follow.
pub(crate) const NO_LINE_OF: &str = "no line of ";

/// Whether an ACL takes this filter.
pub(in crate::access) fn check_filter(filter: &str) -> Result<(), String> {
    topic::validate_filter(filter).map_err(|error| error.to_string())?;
    if filter.split('/').count() > MOST_LEVELS {
        return Err(format!("it has more than {MOST_LEVELS} levels"));
    }
    Ok(())
}
