//! The image and the unit, as far as that goes without Docker and without systemd: read, laid out, and what they name is there.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tests::harness::binaries::{program, workspace};

const DOCKER: &str = "packaging/docker";

/// The instructions of the Dockerfile, each on one line.
fn instructions() -> Vec<(String, String)> {
    let text = fs::read_to_string(workspace().join(DOCKER).join("Dockerfile")).expect("it is there");
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#') && !line.trim().is_empty())
        .collect();
    let text = lines.join("\n").replace("\\\n", " ");
    let instruction = |line: &str| {
        let (word, rest) = line.split_once(' ').expect("an instruction has something to say");
        let rest: Vec<&str> = rest.split_whitespace().collect();
        (word.to_owned(), rest.join(" "))
    };
    text.lines().map(instruction).collect()
}

/// What these instructions say, in their order.
fn said(word: &str) -> Vec<String> {
    let these = instructions().into_iter().filter(|(found, _)| found == word);
    these.map(|(_, rest)| rest).collect()
}

/// The tree that goes into the image, with the programs of this build.
fn image(test: &str) -> PathBuf {
    let image = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("packaging")
        .join(test);
    let _ = fs::remove_dir_all(&image);
    let programs = PathBuf::from(program("broker").get_program());
    let status = Command::new(workspace().join(DOCKER).join("layout"))
        .arg(programs.parent().expect("it is in a directory"))
        .arg(&image)
        .status();
    assert!(status.expect("there is a shell").success());
    image
}

/// A list of words in the form of JSON.
fn words(text: &str) -> Vec<String> {
    serde_json::from_str(text).expect("a list of words")
}

#[test]
fn the_dockerfile_has_what_a_compose_file_relies_on() {
    const KNOWN: [&str; 12] = [
        "ARG",
        "FROM",
        "RUN",
        "WORKDIR",
        "COPY",
        "USER",
        "ENV",
        "VOLUME",
        "EXPOSE",
        "HEALTHCHECK",
        "CMD",
        "LABEL",
    ];
    let unknown: Vec<_> = instructions()
        .into_iter()
        .filter(|(word, _)| !KNOWN.contains(&word.as_str()))
        .collect();
    assert_eq!(unknown, [] as [(String, String); 0]);
    // The stages: the last is the image, and what is copied comes from one before it.
    let stages = said("FROM");
    assert_eq!(stages.last().map(String::as_str), Some("${BASE}"));
    assert_eq!(said("ARG"), ["BASE=scratch"]);
    let named: BTreeSet<&str> = stages
        .iter()
        .filter_map(|stage| stage.split_once(" AS "))
        .map(|(_, name)| name)
        .collect();
    for copy in said("COPY") {
        let from = copy.split(' ').find_map(|word| word.strip_prefix("--from="));
        assert!(from.is_none_or(|from| named.contains(from)), "{copy}");
    }
    assert_eq!(said("EXPOSE"), ["1883 8883 9001"]);
    // Not root, and by number: an image from nothing knows no names.
    assert_eq!(said("USER"), ["1883:1883"]);
    assert_eq!(words(&said("VOLUME")[0]), ["/mosquitto/data", "/mosquitto/log"]);

    // Everything that it names is there.
    let image = image("named");
    let inside = |path: &str| image.join(path.trim_start_matches('/'));
    let command = words(&said("CMD")[0]);
    assert_eq!(
        command,
        ["/usr/sbin/mosquitto", "-c", "/mosquitto/config/mosquitto.conf"]
    );
    let (_, health) = said("HEALTHCHECK")[0]
        .split_once(" CMD ")
        .map(|(flags, health)| (flags.to_owned(), words(health)))
        .expect("a command");
    assert_eq!(health, ["/usr/bin/broker", "health"]);
    for path in [&command[0], &command[2], &health[0]] {
        assert!(inside(path).is_file(), "{path}");
    }
    for volume in words(&said("VOLUME")[0]) {
        assert!(inside(&volume).is_dir(), "{volume}");
    }
    // Names alone find the programs, too: `command: mosquitto -c …`.
    let path = said("ENV")[0].replace("PATH=", "");
    for name in [
        "mosquitto",
        "broker",
        "mosquitto_passwd",
        "mosquitto_pub",
        "mosquitto_sub",
    ] {
        let found = path
            .split(':')
            .any(|directory| inside(directory).join(name).is_file());
        assert!(found, "{name} in {path}");
    }
}

