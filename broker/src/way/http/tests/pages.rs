use super::super::{Rules, Ways};
use super::{answered, asked, page, refused, rules};

#[test]
fn curl_and_a_browser_get_a_page() {
    let plain = page(asked(
        "GET / HTTP/1.1\r\nHost: localhost:1883\r\nAccept: */*\r\n\r\n",
    ));
    assert!(plain.contains("Content-Type: text/plain"), "{plain}");
    for words in [
        "mosquitto_sub -h localhost -p 1883 -t '#' -v",
        "curl -O http://localhost:1883/ca.pem",
        "mqtts://localhost:1883",
        "\"wss://localhost:1883/mqtt\"",
    ] {
        assert!(plain.contains(words), "{plain}");
    }
    let html = page(asked(
        "GET /?x=1 HTTP/1.1\r\nHost: [::1]:1883\r\nAccept: text/html;q=0.9, */*\r\n\r\n",
    ));
    assert!(html.contains("Content-Type: text/html"), "{html}");
    assert!(
        html.contains("mqtt.connect(&quot;ws://[::1]:1883/mqtt&quot;)"),
        "{html}"
    );
    assert!(html.contains("<a href=\"/ca.pem\">"), "{html}");
    let head = page(asked(
        "HEAD / HTTP/1.1\r\nHost: localhost:1883\r\nAccept: */*\r\n\r\n",
    ));
    assert!(plain.starts_with(&head) && head.ends_with("\r\n\r\n"), "{head}");
    let old = page(asked("GET / HTTP/1.0\r\n\r\n"));
    assert!(old.contains("mosquitto_sub -h localhost -p 80"), "{old}");
    page(asked(
        "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    ));
    page(asked(
        "GET http://127.0.0.1/ HTTP/1.1\r\nHost: ignored.example\r\n\r\n",
    ));
}

#[test]
fn a_page_tells_only_what_its_port_takes() {
    let head = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let accepts = Ways {
        tcp: false,
        tls: false,
        ws: false,
        wss: true,
    };
    let narrow = Rules {
        accepts,
        encrypted: true,
        ca_pem: None,
        ..rules(&[])
    };
    let plain = page(answered(head, &narrow));
    assert!(plain.contains("wss://localhost:443"), "{plain}");
    for absent in ["mqtt://", "mqtts://", "ws://localhost", "ca.pem"] {
        assert!(!plain.contains(absent), "{absent}: {plain}");
    }
    let encrypted = page(answered(
        head,
        &Rules {
            encrypted: true,
            ..rules(&[])
        },
    ));
    assert!(
        encrypted.contains("curl -kO https://localhost:443/ca.pem"),
        "{encrypted}"
    );
}

#[test]
fn the_certificate_of_the_authority_is_a_page() {
    let head = b"GET /ca.pem HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    let certificate = page(answered(head, &rules(&[])));
    assert!(
        certificate.contains("Content-Type: application/x-pem-file"),
        "{certificate}"
    );
    assert!(
        certificate.ends_with("-----BEGIN CERTIFICATE-----\n"),
        "{certificate}"
    );
    refused(
        answered(
            head,
            &Rules {
                ca_pem: None,
                ..rules(&[])
            },
        ),
        "404",
        "no authority was made",
    );
    let fails = || Err("no entropy".to_owned());
    refused(
        answered(
            head,
            &Rules {
                ca_pem: Some(&fails),
                ..rules(&[])
            },
        ),
        "500",
        "no entropy",
    );
}

#[test]
fn a_page_is_not_shown_under_the_name_of_a_web_site() {
    let get = |host: &str, listed: &[&str]| {
        let origins: Vec<String> = listed.iter().map(|origin| (*origin).to_owned()).collect();
        answered(
            format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes(),
            &rules(&origins),
        )
    };
    for host in [
        "localhost",
        "x.localhost:1",
        "localhost.",
        "127.0.0.1",
        "[::1]:1883",
        "192.0.2.1:80",
        "broker:1883",
    ] {
        page(get(host, &[]));
    }
    page(get("broker.example:1883", &["http://broker.example"]));
    page(get("evil.example", &["*"]));
    for host in [
        "evil.example",
        "127.0.0.1.evil.example:1883",
        "localhost.evil.example",
    ] {
        refused(
            get(host, &["http://other.example"]),
            "403",
            "websocket.origins = [",
        );
    }
}

#[test]
fn other_pages_and_methods_are_refused() {
    let ask = |line: &str| asked(&format!("{line} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    refused(
        ask("GET /favicon.ico"),
        "404",
        "there is no page \"/favicon.ico\": /, /ways and /ca.pem are here",
    );
    refused(ask("GET /<b>%0d"), "404", "\"/<b>%0d\"");
    for line in ["POST /", "DELETE /x", "OPTIONS *", "CONNECT other:443"] {
        assert!(refused(ask(line), "405", "pages here are only read").contains("\r\nAllow: GET, HEAD\r\n"));
    }
    let posted = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n";
    refused(asked(posted), "405", "");
    refused(
        asked(&posted.replace("POST", "GET")),
        "400",
        "GET and HEAD have no body",
    );
}
