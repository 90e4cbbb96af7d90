//! From socket to socket, with a broker that really runs.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use broker::blocking::Broker;
use broker::settings::User;
use broker::wire::{Packet, ReasonCode, Version, decode, frame};

use super::bench::{SCRAM, Said, answer, auth, connect, with_method};
use super::client::Client;

fn send(stream: &mut TcpStream, packet: &Packet<'_>) {
    let mut bytes = Vec::new();
    packet.encode(Version::V5, &mut bytes);
    stream.write_all(&bytes).unwrap();
}

fn read(stream: &mut TcpStream) -> Said {
    let mut bytes = Vec::new();
    loop {
        if let Some(len) = frame(&bytes, usize::MAX)
            .unwrap()
            .filter(|len| *len == bytes.len())
        {
            return super::bench::said_by(&decode(Version::V5, &bytes[..len]).unwrap());
        }
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
    }
}

#[test]
fn in_and_again_and_out() {
    let builder = broker::Broker::builder()
        .configure(|settings| settings.auth.users = vec![User::new("alice", "wonderland")]);
    let broker = Broker::start_with(builder).unwrap();
    let mut stream = TcpStream::connect(broker.addr()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();

    let mut client = Client::new("alice", "wonderland");
    let first = client.first();
    send(&mut stream, &connect(with_method("c", SCRAM, Some(&first))));
    let last = client.last(&read(&mut stream));
    send(&mut stream, &answer(&last));
    let connack = read(&mut stream);
    assert_eq!(connack.reason(), ReasonCode::SUCCESS);
    assert!(client.trusts(&connack));

    let mut client = Client::new("alice", "mistyped");
    let first = client.first();
    send(
        &mut stream,
        &auth(ReasonCode::REAUTHENTICATE, SCRAM, Some(&first)),
    );
    let last = client.last(&read(&mut stream));
    send(&mut stream, &answer(&last));
    assert_eq!(read(&mut stream), Said::Disconnect(ReasonCode::NOT_AUTHORIZED));
    assert_eq!(stream.read(&mut [0]).unwrap(), 0, "closed");
}
