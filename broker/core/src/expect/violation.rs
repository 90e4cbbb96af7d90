//! [`no_violations`]: clients did nothing that a profile or a contract would not take.

use super::{Expectation, event};

/// No client broke a limit of the profile, or a contract.
///
/// ```
/// use broker_core::expect::{no_violations, violation};
///
/// assert_eq!(no_violations(), violation().never());
/// ```
pub fn no_violations() -> Expectation {
    event("violation").never()
}
