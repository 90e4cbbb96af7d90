//! [`Report`]: what a broker says when it stops.

use crate::engine::Stats;

/// What a broker did, told when it stops.
///
/// ```
/// let broker = broker::Broker::start().wait()?;
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// broker.wait_connected("lamp").wait()?;
///
/// let report = broker.shutdown().wait()?;
/// assert_eq!(report.stats.clients_connected, 1);
/// println!("after {} ms: {}", report.uptime_millis, serde_json::to_string(&report)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Everything that was counted.
    pub stats: Stats,
    /// How long it ran, in milliseconds.
    pub uptime_millis: u64,
}
