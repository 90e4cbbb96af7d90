//! The calls that couple clients with a broker: connections, bytes in and out.

use std::sync::Arc;

use super::super::client::Link;
use super::{DeviceKey, Devices};
use crate::session::ConnId;
use crate::time::Time;

impl Devices {
    /// The next client with something to do.
    pub fn next_touched(&mut self) -> Option<DeviceKey> {
        while let Some(key) = self.touched.pop_front() {
            if let Some(entry) = self.entry(key) {
                entry.touched = false;
                return Some(key);
            }
        }
        None
    }

    /// Whether it wants a connection, and has none.
    pub fn wants_connection(&self, key: DeviceKey) -> bool {
        self.client(key)
            .is_some_and(|client| client.link == Link::Wanted && client.conn.is_none())
    }

    /// The name of the listener that it comes to; empty = the main one.
    pub fn listener(&self, key: DeviceKey) -> Arc<str> {
        let entry = self.clients.get(key.slot as usize);
        entry.map_or_else(|| "".into(), |entry| self.groups[entry.group].listener.clone())
    }

    /// Its connection is open.
    pub fn opened(&mut self, now: Time, key: DeviceKey, conn: ConnId) {
        let Some(entry) = self
            .clients
            .get_mut(key.slot as usize)
            .filter(|entry| entry.key == key)
        else {
            return;
        };
        let client = &mut entry.client;
        client.conn = Some(conn);
        client.connecting(now);
        let feed = &mut self.groups[entry.group].feed;
        if let Err(failure) = client.connect(now, feed) {
            client.status.last_end = Some("a template of its CONNECT failed".to_owned());
            client.leave(false);
            self.failed.push(failure);
        }
        self.after(key);
    }

    /// Its connection.
    pub fn conn(&self, key: DeviceKey) -> Option<ConnId> {
        self.client(key)?.conn
    }

    /// The bytes that it wants to send.
    pub fn outgoing(&self, key: DeviceKey) -> &[u8] {
        self.client(key).map_or(&[], |client| &client.out)
    }

    /// So many of them were taken.
    pub fn sent(&mut self, key: DeviceKey, n: usize) {
        let now = self.now;
        if let Some(entry) = self.entry(key) {
            let client = &mut entry.client;
            client.life.sent_at = now;
            if n >= client.out.len() {
                client.out.clear();
            } else {
                client.out.drain(..n);
            }
        }
    }

    /// It is looked at again once others had their turn: not all that it said was handled.
    pub fn wake(&mut self, key: DeviceKey) {
        self.touch(key);
    }

    /// Whether its connection is to be closed, once nothing is [outgoing](Self::outgoing).
    pub fn wants_to_close(&self, key: DeviceKey) -> bool {
        self.client(key).is_some_and(|client| client.closing)
    }

    /// Bytes came on its connection.
    pub fn receive(&mut self, now: Time, key: DeviceKey, bytes: &[u8]) {
        self.now = self.now.max(now);
        let Some(entry) = self
            .clients
            .get_mut(key.slot as usize)
            .filter(|entry| entry.key == key)
        else {
            return;
        };
        let feed = &mut self.groups[entry.group].feed;
        entry.client.receive(now, bytes, feed, &mut self.failed);
        self.after(key);
    }

    /// Its connection is over, or could not be opened. `why` is for people; what the client knows better counts.
    pub fn closed(&mut self, now: Time, key: DeviceKey, why: &str) {
        self.now = self.now.max(now);
        let Some(entry) = self.entry(key) else { return };
        if entry.removed {
            return self.forget(key);
        }
        let client = &mut entry.client;
        if !client.closing {
            client.status.last_end.get_or_insert_with(|| why.to_owned());
        }
        client.is_over(now);
        self.after(key);
    }
}
