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

#[test]
fn what_would_shut_out_the_class_is_not_taken_in_it() {
    let desk = Desk::shared();
    for (number, what) in [
        (8, "stops the clock"),
        (10, "stops the clock"),
        (12, "without a user name"),
    ] {
        let refused = desk.sh(&format!("broker lesson {number} --as ben"));
        assert_eq!(refused.code, Some(2), "{refused:#?}");
        let words = refused.stderr.concat();
        assert!(
            words.contains(what) && words.contains("a broker of your own"),
            "{words}"
        );
    }
    let ear = desk.subscribed(1, "subscriber -i ana-ear -t ana/house/kitchen -C 1");
    desk.sh("publisher -i ana-mouth -t ana/house/kitchen -m hello");
    assert_eq!(ear.wait().code, Some(0), "nobody is shut out");
}

#[test]
fn a_class_is_reset_by_nobody_who_forgets_the_name() {
    let desk = Desk::shared();
    let ear = desk.subscribed(1, "subscriber -i ana-ear -t ana/house/kitchen -C 1");
    let refused = desk.sh("broker lesson 1");
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    let words = refused.stderr.concat();
    for part in ["ana-ear", "in a class, say --as NAME", "--reset"] {
        assert!(words.contains(part), "{words}");
    }
    desk.sh("publisher -i ana-mouth -t ana/house/kitchen -m hello");
    ear.wait();
    assert_eq!(
        desk.sh("broker lesson 1 --check --as ana").code,
        Some(0),
        "nothing is lost"
    );
    // Nobody is connected any more, and the class is still one.
    assert_eq!(desk.sh("broker lesson 1").code, Some(2));

    let mut lesson = desk.run("broker".as_ref(), &["lesson", "1", "--reset"]);
    lesson.until("the lesson", |line| line.starts_with("Exercise: "));
    assert_eq!(desk.sh("broker lesson 1 --check --as ana").code, Some(1));
}

#[test]
fn somebody_who_has_not_begun_sees_nothing_of_the_others() {
    let desk = Desk::shared();
    desk.sh("publisher -i ana-mouth -t ana/house/kitchen -m hello");
    let check = desk.sh("broker lesson 1 --check --as carl");
    assert_eq!(check.code, Some(1));
    let words = check.stdout.join("\n");
    assert!(!words.contains("ana"), "{words}");
    assert!(words.contains("hint: "), "{words}");
    let check = desk.sh("broker lesson 10 --check --as carl").stdout.join("\n");
    assert!(!check.contains('✓') && check.contains("(not begun)"), "{check}");
}
