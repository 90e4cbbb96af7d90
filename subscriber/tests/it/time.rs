//! A bound on time is a bound on everything: nothing that a broker does or leaves undone outlasts it.

use std::net::UdpSocket;

use crate::SUBSCRIBER;
use crate::support::certificates::Authority;
use crate::support::{run, scripted, stderr};

/// PUBLISH of `x` to `t`.
const MESSAGE: &[u8] = &[0x30, 4, 0, 1, b't', b'x'];

fn subscribe(port: u16, arguments: &[&str]) -> (Option<i32>, String) {
    let output = run(
        SUBSCRIBER,
        &[&["-p", &port.to_string(), "-h", "127.0.0.1"], arguments].concat(),
    );
    (output.status.code(), stderr(&output))
}

/// A broker that takes the first connection's subscription and ends it, and then accepts and says nothing.
fn goes_away() -> u16 {
    scripted(|connection, mut peer| {
        if connection == 0 {
            peer.accept_subscriber();
        } else {
            while peer.packet().is_some() {}
        }
    })
}

#[test]
fn a_broker_that_goes_away_does_not_lengthen_an_expectation() {
    for more in [
        &[][..],
        &["--expect-count", "0"],
        &["--expect-count", "=1"],
        &["--json"],
    ] {
        // Longer than the wait before the connection is made again.
        let arguments = [&["--expect", "t", "--within", "1200ms"], more].concat();
        let (code, said) = subscribe(goes_away(), &arguments);
        assert_eq!(code, Some(1), "{more:?}: {said}");
        assert!(
            said.contains("The connection was lost meanwhile, so messages may have been missed."),
            "{more:?}: {said}"
        );
    }
    let (code, said) = subscribe(goes_away(), &["-t", "t", "-W", "1"]);
    assert_eq!(code, Some(27), "{said}");
}

#[test]
fn a_broker_that_comes_back_can_still_meet_it() {
    let port = scripted(|connection, mut peer| {
        peer.accept_subscriber();
        if connection == 1 {
            peer.send(MESSAGE);
            peer.expect(14);
        }
    });
    let (code, said) = subscribe(port, &["--expect", "t", "--within", "20s"]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn that_nothing_came_is_not_known_after_a_gap() {
    let port = scripted(|connection, mut peer| {
        peer.accept_subscriber();
        if connection == 1 {
            peer.packet();
        }
    });
    let (code, said) = subscribe(port, &["--expect", "t", "--expect-count", "0", "--within", "2s"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("none came. The connection was lost meanwhile"),
        "{said}"
    );
}

#[test]
fn a_broker_that_says_nothing_does_not_lengthen_it_either() {
    let silent = || scripted(|_, mut peer| while peer.packet().is_some() {});
    let (code, said) = subscribe(silent(), &["--expect", "t", "--within", "300ms"]);
    assert_eq!(code, Some(27), "{said}");
    assert!(said.contains("within 300 ms: no connection"), "{said}");
    let no_suback = scripted(|_, mut peer| {
        peer.accept();
        while peer.packet().is_some() {}
    });
    let arguments = ["--expect", "t", "--within", "300ms", "--json"];
    let (code, said) = subscribe(no_suback, &arguments);
    assert_eq!(code, Some(27), "{said}");
    assert!(said.contains("within 300 ms: no SUBACK"), "{said}");
    // Nor does one that never answers in TLS.
    let authority = Authority::named("time");
    let file = authority.path("ca.pem");
    let arguments = ["--expect", "t", "--within", "300ms", "--cafile", &file];
    assert_eq!(subscribe(silent(), &arguments).0, Some(27));
}

#[test]
fn a_name_server_that_says_nothing_does_not_lengthen_it() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap().to_string();
    let arguments = [
        "-S",
        "-h",
        "example.com",
        "--dns",
        &address,
        "--expect",
        "t",
        "--within",
        "300ms",
    ];
    assert_eq!(run(SUBSCRIBER, &arguments).status.code(), Some(27));
}

#[test]
fn messages_without_end_do_not_lengthen_it() {
    let flood = || {
        scripted(|_, mut peer| {
            peer.accept_subscriber();
            let many = MESSAGE.repeat(10_000);
            while peer.send(&many) {}
        })
    };
    let arguments = ["--expect", "other", "--expect-count", "0", "--within", "300ms"];
    let (code, said) = subscribe(flood(), &arguments);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(subscribe(flood(), &["-t", "t", "-W", "1"]).0, Some(27));
}

#[test]
fn a_command_that_does_not_end_is_ended() {
    let port = scripted(|_, mut peer| {
        peer.accept_subscriber();
        peer.send(MESSAGE);
        peer.expect(14);
    });
    let arguments = ["--expect", "t", "--within", "500ms", "--", "sleep", "1000"];
    let (code, said) = subscribe(port, &arguments);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("sleep still ran after 500 ms, and was ended"),
        "{said}"
    );
}
