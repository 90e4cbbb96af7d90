//! The codec held against another implementation's, in both directions.

use std::io::{self, IoSlice, Read, Write};

use proptest::prelude::*;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocket as Other};

use super::super::{Layer, WebSocket};
use super::{FIN, PONG, answer, lengths, parts, receive};

/// Two ends of a stream in memory: what one writes lies there for the other to read.
#[derive(Default)]
struct Pipe {
    incoming: io::Cursor<Vec<u8>>,
    outgoing: Vec<u8>,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.incoming.read(buffer)? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            n => Ok(n),
        }
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.outgoing.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn payloads() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let length = prop_oneof![0usize..200, 65_000usize..67_000];
    let payload = (any::<u8>(), length)
        .prop_map(|(seed, length)| (0..length).map(|at| seed.wrapping_add(at as u8)).collect());
    proptest::collection::vec(payload, 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What another implementation sends, in parts of any length.
    #[test]
    fn another_client_is_understood(payloads in payloads(), lengths in lengths()) {
        let mut other = Other::from_raw_socket(Pipe::default(), Role::Client, None);
        for payload in &payloads {
            other.write(Message::binary(payload.clone())).expect("it is written");
            other.write(Message::Ping(b"still there?".as_slice().into())).expect("it is written");
        }
        other.close(Some(CloseFrame { code: 1001.into(), reason: "gone".into() })).expect("it is written");
        let bytes = std::mem::take(&mut other.get_mut().outgoing);
        let made = receive(parts(&bytes, &lengths));
        prop_assert_eq!(made.fault, None);
        prop_assert!(made.up == payloads.concat());
        prop_assert_eq!(made.down, answer(FIN | PONG, b"still there?").repeat(payloads.len()));
        prop_assert!(made.ended);
    }

    /// What is sent, another implementation understands.
    #[test]
    fn another_client_understands(payloads in payloads(), lengths in lengths()) {
        let (mut layer, mut down) = (WebSocket::new(), Vec::new());
        for payload in &payloads {
            let slices: Vec<_> = parts(payload, &lengths).into_iter().map(IoSlice::new).collect();
            layer.send(&slices, &mut down);
        }
        layer.end(&mut down);
        let pipe = Pipe { incoming: io::Cursor::new(down), outgoing: Vec::new() };
        let mut other = Other::from_raw_socket(pipe, Role::Client, None);
        for payload in payloads.iter().filter(|payload| !payload.is_empty()) {
            let message = other.read().expect("a message").into_data();
            prop_assert!(message == payload);
        }
        let Message::Close(Some(close)) = other.read().expect("a message") else {
            panic!("no Close")
        };
        prop_assert_eq!(u16::from(close.code), 1000);
    }
}
