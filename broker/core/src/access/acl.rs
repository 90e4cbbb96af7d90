//! [`Acl`]: which topics a client may publish to and read.

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
}

/// Access control lists, ready to be asked. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Acl {}

impl Acl {
    /// None at all: everything is allowed.
    pub fn open() -> Self {
        Self::default()
    }

    /// Whether there is none.
    pub fn is_open(&self) -> bool {
        true
    }

    /// What it says of `topic`; for [`Action::Subscribe`] and [`Action::Unsubscribe`] that is a topic filter.
    pub fn ruling(&self, _action: Action, _subject: Subject<'_>, _topic: &str) -> Ruling<'_> {
        Ruling {
            allowed: true,
            line: None,
        }
    }
}
