//! The walk through the trie that finds the filters of a topic.

use super::trie::{ROOT, Trie};

/// Visits the nodes whose path selects a beginning of the topic, depth first: `#`, then the level itself, then `+`.
///
/// It needs no stack and no allocation: a node has its parent's slot, and the level that led to the node ends where the
/// rest of the topic begins. A node is entered from its parent only, and a parent enters each child once. So a walk
/// enters each node of the trie at most once, whatever the filters are.
pub(super) struct Walk<'t, 's, T> {
    trie: &'t Trie<T>,
    topic: &'s str,
    /// The node that the walk stands on.
    slot: usize,
    /// Where the levels begin that are still to be matched; `None` after the last one.
    rest: Option<usize>,
    step: Step,
    /// How many nodes it has entered: its cost.
    pub(super) steps: usize,
    #[cfg(test)]
    pub(super) entered: Vec<usize>,
}

#[derive(Clone, Copy)]
enum Step {
    /// Just arrived: a `#` here selects all that follows, even if nothing follows.
    Enter,
    /// Look at the rest of the topic.
    Down,
    /// Nothing is left below: go on to the parent's `+`, or up.
    Back,
}

impl<'t, 's, T> Walk<'t, 's, T> {
    pub(super) fn new(trie: &'t Trie<T>, topic: &'s str) -> Self {
        Self {
            trie,
            topic,
            slot: ROOT,
            rest: Some(0),
            step: Step::Enter,
            steps: 1,
            #[cfg(test)]
            entered: vec![ROOT],
        }
    }

    fn enter(&mut self, slot: usize, rest: Option<usize>) {
        self.slot = slot;
        self.rest = rest;
        self.step = Step::Enter;
        self.steps += 1;
        #[cfg(test)]
        self.entered.push(slot);
    }

    /// Whether wildcards count at this node. [MQTT5-4.7.2-1] [MQTT311-4.7.2-1]
    fn wildcards_count(&self, slot: usize) -> bool {
        slot != ROOT || !self.topic.starts_with('$')
    }

    /// The level that begins at `start`, and where the next one begins.
    fn level(&self, start: usize) -> (&'s str, Option<usize>) {
        let rest = self.topic.get(start..).unwrap_or_default();
        match rest.split_once('/') {
            Some((level, _)) => (level, Some(start + level.len() + 1)),
            None => (rest, None),
        }
    }

    /// Where the level begins that ends before `rest`.
    fn level_before(&self, rest: Option<usize>) -> usize {
        let end = rest.map_or(self.topic.len(), |start| start.saturating_sub(1));
        self.topic
            .get(..end)
            .and_then(|before| before.rfind('/'))
            .map_or(0, |slash| slash + 1)
    }
}

impl<'t, T> Iterator for Walk<'t, '_, T> {
    type Item = &'t T;

    fn next(&mut self) -> Option<&'t T> {
        loop {
            let node = self.trie.node(self.slot)?;
            match self.step {
                Step::Enter => {
                    self.step = Step::Down;
                    if self.wildcards_count(self.slot)
                        && let Some(value) = &node.multi
                    {
                        return Some(value);
                    }
                }
                Step::Down => {
                    self.step = Step::Back;
                    let Some(start) = self.rest else {
                        if let Some(value) = &node.here {
                            return Some(value);
                        }
                        continue;
                    };
                    let (level, rest) = self.level(start);
                    if let Some(child) = node.children.get(level) {
                        self.enter(child, rest);
                    } else if node.plus != ROOT && self.wildcards_count(self.slot) {
                        self.enter(node.plus, rest);
                    }
                }
                Step::Back => {
                    if self.slot == ROOT {
                        return None;
                    }
                    let plus = self.trie.node(node.parent)?.plus;
                    if plus != ROOT && plus != self.slot && self.wildcards_count(node.parent) {
                        self.enter(plus, self.rest);
                    } else {
                        self.rest = Some(self.level_before(self.rest));
                        self.slot = node.parent;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn trie(filters: impl IntoIterator<Item = String>) -> Trie<String> {
        let mut trie = Trie::new();
        for filter in filters {
            trie.get_or_insert_with(&filter, || filter.clone());
        }
        trie
    }

    /// Every string of `depth` levels over these.
    fn all(levels: &[&str], depth: usize) -> Vec<String> {
        (1..depth).fold(
            levels.iter().map(ToString::to_string).collect(),
            |shorter: Vec<String>, _| {
                shorter
                    .iter()
                    .flat_map(|start| levels.iter().map(move |level| format!("{start}/{level}")))
                    .collect()
            },
        )
    }

    #[test]
    fn no_node_is_entered_twice() {
        // 2^9 paths fit the topic, and each ends in a level that does not.
        let trie = trie(all(&["a", "+", "b"], 9).into_iter().map(|filter| filter + "/z"));
        let mut walk = trie.matches("a/a/a/a/a/a/a/a/a/a");
        assert_eq!(walk.next(), None);
        let distinct: BTreeSet<usize> = walk.entered.iter().copied().collect();
        assert_eq!(distinct.len(), walk.entered.len(), "a node was entered twice");
        // The root, then a and + below each. Levels that do not fit (b, z) are not entered at all.
        assert_eq!(walk.entered.len(), (1 << 10) - 1);
    }

    #[test]
    fn filters_that_do_not_fit_are_not_visited() {
        let trie = trie((0..10_000).map(|n| format!("home/{n}/+/state")));
        let mut walk = trie.matches("home/77/lamp/state");
        assert_eq!(walk.next().map(String::as_str), Some("home/77/+/state"));
        assert_eq!(walk.next(), None);
        assert_eq!(walk.entered.len(), 5);
    }

    #[test]
    fn a_finished_walk_stays_finished() {
        let trie = trie(["+/b".to_owned(), "#".to_owned()]);
        let mut walk = trie.matches("a/b");
        assert_eq!(walk.by_ref().count(), 2);
        assert!((0..3).all(|_| walk.next().is_none()));
    }

    #[test]
    fn the_order_is_that_of_the_filters() {
        let expected = [
            "#", "a/#", "a/b/#", "a/b", "a/+/#", "a/+", "+/#", "+/b", "+/+/#", "+/+",
        ];
        for turn in 0..expected.len() {
            let mut inserted = expected.map(str::to_owned);
            inserted.rotate_left(turn);
            let trie = trie(inserted);
            assert_eq!(trie.matches("a/b").collect::<Vec<_>>(), expected);
        }
    }
}
