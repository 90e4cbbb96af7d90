//! The two programs of the tutorial "MQTT with Python", unchanged, on port 1883: for the Eclipse Paho of its time, 1.3.1,
//! and for that of today. They are in `tests/data/paho/`.

use std::path::{Path, PathBuf};
use std::process::Command;

use tests::harness::binaries::workspace;
use tests::harness::peers::{Missing, or_skip, paho_1, paho_2};
use tests::harness::{Finished, Program, Served, default_port};

/// Python with Paho, and the programs written for it.
struct Programs {
    python: PathBuf,
    folder: PathBuf,
}

impl Programs {
    fn find(python: Result<PathBuf, Missing>, folder: &str) -> Option<Self> {
        let python = or_skip(python)?;
        Some(Self {
            python,
            folder: workspace().join("tests/data/paho").join(folder),
        })
    }

    fn start(&self, name: &str) -> Program {
        let program: &Path = &self.folder.join(name);
        assert!(program.is_file(), "{} is not there", program.display());
        // As on a terminal: each line when it is printed.
        Program::start(Command::new(&self.python).arg("-u").arg(program))
    }
}

/// Runs the receiver until it has printed two messages, sent by two runs of the sender.
fn tutorial(python: Result<PathBuf, Missing>, folder: &str, receiver: &str, sender: &str) {
    let Some(programs) = Programs::find(python, folder) else {
        return;
    };
    let port = default_port();
    let mut broker = Served::start_exactly(&[]);
    let mut receiver = programs.start(receiver);
    assert_eq!(receiver.line(), "Connected with result code 0");
    assert_eq!(receiver.line(), "Subscribed to test/topic");
    broker.until_subscribed("test/topic");
    for _ in 0..2 {
        assert!(programs.start(sender).succeed().is_empty());
        assert_eq!(receiver.line(), "------------------");
        assert_eq!(receiver.line(), "topic test/topic | payload bar | qos 0");
    }
    receiver.kill();
    let stopped = broker.stop("TERM");
    assert_eq!(stopped["stats"]["violations"], 0, "{stopped}");
    drop(port);
}

/// Runs the receiver that ends by itself after one message.
fn in_background(python: Result<PathBuf, Missing>, folder: &str, receiver: &str, sender: &str) {
    let Some(programs) = Programs::find(python, folder) else {
        return;
    };
    let port = default_port();
    let mut broker = Served::start_exactly(&[]);
    let receiver = programs.start(receiver);
    broker.until_subscribed("test/topic");
    programs.start(sender).succeed();
    let Finished { code, stdout, .. } = receiver.wait();
    let printed = [
        "Connected with result code 0",
        "topic test/topic | payload bar | qos 0",
        "Received",
    ];
    assert_eq!((code, stdout), (Some(0), printed.map(str::to_owned).to_vec()));
    // It said goodbye.
    broker.until("disconnected", |event| {
        event["client_id"] == "foo1" && event["cause"] == "client_disconnect"
    });
    broker.stop("INT");
    drop(port);
}

#[test]
fn paho_1_3_1() {
    tutorial(paho_1(), "1.3.1", "foo1.py", "foo2.py");
}

#[test]
fn paho_1_3_1_in_the_background() {
    in_background(paho_1(), "1.3.1", "foo1_background.py", "foo2.py");
}

#[test]
fn paho_2_with_the_callbacks_of_version_1() {
    tutorial(paho_2(), "2", "foo1_version1.py", "foo2_version1.py");
}

#[test]
fn paho_2_with_the_callbacks_of_version_2() {
    tutorial(paho_2(), "2", "foo1_version2.py", "foo2_version2.py");
}

#[test]
fn paho_2_in_the_background_over_mqtt_5() {
    in_background(paho_2(), "2", "foo1_background.py", "foo2_version2.py");
}

#[test]
fn both_pahos_talk_to_each_other() {
    let Some(old) = Programs::find(paho_1(), "1.3.1") else {
        return;
    };
    let Some(new) = Programs::find(paho_2(), "2") else {
        return;
    };
    let port = default_port();
    let mut broker = Served::start_exactly(&[]);
    for (to, receiver, from, sender) in [
        (&old, "foo1.py", &new, "foo2_version2.py"),
        (&new, "foo1_version2.py", &old, "foo2.py"),
    ] {
        let mut receiver = to.start(receiver);
        broker.until_subscribed("test/topic");
        from.start(sender).succeed();
        receiver.until("the message", |line| {
            line == "topic test/topic | payload bar | qos 0"
        });
        broker.forget();
    }
    drop(broker);
    drop(port);
}
