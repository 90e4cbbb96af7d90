//! [`Acl`]: which topics a client may publish to, read and subscribe to.
//!
//! An ACL has *lists* of rules. Each client has a chain of lists: those given to its client identifier, then those given to its
//! user name (or to clients without one), then those given to everybody. The first list of the chain with a rule for the
//! action and the topic decides, and in that list the rule of the best rank. Where no list has one, the default of the action
//! decides.
//!
//! So it is with lines as mosquitto has them ([`AclBuilder::lines`], [`acl_file`](super::acl_file)): one list for each user, one
//! for everybody, `deny` ranks before the others, and the default is that nothing is allowed. Whether a client may subscribe
//! follows from what it may read there. Other sources build lists of their own, rule by rule.

mod builder;
mod lines;
mod list;
mod overlap;
#[cfg(test)]
mod tests;
mod told;
mod tree;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use foldhash::fast::RandomState;

pub(crate) use builder::NO_LINE_OF;
pub(super) use builder::check_filter;
pub use builder::{AclBuilder, Actions, Compare, Holder, ListId, Rule};
use list::List;
pub(super) use told::Told;

/// What a client wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Publish to a topic, also by a will.
    Publish,
    /// Get a message of a topic.
    Receive,
    /// Subscribe to a topic filter.
    Subscribe,
    /// Unsubscribe from one.
    Unsubscribe,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Publish, Self::Receive, Self::Subscribe, Self::Unsubscribe];
}

/// Who wants it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The client identifier.
    pub client_id: &'a str,
    /// Who it proved to be.
    pub user: Option<&'a str>,
}

/// What an ACL says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ruling<'a> {
    /// Whether it may be done.
    pub allowed: bool,
    /// The line that decided, and where it stands: `acl.conf:7: topic read home/#`. `None` where no line speaks of the topic.
    pub line: Option<&'a str>,
    /// How much was looked at for this answer, where it is more than a walk along the topic.
    pub looked_at: usize,
    otherwise: &'a str,
}

impl<'a> Ruling<'a> {
    /// What decided, for people: the line, or `no line of acl.conf allows it`.
    pub fn why(&self) -> &'a str {
        self.line.unwrap_or(self.otherwise)
    }
}

/// Access control lists, ready to be asked. Cheap to clone.
///
/// ```
/// use broker_core::access::{Acl, Action, Subject};
/// use settings::{AclAccess, AclLine};
///
/// let lines = [AclLine::new("home/#", AclAccess::Read), AclLine::new("home/door", AclAccess::Deny)];
/// let acl = Acl::of_lines(&lines).unwrap();
/// let lamp = Subject { client_id: "lamp", user: None };
/// assert!(acl.ruling(Action::Receive, lamp, "home/lamp").allowed);
/// let door = acl.ruling(Action::Receive, lamp, "home/door");
/// assert_eq!((door.allowed, door.why()), (false, "the setting acl[1]: deny home/door"));
/// ```
#[derive(Clone, Default)]
pub struct Acl(Option<Arc<Inner>>);

/// The lists of each holder that has a name.
type Holders = HashMap<Arc<str>, Vec<ListId>, RandomState>;

struct Inner {
    lists: Vec<List>,
    clients: Holders,
    users: Holders,
    without_user: Vec<ListId>,
    everybody: Vec<ListId>,
    /// Whether a client may subscribe where it may read something, and unsubscribe from everything.
    subscribe_follows_read: bool,
    /// Why clients whose user name has no list are denied everything, if they are.
    strangers: Option<Arc<str>>,
    defaults: [Otherwise; 4],
    /// Whether its defaults hold whatever another ACL says.
    is_final: bool,
    /// Where its lines come from: the beginning of what it says of them.
    sources: Vec<Arc<str>>,
}

/// What holds where no rule speaks.
#[derive(Clone)]
struct Otherwise {
    allowed: bool,
    why: Arc<str>,
}

impl fmt::Debug for Acl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            None => f.write_str("Acl(open)"),
            Some(_) => write!(f, "Acl({} lines)", self.len()),
        }
    }
}

impl Acl {
    /// None at all: everything is allowed.
    pub fn open() -> Self {
        Self::default()
    }

    /// An empty one, to be filled.
    pub fn builder() -> AclBuilder {
        AclBuilder::default()
    }

    /// That of these lines of the settings; [`Acl::open`] without any.
    ///
    /// # Errors
    /// The number of the first line with an invalid filter, counted from 0, and what is wrong with it.
    pub fn of_lines(lines: &[settings::AclLine]) -> Result<Self, (usize, String)> {
        if lines.is_empty() {
            return Ok(Self::open());
        }
        let mut acl = Self::builder();
        acl.lines(lines)?;
        Ok(acl.build())
    }

