//! Who may use the control API: this machine, or those who show the token; and which pages of a browser.

use std::io::{Read, Write};
use std::net::SocketAddr;

use broker::settings::{BrokerSettings, Listener};
use serde_json::Value;
use tests::harness::Embedded;
use tests::harness::folder::Folder;
use tests::harness::way::{Door, Way};

const HERE: &[u8] = b"PROXY TCP4 127.0.0.1 127.0.0.1 50000 1883\r\n";
const ELSEWHERE: &[u8] = b"PROXY TCP4 192.0.2.1 192.0.2.2 50000 1883\r\n";
const UNKNOWN: &[u8] = b"PROXY UNKNOWN\r\n";

/// A broker behind a proxy, too; and where the proxy is led to.
fn start(change: impl FnOnce(&mut BrokerSettings)) -> (Embedded, SocketAddr) {
    let broker = Embedded::start_with(|settings| {
        settings.listener = vec![Listener {
            name: "proxied".to_owned(),
            proxy_protocol: true,
            ..Listener::port(0)
        }];
        change(settings);
    });
    let proxied = broker.listener("proxied").expect("it is there").addrs()[0];
    (broker, proxied)
}

/// The status of `GET /api/v1/info` and its problem.
fn asked(door: &Door, path: &str, headers: &str) -> (u16, String) {
    let mut stream = door.open().expect("it listens");
    let request = format!("GET {path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it is taken");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it ends well");
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.unwrap_or_else(|| panic!("no status: {answer:?}"));
    let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
    if status >= 400 {
        let problem: Value = serde_json::from_str(body).expect("a problem is JSON");
        assert_eq!(problem["status"], status);
        assert!(answer.contains("application/problem+json"), "{answer}");
        assert_eq!(answer.contains("www-authenticate: Bearer"), status == 401);
    }
    (status, body.to_owned())
}

#[track_caller]
fn answers(door: &Door, headers: &str, status: u16, words: &str) {
    let (answered, body) = asked(door, "/api/v1/info", headers);
    assert!(
        answered == status && body.contains(words),
        "{headers}: {answered} {body}"
    );
}

const LOCAL: &str = "Host: localhost\r\n";

#[test]
fn without_a_token_only_this_machine_may() {
    let (broker, proxied) = start(|_| {});
    let through = |header: &[u8]| Door::from(proxied).through_proxy(header);
    answers(&broker.addr().into(), LOCAL, 200, "citronella");
    answers(&through(HERE), LOCAL, 200, "citronella");
    for header in [ELSEWHERE, UNKNOWN] {
        answers(
            &through(header),
            LOCAL,
            403,
            "only programs of this machine may use the control API",
        );
        // Whether a server is well may be asked from everywhere, under any name.
        for path in ["/livez", "/readyz", "/healthz"] {
            assert_eq!(asked(&through(header), path, "Host: broker.example\r\n").0, 200);
        }
    }
}

#[test]
fn with_a_token_all_who_show_it_may_and_nobody_else() {
    let folder = Folder::new();
    let file = folder.write("token", "open-sesame\n# not this line\n");
    let (broker, proxied) = start(|settings| settings.http.token_file = file.display().to_string());
    let elsewhere = Door::from(proxied).through_proxy(ELSEWHERE);
    for door in [&broker.addr().into(), &elsewhere] {
        for right in ["Bearer open-sesame", "bearer open-sesame"] {
            answers(
                door,
                &format!("{LOCAL}Authorization: {right}\r\n"),
                200,
                "citronella",
            );
            // No page knows the token; so the name does not matter.
            answers(
                door,
                &format!("Host: broker.example:1883\r\nAuthorization: {right}\r\n"),
                200,
                "citronella",
            );
        }
        answers(
            door,
            LOCAL,
            401,
            "a token is needed: the header Authorization: Bearer TOKEN",
        );
        for wrong in [
            "Bearer open-sesam",
            "Bearer open-sesame2",
            "Bearer ",
            "Bearer",
            "Basic open-sesame",
            "open-sesame",
        ] {
            answers(
                door,
                &format!("{LOCAL}Authorization: {wrong}\r\n"),
                401,
                "does not show the token",
            );
        }
    }
}

