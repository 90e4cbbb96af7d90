//! [`Node`]: an edge node with its devices, and what its messages are held against.

use std::collections::{BTreeMap, HashSet};

use super::checks::{
    REBIRTH, bdseq_of, check_alias_alone, check_datatype, check_death, check_of_birth, check_rebirth,
    check_value, told,
};
use super::datatype::Value;
use super::found::Found;
use super::metrics::{Metrics, Room};
use super::payload::{Metric, Payload, short};
use super::rules as rule;
use super::topic::Kind;

/// So many devices of an edge node are told apart.
const MOST_DEVICES: usize = 1000;
/// What a device takes beside its name, about.
const DEVICE_BYTES: usize = 256;

/// A device.
#[derive(Debug, Default)]
pub(super) struct Device {
    /// Its DBIRTH came, and no death since.
    pub is_born: bool,
    pub metrics: Metrics,
    pub births: u64,
    pub deaths: u64,
    pub data: u64,
}

impl Device {
    /// It is not born any more, and its aliases are free.
    fn forget(&mut self, aliases: &mut HashSet<u64>, room: &mut Room) {
        self.is_born = false;
        for alias in self.metrics.aliases() {
            aliases.remove(&alias);
        }
        self.metrics.clear(room);
    }
}

/// An edge node.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// The client that has its NDEATH as will, while it is connected.
    pub client: Option<Box<str>>,
    /// Its NBIRTH came, and no death since.
    pub is_born: bool,
    seq: Option<u64>,
    /// bdSeq of the last will; it counts over connections.
    pub bdseq: Option<u64>,
    metrics: Metrics,
    pub devices: BTreeMap<Box<str>, Device>,
    /// The aliases of its metrics, and of those of its devices.
    aliases: HashSet<u64>,
    /// Messages with data that came since a rebirth was asked for.
    since_rebirth: Option<u64>,
    pub births: u64,
    pub deaths: u64,
    pub data: u64,
    pub commands: u64,
    pub rebirths_asked: u64,
    pub broken: u64,
    /// There was no room for all that it has.
    pub is_partial: bool,
}

impl Node {
    /// How many metrics its NBIRTH had.
    pub fn metrics(&self) -> usize {
        self.metrics.len()
    }

    /// Whether a rebirth was asked for, and no NBIRTH came.
    pub fn owes_rebirth(&self) -> bool {
        self.since_rebirth.is_some()
    }

    /// It died, and its devices with it.
    pub fn died(&mut self, room: &mut Room) {
        self.deaths += 1;
        self.is_born = false;
        self.forget(room);
    }

    /// Nothing of what its births said holds any more.
    pub fn forget(&mut self, room: &mut Room) {
        self.seq = None;
        self.since_rebirth = None;
        self.is_partial = false;
        self.metrics.clear(room);
        self.aliases = HashSet::new();
        for device in self.devices.values_mut() {
            device.is_born = false;
            device.metrics.clear(room);
        }
    }

    /// Holds a message of the edge node, or to it, against what came before.
    pub fn message(
        &mut self,
        kind: Kind,
        device: Option<&str>,
        payload: &Payload<'_>,
        found: &mut Found,
        room: &mut Room,
    ) {
        if kind.is_command() {
            return self.command(kind, device, payload, found);
        }
        match kind {
            Kind::NBirth => self.born(payload, found, room),
            Kind::NDeath => self.death(payload, found, room),
            Kind::DBirth => self.device_born(device.unwrap_or_default(), payload, found, room),
            Kind::DDeath => {
                self.next_seq(kind, payload, found);
                if let Some(device) = self.devices.get_mut(device.unwrap_or_default()) {
                    device.deaths += 1;
                    device.forget(&mut self.aliases, room);
                }
            }
            _ => self.data(kind, device, payload, found),
        }
    }

