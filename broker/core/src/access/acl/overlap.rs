//! Whether a client may subscribe, where that follows from what it may read: it may, if a message could come that it may read.

use super::list::List;
use super::tree::{Left, split};
use super::{Action, Inner, Ruling, Subject};
use crate::topic;

/// After so many nodes the search ends, and the subscription is allowed: each message is looked at again when it comes.
const MOST_LOOKED_AT: usize = 4096;
/// A rule that turns out to be hidden by another counts as so many nodes.
const HIDDEN_COST: usize = 8;

impl Inner {
    /// Whether something may be read of what the filter selects. It is allowed where a rule that allows reading shares a topic
    /// with the filter, and no rule before it denies all that they share.
    pub(super) fn may_read_within(&self, subject: Subject<'_>, filter: &str) -> Option<Ruling<'_>> {
        let mut looked_at = 0;
        for list in self.chain(subject) {
            // Lines deny before they allow: nothing is left of a filter that lies wholly within one that is denied.
            let whole = list.says(Action::Receive, subject, filter, true);
            if whole.is_some() {
                return whole.map(|ruling| Ruling { looked_at, ..ruling });
            }
            let mut search = Search {
                acl: self,
                list,
                subject,
                shared: String::new(),
                looked_at,
            };
            let found = search.below(0, Some(filter));
            looked_at = search.looked_at;
            if let Some(ruling) = found {
                return Some(Ruling { looked_at, ..ruling });
            }
        }
        None
    }
}

/// A search through one list.
struct Search<'a, 's> {
    acl: &'a Inner,
    list: &'a List,
    subject: Subject<'s>,
    /// The levels that filter and rules have in common so far.
    shared: String,
    looked_at: usize,
}

impl<'a> Search<'a, '_> {
    /// Looks below a node for rules that share topics with what is left of the filter.
    fn below(&mut self, at: u32, rest: Option<&str>) -> Option<Ruling<'a>> {
        self.looked_at += 1;
        if self.looked_at > MOST_LOOKED_AT {
            return Some(Ruling {
                allowed: true,
                line: None,
                looked_at: 0,
                otherwise: "each message is looked at when it comes",
            });
        }
        let list = self.list;
        let node = list.tree.node(at)?;
        let is_dollar = at == 0 && rest.is_some_and(|rest| rest.starts_with('$'));
        if !is_dollar && !node.below.is_empty() {
            let found = self.with(rest, at, |search| search.any_readable(&node.below));
            if found.is_some() {
                return found;
            }
        }
        let Some(left) = rest else {
            return self.any_readable(&node.here);
        };
        let (level, after) = split(left);
        let is_wild = matches!(level, "+" | "#");
        if level == "#" && at != 0 {
            // `#` selects the parent level, too.
            let found = self.any_readable(&node.here);
            if found.is_some() {
                return found;
            }
        }
        if node.any != 0 && !is_dollar {
            let (shared, after) = match level {
                "#" => ("+", Some("#")),
                _ => (level, after),
            };
            let found = self.step(shared, at, node.any, after);
            if found.is_some() {
                return found;
            }
        }
        let same = node.child(level).filter(|_| !is_wild);
        if let Some(child) = same {
            let found = self.step(level, at, child, after);
            if found.is_some() {
                return found;
            }
        }
        for (text, child) in node.literal.iter().filter(|_| is_wild) {
            let found = follow(left, text, at).and_then(|Left(after)| self.step(text, at, *child, after));
            if found.is_some() {
                return found;
            }
        }
        node.named.iter().find_map(|(template, child)| {
            let text = template.text(self.subject)?;
            let Left(after) = follow(left, &text, at)?;
            self.step(&text, at, *child, after)
        })
    }

    /// Goes on at a child, with which the filter shares `level`.
    fn step(&mut self, level: &str, at: u32, child: u32, after: Option<&str>) -> Option<Ruling<'a>> {
        self.with(Some(level), at, |search| search.below(child, after))
    }

    /// Does this while `shared` has these levels, too, which come behind node `at`.
    fn with<R>(&mut self, levels: Option<&str>, at: u32, then: impl FnOnce(&mut Self) -> R) -> R {
        let before = self.shared.len();
        if let Some(levels) = levels {
            if at != 0 {
                self.shared.push('/');
            }
            self.shared.push_str(levels);
        }
        let result = then(self);
        self.shared.truncate(before);
        result
    }

    /// The first of these rules that allows reading, unless others hide what it shares with the filter.
    fn any_readable(&mut self, rules: &[u32]) -> Option<Ruling<'a>> {
        for rule in rules {
            let allows = |rule: &&super::list::Ruled| rule.allow && rule.actions.has(Action::Receive);
            let Some(rule) = self.list.get(*rule).filter(allows) else {
                continue;
            };
            let ruling = self.acl.first(Action::Receive, self.subject, &self.shared, true);
            if ruling.is_some_and(|ruling| ruling.allowed) || self.looked_at > MOST_LOOKED_AT {
                return Some(rule.ruling());
            }
            self.looked_at += HIDDEN_COST;
        }
        None
    }
}

/// What is left of a filter behind these levels, if it selects them.
fn follow<'f>(filter: &'f str, levels: &str, at: u32) -> Option<Left<'f>> {
    if at == 0 && levels.starts_with('$') && topic::begins_with_wildcard(filter) {
        return None; // MQTT5-4.7.2-1, MQTT311-4.7.2-1
    }
    let mut rest = Some(filter);
    for own in levels.split('/') {
        let (level, after) = split(rest?);
        match level {
            "#" => return Some(Left(Some("#"))),
            "+" => {}
            level if level == own => {}
            _ => return None,
        }
        rest = after;
    }
    Some(Left(rest))
}
