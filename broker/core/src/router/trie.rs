//! A trie of topic levels: one value for each filter, found by topic.
//!
//! ```text
//!   filters  a/+   a/#   +/b          (root)
//!                                    a /    \ +
//!                              (a) multi:a/#  (+)
//!                           + /                 \ b
//!                        (a/+) here             (+/b) here
//! ```
//!
//! Nodes stand in one slab and name each other by slot. So no code here recurses, not even to drop a filter of 65,535
//! levels, and a walk finds its way back up without a stack (see [`Walk`]).

use slab::Slab;

use super::children::Children;
use super::walk::Walk;

/// The slot of the root. The root is never a child, so as a child's slot it means "no child".
pub(super) const ROOT: usize = 0;

/// Values by filter.
#[derive(Debug)]
pub(super) struct Trie<T> {
    /// Slots that nodes name are always occupied: a child and its entry in the parent are removed together.
    nodes: Slab<Node<T>>,
}

#[derive(Debug)]
pub(super) struct Node<T> {
    pub(super) parent: usize,
    /// The child for `+`, or [`ROOT`] if there is no such child.
    pub(super) plus: usize,
    /// The children for levels without a wildcard.
    pub(super) children: Children,
    /// The value of the filter that ends here.
    pub(super) here: Option<Box<T>>,
    /// The value of the filter that ends with `#` below here.
    pub(super) multi: Option<Box<T>>,
}

impl<T> Node<T> {
    const fn new(parent: usize) -> Self {
        Self {
            parent,
            plus: ROOT,
            children: Children::new(),
            here: None,
            multi: None,
        }
    }

    fn is_empty(&self) -> bool {
        self.here.is_none() && self.multi.is_none() && self.plus == ROOT && self.children.is_empty()
    }

    fn child(&self, level: &str) -> Option<usize> {
        if level == "+" {
            Some(self.plus).filter(|&slot| slot != ROOT)
        } else {
            self.children.get(level)
        }
    }

    fn value(&self, multi: bool) -> Option<&T> {
        if multi {
            self.multi.as_deref()
        } else {
            self.here.as_deref()
        }
    }

    fn value_mut(&mut self, multi: bool) -> &mut Option<Box<T>> {
        if multi { &mut self.multi } else { &mut self.here }
    }
}

/// The levels that lead to a filter's node (`None`: the root itself), and whether the value is the node's `#`.
fn path(filter: &str) -> (Option<&str>, bool) {
    match filter.rsplit_once('/') {
        Some((parent, "#")) => (Some(parent), true),
        None if filter == "#" => (None, true),
        _ => (Some(filter), false),
    }
}

/// The levels of a path from [`path`].
fn levels(path: Option<&str>) -> impl DoubleEndedIterator<Item = &str> {
    path.into_iter().flat_map(|path| path.split('/'))
}

impl<T> Trie<T> {
    pub(super) fn new() -> Self {
        let mut nodes = Slab::new();
        nodes.insert(Node::new(ROOT));
        Self { nodes }
    }

    /// Whether no filter has a value.
    pub(super) fn is_empty(&self) -> bool {
        self.nodes.get(ROOT).is_none_or(Node::is_empty)
    }

    /// How many nodes there are; 0 if no filter has a value, though the root is always there.
    pub(super) fn node_count(&self) -> usize {
        if self.is_empty() { 0 } else { self.nodes.len() }
    }

    pub(super) fn node(&self, slot: usize) -> Option<&Node<T>> {
        self.nodes.get(slot)
    }

    /// The value of exactly this filter.
    pub(super) fn get(&self, filter: &str) -> Option<&T> {
        let (slot, multi) = self.find(filter)?;
        self.nodes.get(slot)?.value(multi)
    }

    /// As [`Trie::get`], to change it.
    pub(super) fn get_mut(&mut self, filter: &str) -> Option<&mut T> {
        let (slot, multi) = self.find(filter)?;
        self.nodes.get_mut(slot)?.value_mut(multi).as_deref_mut()
    }

    /// The value of exactly this filter, made with `make` if there was none.
    pub(super) fn get_or_insert_with(&mut self, filter: &str, make: impl FnOnce() -> T) -> &mut T {
        let (path, multi) = path(filter);
        let mut slot = ROOT;
        for level in levels(path) {
            slot = match self.nodes[slot].child(level) {
                Some(child) => child,
                None => self.add_child(slot, level),
            };
        }
        self.nodes[slot]
            .value_mut(multi)
            .get_or_insert_with(|| Box::new(make()))
    }

    fn add_child(&mut self, parent: usize, level: &str) -> usize {
        let child = self.nodes.insert(Node::new(parent));
        let node = &mut self.nodes[parent];
        if level == "+" {
            node.plus = child;
        } else {
            node.children.insert(level, child);
        }
        child
    }

    /// Removes the value of exactly this filter, and every node that is no longer needed.
    pub(super) fn remove(&mut self, filter: &str) -> Option<T> {
        let (mut slot, multi) = self.find(filter)?;
        let removed = self.nodes.get_mut(slot)?.value_mut(multi).take()?;
        for level in levels(path(filter).0).rev() {
            if !self.nodes[slot].is_empty() {
                break;
            }
            let parent = self.nodes.remove(slot).parent;
            let node = &mut self.nodes[parent];
            if level == "+" {
                node.plus = ROOT;
            } else {
                node.children.remove(level);
            }
            slot = parent;
        }
        if self.is_empty() {
            // A slab never gives memory back by itself.
            *self = Self::new();
        }
        Some(*removed)
    }

    fn find(&self, filter: &str) -> Option<(usize, bool)> {
        let (path, multi) = path(filter);
        let mut slot = ROOT;
        for level in levels(path) {
            slot = self.nodes.get(slot)?.child(level)?;
        }
        Some((slot, multi))
    }

    /// The values of all filters that select `topic`, each once, in an order that depends on the filters alone.
    pub(super) fn matches<'t, 's>(&'t self, topic: &'s str) -> Walk<'t, 's, T> {
        Walk::new(self, topic)
    }
}
