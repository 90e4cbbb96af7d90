//! Expectations against a real broker: what they find, what they wait for, and what they print when they fail.
//!
//! The clients here are blocking and the broker has its own thread, so a test is simply one after the other.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use broker::expect::{connect, connected, disconnected, packet, publish, suback, subscribe};
use broker::journal::{Direction, Mark};
use broker::wire::Version;
use broker::{Broker, QoS};
use serde_json::json;
use tests::harness::{Client, message};

const AT_ONCE: Duration = Duration::from_millis(1);

async fn start() -> Broker {
    Broker::start().await.expect("it starts")
}

#[tokio::test]
async fn what_came_already_counts_and_what_comes_later_is_waited_for() {
    let broker = start().await;
    let mut client = Client::new(broker.addr(), Version::V5, "dev-1");
    broker.expect(connect().from("dev-1").clean_start(true)).await;
    client.publish(&message("a/b", "one", QoS::AtLeastOnce));
    let found = broker.expect(publish("a/+").from("dev-1").qos(1)).await;
    assert_eq!(found.payloads(), [b"one"]);

    let addr = broker.addr();
    let late = publish("late");
    let waiting = async { broker.expect(late).await };
    let sending = tokio::task::spawn_blocking(move || {
        Client::new(addr, Version::V311, "late").publish(&message("late", "now", QoS::AtMostOnce));
    });
    let (found, sent) = tokio::join!(waiting, sending);
    sent.expect("it was sent");
    assert_eq!(found.payloads(), [b"now"]);
}

#[tokio::test]
async fn that_nothing_comes_is_known_at_once() {
    let broker = start().await;
    let mut client = Client::new(broker.addr(), Version::V5, "dev-1");
    client.publish(&message("a", "1", QoS::ExactlyOnce));
    let begun = Instant::now();
    broker
        .expect(publish("alarm/#"))
        .never()
        .within(Duration::from_secs(3600))
        .await;
    broker
        .expect(publish("a"))
        .times(1)
        .within(Duration::from_secs(3600))
        .await;
    assert!(
        begun.elapsed() < Duration::from_secs(600),
        "nobody waits for the deadline"
    );
    client.publish(&message("a", "2", QoS::AtLeastOnce));
    let error = broker
        .expect(publish("a"))
        .times(1)
        .check()
        .await
        .expect_err("it came twice");
    assert!(
        error.to_string().contains("it came 2 times, wanted: once"),
        "{error}"
    );
}

#[tokio::test]
async fn a_mark_draws_a_line() {
    let broker = start().await;
    let mut client = Client::new(broker.addr(), Version::V5, "dev-1");
    client.publish(&message("a", "1", QoS::AtLeastOnce));
    broker.mark().await.expect("it runs");
    broker.expect(publish("a")).never().await;
    broker.expect(publish("a")).since(Mark::START).times(1).await;
    client.publish(&message("a", "2", QoS::AtLeastOnce));
    assert_eq!(broker.expect(publish("a")).await.payloads(), [b"2"]);
}

#[tokio::test]
async fn order_is_across_clients() {
    let broker = start().await;
    let mut sub = Client::new(broker.addr(), Version::V311, "sub");
    sub.subscribe("t", QoS::AtMostOnce);
    let mut dev = Client::new(broker.addr(), Version::V5, "dev");
    dev.publish(&message("t", "x", QoS::AtLeastOnce));
    sub.receive();
    dev.disconnect();
    let all = subscribe()
        .from("sub")
        .topic_filter("t")
        .then(suback().to("sub"))
        .then(connected().of("dev"))
        .then(publish("t").from("dev"))
        .then(publish("t").to("sub").text("x"))
        .then(disconnected().of("dev"));
    let found = broker.expect(all).await;
    assert_eq!(found.len(), 6);
    let backwards = publish("t").from("dev").then(subscribe().from("sub"));
    let error = broker.expect(backwards).within(AT_ONCE).check().await;
    let text = error.expect_err("it was the other way round").to_string();
    assert!(
        text.contains("failed at: SUBSCRIBE from \"sub\"\n  it did not come"),
        "{text}"
    );
}

/// Times differ from run to run; everything else must not.
fn without_times(text: &str) -> String {
    text.lines()
        .map(|line| {
            // The ladder's column of times.
            let (indent, rest) = line.split_at(line.len() - line.trim_start().len());
            match rest.split_once(' ') {
                Some((time, rest)) if time.contains('.') && time.parse::<f64>().is_ok() => {
                    format!("{indent}TIME {rest}\n")
                }
                _ => format!("{line}\n"),
            }
        })
        .collect()
}

