//! From socket to socket, with a broker that really runs.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use broker::settings::User;
use broker::wire::{Packet, ReasonCode, Version, decode, frame};
use broker_core::auth::Step;

use rumqttc::v5::mqttbytes::v5::ConnectReturnCode;
use rumqttc::v5::{AsyncClient, ConnectionError, Event, Incoming, MqttOptions};

use super::bench::{SCRAM, Said, answer, auth, connect, with_method};
use super::client::Client;

pub fn send(stream: &mut TcpStream, packet: &Packet<'_>) {
    let mut bytes = Vec::new();
    packet.encode(Version::V5, &mut bytes);
    stream.write_all(&bytes).unwrap();
}

pub fn read(stream: &mut TcpStream) -> Said {
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
    let broker = builder.start().wait().unwrap();
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

/// rumqttc can name a method and give data in CONNECT, but has no answer to a challenge: enough for a token.
#[tokio::test]
async fn a_token_from_rumqttc() {
    let broker = broker::Broker::builder()
        .authenticator("TOKEN", |_| {
            Box::new(|data: Option<&[u8]>| match data {
                Some(b"open sesame") => Step::accept("ali"),
                _ => Step::refuse(),
            })
        })
        .start()
        .await
        .unwrap();
    for (method, token, expected) in [
        ("TOKEN", "open sesame", Ok(ConnectReturnCode::Success)),
        ("TOKEN", "open barley", Err(ConnectReturnCode::NotAuthorized)),
        (
            "RIDDLE",
            "open sesame",
            Err(ConnectReturnCode::BadAuthenticationMethod),
        ),
    ] {
        let mut options = MqttOptions::new("c", broker.addr().ip().to_string(), broker.addr().port());
        options.set_authentication_method(Some(method.to_owned()));
        options.set_authentication_data(Some(token.into()));
        let (_client, mut events) = AsyncClient::new(options, 1);
        let result = match events.poll().await {
            Ok(Event::Incoming(Incoming::ConnAck(connack))) => Ok(connack.code),
            Err(ConnectionError::ConnectionRefused(code)) => Err(code),
            other => panic!("{other:?}"),
        };
        assert_eq!(result, expected, "{method} {token}");
    }
}
