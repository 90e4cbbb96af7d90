//! `TopicError`: what is wrong with a topic name or filter, and where.

/// Why a string is not a topic name, topic filter or shared subscription.
///
/// ```
/// use broker_core::topic;
///
/// let error = topic::validate_filter("a/b#").unwrap_err();
/// assert_eq!((error.offset, error.statement), (3, "MQTT5-4.7.1-1"));
/// println!("{error}"); // what would be right, too
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {offset} ({statement})")]
pub struct TopicError {
    /// What is wrong and what would be right, in words.
    pub what: &'static str,
    /// Where: the offset in bytes from the start of the string that was given.
    pub offset: usize,
    /// The statement of the standard that is broken, numbered as MQTT 5.0 numbers it.
    pub statement: &'static str,
}