#[tokio::test]
async fn a_failure_shows_the_nearest_miss_and_the_ladder() {
    let broker = Broker::builder().seed(7).start().await.expect("it starts");
    let mut dev = Client::new(broker.addr(), Version::V5, "dev-1");
    dev.publish(&message(
        "sensors/1/temp",
        "{\"unit\":\"F\",\"value\":70}",
        QoS::AtMostOnce,
    ));
    dev.publish(&message("sensors/1/hum", "50", QoS::AtLeastOnce));
    let wanted = publish("sensors/+/temp")
        .from("dev-1")
        .qos(1)
        .json_subset(json!({"unit": "C"}));
    let (waiting, line) = (broker.expect(wanted), line!());
    let error = waiting.within(AT_ONCE).check().await.expect_err("none of it");
    let text = without_times(&error.to_string());
    let (report, ladder) = text
        .split_once("  the journal since the mark:\n")
        .expect("a ladder");
    assert_eq!(
        report,
        "expected at least once: PUBLISH from \"dev-1\" on sensors/+/temp, qos 1, payload with {\"unit\":\"C\"}\n\
         \x20 it did not come within 1ms, wanted: at least once\n\
         \x20 nearest:\n\
         \x20   #4 from \"dev-1\": PUBLISH sensors/1/temp '{\"unit\":\"F\",\"value\":70}'\n\
         \x20       qos 0, not 1\n\
         \x20       payload at /unit \"F\", not \"C\"\n\
         \x20   #7 from \"dev-1\": PUBLISH QoS 1 #1 sensors/1/hum \"50\"\n\
         \x20       topic sensors/1/hum, not sensors/+/temp\n\
         \x20       payload 50, not {\"unit\":\"C\"}\n"
    );
    assert!(ladder.contains("PUBLISH QoS 1 #1 sensors/1/hum"), "{ladder}");
    let last = format!("  seed 7, expected at {}:{line}:", file!());
    assert!(ladder.contains(&last), "{ladder}");
}

#[tokio::test]
async fn a_failure_says_what_came_too_early_and_what_became_of_it() {
    let broker = start().await;
    let mut dev = Client::new(broker.addr(), Version::V5, "dev");
    dev.publish(&message("t/early", "x", QoS::AtLeastOnce));
    let mut sub = Client::new(broker.addr(), Version::V5, "sub");
    sub.subscribe("t/#", QoS::AtMostOnce);
    let to_sub = publish("t/early").to("sub");
    let error = broker
        .expect(to_sub)
        .within(AT_ONCE)
        .check()
        .await
        .expect_err("it was too early");
    let text = error.to_string();
    let note = text.lines().find(|line| line.contains("note: ")).unwrap_or(&text);
    assert!(
        note.contains("on t/early from \"dev\", payload \"x\": arrived ")
            && note.ends_with(" before \"sub\" was subscribed to t/#"),
        "{text}"
    );
    let nobody = broker
        .expect(publish("t").from("dev-7"))
        .within(AT_ONCE)
        .check()
        .await;
    let text = nobody.expect_err("there is no such client").to_string();
    assert!(
        text.contains("note: no client \"dev-7\" did anything; there were \"dev\", \"sub\""),
        "{text}"
    );
}

#[tokio::test]
async fn awaiting_panics_with_the_report_and_dropping_does_too() {
    let broker = start().await;
    let awaited = tokio::spawn(async move {
        let never = broker.expect(publish("x")).within(AT_ONCE);
        never.await;
    });
    let panic = awaited.await.expect_err("it panicked").into_panic();
    let text = panic.downcast_ref::<String>().expect("with words");
    assert!(
        text.starts_with("expected at least once: PUBLISH from a client on x\n"),
        "{text}"
    );

    let broker = start().await;
    let mut client = Client::new(broker.addr(), Version::V5, "c");
    let met = broker.expect(publish("y")).on_drop();
    client.publish(&message("y", "1", QoS::AtLeastOnce));
    drop(met);
    let unmet = broker.expect(publish("z")).on_drop();
    let panic = std::panic::catch_unwind(AssertUnwindSafe(|| drop(unmet))).expect_err("it panicked");
    let text = panic.downcast_ref::<String>().expect("with words");
    assert!(
        text.contains("PUBLISH from a client on z\n  it did not come, wanted"),
        "{text}"
    );
}

#[tokio::test]
async fn what_cannot_be_answered_says_so() {
    let broker = start().await;
    let error = broker
        .expect(publish("a/#/b"))
        .check()
        .await
        .expect_err("no filter");
    assert!(error.is_invalid(), "{error}");
    let off = Broker::builder()
        .configure(|settings| settings.journal.entries = 0)
        .start()
        .await
        .expect("it starts");
    let error = off.expect(publish("a")).check().await.unwrap_err();
    assert!(error.to_string().starts_with("the journal is off"), "{error}");

    let short = Broker::builder()
        .configure(|settings| settings.journal.entries = 4)
        .start()
        .await
        .expect("it starts");
    let mut client = Client::new(short.addr(), Version::V5, "c");
    for _ in 0..10 {
        client.publish(&message("a", "1", QoS::AtLeastOnce));
    }
    let never = short.expect(publish("b")).never().check().await;
    let text = never
        .expect_err("it may have been among those that are gone")
        .to_string();
    assert!(text.contains("the journal had forgotten "), "{text}");
    short.expect(packet().outbound()).await;
}

#[tokio::test]
async fn matched_entries_can_be_looked_at() {
    let broker = start().await;
    let mut sub = Client::new(broker.addr(), Version::V311, "sub");
    sub.subscribe("#", QoS::AtMostOnce);
    let mut dev = Client::new(broker.addr(), Version::V5, "dev");
    for payload in ["1", "2", "3"] {
        dev.publish(&message("n", payload, QoS::AtLeastOnce));
    }
    let found = broker.expect(publish("n").to("sub")).times(3).await;
    assert_eq!(found.payloads(), [b"1", b"2", b"3"]);
    assert!(
        found
            .iter()
            .all(|entry| entry.direction() == Some(Direction::Out))
    );
}
