//! Every way in: TCP, TLS, WebSocket, WebSocket inside TLS, and a Unix socket, as clients of others go them.

mod browser;
mod certificates;
mod libraries;
mod ours;
mod programs;
mod raw;
mod settle;
mod tools;

use broker::Event;
use broker::journal::CloseReason;
use tests::harness::way::Reachable;

/// What `talk` says where all went well: see `tests/data/ways/README.md`.
const TALK: [&str; 7] = [
    "small bar 0",
    "big 307200 same 0",
    "small bar 1",
    "big 307200 same 1",
    "small bar 2",
    "big 307200 same 2",
    "retained kept",
];

/// The client was connected on this way, and its goodbye is a clean one: its will stays unsaid.
fn said_goodbye(broker: &Reachable, client_id: &str, way: &str) {
    broker.until(&format!("{client_id:?} came over {way}"), |event| {
        matches!(event, Event::Connected { client_id: who, way: its, .. } if **who == *client_id && its.to_string() == way)
    });
    broker.until(&format!("{client_id:?} said goodbye"), |event| {
        matches!(
            event,
            Event::Disconnected { client_id: who, cause: CloseReason::ClientDisconnect(_), .. } if **who == *client_id
        )
    });
    let state = broker.state().wait().expect("it runs");
    let will = state.retained_message(&format!("gone/{client_id}"));
    assert!(will.is_none(), "the will of {client_id} was published");
}

/// Nobody did anything that is not allowed, and nothing went wrong inside.
fn all_went_well(broker: &Reachable) {
    let stats = broker.stats();
    assert_eq!(
        (
            stats.violations,
            stats.clients_refused,
            stats.handshakes_failed,
            stats.panics_caught
        ),
        (0, 0, 0, 0),
        "{stats:?}"
    );
}
