//! Abuse of TLS, and what is the same behind every layer.

use std::io::Write as _;

use broker::QoS;
use socket2::SockRef;
use tests::bench::packet;
use tests::harness::Program;
use tests::harness::peers::{Missing, or_skip};
use tests::harness::raw::text;
use tests::harness::way::Way;
use tests::line::Door;
use tests::line::bytes::fragmented_hello;
use tests::line::web_socket::masked;

use super::{Ground, ON_THE_WAY_BYTES, SMALL_BYTES, closed};

#[test]
fn a_hello_that_never_ends_takes_no_memory() {
    let mut ground = Ground::new(&[]);
    for _ in 0..3 {
        let mut stream = ground.tcp();
        ground.push(&mut stream, &fragmented_hello(), ON_THE_WAY_BYTES);
        closed(&mut stream);
        ground.ended_because("TLS");
    }
}

#[test]
fn keys_that_are_changed_again_and_again_end_the_connection() {
    let mut ground = Ground::new(&[]);
    let mut line = ground.open(Way::Tls);
    for _ in 0..1000 {
        let tls = line.tls().expect("it has TLS");
        if tls.refresh_traffic_keys().is_err() || line.flush().is_err() {
            break;
        }
    }
    closed(&mut line);
    ground.ended_because("keys");
}

#[test]
fn records_and_frames_of_one_byte_carry_messages_as_well() {
    let mut ground = Ground::new(&[]);
    let count = 500;
    let mut bytes = packet::connect("tiny");
    for number in 0..count {
        bytes.extend(packet::publish(
            "tiny",
            0,
            false,
            0,
            format!("{number:04}").as_bytes(),
        ));
    }
    ground.other.subscribe("tiny", QoS::AtMostOnce);
    let mut line = ground.open(Way::Tls);
    for byte in &bytes {
        let tls = line.tls().expect("it has TLS");
        tls.writer().write_all(&[*byte]).expect("it is encrypted");
    }
    line.flush().expect("it is read");
    for number in 0..count {
        assert_eq!(text(&ground.other.receive()), format!("{number:04}"));
    }
    drop(line);
    let (_line, mut stream) = ground.open_raw(Way::Ws);
    let mut tiny = Vec::new();
    for byte in &bytes {
        masked(0x82, &[*byte], &mut tiny);
    }
    stream.write_all(&tiny).expect("it is read");
    for number in 0..count {
        assert_eq!(text(&ground.other.receive()), format!("{number:04}"));
    }
    ground.is_unharmed();
}

/// `R` on a line of its own makes `openssl s_client` ask for a new handshake.
#[test]
fn renegotiation_is_refused() {
    let mut ground = Ground::new(&[]);
    let mut openssl = std::process::Command::new("openssl");
    let to = ground.addr().to_string();
    openssl.args(["s_client", "-tls1_2", "-connect", &to]);
    if or_skip(openssl_is_there()).is_none() {
        return;
    }
    let mut client = Program::start(&mut openssl);
    client.until("the handshake", |line| line.contains("Verify return code"));
    client.input("R\n");
    client.until_stderr("its error", |line| line.contains("renegotiation"));
    ground.is_unharmed();
}

fn openssl_is_there() -> Result<(), Missing> {
    let found = std::process::Command::new("openssl").arg("version").output();
    let missing = |_| Missing::new("no openssl".to_owned(), "apt-get install openssl");
    found.map(drop).map_err(missing)
}

#[test]
fn a_subscriber_that_reads_nothing_holds_up_nobody_behind_any_layer() {
    for way in [Way::Tls, Way::Ws, Way::Wss] {
        let mut ground = Ground::new(&["limits.max_outbox_bytes=1048576"]);
        let door = Door::new(ground.addr(), way);
        let stuck =
            tests::bench::client::subscriber_over(&door, "stuck", &["flood"], 0).expect("it subscribes");
        SockRef::from(stuck.socket())
            .set_recv_buffer_size(SMALL_BYTES)
            .expect("it can be set");
        let mut publisher = tests::bench::client::connect(ground.addr(), "publisher").expect("it is let in");
        let message = packet::publish("flood", 0, false, 0, &vec![7; 50_000]);
        let flood = std::thread::spawn(move || {
            for _ in 0..300 {
                publisher.write_all(&message).expect("it is read");
            }
        });
        while !flood.is_finished() {
            ground.others_go_on();
        }
        flood.join().expect("all of it was read");
        ground.is_unharmed();
    }
}