    fn born(&mut self, payload: &Payload<'_>, found: &mut Found, room: &mut Room) {
        self.forget(room);
        self.births += 1;
        self.is_born = true;
        match payload.seq {
            Some(seq @ 0..=255) => self.seq = Some(seq),
            Some(seq) => found.add(&rule::NBIRTH_SEQ, || format!("seq is {seq}, and may be 0 to 255")),
            None if payload.is_compressed => {}
            None => found.add(&rule::NBIRTH_SEQ, || "there is no seq".to_owned()),
        }
        if payload.is_compressed {
            self.is_partial = true;
            return;
        }
        let (mut has_bdseq, mut has_rebirth) = (false, false);
        for metric in payload.metrics() {
            match metric.name {
                Some("bdSeq") => {
                    has_bdseq = true;
                    let will = self.bdseq;
                    if will.is_some() && bdseq_of(&metric) != will {
                        found.add(&rule::NBIRTH_BDSEQ_REPEAT, || {
                            let (said, will) = (told(bdseq_of(&metric)), told(will));
                            format!("bdSeq is {said}, and {will} in the will of CONNECT")
                        });
                    }
                }
                Some(REBIRTH) => {
                    has_rebirth = true;
                    check_rebirth(&metric, found);
                }
                _ => {}
            }
            self.is_partial |= !add(&mut self.metrics, &mut self.aliases, &metric, found, room);
            check_of_birth(&metric, Kind::NBirth, found);
        }
        if !has_bdseq {
            found.add(&rule::NBIRTH_BDSEQ, || "there is no metric bdSeq".to_owned());
        }
        if !has_rebirth {
            found.add(&rule::NBIRTH_REBIRTH, || {
                format!("there is no metric {REBIRTH:?}")
            });
        }
    }

    fn death(&mut self, payload: &Payload<'_>, found: &mut Found, room: &mut Room) {
        check_death(payload, found);
        let said = payload.metrics().find(|metric| metric.name == Some("bdSeq"));
        if let (Some(metric), Some(will)) = (said, self.bdseq)
            && bdseq_of(&metric) != Some(will)
        {
            found.add(&rule::NDEATH_BDSEQ, || {
                format!(
                    "bdSeq is {}, and {will} in the will of CONNECT",
                    told(bdseq_of(&metric))
                )
            });
        }
        self.died(room);
    }

    fn device_born(&mut self, name: &str, payload: &Payload<'_>, found: &mut Found, room: &mut Room) {
        if !self.is_born {
            found.add(&rule::DBIRTH_WAIT, || {
                "no NBIRTH of its edge node came before it".to_owned()
            });
        }
        self.next_seq(Kind::DBirth, payload, found);
        if !self.devices.contains_key(name) {
            if self.devices.len() >= MOST_DEVICES || !room.take(DEVICE_BYTES + name.len()) {
                self.is_partial = true;
                return;
            }
            self.devices.insert(name.into(), Device::default());
        }
        let Some(device) = self.devices.get_mut(name) else {
            return;
        };
        device.forget(&mut self.aliases, room);
        device.is_born = true;
        device.births += 1;
        device.metrics.is_partial |= payload.is_compressed;
        for metric in payload.metrics().filter(|_| !payload.is_compressed) {
            self.is_partial |= !add(&mut device.metrics, &mut self.aliases, &metric, found, room);
            check_of_birth(&metric, Kind::DBirth, found);
        }
    }

    fn data(&mut self, kind: Kind, name: Option<&str>, payload: &Payload<'_>, found: &mut Found) {
        self.data += 1;
        let order = if name.is_some() {
            &rule::DDATA_ORDER
        } else {
            &rule::NDATA_ORDER
        };
        if !self.is_born {
            found.add(order, || "no NBIRTH of its edge node came before it".to_owned());
        }
        self.next_seq(kind, payload, found);
        if let Some(count) = &mut self.since_rebirth {
            *count += 1;
            // The first one may have crossed the command. It is told once.
            if *count == 2 {
                found.add(&rule::REBIRTH_STOP, || {
                    "a rebirth was asked for, and data comes where NBIRTH is to come".to_owned()
                });
            }
        }
        let is_partial = self.is_partial;
        let (metrics, all) = match name {
            None => (&self.metrics, &rule::NBIRTH_ALL),
            Some(name) => {
                let device = self.devices.get_mut(name);
                let Some(device) = device.filter(|device| device.is_born) else {
                    if self.is_born && !is_partial {
                        found.add(order, || {
                            format!("no DBIRTH of the device {:?} came before it", short(name))
                        });
                    }
                    return;
                };
                device.data += 1;
                (&device.metrics, &rule::DBIRTH_ALL)
            }
        };
        let knows_all = self.is_born && !is_partial && !metrics.is_partial && !payload.is_compressed;
        for metric in payload.metrics().filter(|_| !payload.is_compressed) {
            if metric.timestamp.is_none() {
                found.add(&rule::METRIC_TIMESTAMP, || {
                    format!("{} has no timestamp", metric.label())
                });
            }
            check_datatype(&metric, found);
            match metrics.find(&metric) {
                Some(known) => {
                    check_alias_alone(&metric, known.alias, found);
                    check_value(&metric, known.datatype, &rule::VALUE, found);
                }
                None if metric.name.is_none() && metric.alias.is_none() => {
                    found.add(&rule::NAME, || {
                        "a metric has neither a name nor an alias".to_owned()
                    });
                }
                None if knows_all => {
                    found.add(all, || format!("{} was not in the birth", metric.label()));
                }
                None => {}
            }
        }
    }

