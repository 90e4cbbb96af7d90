//! An engine with devices: bytes go to and fro in memory, and time goes from one instant to the next.

use std::collections::BTreeMap;
use std::io::IoSlice;
use std::sync::Arc;
use std::time::Duration;

use broker_core::device::{Device, DeviceKey, DeviceStatus, Devices};
use broker_core::engine::{ConnId, Engine};
use broker_core::journal::{Direction, Mark};
use broker_core::settings::BrokerSettings;
use broker_core::template::Files;
use broker_core::time::Time;

pub struct Bench {
    pub engine: Engine,
    pub devices: Devices,
    pub now: Time,
    pub away: bool,
    conns: BTreeMap<ConnId, DeviceKey>,
}

impl Bench {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut BrokerSettings)) -> Self {
        let mut settings = BrokerSettings::default();
        settings.sys.interval_secs = 0;
        change(&mut settings);
        Self {
            engine: Engine::new(Arc::new(settings), 7),
            devices: Devices::new(7),
            now: Time::ZERO,
            away: false,
            conns: BTreeMap::new(),
        }
    }

    pub fn add(&mut self, device: Device) {
        self.devices
            .add(self.now, device, &Files::default(), Duration::ZERO)
            .unwrap();
        self.run_until(self.now);
    }

    /// Goes from instant to instant.
    pub fn run_until(&mut self, until: Time) {
        loop {
            self.exchange();
            let next = [self.engine.next_timeout(), self.devices.next_timeout()];
            let next = next.into_iter().flatten().min().filter(|at| *at <= until);
            let Some(next) = next else { break };
            self.now = self.now.max(next);
            self.devices.tick(self.now);
            self.engine.tick(self.now);
        }
        self.now = until;
    }

    pub fn run_secs(&mut self, secs: u64) {
        self.run_until(self.now + Duration::from_secs(secs));
    }

    fn exchange(&mut self) {
        loop {
            if let Some(key) = self.devices.next_touched() {
                self.heed_device(key);
            } else if let Some(id) = self.engine.next_touched() {
                self.feed_device(id);
            } else {
                return;
            }
        }
    }

    fn heed_device(&mut self, key: DeviceKey) {
        if self.devices.wants_connection(key) {
            if self.away {
                return self.devices.closed(self.now, key, "nobody listens");
            }
            let id = self.engine.open(self.now, "a device".to_owned());
            self.conns.insert(id, key);
            self.devices.opened(self.now, key, id);
        }
        let Some(id) = self.devices.conn(key) else { return };
        let taken = self.engine.receive(self.now, id, self.devices.outgoing(key));
        self.devices.sent(key, taken);
        assert!(self.devices.outgoing(key).is_empty());
        if self.devices.wants_to_close(key) {
            self.engine.closed(self.now, id, "the device went");
            self.conns.remove(&id);
            self.devices.closed(self.now, key, "it went");
        }
    }

    fn feed_device(&mut self, id: ConnId) {
        let Some(key) = self.conns.get(&id).copied() else {
            return;
        };
        while let Some(outbox) = self.engine.outbox(id).filter(|outbox| !outbox.is_empty()) {
            let mut slices = [IoSlice::new(&[])];
            outbox.fill(&mut slices);
            let bytes = slices[0].to_vec();
            // Packets come in pieces, too.
            let (one, two) = bytes.split_at(bytes.len() / 2);
            self.devices.receive(self.now, key, one);
            self.devices.receive(self.now, key, two);
            self.engine.wrote(self.now, id, bytes.len());
        }
        if let Some(why) = self.engine.close_reason(id) {
            let why = why.to_string();
            self.lose(id, key, &why);
        }
    }

    fn lose(&mut self, id: ConnId, key: DeviceKey, why: &str) {
        self.engine.closed(self.now, id, why);
        self.conns.remove(&id);
        self.devices.closed(self.now, key, why);
    }

    /// Every connection is lost in this moment.
    pub fn cut_all(&mut self) {
        for (id, key) in std::mem::take(&mut self.conns) {
            self.lose(id, key, "cut");
        }
    }

    pub fn status(&self, client_id: &str) -> DeviceStatus {
        let all = self.devices.list();
        all.into_iter()
            .find(|status| status.client_id == client_id)
            .unwrap()
    }

    /// What was published so far, in words: topic and payload.
    pub fn published(&self) -> Vec<String> {
        let entries = self.engine.journal().since(Mark::START).entries;
        let publishes = entries
            .iter()
            .filter(|entry| entry.direction() == Some(Direction::In));
        publishes
            .filter_map(|entry| {
                let payload = String::from_utf8_lossy(entry.payload()?).into_owned();
                Some(format!("{} {payload}", entry.topic()?))
            })
            .collect()
    }
}
