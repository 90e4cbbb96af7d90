//! What waits until it is kept, and who is told when it does not wait any more.

use std::collections::BTreeMap;
use std::sync::Arc;

use broker_core::change::{ChangeError, Changes, VERSION, read};
use broker_core::engine::{ConnId, Engine, Injected};
use broker_core::settings::BrokerSettings;
use broker_core::snapshot::Snapshot;
use broker_core::time::Time;
use broker_core::wire::QoS;

/// What is kept.
#[derive(Default)]
struct Entries(BTreeMap<Vec<u8>, Vec<u8>>);

impl Changes for Entries {
    fn put(&mut self, key: &[u8], value: &[u8]) {
        self.0.insert(key.to_vec(), value.to_vec());
    }

    fn remove(&mut self, key: &[u8]) {
        self.0.remove(key);
    }

    fn remove_all(&mut self, prefix: &[u8]) {
        self.0.retain(|key, _| !key.starts_with(prefix));
    }
}

impl Entries {
    fn read(&self) -> Snapshot {
        let all = self.0.iter().map(|(key, value)| (&key[..], &value[..]));
        read(all, 0, 7).expect("it can be read")
    }
}

const NOW: Time = Time::ZERO;
/// Clean Session is 0.
const CONNECT: &[u8] = b"\x10\x10\0\x04MQTT\x04\0\0\0\0\x04lamp";

/// The turn is over; its changes are this batch, and are not kept yet. Whether there were any.
fn end_turn(engine: &mut Engine, batch: u64) -> bool {
    let binds = engine.has_changes() && engine.take_changes(NOW, 0, &mut Entries::default());
    engine.end_turn(binds.then_some(batch));
    binds
}

/// Writes all that may be written now: how many bytes.
fn write(engine: &mut Engine, client: ConnId) -> usize {
    let mut written = 0;
    while let Some(id) = engine.next_touched() {
        assert_eq!(id, client);
        let n = engine.outbox(id).expect("it is there").front().len();
        engine.wrote(NOW, id, n);
        written += n;
    }
    written
}

/// An engine that keeps, and a client with a session that stays, subscribed to everything at QoS 1.
fn engine() -> (Engine, ConnId) {
    let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    engine.keep(NOW, None).expect("nothing was kept");
    let client = engine.open(NOW, "a lamp".to_owned());
    engine.receive(NOW, client, CONNECT);
    engine.receive(NOW, client, b"\x82\x06\0\x01\0\x01#\x01"); // SUBSCRIBE
    assert!(end_turn(&mut engine, 1));
    assert_eq!(write(&mut engine, client), 0, "it waits");
    engine.changes_kept(1);
    assert_eq!(write(&mut engine, client), 9, "CONNACK and SUBACK");
    (engine, client)
}

/// As devices and bridges do, which speak while all others are written to.
fn publish_while_writing(engine: &mut Engine, client: ConnId, qos: QoS) {
    assert!(!engine.has_unended());
    let message = Injected::text("a", "b").qos(qos);
    engine.publish(NOW, message).expect("it is taken");
    assert_eq!(write(engine, client), 0, "the turn is not over");
    assert!(engine.has_unended());
}

#[test]
fn what_was_looked_at_too_early_is_told_again_at_the_end_of_a_turn_that_changes_nothing() {
    let (mut engine, client) = engine();
    publish_while_writing(&mut engine, client, QoS::AtMostOnce);
    assert!(!end_turn(&mut engine, 2), "nothing that is kept has changed");
    assert!(!engine.has_unended());
    assert_eq!(write(&mut engine, client), 6, "PUBLISH");
}

#[test]
fn what_was_looked_at_too_early_is_told_again_once_it_is_kept() {
    let (mut engine, client) = engine();
    publish_while_writing(&mut engine, client, QoS::AtLeastOnce);
    assert!(end_turn(&mut engine, 2));
    assert!(!engine.has_unended());
    assert_eq!(write(&mut engine, client), 0, "it waits for the disk");
    engine.changes_kept(2);
    assert_eq!(write(&mut engine, client), 8, "PUBLISH with an identifier");
}

#[test]
fn a_memo_is_kept_with_its_session_and_goes_with_it() {
    let mut entries = Entries::default();
    let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    engine.keep(NOW, None).expect("nothing was kept");
    let client = engine.open(NOW, "a lamp".to_owned());
    engine.receive(NOW, client, CONNECT);
    engine.set_memo("lamp", "a");
    engine.set_memo("lamp", "b");
    assert!(engine.take_changes(NOW, 0, &mut entries), "it binds");
    let kept = entries.read();
    assert_eq!(kept.session("lamp").and_then(|it| it.memo.as_deref()), Some("b"));
    let mut other = Engine::new(Arc::new(BrokerSettings::default()), 8);
    other.keep(NOW, Some(&kept)).expect("it is consistent");
    assert_eq!(other.memo("lamp"), Some("b"));
    engine.set_memo("lamp", "b");
    assert!(!engine.has_changes(), "it is the same");
    // A snapshot has none, nor has its file.
    assert_eq!(
        engine
            .snapshot(NOW)
            .session("lamp")
            .and_then(|it| it.memo.clone()),
        None
    );
    engine.closed(NOW, client, "gone");
    assert!(engine.delete_session(NOW, "lamp"));
    engine.take_changes(NOW, 0, &mut entries);
    assert!(entries.read().session("lamp").is_none() && engine.memos().next().is_none());
}

/// In version 1 of what is kept no session had a memo.
#[test]
fn what_an_older_broker_kept_is_read() {
    let of = |version: &'static [u8]| read([(&b"v"[..], version)], 0, 7);
    assert!(of(b"1").is_ok() && of(VERSION.to_string().leak().as_bytes()).is_ok());
    for newer in [&b"3"[..], b"0", b"", b"x"] {
        assert!(matches!(of(newer), Err(ChangeError::Version { .. })));
    }
}
