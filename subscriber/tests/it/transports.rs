//! What is large, through both libraries and every transport: rumqttc's own event loop stops at 10 kB.

use std::io;
use std::path::PathBuf;

use crate::SUBSCRIBER;
use crate::support::certificates::{Authority, listener};
use crate::support::servers::Server;
use crate::support::socks::Proxy;
use crate::support::{Directory, Mosquitto, run, stderr};
use client::packet::QoS;
use client::{Connection, Message, Tls, TlsOptions, Version};
use publisher::Payload;
use subscriber::{Notice, Sink};
use tokio::sync::oneshot;

/// Says when the subscription is there, and keeps the messages.
struct Seen {
    subscribed: Option<oneshot::Sender<()>>,
    messages: Vec<Message>,
}

impl Sink for &mut Seen {
    fn message(&mut self, message: Message) -> io::Result<()> {
        self.messages.push(message);
        Ok(())
    }

    fn notice(&mut self, notice: Notice) {
        if let Notice::Subscribed { .. } = notice
            && let Some(subscribed) = self.subscribed.take()
        {
            subscribed.send(()).ok();
        }
    }
}

/// Publishes `payload` through `connection` and receives it through another one like it.
async fn there_and_back(connection: &Connection, qos: QoS, payload: Vec<u8>) {
    let (subscribed, ready) = oneshot::channel();
    let mut seen = Seen {
        subscribed: Some(subscribed),
        messages: Vec::new(),
    };
    let mut receiver = connection.clone();
    receiver.client_id.push_str("-sub");
    let mut plan = subscriber::Plan::new(receiver, ["large"]);
    plan.count = Some(1);
    plan.reconnect = false;
    plan.filters[0].qos = qos;
    let mut sending = publisher::Plan::new(connection.clone(), "large", Payload::from(payload.clone()));
    sending.qos = qos;
    let send = async {
        ready.await.unwrap();
        publisher::run(sending).await.unwrap()
    };
    let (received, sent) = tokio::join!(Box::pin(subscriber::run(plan, &mut seen)), Box::pin(send));
    assert_eq!((received.unwrap().received, sent.sent), (1, 1));
    // Not assert_eq: nobody wants to read 64 MB.
    assert!(seen.messages[0].payload == payload, "{connection:?}");
}

fn payload(megabytes: usize) -> Vec<u8> {
    (0..megabytes << 20).map(|number| (number % 251) as u8).collect()
}

fn local(port: u16, version: Version) -> Connection {
    let mut connection = Connection::to("localhost", port);
    connection.version = version;
    "large".clone_into(&mut connection.client_id);
    connection
}

#[tokio::test]
async fn payloads_of_1_and_of_64_megabytes_on_both_brokers() {
    // Brokers start and stop on threads of their own, which an asynchronous test must not wait for.
    let servers = tokio::task::spawn_blocking(Server::one_of_each).await.unwrap();
    for server in &servers {
        let port = server.port().parse().unwrap();
        for version in [Version::V311, Version::V5] {
            let connection = local(port, version);
            there_and_back(&connection, QoS::AtMostOnce, payload(1)).await;
            there_and_back(&connection, QoS::AtLeastOnce, payload(1)).await;
            there_and_back(&connection, QoS::ExactlyOnce, payload(64)).await;
        }
    }
    tokio::task::spawn_blocking(move || drop(servers)).await.unwrap();
}

#[tokio::test]
async fn every_transport_carries_what_is_large() {
    let authority = Authority::named("authority");
    let server = authority.sign("server", "localhost", (2020, 2090));
    let config = [
        "allow_anonymous true\n".to_owned(),
        listener("{port1}", &server, &authority.path("ca.pem"), ""),
        "listener {port2} 127.0.0.1\nprotocol websockets\n".to_owned(),
        listener(
            "{port3}",
            &server,
            &authority.path("ca.pem"),
            "protocol websockets",
        ),
    ];
    let Some(broker) = Mosquitto::start_with(&config.concat()) else {
        return;
    };
    let options = TlsOptions {
        ca_files: vec![PathBuf::from(authority.path("ca.pem"))],
        ..TlsOptions::default()
    };
    let tls = Tls::new(&options).unwrap();
    let proxy = Proxy::start(None);
    let through = client::Proxy::parse(&format!("socks5h://127.0.0.1:{}", proxy.port)).unwrap();
    let ports = [broker.port, broker.ports[0], broker.ports[1], broker.ports[2]];
    for (index, port) in ports.into_iter().enumerate() {
        for proxied in [false, true] {
            let mut connection = local(port, Version::V5);
            connection.tls = (index % 2 == 1).then(|| tls.clone());
            connection.websocket_path = (index >= 2).then(|| "/mqtt".to_owned());
            connection.proxy = proxied.then(|| through.clone());
            // mosquitto sends over WebSocket in pieces of 4 kB, ten a second.
            let payload = if index < 2 { payload(1) } else { vec![7; 40_000] };
            there_and_back(&connection, QoS::AtLeastOnce, payload).await;
        }
    }
    assert_eq!(
        proxy.asked.lock().unwrap().len(),
        8,
        "each connection through the proxy"
    );
}

#[test]
fn a_unix_domain_socket_is_a_way_too() {
    // mosquitto runs as another user, who must be able to make the socket.
    let directory = Directory::new();
    let path = directory.path.join("socket");
    let config = format!("allow_anonymous true\nuser root\nlistener 0 {}\n", path.display());
    let Some(_broker) = Mosquitto::start_with(&config) else {
        return;
    };
    let path = path.to_str().unwrap();
    let output = run(SUBSCRIBER, &["--unix", path, "-t", "a", "-E"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}
