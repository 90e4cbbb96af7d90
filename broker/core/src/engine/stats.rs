//! `Stats`: what is counted. The source of `$SYS` topics and of the report at shutdown.

use super::DropReason;

/// Counters since the start of the broker.
///
/// ```
/// let broker = broker::Broker::start().wait()?;
/// // … "dev-1" connects and publishes to a/b …
/// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
/// broker.settle().wait()?;
/// let stats = broker.stats().wait()?;
/// assert_eq!((stats.publish_received, stats.publish_sent, stats.violations), (1, 0, 0));
/// println!("{}", serde_json::to_string(&stats)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Stats {
    /// Network connections accepted.
    pub connections_opened: u64,
    /// CONNECTs received.
    pub connects_received: u64,
    /// CONNECTs accepted.
    pub clients_connected: u64,
    /// CONNECTs refused.
    pub clients_refused: u64,
    /// Most clients connected at the same time.
    pub clients_maximum: u64,
    /// Connections closed because the client's bytes were no packet or broke a rule.
    pub violations: u64,
    /// Connections closed by Keep Alive.
    pub keep_alive_timeouts: u64,
    /// Connections closed because no CONNECT came in time.
    pub connect_timeouts: u64,
    /// Connections closed because the client took nothing while bytes waited for it.
    pub write_timeouts: u64,
    /// Connections turned away at the door because too many were open.
    pub connections_turned_away: u64,
    /// Connections closed before they were let in, to make room for a new one.
    pub connections_gave_way: u64,
    /// Connections that got no further than TLS, WebSocket, HTTP or a PROXY header.
    pub handshakes_failed: u64,
    /// Bytes received.
    pub bytes_received: u64,
    /// Bytes sent.
    pub bytes_sent: u64,
    /// Packets received, of any type.
    pub packets_received: u64,
    /// Packets sent, of any type.
    pub packets_sent: u64,
    /// PUBLISH packets received.
    pub publish_received: u64,
    /// PUBLISH packets sent.
    pub publish_sent: u64,
    /// Payload bytes of PUBLISH packets received.
    pub publish_bytes_received: u64,
    /// Payload bytes of PUBLISH packets sent.
    pub publish_bytes_sent: u64,
    /// Deliveries dropped because the session's queue was full.
    pub dropped_queue_full: u64,
    /// Deliveries dropped because the client reads too slowly (QoS 0).
    pub dropped_outbox_full: u64,
    /// Deliveries dropped because the broker held as much as it may.
    pub dropped_memory_full: u64,
    /// Other refusals because the broker held as much as it may: of CONNECTs, subscriptions, retained messages, topic
    /// aliases, packets that were half there.
    pub refused_for_memory: u64,
    /// Deliveries dropped because they exceed the client's Maximum Packet Size.
    pub dropped_too_large: u64,
    /// Deliveries dropped because the message expired while it waited.
    pub dropped_expired: u64,
    /// Deliveries dropped because the session ended.
    pub dropped_session_ended: u64,
    /// Sessions that ended because their Session Expiry Interval passed.
    pub sessions_expired: u64,
    /// Panics caught while a connection was served; each is a bug.
    pub panics_caught: u64,
}

impl Stats {
    /// All deliveries dropped.
    pub const fn dropped(&self) -> u64 {
        self.dropped_queue_full
            + self.dropped_outbox_full
            + self.dropped_memory_full
            + self.dropped_too_large
            + self.dropped_expired
            + self.dropped_session_ended
    }

    /// `deliveries` were dropped.
    pub(super) fn count_dropped(&mut self, why: DropReason, deliveries: u32) {
        let count = match why {
            DropReason::QueueFull => &mut self.dropped_queue_full,
            DropReason::OutboxFull => &mut self.dropped_outbox_full,
            DropReason::MemoryFull => &mut self.dropped_memory_full,
            DropReason::TooLarge => &mut self.dropped_too_large,
            DropReason::Expired => &mut self.dropped_expired,
            DropReason::SessionEnded => &mut self.dropped_session_ended,
            // The standard asks for it, or an ACL: it is no loss.
            DropReason::Away | DropReason::MayNotRead => return,
        };
        *count += u64::from(deliveries);
    }
}
