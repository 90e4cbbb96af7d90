//! The grounds of a verdict: proof, or a deadline that passed. And the clock by which the deadline goes.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use broker::expect::{Matched, connected, publish};
use broker::{Broker, Error, Injected, QoS};
use packets::{Client, Connect};

/// A client that is connected under this name, and sends nothing by itself.
fn client(broker: &Broker, name: &str) -> Client {
    Client::connect(broker.addr(), name)
}

/// PUBLISH at QoS 0 without a payload.
fn send(client: &mut Client, topic: &str) {
    client.send(&packets::publish(topic, 0, false, 0, b""));
}

/// A client that is owed an acknowledgement, so that the broker does not settle.
async fn owing(broker: &Broker) -> Client {
    let mut owing = client(broker, "silent");
    owing.subscribe("q", 1);
    let message = Injected::text("q", "x").qos(QoS::AtLeastOnce);
    broker.publish(message).await.expect("it runs");
    owing
}

fn failure(checked: Result<Matched, Error>) -> broker::expect::Failure {
    let error = checked.expect_err("it fails");
    error.failure().expect("it was not met").clone()
}

const SOON: Duration = Duration::from_millis(20);
const NEVER: Duration = Duration::MAX;

#[tokio::test(start_paused = true)]
async fn in_paused_time_never_fails_when_the_message_was_sent() {
    for round in 0..100 {
        let broker = Broker::start().await.expect("it starts");
        let mut device = client(&broker, "dev");
        send(&mut device, "a");
        let alarm = broker.expect(publish("a")).never().check().await;
        assert_eq!(failure(alarm).found, 1, "round {round}");
        broker.settle().await.expect("nothing is going on");
    }
}

#[tokio::test(start_paused = true)]
async fn in_paused_time_what_comes_later_is_waited_for() {
    let broker = Broker::start().await.expect("it starts");
    let mut device = client(&broker, "dev");
    let (go, told) = channel();
    // A thread that no runtime knows of.
    let sender = std::thread::spawn(move || {
        while told.recv().is_ok() {
            send(&mut device, "a");
        }
    });
    for times in 1..=20 {
        let tell = async { go.send(()).expect("the thread runs") };
        let (found, ()) = tokio::join!(broker.expect(publish("a").times(times..)), tell);
        assert_eq!(found.len(), times);
    }
    drop(go);
    sender.join().expect("it ends");
    broker
        .wait_disconnected("dev")
        .await
        .expect("its socket is closed");
    let mut late = Broker::builder().deadline(SOON).start().await.expect("it starts");
    let before = std::time::Instant::now();
    let error = late.wait_connected("nobody").await.expect_err("nobody comes");
    assert!(
        error.is_timeout() && error.to_string().contains("20ms"),
        "{error}"
    );
    failure(late.expect(connected()).check().await);
    assert!(before.elapsed() >= 2 * SOON, "real time passed");
    late.set_deadline(NEVER);
    late.settle()
        .await
        .expect("a deadline may be as long as it likes");
}

#[test]
fn a_deadline_needs_no_runtime() {
    let broker = Broker::builder().deadline(SOON).start().wait();
    let broker = broker.expect("it starts");
    let wanted = broker.expect(connected());
    failure(wanted.check().wait());
    broker.wait_connected("nobody").wait().expect_err("nobody comes");
}

#[tokio::test]
async fn a_wait_that_is_given_up_leaves_nothing_behind() {
    let broker = Broker::start().await.expect("it starts");
    let watched = Arc::new(());
    for _ in 0..100 {
        let held = watched.clone();
        let pattern = publish("a").test("the same", move |_| Arc::strong_count(&held) > 0);
        let wait = broker.expect(pattern).within(NEVER).check();
        let mut wait = std::pin::pin!(wait);
        let nothing = std::future::poll_fn(|context| std::task::Poll::Ready(wait.as_mut().poll(context)));
        assert!(nothing.await.is_pending());
    }
    // The broker's thread sees that nobody waits any more. Later questions are answered after that.
    while Arc::strong_count(&watched) > 1 {
        broker.stats().await.expect("it runs");
    }
}

#[tokio::test]
async fn out_of_time_is_no_proof() {
    let mut broker = Broker::start().await.expect("it starts");
    let _owing = owing(&broker).await;
    let mut device = client(&broker, "dev");
    send(&mut device, "a");
    broker.expect(publish("a")).await;
    broker.set_deadline(SOON);
    for (wanted, found) in [
        (publish("b").never(), 0),
        (publish("a").times(1), 1),
        (publish("a").times(..=3), 1),
    ] {
        let failure = failure(broker.expect(wanted.clone()).check().await);
        assert_eq!(failure.found, found);
        let why = failure.unproven.as_deref().expect("nothing speaks against it");
        assert_eq!(why, "client \"silent\" has packet 1 (q) without PUBACK");
        let report = failure.to_string();
        assert!(
            report.contains("but that is not proven: more may be on its way"),
            "{report}"
        );
        assert!(report.contains("say `unproven_is_enough`"), "{report}");

        let taken = broker.expect(wanted).unproven_is_enough().await;
        assert_eq!((taken.len(), taken.unproven()), (found, Some(why)));
    }
    // What is met for certain needs no such proof, and what came too often is refuted.
    assert_eq!(broker.expect(publish("a")).await.unproven(), None);
    let twice = broker.expect(publish("a").never()).unproven_is_enough();
    assert_eq!(failure(twice.check().await).unproven, None);
}

