//! What a test expects of a stub.

use super::{Count, Expectation, Pattern, event};

/// The stub of this name, of which something is expected.
///
/// ```
/// use broker_core::expect::{stub, stub_answered};
///
/// let twice = stub("lamp").answered(2);
/// assert_eq!(twice, stub_answered().field("stub", "lamp").times(2));
/// ```
pub fn stub(name: impl Into<String>) -> StubNamed {
    StubNamed(name.into())
}

impl Expectation {
    /// The names of the stubs of which something is expected.
    pub fn stubs(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|step| step.pattern.on_stub())
    }
}

/// A stub of which something is expected; made by [`stub`].
///
/// ```
/// use broker_core::expect::stub;
///
/// let never = stub("lamp").answered(0);
/// let of_one_client = stub("lamp").answers("dev-1").times(1..);
/// assert_ne!(never, of_one_client);
/// ```
#[derive(Debug, Clone)]
#[must_use = "say what is expected of it: `.answered(1..)`"]
pub struct StubNamed(String);

impl StubNamed {
    /// It answered so often.
    pub fn answered(self, times: impl Into<Count>) -> Expectation {
        event("stub_answered").field("stub", self.0).times(times)
    }

    /// Its answers to this client, to be counted.
    pub fn answers(self, client_id: impl Into<String>) -> Pattern {
        event("stub_answered").field("stub", self.0).of(client_id)
    }
}
