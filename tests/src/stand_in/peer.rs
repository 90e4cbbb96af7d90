//! [`Peer`]: a client that says what a step tells it to, and puts every answer into words: also a refusal, and an end.

use std::io::Write;
use std::sync::Arc;

use broker::QoS;
use broker::wire::{
    self, Ack, ConnAckProperties, Connect, ConnectProperties, FilterRequest, Packet, PacketId, Publish,
    Subscribe, SubscriptionOptions, Unsubscribe, Version, Will, WillProperties,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use super::Place;
use crate::harness::way::{Door, Stream, Way};

/// How a step connects.
#[derive(Debug, Clone)]
pub struct Hello<'a> {
    pub version: Version,
    pub client_id: &'a str,
    pub user: Option<&'a str>,
    pub password: Option<&'a str>,
    /// Topic, QoS, payload, and `retained` or nothing.
    pub will: Option<&'a str>,
    pub clean: bool,
    pub keep_alive_secs: u16,
    pub session_expiry_secs: Option<u32>,
    /// A port as the set-up names it, or the path of a Unix socket.
    pub on: Option<&'a str>,
    pub tls: bool,
    pub web_socket: bool,
    /// A certificate of its own in `certs/`.
    pub certificate: Option<&'a str>,
    /// Leaves messages unacknowledged.
    pub lazy: bool,
}

/// A connection.
#[derive(Debug)]
pub struct Peer {
    stream: Stream,
    version: Version,
    told: ConnAckProperties<'static>,
    /// Messages that came, in words.
    messages: Vec<String>,
    lazy: bool,
    last_id: u16,
}

/// The connection is over; how, in words.
type Ended = String;

