//! Greedy clients ask and do not read the answers: the memory for them is bounded, and other clients lose nothing.

use std::io::{ErrorKind, Write as _};
use std::thread;

use broker::QoS;
use broker::wire::{Packet, PacketId, Publish, Subscribe, Version};
use tests::harness::{Client, Served, message};

/// More than this never lies in the operating system on the way from one client to the broker.
const ON_THE_WAY_BYTES: usize = 32 << 20;
/// Others' messages that come through while not a byte of the greedy client is taken. Then it is not read from.
const OTHERS_MESSAGES: u32 = 200;

/// The number of the packet that is told from its neighbours by its identifier.
fn id(number: u16) -> PacketId {
    PacketId::new(number).expect("not 0")
}

/// One round of what each is answered: PINGREQ, a PUBLISH that goes to nobody, SUBSCRIBE. A round a packet identifier.
fn rounds_of_requests() -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in 1..=u16::MAX {
        let publish = Publish {
            packet_id: Some(id(number)),
            ..message("$SYS/x", "1234", QoS::AtLeastOnce)
        };
        for packet in [
            Packet::PingReq,
            Packet::Publish(publish),
            Packet::Subscribe(Subscribe::new(id(number), "x", QoS::AtMostOnce)),
        ] {
            packet.encode(Version::V311, &mut bytes);
        }
    }
    bytes
}

/// Writes `requests` again and again until the broker takes no more of them, while others' messages come through. Gives how
/// many bytes it took.
fn write_until_blocked(greedy: &Client, others: &mut Client, requests: &[u8]) -> usize {
    let mut stream = greedy.stream();
    stream.set_nonblocking(true).expect("it can be set");
    let (mut taken, mut others_messages) = (0, 0);
    while others_messages < OTHERS_MESSAGES {
        match stream.write(&requests[taken % requests.len()..]) {
            Ok(n) => {
                taken += n;
                others_messages = 0;
                assert!(taken < ON_THE_WAY_BYTES, "it takes more and more");
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                others.publish(&message("others", "x", QoS::AtLeastOnce));
                others.receive();
                others_messages += 1;
            }
            Err(error) => panic!("it is cut off: {error}"),
        }
    }
    stream.set_nonblocking(false).expect("it can be set");
    taken
}

#[test]
fn a_client_that_does_not_read_its_answers_is_not_read_from_and_gets_them_all_in_the_end() {
    let served = Served::start(&["--set", "limits.max_outbox_bytes=1048576"]);
    let mut others = Client::new(served.addr(), Version::V311, "others");
    others.subscribe("others", QoS::AtLeastOnce);
    // With the receive buffer that the system gives. One made smaller on an open connection drops what is on the way, and the
    // system sends it again only after ever longer pauses.
    let mut greedy = Client::new(served.addr(), Version::V311, "greedy");
    let requests = rounds_of_requests();
    let taken = write_until_blocked(&greedy, &mut others, &requests);
    #[cfg(target_os = "linux")]
    assert!(served.peak_mib() < 128, "{} MiB", served.peak_mib());

    // It ends the round that it was in.
    let mut writer = greedy.stream().try_clone().expect("one more handle");
    let round = requests.len() / usize::from(u16::MAX);
    let at = taken % requests.len();
    let rest = requests[at..at.next_multiple_of(round)].to_vec();
    let rounds = taken.div_ceil(round);
    let writing = thread::spawn(move || writer.write_all(&rest).expect("it is read from again"));
    for number in 0..rounds {
        let expected = id((number % usize::from(u16::MAX)) as u16 + 1);
        assert!(matches!(greedy.packet(), Packet::PingResp));
        match greedy.packet() {
            Packet::PubAck(ack) => assert_eq!(ack.packet_id, expected),
            other => panic!("expected PUBACK {expected:?}, got {other:?}"),
        }
        match greedy.packet() {
            Packet::SubAck(ack) => assert_eq!(ack.packet_id, expected),
            other => panic!("expected SUBACK {expected:?}, got {other:?}"),
        }
    }
    writing.join().expect("it was written");
    greedy.nothing_came();
}

/// Clients that write and do not read, until the broker is gone.
fn flood(served: &Served, client_id: &str, requests: Vec<u8>) -> thread::JoinHandle<()> {
    let client = Client::new(served.addr(), Version::V311, client_id);
    thread::spawn(move || {
        let mut stream = client.stream();
        // However long it is not read from.
        stream.set_write_timeout(None).expect("it can be set");
        while stream.write_all(&requests).is_ok() {}
    })
}

#[test]
#[cfg(unix)]
fn a_signal_stops_the_broker_in_the_middle_of_floods() {
    let served = Served::start(&[]);
    let mut reader = Client::new(served.addr(), Version::V311, "reader");
    let mut filters = Subscribe::new(id(1), "ret/#", QoS::AtMostOnce);
    filters.filters = vec![filters.filters[0]; 1000];
    for number in 0..1000 {
        reader.publish(&Publish {
            retain: true,
            ..message(&format!("ret/{number}"), "kept", QoS::AtMostOnce)
        });
    }
    reader.ping();
    let floods: Vec<_> = [
        vec![Packet::PingReq; 10_000],
        vec![
            Packet::Publish(Publish {
                packet_id: Some(id(1)),
                ..message("$SYS/x", "1234", QoS::AtLeastOnce)
            });
            1000
        ],
        vec![Packet::Subscribe(filters)],
    ]
    .iter()
    .enumerate()
    .map(|(number, packets)| {
        let mut bytes = Vec::new();
        for packet in packets {
            packet.encode(Version::V311, &mut bytes);
        }
        flood(&served, &format!("greedy-{number}"), bytes)
    })
    .collect();
    for _ in 0..10 {
        reader.ping();
    }
    let stopped = served.stop("TERM");
    assert_eq!(stopped["signal"], "SIGTERM");
    for flood in floods {
        flood.join().expect("it ended with the broker");
    }
}
