//! `docs/CLI.md` is fresh, and its examples do what they say.

use std::path::Path;
use std::process::Command;

use client::Record;
use tests::cli_page::{EXAMPLES, RECORDED, markdown};
use tests::harness::binaries::{program, target_dir, workspace};
use tests::harness::{Embedded, Program};

#[test]
fn the_page_is_fresh() {
    let path = workspace().join("docs/CLI.md");
    let generated = markdown();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, generated).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    assert!(
        kept == generated,
        "docs/CLI.md is stale: `UPDATE_DOCS=1 cargo test -p tests --test it cli_page` writes it anew"
    );
}

#[test]
fn every_example_does_what_it_says() {
    let programs = Path::new(program("publisher").get_program())
        .parent()
        .unwrap()
        .to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([programs].into_iter().chain(std::env::split_paths(&path))).unwrap();
    let folder = target_dir().join(format!("tmp/examples-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for example in EXAMPLES {
        let broker = Embedded::start();
        let mut command = Command::new("bash");
        command
            .args(["--norc", "-c", example.commands])
            .env("PATH", &path)
            .env("MQTT_URL", broker.url())
            .env("XDG_CONFIG_HOME", "/nonexistent")
            .current_dir(&folder);
        let finished = Program::start(&mut command).wait();
        assert_eq!(
            finished.code,
            Some(example.code),
            "{}: {finished:#?}",
            example.commands
        );
        let stdout = finished.stdout.join("\n") + "\n";
        for prints in example.prints {
            assert!(
                stdout.contains(prints),
                "{}: {prints:?} is not in {stdout}",
                example.commands
            );
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_recorded_line_can_be_read() {
    let record = Record::parse(RECORDED).unwrap().unwrap();
    assert_eq!(
        (record.topic.as_str(), &record.payload[..]),
        ("home/hall", &br#"{"on":true}"#[..])
    );
    assert_eq!(
        record.properties.unwrap().content_type.as_deref(),
        Some("application/json")
    );
}
