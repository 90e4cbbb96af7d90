//! `Tree`: the rules of a list by the levels of their filters, so that a topic meets only rules that begin as it does.

use super::Subject;
use super::builder::{Compare, Rule};

/// One level of filters.
#[derive(Default)]
pub(super) struct Node {
    /// Deeper ones by their text, in the order of the texts.
    pub literal: Vec<(Box<str>, u32)>,
    /// Those with `%u` or `%c`.
    pub named: Vec<(Template, u32)>,
    /// That of `+`; 0, the root, where there is none.
    pub any: u32,
    /// The rules that end here.
    pub here: Vec<u32>,
    /// The rules that end here with `#`: for this level and all below it.
    pub below: Vec<u32>,
}

/// The filters of a list. A rule is known by its place among all: the lower, the better its rank.
pub(super) struct Tree {
    nodes: Vec<Node>,
}

/// What is asked of the tree.
pub(super) struct Query<'a> {
    pub subject: Subject<'a>,
    /// Whether the topic is a filter, of which everything must be selected.
    pub is_filter: bool,
    /// Whether the topic begins with `$`: then `+` and `#` in front do not select it (`MQTT5-4.7.2-1`, `MQTT311-4.7.2-1`).
    pub is_dollar: bool,
    /// Whether this rule counts.
    pub counts: &'a dyn Fn(u32) -> bool,
}

/// What is left of a topic or filter behind a level; `None` at its end.
pub(super) struct Left<'t>(pub Option<&'t str>);

/// The first level of what is left, and what is left after it.
pub(super) fn split(rest: &str) -> (&str, Option<&str>) {
    match rest.split_once('/') {
        Some((level, after)) => (level, Some(after)),
        None => (rest, None),
    }
}

impl Tree {
    /// The tree of these rules, sorted by rank.
    pub fn new(rules: &[Rule]) -> Self {
        let mut order: Vec<u32> = (0..rules.len() as u32).collect();
        let filter = |id: u32| rules.get(id as usize).map_or("", |rule| &*rule.filter);
        // In this order each level that is new comes last among its neighbours.
        order.sort_by(|a, b| filter(*a).split('/').cmp(filter(*b).split('/')));
        let mut tree = Self {
            nodes: vec![Node::default()],
        };
        for id in order {
            if let Some(rule) = rules.get(id as usize) {
                tree.insert(rule, id);
            }
        }
        tree
    }

    pub fn node(&self, at: u32) -> Option<&Node> {
        self.nodes.get(at as usize)
    }

    fn insert(&mut self, rule: &Rule, id: u32) {
        let mut at = 0;
        let literally = rule.compare == Compare::Literally;
        let mut rest = Some(&*rule.filter);
        while let Some((level, after)) = rest.map(split) {
            rest = after;
            if level == "#" && !literally {
                return self.nodes[at as usize].below.push(id);
            }
            let next = self.nodes.len() as u32;
            let node = &mut self.nodes[at as usize];
            at = if level == "+" && !literally {
                if node.any == 0 {
                    node.any = next;
                }
                node.any
            } else if let Some(template) = Template::of(level).filter(|_| rule.names) {
                match node.named.last() {
                    Some((last, child)) if *last == template => *child,
                    _ => {
                        node.named.push((template, next));
                        next
                    }
                }
            } else {
                match node.literal.last() {
                    Some((last, child)) if **last == *level => *child,
                    _ => {
                        node.literal.push((level.into(), next));
                        next
                    }
                }
            };
            if at == next {
                self.nodes.push(Node::default());
            }
        }
        self.nodes[at as usize].here.push(id);
    }

    /// The best rule that counts and selects the topic.
    pub fn best(&self, query: &Query<'_>, topic: &str) -> Option<u32> {
        let mut best = u32::MAX;
        self.walk(query, 0, Some(topic), &mut best);
        (best < u32::MAX).then_some(best)
    }

    fn walk(&self, query: &Query<'_>, mut at: u32, mut rest: Option<&str>, best: &mut u32) {
        let consider = |rules: &[u32], best: &mut u32| {
            for rule in rules {
                if rule < best && (query.counts)(*rule) {
                    *best = *rule;
                }
            }
        };
        while let Some(node) = self.node(at) {
            let wild = !(at == 0 && query.is_dollar);
            if wild {
                consider(&node.below, best);
            }
            let Some(left) = rest else {
                return consider(&node.here, best);
            };
            for (template, child) in &node.named {
                if let Some(after) = template.strip(left, query.subject) {
                    self.walk(query, *child, after.0, best);
                }
            }
            let (level, after) = split(left);
            if node.any != 0 && wild && !(query.is_filter && level == "#") {
                self.walk(query, node.any, after, best);
            }
            let Some(child) = node.child(level) else { return };
            (at, rest) = (child, after);
        }
    }
}

impl Node {
    pub fn child(&self, level: &str) -> Option<u32> {
        let found = self.literal.binary_search_by(|(text, _)| (**text).cmp(level));
        found
            .ok()
            .and_then(|place| self.literal.get(place))
            .map(|(_, child)| *child)
    }
}

/// A level with names in it: `%u`, `sensor-%c`.
#[derive(PartialEq, Eq)]
pub(super) struct Template(Vec<Part>);

#[derive(PartialEq, Eq)]
enum Part {
    Text(Box<str>),
    User,
    Client,
}

impl Template {
    /// `None` where there are no names in it.
    fn of(level: &str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut left = level;
        while let Some((at, part)) = [("%u", Part::User), ("%c", Part::Client)]
            .into_iter()
            .filter_map(|(name, part)| Some((left.find(name)?, part)))
            .min_by_key(|(at, _)| *at)
        {
            let (before, after) = left.split_at(at);
            if !before.is_empty() {
                parts.push(Part::Text(before.into()));
            }
            parts.push(part);
            left = after.get(2..).unwrap_or_default();
        }
        if parts.is_empty() {
            return None;
        }
        if !left.is_empty() {
            parts.push(Part::Text(left.into()));
        }
        Some(Self(parts))
    }

    /// What of `rest` comes after this level, if it begins with that. A name may have `/` in it, and so be several levels.
    fn strip<'t>(&self, mut rest: &'t str, subject: Subject<'_>) -> Option<Left<'t>> {
        for part in &self.0 {
            rest = rest.strip_prefix(part.text(subject)?)?;
        }
        match rest.strip_prefix('/') {
            Some(after) => Some(Left(Some(after))),
            None => rest.is_empty().then_some(Left(None)),
        }
    }

    /// The level, or levels, for this client; `None` where it has no user name and there is a `%u`.
    pub fn text(&self, subject: Subject<'_>) -> Option<String> {
        self.0.iter().map(|part| part.text(subject)).collect()
    }
}

impl Part {
    fn text<'t>(&'t self, subject: Subject<'t>) -> Option<&'t str> {
        match self {
            Self::Text(text) => Some(text),
            Self::User => subject.user,
            Self::Client => Some(subject.client_id),
        }
    }
}
