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

#[test]
fn one_of_a_class_begins_anew_after_a_wrong_try() {
    let desk = Desk::shared();
    let panel = |filter: &str| {
        let panel = format!("subscriber -i ana-panel -t '{filter}' -v -C 3");
        let panel = desk.subscribed(1, &panel);
        desk.sh("publisher -i ana-sensor -t ana/house/hall/light -m on
             publisher -i ana-sensor -t ana/house/kitchen/temp -m 21
             publisher -i ana-sensor -t ana/house/hall/temp -m 19
             publisher -i ana-sensor -t ana/house/attic/temp -m 17");
        panel.wait();
    };
    let lesson = desk.begin(2, "ana");
    panel("ana/house/#");
    let wrong = desk.sh("broker lesson 2 --check --as ana");
    assert_eq!(wrong.code, Some(1), "{wrong:#?}");
    let words = wrong.stdout.join("\n");
    assert!(words.contains("`broker lesson 2 --as ana` anew"), "{words}");
    drop(lesson);

    let _lesson = desk.begin(2, "ana");
    panel("ana/house/+/temp");
    let right = desk.sh("broker lesson 2 --check --as ana");
    assert_eq!(right.code, Some(0), "{right:#?}");
    assert_eq!(desk.sh("broker lesson 2 --check --all").code, Some(0));
}

#[test]
fn a_flood_leaves_the_names_of_a_class_and_is_told() {
    let desk = Desk::shared_with(&["--set", "journal.entries=1000"]);
    let _lesson = desk.begin(1, "ana");
    let all = desk.sh("broker lesson 1 --check --all");
    assert_eq!(
        all.stdout.get(3).map(|line| &**line),
        Some("ana  ✗  ✗  ✗  0 of 3"),
        "{all:#?}"
    );
    let ear = desk.subscribed(1, "subscriber -i ana-ear -t ana/house/kitchen -C 1");
    desk.sh("publisher -i ana-mouth -t ana/house/kitchen -m hello");
    ear.wait();
    desk.sh("publisher -i greedy -t flood -m x -q 1 --repeat 2000");
    let all = desk.sh("broker lesson 1 --check --all");
    assert_eq!(all.code, Some(1), "{all:#?}");
    assert_eq!(
        all.stdout.get(3).map(|line| &**line),
        Some("ana  ?  ?  ?  0 of 3"),
        "{all:#?}"
    );
    for check in ["--all", "--as ana"] {
        let words = desk
            .sh(&format!("broker lesson 1 --check {check}"))
            .stdout
            .join("\n");
        assert!(words.contains("The journal has forgotten "), "{words}");
        assert!(words.contains("--set journal.entries="), "{words}");
    }
    // The class is still one.
    assert_eq!(desk.sh("broker lesson 1").code, Some(2));
}

#[test]
fn a_reset_is_told_to_those_whose_rules_it_removes() {
    let desk = Desk::shared();
    let mut lesson = desk.begin(3, "ana");
    desk.sh("broker ctl reset");
    let told = lesson.until("that it was reset", |line| line.contains("The broker was reset"));
    assert!(told.ends_with("broker lesson 3 --as ana"), "{told}");
}
