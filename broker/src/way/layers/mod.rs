//! [`Layers`]: the layers over one socket, which its first bytes choose.

mod sending;
#[cfg(test)]
mod tests;

use std::io::IoSlice;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use crate::arrival::{Arrival, Way};
use crate::way::door::Door;
use crate::way::look::{Look, look};
use crate::way::tls::Tls;
use crate::way::websocket::WebSocket;
use crate::way::{Fault, Layer, http, proxy};

/// What lies between a socket and MQTT, where that is not nothing: a PROXY header, TLS, the head of a request, WebSocket.
///
/// Bytes of the socket go in with [`receive`](Self::receive), bytes of MQTT with [`send`](Self::send); what is to be
/// written to the socket gathers in [`down`](Self::down).
pub(crate) struct Layers {
    door: Rc<Door>,
    unix: bool,
    stage: Stage,
    tls: Option<Box<Tls>>,
    web_socket: Option<Box<WebSocket>>,
    /// The peer's address, as a proxy tells it.
    source: Option<SocketAddr>,
    fault: Option<Fault>,
    is_broken: bool,
    /// TLS has answered the client's first message.
    saw_certificate: bool,
    down: Vec<u8>,
    /// How much of `down` the socket has taken.
    taken: usize,
}

/// How far a connection has come. Bytes that came and are not enough yet are kept.
enum Stage {
    /// The PROXY header.
    Proxy(Vec<u8>),
    /// The first bytes: of the connection, or inside TLS.
    Look(Vec<u8>),
    /// The head of a request.
    Request(Vec<u8>),
    /// A request for the control API, and what came behind it.
    Visit(Vec<u8>),
    Mqtt,
    /// The request was answered. Nothing more is read, and nothing more is written.
    Answered,
}

/// How far a connection has come, for those who drive it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// It is not known yet whether it will be MQTT.
    Arriving,
    /// What comes now is MQTT.
    Mqtt,
    /// It was no MQTT client, and has its answer.
    Answered,
    /// It is no MQTT client: it came for the control API.
    Visits,
}

impl Layers {
    /// For a connection that `door` let in.
    pub fn new(door: Rc<Door>, unix: bool) -> Self {
        let stage = if door.proxy_protocol {
            Stage::Proxy(Vec::new())
        } else {
            Stage::Look(Vec::new())
        };
        Self {
            door,
            unix,
            stage,
            tls: None,
            web_socket: None,
            source: None,
            fault: None,
            is_broken: false,
            saw_certificate: false,
            down: Vec::new(),
            taken: 0,
        }
    }

    pub fn progress(&self) -> Progress {
        match self.stage {
            Stage::Mqtt => Progress::Mqtt,
            Stage::Answered => Progress::Answered,
            Stage::Visit(_) => Progress::Visits,
            _ => Progress::Arriving,
        }
    }

    /// What came of one who came for the control API. From here on bytes pass as they are, as those of MQTT do.
    pub fn begin_visit(&mut self) -> Vec<u8> {
        match std::mem::replace(&mut self.stage, Stage::Mqtt) {
            Stage::Visit(seen) => seen,
            _ => Vec::new(),
        }
    }

    /// The peer's address, as a proxy tells it.
    pub fn source(&self) -> Option<SocketAddr> {
        self.source
    }

    pub fn door(&self) -> &Rc<Door> {
        &self.door
    }

    /// The way that the connection takes, as far as it is known.
    pub fn way(&self) -> Way {
        Way {
            unix: self.unix,
            tls: self.tls.is_some(),
            web_socket: self.web_socket.is_some() || matches!(self.stage, Stage::Request(_)),
        }
    }

    /// What is known of the connection.
    pub fn arrival(&self) -> Arrival {
        Arrival {
            peer: self.source.map(|source| source.to_string()).unwrap_or_default(),
            way: self.way(),
            listener: self.door.name.clone(),
            tls: self.tls.as_ref().map(|tls| tls.facts().into()),
            identity: self.tls.as_ref().and_then(|tls| tls.identity()),
        }
    }

