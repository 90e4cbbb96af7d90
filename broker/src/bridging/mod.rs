//! Bridges as settings describe them: what the machine is told, and how the other broker is reached.

mod dial;
mod plan;

pub(crate) use dial::{Dialer, Line};
pub(crate) use plan::{Bridging, bridging};
