//! What a bridge must remember beyond its process. What its session in our engine does not have is the memo of that session.

use std::collections::HashMap;

use broker_bridge::{Bridge, Phase, State};
use serde::{Deserialize, Serialize};

use super::{BridgeRoom, Driven};
use crate::backend::Native;
use crate::engine::Engine;

/// The memo of a bridge: the offset of its identifiers, and which other broker it holds for.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Memo {
    name: String,
    client_id: String,
    addresses: Vec<String>,
    offset: u16,
    /// What it subscribed to in the other broker.
    #[serde(default)]
    filters: Vec<String>,
}

impl Memo {
    fn of(driven: &Driven, bridge: &Bridge) -> Self {
        Self {
            name: bridge.plan().name.clone(),
            client_id: bridge.plan().remote.client_id.clone(),
            addresses: driven.dialer.places(),
            offset: bridge.state().offset.unwrap_or_default(),
            filters: bridge
                .plan()
                .topics
                .remote()
                .map(|(filter, _)| filter.to_owned())
                .collect(),
        }
    }

    /// Whether this is the same bridge to the same broker, as far as one can know.
    fn is_of(&self, now: &Self) -> bool {
        let has_one = |address| self.addresses.contains(address);
        self.name == now.name && self.client_id == now.client_id && now.addresses.iter().any(has_one)
    }
}

impl BridgeRoom {
    /// The broker has started: its bridges go on from what was kept, and of those that it does not have any more nothing stays.
    pub fn recall(&self, native: &mut Native) {
        let now = native.clock.now();
        let engine = &mut native.engine;
        let memos = engine.memos();
        let mut memos: HashMap<String, String> =
            memos.map(|(id, memo)| (id.to_owned(), memo.to_owned())).collect();
        for driven in &self.bridges {
            let mut bridge = driven.bridge.borrow_mut();
            if bridge.plan().local_clean {
                continue;
            }
            let client_id = bridge.plan().local.client_id.clone();
            let memo = memos.remove(&client_id);
            let Some(session) = engine.session_named(now, &client_id) else {
                continue;
            };
            let memo = memo.and_then(|memo| serde_json::from_str::<Memo>(&memo).ok());
            let memo = memo.filter(|memo| memo.is_of(&Memo::of(driven, &bridge)));
            let topics = &bridge.plan().topics;
            let here = session.subscriptions.into_iter().map(|held| held.filter);
            let stale_here = here
                .filter(|filter| topics.local().all(|(wanted, _)| wanted != filter))
                .collect();
            let (offset, there) = memo.map(|memo| (memo.offset, memo.filters)).unzip();
            let there = there.into_iter().flatten();
            let stale_there = there
                .filter(|filter| topics.remote().all(|(wanted, _)| wanted != filter))
                .collect();
            bridge.restore(State {
                offset,
                stale_here,
                stale_there,
                inbound: session.awaiting_pubrel,
                outbound: session.inflight.iter().map(|one| one.packet_id).collect(),
            });
        }
        for client_id in memos.keys() {
            engine.delete_session(now, client_id);
        }
    }
}

/// A connection to our engine begins. Of a session that is there, what is under way goes out on it: under identifiers that must be
/// kept before. Where the bridge only looks after its session nothing goes out.
pub(super) fn before_local(engine: &mut Engine, driven: &Driven, bridge: &Bridge) {
    if bridge.phase() != Phase::Beginning {
        leave(engine, driven, bridge);
    }
}

/// Our engine has said something. A new session has new identifiers, which are kept before it says anything more.
pub(super) fn after_local(engine: &mut Engine, driven: &Driven, bridge: &mut Bridge) {
    if bridge.drawn_offset().is_some() {
        leave(engine, driven, bridge);
    }
}

fn leave(engine: &mut Engine, driven: &Driven, bridge: &Bridge) {
    if bridge.plan().local_clean {
        return;
    }
    // Texts and a number: they can be written.
    let memo = serde_json::to_string(&Memo::of(driven, bridge)).unwrap_or_default();
    engine.set_memo(&bridge.plan().local.client_id, &memo);
}