    /// Takes bytes of the socket. What they hold of MQTT is appended to `up`, also where a [`fault`](Self::fault) follows it.
    pub fn receive(&mut self, bytes: &mut [u8], up: &mut Vec<u8>) {
        if self.fault.is_none()
            && let Some(Err(fault)) = self.guarded(|layers| layers.take(bytes, up))
        {
            self.fault = Some(fault);
        }
    }

    /// A panic in a layer is a bug of ours or of a library, and ends this connection only. After it nothing is done any more:
    /// the layer may be in a state that it was never made for.
    fn guarded<T>(&mut self, step: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.is_broken {
            return None;
        }
        let done = catch_unwind(AssertUnwindSafe(|| step(self)));
        if done.is_err() {
            self.is_broken = true;
            let way = self.way();
            self.fault = Some(Fault(format!(
                "a fault in Citronella itself, over {way}; please report it"
            )));
        }
        done.ok()
    }

    /// What was wrong with the peer's bytes. What it is told of that is in [`down`](Self::down).
    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// Whether a layer panicked.
    pub fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// What the peer broke off, if it ends here: it never got as far as MQTT.
    pub fn broken_off(&self) -> Option<String> {
        if self.progress() != Progress::Arriving || self.fault.is_some() {
            return None;
        }
        match &self.tls {
            // Some clients do not say what they think of a certificate.
            Some(tls) if self.saw_certificate && (!tls.is_open() || self.owes().is_none()) => {
                let when = if tls.is_open() {
                    "right after"
                } else {
                    "in the middle of"
                };
                Some(format!(
                    "the client closed the connection {when} the TLS handshake: it may not accept our certificate"
                ))
            }
            _ => {
                let what = self.owes()?;
                Some(format!("the client closed the connection: it {what}"))
            }
        }
    }

    fn take(&mut self, bytes: &mut [u8], up: &mut Vec<u8>) -> Result<(), Fault> {
        let Stage::Proxy(head) = &mut self.stage else {
            return self.outside(bytes, up);
        };
        head.extend_from_slice(bytes);
        let Some((proxied, length)) = proxy::read(head, self.door.proxied_over_tls)? else {
            return Ok(());
        };
        let mut rest = head.split_off(length);
        self.source = proxied.source;
        self.stage = Stage::Look(Vec::new());
        self.outside(&mut rest, up)
    }

    /// Takes bytes that may be TLS.
    fn outside(&mut self, bytes: &mut [u8], up: &mut Vec<u8>) -> Result<(), Fault> {
        let Some(tls) = &mut self.tls else {
            return self.inside(bytes, up);
        };
        if matches!(self.stage, Stage::Mqtt) && self.web_socket.is_none() {
            return tls.receive(bytes, up, &mut self.down);
        }
        let mut plain = Vec::new();
        let opened = tls.receive(bytes, &mut plain, &mut self.down);
        self.saw_certificate |= !self.down.is_empty();
        // What came before an error counts.
        self.inside(&mut plain, up).and(opened)
    }

    /// Takes bytes that are not TLS, or no longer.
    fn inside(&mut self, bytes: &mut [u8], up: &mut Vec<u8>) -> Result<(), Fault> {
        if bytes.is_empty() {
            return Ok(());
        }
        match &mut self.stage {
            Stage::Mqtt => self.mqtt(bytes, up),
            Stage::Look(first) => {
                first.extend_from_slice(bytes);
                let first = std::mem::take(first);
                self.look(first, up)
            }
            Stage::Request(head) => {
                head.extend_from_slice(bytes);
                let head = std::mem::take(head);
                self.request(head, up)
            }
            Stage::Visit(seen) => {
                seen.extend_from_slice(bytes);
                Ok(())
            }
            Stage::Proxy(_) | Stage::Answered => Ok(()),
        }
    }

