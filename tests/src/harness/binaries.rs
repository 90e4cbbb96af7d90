//! The three programs: built where they are not, found beside the test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use super::Program;

/// The packages that are programs, too.
const PROGRAMS: [&str; 3] = ["broker", "publisher", "subscriber"];

/// The folder of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ is in the workspace")
}

/// The folder that this test was built into, such as `target/debug`.
fn profile_dir() -> PathBuf {
    let test = std::env::current_exe().expect("a test is a file");
    // target/debug/deps/NAME-HASH, or target/debug/NAME for a program.
    let folder = test.parent().expect("it is in a folder");
    if folder.ends_with("deps") {
        return folder.parent().expect("deps/ is in one too").to_owned();
    }
    folder.to_owned()
}

/// The folder for everything that is built, such as `target`.
pub fn target_dir() -> PathBuf {
    profile_dir()
        .parent()
        .expect("a profile's folder is in one too")
        .to_owned()
}

/// The command for one of `broker`, `publisher` and `subscriber`.
pub fn program(name: &str) -> Command {
    static BUILT: LazyLock<PathBuf> = LazyLock::new(build);
    let mut command = Command::new(BUILT.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)));
    // The settings of the person who runs the tests must not reach them.
    for (variable, _) in std::env::vars_os() {
        let name = variable.to_string_lossy();
        if name == "MQTT_URL" || name.starts_with("CITRONELLA_") {
            command.env_remove(&variable);
        }
    }
    command
}

/// Starts one of the three programs with these arguments.
pub fn start(name: &str, arguments: &[&str]) -> Program {
    Program::start(program(name).args(arguments))
}

/// Builds all three as this test was built; gives their folder.
fn build() -> PathBuf {
    let names = PROGRAMS.map(|name| format!("{name}{}", std::env::consts::EXE_SUFFIX));
    // With `tests` among them, features are those that this test's dependencies were built with.
    let packages = PROGRAMS.map(|name| format!("-p={name}"));
    let programs = PROGRAMS.map(|name| format!("--bin={name}"));
    let arguments = [&["-p=tests".to_owned()], &packages[..], &programs[..]].concat();
    built(&names, &arguments)
}

/// The folder for this test's profile, once `files` in it are what the sources say. `cargo test --workspace` has built them
/// before any test runs; otherwise `cargo build` with these arguments does. Asked for some packages alone, cargo may choose
/// other features for their libraries than for all, so it is not asked without need: it would build much once more.
pub fn built(files: &[String], arguments: &[String]) -> PathBuf {
    let profile_dir = profile_dir();
    if files.iter().all(|file| is_fresh(&profile_dir.join(file))) {
        return profile_dir;
    }
    let profile = match profile_dir.file_name().and_then(|name| name.to_str()) {
        Some("debug") => "dev",
        Some(name) => name,
        None => panic!("{} is no folder of a profile", profile_dir.display()),
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(workspace())
        .args(["build", "--quiet", "--profile", profile])
        .args(arguments)
        .arg("--target-dir")
        .arg(target_dir());
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?} failed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    profile_dir
}

/// Whether a program is younger than all that it was made of, which cargo writes down beside it.
fn is_fresh(program: &Path) -> bool {
    let changed = |file: &Path| file.metadata().and_then(|data| data.modified()).ok();
    let Ok(list) = std::fs::read_to_string(program.with_extension("d")) else {
        return false;
    };
    let Some((_, sources)) = list.trim_end().split_once(": ") else {
        return false;
    };
    // A space within a path is written as `\ `.
    let sources = sources.replace("\\ ", "\0");
    let sources = sources
        .split(' ')
        .map(|path| PathBuf::from(path.replace('\0', " ")));
    let made = changed(program);
    let lock = workspace().join("Cargo.lock");
    made.is_some()
        && sources
            .chain([lock])
            .all(|source| changed(&source).is_some_and(|time| Some(time) <= made))
}
