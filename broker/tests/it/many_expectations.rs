//! Thousands of expectations that are waited for at the same time. What they cost:
//! `cargo test --release -p broker --test it many_expectations -- --ignored --nocapture`

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use broker::Broker;
use broker::expect::{Matched, connect, publish};
use packets::Client;

const ROUND_TRIPS: u32 = 100;

type Open<'a> = Pin<Box<dyn Future<Output = Matched> + Send + 'a>>;

fn topic(number: usize) -> String {
    format!("topic/{number}")
}

/// Asks for the first time: from here on the broker's thread looks.
async fn begin(open: &mut Open<'_>) {
    let pending = std::future::poll_fn(|context| Poll::Ready(open.as_mut().poll(context).is_pending()));
    assert!(pending.await, "nothing came yet");
}

/// Opens `count` expectations, makes round trips meanwhile, and meets each. Returns how long opening, one round trip
/// and the rest took.
async fn run(count: usize) -> [Duration; 3] {
    let broker = Broker::builder().deadline(Duration::from_secs(600));
    let broker = broker.start().await.expect("it starts");
    let mut client = Client::connect(broker.addr(), "dev-1");
    let begun = Instant::now();
    let mut open: Vec<Open<'_>> = Vec::new();
    for number in 0..count {
        let topic = topic(number);
        // By topic, by wildcard and client, and one step after the other.
        open.push(match number % 10 {
            0 => Box::pin(
                broker
                    .expect(publish(format!("{topic}/#")).from("dev-1"))
                    .into_future(),
            ),
            1 => Box::pin(
                broker
                    .expect(connect().from("dev-1").then(publish(topic)))
                    .into_future(),
            ),
            _ => Box::pin(broker.expect(publish(topic).times(1)).into_future()),
        });
    }
    for open in &mut open {
        begin(open).await;
    }
    // Behind all of them.
    client.ping(1);
    let opened = begun.elapsed();

    let begun = Instant::now();
    (0..ROUND_TRIPS).for_each(|_| client.ping(1));
    let trip = begun.elapsed() / ROUND_TRIPS;

    let begun = Instant::now();
    for number in 0..count {
        client.send(&packets::publish(&topic(number), 0, false, 0, b""));
    }
    for (number, open) in open.into_iter().enumerate() {
        let found = open.await;
        let last = found.last().expect("something was found");
        assert_eq!(last.topic(), Some(&*topic(number)));
    }
    [opened, trip, begun.elapsed()]
}

#[tokio::test]
async fn each_is_met_by_its_own_message() {
    run(500).await;
}

#[tokio::test]
#[ignore = "a measurement, for an idle machine"]
async fn what_ten_thousand_cost() {
    for count in [1, 100, 1_000, 10_000] {
        let [opened, trip, met] = run(count).await;
        println!("{count:6}: opened in {opened:?}, a round trip takes {trip:?}, all met in {met:?}");
    }
}