    fn mqtt(&mut self, bytes: &mut [u8], up: &mut Vec<u8>) -> Result<(), Fault> {
        let Some(web_socket) = &mut self.web_socket else {
            up.extend_from_slice(bytes);
            return Ok(());
        };
        let Some(tls) = &mut self.tls else {
            return web_socket.receive(bytes, up, &mut self.down);
        };
        let mut answers = Vec::new();
        let opened = web_socket.receive(bytes, up, &mut answers);
        if !answers.is_empty() {
            tls.send(&[IoSlice::new(&answers)], &mut self.down);
        }
        opened
    }

    /// What are the first bytes?
    fn look(&mut self, mut first: Vec<u8>, up: &mut Vec<u8>) -> Result<(), Fault> {
        match look(&first) {
            Look::More => self.stage = Stage::Look(first),
            Look::Tls if self.tls.is_none() => {
                self.tls = Some(Box::new(self.door.accept_tls()?));
                self.stage = Stage::Look(Vec::new());
                return self.outside(&mut first, up);
            }
            Look::Tls => {
                return Err(Fault::new(
                    "a TLS ClientHello came inside TLS: the client, or something before it, encrypts twice",
                ));
            }
            Look::Http => return self.request(first, up),
            // Noise, too: the engine knows best what is wrong with it.
            Look::Mqtt | Look::Unknown => {
                self.door.may_come(self.way(), &first)?;
                self.stage = Stage::Mqtt;
                up.append(&mut first);
            }
        }
        Ok(())
    }

    fn request(&mut self, mut head: Vec<u8>, up: &mut Vec<u8>) -> Result<(), Fault> {
        let encrypted = self.tls.is_some();
        let (request, length) = match http::read(&head, self.door.site.max_header_bytes) {
            Ok(None) => {
                self.stage = Stage::Request(head);
                return Ok(());
            }
            Ok(Some(read)) => read,
            Err(refusal) if self.door.site.has_api(encrypted) && http::seems_for_api(&head) => {
                return self.refuse(&refusal.problem(), refusal.why);
            }
            Err(refusal) => return self.refuse(&refusal.response, refusal.why),
        };
        if request.is_for_api() && self.door.site.has_api(encrypted) {
            self.stage = Stage::Visit(head);
            return Ok(());
        }
        match self.door.site.answer(&request, encrypted) {
            http::Answer::Upgrade(response) => {
                self.below(&response);
                self.web_socket = Some(Box::new(WebSocket::new()));
                self.stage = Stage::Mqtt;
                self.mqtt(&mut head.split_off(length), up)
            }
            http::Answer::Page(response) => {
                self.below(&response);
                self.stage = Stage::Answered;
                Ok(())
            }
            http::Answer::Refused(response, why) => self.refuse(&response, why),
        }
    }

    fn refuse(&mut self, response: &[u8], why: String) -> Result<(), Fault> {
        self.below(response);
        // The way is known: a request is what WebSocket begins with.
        self.stage = Stage::Request(Vec::new());
        Err(Fault::new(why))
    }

    /// Gives bytes that are not MQTT to the layer below WebSocket.
    fn below(&mut self, bytes: &[u8]) {
        match &mut self.tls {
            Some(tls) => tls.send(&[IoSlice::new(bytes)], &mut self.down),
            None => self.down.extend_from_slice(bytes),
        }
    }

    /// Whether the peer has said that it will send nothing more.
    pub fn peer_ended(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.peer_ended())
            || self.web_socket.as_ref().is_some_and(|it| it.peer_ended())
    }

    /// What has begun to come and is not whole yet, in words that follow the client's name.
    pub fn owes(&self) -> Option<String> {
        let begun =
            |bytes: &[u8], what: &str| (!bytes.is_empty()).then(|| format!("owes the rest of {what}"));
        let first = match &self.stage {
            Stage::Proxy(head) => begun(head, "a PROXY header"),
            Stage::Look(first) => begun(first, "its first bytes"),
            Stage::Request(head) => begun(head, "the head of an HTTP request"),
            Stage::Mqtt | Stage::Answered | Stage::Visit(_) => None,
        };
        first
            .or_else(|| self.tls.as_ref()?.owes())
            .or_else(|| self.web_socket.as_ref()?.owes())
    }
}
