use super::*;
use crate::access::{Acl, Action, Subject};

fn mistakes(text: &str) -> Vec<(usize, String)> {
    parse(text, "acl.conf").expect_err("it has mistakes")
}

#[track_caller]
fn mistake(text: &str, line: usize, words: &[&str]) {
    let found = mistakes(text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, line, "{found:?}");
    for word in words {
        assert!(found[0].1.contains(word), "{word:?} in {found:?}");
    }
}

fn acl(text: &str) -> Acl {
    let mut acl = Acl::builder();
    acl.file(&parse(text, "acl.conf").expect("it is right"));
    acl.build()
}

#[test]
fn what_mosquitto_takes_is_taken() {
    let text = "\u{FEFF}# a comment\r\n\r\ntopic read news/#\r\n  topic\twrite in\r\nuser bob smith\r\ntopic readwrite  a b/#\ntopic x\n\
                topic deny x/y\npattern write s/%c\n# pattern write t\npattern all/#";
    let file = parse(text, "acl.conf").expect("it is right");
    assert_eq!(file.len(), 7);
    assert_eq!(file.users(), ["bob smith"]);
    assert!(file.hints.is_empty());
    let acl = acl(text);
    let bob = Subject {
        client_id: "b",
        user: Some("bob smith"),
    };
    let nobody = Subject {
        client_id: "n",
        user: None,
    };
    let said = |action, who, topic| {
        let ruling = acl.ruling(action, who, topic);
        (ruling.allowed, ruling.why().to_owned())
    };
    let yes = |words: &str| (true, words.to_owned());
    let no = |words: &str| (false, words.to_owned());
    assert_eq!(
        said(Action::Receive, nobody, "news/1"),
        yes("acl.conf:3: topic read news/#")
    );
    assert_eq!(
        said(Action::Receive, bob, "news/1"),
        no("no line of acl.conf allows it")
    );
    assert_eq!(
        said(Action::Publish, bob, "a b/c"),
        yes("acl.conf:6: topic readwrite  a b/#")
    );
    assert_eq!(said(Action::Publish, bob, "x"), yes("acl.conf:7: topic x"));
    assert_eq!(
        said(Action::Receive, bob, "x/y"),
        no("acl.conf:8: topic deny x/y")
    );
    assert_eq!(
        said(Action::Publish, bob, "s/b"),
        yes("acl.conf:9: pattern write s/%c")
    );
    assert_eq!(
        said(Action::Publish, bob, "s/n"),
        no("no line of acl.conf allows it")
    );
    assert_eq!(
        said(Action::Publish, nobody, "all/1"),
        yes("acl.conf:11: pattern all/#")
    );
}

#[test]
fn each_mistake_has_its_line_and_what_would_be_right() {
    mistake("\n\ntopci read a", 3, &["\"topci\"", "did you mean topic?"]);
    mistake("users alice", 1, &["did you mean user?"]);
    mistake("allow everything", 1, &["\"allow\"", "user, topic, pattern"]);
    mistake(
        "topic",
        1,
        &[
            "without a topic filter",
            "topic [read|write|readwrite|deny] FILTER",
        ],
    );
    mistake("user alice\npattern ", 2, &["`pattern` without a topic filter"]);
    mistake("topic raed a/b", 1, &["\"raed\"", "did you mean read?"]);
    mistake("topic my lamp/state", 1, &["`topic readwrite my lamp/state`"]);
    mistake(
        "topic read a/#/b",
        1,
        &["\"a/#/b\"", "'#' is not the last level", "MQTT5-4.7.1-1"],
    );
    mistake("topic read a/b+", 1, &["'+' shares its level"]);
    mistake(
        "topic read a/# # all of a",
        1,
        &["a comment needs a line of its own"],
    );
    mistake("user", 1, &["`user` without a name"]);
    mistake("user   \r\n", 1, &["`user` without a name"]);
    mistake(
        &format!("topic read {}x", "a/".repeat(200)),
        1,
        &["more than 200 levels"],
    );
    let two = mistakes("topic read #a\ntopic read ok\nuser\n");
    assert_eq!(two.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn files_in_other_encodings_are_named() {
    let wide: Vec<u8> = "topic a\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [[&[0xFF, 0xFE][..], &wide].concat(), wide] {
        let found = parse(&bytes, "acl.conf").expect_err("UTF-16");
        assert!(found[0].1.contains("UTF-16") && found[0].0 == 1, "{found:?}");
    }
    let found = parse(b"topic ok\ntopic caf\xE9\n", "acl.conf").expect_err("Latin-1");
    assert!(found[0].0 == 2 && found[0].1.contains("UTF-8"), "{found:?}");
}

#[test]
fn a_topic_line_with_percent_names_is_pointed_out() {
    let file = parse("topic read home/%u/#\npattern read home/%u/#", "acl.conf").expect("it is right");
    assert_eq!(file.hints.len(), 1);
    assert_eq!(file.hints[0].0, 1);
}

#[test]
fn an_empty_file_allows_nothing() {
    let acl = acl("");
    let who = Subject {
        client_id: "n",
        user: None,
    };
    assert!(!acl.is_open());
    assert!(!acl.ruling(Action::Publish, who, "a").allowed);
    assert!(!acl.ruling(Action::Subscribe, who, "#").allowed);
    assert!(acl.ruling(Action::Unsubscribe, who, "#").allowed);
}