#[test]
fn the_settings_in_the_image_are_right_and_a_program_of_another_name_reads_them() {
    let image = image("settings");
    for file in ["mosquitto/config/mosquitto.conf", "mosquitto-no-auth.conf"] {
        let checked = program("broker")
            .args(["check", "-c"])
            .arg(image.join(file))
            .output()
            .expect("it runs");
        let err = String::from_utf8_lossy(&checked.stderr).into_owned();
        assert!(
            checked.status.success() && !err.contains("error"),
            "{file}: {err}"
        );
    }
    let version = |name: &str| {
        Command::new(image.join(name))
            .arg("--version")
            .output()
            .expect("it runs")
    };
    assert_eq!(
        version("usr/sbin/mosquitto").stdout,
        version("usr/bin/broker").stdout
    );
    let passwords = image.join("mosquitto/config/passwords");
    let made = Command::new(image.join("usr/bin/mosquitto_passwd"))
        .args(["-c", "-b"])
        .arg(&passwords)
        .args(["alice", "secret"])
        .output()
        .expect("it runs");
    assert!(made.status.success(), "{made:?}");
    assert!(
        fs::read_to_string(&passwords)
            .expect("it is there")
            .starts_with("alice:$")
    );
    for (link, whole) in [("mosquitto_pub", "publisher"), ("mosquitto_sub", "subscriber")] {
        let (link, whole) = (format!("usr/bin/{link}"), format!("usr/bin/{whole}"));
        assert_eq!(version(&link).stdout, version(&whole).stdout);
    }
}

#[test]
fn the_unit_is_one_that_systemd_takes() {
    let text =
        fs::read_to_string(workspace().join("packaging/systemd/citronella.service")).expect("it is there");
    let has = |line: &str| assert!(text.lines().any(|found| found == line), "{line}");
    has("Type=notify");
    has("ExecReload=/bin/kill -HUP $MAINPID");
    has("NoNewPrivileges=yes");
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        eprintln!("not tested whether systemd takes it: there is no systemd-analyze");
        return;
    }
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packaging");
    fs::create_dir_all(&directory).expect("a directory");
    let broker = program("broker").get_program().to_string_lossy().into_owned();
    let unit = directory.join("citronella.service");
    fs::write(&unit, text.replace("/usr/local/bin/broker", &broker)).expect("it is written");
    let verified = Command::new("systemd-analyze")
        .arg("verify")
        .arg(&unit)
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&verified.stderr).into_owned();
    let of_it: Vec<&str> = said.lines().filter(|line| line.contains("citronella")).collect();
    assert_eq!(of_it, [""; 0]);
}

/// The programs of this build, in place of a build of their own.
#[test]
fn a_release_has_everything_in_it_and_is_the_same_each_time() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("packaging")
        .join("release");
    let _ = fs::remove_dir_all(&directory);
    let programs = PathBuf::from(program("broker").get_program());
    let release = |name: &str| {
        let status = Command::new(workspace().join("packaging/release"))
            .arg("--dir")
            .arg(directory.join(name))
            .arg("--programs")
            .arg(programs.parent().expect("it is in a directory"))
            .arg("here")
            // The programs are large without optimisation.
            .env("GZIP_LEVEL", "1")
            .env("SOURCE_DATE_EPOCH", "1700000000")
            .status();
        assert!(status.expect("there is a shell").success());
        fs::read_to_string(directory.join(name).join("SHA256SUMS")).expect("the sums")
    };
    let sums = release("a");
    assert_eq!(sums, release("b"), "the same programs give the same archive");
    let (_, archive) = sums.trim_end().split_once("  ").expect("a sum and a name");
    let in_release = |command: &str| {
        let output = Command::new("sh")
            .args(["-c", command])
            .current_dir(directory.join("a"))
            .output();
        let output = output.expect("there is a shell");
        assert!(output.status.success(), "{command}: {output:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    in_release("sha256sum --check --quiet SHA256SUMS");
    let found = in_release(&format!("tar -tzf {archive}"));
    let name = archive.strip_suffix(".tar.gz").expect("an archive");
    for file in [
        "broker",
        "publisher",
        "subscriber",
        "man/broker.1",
        "man/subscriber.1",
        "completions/broker.bash",
        "completions/_publisher",
        "completions/subscriber.fish",
        "LICENSE-MIT",
        "README.md",
    ] {
        assert!(
            found.lines().any(|line| line == format!("{name}/{file}")),
            "{file} in {found}"
        );
    }
    let version = in_release(&format!("tar -xzf {archive} && {name}/broker --version"));
    assert_eq!(
        version.trim(),
        format!("citronella {}", env!("CARGO_PKG_VERSION"))
    );
}
