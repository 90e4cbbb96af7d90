//! [`BridgeStatus`]: how a bridge is doing.

use std::time::Duration;

use super::{BridgeRoom, Driven};
use crate::engine::Engine;

/// How a bridge is doing.
///
/// ```
/// use broker::settings::Bridge;
///
/// let far = broker::Broker::start().wait()?;
/// let near = broker::Broker::builder().bridge(Bridge::new("up", far.url(), "#")).start().wait()?;
/// let up = &near.bridges().wait()?[0];
/// assert_eq!((&*up.name, &*up.addresses, up.sent), ("up", &[far.url()][..], 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BridgeStatus {
    /// What it is called.
    pub name: String,
    /// `beginning`, `connecting`, `connected`, `waiting` (the link is lost, and is tried again), `asleep` (until enough waits for
    /// it) or `over`.
    pub state: &'static str,
    /// For how many seconds, to the millisecond.
    pub for_secs: f64,
    /// The address that it is connected to, or that it tried last or tries next.
    pub address: String,
    /// All its addresses.
    pub addresses: Vec<String>,
    /// Its client identifier in the other broker.
    pub client_id: String,
    /// Its client identifier in this broker.
    pub local_client_id: String,
    /// How often it was connected.
    pub connects: u64,
    /// Messages that the other broker took; those of QoS 1 and 2 once it has acknowledged them.
    pub sent: u64,
    /// Messages that this broker took from it.
    pub received: u64,
    /// Messages that wait for it in this broker, those included that are on their way.
    pub waiting: usize,
    /// Messages of QoS 1 and 2 that are crossing, either way: the other side has not acknowledged them yet.
    pub under_way: usize,
    /// Messages that did not cross, because one of the two brokers would not take them.
    pub refused: u64,
    /// The last of them, and why.
    pub last_refused: Option<String>,
    /// Why the link was lost last, of those that there were.
    pub last_lost: Option<String>,
    /// Why the last attempt to make a link failed; `None` once one works.
    pub last_failed: Option<String>,
    /// In how many seconds it is tried again, to the millisecond.
    pub next_try_secs: Option<f64>,
}

/// Nobody reads more than milliseconds.
fn secs(time: Duration) -> f64 {
    Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX)).as_secs_f64()
}

impl BridgeRoom {
    /// How all are doing.
    pub fn list(&self, engine: &Engine) -> Vec<BridgeStatus> {
        let now = self.clock.now();
        let status = |driven: &Driven| {
            let bridge = driven.bridge.borrow();
            let (plan, status) = (bridge.plan(), bridge.status());
            BridgeStatus {
                name: plan.name.clone(),
                state: status.phase.name(),
                for_secs: secs(now - status.since),
                address: driven.dialer.place(status.address),
                addresses: driven.dialer.places(),
                client_id: plan.remote.client_id.clone(),
                local_client_id: plan.local.client_id.clone(),
                connects: status.connects,
                sent: status.sent,
                received: status.received,
                waiting: engine.waiting_for(&plan.local.client_id),
                under_way: status.under_way,
                refused: status.refused,
                last_refused: status.last_refused,
                last_lost: status.last_lost,
                last_failed: status.last_failed,
                next_try_secs: status.next_try.map(|at| secs(at - now)),
            }
        };
        self.bridges.iter().map(status).collect()
    }
}
