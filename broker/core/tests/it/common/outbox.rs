//! Takes what an engine wrote, as a socket would.

use std::io::IoSlice;

use broker_core::engine::{ConnId, Engine};
use broker_core::time::Time;

/// All that the engine has to write on a connection.
pub(crate) fn written(engine: &mut Engine, id: ConnId) -> Vec<u8> {
    let mut written = Vec::new();
    while let Some(outbox) = engine.outbox(id).filter(|outbox| !outbox.is_empty()) {
        let mut slices = [IoSlice::new(&[]); 8];
        let filled = outbox.fill(&mut slices);
        let before = written.len();
        for slice in &slices[..filled] {
            written.extend_from_slice(slice);
        }
        engine.wrote(Time::ZERO, id, written.len() - before);
    }
    written
}
