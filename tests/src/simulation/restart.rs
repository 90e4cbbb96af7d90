//! A restart in the middle of everything: what the engine holds is written down, read again and put back.

use broker::snapshot::Snapshot;
use broker_core::engine::Engine;

use super::model::{Check, Model, Phase};
use super::world::World;

impl World {
    /// Every connection is cut at both ends, and the engine goes on from a snapshot that was JSON in between.
    pub(super) fn restart(&mut self) -> Check {
        let before = self.engine.snapshot(self.now);
        self.trace
            .note(|| format!("{} restart: {}", self.now, before.to_json()));
        let read = Snapshot::from_json(&before.to_json()).map_err(|error| format!("snapshot: {error}"))?;
        if read != before {
            return Err(format!("a snapshot reads as another: {before:?}, {read:?}"));
        }
        let order: Vec<String> = before
            .sessions
            .iter()
            .map(|session| session.client_id.clone())
            .collect();
        self.engine
            .restore(self.now, &read)
            .map_err(|error| format!("restore: {error}"))?;
        // Parting words that nobody gets.
        self.look_past_packets();
        let numbers: Vec<u32> = self.links.keys().copied().collect();
        for number in numbers {
            self.cut(number);
            if let Some(link) = self.links.get_mut(&number) {
                link.client_open = false;
                link.broker_open = false;
                self.engine.closed(self.now, link.id, "restart");
            }
        }
        self.bury();
        self.model.restarted(&order)?;

        // Nobody is connected now: the same goes in and comes out, also of an engine that never saw any of it.
        let after = self.engine.snapshot(self.now);
        let mut fresh = Engine::new(self.plan.settings.clone(), before.seed);
        fresh
            .restore(self.now, &after)
            .map_err(|error| format!("restore into a fresh engine: {error}"))?;
        let again = fresh.snapshot(self.now);
        if again != after {
            return Err(format!(
                "a fresh engine holds something else: {} instead of {}",
                again.to_json(),
                after.to_json()
            ));
        }
        let untouched = before.sessions.iter().all(|session| !session.connected);
        if untouched && after != before {
            return Err(format!(
                "restored: {} instead of {}",
                after.to_json(),
                before.to_json()
            ));
        }
        self.look()
    }
}

impl Model {
    /// Every connection is gone at once; then each session goes on as after any loss, in this order.
    fn restarted(&mut self, order: &[String]) -> Check {
        let connected: Vec<String> = self
            .conns
            .values()
            .filter(|conn| conn.phase == Phase::Connected)
            .map(|conn| conn.client.clone())
            .collect();
        self.conns.clear();
        for client in &connected {
            if let Some(session) = self.sessions.get_mut(client) {
                session.conn = None;
            }
        }
        for client in order.iter().filter(|client| connected.contains(client)) {
            self.detach(client, false)?;
        }
        Ok(())
    }
}
