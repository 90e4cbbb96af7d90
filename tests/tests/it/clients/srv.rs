//! `-S`: the broker that the DNS names.

use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::thread;

use super::{broker, client, start};

/// What an SRV record says: priority, port, host.
type Service = (u16, u16, &'static str);

/// A name server that knows this one name, and ends with the test.
fn name_server(name: &'static str, services: Vec<Service>) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let addr = socket.local_addr().unwrap();
    thread::spawn(move || {
        let mut query = [0; 512];
        while let Ok((_, from)) = socket.recv_from(&mut query) {
            socket.send_to(&answer(&query, name, &services), from).unwrap();
        }
    });
    addr
}

fn labels(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.').filter(|label| !label.is_empty()) {
        bytes.push(u8::try_from(label.len()).unwrap());
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes
}

/// [RFC 1035, 4.1] Header, question, answers.
fn answer(query: &[u8], name: &str, services: &[Service]) -> Vec<u8> {
    let end = 12 + query[12..].iter().position(|byte| *byte == 0).unwrap() + 5;
    let question = &query[12..end];
    let known = question[..question.len() - 4] == labels(name);
    let records = if known { services } else { &[] };
    let mut bytes = query[..2].to_vec();
    bytes.extend([0x81, if known { 0x80 } else { 0x83 }, 0, 1]);
    bytes.extend(u16::try_from(records.len()).unwrap().to_be_bytes());
    bytes.extend([0; 4]);
    bytes.extend(question);
    for (priority, port, host) in records {
        // The name is the question's; SRV, IN, a minute.
        bytes.extend([0xC0, 12, 0, 33, 0, 1, 0, 0, 0, 60]);
        let host = labels(host);
        bytes.extend(u16::try_from(6 + host.len()).unwrap().to_be_bytes());
        for number in [*priority, 0, *port] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(host);
    }
    bytes
}

fn publish(server: SocketAddr, arguments: &[&str]) -> tests::harness::Finished {
    let server = server.to_string();
    let arguments = [
        &["-S", "--dns", &server, "-t", "a", "-m", "x", "-q", "1"],
        arguments,
    ]
    .concat();
    start(&mut client("publisher", ([127, 0, 0, 1], 1).into(), &arguments)).wait()
}

#[test]
fn the_hosts_are_tried_in_the_order_of_their_priorities() {
    let broker = broker();
    // A port on which nobody listens, for as long as it is held.
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = nobody.local_addr().unwrap().port();
    drop(nobody);
    let services = vec![(2, broker.addr().port(), "localhost"), (1, closed, "localhost")];
    let server = name_server("_mqtt._tcp.example.test", services);
    let finished = publish(server, &["-h", "example.test"]);
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    assert_eq!(broker.stats().publish_received, 1);

    let server = name_server("_mqtt._tcp.example.test", vec![(1, closed, "localhost")]);
    let finished = publish(server, &["-h", "example.test"]);
    assert_eq!(finished.code, Some(1), "{finished:#?}");
    let error = format!("Error: no broker at 127.0.0.1:{closed}: connection refused");
    assert_eq!(finished.stderr, [error]);
}

#[test]
fn what_the_records_lack_is_said() {
    let said = |server, arguments: &[&str]| {
        let finished = publish(server, arguments);
        assert_eq!(finished.code, Some(1), "{finished:#?}");
        finished.stderr.join("\n")
    };
    let end = "; to connect to the host itself leave -S out";
    let server = name_server("_mqtt._tcp.example.test", vec![(0, 0, ".")]);
    assert_eq!(
        said(server, &["-h", "example.test"]),
        format!(
            "Error: the SRV records of `_mqtt._tcp.example.test` cannot be used: the domain says that it has no broker{end}"
        )
    );
    assert_eq!(
        said(server, &["-h", "other.test"]),
        format!(
            "Error: the SRV records of `_mqtt._tcp.other.test` cannot be used: there is no such name{end}"
        )
    );
    // With TLS it is another service.
    assert_eq!(
        said(server, &["-h", "example.test", "--tls-use-os-certs"]),
        format!(
            "Error: the SRV records of `_secure-mqtt._tcp.example.test` cannot be used: there is no such name{end}"
        )
    );
    let server = name_server("_mqtt._tcp.example.test", vec![]);
    assert_eq!(
        said(server, &["-h", "example.test"]),
        format!(
            "Error: the SRV records of `_mqtt._tcp.example.test` cannot be used: it has no such records{end}"
        )
    );
    let gone = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(
        said(gone, &["-h", "example.test"]),
        format!(
            "Error: the SRV records of `_mqtt._tcp.example.test` cannot be used: there is no name server at {gone}{end}"
        )
    );
}

#[test]
fn flags_that_cannot_be_are_refused() {
    let addr = ([127, 0, 0, 1], 1).into();
    for (arguments, words) in [
        (&["-S", "--unix", "/x"][..], "-S with --unix"),
        (&["-S", "-h", "127.0.0.1"], "-h example.com"),
        (
            &["-S", "-h", "a", "--dns", "b"],
            "is not the address of a name server",
        ),
        (&["-h", "a", "--dns", "127.0.0.1"], "-S"),
    ] {
        let arguments = [&["-t", "a", "-m", "x"], arguments].concat();
        let finished = start(&mut client("publisher", addr, &arguments)).wait();
        assert_eq!(finished.code, Some(1), "{finished:#?}");
        assert!(finished.stderr.join("\n").contains(words), "{finished:#?}");
    }
}
