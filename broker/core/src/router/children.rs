//! The literal children of a trie node: a level's text → the child's slot.

use std::collections::HashMap;

use foldhash::fast::RandomState;

/// Above this many children a node searches by hash.
const FEW_MAX: usize = 8;

/// Children by their level. They are searched for one text and never walked, so the order inside shows nowhere.
#[derive(Debug)]
pub(super) enum Children {
    Few(Vec<(Box<str>, usize)>),
    #[expect(
        clippy::box_collection,
        reason = "most nodes are narrow: the enum stays as small as a Vec"
    )]
    Many(Box<HashMap<Box<str>, usize, RandomState>>),
}

impl Children {
    pub(super) const fn new() -> Self {
        Self::Few(Vec::new())
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Few(few) => few.is_empty(),
            Self::Many(many) => many.is_empty(),
        }
    }

    pub(super) fn get(&self, level: &str) -> Option<usize> {
        match self {
            Self::Few(few) => few
                .iter()
                .find(|(text, _)| **text == *level)
                .map(|&(_, slot)| slot),
            Self::Many(many) => many.get(level).copied(),
        }
    }

    /// Adds a new child.
    pub(super) fn insert(&mut self, level: &str, slot: usize) {
        match self {
            Self::Few(few) if few.len() < FEW_MAX => {
                // Most nodes have a single child, so they get no spare room.
                if few.is_empty() {
                    few.reserve_exact(1);
                }
                few.push((level.into(), slot));
            }
            Self::Few(few) => {
                let mut many: HashMap<_, _, _> = few.drain(..).collect();
                many.insert(level.into(), slot);
                *self = Self::Many(Box::new(many));
            }
            Self::Many(many) => {
                many.insert(level.into(), slot);
            }
        }
    }

    /// Removes the child of this level, if there is one.
    pub(super) fn remove(&mut self, level: &str) {
        match self {
            Self::Few(few) => {
                if let Some(at) = few.iter().position(|(text, _)| **text == *level) {
                    few.swap_remove(at);
                }
            }
            Self::Many(many) => {
                many.remove(level);
            }
        }
        // Half of the limit, so that a number of children that swings around the limit does not cause a rebuild each
        // time.
        if let Self::Many(many) = self
            && many.len() <= FEW_MAX / 2
        {
            *self = Self::Few(many.drain().collect());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn found_while_growing_and_shrinking_across_the_limit() {
        let mut children = Children::new();
        for slot in 0..100 {
            children.insert(&slot.to_string(), slot);
            assert!((0..=slot).all(|slot| children.get(&slot.to_string()) == Some(slot)));
            assert_eq!(children.get("x"), None);
        }
        assert!(matches!(children, Children::Many(_)));
        for slot in 0..100 {
            children.remove(&slot.to_string());
            assert_eq!(children.get(&slot.to_string()), None);
            assert!((slot + 1..100).all(|slot| children.get(&slot.to_string()) == Some(slot)));
        }
        assert!(children.is_empty());
        assert!(matches!(children, Children::Few(_)));
    }
}
