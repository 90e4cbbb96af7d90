//! What calls to a broker may answer instead, and what it says when it stops.

use crate::capability::{self, Capability};
use crate::engine::{InjectError, Stats};
use crate::snapshot::SnapshotError;

use super::ability;

/// What a broker did, told when it stops.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let broker = broker::Broker::start().await?;
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// broker.wait_connected("lamp").await?;
///
/// let report = broker.shutdown().await;
/// assert_eq!(report.stats.clients_connected, 1);
/// println!("after {} ms: {}", report.uptime_millis, serde_json::to_string(&report)?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Everything that was counted.
    pub stats: Stats,
    /// How long it ran, in milliseconds.
    pub uptime_millis: u64,
}

/// A command came too late or went wrong.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use broker::{Broker, CommandError};
///
/// let broker = Broker::start().await?;
/// let relay = Broker::builder().upstream(&broker.url()).start().await?;
/// let error = relay.clear_retained().await.unwrap_err(); // what is retained is the other broker's
/// assert!(matches!(error, CommandError::Unsupported { .. }));
/// assert!(error.to_string().starts_with("the engine relay cannot do this"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The broker no longer runs. Its thread ends only when it is told to, or through a bug.
    #[error("the broker has stopped")]
    Stopped,
    /// The engine cannot do this. What each of them can is in [`Engine::support`](crate::Engine::support), and in
    /// docs/ENGINES.md.
    #[error("the engine {engine} cannot do this ({what}); {} can", ability::can(*what))]
    Unsupported {
        /// What it would take.
        what: Capability,
        /// The engine.
        engine: capability::Engine,
    },
    /// The message cannot be published.
    #[error(transparent)]
    Inject(#[from] InjectError),
    /// The snapshot cannot be put back.
    #[error("cannot restore the snapshot: {0}")]
    Restore(#[from] SnapshotError),
}