impl Peer {
    /// Connects; gives CONNACK in words, and the connection where it was accepted.
    pub fn connect(place: &Place, hello: &Hello<'_>) -> (Option<Self>, String) {
        let stream = match door(place, hello).open() {
            Ok(stream) => stream,
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                return (None, "nobody listens".to_owned());
            }
            Err(_) => return (None, "no connection".to_owned()),
        };
        let mut peer = Self {
            stream,
            version: hello.version,
            told: ConnAckProperties::default(),
            messages: Vec::new(),
            lazy: hello.lazy,
            last_id: 0,
        };
        peer.send(&Packet::Connect(Box::new(hello.packet())));
        let answer = peer.await_packet(|packet| match packet {
            Packet::ConnAck(connack) => Some(connack.properties.clone()),
            _ => None,
        });
        match answer {
            Err(ended) => (None, ended),
            Ok((bytes, properties)) => {
                let (flags, code) = (packets::body(&bytes)[0], packets::body(&bytes)[1]);
                let session = if flags == 1 { " session" } else { "" };
                let words = format!("CONNACK {}{session}", peer.code(code));
                peer.told = properties;
                ((code == 0).then_some(peer), words)
            }
        }
    }

    /// Codes as each version's standard writes them.
    fn code(&self, code: u8) -> String {
        if self.version.is_v5() {
            format!("0x{code:02X}")
        } else {
            code.to_string()
        }
    }

    fn send(&mut self, packet: &Packet<'_>) {
        let mut bytes = Vec::new();
        packet.encode(self.version, &mut bytes);
        // One that is closed already says so when it is read.
        let _ = self.stream.write_all(&bytes).and_then(|()| self.stream.flush());
    }

    /// The next packet that is wanted, and its bytes. Messages that come before are noted and acknowledged.
    fn await_packet<T>(
        &mut self,
        wanted: impl Fn(&Packet<'static>) -> Option<T>,
    ) -> Result<(Vec<u8>, T), Ended> {
        loop {
            let (bytes, packet) = self.next()?;
            if let Some(found) = wanted(&packet) {
                return Ok((bytes, found));
            }
        }
    }

    fn next(&mut self) -> Result<(Vec<u8>, Packet<'static>), Ended> {
        let bytes = packets::read(&mut self.stream).map_err(|error| match error.kind() {
            std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut => "no answer".to_owned(),
            // A reset, an end without goodbye of TLS: which one it is depends on who was faster.
            _ => "closed".to_owned(),
        })?;
        // Leaked: so the packets of a test live as long as it likes.
        let packet = wire::decode(self.version, Vec::leak(bytes.clone()))
            .unwrap_or_else(|error| panic!("the broker sent {bytes:02X?}: {error}"));
        match &packet {
            Packet::Publish(publish) => self.take(publish),
            Packet::PubRel(ack) => self.send(&Packet::PubComp(Ack::new(ack.packet_id))),
            Packet::Disconnect(_) => {
                let code = packets::body(&bytes).first().copied().unwrap_or_default();
                return Err(format!("DISCONNECT {}", self.code(code)));
            }
            _ => {}
        }
        Ok((bytes, packet))
    }

    fn take(&mut self, publish: &Publish<'_>) {
        let payload = String::from_utf8_lossy(publish.payload);
        let (qos, retain) = (publish.qos.bits(), u8::from(publish.retain));
        self.messages
            .push(format!("{} {payload} q{qos} r{retain}", publish.topic));
        if let Some(id) = publish.packet_id.filter(|_| !self.lazy) {
            let ack = Ack::new(id);
            self.send(&if publish.qos == QoS::AtLeastOnce {
                Packet::PubAck(ack)
            } else {
                Packet::PubRec(ack)
            });
        }
    }

    fn fresh_id(&mut self) -> PacketId {
        self.last_id += 1;
        PacketId::new(self.last_id).expect("never 0")
    }

    /// SUBACK in words.
    pub fn subscribe(&mut self, filter: &str, qos: QoS) -> String {
        let packet_id = self.fresh_id();
        let options = SubscriptionOptions {
            qos,
            ..SubscriptionOptions::default()
        };
        self.send(&Packet::Subscribe(Subscribe {
            packet_id,
            subscription_id: None,
            user: Vec::new(),
            filters: vec![FilterRequest { filter, options }],
        }));
        let answer = self.await_packet(|packet| matches!(packet, Packet::SubAck(_)).then_some(()));
        self.last_byte("SUBACK", answer)
    }

    /// UNSUBACK in words.
    pub fn unsubscribe(&mut self, filter: &str) -> String {
        let packet_id = self.fresh_id();
        self.send(&Packet::Unsubscribe(Unsubscribe {
            packet_id,
            user: Vec::new(),
            filters: vec![filter],
        }));
        let answer = self.await_packet(|packet| matches!(packet, Packet::UnsubAck(_)).then_some(()));
        if self.version.is_v5() {
            self.last_byte("UNSUBACK", answer)
        } else {
            answer.map_or_else(|end| end, |_| "UNSUBACK".to_owned())
        }
    }

    /// The code of an acknowledgement of one filter stands at its end.
    fn last_byte(&self, name: &str, answer: Result<(Vec<u8>, ()), Ended>) -> String {
        answer.map_or_else(
            |ended| ended,
            |(bytes, ())| format!("{name} {}", self.code(bytes[bytes.len() - 1])),
        )
    }

    /// Publishes, to the end of the handshake; what acknowledged it, in words.
    pub fn publish(&mut self, topic: &str, qos: QoS, payload: &str, retain: bool) -> String {
        let packet_id = (qos != QoS::AtMostOnce).then(|| self.fresh_id());
        let publish = Publish {
            packet_id,
            retain,
            ..Publish::new(topic, payload.as_bytes(), qos)
        };
        self.send(&Packet::Publish(publish));
        if packet_id.is_none() {
            return self.ping().map_or_else(|ended| ended, |()| "sent".to_owned());
        }
        let answer = self.await_packet(|packet| match packet {
            Packet::PubAck(_) => Some("PUBACK"),
            Packet::PubRec(_) => Some("PUBREC"),
            _ => None,
        });
        let (bytes, name) = match answer {
            Ok(answer) => answer,
            Err(ended) => return ended,
        };
        let code = packets::body(&bytes).get(2).copied().unwrap_or_default();
        if name == "PUBREC" && code < 0x80 {
            self.send(&Packet::PubRel(Ack::new(packet_id.expect("it has one"))));
            if let Err(ended) = self.await_packet(|packet| matches!(packet, Packet::PubComp(_)).then_some(()))
            {
                return ended;
            }
        }
        if self.version.is_v5() {
            format!("{name} {}", self.code(code))
        } else {
            name.to_owned()
        }
    }

    fn ping(&mut self) -> Result<(), Ended> {
        self.send(&Packet::PingReq);
        self.await_packet(|packet| matches!(packet, Packet::PingResp).then_some(()))
            .map(drop)
    }

    /// Every message so far. What the broker sent before it answers a ping has come then.
    pub fn messages(&mut self) -> String {
        if let Err(ended) = self.ping() {
            self.messages.push(ended);
        }
        self.noted()
    }

    /// Waits until so many messages are there.
    pub fn await_messages(&mut self, count: usize) -> String {
        while self.messages.len() < count {
            if let Err(ended) = self.next() {
                self.messages.push(ended);
                break;
            }
        }
        self.noted()
    }

    fn noted(&mut self) -> String {
        let messages = std::mem::take(&mut self.messages);
        if messages.is_empty() {
            "nothing".to_owned()
        } else {
            messages.join(", ")
        }
    }

    /// A property of CONNACK.
    pub fn told(&self, property: &str) -> String {
        let told = &self.told;
        let value = match property {
            "receive_maximum" => told.receive_maximum.map(|value| value.to_string()),
            "maximum_qos" => told.maximum_qos.map(|value| value.bits().to_string()),
            "retain_available" => told.retain_available.map(|value| value.to_string()),
            "maximum_packet_size" => told.maximum_packet_size.map(|value| value.to_string()),
            "topic_alias_maximum" => told.topic_alias_maximum.map(|value| value.to_string()),
            "server_keep_alive" => told.server_keep_alive_secs.map(|value| value.to_string()),
            "session_expiry" => told.session_expiry_secs.map(|value| value.to_string()),
            // Which one is chance; its beginning may be set.
            "assigned_client_id" => told
                .assigned_client_id
                .map(|id| id.chars().take_while(|c| *c != '-').collect()),
            _ => panic!("teach this test {property}"),
        };
        value.unwrap_or_else(|| "left out".to_owned())
    }

    /// How the connection ends.
    pub fn end(&mut self) -> String {
        loop {
            if let Err(ended) = self.next() {
                return ended;
            }
        }
    }

    /// Says goodbye, and waits for the end.
    pub fn leave(mut self) {
        self.send(&Packet::Disconnect(wire::Disconnect {
            reason: broker::ReasonCode::SUCCESS,
            properties: wire::DisconnectProperties::default(),
        }));
        self.end();
    }
}

