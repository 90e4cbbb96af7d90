//! Documents of both versions, read, exercised and broken.

mod ground;
mod hostile;
mod inferred;
mod kept;
mod sparkplug;
mod wrong;
