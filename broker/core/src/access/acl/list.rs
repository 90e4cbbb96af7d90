//! `List`: the rules of one list, the best rank first, and the tree in which they are found.

use std::sync::Arc;

use super::builder::{Actions, Compare, Rule};
use super::tree::{Query, Tree};
use super::{Action, Ruling, Subject};
use crate::topic;

const DANGEROUS: &str =
    "its user name or client identifier has a '+' or '#', so a line with %u or %c would give it too much";

/// One list, ready to be asked.
pub(super) struct List {
    rules: Vec<Ruled>,
    pub(super) tree: Tree,
    /// The actions of all rules with `%u`, and with `%c`.
    with_user: Actions,
    with_client: Actions,
}

/// What a rule says, without its filter.
pub(super) struct Ruled {
    pub allow: bool,
    pub actions: Actions,
    /// Whether it selects no subscription with wildcards.
    names_only: bool,
    line: Arc<str>,
}

impl Ruled {
    pub fn ruling(&self) -> Ruling<'_> {
        Ruling {
            allowed: self.allow,
            line: Some(&self.line),
            looked_at: 0,
            otherwise: "",
        }
    }
}

impl List {
    /// The lines, as they are told.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| &*rule.line)
    }

    pub fn new(mut rules: Vec<Rule>) -> Self {
        rules.sort_by_key(|rule| rule.rank);
        let with = |name: &str| {
            let named = rules
                .iter()
                .filter(|rule| rule.names && rule.filter.contains(name));
            named.fold(Actions::of(&[]), |all, rule| all.and(rule.actions))
        };
        let (with_user, with_client) = (with("%u"), with("%c"));
        let tree = Tree::new(&rules);
        let rules = rules
            .into_iter()
            .map(|rule| Ruled {
                allow: rule.allow,
                actions: rule.actions,
                names_only: rule.compare == Compare::MatchesNames,
                line: rule.line,
            })
            .collect();
        Self {
            rules,
            tree,
            with_user,
            with_client,
        }
    }

    pub fn len(&self) -> usize {
        self.rules.len()
    }

    pub fn get(&self, rule: u32) -> Option<&Ruled> {
        self.rules.get(rule as usize)
    }

    /// A name with a wildcard could match more than itself. mosquitto denies all, too.
    pub fn is_dangerous(&self, action: Action, subject: Subject<'_>) -> bool {
        let wild = |name: &str| name.bytes().any(|byte| matches!(byte, b'+' | b'#'));
        (self.with_user.has(action) && subject.user.is_some_and(wild))
            || (self.with_client.has(action) && wild(subject.client_id))
    }

    /// What it says of `topic`; `None` where it has no rule for that.
    pub fn says(
        &self,
        action: Action,
        subject: Subject<'_>,
        topic: &str,
        is_filter: bool,
    ) -> Option<Ruling<'_>> {
        if self.is_dangerous(action, subject) {
            return Some(Ruling {
                allowed: false,
                line: None,
                looked_at: 0,
                otherwise: DANGEROUS,
            });
        }
        let is_wild = is_filter && topic::is_wildcard(topic);
        let counts = |rule: &Ruled| rule.actions.has(action) && !(rule.names_only && is_wild);
        let query = Query {
            subject,
            is_filter,
            is_dollar: topic.starts_with('$'),
            counts: &|rule| self.get(rule).is_some_and(counts),
        };
        let best = self.tree.best(&query, topic)?;
        self.get(best).map(Ruled::ruling)
    }
}
