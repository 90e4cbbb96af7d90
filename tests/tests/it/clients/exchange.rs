//! `--trace`: the exchange as it is told.

use tests::harness::Finished;

use super::{broker, client, start, subscriber_and_publisher};

/// The lines without their times.
fn told(finished: &Finished) -> String {
    let lines = finished.stderr.iter().map(|line| {
        let time = line.get(..8).unwrap_or_default();
        if time.trim().parse::<f64>().is_ok() {
            format!("TIME{}", &line[8..])
        } else {
            line.clone()
        }
    });
    lines.map(|line| line + "\n").collect()
}

#[test]
fn a_message_of_qos_2_is_told_step_by_step() {
    let broker = broker();
    let arguments = ["-i", "me", "-t", "a/b", "-m", "bar", "-q", "2", "--trace"];
    let finished = start(&mut client("publisher", broker.addr(), &arguments)).wait();
    assert_eq!(finished.code, Some(0));
    assert!(finished.stdout.is_empty());
    let expected = "\
TIME  →  CONNECT      MQTT 3.1.1, client 'me', clean session, keep alive 60 s
                          Hello. We ask for a new session; an older one of this client is thrown away. At least every 60 s it will hear from us. It must answer with CONNACK.
TIME  ←  CONNACK      accepted (0x00), session new
                          The broker lets us in. It has no older session of ours, so there are no subscriptions yet.
TIME  →  PUBLISH      'a/b', QoS 2, id 1, 3 bytes: bar
                          Exactly once, step 1 of 4. We keep message 1 until the broker says with PUBREC that it has it.
TIME  ←  PUBREC       id 1
                          Step 2 of 4. The broker has message 1 and will notice a second copy. Next we release it.
TIME  →  PUBREL       id 1
                          Step 3 of 4. The broker has message 1, so we never send it again. It can forget the number; PUBCOMP must say that it did.
TIME  ←  PUBCOMP      id 1
                          Step 4 of 4. The broker has message 1 ('a/b') exactly once, and the number is free again. Done.
TIME  →  DISCONNECT
                          Goodbye: a clean end, nothing follows.
";
    assert_eq!(told(&finished), expected);
}

#[test]
fn the_receivers_side_is_told_too() {
    let broker = broker();
    let subscriber = [
        "-i", "me", "-V", "5", "-t", "a/+", "-q", "1", "-C", "1", "--trace",
    ];
    let publisher = [
        "-V",
        "5",
        "-t",
        "a/b",
        "-m",
        "x",
        "-q",
        "1",
        "-D",
        "publish",
        "content-type",
        "text/plain",
    ];
    let finished = start(&mut subscriber_and_publisher(
        broker.addr(),
        &subscriber,
        &publisher,
    ))
    .wait();
    assert_eq!(
        (finished.code, finished.stdout.clone()),
        (Some(0), vec!["x".to_owned()])
    );
    let told = told(&finished);
    for words in [
        "CONNACK      accepted (0x00), session new\n",
        "It takes 1024 messages of QoS 1 and 2 at once.",
        "SUBSCRIBE    id 1, 'a/+' QoS 1\n",
        "+ stands for one level",
        "SUBACK       id 1, granted QoS 1\n",
        "PUBLISH      'a/b', QoS 1, id 1, 1 byte: x [content type: text/plain]\n",
        "The broker keeps message 1 until our PUBACK.",
        "PUBACK       id 1\n",
        "DISCONNECT   Normal disconnection (0x00)\n",
    ] {
        assert!(told.contains(words), "{words:?} is not in {told}");
    }
}

#[test]
fn reason_codes_are_explained() {
    let broker = tests::harness::Embedded::start_with(|settings| {
        settings.limits.max_packet_size_bytes = 128;
    });
    let payload = "x".repeat(200);
    let arguments = ["-t", "a", "-q", "1", "-m", &payload, "--trace"];
    let finished = start(&mut client(
        "publisher",
        broker.addr(),
        &[&arguments[..], &["-V", "5"]].concat(),
    ))
    .wait();
    // CONNACK has said so before the message could be sent.
    assert!(
        told(&finished).contains("It takes packets of up to 128 bytes."),
        "{}",
        told(&finished)
    );
    assert_ne!(finished.code, Some(0));
    let finished = start(&mut client(
        "publisher",
        broker.addr(),
        &[
            "-V", "5", "-u", "a", "-t", "$SYS/x", "-m", "x", "-q", "1", "--trace",
        ],
    ))
    .wait();
    let told = told(&finished);
    assert!(
        told.contains("PUBACK       id 1, ")
            && told.contains("The broker does not take message 1 ('$SYS/x')."),
        "{told}"
    );
}
