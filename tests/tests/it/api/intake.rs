//! What comes in: requests that are invalid, and bodies that are too many.

use std::io::Write as _;

use tests::harness::way::{Reachable, Stream, Way};

use super::transport::{WAYS, answer, asked, get, is, open, publish, request, send};

#[test]
fn what_is_no_request_on_a_kept_connection_is_told_so() {
    let broker = Reachable::start();
    for way in WAYS {
        for wrong in [
            "no request at all\r\n\r\n".to_owned(),
            request("GET", &"/a".repeat(100_000), ""),
        ] {
            let mut stream = open(&broker.door(*way));
            send(&mut stream, get("/livez"));
            is(&answer(&mut stream), 200, "ok");
            // It may be refused before it is there.
            let _ = stream.write_all(wrong.as_bytes()).and_then(|()| stream.flush());
            let said = answer(&mut stream);
            is(&said, 400, "this is no request of HTTP/1.1");
            assert!(said.0.contains("application/problem+json"), "{}", said.0);
        }
    }
}

#[test]
fn all_bodies_together_are_bounded() {
    let broker = Reachable::start_with(|settings| settings.http.max_body_bytes = 100_000);
    let door = broker.door(Way::Tcp);
    let half = format!(
        "POST /api/v1/publish HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n{}",
        " ".repeat(99_999)
    );
    let mut held: Vec<Stream> = (0..4)
        .map(|_| {
            let mut stream = open(&door);
            send(&mut stream, &half);
            stream
        })
        .collect();
    // As soon as all of them are there, nothing more is.
    let body = "{\"topic\": \"a\"}".to_owned() + &" ".repeat(1_000);
    let refused = loop {
        let said = asked(&door, &publish(&body));
        if !said.0.starts_with("http/1.1 200") {
            break said;
        }
    };
    is(&refused, 429, "take all the room that there is for bodies");
    is(&asked(&door, &get("/api/v1/info")), 200, "citronella");
    // One that is through makes room.
    send(&mut held[0], "}");
    is(&answer(&mut held[0]), 400, "");
    is(&asked(&door, &publish(&body)), 200, "sessions");
}
