//! Attacks on the way in: clients that never get as far as MQTT, or abuse the layers below it.

use std::io::{self, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use socket2::SockRef;

use super::attacker::{again, crowd, plain, push, ticking, trickle, wait};
use super::case::{Case, FLOOD, Threads};
use super::ground::Ground;
use crate::bench::{client, packet};
use crate::harness::way::Way;
use crate::line::Line;
use crate::line::bytes::{client_hello, fragmented_hello, headers, long_header};
use crate::line::web_socket::{masked, request};

/// Who says nothing is closed after two seconds and not ten, to see it within a run.
const IMPATIENT: &[&str] = &["limits.connect_timeout_secs=2"];
/// The receive buffer of one that does not read.
const SMALL_BYTES: usize = 4096;

pub const CASES: &[Case] = &[
    Case {
        name: "half-open: silent connections by the hundred thousand",
        begin: |ground| Ok(crowd(ground, b"")),
        ..FLOOD
    },
    Case {
        name: "half-open: half a CONNECT, by the hundred thousand",
        begin: |ground| Ok(crowd(ground, &[0x10, 0x20, 0, 4, b'M'])),
        ..FLOOD
    },
    Case {
        name: "half-open: a ClientHello and nothing more, by the hundred thousand",
        way: Way::Tls,
        begin: |ground| Ok(crowd(ground, client_hello().leak())),
        ..FLOOD
    },
    Case {
        name: "CONNECT a byte at a time, 1,000 connections",
        settings: IMPATIENT,
        begin: |ground| Ok(trickle(ground, packet::connect(&"slow".repeat(300)))),
        ..FLOOD
    },
    Case {
        name: "ClientHello a byte at a time, 1,000 connections",
        way: Way::Tls,
        settings: IMPATIENT,
        begin: |ground| Ok(trickle(ground, client_hello())),
        ..FLOOD
    },
    Case {
        name: "HTTP head a byte at a time, 1,000 connections",
        way: Way::Ws,
        settings: IMPATIENT,
        begin: |ground| Ok(trickle(ground, request(ground.addr(), &headers(20)).into_bytes())),
        ..FLOOD
    },
    Case {
        name: "TLS handshake done, then nothing, 8 at a time",
        way: Way::Tls,
        settings: IMPATIENT,
        begin: |ground| Ok(again(ground, 8, opened, wait)),
        ..FLOOD
    },
    Case {
        name: "TLS handshakes as fast as they go, 8 at a time",
        way: Way::Tls,
        begin: |ground| Ok(again(ground, 8, opened, |_, _| {})),
        ..FLOOD
    },
    Case {
        name: "WebSocket open, then half a frame, 8 at a time",
        way: Way::Ws,
        settings: IMPATIENT,
        begin: |ground| {
            Ok(again(ground, 8, opened_raw, |stream, ground| {
                let _ = stream.write_all(&[0x82, 0xFE, 1]);
                wait(stream, ground);
            }))
        },
        ..FLOOD
    },
    Case {
        name: "garbage instead of any protocol, 8 at a time",
        begin: |ground| {
            Ok(again(ground, 8, plain, |stream, ground| {
                push(stream, ground, &[0xA5; 65_536]);
            }))
        },
        ..FLOOD
    },
    Case {
        name: "garbage after a ClientHello, 8 at a time",
        way: Way::Tls,
        begin: |ground| {
            Ok(again(ground, 8, plain, |stream, ground| {
                let _ = stream.write_all(&client_hello());
                push(stream, ground, &[0xA5; 65_536]);
            }))
        },
        ..FLOOD
    },
    Case {
        name: "garbage inside TLS, 8 at a time",
        way: Way::Tls,
        begin: |ground| {
            Ok(again(ground, 8, opened, |line, ground| {
                push(line, ground, &[0xA5; 65_536]);
            }))
        },
        ..FLOOD
    },
    Case {
        name: "garbage after the upgrade, 8 at a time",
        way: Way::Ws,
        begin: |ground| {
            Ok(again(ground, 8, opened_raw, |stream, ground| {
                push(stream, ground, &[0xA5; 65_536]);
            }))
        },
        ..FLOOD
    },
    Case {
        name: "ClientHello of 16 MB announced, in fragments of one byte",
        way: Way::Tls,
        begin: |ground| {
            Ok(again(ground, 8, plain, |stream, ground| {
                push(stream, ground, &fragmented_hello());
            }))
        },
        ..FLOOD
    },
    Case {
        name: "KeyUpdate after KeyUpdate",
        way: Way::Tls,
        begin: |ground| {
            Ok(again(ground, 4, opened, |line, ground| {
                while !ground.is_over() && is_alive(line) {
                    if let Some(tls) = line.tls() {
                        let _ = tls.refresh_traffic_keys();
                    }
                }
            }))
        },
        ..FLOOD
    },
    Case {
        name: "PUBLISH in TLS records of one byte",
        way: Way::Tls,
        begin: |ground| {
            Ok(again(ground, 4, let_in, |line, ground| {
                let message = packet::publish("tiny", 0, false, 0, b"x");
                while !ground.is_over() && is_alive(line) {
                    for byte in message.repeat(100) {
                        if let Some(tls) = line.tls() {
                            let _ = tls.writer().write_all(&[byte]);
                        }
                    }
                }
            }))
        },
        ..FLOOD
    },
    Case {
        name: "HTTP header of 1 MiB, 8 at a time",
        way: Way::Ws,
        begin: |ground| {
            Ok(again(ground, 8, plain, |stream, ground| {
                push(
                    stream,
                    ground,
                    request(ground.addr(), &long_header(1 << 20)).as_bytes(),
                );
            }))
        },
        ..FLOOD
    },
    Case {
        name: "a thousand HTTP headers, 8 at a time",
        way: Way::Ws,
        begin: |ground| {
            Ok(again(ground, 8, plain, |stream, ground| {
                let _ = stream.write_all(request(ground.addr(), &headers(1000)).as_bytes());
                wait(stream, ground);
            }))
        },
        ..FLOOD
    },
    Case {
        name: "a WebSocket frame of 2^63 bytes, 8 at a time",
        way: Way::Ws,
        begin: |ground| {
            Ok(again(ground, 8, opened_raw, |stream, ground| {
                let _ = stream.write_all(&[0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]);
                push(stream, ground, &[0xA5; 65_536]);
            }))
        },
        ..FLOOD
    },
    Case {
        name: "WebSocket pings, pongs not read",
        way: Way::Ws,
        begin: |ground| {
            Ok(again(ground, 4, opened_raw, |stream, ground| {
                push(stream, ground, &frames(0x89, &[7; 125]));
            }))
        },
        ..FLOOD
    },
    Case {
        name: "WebSocket fragments without a byte in them",
        way: Way::Ws,
        begin: |ground| {
            Ok(again(ground, 4, opened_raw, |stream, ground| {
                let _ = stream.write_all(&frames(0x02, b"")[..6]);
                push(stream, ground, &frames(0x00, b""));
            }))
        },
        ..FLOOD
    },
    Case {
        name: "PUBLISH in WebSocket frames of one byte",
        way: Way::Ws,
        begin: |ground| {
            Ok(again(ground, 4, opened_raw, |stream, ground| {
                let mut bytes = Vec::new();
                masked(0x82, &packet::connect(""), &mut bytes);
                let _ = stream.write_all(&bytes);
                bytes.clear();
                for byte in packet::publish("tiny", 0, false, 0, b"x").repeat(4096) {
                    masked(0x82, &[byte], &mut bytes);
                }
                push(stream, ground, &bytes);
            }))
        },
        ..FLOOD
    },
    Case {
        name: "ClientHello, the answer not read, 8 at a time",
        way: Way::Tls,
        settings: IMPATIENT,
        begin: |ground| {
            Ok(again(ground, 8, plain, |stream, ground| {
                let _ = SockRef::from(&*stream).set_recv_buffer_size(SMALL_BYTES);
                push(stream, ground, &client_hello());
            }))
        },
        ..FLOOD
    },
    Case {
        name: "wrong passwords against argon2id, 64 at a time",
        settings: &[
            "auth.users[0].name=ann",
            "auth.users[0].password_hash=$argon2id$v=19$m=47104,t=1,p=1$zn/AfaoaFKzfkrtTf0HVaQ$OvexUf+5dlG1JJgrdlLUq9wNZItFFOgw4S0kqhDowIM",
            // Each is looked at.
            "auth.max_failed_logins_per_minute=0",
        ],
        begin: |ground| {
            Ok(again(ground, 64, plain, |stream, ground| {
                let _ = stream.write_all(&wrong_password());
                wait(stream, ground);
            }))
        },
        ..FLOOD
    },
    Case {
        name: "a TLS subscriber that reads nothing",
        way: Way::Tls,
        begin: unread,
        ..FLOOD
    },
    Case {
        name: "a WebSocket subscriber that reads nothing",
        way: Way::Ws,
        begin: unread,
        ..FLOOD
    },
];

/// Behind all handshakes below MQTT.
fn opened(ground: &Ground) -> io::Result<Line> {
    let line = ground.door.open()?;
    ticking(line.socket())?;
    Ok(line)
}

/// The socket of the same, to write frames of one's own to it.
fn opened_raw(ground: &Ground) -> io::Result<TcpStream> {
    opened(ground)?.socket().try_clone()
}

/// Behind CONNECT, too.
fn let_in(ground: &Ground) -> io::Result<Line> {
    let line = client::connect_over(&ground.door, "")?;
    ticking(line.socket())?;
    Ok(line)
}

/// CONNECT of a user of argon2id, with a password that is not hers.
fn wrong_password() -> Vec<u8> {
    let connect = packets::Connect {
        login: Some(("ann", "pen")),
        ..packets::Connect::new(4, "guessing")
    };
    connect.bytes()
}

/// Whether what it has to send can be sent.
fn is_alive(line: &mut Line) -> bool {
    !matches!(line.flush(), Err(error) if error.kind() != io::ErrorKind::WouldBlock)
}

fn frames(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..4096 {
        masked(first, payload, &mut bytes);
    }
    bytes
}

/// A subscriber that reads nothing, and a publisher on the same way.
fn unread(ground: &Arc<Ground>) -> io::Result<Threads> {
    let subscriber = client::subscriber_over(&ground.door, "unread", &["unread"], 0)?;
    SockRef::from(subscriber.socket()).set_recv_buffer_size(SMALL_BYTES)?;
    let mut publisher = client::connect_over(&ground.door, "publisher")?;
    ticking(publisher.socket())?;
    let ground = ground.clone();
    Ok(vec![std::thread::spawn(move || {
        let messages = packet::publish("unread", 0, false, 0, &[7; 1000]).repeat(64);
        push(&mut publisher, &ground, &messages);
        // It stays open until then.
        drop(subscriber);
    })])
}
