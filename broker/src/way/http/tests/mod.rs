mod handshakes;
mod heads;
mod pages;

use proptest::prelude::*;

use super::{Answer, Refusal, Rules, Ways, answer, read};

const MAX: usize = 16 * 1024;
const ALL: Ways = Ways {
    tcp: true,
    tls: true,
    ws: true,
    wss: true,
};

/// The head of RFC 6455's example, for MQTT.
const HANDSHAKE: &str = "GET /mqtt HTTP/1.1\r\nHost: localhost:1883\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
                         Sec-WebSocket-Protocol: mqtt\r\n\r\n";

const PEM: &dyn Fn() -> Result<String, String> = &|| Ok("-----BEGIN CERTIFICATE-----\n".to_owned());

fn rules(origins: &[String]) -> Rules<'_> {
    Rules {
        origins,
        accepts: ALL,
        encrypted: false,
        ca_pem: Some(PEM),
    }
}

/// Reads a head at once and byte by byte, and answers it.
fn answered(head: &[u8], rules: &Rules<'_>) -> Answer {
    let at_once = read(head, MAX);
    let piecemeal = (0..=head.len())
        .map(|end| read(&head[..end], MAX))
        .find(|read| *read != Ok(None))
        .unwrap_or(Ok(None));
    assert_eq!(at_once, piecemeal, "{:?}", String::from_utf8_lossy(head));
    match at_once {
        Ok(Some((request, length))) => {
            assert_eq!(length, head.len());
            answer(&request, rules)
        }
        Ok(None) => panic!("it is not whole"),
        Err(Refusal { response, why, .. }) => Answer::Refused(response, why),
    }
}

fn asked(head: &str) -> Answer {
    answered(head.as_bytes(), &rules(&[]))
}

fn text(response: Vec<u8>) -> String {
    String::from_utf8(response).expect("it is text")
}

#[track_caller]
fn page(answer: Answer) -> String {
    match answer {
        Answer::Page(response) => well_formed(response),
        other => panic!("no page: {other:?}"),
    }
}

#[track_caller]
fn upgrade(answer: Answer) -> String {
    match answer {
        Answer::Upgrade(response) => text(response),
        other => panic!("no upgrade: {other:?}"),
    }
}

/// The whole response; the reason is checked to say `words` and to stand in the body.
#[track_caller]
fn refused(answer: Answer, status: &str, words: &str) -> String {
    let Answer::Refused(response, why) = answer else {
        panic!("not refused: {answer:?}")
    };
    let response = well_formed(response);
    assert!(response.starts_with(&format!("HTTP/1.1 {status}")), "{response}");
    assert!(why.contains(words), "{why:?} does not say {words:?}");
    assert!(
        why.starts_with("an HTTP request got ") && why.contains(status),
        "{why}"
    );
    let body = response.split("\r\n\r\n").nth(1).unwrap_or_default();
    assert!(why.ends_with(body.trim_end()), "{body}");
    response
}

/// What holds for each response that ends the connection.
#[track_caller]
fn well_formed(response: Vec<u8>) -> String {
    let response = text(response);
    let (head, body) = response.split_once("\r\n\r\n").expect("a head");
    for line in [
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Content-Security-Policy: default-src 'none';",
    ] {
        assert!(head.contains(line), "{head}");
    }
    assert!(
        head.contains("Connection: close") || head.contains("Connection: Upgrade, close"),
        "{head}"
    );
    let length = head
        .split("Content-Length: ")
        .nth(1)
        .and_then(|rest| rest.lines().next());
    assert!(
        body.is_empty() || length == Some(&*body.len().to_string()),
        "{length:?}"
    );
    response
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// A handshake with a few bytes changed, taken out or put in: nothing panics, and how it is cut does not matter.
    #[test]
    fn mutated_heads_are_judged_alike_however_they_are_cut(
        changes in proptest::collection::vec((0..HANDSHAKE.len(), 0u8..3, prop_oneof![
            any::<u8>(), prop::sample::select(&b"\r\n :,/\t\0aA%"[..]),
        ]), 0..5),
        max in 20usize..400,
        encrypted: bool,
    ) {
        let mut head = HANDSHAKE.as_bytes().to_vec();
        for (at, what, byte) in changes {
            let at = at.min(head.len() - 1);
            match what {
                0 => head[at] = byte,
                1 => head.insert(at, byte),
                _ => drop(head.remove(at)),
            }
        }
        let at_once = read(&head, max);
        let piecemeal = (0..=head.len()).map(|end| read(&head[..end], max)).find(|read| *read != Ok(None));
        prop_assert_eq!(&at_once, &piecemeal.unwrap_or(Ok(None)));
        match at_once {
            Ok(Some((request, length))) => {
                prop_assert!(length <= max);
                let rules = Rules { encrypted, ..rules(&[]) };
                match answer(&request, &rules) {
                    Answer::Page(response) | Answer::Refused(response, _) => drop(well_formed(response)),
                    Answer::Upgrade(response) => prop_assert!(text(response).starts_with("HTTP/1.1 101 ")),
                }
            }
            Ok(None) => {}
            Err(refusal) => drop(well_formed(refusal.response)),
        }
    }

    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..300), front in prop::sample::select(vec!["", "GET ", "GET / HTTP/1.1\r\n"])) {
        let bytes = [front.as_bytes(), &bytes].concat();
        if let Err(refusal) = read(&bytes, MAX) {
            well_formed(refusal.response);
        }
    }
}
