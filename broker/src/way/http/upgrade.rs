//! The handshake of WebSocket, from the server's side (RFC 6455 4.2).

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use settings::text::Quoted;
use sha1::{Digest as _, Sha1};

use super::response::{Response, switching};
use super::{Handshake, Refusal, Request, Rules, guard};

/// The names of MQTT (MQTT5-6.0.0-3, MQTT311-6.0.0-3), and of MQTT 3.1, which clients still offer.
const PROTOCOLS: [&str; 2] = ["mqtt", "mqttv3.1"];
/// RFC 6455 1.3.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const KEY_BYTES: usize = 16;
/// How much of a peer's word is shown.
const SHOWN_CHARS: usize = 60;
/// Some clients make a key of random letters: the bits that are over need not be 0.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// The answer that agrees on WebSocket.
///
/// Any path will do, and no extension is agreed on.
pub(super) fn answer(
    request: &Request,
    handshake: &Handshake,
    rules: &Rules<'_>,
) -> Result<Vec<u8>, Refusal> {
    const BAD_REQUEST: &str = "400 Bad Request";
    let refuse = |status, why: String| Err(Refusal::new(status, why));
    if request.method != "GET" {
        let status = "405 Method Not Allowed";
        let why = format!(
            "WebSocket begins with GET, not with {}",
            Quoted(&request.method, SHOWN_CHARS)
        );
        let response = Response::text(status, &why).with("Allow", "GET");
        return Err(Refusal::with(response, status, why));
    }
    if !request.is_http_1_1 {
        let why = "WebSocket needs HTTP/1.1, and this is HTTP/1.0: does a proxy before the broker speak it? (nginx: \
                   proxy_http_version 1.1)";
        return refuse(BAD_REQUEST, why.to_owned());
    }
    if request.has_body {
        return refuse(BAD_REQUEST, "a WebSocket handshake has no body".to_owned());
    }
    if !handshake.upgrade || !handshake.connection {
        let missing = if handshake.upgrade {
            "Connection: Upgrade"
        } else {
            "Upgrade: websocket"
        };
        let why = format!(
            "a WebSocket handshake without \"{missing}\": does a proxy before the broker take it out? It must pass on Upgrade \
             and Connection"
        );
        return refuse(BAD_REQUEST, why);
    }
    let is_accepted = if rules.encrypted {
        rules.accepts.wss
    } else {
        rules.accepts.ws
    };
    if !is_accepted {
        let (way, other) = match (rules.encrypted, rules.accepts.ws, rules.accepts.wss) {
            (true, true, _) => ("wss", "; ws it does"),
            (false, _, true) => ("ws", "; wss it does"),
            (encrypted, ..) => (if encrypted { "wss" } else { "ws" }, ""),
        };
        return refuse("403 Forbidden", format!("this port does not accept {way}{other}"));
    }
    guard::check_origin(request, rules.origins)?;
    if handshake.version.as_deref() != Some("13") {
        let status = "426 Upgrade Required";
        let version = handshake.version.as_deref().unwrap_or_default();
        let why = format!(
            "Sec-WebSocket-Version must be 13, and is {}",
            Quoted(version, SHOWN_CHARS)
        );
        let response = Response::text(status, &why)
            .with_upgrade("websocket")
            .with("Sec-WebSocket-Version", "13");
        return Err(Refusal::with(response, status, why));
    }
    let key = handshake.key.as_deref().unwrap_or_default();
    if BASE64.decode(key).map_or(0, |decoded| decoded.len()) != KEY_BYTES {
        let why = format!("Sec-WebSocket-Key must be {KEY_BYTES} bytes in Base64");
        return refuse(BAD_REQUEST, why);
    }
    // MQTT5-6.0.0-4, MQTT311-6.0.0-4: the one that the client likes best.
    let offered = &handshake.protocols;
    let chosen = offered
        .iter()
        .find(|protocol| PROTOCOLS.contains(&protocol.as_str()));
    // Some clients offer none, and mean MQTT: they get what they mean. One that offers others means something else.
    if chosen.is_none() && !offered.is_empty() {
        let offered = offered.join(", ");
        let why = format!(
            "the client offers the subprotocol {}: that of MQTT is \"mqtt\" (MQTT5-6.0.0-3)",
            Quoted(&offered, SHOWN_CHARS)
        );
        return refuse(BAD_REQUEST, why);
    }
    let digest = Sha1::new().chain_update(key).chain_update(GUID).finalize();
    Ok(switching(&STANDARD.encode(digest), chosen.map(String::as_str)))
}
