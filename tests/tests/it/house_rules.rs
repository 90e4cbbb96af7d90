//! The house rules, held against the sources: which room knows which, what stays above the sans-IO line, how long a file
//! is, what lies at the top.

mod rooms;
mod words;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use tests::harness::binaries::workspace;
use tests::harness::source::{code_of, name_of, paths, read, rust_files};

use rooms::{CORE_ROOMS, ROOMS};

/// No room of the core touches these. The rooms are pure machines: bytes and times go in, bytes and events come out.
const IO: &[&str] = &[
    "tokio",
    "mio",
    "socket2",
    "rumqttc",
    "std::net",
    "std::fs",
    "std::thread",
    "std::process",
    "std::env",
    "std::io::Read",
    "std::io::Write",
    "std::io::stdout",
    "std::io::stderr",
    "std::time::Instant",
    "std::time::SystemTime",
];

/// Sources longer than [`LONGEST`], each with why it is not in parts.
const LONG_FILES: &[(&str, &str)] = &[
    (
        "broker/core/tests/it/engine_sys.rs",
        "a list of tests, topic by topic",
    ),
    ("broker/core/src/journal/event.rs", "a table, event by event"),
    (
        "client/src/codec.rs",
        "two codecs of rumqttc behind one face, packet by packet",
    ),
    (
        "client/src/connection.rs",
        "one loop, all of whose state its parts share",
    ),
    ("publisher/tests/it/same_as_mosquitto.rs", "a list of flags"),
    ("publisher/tests/it/transports.rs", "a list of flags"),
    (
        "client/src/output/format.rs",
        "the format language of mosquitto_sub, letter by letter",
    ),
    ("subscriber/tests/it/same_as_mosquitto.rs", "a list of flags"),
];

/// The most lines that such a file may have.
const LONGEST_EXCEPTION: usize = 600;

/// The most lines that a source file may have. Best are 100 to 350.
const LONGEST: usize = 400;

/// Where the core lies.
const CORE: &str = "broker/core/src/";

/// Where the shell around it lies.
const SHELL: &str = "broker/src/";

/// The files of a room in this folder, without its tests.
fn files_of(folder: &str, room: &str) -> Vec<PathBuf> {
    let inside = |name: &str| {
        let name = name.trim_start_matches(folder);
        name.split(['/', '.']).next() == Some(room)
    };
    let is_test = |name: &str| name.contains("/tests/") || name.ends_with("/tests.rs");
    rust_files(folder)
        .into_iter()
        .filter(|path| inside(&name_of(path)) && !is_test(&name_of(path)))
        .collect()
}

/// Where `pub use room::{Name}` in `lib.rs` has each name from.
fn re_exports() -> BTreeMap<String, &'static str> {
    let lib = code_of(&read(&workspace().join("broker/src/lib.rs")));
    let mut names = BTreeMap::new();
    for (room, _) in ROOMS {
        let uses = lib
            .lines()
            .filter(|line| line.starts_with(&format!("pub use {room}::")));
        for path in uses.flat_map(|line| paths(line, room)) {
            let name = path.rsplit("::").next().expect("a path has a last part");
            names.insert(name.to_owned(), *room);
        }
    }
    names
}

#[test]
fn every_room_knows_only_the_rooms_it_may() {
    let re_exports = re_exports();
    let mut broken = Vec::new();
    let core = CORE_ROOMS.iter().map(|room| (CORE, room));
    let shell = ROOMS.iter().map(|room| (SHELL, room));
    for (folder, (room, allowed)) in core.chain(shell) {
        let files = files_of(folder, room);
        assert!(!files.is_empty(), "there is no room {room}: change the map");
        for file in files {
            for path in paths(&code_of(&read(&file)), "crate") {
                let first = path.split("::").nth(1).expect("something follows crate");
                let target = re_exports.get(first).copied().unwrap_or(first);
                // Macros are the crate's own wherever they stand.
                if target != *room && !allowed.contains(&target) {
                    broken.push(format!(
                        "{}: {path}, but {room} may know only {allowed:?}",
                        name_of(&file)
                    ));
                }
            }
        }
    }
    assert_eq!(broken, [""; 0]);
}

#[test]
fn every_file_of_the_broker_is_in_a_room() {
    let known = |name: &str| {
        name.ends_with("/lib.rs")
            || name.ends_with("/main.rs")
            || [(CORE, CORE_ROOMS), (SHELL, ROOMS)]
                .iter()
                .flat_map(|(folder, rooms)| rooms.iter().map(move |(room, _)| format!("{folder}{room}")))
                .any(|room| name.starts_with(&format!("{room}/")) || name == format!("{room}.rs"))
    };
    let homeless: Vec<_> = [CORE, SHELL]
        .iter()
        .flat_map(|folder| rust_files(folder))
        .map(|file| name_of(&file))
        .filter(|name| !known(name))
        .collect();
    assert_eq!(
        homeless, [""; 0],
        "add the room to the map, and to the table in its lib.rs"
    );
}

/// The paths in this code that lie in one of these.
fn touched(code: &str, io: &[&str]) -> Vec<String> {
    io.iter()
        .flat_map(|io| {
            let root = io.split("::").next().expect("a path has a first part");
            paths(code, root)
                .into_iter()
                .filter(move |path| path == io || path.starts_with(&format!("{io}::")))
        })
        .collect()
}

