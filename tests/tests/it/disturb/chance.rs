//! Chance is drawn for each seed, rule, client and packet of that client, so that a run can be had again: whatever others do,
//! and whatever answers.

use std::cell::RefCell;

use broker::QoS;
use broker::journal::Side;
use broker::wire::PacketType;
use tests::harness::{Client, message};

use super::ground::Ground;

/// Which messages of "mouth" are lost in a run from this seed in which every other packet is.
fn lost(seed: u64, talk: impl Fn(&Ground)) -> Vec<String> {
    let runs = RefCell::new(Vec::new());
    Ground::each_with(
        |settings| settings.engine.seed = seed,
        |ground| {
            ground.rule(
                r#"
                name = "half"
                when = { packet = "PUBLISH", direction = "in" }
                toxicity = 0.5
                action = "drop"
                "#,
            );
            talk(ground);
            ground.settle();
            let mut sent = ground.packets("mouth", PacketType::Publish);
            assert_eq!(sent.len(), 100);
            sent.retain(|entry| entry.side() == Some(Side::Client));
            assert_eq!(sent.len(), ground.firings("mouth").len());
            let payloads = sent.iter().filter_map(|entry| entry.payload());
            let texts = payloads.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            runs.borrow_mut().push(texts.collect::<Vec<_>>());
        },
    );
    let mut runs = runs.into_inner();
    assert_eq!(runs[0], runs[1], "our engine and a relay");
    runs.remove(0)
}

fn say(client: &mut Client, n: usize) {
    client.start_publish(&message("t", &n.to_string(), QoS::AtMostOnce));
}

fn alone(ground: &Ground) {
    let mut mouth = ground.client("mouth");
    (0..100).for_each(|n| say(&mut mouth, n));
    mouth.ping();
}

#[test]
fn one_seed_gives_the_same_firings_and_another_seed_others() {
    let first = lost(7, alone);
    assert!((20..80).contains(&first.len()), "half of 100: {}", first.len());
    assert_eq!(first, lost(7, alone));
    assert_ne!(first, lost(8, alone));
}

#[test]
fn what_one_client_says_never_changes_the_luck_of_another() {
    let among_others = lost(7, |ground| {
        let (mut other, mut mouth) = (ground.client("other"), ground.client("mouth"));
        for n in 0..100 {
            (0..n % 4).for_each(|n| say(&mut other, n));
            say(&mut mouth, n);
        }
        mouth.ping();
        other.ping();
        assert_ne!(ground.firings("other"), []);
    });
    assert_eq!(among_others, lost(7, alone));
}

#[test]
fn it_goes_on_from_connection_to_connection() {
    let cut = lost(7, |ground| {
        let mut mouth = ground.client("mouth");
        (0..50).for_each(|n| say(&mut mouth, n));
        mouth.disconnect();
        let mut mouth = ground.client("mouth");
        (50..100).for_each(|n| say(&mut mouth, n));
        mouth.ping();
    });
    assert_eq!(cut, lost(7, alone));
}
