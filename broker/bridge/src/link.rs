//! [`Link`]: what holds while both connections are there, and goes with them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use broker_core::wire::{ConnAckProperties, QoS};

/// So many bytes of messages may wait here because our broker has as many to acknowledge as it takes.
pub(crate) const MOST_HELD_BYTES: usize = 16 * 1024 * 1024;

/// What one of the brokers takes, as its CONNACK says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Takes {
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    pub(crate) packet_bytes: usize,
    pub(crate) receive_maximum: u16,
}

impl Default for Takes {
    fn default() -> Self {
        Self {
            qos: QoS::ExactlyOnce,
            retain: true,
            packet_bytes: usize::MAX,
            receive_maximum: u16::MAX,
        }
    }
}

impl Takes {
    pub(crate) fn of(properties: &ConnAckProperties<'_>) -> Self {
        Self {
            qos: properties.maximum_qos.unwrap_or(QoS::ExactlyOnce),
            retain: properties.retain_available.unwrap_or(true),
            packet_bytes: properties
                .maximum_packet_size
                .map_or(usize::MAX, |most| most as usize),
            receive_maximum: properties.receive_maximum.unwrap_or(u16::MAX),
        }
    }
}

/// A packet of the bridge's own to the other broker, which is to be acknowledged before messages go out.
#[derive(Debug)]
pub(crate) enum Own {
    Subscribe(Vec<String>),
    Other,
}

/// A message that our broker has sent at QoS 1 or 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Out {
    /// It went to the other broker, which has not answered. Our broker sent it with this QoS.
    Sent(QoS),
    /// The other broker has it for good; our broker, to which this is QoS 2, has not released it yet.
    Through,
    /// Our broker has released it; the other has not answered to that.
    Released,
}

#[derive(Debug, Default)]
pub(crate) struct Link {
    /// What the other broker takes.
    pub(crate) remote: Takes,
    /// The other broker still had the session.
    pub(crate) resumed: bool,
    pub(crate) own: BTreeMap<u16, Own>,
    /// Nothing of the bridge's own is unanswered there: messages may go out.
    pub(crate) remote_ready: bool,
    /// Nor here.
    pub(crate) local_ready: bool,
    /// The filters of the SUBSCRIBE packets to our broker that are not answered.
    pub(crate) subscribing: VecDeque<Vec<String>>,
    /// What our broker sent at QoS 1 and 2, by its identifiers.
    pub(crate) outbound: BTreeMap<u16, Out>,
    /// What the other broker sent at QoS 1, by its identifiers, until our broker acknowledges it.
    pub(crate) incoming: BTreeSet<u16>,
    /// So many answers to PUBREL of this identifier are for the bridge itself.
    pub(crate) swallow: BTreeMap<u16, u32>,
    /// Messages of the other broker that wait until ours may be sent more, as they came.
    pub(crate) held: VecDeque<Vec<u8>>,
    pub(crate) held_bytes: usize,
}
