//! Every way in: TCP, TLS, WebSocket, WebSocket inside TLS, and a Unix socket, as clients of others go them.

mod browser;
mod certificates;
mod libraries;
mod ours;
mod programs;
mod raw;
mod settle;
mod tools;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use broker::journal::CloseReason;
use broker::wire::{Packet, Version};
use broker::{Event, QoS};
use tests::harness::way::Reachable;
use tests::harness::{Client, message};

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

/// Publishes to `flow/NAME` once a client of this name has subscribed to it, for a while or until it is dropped.
struct Flow {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Flow {
    fn for_client(broker: &Reachable, client_id: &str) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let until = over.clone();
        let topic = format!("flow/{client_id}");
        let subscribed = broker.wait_subscribed(client_id, &topic);
        let mut client = Client::new(broker.addr(), Version::V311, &format!("flow-to-{client_id}"));
        let thread = std::thread::spawn(move || {
            if subscribed.wait().is_err() {
                return;
            }
            let payload = "x".repeat(100);
            // The journal keeps all of it.
            for _ in 0..100 {
                if until.load(Ordering::Relaxed) {
                    return;
                }
                for _ in 0..20 {
                    client.send(&Packet::Publish(message(&topic, &payload, QoS::AtMostOnce)));
                }
                client.ping();
            }
        });
        Self {
            over,
            thread: Some(thread),
        }
    }
}

impl Drop for Flow {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

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
