//! Whether the other broker of a bridge is this one: then its lines could have messages go round without end.

use std::cell::RefCell;
use std::net::SocketAddr;

use super::Driven;
use crate::backend::Native;
use crate::engine::ConnId;
use crate::time::Time;

/// So many links in a row must look as if they led here, where the address does not prove it.
const SUSPICIONS: u32 = 3;

/// What a bridge knows before it says CONNECT.
pub(super) struct Before {
    /// Its own address, as the other broker sees it if nothing lies between.
    own: Option<SocketAddr>,
    /// The connection of a client of the same name in this broker.
    conn: Option<ConnId>,
}

impl Before {
    pub fn of(native: &RefCell<Native>, driven: &Driven, own: Option<SocketAddr>) -> Self {
        let conn = connection(native, driven).map(|(id, _)| id);
        Self { own, conn }
    }
}

/// The connection in this broker of a client that has the bridge's name in the other one, and its address.
fn connection(native: &RefCell<Native>, driven: &Driven) -> Option<(ConnId, Option<SocketAddr>)> {
    let bridge = driven.bridge.borrow();
    let native = native.borrow();
    let (id, peer) = native.engine.connection_of(&bridge.plan().remote.client_id)?;
    Some((id, peer.parse().ok()))
}

/// The bridge was let in: ends it if that was here, and its lines go round.
pub(super) fn look(native: &RefCell<Native>, driven: &Driven, before: &Before, now: Time) {
    let found = connection(native, driven).filter(|(id, _)| Some(*id) != before.conn);
    let Some((_, peer)) = found else {
        driven.suspicions.set(0);
        return;
    };
    let Some(line) = driven.bridge.borrow().would_go_round() else {
        return;
    };
    let canonical = |addr: SocketAddr| (addr.ip().to_canonical(), addr.port());
    let is_proven = peer.is_some() && peer.map(canonical) == before.own.map(canonical);
    let suspicions = driven.suspicions.get() + 1;
    driven.suspicions.set(suspicions);
    let mut bridge = driven.bridge.borrow_mut();
    let client_id = &bridge.plan().remote.client_id;
    if is_proven || suspicions >= SUSPICIONS {
        let why = format!(
            "the address leads to this broker itself, and {line} have messages go round without end; expected another broker, or \
             lines whose topics on the two sides do not overlap"
        );
        bridge.give_up(now, why);
    } else {
        let why = format!(
            "a client {client_id:?} came to this broker just now, so the address may lead to this broker itself"
        );
        bridge.drop_link(now, why);
    }
}
