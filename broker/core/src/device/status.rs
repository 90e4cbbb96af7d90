//! [`DeviceStatus`]: how a device is doing.

use serde::Serialize;

/// How a device is doing. Counts begin when it is added.
///
/// ```
/// use broker_core::device::DeviceStatus;
///
/// let mut status = DeviceStatus::default();
/// status.connects = 3;
/// assert_eq!(status.reconnects(), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct DeviceStatus {
    /// The name of the device or of its group.
    pub name: String,
    /// Its number in its group, from 1.
    pub n: u32,
    /// Its client identifier.
    pub client_id: String,
    /// Whether the broker has let it in.
    pub connected: bool,
    /// How often it was let in.
    pub connects: u64,
    /// Messages that it published; those that were sent again count once.
    pub published: u64,
    /// Of them, those of QoS 1 and 2 that the broker has acknowledged to the end.
    pub acknowledged: u64,
    /// Messages that came, each of QoS 2 once.
    pub received: u64,
    /// Messages that it did not publish: a template failed, or more waited than it may hold.
    pub failed: u64,
    /// Why its last connection ended, or was refused, in words.
    pub last_end: Option<String>,
}

impl DeviceStatus {
    /// How often it came back.
    pub fn reconnects(&self) -> u64 {
        self.connects.saturating_sub(1)
    }
}
