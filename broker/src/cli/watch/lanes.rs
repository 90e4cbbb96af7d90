//! [`Lanes`]: where lifelines stand: the broker in the middle, clients that publish on its left, those that listen on its right, new
//! ones outside. A lifeline keeps its place; where there are too many, the others share one at each edge.

use std::cmp::Reverse;
use std::sync::Arc;

use super::filter::Filter;
use super::people::{People, Person, Side};

/// Columns from one lifeline to the next.
const NARROWEST: u16 = 4;
const WIDEST: u16 = 14;
const MOST_LANES: usize = 16;
/// A client that was not seen in so many rows gives its lane to one that was.
const SILENT_ROWS: u64 = 200;

#[derive(Debug, Default)]
pub(super) struct Lanes {
    /// From the broker outwards.
    left: Vec<Arc<str>>,
    right: Vec<Arc<str>>,
    /// How many share the lane at the edge.
    others: [usize; 2],
    /// Columns from one to the next, and the broker's.
    pub pitch: u16,
    pub broker: u16,
    /// Behind the last one.
    pub end: u16,
}

impl Lanes {
    /// Places all lifelines in `room` columns from `x0` on. Clients that the filter asks for have one before all others.
    pub fn place(&mut self, people: &People, filter: &Filter, x0: u16, room: u16) {
        let most = usize::from(room / NARROWEST).saturating_sub(1);
        self.assign(people, filter, most.clamp(1, MOST_LANES));
        let shared = self.others.map(|others| u16::from(others > 0));
        let (left, right) = (
            self.left.len() as u16 + shared[0],
            self.right.len() as u16 + shared[1],
        );
        // A client alone has the broker beside it, and room on the other side.
        self.pitch = (room / (left + right + 1)).clamp(1, WIDEST);
        self.broker = x0 + self.pitch / 2 + self.pitch * left;
        self.end = (self.broker + self.pitch * right + self.pitch / 2 + 1).min(x0 + room);
    }

    fn assign(&mut self, people: &People, filter: &Filter, most: usize) {
        for (side, lanes) in [(Side::Left, &mut self.left), (Side::Right, &mut self.right)] {
            lanes.retain(|name| people.get(name).is_some_and(|one| side_of(one) == side));
        }
        while self.taken() > most {
            self.give_up(people, filter, |_| true);
        }
        let is_asked = |one: &Person| filter.asks(&one.name);
        let mut waiting: Vec<&Person> = people.iter().filter(|one| !self.has(&one.name)).collect();
        if self.taken() + waiting.len() > most {
            // Not all have a lane: those that are connected have one first, and of these those that do something.
            waiting.sort_by_key(|one| (!is_asked(one), !one.is_connected, Reverse(one.rows.1)));
        } else {
            waiting.sort_by_key(|one| one.rows.0);
        }
        let mut waiting = waiting.into_iter().peekable();
        while let Some(one) = waiting.peek() {
            // Of those that share the edge, one lane is left free on each side.
            let has_room = self.taken() < most
                || (is_asked(one) && self.give_up(people, filter, |other| !is_asked(other)))
                || (one.is_connected
                    && self.give_up(people, filter, |other| {
                        let is_silent = other.rows.1 + SILENT_ROWS < one.rows.1;
                        !is_asked(other) && (!other.is_connected || is_silent)
                    }));
            if !has_room {
                break;
            }
            match side_of(one) {
                Side::Left => self.left.push(one.name.clone()),
                Side::Right => self.right.push(one.name.clone()),
            }
            waiting.next();
        }
        self.others = [0, 0];
        for one in waiting {
            self.others[usize::from(side_of(one) == Side::Right)] += 1;
        }
    }

    fn taken(&self) -> usize {
        self.left.len() + self.right.len()
    }

    fn has(&self, name: &str) -> bool {
        self.left.iter().chain(&self.right).any(|one| **one == *name)
    }

    /// The lane becomes free of the client that was seen least lately, of those that are gone first, and of those that are asked for
    /// last.
    fn give_up(&mut self, people: &People, filter: &Filter, may: impl Fn(&Person) -> bool) -> bool {
        let all = self.left.iter().chain(&self.right);
        let known = all.filter_map(|name| people.get(name));
        let oldest = known
            .filter(|one| may(one))
            .min_by_key(|one| (filter.asks(&one.name), one.is_connected, one.rows.1));
        let Some(oldest) = oldest.map(|one| one.name.clone()) else {
            return false;
        };
        self.left.retain(|name| *name != oldest);
        self.right.retain(|name| *name != oldest);
        true
    }

    /// The clients with a lane of their own, with its column.
    pub fn own(&self) -> impl Iterator<Item = (&Arc<str>, u16)> {
        let left = self
            .left
            .iter()
            .enumerate()
            .map(|(i, name)| (name, self.broker.saturating_sub(self.pitch * (i as u16 + 1))));
        let right = self.right.iter().enumerate();
        left.chain(right.map(|(i, name)| (name, self.broker + self.pitch * (i as u16 + 1))))
    }

    /// The lanes that several share, with how many these are.
    pub fn shared(&self) -> impl Iterator<Item = (usize, u16)> {
        let columns = [
            self.broker
                .saturating_sub(self.pitch * (self.left.len() as u16 + 1)),
            self.broker + self.pitch * (self.right.len() as u16 + 1),
        ];
        self.others
            .into_iter()
            .zip(columns)
            .filter(|(others, _)| *others > 0)
    }

    /// The column of a client, and whether it is its own.
    pub fn of(&self, people: &People, name: &str) -> Option<(u16, bool)> {
        if let Some((_, x)) = self.own().find(|(one, _)| ***one == *name) {
            return Some((x, true));
        }
        // What no client did has no lane.
        let is_right = people.get(name).map(side_of)? == Side::Right;
        let x = if is_right {
            self.broker + self.pitch * (self.right.len() as u16 + 1)
        } else {
            self.broker
                .saturating_sub(self.pitch * (self.left.len() as u16 + 1))
        };
        self.others.iter().any(|others| *others > 0).then_some((x, false))
    }
}

fn side_of(one: &Person) -> Side {
    one.side.unwrap_or(Side::Left)
}
