//! One connection, which may end at any byte.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

use broker::ReasonCode;
use broker::wire::{self, Packet, Version};

use crate::harness::DEADLINE;
use crate::harness::raw::resume;

/// The broker is gone.
#[derive(Debug)]
pub struct Gone;

/// A connection of a client that resumes its session.
#[derive(Debug)]
pub struct Link {
    stream: TcpStream,
    version: Version,
    buffer: Vec<u8>,
}

impl Link {
    /// Connects. A client that `had_session` must find it.
    pub fn open(
        addr: SocketAddr,
        version: Version,
        client_id: &str,
        had_session: &mut bool,
    ) -> Result<Self, Gone> {
        let stream = TcpStream::connect(addr).map_err(|_| Gone)?;
        stream.set_read_timeout(Some(DEADLINE)).expect("it can be set");
        // Many answers between two kills, and not many waits of the system.
        stream.set_nodelay(true).expect("it can be set");
        let mut link = Self {
            stream,
            version,
            buffer: Vec::new(),
        };
        link.send(&Packet::Connect(Box::new(resume(version, client_id))))?;
        match link.packet()? {
            Packet::ConnAck(connack) => {
                assert_eq!(connack.reason, ReasonCode::SUCCESS, "{client_id} is refused");
                assert!(
                    connack.session_present || !*had_session,
                    "the session of {client_id} is lost"
                );
                *had_session = true;
                Ok(link)
            }
            other => panic!("expected CONNACK, got {other:?}"),
        }
    }

    pub fn send(&mut self, packet: &Packet<'_>) -> Result<(), Gone> {
        let mut bytes = Vec::new();
        packet.encode(self.version, &mut bytes);
        self.stream.write_all(&bytes).map_err(|_| Gone)
    }

    /// The next packet.
    pub fn packet(&mut self) -> Result<Packet<'static>, Gone> {
        loop {
            let length = wire::frame(&self.buffer, usize::MAX).expect("the broker sends packets");
            if let Some(length) = length.filter(|length| *length <= self.buffer.len()) {
                // Leaked: so the packets live as long as anybody likes.
                let bytes: &'static [u8] = Vec::leak(self.buffer.drain(..length).collect());
                return Ok(wire::decode(self.version, bytes).expect("the broker sends packets"));
            }
            let mut chunk = [0; 4096];
            match self.stream.read(&mut chunk) {
                Ok(0) => return Err(Gone),
                Ok(n) => self.buffer.extend_from_slice(&chunk[..n]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    panic!("nothing came from the broker for {DEADLINE:?}")
                }
                Err(_) => return Err(Gone),
            }
        }
    }
}
