//! What a test expects of a rule.

use super::{Count, Expectation, Is, Pattern, event};

/// The rule of this name, of which something is expected.
///
/// ```
/// use broker_core::expect::rule;
///
/// let twice = rule("lost PUBREL").fired(2);
/// assert_eq!(twice.to_string(), r#"2 times: event fault, rule "lost PUBREL", action not "discard" or "swallow", why absent"#);
/// ```
pub fn rule(name: impl Into<String>) -> RuleNamed {
    RuleNamed(name.into())
}

impl Expectation {
    /// The names of the rules of which something is expected.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|step| step.pattern.on_rule())
    }
}

/// A rule of which something is expected; made by [`rule`].
///
/// ```
/// use broker_core::expect::rule;
///
/// let never = rule("lost PUBREL").fired(0);
/// let for_one_client = rule("lost PUBREL").firing_for("lamp").times(1..);
/// assert_ne!(never, for_one_client);
/// ```
#[derive(Debug, Clone)]
#[must_use = "say what is expected of it: `.fired(1..)`"]
pub struct RuleNamed(String);

impl RuleNamed {
    /// It acted so often, for all clients together.
    pub fn fired(self, times: impl Into<Count>) -> Expectation {
        self.pattern().times(times)
    }

    /// Its actions for this client, to be counted.
    pub fn firing_for(self, client_id: impl Into<String>) -> Pattern {
        self.pattern().of(client_id)
    }

    /// What it discards at the end of a connection, and the answers that it takes out, are the rest of what it did before. What it
    /// could not do says why.
    fn pattern(self) -> Pattern {
        event("fault")
            .field("rule", self.0)
            .field("action", Is::not(Is::one_of(["discard", "swallow"])))
            .field("why", Is::absent())
    }
}
