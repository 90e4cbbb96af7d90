//! The end of the broker, for its bridges: what they have for either side goes there before the connections end.

use tokio::time::timeout;

use crate::front::{STOP_GRACE, Shell};

impl Shell {
    /// The broker stops. Returns once no bridge has a connection to another broker, or after a while.
    pub(in crate::front) async fn stop_bridges(&self) {
        let room = &self.machines.bridges;
        for driven in &room.bridges {
            driven.bridge.borrow_mut().stop(room.clock.now());
            driven.wake.notify_one();
        }
        let all_ended = async {
            while room.bridges.iter().any(|driven| driven.has_line.get()) {
                room.line_ended.notified().await;
            }
        };
        let _ = timeout(STOP_GRACE, all_ended).await;
    }
}
