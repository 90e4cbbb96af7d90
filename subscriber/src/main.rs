//! The subscriber.
fn main() {}
