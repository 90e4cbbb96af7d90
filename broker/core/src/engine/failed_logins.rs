//! Guessing passwords is made slow: after so many wrong ones in a minute the next is refused without being looked at.
//!
//! Counted are a user name from one address, and, ten times as many, one address under any names. An address of IPv6 is its
//! first 64 bits, which one subscriber has to itself. Where there is no address (a Unix socket), the name alone counts.

// Addresses as data: `core` has no sockets.
use core::net::{IpAddr, SocketAddr};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::RandomState;

use super::{ConnId, Engine, Event};
use crate::time::Time;
use crate::wire::ReasonCode;

const MINUTE: Duration = Duration::from_secs(60);
/// So many names and addresses are remembered; then the oldest is forgotten.
const REMEMBERED: usize = 16_384;
/// How many times as many wrong passwords one address may give, under all names together.
const TIMES_FOR_AN_ADDRESS: u32 = 10;
/// In place of a user name; no user name has such a character (`MQTT5-1.5.4-2`).
const ANY_NAME: &str = "\0";

/// What a client that gave too many is told.
pub(super) const WORDS: &str = "too many wrong passwords; the next is looked at in a minute";

/// What is counted: a keyed digest of a name and an address, so that every one takes the same room.
type Counted = [u8; 32];

#[derive(Debug)]
struct Count {
    since: Time,
    failed: u32,
    /// Whether an event told that the next ones are refused.
    is_told: bool,
}

/// The wrong passwords of the last minute.
#[derive(Debug, Default)]
pub(super) struct FailedLogins {
    counts: HashMap<Counted, Count, RandomState>,
    /// The same in the order of their beginnings.
    order: VecDeque<(Time, Counted)>,
}

impl FailedLogins {
    /// The count, where there were so many.
    fn reached(&mut self, now: Time, counted: &Counted, most: u32) -> Option<&mut Count> {
        let count = self.counts.get_mut(counted)?;
        (count.failed >= most && now.saturating_since(count.since) < MINUTE).then_some(count)
    }

    /// One more.
    fn add(&mut self, now: Time, counted: Counted) {
        while let Some((since, oldest)) = self.order.front()
            && (now.saturating_since(*since) >= MINUTE || self.order.len() >= REMEMBERED)
        {
            self.counts.remove(oldest);
            self.order.pop_front();
        }
        let count = self.counts.entry(counted).or_insert_with(|| {
            self.order.push_back((now, counted));
            Count {
                since: now,
                failed: 0,
                is_told: false,
            }
        });
        count.failed = count.failed.saturating_add(1);
    }
}

impl Engine {
    /// Refuses a login whose like went wrong too often, before anybody looks at its password. Returns whether it did.
    pub(super) fn refuse_guess(&mut self, now: Time, id: ConnId, name: Option<&str>) -> bool {
        let barred = self.is_held_off(now, id, name);
        if barred {
            self.refuse_with(now, id, ReasonCode::CONNECTION_RATE_EXCEEDED, WORDS);
        }
        barred
    }

    /// Whether too many logins like this one went wrong. The first time in a minute an event tells it.
    pub(super) fn is_held_off(&mut self, now: Time, id: ConnId, name: Option<&str>) -> bool {
        let [of_name, of_address] = self.counted(id, name);
        for ((counted, most), user) in [(of_name, name), (of_address, None)] {
            let Some(counted) = counted else { continue };
            let Some(count) = self.failed_logins.reached(now, &counted, most) else {
                continue;
            };
            let failed = count.failed;
            if !std::mem::replace(&mut count.is_told, true) {
                self.tell_held_off(now, id, user, failed);
            }
            return true;
        }
        false
    }

    fn tell_held_off(&mut self, now: Time, id: ConnId, user: Option<&str>, failed: u32) {
        let Some(conn) = self.conns.get(id) else { return };
        let (client_id, peer) = (conn.client_id.clone(), conn.origin.peer().to_owned());
        self.event(now, || Event::HeldOff {
            conn: id,
            client_id,
            peer,
            user: user.map(Arc::from),
            failed,
        });
    }

    /// A login with a user name and a password went wrong for this reason: counts it, if the password was.
    pub(super) fn login_failed(&mut self, now: Time, id: ConnId, name: Option<&str>, reason: ReasonCode) {
        if reason == ReasonCode::BAD_USER_NAME_OR_PASSWORD {
            self.count_guess(now, id, name);
        }
    }

    /// A password, or the proof of one, was wrong.
    pub(super) fn count_guess(&mut self, now: Time, id: ConnId, name: Option<&str>) {
        for (counted, _) in self.counted(id, name) {
            if let Some(counted) = counted {
                self.failed_logins.add(now, counted);
            }
        }
    }

    /// What counts for this login, each with its bound.
    fn counted(&self, id: ConnId, name: Option<&str>) -> [(Option<Counted>, u32); 2] {
        let most = self.settings.auth.max_failed_logins_per_minute;
        let Some(conn) = self.conns.get(id).filter(|_| most > 0) else {
            return [(None, most); 2];
        };
        let address = address(conn.origin.peer());
        let bytes = address.map_or(Vec::new(), |address| match address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets()[..8].to_vec(),
        });
        let digest = |name: &str| self.authentication.digest(name, &bytes);
        let of_address = address.is_some().then(|| digest(ANY_NAME));
        [
            (name.map(digest), most),
            (of_address, most.saturating_mul(TIMES_FOR_AN_ADDRESS)),
        ]
    }
}

/// The address of a peer, without its port.
fn address(peer: &str) -> Option<IpAddr> {
    let address: SocketAddr = peer.parse().ok()?;
    Some(address.ip().to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(number: u32) -> Counted {
        let mut counted = [0; 32];
        counted[..4].copy_from_slice(&number.to_be_bytes());
        counted
    }

    #[test]
    fn a_count_lasts_a_minute_from_the_first() {
        let mut failed = FailedLogins::default();
        for second in [10, 20, 30] {
            failed.add(Time::from_secs(second), of(1));
        }
        assert!(failed.reached(Time::from_secs(30), &of(1), 3).is_some());
        assert!(failed.reached(Time::from_secs(30), &of(1), 4).is_none());
        assert!(failed.reached(Time::from_secs(30), &of(2), 1).is_none());
        assert!(failed.reached(Time::from_secs(69), &of(1), 3).is_some());
        assert!(failed.reached(Time::from_secs(70), &of(1), 3).is_none());
        failed.add(Time::from_secs(70), of(1));
        assert!(failed.reached(Time::from_secs(70), &of(1), 1).is_some());
        assert!(failed.reached(Time::from_secs(70), &of(1), 2).is_none());
        assert_eq!((failed.counts.len(), failed.order.len()), (1, 1));
    }

    #[test]
    fn the_oldest_is_forgotten_where_there_is_no_room() {
        let mut failed = FailedLogins::default();
        for number in 0..3 * REMEMBERED as u32 {
            failed.add(Time::ZERO, of(number));
        }
        assert!(failed.order.len() <= REMEMBERED && failed.counts.len() == failed.order.len());
        assert!(failed.reached(Time::ZERO, &of(0), 1).is_none());
        assert!(
            failed
                .reached(Time::ZERO, &of(3 * REMEMBERED as u32 - 1), 1)
                .is_some()
        );
    }

    #[test]
    fn an_address_has_no_port() {
        assert_eq!(address("127.0.0.1:40123"), address("127.0.0.1:1"));
        assert_eq!(address("[::ffff:127.0.0.1]:1"), address("127.0.0.1:1"));
        assert_eq!(address("/run/broker.sock"), None);
    }
}
