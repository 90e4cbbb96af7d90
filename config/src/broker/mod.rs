//! The settings of the broker: the keys at the top of the file, and the sections below them.

mod access;
mod limits;
mod offers;
mod running;
mod session;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub use access::{Access, Auth, Redirect};
pub use limits::Limits;
pub use offers::{Capabilities, Shared};
pub use running::{Engine, Log, Sys};
pub use session::Session;

use crate::schema::{KeyDoc, SectionDoc, section};

section! {
    /// The settings of the broker. Where it listens comes first; the sections say how much it takes and what
    /// it offers. Every key may be left out.
    pub struct BrokerSettings {
        /// TCP port to listen on. 0 takes any free port; the broker says which.
        port: u16 = 1883;

        /// IP addresses to listen on: a list, or a single text. `localhost` stands for both loopback addresses.
        bind: Vec<IpAddr> = vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)],
            tradeoff: "Any address but a loopback one lets other machines in, without a password unless \
                `auth.allow_anonymous` is false.";

        /// File to write once every listener is bound, one address a line; it appears whole or not at all.
        /// Empty for none.
        ready_file: String = String::new();
    }
    sections {
        /// How much the broker takes before it refuses.
        limits: Limits,
        /// Delivery to one client, and what outlives its connection.
        session: Session,
        /// What of MQTT 5.0 the broker offers.
        capabilities: Capabilities,
        /// Shared subscriptions.
        shared: Shared,
        /// Who may connect.
        auth: Auth,
        /// What nobody may do.
        access: Access,
        /// Sending clients elsewhere.
        redirect: Redirect,
        /// The broker's figures about itself.
        sys: Sys,
        /// What the broker says.
        log: Log,
        /// What answers behind the front door.
        engine: Engine,
    }
}

/// Every section in the order of the file; the keys at its top come first, as a section without a name.
pub const SECTIONS: &[SectionDoc] = &[
    BrokerSettings::DOC,
    Limits::DOC,
    Session::DOC,
    Capabilities::DOC,
    Shared::DOC,
    Auth::DOC,
    Access::DOC,
    Redirect::DOC,
    Sys::DOC,
    Log::DOC,
    Engine::DOC,
];

/// Every key in the order of the file.
pub fn keys() -> impl Iterator<Item = &'static KeyDoc> {
    SECTIONS.iter().flat_map(|section| section.keys)
}
