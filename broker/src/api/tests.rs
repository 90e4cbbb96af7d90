//! How long the control API waits for clients that are slow, with patience that is short.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use super::open_with;
use super::server::Patience;
use crate::Injected;
use crate::broker::Broker;

const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(100);

fn start(change: impl FnOnce(&mut Patience)) -> Broker {
    let mut patience = Patience {
        head: LONG,
        body: LONG,
        answer: LONG,
    };
    change(&mut patience);
    let configure = Broker::builder().configure(|settings| settings.http.max_connections = 1);
    let mut broker = configure.start().wait().unwrap();
    open_with(&mut broker, patience).unwrap();
    broker
}

fn visit(broker: &Broker, bytes: &str) -> TcpStream {
    let mut client = TcpStream::connect(broker.addr()).unwrap();
    client.set_read_timeout(Some(LONG)).unwrap();
    client.write_all(bytes.as_bytes()).unwrap();
    client
}

fn to_end(mut client: TcpStream) -> String {
    let mut all = Vec::new();
    let _ = client.read_to_end(&mut all);
    String::from_utf8_lossy(&all).into_owned()
}

const LIVE: &str = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";

#[test]
fn a_connection_that_is_idle_or_owes_the_rest_of_a_head_ends() {
    let broker = start(|patience| patience.head = SHORT);
    for more in ["", "GET /livez HTTP/1.1\r\nHo"] {
        let said = to_end(visit(&broker, &format!("{LIVE}{more}")));
        assert!(
            said.starts_with("HTTP/1.1 200") && said.contains("ok\n"),
            "{said}"
        );
    }
}

#[test]
fn a_body_that_does_not_come_is_not_waited_for_long() {
    let broker = start(|patience| patience.body = SHORT);
    let head = "POST /api/v1/publish HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{";
    let said = to_end(visit(&broker, head));
    assert!(said.starts_with("HTTP/1.1 400"), "{said}");
    assert!(said.contains("the body was not there after 100ms"), "{said}");
}

#[test]
fn a_client_that_takes_nothing_of_its_answer_is_cut_off() {
    let broker = start(|patience| patience.answer = SHORT);
    for number in 0..16 {
        let message = Injected::text(format!("t/{number}"), "x".repeat(1 << 20)).retained();
        broker.publish(message).wait().unwrap();
    }
    let deaf = visit(
        &broker,
        "GET /api/v1/snapshot HTTP/1.1\r\nHost: localhost\r\n\r\n",
    );
    // It has the only place until then.
    let closing = LIVE.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    while !to_end(visit(&broker, &closing)).starts_with("HTTP/1.1 200") {
        std::thread::yield_now();
    }
    let length = to_end(deaf).len();
    assert!(length < 16 << 20, "{length} bytes came");
}