    /// One that allows nothing, for this reason, whatever another says.
    pub fn closed(why: impl Into<Arc<str>>) -> Self {
        let mut acl = Self::builder();
        let why = why.into();
        for action in Action::ALL {
            acl.otherwise(action, false, why.clone());
        }
        acl.is_final = true;
        acl.build()
    }

    /// The files that its lines come from, by the names under which they were read.
    pub(crate) fn sources(&self) -> &[Arc<str>] {
        self.0.as_ref().map_or(&[], |inner| &inner.sources)
    }

    /// Whether there is none.
    #[inline]
    pub fn is_open(&self) -> bool {
        self.0.is_none()
    }

    /// How many lines it has.
    pub fn len(&self) -> usize {
        self.0.iter().flat_map(|inner| &inner.lists).map(List::len).sum()
    }

    /// Whether it has none; it may still forbid everything.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What it says of `topic`; for [`Action::Subscribe`] and [`Action::Unsubscribe`] that is a topic filter, without
    /// `$share/GROUP/`.
    pub fn ruling(&self, action: Action, subject: Subject<'_>, topic: &str) -> Ruling<'_> {
        let Some(inner) = &self.0 else { return OPEN };
        inner
            .says(action, subject, topic)
            .unwrap_or_else(|| inner.default_of(action))
    }

    /// The same for a client that may have an ACL of its own. That is asked first. Where it has no line for the topic, the lines
    /// of `common` decide; where `common` is [open](Acl::open), the default of the client's own.
    pub fn ruling_of_both<'a>(
        own: Option<&'a Self>,
        common: &'a Self,
        action: Action,
        subject: Subject<'_>,
        topic: &str,
    ) -> Ruling<'a> {
        let Some(own) = own.and_then(|own| own.0.as_ref()) else {
            return common.ruling(action, subject, topic);
        };
        match own.says(action, subject, topic) {
            Some(ruling) => ruling,
            None if common.is_open() => own.default_of(action),
            None => common.ruling(action, subject, topic),
        }
    }
}

const OPEN: Ruling<'static> = Ruling {
    allowed: true,
    line: None,
    looked_at: 0,
    otherwise: "there is no ACL",
};

fn lists_of<'a>(holders: &'a Holders, name: &str) -> &'a [ListId] {
    // Often there are none: then the name need not be hashed.
    if holders.is_empty() {
        return &[];
    }
    holders.get(name).map_or(&[], Vec::as_slice)
}

impl Inner {
    /// The lists of this client, in the order in which they are asked.
    fn chain(&self, subject: Subject<'_>) -> impl Iterator<Item = &List> {
        let client = lists_of(&self.clients, subject.client_id);
        let user = match subject.user {
            Some(name) => lists_of(&self.users, name),
            None => &self.without_user,
        };
        let chain = client.iter().chain(user).chain(&self.everybody);
        chain.filter_map(|id| self.lists.get(id.0))
    }

    /// What a line says; `None` where no line speaks of the topic.
    fn says(&self, action: Action, subject: Subject<'_>, topic: &str) -> Option<Ruling<'_>> {
        if let (Some(why), Some(name)) = (&self.strangers, subject.user)
            && !self.users.contains_key(name)
        {
            return Some(Ruling {
                allowed: false,
                line: None,
                looked_at: 0,
                otherwise: why,
            });
        }
        let said = match action {
            Action::Subscribe | Action::Unsubscribe if !self.subscribe_follows_read => {
                self.first(action, subject, topic, true)
            }
            Action::Subscribe => self.may_read_within(subject, topic),
            _ => self.first(action, subject, topic, false),
        };
        said.or_else(|| self.is_final.then(|| self.default_of(action)))
    }

    /// What the first list says that has a rule for it. `is_filter`: the rule must hold for all that the topic filter selects.
    fn first(
        &self,
        action: Action,
        subject: Subject<'_>,
        topic: &str,
        is_filter: bool,
    ) -> Option<Ruling<'_>> {
        self.chain(subject)
            .find_map(|list| list.says(action, subject, topic, is_filter))
    }

    fn default_of(&self, action: Action) -> Ruling<'_> {
        let otherwise = &self.defaults[action as usize];
        Ruling {
            allowed: otherwise.allowed,
            line: None,
            looked_at: 0,
            otherwise: &otherwise.why,
        }
    }
}
