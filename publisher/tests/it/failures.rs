//! The program against a broker that follows a script: everything that can fail, and what is said about it.

use crate::PUBLISHER;
use crate::support::{CONNACK, CONNACK_V5, free_port, run, run_with_input, scripted, stderr};

fn publish(port: u16, arguments: &[&str]) -> (Option<i32>, String) {
    let output = run(
        PUBLISHER,
        &[
            &["-p", &port.to_string(), "-h", "127.0.0.1", "-t", "a"],
            arguments,
        ]
        .concat(),
    );
    (output.status.code(), stderr(&output))
}

#[test]
fn nobody_listens() {
    let port = free_port();
    let (code, said) = publish(port, &["-m", "x"]);
    assert_eq!(code, Some(1));
    assert_eq!(
        said,
        format!("Error: no broker at 127.0.0.1:{port}: connection refused\n")
    );
    assert_eq!(publish(port, &["-m", "x", "--quiet"]), (Some(1), String::new()));
}

#[test]
fn a_host_that_does_not_exist() {
    let output = run(PUBLISHER, &["-h", "no-such-host.invalid", "-t", "a", "-m", "b"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("host name `no-such-host.invalid` was not found"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn connack_codes_are_exit_codes() {
    for code in 1..=5 {
        let port = scripted(move |_, mut peer| {
            peer.expect(1);
            peer.send(&[0x20, 2, 0, code]);
        });
        assert_eq!(publish(port, &["-m", "x"]).0, Some(i32::from(code)));
    }
}

#[test]
fn version_5_refusals_carry_the_brokers_words() {
    let port = scripted(|_, mut peer| {
        peer.expect(1);
        peer.send(b"\x20\x0b\x00\x87\x08\x1f\x00\x05sorry");
    });
    let (code, said) = publish(port, &["-m", "x", "-V", "5"]);
    assert_eq!(
        (code, said.as_str()),
        (Some(0x87), "Error: Connection error: Not authorized (sorry)\n")
    );
}

#[test]
fn an_old_brokers_short_connack_is_understood() {
    let port = scripted(|_, mut peer| {
        peer.expect(1);
        peer.send(&[0x20, 2, 0, 1]);
    });
    let (code, said) = publish(port, &["-m", "x", "-V", "5"]);
    assert_eq!(code, Some(1));
    assert!(
        said.contains("unacceptable protocol version") && said.contains("-V mqttv311"),
        "{said}"
    );
}

#[test]
fn a_refused_message_is_not_reported_as_sent() {
    for (qos, kind) in [("1", 0x40), ("2", 0x50)] {
        let port = scripted(move |_, mut peer| {
            peer.expect(1);
            peer.send(CONNACK_V5);
            // Two messages: the second is accepted.
            peer.expect(3);
            let reason = [kind, 9, 0, 1, 0x97, 5, 0x1F, 0, 2, b'n', b'o'];
            peer.send(&reason);
            peer.expect(3);
            peer.send(&[kind, 2, 0, 2]);
            if kind == 0x50 {
                peer.expect(6);
                peer.send(&[0x70, 2, 0, 2]);
            }
            peer.expect(14);
        });
        let (code, said) = publish(port, &["-V", "5", "-q", qos, "-m", "x", "--repeat", "2"]);
        assert_eq!(code, Some(0x97), "{said}");
        assert!(
            said.contains("Warning: Publish 1 failed: Quota exceeded.\nno\n"),
            "{said}"
        );
        assert!(said.contains("1 of 2 messages were refused"), "{said}");
    }
}

#[test]
fn a_connection_that_ends_early_leaves_messages_unacknowledged() {
    let port = scripted(|_, mut peer| {
        peer.accept();
        peer.expect(3);
    });
    let (code, said) = publish(port, &["-q", "1", "-m", "x"]);
    assert_eq!(code, Some(7), "{said}");
    assert!(said.contains("1 of 1 messages were not acknowledged"), "{said}");
}

#[test]
fn a_disconnect_of_the_broker_is_told() {
    let port = scripted(|_, mut peer| {
        peer.expect(1);
        peer.send(CONNACK_V5);
        peer.expect(3);
        peer.send(&[0xE0, 2, 0x8B, 0]);
    });
    let (code, said) = publish(port, &["-V", "5", "-q", "1", "-m", "x"]);
    assert_eq!(code, Some(0x8B));
    assert!(
        said.contains("the broker closed the connection: Server shutting down (0x8B)"),
        "{said}"
    );
}

#[test]
fn what_is_not_mqtt_is_said_to_be_so() {
    let port = scripted(|_, mut peer| {
        peer.expect(1);
        peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        peer.packet();
    });
    let (code, said) = publish(port, &["-m", "x"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("not MQTT 3.1.1"), "{said}");
}

#[test]
fn the_brokers_limits_are_kept() {
    // Maximum QoS 0, Retain Available 0, Maximum Packet Size 20.
    for (property, arguments, words) in [
        (&[0x24, 0][..], &["-q", "1"][..], "QoS not supported"),
        (&[0x25, 0], &["-r"], "keeps no retained messages"),
        (&[0x27, 0, 0, 0, 20], &["-q", "0"], "the broker accepts 20"),
    ] {
        let port = scripted(move |_, mut peer| {
            peer.expect(1);
            let length = property.len() as u8;
            peer.send(&[&[0x20, 3 + length, 0, 0, length], property].concat());
            peer.packet();
        });
        let (code, said) = publish(
            port,
            &[&["-V", "5", "-m", "a payload of some length"], arguments].concat(),
        );
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn no_more_than_the_receive_maximum_is_on_its_way() {
    let port = scripted(|_, mut peer| {
        peer.expect(1);
        peer.send(&[0x20, 6, 0, 0, 3, 0x21, 0, 2]);
        for round in 0..5_u8 {
            peer.expect(3);
            peer.expect(3);
            // The third must wait for this. Acknowledged in the wrong order, which is allowed.
            peer.send(&[0x40, 2, 0, 2 * round + 2, 0x40, 2, 0, 2 * round + 1]);
        }
        peer.expect(14);
    });
    let (code, said) = publish(port, &["-V", "5", "-q", "1", "-m", "x", "--repeat", "10"]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn version_3_1_calls_itself_mqisdp() {
    let port = scripted(|_, mut peer| {
        let connect = peer.expect(1);
        assert_eq!(&connect[..9], b"\x00\x06MQIsdp\x03");
        assert_eq!(&connect[12..], b"\x00\x02me\x00\x01u\x00\x01p");
        peer.send(CONNACK);
        peer.expect(3);
        peer.expect(14);
    });
    let (code, said) = publish(port, &["-V", "31", "-i", "me", "-u", "u", "-P", "p", "-m", "x"]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn the_trace_explains_refusals_and_ends() {
    let port = scripted(|connection, mut peer| {
        peer.expect(1);
        if connection == 0 {
            peer.send(&[0x20, 3, 0, 0x86, 0]);
            return;
        }
        peer.send(CONNACK_V5);
        peer.expect(3);
        if connection == 1 {
            peer.send(&[0x50, 3, 0, 1, 0x97]);
            peer.expect(14);
        } else {
            peer.send(&[0xE0, 2, 0x8E, 0]);
        }
    });
    for words in [
        "CONNACK      Bad User Name or Password (0x86)\n                          The broker refuses us and closes the \
         connection. User name or password are wrong; check -u and -P.\n",
        "PUBREC       id 1, Quota exceeded (0x97)\n                          The broker does not take message 1 ('a'); \
         the handshake ends here. A limit of the broker is reached.\n",
        "DISCONNECT   Session taken over (0x8E)\n                          The broker ends the connection: Session taken \
         over. Another client connected with the same client identifier; only one may.\n",
    ] {
        let (code, said) = publish(port, &["-V", "5", "-q", "2", "-m", "x", "--trace"]);
        assert_ne!(code, Some(0));
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn no_password_is_traced() {
    let port = scripted(|_, mut peer| {
        peer.expect(1);
        peer.send(&[0x20, 2, 0, 5]);
    });
    let (_, said) = publish(port, &["-m", "x", "--trace", "-u", "me", "-P", "hunter2"]);
    assert!(
        said.contains("user 'me' with a password") && !said.contains("hunter2"),
        "{said}"
    );
}

#[test]
fn lines_that_were_not_acknowledged_are_sent_again() {
    let port = scripted(|connection, mut peer| {
        peer.accept();
        let one = peer.expect(3);
        assert_eq!(&one[5..], b"one");
        if connection == 0 {
            // Read, but never acknowledged.
            peer.expect(3);
            return;
        }
        let two = peer.expect(3);
        assert_eq!(&two[5..], b"two");
        peer.send(&[0x40, 2, one[3], one[4], 0x40, 2, two[3], two[4]]);
        peer.expect(14);
    });
    let port = port.to_string();
    let output = run_with_input(
        PUBLISHER,
        &["-p", &port, "-t", "a", "-q", "1", "-l"],
        b"one\ntwo\n",
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let said = "The connection was lost. Trying again in 1 s.\nConnected again; 2 messages are sent again.\n";
    assert_eq!(stderr(&output), said);
}

#[test]
fn a_request_that_nobody_answers_ends_in_time() {
    let silent = scripted(|_, mut peer| while peer.packet().is_some() {});
    let no_suback = scripted(|_, mut peer| {
        peer.accept();
        while peer.packet().is_some() {}
    });
    for (port, waiting_for) in [(silent, "no CONNACK"), (no_suback, "no SUBACK")] {
        let port = port.to_string();
        let output = run(
            PUBLISHER,
            &[
                "-h",
                "127.0.0.1",
                "-p",
                &port,
                "-t",
                "a",
                "-m",
                "x",
                "-e",
                "b",
                "-W",
                "0.3",
            ],
        );
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(27), "{said}");
        assert!(said.contains(&format!("within 300 ms: {waiting_for}")), "{said}");
    }
}

#[test]
fn a_message_that_is_too_large_does_not_publish_the_will() {
    let (sender, goodbye) = std::sync::mpsc::channel();
    let port = scripted(move |_, mut peer| {
        peer.expect(1);
        // Maximum Packet Size 100.
        peer.send(&[0x20, 8, 0, 0, 5, 0x27, 0, 0, 0, 100]);
        while let Some((first, _)) = peer.packet() {
            sender.send(first).ok();
        }
    });
    let large = "x".repeat(200);
    let output = run_with_input(
        PUBLISHER,
        &[
            "-h",
            "127.0.0.1",
            "-p",
            &port.to_string(),
            "-V",
            "5",
            "-t",
            "a",
            "-l",
            "--will-topic",
            "w",
            "--json",
        ],
        format!("one\n{large}\nthree\n").as_bytes(),
    );
    assert_eq!(output.status.code(), Some(1));
    // The first message, and a normal DISCONNECT.
    assert_eq!(goodbye.iter().take(2).collect::<Vec<_>>(), [0x30, 0xE0]);
    let said = stderr(&output);
    assert!(
        said.contains(r#""sent":1,"unacknowledged":1,"unsent":2"#),
        "{said}"
    );
}

#[test]
fn what_was_never_sent_is_named() {
    let port = scripted(|_, mut peer| {
        peer.accept();
        peer.expect(3);
        peer.expect(3);
    });
    let (code, said) = publish(port, &["-m", "x", "-q", "1", "-M", "2", "--repeat", "9"]);
    assert_eq!(code, Some(7));
    assert_eq!(
        said,
        "Error: The connection was lost. 2 of 2 messages were not acknowledged; 7 more were never sent\n"
    );
}