#[tokio::test]
async fn what_settles_is_proven() {
    let broker = Broker::start().await.expect("it starts");
    let mut owing = owing(&broker).await;
    let acknowledge = async { owing.send(b"\x40\x02\0\x01") };
    let never = broker.expect(publish("b")).never().within(NEVER);
    let (found, ()) = tokio::join!(never.unproven_is_enough(), acknowledge);
    assert_eq!(found.unproven(), None);
}

#[tokio::test]
async fn an_engine_that_cannot_tell_says_so() {
    let real = Broker::start().await.expect("it starts");
    let relay = Broker::builder().upstream(&real.url()).deadline(SOON);
    let relay = relay.start().await.expect("it starts");
    let failure = failure(relay.expect(publish("a")).never().check().await);
    let why = failure.unproven.expect("nothing came");
    assert!(why.contains("this engine cannot tell"), "{why}");
    let found = relay.expect(publish("a")).never().unproven_is_enough().await;
    assert_eq!(found.unproven(), Some(&*why));
}

#[test]
fn on_drop_looks_once_more() {
    for round in 0..100 {
        let broker = Broker::start().wait().expect("it starts");
        let mut device = client(&broker, "dev");
        let panics = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _quiet = broker.expect(publish("a")).never().on_drop();
            send(&mut device, "a");
        }));
        let told = panics.expect_err("it had been sent");
        let told = told.downcast_ref::<String>().expect("a report");
        assert!(told.contains("it came once, wanted: never"), "{round}: {told}");
        send(&mut device, "b");
        drop(broker.expect(publish("b")).on_drop()); // it had been sent as well
    }
}

#[tokio::test]
async fn on_drop_within_a_runtime_is_bounded_by_its_deadline() {
    let broker = Broker::start().await.expect("it starts");
    drop(broker.expect(publish("a")).never().within(NEVER).on_drop());
    let _owing = owing(&broker).await;
    let panics = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        drop(broker.expect(publish("a")).never().within(SOON).on_drop());
    }));
    let told = panics.expect_err("nothing is proven");
    let told = told.downcast_ref::<String>().expect("a report");
    assert!(told.contains("not proven"), "{told}");
}

#[tokio::test]
async fn what_no_client_sent_is_called_so_with_the_right_pattern() {
    let mut broker = Broker::builder().deadline(SOON).start().await.expect("it starts");
    let mut sub = client(&broker, "sub");
    sub.subscribe("w", 0);
    broker.set_deadline(broker::DEFAULT_DEADLINE);
    let will = Connect {
        will: Some(("w", "x")),
        ..Connect::new(4, "dev")
    };
    drop(Client::with(broker.addr(), &will));
    broker.wait_disconnected("dev").await.expect("it is gone");
    broker
        .publish(Injected::text("nobody/reads", "on"))
        .await
        .expect("it runs");
    broker.set_deadline(SOON);

    let report = failure(broker.expect(publish("w").from("dev")).check().await).to_string();
    for words in [
        r#"is a will, which its client did not send as a PUBLISH: expect the event `will_published` of "dev" (in Rust: will_published().of("dev").topic("w"))"#,
        r#"its delivery to "sub" is #"#,
        r#"(in Rust: publish("w").to("sub"))"#,
    ] {
        assert!(report.contains(words), "{report}\n    lacks {words}");
    }
    let report = failure(broker.expect(publish("nobody/#")).check().await).to_string();
    let words = r#"the broker's program or its control API published to "nobody/reads" (in Rust: `Broker::publish`), and no client did; it was delivered to nobody"#;
    assert!(report.contains(words), "{report}\n    lacks {words}");
    broker.publish(Injected::text("w", "y")).await.expect("it runs");
    let report = failure(broker.expect(publish("w").text("y")).check().await).to_string();
    assert!(
        report.contains(r#"the broker's program or its control API published to "w""#),
        "{report}"
    );
    // Where a client published there, too, the nearest is its message.
    send(&mut sub, "nobody/reads");
    broker.expect(publish("nobody/reads").from("sub")).await;
    let report = failure(broker.expect(publish("nobody/#").text("up")).check().await).to_string();
    assert!(!report.contains("the broker's program"), "{report}");
    // What was refused was never published.
    let refused = broker.publish(Injected::text("refused/#", "on")).await;
    assert!(refused.is_err(), "a wildcard is no topic name");
    let report = failure(broker.expect(publish("+/#").text("z")).check().await).to_string();
    assert!(!report.contains("refused/"), "{report}");
    // What is asked about deliveries needs no such note.
    let report = failure(broker.expect(publish("w").to("dev")).check().await).to_string();
    assert!(!report.contains("the broker's program"), "{report}");
}

#[test]
fn the_panic_of_a_pattern_that_cannot_be_names_the_line_of_the_test() {
    let broker = Broker::start().wait().expect("it starts");
    let line = line!() + 2;
    let expected = std::panic::AssertUnwindSafe(|| {
        broker.expect(publish("a").field("qso", 1)).wait();
    });
    let panic = std::panic::catch_unwind(expected).expect_err("there is no such field");
    let words = panic.downcast_ref::<String>().expect("it is a text");
    assert!(words.contains("did you mean \"qos\"?"), "{words}");
    let at = format!("verdicts.rs:{line}:");
    assert!(words.contains(&at), "{words}");
}
