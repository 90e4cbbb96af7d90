//! The program against a broker that follows a script: everything that can fail, and what is said about it.

use crate::SUBSCRIBER;
use crate::support::{CONNACK, CONNACK_V5, run, scripted, stderr};

fn subscribe(port: u16, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = run(
        SUBSCRIBER,
        &[&["-p", &port.to_string(), "-h", "127.0.0.1"], arguments].concat(),
    );
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr(&output),
    )
}

/// PUBLISH with this first byte (its flags are in it), topic `t`.
fn message(first: u8, id: Option<u8>, payload: &[u8]) -> Vec<u8> {
    let id: Vec<u8> = id.map(|id| vec![0, id]).unwrap_or_default();
    let length = (3 + id.len() + payload.len()) as u8;
    [&[first, length, 0, 1, b't'][..], &id, payload].concat()
}

#[test]
fn every_filter_refused_is_an_error() {
    let port = scripted(|_, mut peer| {
        peer.accept();
        peer.expect(8);
        peer.send(&[0x90, 4, 0, 1, 0x80, 0x80]);
        peer.expect(14);
    });
    let (code, out, said) = subscribe(port, &["-t", "a", "-t", "b"]);
    assert_eq!((code, out.as_str()), (Some(128), ""));
    assert!(said.contains("subscription to 'b' was refused"), "{said}");
    assert!(
        said.ends_with("All subscription requests were denied.\n"),
        "{said}"
    );
}

#[test]
fn one_filter_refused_is_told_and_the_others_go_on() {
    let port = scripted(|_, mut peer| {
        peer.expect(1);
        peer.send(CONNACK_V5);
        peer.expect(8);
        peer.send(&[0x90, 5, 0, 1, 0, 0x87, 0]);
        peer.send(&[0x30, 5, 0, 1, b't', 0, b'x']);
        peer.expect(14);
    });
    let (code, out, said) = subscribe(port, &["-V", "5", "-t", "a", "-t", "b", "-C", "1"]);
    assert_eq!((code, out.as_str()), (Some(0), "x\n"));
    assert_eq!(
        said,
        "Warning: subscription to 'a' was refused: Not authorized (0x87).\n"
    );
}

#[test]
fn qos_2_is_delivered_once_and_completed() {
    let port = scripted(|_, mut peer| {
        peer.accept();
        peer.expect(8);
        peer.send(&[0x90, 3, 0, 1, 2]);
        peer.send(&message(0x34, Some(7), b"once"));
        assert_eq!(peer.expect(5), [0, 7]);
        // Again, as after a lost PUBREC.
        peer.send(&message(0x3C, Some(7), b"once"));
        assert_eq!(peer.expect(5), [0, 7]);
        peer.send(&[0x62, 2, 0, 7]);
        assert_eq!(peer.expect(7), [0, 7]);
        // And PUBREL again, as after a lost PUBCOMP; then one that an earlier process must have received.
        peer.send(&[0x62, 2, 0, 7, 0x62, 2, 0, 9]);
        assert_eq!(peer.expect(7), [0, 7]);
        assert_eq!(peer.expect(7), [0, 9]);
        peer.send(&message(0x30, None, b"end"));
        peer.expect(14);
    });
    let (code, out, said) = subscribe(port, &["-t", "t", "-q", "2", "-C", "2"]);
    assert_eq!((code, out.as_str(), said.as_str()), (Some(0), "once\nend\n", ""));
}

#[test]
fn a_lost_connection_is_made_again_and_subscribed_again() {
    let port = scripted(|connection, mut peer| {
        peer.accept_subscriber();
        peer.send(&message(
            0x30,
            None,
            if connection == 0 { b"before" } else { b"after" },
        ));
        if connection == 1 {
            peer.expect(14);
        }
    });
    let (code, out, said) = subscribe(port, &["-t", "t", "-C", "2"]);
    assert_eq!((code, out.as_str()), (Some(0), "before\nafter\n"));
    assert_eq!(
        said,
        "The connection was lost. Trying again in 1 s.\nConnected again; subscribed again.\n"
    );
}

#[test]
fn a_kept_session_is_not_subscribed_again() {
    let port = scripted(|connection, mut peer| {
        peer.expect(1);
        peer.send(&[0x20, 2, u8::from(connection == 1), 0]);
        if connection == 0 {
            peer.expect(8);
            peer.send(&[0x90, 3, 0, 1, 0]);
        } else {
            peer.send(&message(0x30, None, b"x"));
            // Not a SUBSCRIBE.
            peer.expect(14);
        }
    });
    let (code, out, said) = subscribe(port, &["-t", "t", "-c", "-i", "me", "-C", "1"]);
    assert_eq!((code, out.as_str()), (Some(0), "x\n"));
    assert!(said.contains("the session goes on"), "{said}");
}

#[test]
fn keep_alive_zero_is_sent_as_zero() {
    for version in ["311", "5"] {
        let port = scripted(move |_, mut peer| {
            let connect = peer.expect(1);
            assert_eq!(&connect[8..10], [0, 0]);
            peer.send(&[0x20, 2, 0, 5]);
        });
        assert_eq!(subscribe(port, &["-t", "a", "-k", "0", "-V", version]).0, Some(5));
    }
}

#[test]
fn a_taken_over_session_ends_the_program() {
    let port = scripted(|_, mut peer| {
        peer.expect(1);
        peer.send(CONNACK_V5);
        peer.expect(8);
        peer.send(&[0x90, 4, 0, 1, 0, 0]);
        peer.send(&[0xE0, 2, 0x8E, 0]);
    });
    let (code, _, said) = subscribe(port, &["-t", "a", "-V", "5"]);
    assert_eq!(code, Some(0x8E));
    assert_eq!(
        said,
        "Error: the broker closed the connection: Session taken over (0x8E)\n"
    );
}

#[test]
fn a_connection_that_has_worked_gets_no_hints_about_ports() {
    let port = scripted(|connection, mut peer| {
        peer.expect(1);
        match connection {
            0 => {
                peer.send(CONNACK);
            }
            // Away before CONNACK.
            1 => {}
            _ => {
                peer.send(&[0x20, 2, 0, 5]);
            }
        }
    });
    let (code, _, said) = subscribe(port, &["-t", "t"]);
    assert_eq!(code, Some(5), "{said}");
    assert!(
        said.contains("The connection was lost. Trying again in 2 s."),
        "{said}"
    );
    assert!(!said.contains("does that port speak TLS"), "{said}");
}

#[test]
fn a_keep_alive_of_one_second_is_taken() {
    let port = scripted(|_, mut peer| {
        let connect = peer.expect(1);
        assert_eq!(&connect[8..10], [0, 1]);
        peer.send(&[0x20, 2, 0, 5]);
    });
    assert_eq!(subscribe(port, &["-t", "a", "-k", "1"]).0, Some(5));
}
