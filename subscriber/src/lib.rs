//! The subscriber.
