//! [`ListenerId`]: the number of a listener.

/// Says which listener a client came to. 0 stands for those for whose clients nothing of their own is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ListenerId(pub(crate) u16);
