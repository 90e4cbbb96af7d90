//! Rules are found by what they can mean: all that do mean a packet, in their order, and few others.

use serde_json::{Value as Json, json};

use super::super::in_force::{InForce, Place};
use super::super::{Faults, Rule, active::Active};
use super::{Bench, client};
use crate::chance::Rng;
use crate::journal::Direction;
use crate::time::Time;
use crate::wire::{PacketType, Version};

const CLIENTS: [&str; 4] = ["", "lamp", "door", "fan"];

/// Some rule, on packets or on bytes.
fn some_rule(nth: u64, rng: &mut Rng) -> Rule {
    let whose = [
        Json::Null,
        json!("lamp"),
        json!("door"),
        json!({"matches": "^l"}),
        json!(""),
    ];
    let packets = [
        json!("PUBLISH"),
        json!("PUBREL"),
        json!("CONNECT"),
        json!(["PUBACK", "PUBREC"]),
        Json::Null,
    ];
    let mut pick = |all: &[Json]| all[rng.below(all.len() as u64) as usize].clone();
    let mut rule = json!({"name": format!("rule {nth}"), "priority": nth * 7 % 3});
    let client = pick(&whose);
    if !client.is_null() {
        rule["client"] = client;
    }
    if pick(&[json!(true), json!(false), json!(false)]) == true {
        rule["type"] = "stall".into();
        return Rule::from_json(&rule).expect("it can work");
    }
    rule["action"] = "drop".into();
    let packet = pick(&packets);
    rule["when"] = match packet {
        Json::Null => json!({"record": "packet"}),
        packet => json!({"packet": packet}),
    };
    let direction = pick(&[Json::Null, json!("in"), json!("out")]);
    if !direction.is_null() && rule["when"]["packet"] != "CONNECT" {
        rule["when"]["direction"] = direction;
    }
    let client = pick(&[Json::Null, json!("lamp"), json!("fan")]);
    if !client.is_null() {
        rule["when"]["client_id"] = client;
    }
    Rule::from_json(&rule).unwrap_or_else(|error| panic!("{rule}: {error}"))
}

#[test]
fn those_that_mean_a_packet_are_found_in_their_order() {
    let mut rng = Rng::new(3);
    let mut rules = InForce::default();
    for nth in 0..300 {
        let rule = some_rule(nth, &mut rng);
        rules.add(Active::new(Time::ZERO, rule.clone(), rule.name().into()));
        if rng.below(3) == 0 {
            rules.remove(&format!("rule {}", rng.below(nth + 1)));
        }
    }
    for name in CLIENTS {
        let who = client(name, Version::V5);
        for direction in [Direction::In, Direction::Out] {
            for bits in 0_u8..16 {
                let packet = PacketType::from_first_byte(bits << 4);
                let means = |active: &Active| active.may_mean(&who, name, direction, packet);
                let all: Vec<_> = rules
                    .iter()
                    .filter(|active| means(active))
                    .map(|active| active.name.clone())
                    .collect();
                let mut found = Vec::new();
                let mut places: Vec<Place> = Vec::new();
                rules.on_packet(name, direction, packet, |place, active| {
                    places.push(place);
                    found.extend(means(active).then(|| active.name.clone()));
                });
                assert_eq!(found, all, "{name:?} {direction:?} {packet:?}");
                assert!(places.is_sorted());
            }
        }
        let concerns: Vec<_> = rules.iter().filter(|active| active.may_concern(&who)).collect();
        let mut found: Vec<_> = rules.of(name).filter(|active| active.may_concern(&who)).collect();
        found.sort_by_key(|active| (active.rule.priority, std::cmp::Reverse(number(active))));
        let names = |all: &[&Active]| {
            all.iter()
                .map(|active| active.name.to_string())
                .collect::<Vec<_>>()
        };
        if !name.is_empty() {
            assert_eq!(names(&found), names(&concerns), "{name:?}");
        }
    }
}

fn number(active: &Active) -> u64 {
    active.name["rule ".len()..].parse().expect("its number")
}

#[test]
fn a_packet_is_not_held_against_rules_on_others() {
    let mut rules = InForce::default();
    let of = |when: Json, nth: u64| {
        let rule = json!({"name": format!("rule {nth}"), "when": when, "action": "drop"});
        let rule = Rule::from_json(&rule).expect("it can work");
        let name = rule.name().into();
        Active::new(Time::ZERO, rule, name)
    };
    for nth in 0..1_000 {
        rules.add(of(json!({"packet": "PUBREL"}), nth));
        let own = json!({"packet": "PUBLISH", "client_id": format!("client {nth}")});
        rules.add(of(own, 1_000 + nth));
    }
    let mut asked = |client: &str, direction, packet| {
        let mut asked = 0;
        rules.on_packet(client, direction, Some(packet), |_, _| asked += 1);
        asked
    };
    assert_eq!(asked("lamp", Direction::In, PacketType::Publish), 0);
    assert_eq!(asked("client 7", Direction::In, PacketType::Publish), 1);
    assert_eq!(asked("client 7", Direction::In, PacketType::PubRel), 1_000);
}

#[test]
fn windows_open_and_close_in_turn_also_where_a_rule_went() {
    let mut bench = Bench::of(json!([
        {"name": "early", "when": {"packet": "PINGREQ"}, "action": "drop", "from_secs": 1, "to_secs": 2},
        {"name": "late", "when": {"packet": "PINGREQ"}, "action": "drop", "from_secs": 3},
        {"name": "never", "when": {"packet": "PINGREQ"}, "action": "drop", "from_secs": 0.5},
    ]));
    bench.faults.remove("never");
    let lamp = client("lamp", Version::V5);
    let mut turns = Vec::new();
    while let Some(due) = bench.faults.next_timeout() {
        let generation = bench.faults.generation();
        bench.now = due;
        bench.faults.tick(due);
        assert!(bench.faults.generation() > generation);
        turns.push((
            due.as_nanos() / 1_000_000_000,
            bench.sent(&lamp, &[0xC0, 0]).unwrap_or_default(),
        ));
    }
    let told: Vec<(u64, &str)> = turns.iter().map(|(at, name)| (*at, &**name)).collect();
    assert_eq!(told, [(1, "early"), (2, ""), (3, "late")]);
}

#[test]
fn rules_called_by_the_same_words_get_the_first_number_that_is_free() {
    let mut faults = Faults::new(1);
    let rule = || Rule::on(crate::pattern::pubrel()).drop_it();
    let add = |faults: &mut Faults| faults.add(Time::ZERO, rule()).expect("it can work").to_string();
    let names: Vec<String> = (0..4).map(|_| add(&mut faults)).collect();
    let words = rule().name();
    assert_eq!(
        names,
        [
            words.clone(),
            format!("{words} (2)"),
            format!("{words} (3)"),
            format!("{words} (4)")
        ]
    );
    faults.remove(&names[1]);
    assert_eq!(add(&mut faults), names[1]);
    assert_eq!(add(&mut faults), format!("{words} (5)"));
}