impl<'a> Hello<'a> {
    fn packet(&self) -> Connect<'a> {
        Connect {
            clean_start: self.clean,
            keep_alive_secs: self.keep_alive_secs,
            username: self.user,
            password: self.password.map(str::as_bytes),
            will: self.will.map(will),
            properties: ConnectProperties {
                session_expiry_secs: self.session_expiry_secs,
                ..ConnectProperties::default()
            },
            ..Connect::new(self.version, self.client_id)
        }
    }
}

fn will(text: &str) -> Will<'_> {
    let mut parts = text.split(',');
    let mut part = || parts.next().expect("will=TOPIC,QOS,PAYLOAD");
    let (topic, qos, payload) = (part(), part(), part());
    Will {
        topic,
        payload: payload.as_bytes(),
        qos: super::act::qos(qos),
        retain: parts.next() == Some("retained"),
        properties: WillProperties::default(),
    }
}

fn door(place: &Place, hello: &Hello<'_>) -> Door {
    if let Some(path) = hello.on.filter(|on| on.starts_with('/')) {
        return Door::unix(place.fill_in(path));
    }
    let way = match (hello.tls, hello.web_socket) {
        (false, false) => Way::Tcp,
        (true, false) => Way::Tls,
        (false, true) => Way::Ws,
        (true, true) => Way::Wss,
    };
    let door = Door::new(way, place.addr(hello.on));
    if hello.tls {
        door.with_tls(tls(place, hello.certificate))
    } else {
        door
    }
}

/// Trusts `certs/ca.crt`, and shows a certificate of `certs/`.
fn tls(place: &Place, certificate: Option<&str>) -> Arc<ClientConfig> {
    let read = |name: &str| {
        std::fs::read(place.file(&format!("certs/{name}"))).expect("a certificate of the set-ups")
    };
    let mut roots = RootCertStore::empty();
    for ca in CertificateDer::pem_slice_iter(&read("ca.crt")) {
        roots.add(ca.expect("PEM")).expect("an authority");
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has suites for both versions")
        .with_root_certificates(roots);
    Arc::new(match certificate {
        None => config.with_no_client_auth(),
        Some(name) => {
            let chain = read(&format!("{name}.crt"));
            let chain = CertificateDer::pem_slice_iter(&chain)
                .collect::<Result<_, _>>()
                .expect("PEM");
            let key = PrivateKeyDer::from_pem_slice(&read(&format!("{name}.key"))).expect("PEM");
            config.with_client_auth_cert(chain, key).expect("a key that fits")
        }
    })
}
