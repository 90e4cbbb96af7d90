//! The publisher.
fn main() {}
