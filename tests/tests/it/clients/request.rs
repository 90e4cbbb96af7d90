//! `publisher --response-topic`: a request and its answer.

use std::net::SocketAddr;
use std::thread;

use client::packet::{Filter, Publish, PublishProperties, QoS, Subscribe};
use client::{Client, Connection, Event, Version};

use super::{broker, client, start};

/// Answers every message to `service`: first something else, then its payload in capitals. Before version 5 the answer goes
/// to `answers`.
pub(super) fn service(addr: SocketAddr, version: Version) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut connection = Connection::to(addr.ip().to_string(), addr.port());
    connection.version = version;
    let mut client = runtime.block_on(async {
        let mut client = Client::connect(connection, None).await.unwrap();
        client
            .subscribe(Subscribe::new_many(
                [Filter::new("service", QoS::ExactlyOnce)],
                None,
            ))
            .unwrap();
        while !matches!(client.event().await.unwrap(), Event::Subscribed(..)) {}
        client
    });
    thread::spawn(move || {
        runtime.block_on(async {
            while let Ok(event) = client.event().await {
                let Event::Message(delivery) = event else { continue };
                let text = String::from_utf8_lossy(&delivery.publish.payload).to_uppercase();
                let asked = delivery.publish.properties;
                let topic = asked.as_ref().and_then(|all| all.response_topic.clone());
                let topic = topic.unwrap_or_else(|| "answers".to_owned());
                if let Some(asked) = asked {
                    // To somebody else's request.
                    client
                        .publish(Publish::new(topic.clone(), QoS::AtLeastOnce, "not yours", None))
                        .unwrap();
                    let properties = PublishProperties {
                        correlation_data: asked.correlation_data,
                        ..PublishProperties::default()
                    };
                    client
                        .publish(Publish::new(topic, QoS::AtLeastOnce, text, Some(properties)))
                        .unwrap();
                } else {
                    client
                        .publish(Publish::new(topic, QoS::AtLeastOnce, text, None))
                        .unwrap();
                }
            }
        });
    });
}

#[test]
fn the_answer_is_printed_in_every_version_and_at_every_qos() {
    for (version, name) in [(Version::V311, "311"), (Version::V5, "5")] {
        let broker = broker();
        service(broker.addr(), version);
        for qos in ["0", "1", "2"] {
            let arguments = [
                "-V", name, "-q", qos, "-t", "service", "-m", "ping", "-e", "answers",
            ];
            let finished = start(&mut client("publisher", broker.addr(), &arguments)).wait();
            assert_eq!(
                (finished.code, finished.stdout.as_slice()),
                (Some(0), &["PING".to_owned()][..]),
                "{finished:#?}"
            );
        }
    }
}

#[test]
fn each_line_is_a_request_and_formats_are_the_subscribers() {
    let broker = broker();
    service(broker.addr(), Version::V5);
    let arguments = [
        "-V",
        "5",
        "-t",
        "service",
        "-l",
        "--response-topic",
        "mine",
        "-F",
        "%t %p %D",
    ];
    let arguments = [&arguments[..], &["-D", "publish", "correlation-data", "abc"]].concat();
    let mut program = start(&mut client("publisher", broker.addr(), &arguments));
    program.input("one\n");
    assert_eq!(program.line(), "mine ONE abc");
    program.input("two\n");
    assert_eq!(program.line(), "mine TWO abc");
    assert_eq!(program.wait().code, Some(0));
}

#[test]
fn no_answer_is_27() {
    let broker = broker();
    for (version, stray) in [("311", false), ("5", true)] {
        let arguments = [
            "-V", version, "-t", "nobody", "-m", "x", "-e", "answers", "-W", "0.3", "-i", "asker",
        ];
        let program = start(&mut client("publisher", broker.addr(), &arguments));
        if stray {
            broker.until_subscribed("answers");
            // Without Correlation Data it is not the answer; and if it comes before the request, it is not either.
            start(&mut client(
                "publisher",
                broker.addr(),
                &["-t", "answers", "-m", "stray", "-q", "1"],
            ))
            .succeed();
        }
        let finished = program.wait();
        assert_eq!(finished.code, Some(27), "{finished:#?}");
        assert!(finished.stdout.is_empty(), "{finished:#?}");
        assert!(
            finished.stderr[0].starts_with("Error: no answer on 'answers' within 300 ms"),
            "{finished:#?}"
        );
    }
}

#[test]
fn an_older_answer_that_was_retained_is_none() {
    let broker = broker();
    start(&mut client(
        "publisher",
        broker.addr(),
        &["-t", "answers", "-m", "old", "-r", "-q", "1"],
    ))
    .succeed();
    service(broker.addr(), Version::V311);
    let arguments = ["-t", "service", "-m", "new", "-e", "answers"];
    assert_eq!(
        start(&mut client("publisher", broker.addr(), &arguments)).succeed(),
        ["NEW"]
    );
}

#[test]
fn as_a_library() {
    let broker = broker();
    service(broker.addr(), Version::V5);
    let mut connection = Connection::to(broker.addr().ip().to_string(), broker.addr().port());
    connection.version = Version::V5;
    let plan = publisher::Plan::new(connection, "service", "library");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let answer = runtime
        .block_on(publisher::request(publisher::Request::new(plan, "mine")))
        .unwrap();
    assert_eq!(&answer.payload[..], b"LIBRARY");
}