    fn command(&mut self, kind: Kind, device: Option<&str>, payload: &Payload<'_>, found: &mut Found) {
        self.commands += 1;
        if let Some(seq) = payload.seq {
            found.add(kind.seq(), || {
                format!("there is a seq, {seq}, which a command has not")
            });
        }
        let (metrics, compatible) = match device {
            None => (Some(&self.metrics), &rule::NCMD_VALUE),
            Some(device) => (
                self.devices.get(device).map(|device| &device.metrics),
                &rule::DCMD_VALUE,
            ),
        };
        let mut asks_rebirth = false;
        for metric in payload.metrics().filter(|_| !payload.is_compressed) {
            check_datatype(&metric, found);
            if let Some(known) = metrics.and_then(|metrics| metrics.find(&metric)) {
                check_alias_alone(&metric, known.alias, found);
                check_value(&metric, known.datatype, compatible, found);
            } else if metric.name.is_none() && metric.alias.is_none() {
                found.add(&rule::NAME, || {
                    "a metric has neither a name nor an alias".to_owned()
                });
            }
            if kind == Kind::NCmd && metric.name == Some(REBIRTH) {
                match metric.value {
                    Some(Value::Boolean(true)) => asks_rebirth = true,
                    _ => found.add(&rule::NCMD_REBIRTH, || format!("{REBIRTH} is to be true")),
                }
            }
        }
        if asks_rebirth {
            self.rebirths_asked += 1;
            if self.is_born {
                self.since_rebirth = self.since_rebirth.or(Some(0));
            }
        }
    }

    /// Whether seq is one more than before. What comes next is held against what was said, so that a gap is told once.
    fn next_seq(&mut self, kind: Kind, payload: &Payload<'_>, found: &mut Found) {
        match (payload.seq, self.seq) {
            (None, _) if payload.is_compressed => self.seq = None,
            (None, before) => {
                found.add(kind.seq(), || "there is no seq".to_owned());
                self.seq = before.map(|before| (before + 1) % 256);
            }
            (Some(seq), _) if seq > 255 => {
                found.add(kind.next_seq(), || format!("seq is {seq}, and may be 0 to 255"));
                self.seq = None;
            }
            (Some(seq), before) => {
                let want = before.map(|before| (before + 1) % 256);
                if let (Some(before), Some(want)) = (before, want)
                    && want != seq
                {
                    found.add(kind.next_seq(), || {
                        format!("seq is {seq} after {before}, and is to be {want}")
                    });
                }
                self.seq = Some(seq);
            }
        }
    }
}

/// Adds a metric of a birth, unless another one has its alias, which is told. Says whether there was room.
fn add(
    metrics: &mut Metrics,
    aliases: &mut HashSet<u64>,
    metric: &Metric<'_>,
    found: &mut Found,
    room: &mut Room,
) -> bool {
    if let Some(alias) = metric.alias.filter(|alias| aliases.contains(alias)) {
        found.add(&rule::ALIAS_UNIQUE, || {
            format!(
                "{} has the alias {alias}, which another metric has",
                metric.label()
            )
        });
        return true;
    }
    let has_room = metrics.add(metric, room);
    if has_room {
        aliases.extend(metric.alias);
    }
    has_room
}
