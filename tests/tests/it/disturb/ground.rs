//! [`Ground`]: a broker whose lines are disturbed, and what answers behind it.

use std::cell::RefCell;
use std::io::ErrorKind;
use std::time::Duration;

use broker::fault::Rule;
use broker::journal::{Entry, Ladder, Record};
use broker::settings::BrokerSettings;
use broker::wire::{Connect, PacketType, Version};
use broker::{Capability, Event, Injected, QoS, Support};
use tests::harness::{Client, Embedded, hello};

/// A broker with a clock that stands still, and the broker behind it where it is a relay.
pub struct Ground {
    /// Where clients come in.
    pub front: Embedded,
    behind: Option<Embedded>,
    /// A client that no rule concerns, where only round trips show that nothing more is on its way.
    probe: RefCell<Option<Client>>,
}

impl Ground {
    /// The test, over our engine and over a relay to a broker of its own.
    pub fn each(test: impl Fn(&Self)) {
        Self::each_with(|_| {}, test);
    }

    /// The same, with some settings of what answers changed.
    pub fn each_with(change: impl Fn(&mut BrokerSettings), test: impl Fn(&Self)) {
        println!("case: our engine");
        test(&Self::native(&change));
        println!("case: a relay");
        test(&Self::relay(&change));
    }

    /// The same for what settling says, over those that can.
    pub fn each_that_settles(test: impl Fn(&mut Self)) {
        println!("case: our engine");
        test(&mut Self::native(|_| {}));
        println!("case: a relay");
        let mut relay = Self::relay(|_| {});
        if relay.can_settle() {
            test(&mut relay);
        }
    }

    /// Over our engine.
    pub fn native(change: impl Fn(&mut BrokerSettings)) -> Self {
        Self::of(Embedded::start_with(change), None)
    }

    fn relay(change: impl Fn(&mut BrokerSettings)) -> Self {
        let behind = Embedded::start_with(&change);
        let front = Embedded::start_with(|settings| {
            change(settings);
            settings.upstream.url = format!("mqtt://{}", behind.addr());
        });
        Self::of(front, Some(behind))
    }

    fn of(front: Embedded, behind: Option<Embedded>) -> Self {
        front.clock().freeze().wait().expect("it runs");
        let probe = RefCell::new(None);
        Self { front, behind, probe }
    }

    /// The broker that answers.
    pub fn engine(&self) -> &Embedded {
        self.behind.as_ref().unwrap_or(&self.front)
    }

    /// Whether that is another.
    pub fn is_relay(&self) -> bool {
        self.behind.is_some()
    }

    /// Puts a rule into force, written as in a table `[[fault]]`.
    pub fn rule(&self, text: &str) {
        let added = self.front.faults().add(rule(text)).wait();
        added.unwrap_or_else(|error| panic!("{text}: {error}")).keep();
    }

    /// A client that leaves nothing behind.
    pub fn client(&self, name: &str) -> Client {
        self.connect(&hello(Version::V5, name))
    }

    /// A client with this CONNECT.
    pub fn connect(&self, connect: &Connect<'_>) -> Client {
        Client::connect(self.front.addr(), connect)
    }

    /// What answers publishes something itself.
    pub fn publish(&self, topic: &str, payload: &str, qos: QoS) {
        let message = Injected::text(topic, payload).qos(qos);
        self.engine().publish(message).wait().expect("it runs");
    }

    /// The clock goes on.
    pub fn advance(&self, millis: u64) {
        let by = Duration::from_millis(millis);
        self.front.clock().advance(by).wait().expect("it runs");
        self.settle();
    }

    /// Nothing more is on its way, before and behind.
    pub fn settle(&self) {
        if self.can_settle() {
            return self.front.settle().wait().expect("nothing is going on");
        }
        // A round trip through both takes more turns of them than what came before it needs.
        let mut probe = self.probe.borrow_mut();
        let probe = probe.get_or_insert_with(|| self.client("probe"));
        (0..10).for_each(|_| probe.ping());
    }

    /// Whether the broker in front can say itself that nothing more is on its way.
    pub fn can_settle(&self) -> bool {
        let mut all = self.front.capabilities();
        all.any(|(what, how)| what == Capability::Settle && how != Support::No)
    }

    /// All packets of this type that the journal has of a client: the client's side.
    pub fn packets(&self, client_id: &str, packet_type: PacketType) -> Vec<Entry> {
        let mut entries = self.entries();
        entries.retain(|entry| {
            &*entry.client_id == client_id && entry.packet_type() == Some(packet_type) && !entry.is_far_side()
        });
        entries
    }

    /// Every entry of the journal.
    pub fn entries(&self) -> Vec<Entry> {
        self.front.journal().all().wait().expect("it runs").entries
    }

    /// The journal as a drawing.
    pub fn ladder(&self) -> String {
        Ladder::new(&self.entries()).to_string()
    }

    /// What rules did to a client: rule, action and count.
    pub fn firings(&self, client: &str) -> Vec<(String, String, u32)> {
        let entries = self.entries().into_iter();
        let firings = entries.filter_map(|entry| match entry.record {
            Record::Event(Event::Fault {
                client_id,
                rule,
                action,
                nth,
                ..
            }) if &*client_id == client => Some((rule.to_string(), action.to_string(), nth)),
            _ => None,
        });
        firings.collect()
    }

    /// Nothing has come to this client, though nothing more is on its way.
    pub fn is_silent(&self, client: &Client) {
        self.settle();
        assert!(!has_something(client), "something came:\n{}", self.ladder());
    }
}

/// A rule as it stands in a table `[[fault]]`.
pub fn rule(text: &str) -> Rule {
    Rule::from_json(&as_json(text)).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A table of TOML as JSON.
pub fn as_json(text: &str) -> serde_json::Value {
    let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    serde_json::to_value(table).expect("every table has a form in JSON")
}

/// Whether something waits in the socket of this client: bytes, or the end.
pub fn has_something(client: &Client) -> bool {
    let stream = client.stream();
    stream.set_nonblocking(true).expect("it is a socket");
    let peeked = stream.peek(&mut [0]);
    stream.set_nonblocking(false).expect("it is a socket");
    match peeked {
        Ok(_) => true,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}
