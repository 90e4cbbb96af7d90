//! The functions that patterns begin with.

use super::{Pattern, What};
use crate::journal::Direction;
use crate::wire::PacketType;

fn of(packet_type: PacketType, way: Direction) -> Pattern {
    Pattern::new(What::Packet(packet_type.name().to_owned()), Some(way))
}

/// Any packet, either way.
///
/// ```
/// use broker::expect::packet;
///
/// # let broker = broker::blocking::Broker::start()?;
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// // … "lamp" connects …
/// broker.expect(packet().of("lamp")).times(2).wait(); // CONNECT and CONNACK
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn packet() -> Pattern {
    Pattern::new(What::AnyPacket, None)
}

/// An event, by its name as JSON has it: `event("subscription_refused")`.
///
/// ```
/// use broker::expect::{connected, event};
///
/// # let broker = broker::blocking::Broker::start()?;
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// // … "lamp" connects …
/// broker.expect(event("connected").of("lamp")).wait();
/// assert_eq!(event("connected"), connected()); // the usual ones have a function of their own
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn event(name: impl Into<String>) -> Pattern {
    Pattern::new(What::Event(name.into()), None)
}

/// PUBLISH whose topic name fits `filter`; from a client, unless [`Pattern::to`] or [`Pattern::outbound`] says
/// otherwise.
///
/// ```
/// use broker::expect::publish;
///
/// # let broker = broker::blocking::Broker::start()?;
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp\x30\x08\0\x04lampon")?;
/// // … "lamp" connects and publishes …
/// broker.expect(publish("lamp").from("lamp").text("on")).wait();
/// broker.expect(publish("#").to("lamp")).never().wait(); // it is not subscribed to anything
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn publish(filter: impl Into<String>) -> Pattern {
    of(PacketType::Publish, Direction::In).topic(filter)
}

macro_rules! packets {
    ($($(#[$doc:meta])* $name:ident: $packet:ident $way:ident;)*) => {
        $($(#[$doc])* pub fn $name() -> Pattern {
            of(PacketType::$packet, Direction::$way)
        })*
    };
}

packets! {
    /// CONNECT.
    ///
    /// ```
    /// use broker::expect::connect;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// // … "lamp" connects …
    /// broker.expect(connect().from("lamp").clean_start(true)).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    connect: Connect In;
    /// CONNACK, from the broker.
    ///
    /// ```
    /// use broker::ReasonCode;
    /// use broker::expect::connack;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// // … "lamp" connects …
    /// broker.expect(connack().to("lamp").reason(ReasonCode::SUCCESS)).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    connack: ConnAck Out;
    /// PUBACK; from a client, unless [`Pattern::to`] says otherwise.
    ///
    /// ```
    /// use broker::expect::{puback, publish};
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp\x32\x08\0\x03a/b\0\x01x")?;
    /// // … "lamp" publishes at QoS 1 …
    /// broker.expect(publish("a/b").qos(1).then(puback().to("lamp"))).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    puback: PubAck In;
    /// PUBREC; from a client, unless [`Pattern::to`] says otherwise.
    ///
    /// ```
    /// use broker::expect::{publish, pubrec};
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp\x34\x08\0\x03a/b\0\x01x\x62\x02\0\x01")?;
    /// // … "lamp" publishes at QoS 2 …
    /// broker.expect(publish("a/b").qos(2).then(pubrec().to("lamp"))).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pubrec: PubRec In;
    /// PUBREL; from a client, unless [`Pattern::to`] says otherwise.
    ///
    /// ```
    /// use broker::expect::{pubrec, pubrel};
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp\x34\x08\0\x03a/b\0\x01x\x62\x02\0\x01")?;
    /// // … "lamp" publishes at QoS 2 …
    /// broker.expect(pubrel().from("lamp").packet_identifier(1)).times(1).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pubrel: PubRel In;
    /// PUBCOMP; from a client, unless [`Pattern::to`] says otherwise.
    ///
    /// ```
    /// use broker::expect::{pubcomp, pubrel};
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp\x34\x08\0\x03a/b\0\x01x\x62\x02\0\x01")?;
    /// // … "lamp" publishes at QoS 2 …
    /// broker.expect(pubrel().from("lamp").then(pubcomp().to("lamp"))).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pubcomp: PubComp In;
    /// SUBSCRIBE; [`Pattern::topic_filter`] says to what.
    ///
    /// ```
    /// use broker::expect::subscribe;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp\x82\x0B\0\x01\0\x06lamp/+\0")?;
    /// // … "lamp" subscribes to lamp/+ …
    /// broker.expect(subscribe().from("lamp").topic_filter("lamp/+")).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    subscribe: Subscribe In;
    /// SUBACK, from the broker.
    ///
    /// ```
    /// use broker::ReasonCode;
    /// use broker::expect::suback;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp\x82\x0B\0\x01\0\x06lamp/+\0")?;
    /// // … "lamp" subscribes to lamp/+ …
    /// broker.expect(suback().to("lamp").reason(ReasonCode::SUCCESS)).wait(); // QoS 0 was granted
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    suback: SubAck Out;
    /// UNSUBSCRIBE.
    ///
    /// ```
    /// use broker::expect::{subscribe, unsubscribe};
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp\x82\x0B\0\x01\0\x06lamp/+\0\xA2\x0A\0\x02\0\x06lamp/+")?;
    /// // … "lamp" subscribes to lamp/+, and gives it up …
    /// broker.expect(subscribe().then(unsubscribe().topic_filter("lamp/+"))).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    unsubscribe: Unsubscribe In;
    /// UNSUBACK, from the broker.
    ///
    /// ```
    /// use broker::expect::unsuback;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp\x82\x0B\0\x01\0\x06lamp/+\0\xA2\x0A\0\x02\0\x06lamp/+")?;
    /// // … "lamp" subscribes to lamp/+, and gives it up …
    /// broker.expect(unsuback().to("lamp").packet_identifier(2)).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    unsuback: UnsubAck Out;
    /// PINGREQ.
    ///
    /// ```
    /// use broker::expect::pingreq;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp\xC0\0")?;
    /// // … "lamp" connects and sends a ping …
    /// broker.expect(pingreq().from("lamp")).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pingreq: PingReq In;
    /// PINGRESP, from the broker.
    ///
    /// ```
    /// use broker::expect::{pingreq, pingresp};
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp\xC0\0")?;
    /// // … "lamp" connects and sends a ping …
    /// broker.expect(pingreq().then(pingresp().to("lamp"))).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pingresp: PingResp Out;
    /// DISCONNECT; from a client, unless [`Pattern::to`] says otherwise.
    ///
    /// ```
    /// use broker::expect::disconnect;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp\xE0\0")?;
    /// // … "lamp" connects and says goodbye …
    /// broker.expect(disconnect().from("lamp")).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    disconnect: Disconnect In;
    /// AUTH; from a client, unless [`Pattern::to`] says otherwise.
    ///
    /// ```
    /// use broker::expect::{auth, connect};
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// // … "lamp" connects without enhanced authentication …
    /// broker.expect(connect().then(auth().never())).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    auth: Auth In;
}

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $($(#[$doc])* pub fn $name() -> Pattern {
            event(stringify!($name))
        })*
    };
}

