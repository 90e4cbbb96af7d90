//! Recordings with real clients: a run of one library is played to others. And the commands of docs/RECORDINGS.md, which are run.

use std::path::{Path, PathBuf};
use std::process::Command;

use broker::expect::publish;
use broker::recording::{Recording, Speed};
use broker::{Broker, Injected, QoS};
use tests::harness::binaries::{program, target_dir, workspace};
use tests::harness::source::read;
use tests::harness::steered::{Peer, Steered, Wish};
use tests::harness::{Program, default_port};

/// A folder for one test, gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = target_dir().join(format!("tmp/recordings-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("target/ can be written");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn wish(client_id: &'static str) -> Wish {
    Wish {
        client_id,
        clean_start: true,
        ..Wish::default()
    }
}

/// What the program under test does: it subscribes, reads the state, gives a command, and reads what becomes of it.
fn run(client: &mut Steered, and_then: impl FnOnce()) {
    // The retained message may come before SUBACK is told.
    client.ask_for("home/#", 1);
    let state = client.message();
    assert_eq!(
        (&state["topic"], &state["payload"]),
        (&"home/state".into(), &"on".into()),
        "{state}"
    );
    client.publish("cmd/lamp", "off", None);
    and_then();
    let state = client.message();
    assert_eq!(
        (&state["topic"], &state["payload"]),
        (&"home/state".into(), &"off".into()),
        "{state}"
    );
}

/// Records a run of this library; `None` where it is not installed.
fn recorded(peer: Peer, file: &Path) -> Option<()> {
    let broker = Broker::start().wait().expect("it starts");
    let state = |text: &str| {
        broker.publish(
            Injected::text("home/state", text)
                .qos(QoS::AtLeastOnce)
                .retained(),
        )
    };
    state("on").wait().expect("it is published");
    let recorder = broker.record(file).wait().expect("it begins");
    let (mut client, _) = Steered::start(peer, broker.addr(), &wish("app"))?;
    run(&mut client, || drop(state("off").wait()));
    broker.wait_acked("app").wait().expect("it acknowledges");
    client.disconnect();
    broker.wait_disconnected("app").wait().expect("it leaves");
    assert_eq!(recorder.stop().wait().expect("it is written").missed, 0);
    Some(())
}

#[test]
fn a_run_of_paho_is_played_to_other_libraries_by_the_brokers_side() {
    let folder = Folder::new("libraries");
    let file = folder.0.join("paho.jsonl");
    if recorded(Peer::Paho, &file).is_none() {
        return;
    }
    for peer in [Peer::MqttJs, Peer::Rumqttc, Peer::Paho1] {
        // Each as if it were the recorded client, which had been paho.
        let broker = Broker::builder()
            .upstream(&format!("recording:{}", file.display()))
            .configure(|settings| "max".clone_into(&mut settings.upstream.speed))
            .start()
            .wait()
            .expect("it starts");
        let Some((mut client, _)) = Steered::start(peer, broker.addr(), &wish("app")) else {
            continue;
        };
        run(&mut client, || ());
        client.disconnect();
        broker.wait_disconnected("app").wait().expect("it leaves");
        let seen = broker.journal().all().wait().expect("it is kept");
        let told: Vec<String> = seen
            .entries
            .iter()
            .map(broker::journal::Entry::words)
            .filter(|words| words.contains("not recorded"))
            .collect();
        assert_eq!(told, [""; 0], "{}", peer.name());
    }
}

#[test]
fn a_run_of_paho_is_played_as_publishers_to_a_subscriber_of_another_library() {
    let folder = Folder::new("publishers");
    let file = folder.0.join("paho.jsonl");
    if recorded(Peer::Paho, &file).is_none() {
        return;
    }
    let broker = Broker::start().wait().expect("it starts");
    let Some((mut lamp, _)) = Steered::start(Peer::Rumqttc, broker.addr(), &wish("lamp")) else {
        return;
    };
    lamp.subscribe("test/#", 1);
    let play = Recording::open(&file)
        .expect("it is there")
        .play()
        .speed(Speed::Max);
    let play = play.rewrite("cmd/# => test/#".parse().expect("it is a rule"));
    let played = play.to(&broker.url()).wait().expect("it is played");
    assert_eq!(
        (played.messages, played.acknowledged, played.left_out),
        (1, 1, 0),
        "{:?}",
        played.notes
    );
    assert_eq!(lamp.message()["payload"], "off");
    broker
        .expect(publish("test/lamp").from("app").qos(1).field("version", "5.0"))
        .wait();
}

/// The blocks of commands of the page, in order.
fn blocks() -> Vec<String> {
    let page = read(&workspace().join("docs/RECORDINGS.md"));
    let blocks = page.split("```sh\n").skip(1);
    blocks
        .map(|block| block.split("```").next().expect("up to its end").to_owned())
        .collect()
}

#[test]
fn the_commands_of_the_page_do_what_it_says() {
    let blocks = blocks();
    assert!(blocks.len() >= 5, "{blocks:?}");
    let port = default_port();
    let folder = Folder::new("page");
    let programs = Path::new(program("broker").get_program())
        .parent()
        .expect("a program lies in a folder")
        .to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([programs].into_iter().chain(std::env::split_paths(&path)))
        .expect("they are paths");
    let mut printed = Vec::new();
    for block in blocks {
        let mut command = Command::new("bash");
        command
            .args(["--norc", "-c", &format!("set -e\n{block}")])
            .env("PATH", &path)
            .env_remove("MQTT_URL")
            .env("XDG_CONFIG_HOME", "/nonexistent")
            .current_dir(&folder.0);
        let finished = Program::start(&mut command).wait();
        assert_eq!(finished.code, Some(0), "{block}\n{finished:#?}");
        // What a comment says that a command prints is printed.
        for line in block.lines().filter_map(|line| line.split_once("# prints: ")) {
            let all = finished.stdout.join("\n");
            assert!(all.contains(line.1.trim()), "{}\n{finished:#?}", line.1);
        }
        printed.extend(finished.stdout);
    }
    assert!(printed.iter().any(|line| line == "[[stub]]"), "{printed:?}");
    drop(port);
}