#[test]
fn below_the_line_nothing_reads_a_clock_or_touches_the_world() {
    let mut broken = Vec::new();
    for (room, _) in CORE_ROOMS {
        for file in files_of(CORE, room) {
            let code = code_of(&read(&file));
            let touched = touched(&code, IO).into_iter();
            broken.extend(touched.map(|path| format!("{}: {path}", name_of(&file))));
        }
    }
    assert_eq!(broken, [""; 0]);
}

#[test]
fn only_the_loader_of_the_settings_touches_the_world() {
    const IO: &[&str] = &["std::env", "std::fs", "std::io", "std::process", "config", "toml"];
    let mut broken = Vec::new();
    for file in rust_files("config/src") {
        let (name, code) = (name_of(&file), code_of(&read(&file)));
        // A mosquitto.conf is read by the loader, which asks one file of its reader about the world.
        if name.starts_with("config/src/loader/") || name == "config/src/mosquitto/world.rs" {
            continue;
        }
        broken.extend(
            touched(&code, IO)
                .into_iter()
                .map(|path| format!("{name}: {path}")),
        );
    }
    assert_eq!(broken, [""; 0]);
}

#[test]
fn the_clock_alone_reads_the_systems_clock() {
    let mut broken = Vec::new();
    for file in rust_files(CORE).into_iter().chain(rust_files(SHELL)) {
        let (name, code) = (name_of(&file), code_of(&read(&file)));
        if name == "broker/src/clock.rs" {
            continue;
        }
        // The front waits with tokio's timers. They tell no other room the time.
        let timers = name.starts_with("broker/src/front/") && code.contains("tokio::time::Instant");
        for reads in ["Instant::now", "SystemTime"] {
            if code.contains(reads) && !(timers && reads == "Instant::now") {
                broken.push(format!("{name}: {reads}"));
            }
        }
    }
    assert_eq!(broken, [""; 0]);
}

#[test]
fn the_broker_has_no_client_in_it_and_the_clients_no_broker() {
    let manifest = |package: &str| read(&workspace().join(package).join("Cargo.toml"));
    let depends = |package: &str, on: &str| {
        let text = manifest(package);
        let after = text.split("[dependencies]").nth(1).expect("it has some");
        let section = after.split("\n[").next().expect("up to the next section");
        section
            .lines()
            .any(|line| line.split(['.', ' ', '=']).next() == Some(on))
    };
    assert!(
        depends("broker", "settings") && depends("publisher", "client"),
        "this test reads them wrong"
    );
    for client in ["rumqttc", "client", "publisher", "subscriber"] {
        assert!(!depends("broker", client), "broker depends on {client}");
    }
    for runtime in ["tokio", "mio", "socket2", "broker"] {
        assert!(
            !depends("broker/core", runtime),
            "broker/core depends on {runtime}"
        );
    }
    for other in ["tokio", "mio", "broker", "broker-core", "settings"] {
        assert!(!depends("broker/store", other), "broker/store depends on {other}");
    }
    for package in ["client", "publisher", "subscriber", "config"] {
        assert!(!depends(package, "broker"), "{package} depends on broker");
    }
    for package in ["broker", "client", "publisher", "subscriber"] {
        assert!(!depends("config", package), "settings depend on {package}");
    }
}

#[test]
fn no_source_is_too_long() {
    let mut wrong = Vec::new();
    for package in ["broker", "client", "publisher", "subscriber", "config", "tests"] {
        for file in rust_files(package) {
            let (name, lines) = (name_of(&file), read(&file).lines().count());
            let exception = LONG_FILES.iter().any(|(long, _)| *long == name);
            let most = if exception { LONGEST_EXCEPTION } else { LONGEST };
            if lines > most {
                wrong.push(format!("{name} has {lines} lines; at most {most} are one idea"));
            } else if exception && lines <= LONGEST {
                wrong.push(format!("{name} has only {lines} lines: no exception any more"));
            }
        }
    }
    for (name, _) in LONG_FILES {
        if !workspace().join(name).is_file() {
            wrong.push(format!("{name} is not there: no exception any more"));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn no_test_sleeps() {
    let mut sleepy = Vec::new();
    for folder in [
        "broker/tests",
        "broker/core/tests",
        "broker/store/tests",
        "publisher/tests",
        "subscriber/tests",
        "config/tests",
        "tests/tests",
        "tests/src/harness",
    ] {
        for file in rust_files(folder) {
            let code = code_of(&read(&file));
            // Both `thread::sleep` and tokio's.
            if code.contains("sleep(") {
                sleepy.push(name_of(&file));
            }
        }
    }
    assert_eq!(sleepy, [""; 0], "wait for the event instead");
}

#[test]
fn the_top_level_has_what_it_should() {
    const ALLOWED: &[&str] = &[
        "Cargo.toml",
        "Cargo.lock",
        "README.md",
        "broker",
        "client",
        "publisher",
        "subscriber",
        "config",
        "tests",
        "docs",
        "packages",
        "packaging",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
    ];
    let names: Vec<String> = fs::read_dir(workspace())
        .expect("it can be read")
        .map(|entry| {
            entry
                .expect("it can be read")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| !name.starts_with('.') && name != "target")
        .collect();
    let strange: Vec<_> = names
        .iter()
        .filter(|name| !ALLOWED.contains(&name.as_str()))
        .collect();
    assert_eq!(strange, [""; 0], "this does not belong at the top");
    let missing: Vec<_> = ALLOWED
        .iter()
        .filter(|name| !names.iter().any(|there| there == *name))
        .collect();
    assert_eq!(missing, [&""; 0], "this is missing at the top");
}