events! {
    /// A CONNECT was accepted.
    ///
    /// ```
    /// use broker::expect::connected;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// // … "lamp" connects …
    /// broker.expect(connected().of("lamp").field("clean_start", true)).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    connected;
    /// A CONNECT was refused.
    ///
    /// ```
    /// use broker::ReasonCode;
    /// use broker::expect::refused;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x0C\0\x04MQTT\x04\0\0\0\0\0")?;
    /// // … a client without a name asks for a session that stays: 3.1.1 has no such thing …
    /// broker.expect(refused().reason(ReasonCode::CLIENT_IDENTIFIER_NOT_VALID)).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    refused;
    /// A connection ended; the field `cause` says why, in one word.
    ///
    /// ```
    /// use broker::expect::disconnected;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp\xE0\0")?;
    /// // … "lamp" connects and says goodbye …
    /// broker.expect(disconnected().of("lamp").field("cause", "client_disconnect")).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    disconnected;
    /// A subscription was made or changed: from here on it counts.
    ///
    /// ```
    /// use broker::expect::{publish, subscribed};
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp\x82\x0B\0\x01\0\x06lamp/+\0")?;
    /// // … "lamp" subscribes to lamp/+ …
    /// broker.expect(subscribed().of("lamp").topic_filter("lamp/+")).wait();
    /// broker.publish(broker::Injected::text("lamp/1", "on"))?; // from here on it gets there
    /// broker.expect(publish("lamp/1").to("lamp")).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    subscribed;
    /// A subscription was given up.
    ///
    /// ```
    /// use broker::expect::unsubscribed;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp\x82\x0B\0\x01\0\x06lamp/+\0\xA2\x0A\0\x02\0\x06lamp/+")?;
    /// // … "lamp" subscribes to lamp/+, and gives it up …
    /// broker.expect(unsubscribed().of("lamp").topic_filter("lamp/+")).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    unsubscribed;
    /// A session ended; the field `expired` says whether its time had come.
    ///
    /// ```
    /// use broker::expect::session_ended;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp\xE0\0")?;
    /// // … "lamp", whose session is for one connection, connects and says goodbye …
    /// broker.expect(session_ended().of("lamp").field("expired", false)).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    session_ended;
    /// A will was published.
    ///
    /// ```
    /// use broker::expect::will_published;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x19\0\x04MQTT\x04\x06\0\0\0\x04lamp\0\x04gone\0\x01x")?;
    /// # broker.wait_connected("lamp")?;
    /// # drop(lamp);
    /// // … "lamp" connects with a will on the topic gone, and breaks off …
    /// broker.expect(will_published().of("lamp").topic("gone")).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    will_published;
    /// A message was not delivered to somebody it matched; the field `why` says in one word why.
    ///
    /// ```
    /// use broker::expect::dropped;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// // … whatever the test does …
    /// broker.expect(dropped()).never().wait(); // every message got to whom it was for
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    dropped;
}
