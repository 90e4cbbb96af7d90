//! Several who take a lesson on one broker, each under a name.

use serde_json::{Value, json};

use super::Desk;

#[test]
fn a_class_is_seen_at_a_glance() {
    let desk = Desk::shared();
    let nobody = desk.sh("broker lesson 1 --check --all");
    assert_eq!(nobody.code, Some(1));
    assert!(nobody.stdout[0].starts_with("Nobody has begun"), "{nobody:#?}");

    let ear = desk.subscribed(1, "subscriber -i ana-ear -t ana/house/kitchen -C 1");
    desk.sh("publisher -i ana-mouth -t ana/house/kitchen -m hello");
    ear.wait();
    // Ben has forgotten his name before the topic, and a stranger is none of the class.
    desk.sh("publisher -i ben-mouth -t house/kitchen -m hello; publisher -t house/kitchen -m hello");

    let class = desk.sh("broker lesson 1 --check --all");
    assert_eq!(class.code, Some(1));
    assert_eq!(
        class.stdout[2..6],
        ["     1  2  3", "ana  ✓  ✓  ✓  done", "ben  ✗  ✗  ✗  0 of 3", ""],
        "{class:#?}"
    );
    let found = desk.sh("broker lesson 1 --check --all --json").stdout.concat();
    let found: Value = serde_json::from_str(&found).expect("JSON");
    assert_eq!(found["done"], json!(false));
    assert_eq!(
        (&found["students"][0]["as"], &found["students"][0]["done"]),
        (&json!("ana"), &json!(true))
    );
    assert_eq!(found["students"][1]["points"][1]["met"], json!(false));

    let ear = desk.subscribed(1, "subscriber -i ben-ear -t ben/house/kitchen -C 1");
    desk.sh("publisher -i ben-mouth -t ben/house/kitchen -m hello");
    ear.wait();
    assert_eq!(desk.sh("broker lesson 1 --check --all").code, Some(0));
}
