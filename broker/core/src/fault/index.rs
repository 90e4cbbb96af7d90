//! [`Index`]: rules found by what they can mean, so that a packet costs nothing for rules on others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::in_force::Place;
use super::rule::{Rule, What};
use crate::journal::{Direction, Glance, Side, Wanted};
use crate::wire::PacketType;

/// The places of rules, by clients and by kinds of packets. It finds all that could be meant, and some that are not: a rule is
/// asked itself.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Rules that do not name one client.
    of_all: Kinds,
    /// Rules that name one client.
    of_one: BTreeMap<Arc<str>, Kinds>,
}

/// The places of rules, by kinds.
#[derive(Debug, Default)]
struct Kinds {
    packets: BTreeMap<Kind, BTreeSet<Place>>,
    bytes: BTreeSet<Place>,
    all: BTreeSet<Place>,
}

/// A direction and a type of packets: the upper half of the first byte, 0 where that is no type.
type Kind = (bool, u8);

fn kind(direction: Direction, packet: Option<PacketType>) -> Kind {
    (
        direction == Direction::Out,
        packet.map_or(0, |packet| packet as u8),
    )
}

/// The kinds of packets that a rule can mean.
fn kinds(rule: &Rule) -> impl Iterator<Item = Kind> + '_ {
    let all = [Direction::In, Direction::Out].into_iter().flat_map(|direction| {
        let packets = (0_u8..16).map(|bits| PacketType::from_first_byte(bits << 4));
        packets.map(move |packet| (direction, packet))
    });
    all.filter_map(|(direction, packet)| {
        let What::Packets { when, .. } = &rule.what else {
            return None;
        };
        let glance = Glance {
            direction: Some(direction),
            packet,
            event: None,
            side: Side::Client,
            client_id: "",
        };
        when.may_fit(&glance).then(|| kind(direction, packet))
    })
}

/// The one client that a rule names.
fn client(rule: &Rule) -> Option<&str> {
    let of_packets = match &rule.what {
        What::Packets { when, .. } => when.client(),
        What::Bytes { .. } => None,
    };
    of_packets.or_else(|| rule.whose.client.as_ref()?.certain_text())
}

impl Index {
    pub fn insert(&mut self, place: Place, rule: &Rule) {
        let group = match client(rule) {
            None => &mut self.of_all,
            Some(client) => self.of_one.entry(client.into()).or_default(),
        };
        group.all.insert(place);
        if matches!(rule.what, What::Bytes { .. }) {
            group.bytes.insert(place);
        }
        for kind in kinds(rule) {
            group.packets.entry(kind).or_default().insert(place);
        }
    }

    pub fn remove(&mut self, place: Place, rule: &Rule) {
        let name = client(rule);
        let group = match name {
            None => Some(&mut self.of_all),
            Some(client) => self.of_one.get_mut(client),
        };
        let Some(group) = group else { return };
        group.all.remove(&place);
        group.bytes.remove(&place);
        for kind in kinds(rule) {
            if let Some(places) = group.packets.get_mut(&kind) {
                places.remove(&place);
            }
        }
        if let Some(client) = name.filter(|_| group.all.is_empty()) {
            self.of_one.remove(client);
        }
    }

    /// The rules that could mean such a packet of this client, in their order.
    pub fn on_packet<'a>(
        &'a self,
        client: &str,
        direction: Direction,
        packet: Option<PacketType>,
    ) -> impl Iterator<Item = Place> + use<'a> {
        let kind = kind(direction, packet);
        let groups = self
            .groups(client)
            .filter_map(move |group| group.packets.get(&kind));
        merged(groups)
    }

    /// The rules on bytes that could concern this client, in their order.
    pub fn on_bytes<'a>(&'a self, client: &str) -> impl Iterator<Item = Place> + use<'a> {
        merged(self.groups(client).map(|group| &group.bytes))
    }

    /// The rules that could concern this client, in any order.
    pub fn of<'a>(&'a self, client: &str) -> impl Iterator<Item = Place> + use<'a> {
        self.groups(client)
            .flat_map(move |group| group.all.iter().copied())
    }

    fn groups<'a>(&'a self, client: &str) -> impl Iterator<Item = &'a Kinds> + use<'a> {
        let of_one = self.of_one.get(client);
        std::iter::once(&self.of_all).chain(of_one)
    }
}

/// All of two sets at most, in their order.
fn merged<'a, S: Iterator<Item = &'a BTreeSet<Place>>>(
    mut sets: S,
) -> impl Iterator<Item = Place> + use<'a, S> {
    static NOTHING: BTreeSet<Place> = BTreeSet::new();
    let mut next = || sets.next().unwrap_or(&NOTHING).iter().copied().peekable();
    let (mut one, mut two) = (next(), next());
    std::iter::from_fn(move || match (one.peek(), two.peek()) {
        (Some(first), Some(second)) if second < first => two.next(),
        (Some(_), _) => one.next(),
        (None, _) => two.next(),
    })
}
