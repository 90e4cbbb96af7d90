//! What a browser or curl sees that asks the port for a page.

use std::fmt::Write as _;

use settings::text::Quoted;

use super::response::Response;
use super::{Refusal, Request, Rules, guard};

const CA_PATH: &str = "/ca.pem";
/// The ways in, also for a browser that finds the console at `/`.
const WAYS_PATH: &str = "/ways";
/// How much of a peer's word is shown.
const SHOWN_CHARS: usize = 60;
const STYLE: &str = include_str!("page.css");

/// The page that was asked for.
pub(super) fn answer(request: &Request, rules: &Rules<'_>) -> Result<Vec<u8>, Refusal> {
    let with_body = match request.method.as_str() {
        "GET" => true,
        "HEAD" => false,
        other => {
            let status = "405 Method Not Allowed";
            let why = format!(
                "pages here are only read: GET or HEAD, not {}",
                Quoted(other, SHOWN_CHARS)
            );
            let response = Response::text(status, &why).with("Allow", "GET, HEAD");
            return Err(Refusal::with(response, status, why));
        }
    };
    if request.has_body {
        return Err(Refusal::new("400 Bad Request", "GET and HEAD have no body"));
    }
    guard::check_host(request, rules.origins)?;
    let response = match (request.path.as_str(), rules.ca_pem) {
        ("/" | WAYS_PATH, _) => front(request, rules),
        (CA_PATH, Some(ca_pem)) => {
            let pem = ca_pem().map_err(|why| Refusal::new("500 Internal Server Error", why))?;
            Response::new("200 OK", "application/x-pem-file", pem)
        }
        (CA_PATH, None) => {
            let why =
                "no authority was made for this port: its certificate, if it has one, came from its owner";
            return Err(Refusal::new("404 Not Found", why));
        }
        (other, ca) => {
            let pages = if ca.is_some() {
                "/, /ways and /ca.pem are"
            } else {
                "only / and /ways are"
            };
            let why = format!("there is no page {}: {pages} here", Quoted(other, SHOWN_CHARS));
            return Err(Refusal::new("404 Not Found", why));
        }
    };
    Ok(response.bytes(with_body))
}

fn front(request: &Request, rules: &Rules<'_>) -> Response {
    let sections = sections(request, rules);
    let (kind, body) = if request.accepts_html {
        ("text/html; charset=utf-8", html(&sections))
    } else {
        ("text/plain; charset=utf-8", text(&sections))
    };
    Response::new("200 OK", kind, body).with("Vary", "Accept")
}

const TITLE: &str = "An MQTT broker is on this port";
const ABOUT: &str = "It is Citronella, and speaks MQTT 5.0, 3.1.1 and 3.1. A client comes in on any of these ways. In Python it is \
                     paho-mqtt (import paho.mqtt.client as mqtt), in JavaScript MQTT.js (import mqtt from \"mqtt\").";

/// One way in, and how to take it.
struct Section {
    title: &'static str,
    url: String,
    /// Commands, or lines of a program.
    lines: Vec<String>,
}

fn sections(request: &Request, rules: &Rules<'_>) -> Vec<Section> {
    let named = request.host.as_ref();
    let host = named.map_or("localhost", |named| named.host());
    let usual = if rules.encrypted { 443 } else { 80 };
    let port = named.and_then(super::guard::Authority::port).unwrap_or(usual);
    let bracketed = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    let url = |scheme: &str| format!("{scheme}://{bracketed}:{port}");

    let sub = format!("mosquitto_sub -h {host} -p {port}");
    let (curl, http) = if rules.encrypted {
        ("curl -kO", "https")
    } else {
        ("curl -O", "http")
    };
    let fetch = rules.ca_pem.map(|_| format!("{curl} {}{CA_PATH}", url(http)));
    let ca_file = if fetch.is_some() {
        "ca.pem"
    } else {
        "the-file-of-your-authority.pem"
    };
    let mqtt_js = |scheme| format!("mqtt.connect(\"{}/mqtt\")", url(scheme));
    let paho = |transport: &str, tls: &str| {
        format!(
            "client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2{transport}); {tls}client.connect(\"{host}\", {port})"
        )
    };
    let tls_set = format!("client.tls_set(\"{ca_file}\"); ");
    let over_web_socket = ", transport=\"websockets\"";

    let mut sections = Vec::new();
    let mut add = |title, url, lines: [Option<String>; 3]| {
        let lines = lines.into_iter().flatten().collect();
        sections.push(Section { title, url, lines });
    };
    if rules.accepts.tcp {
        let lines = [None, Some(format!("{sub} -t '#' -v")), Some(paho("", ""))];
        add("MQTT over TCP", url("mqtt"), lines);
    }
    if rules.accepts.tls {
        let trusting = format!("{sub} --cafile {ca_file} -t '#' -v");
        let lines = [fetch.clone(), Some(trusting), Some(paho("", &tls_set))];
        add("MQTT over TLS", url("mqtts"), lines);
    }
    if rules.accepts.ws {
        let lines = [None, Some(mqtt_js("ws")), Some(paho(over_web_socket, ""))];
        add("MQTT over WebSocket", url("ws"), lines);
    }
    if rules.accepts.wss {
        let node = format!(
            "{} // NODE_EXTRA_CA_CERTS={ca_file} node …; a browser must trust it",
            mqtt_js("wss")
        );
        let lines = [fetch, Some(node), Some(paho(over_web_socket, &tls_set))];
        add("MQTT over WebSocket and TLS", url("wss"), lines);
    }
    sections
}

fn text(sections: &[Section]) -> String {
    let mut page = format!("{TITLE}\n\n{ABOUT}\n");
    for Section { title, url, lines } in sections {
        // Writing to a String cannot fail, here and below.
        let _ = write!(page, "\n{title}: {url}\n");
        for line in lines {
            let _ = writeln!(page, "    {line}");
        }
    }
    page
}

fn html(sections: &[Section]) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<title>{TITLE}</title>\n<link rel=\"icon\" \
         href=\"data:,\">\n<style>\n{STYLE}</style>\n<main>\n<h1>{TITLE}</h1>\n<p>{ABOUT}</p>\n"
    );
    for Section { title, url, lines } in sections {
        let _ = write!(
            page,
            "<section>\n<h2>{title}</h2>\n<p><code>{}</code></p>\n<pre>",
            escaped(url)
        );
        for line in lines {
            let _ = writeln!(page, "{}", with_links(&escaped(line)));
        }
        page += "</pre>\n</section>\n";
    }
    page += "</main>\n</html>\n";
    page
}

/// The line with a link to the certificate where it names the path.
fn with_links(line: &str) -> String {
    line.replacen(CA_PATH, "<a href=\"/ca.pem\">/ca.pem</a>", 1)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
