//! What a broker was told to keep it keeps: over its end, kill -9, a cut file, a full disk.

mod bridged;
mod disk;
mod half;
mod inside;
mod kept;
mod killed;
mod page;

use broker::snapshot::Snapshot;
use broker::{Broker, QoS};
use tests::harness::folder::Folder;

/// A broker in this process that keeps its state in `folder`.
fn start(folder: &Folder) -> Broker {
    start_or_say(folder).unwrap_or_else(|why| panic!("{why}"))
}

fn start_or_say(folder: &Folder) -> Result<Broker, String> {
    let state_dir = folder.file("state").display().to_string();
    let builder = Broker::builder().configure(|settings| settings.state_dir = state_dir);
    builder.start().wait().map_err(|error| error.to_string())
}

fn shut_down(broker: &Broker) {
    broker.shutdown().wait().expect("it ends in order");
}

/// A state without what no broker keeps: messages of QoS 0 in queues, random numbers, times, turns of shared subscriptions.
fn lasting(mut snapshot: Snapshot) -> Snapshot {
    (snapshot.at_nanos, snapshot.seed, snapshot.chance) = (0, 0, 0);
    snapshot.shared.clear();
    for session in &mut snapshot.sessions {
        session.queued.retain(|delivery| delivery.qos != QoS::AtMostOnce);
        session.ends_in_nanos = session.ends_in_nanos.map(|_| 0);
        session.next_packet_id = std::num::NonZeroU16::MIN;
        if let Some(will) = &mut session.will {
            will.due_in_nanos = will.due_in_nanos.map(|_| 0);
        }
    }
    for message in &mut snapshot.messages {
        message.expires_in_nanos = message.expires_in_nanos.map(|_| 0);
        message.retained_for_nanos = message.retained_for_nanos.map(|_| 0);
    }
    snapshot
}
