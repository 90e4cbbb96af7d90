//! The console as files: who gets them, and what browsers are told about them.

use broker::Broker;
use broker::settings::{BrokerSettings, Listener};
use tests::harness::api::{Api, Reply};
use tests::harness::folder::Folder;
use tests::harness::way::Door;

use super::start;

const BROWSER: &str = "Accept: text/html,application/xhtml+xml,*/*;q=0.8";

fn page(api: &Api, path: &str, headers: &[&str]) -> Reply {
    api.ask("GET", path, headers, b"")
}

#[track_caller]
fn is(reply: &Reply, status: u16, kind: &str, words: &str) -> String {
    let text = reply.text();
    assert_eq!(reply.status, status, "{text}");
    let head = reply.head.to_ascii_lowercase();
    assert!(head.contains(&format!("content-type: {kind}")), "{head}");
    assert!(head.contains("x-content-type-options: nosniff"), "{head}");
    assert!(
        head.contains("cross-origin-resource-policy: same-origin"),
        "{head}"
    );
    assert!(text.contains(words), "{text}");
    head
}

/// The answer to a client that a proxy brings along from elsewhere.
fn from_elsewhere(broker: &Broker, path: &str, headers: &str) -> String {
    use std::io::{Read as _, Write as _};
    let proxied = broker.listener("proxied").expect("it is there").addrs()[0];
    let door = Door::from(proxied).through_proxy(b"PROXY TCP4 192.0.2.1 192.0.2.2 50000 1883\r\n");
    let mut stream = door.open().expect("it listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: 192.0.2.2\r\n{headers}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it is taken");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it ends well");
    answer
}

fn behind_a_proxy(settings: &mut BrokerSettings) {
    settings.listener = vec![Listener {
        name: "proxied".to_owned(),
        proxy_protocol: true,
        ..Listener::port(0)
    }];
}

#[test]
fn a_browser_gets_the_console_and_curl_the_ways_in() {
    let (broker, api) = start();
    let console = page(&api, "/", &[BROWSER]);
    let head = is(&console, 200, "text/html", "src=\"/console/main.js\"");
    for rule in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    ] {
        assert!(head.contains(rule), "{head}");
    }
    assert!(
        !head.contains("unsafe") && head.contains("vary: accept"),
        "{head}"
    );
    // The page has no script, no style and no address of elsewhere in itself.
    let text = console.text();
    for absent in ["<style", "style=", "onclick", "https://", "http://"] {
        assert!(!text.contains(absent), "{absent}");
    }
    for (path, kind) in [
        ("/console/main.js", "text/javascript"),
        ("/console/tokens.css", "text/css"),
        ("/console/icon.svg", "image/svg+xml"),
    ] {
        is(&page(&api, path, &[]), 200, kind, "");
    }
    is(
        &page(&api, "/", &["Accept: */*"]),
        200,
        "text/plain",
        "An MQTT broker is on this port",
    );
    is(
        &page(&api, "/ways", &[BROWSER]),
        200,
        "text/html",
        "MQTT over WebSocket",
    );
    is(
        &page(&api, "/console/nothing.js", &[BROWSER]),
        404,
        "text/plain",
        "there is no page",
    );
    let head = api.ask("HEAD", "/", &[BROWSER], b"");
    assert!(head.status == 200 && head.body.is_empty(), "{}", head.head);
    assert_eq!(api.ask("POST", "/console/main.js", &[], b"").status, 405);
    // Nothing of this is a client or an event.
    assert_eq!(broker.stats().wait().expect("it runs").clients_connected, 0);
    let seen = broker.journal().all().wait().expect("it is on").entries;
    assert!(seen.is_empty(), "{seen:?}");
}

#[test]
fn a_file_that_a_browser_has_is_not_sent_again() {
    let (_broker, api) = start();
    let first = page(&api, "/console/main.js", &[]);
    let head = first.head.to_ascii_lowercase();
    let etag = head.split("etag: ").nth(1).and_then(|rest| rest.lines().next());
    assert!(etag.is_some_and(|etag| etag.starts_with('"')), "{head}");
    let etag = first
        .head
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with("etag: "));
    let etag = etag.expect("it has one")[6..].to_owned();
    for known in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}")] {
        let again = page(&api, "/console/main.js", &[&format!("If-None-Match: {known}")]);
        assert!(again.status == 304 && again.body.is_empty(), "{}", again.head);
    }
    let changed = page(&api, "/console/main.js", &["If-None-Match: \"other\""]);
    assert_eq!((changed.status, changed.body), (200, first.body));
}

#[test]
fn pages_of_elsewhere_and_other_names_do_not_get_it() {
    let (_broker, api) = start();
    for header in ["Host: evil.example", "Host: evil.example:1883"] {
        for path in ["/", "/console/main.js"] {
            let refused = page(&api, path, &[header, BROWSER]);
            assert_eq!(refused.status, 403, "{}", refused.text());
        }
    }
    for header in ["Origin: https://evil.example", "Sec-Fetch-Site: cross-site"] {
        let refused = page(&api, "/console/main.js", &["Host: localhost", header]);
        assert_eq!(refused.status, 403, "{}", refused.text());
    }
    let link = [
        "Host: localhost",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Mode: navigate",
        BROWSER,
    ];
    is(&page(&api, "/", &link), 200, "text/html", "/console/main.js");
}

#[test]
fn from_elsewhere_it_is_there_only_where_a_token_can_be_shown() {
    let accept = format!("{BROWSER}\r\n");
    let broker = Broker::builder()
        .configure(behind_a_proxy)
        .start()
        .wait()
        .expect("it starts");
    let plain = from_elsewhere(&broker, "/", &accept);
    assert!(
        plain.contains("An MQTT broker is on this port") && !plain.contains("/console/"),
        "{plain}"
    );
    assert!(from_elsewhere(&broker, "/console/main.js", "").starts_with("HTTP/1.1 404 "));

    let folder = Folder::new();
    let file = folder.write("token", "open-sesame\n").display().to_string();
    let start = Broker::builder().configure(move |settings| {
        behind_a_proxy(settings);
        settings.http.token_file = file;
    });
    let broker = start.start().wait().expect("it starts");
    let shell = from_elsewhere(&broker, "/", &accept);
    assert!(shell.contains("/console/main.js"), "{shell}");
    // The page can be loaded to ask for the token; what it shows needs that.
    assert!(from_elsewhere(&broker, "/api/v1/packets", "").starts_with("HTTP/1.1 401 "));
}

#[test]
fn the_port_is_what_it_was_for_clients() {
    let (broker, api) = start();
    is(&page(&api, "/", &[BROWSER]), 200, "text/html", "");
    let _client = super::connect(&broker, "lamp");
    broker.wait_connected("lamp").wait().expect("it connects");
    let upgrade = [
        "Upgrade: websocket",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: mqtt",
        "Accept: text/html",
    ];
    // Without `Connection: Upgrade` it is refused, as a handshake and not as a page.
    let refused = page(&api, "/", &upgrade);
    assert!(
        refused.status == 400 && refused.text().contains("WebSocket"),
        "{}",
        refused.text()
    );
}

#[test]
fn without_the_api_there_is_the_page_of_ways() {
    let start = Broker::builder().configure(|settings| settings.http.enabled = false);
    let broker = start.start().wait().expect("it starts");
    let api = Api::of(&broker);
    is(
        &page(&api, "/", &[BROWSER]),
        200,
        "text/html",
        "An MQTT broker is on this port",
    );
    is(
        &page(&api, "/console/main.js", &[]),
        404,
        "text/plain",
        "there is no page",
    );
}
