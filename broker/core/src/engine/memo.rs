//! Memos: what the program that drives the engine keeps with a session. The engine does not read them.

use std::sync::Arc;

use super::Engine;

impl Engine {
    /// Leaves a memo with the session of this client, in the place of the one before. It goes with the session, and is kept with it
    /// in one batch with all else that this turn changes; a [snapshot](Self::snapshot) has none. Without a session nothing happens.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// # let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// # engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
    /// engine.set_memo("lamp", "bought in May");
    /// engine.set_memo("nobody", "x");
    /// assert_eq!(engine.memo("lamp"), Some("bought in May"));
    /// assert_eq!(engine.memos().collect::<Vec<_>>(), [("lamp", "bought in May")]);
    /// ```
    pub fn set_memo(&mut self, client_id: &str, memo: &str) {
        let key = self.sessions.key_of(client_id);
        let session = key.and_then(|key| self.sessions.get_mut(key));
        let Some(session) = session.filter(|session| session.memo.as_deref() != Some(memo)) else {
            return;
        };
        session.memo = Some(Arc::from(memo));
        session.changed();
    }

    /// The memo that was left with the session of this client.
    pub fn memo(&self, client_id: &str) -> Option<&str> {
        self.sessions.named(client_id)?.memo.as_deref()
    }

    /// Client identifiers of sessions that have one, each with its memo; in no order.
    pub fn memos(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.sessions.values();
        all.filter_map(|session| Some((&*session.client_id, session.memo.as_deref()?)))
    }
}