#[test]
fn a_token_file_that_is_none_is_told_at_the_start() {
    let folder = Folder::new();
    let refused = |path: String| {
        let start = broker::Broker::builder().configure(|settings| settings.http.token_file = path);
        start.start().wait().expect_err("it cannot start").to_string()
    };
    for (text, words) in [
        ("", "is no token"),
        ("\n", "is no token"),
        ("two words\n", "without blanks"),
        ("grün\n", "ASCII"),
    ] {
        let said = refused(folder.write("token", text).display().to_string());
        assert!(
            said.starts_with("`http.token_file`, ") && said.contains(words),
            "{said}"
        );
        assert!(!said.contains("words\n") && !said.contains("gr"), "{said}");
    }
    let said = refused(folder.file("missing").display().to_string());
    assert!(said.starts_with("`http.token_file`, "), "{said}");
    let said = refused(folder.path().display().to_string());
    assert!(said.contains("not a plain file"), "{said}");
}

#[test]
fn pages_of_elsewhere_may_not() {
    let (broker, _) = start(|settings| {
        settings.websocket.origins = ["*", "null", "https://app.example"].map(str::to_owned).to_vec();
    });
    let door = broker.addr().into();
    for fine in [
        "Host: 127.0.0.1:1883\r\n",
        "Host: [::1]\r\n",
        "Host: broker\r\n",
        "Host: localhost\r\nOrigin: http://localhost:3000\r\n",
        "Host: localhost\r\nOrigin: https://app.example\r\n",
        "Host: app.example\r\n",
        "Host: localhost\r\nSec-Fetch-Site: same-origin\r\n",
        // A link that somebody follows.
        "Host: localhost\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n",
    ] {
        answers(&door, fine, 200, "citronella");
    }
    for (wrong, words) in [
        // Its own name leads here.
        ("Host: evil.example\r\n", "which may be the name of a web site"),
        (
            "Host: localhost\r\nOrigin: https://evil.example\r\n",
            "a web page of \\\"https://evil.example\\\" may not use",
        ),
        (
            "Host: localhost\r\nOrigin: null\r\n",
            "a web page of \\\"null\\\" may not use",
        ),
        (
            "Host: localhost\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n",
            "may not load",
        ),
    ] {
        answers(&door, wrong, 403, words);
    }
    // What cannot be read is told in the same form.
    let (status, body) = asked(&door, "/api/v1/info", "");
    assert!(
        status == 400 && body.contains("the header Host is missing"),
        "{body}"
    );
    for (wrong, words) in [
        ("", "the header Host is missing"),
        ("Host: a\r\nHost: b\r\n", "more than once"),
        ("Host: a b\r\n", "is no host and port"),
    ] {
        // Behind another request, where no look at the first bytes helps.
        let mut stream = door.open().expect("it listens");
        let both = format!("GET /livez HTTP/1.1\r\n{LOCAL}\r\nGET /api/v1/info HTTP/1.1\r\n{wrong}\r\n");
        stream.write_all(both.as_bytes()).expect("it is taken");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .expect("a caller that is refused gets no further request");
        assert!(
            answer.contains("HTTP/1.1 400 ") && answer.contains(words),
            "{answer}"
        );
    }
}

#[test]
fn answers_are_not_for_pages_of_elsewhere() {
    let (broker, _) = start(|_| {});
    let mut stream = Door::new(Way::Tcp, broker.addr()).open().expect("it listens");
    let request = format!("GET /api/v1/info HTTP/1.1\r\n{LOCAL}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it is taken");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it ends well");
    for header in [
        "cache-control: no-store",
        "x-content-type-options: nosniff",
        "content-security-policy: default-src 'none'; frame-ancestors 'none'",
        "cross-origin-resource-policy: same-origin",
    ] {
        assert!(answer.contains(header), "{answer}");
    }
    assert!(!answer.contains("access-control-allow-origin"), "{answer}");
}
