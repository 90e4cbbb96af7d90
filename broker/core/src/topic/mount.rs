//! [`MountPoint`]: what stands before each topic of some clients, who do not see it.

use std::sync::Arc;

use super::{MAX_LEN_BYTES, Share, TopicError, validate_filter};

/// The beginning that all topics of a listener's clients have in the broker.
///
/// ```
/// use broker_core::topic::MountPoint;
///
/// let house = MountPoint::new("house/").expect("it is not empty");
/// assert_eq!(house.topic("lamp").unwrap(), "house/lamp");
/// assert_eq!(house.filter("$share/group/+").unwrap(), "$share/group/house/+");
/// assert_eq!(house.seen("house/lamp"), Some("lamp"));
/// assert_eq!(house.seen("garden/lamp"), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountPoint(Arc<str>);

impl MountPoint {
    /// This one; `None` if it is empty.
    pub fn new(prefix: &str) -> Option<Self> {
        (!prefix.is_empty()).then(|| Self(prefix.into()))
    }

    /// How the topic begins.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The whole topic of a client's topic name; `None` if it would be too long.
    pub fn topic(&self, name: &str) -> Option<String> {
        let topic = format!("{}{name}", self.0);
        (topic.len() <= MAX_LEN_BYTES).then_some(topic)
    }

    /// The whole filter of a client's valid filter. Of a shared subscription, what follows the Share Name.
    ///
    /// # Errors
    /// What follows the mount point does not begin a level, and is `+` or `#`; or the filter would be too long.
    pub fn filter(&self, filter: &str) -> Result<String, TopicError> {
        if let Ok(Some(share)) = Share::parse(filter) {
            let inner = self.filter(share.filter)?;
            let share = Share {
                group: share.group,
                filter: &inner,
            };
            return Ok(share.to_string());
        }
        let whole = format!("{}{filter}", self.0);
        validate_filter(&whole)?;
        Ok(whole)
    }

    /// How a client sees the topic, if it does.
    pub fn seen<'a>(&self, topic: &'a str) -> Option<&'a str> {
        topic.strip_prefix(&*self.0).filter(|seen| !seen.is_empty())
    }

    /// How a client wrote this whole filter.
    pub fn written(&self, filter: &str) -> String {
        match Share::parse(filter) {
            Ok(Some(share)) => Share {
                group: share.group,
                filter: share.filter.strip_prefix(&*self.0).unwrap_or(share.filter),
            }
            .to_string(),
            _ => filter.strip_prefix(&*self.0).unwrap_or(filter).to_owned(),
        }
    }
}
