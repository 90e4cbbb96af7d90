//! The relay and TLS, with Debian's mosquitto as the upstream and its clients as those who speak TLS themselves.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;

use broker::settings::{BrokerSettings, UpstreamTls};
use broker::wire::Version;
use broker::{Event, QoS, ReasonCode};
use tests::harness::binaries::workspace;
use tests::harness::peers::{mosquitto, or_skip};
use tests::harness::raw::text;
use tests::harness::{Client, Embedded, Mosquitto, Program, hello, message, versions};

/// A file of the authority, certificate and key that were made for these tests alone.
fn file(name: &str) -> String {
    workspace()
        .join("tests/data/tls")
        .join(name)
        .display()
        .to_string()
}

fn mosquitto_with_tls() -> Option<Mosquitto> {
    let (certificate, key) = (file("localhost.pem"), file("localhost.key"));
    Mosquitto::start(&format!("certfile {certificate}\nkeyfile {key}"))
}

fn relay_to(upstream: &Mosquitto, host: &str, change: impl FnOnce(&mut BrokerSettings)) -> Embedded {
    let url = format!("mqtts://{host}:{}", upstream.addr().port());
    Embedded::start_with(|settings| {
        settings.upstream.url = url;
        settings.upstream.retry_after_millis = 1;
        change(settings);
    })
}

#[test]
fn plain_clients_talk_to_an_upstream_with_tls() {
    let Some(upstream) = mosquitto_with_tls() else {
        return;
    };
    // By name and by address: the certificate is for both.
    for host in ["localhost", "127.0.0.1"] {
        let relay = relay_to(&upstream, host, |settings| {
            settings.upstream.ca_file = file("ca.pem");
        });
        for version in versions() {
            let mut client = Client::new(relay.addr(), version, "plain");
            client.subscribe("a", QoS::ExactlyOnce);
            let payload = "x".repeat(100_000);
            client.publish(&message("a", &payload, QoS::ExactlyOnce));
            assert_eq!(text(&client.receive()), payload);
            client.disconnect();
        }
    }
}

#[test]
fn an_upstream_that_cannot_prove_itself_is_not_talked_to() {
    let Some(upstream) = mosquitto_with_tls() else {
        return;
    };
    let another = relay_to(&upstream, "localhost", |settings| {
        settings.upstream.ca_file = file("another_ca.pem");
    });
    let system = relay_to(&upstream, "localhost", |_| {});
    for relay in [&another, &system] {
        let (_, connack) = Client::say_hello(relay.addr(), &hello(Version::V5, "careful"));
        assert_eq!(connack.reason, ReasonCode::SERVER_UNAVAILABLE);
        relay.until(
            "it says why",
            |event| matches!(event, Event::UpstreamUnavailable { why, .. } if why.contains("certificate")),
        );
    }
    let insecure = relay_to(&upstream, "localhost", |settings| {
        settings.upstream.insecure = true;
    });
    Client::new(insecure.addr(), Version::V5, "careless").disconnect();
}

#[test]
fn a_file_without_certificates_is_told_at_the_start() {
    let start = |ca_file: String| {
        let builder = broker::Broker::builder()
            .upstream("mqtts://localhost")
            .configure(|settings| settings.upstream.ca_file = ca_file);
        builder.start().wait().unwrap_err().to_string()
    };
    for wrong in [file("localhost.key"), file("nothing.pem")] {
        let error = start(wrong.clone());
        assert!(
            error.contains("upstream.ca_file") && error.contains(&wrong),
            "{error}"
        );
    }
}

#[test]
fn tls_of_the_clients_is_passed_through_unread() {
    let Some(upstream) = mosquitto_with_tls() else {
        return;
    };
    let Some(publisher) = or_skip(mosquitto("mosquitto_pub")) else {
        return;
    };
    let Some(subscriber) = or_skip(mosquitto("mosquitto_sub")) else {
        return;
    };
    let relay = relay_to(&upstream, "localhost", |settings| {
        settings.upstream.tls = UpstreamTls::PassThrough;
    });
    let port = relay.addr().port().to_string();
    let common = [
        "-h",
        "127.0.0.1",
        "-p",
        &port,
        "--cafile",
        &file("ca.pem"),
        "-t",
        "a",
        "-q",
        "1",
    ];
    let run = |program, more: &[&str]| Program::start(Command::new(program).args(common).args(more));
    run(&publisher, &["-m", "private", "-r"]).succeed();
    assert_eq!(run(&subscriber, &["-C", "1"]).succeed(), ["private"]);
    relay.until("it is said", |event| matches!(event, Event::PassedThrough { .. }));

    let journal = relay.block_on(relay.journal().all()).unwrap();
    assert!(
        journal.entries.iter().all(|entry| entry.packet().is_none()),
        "nothing of it can be read: {journal:#?}"
    );
    let stats = relay.stats();
    assert!(
        stats.bytes_received > 0 && stats.bytes_sent > 0 && stats.packets_received == 0,
        "{stats:?}"
    );
}

#[test]
fn a_client_without_tls_is_not_passed_on_in_clear_text() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let upstream = listener.local_addr().expect("it has an address");
    listener.set_nonblocking(true).expect("it is open");
    let relay = Embedded::start_with(|settings| {
        settings.upstream.url = format!("mqtts://localhost:{}", upstream.port());
        settings.upstream.tls = UpstreamTls::PassThrough;
    });
    let mut client = TcpStream::connect(relay.addr()).expect("it listens");
    client
        .write_all(b"\x10\x0e\0\x04MQTT\x04\x02\0\0\0\x02me")
        .expect("it is taken"); // CONNECT
    let mut answer = Vec::new();
    client
        .read_to_end(&mut answer)
        .expect("it is closed in good order");
    assert_eq!(answer, [0x20, 2, 0, 5], "not authorized");
    let came = listener.accept().expect_err("nothing is passed on");
    assert_eq!(came.kind(), std::io::ErrorKind::WouldBlock);
}
