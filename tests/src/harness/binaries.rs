//! The three programs: built once a test process, found beside the test.

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
    // target/debug/deps/NAME-HASH
    let deps = test.parent().expect("it is in a folder");
    deps.parent().expect("deps/ is in one too").to_owned()
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
    // What the person who runs the tests has set must not reach them.
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

/// Builds all three as this test was built; gives their folder. Cargo itself sees that two processes do not build at the
/// same time, and that nothing is built twice.
fn build() -> PathBuf {
    let profile_dir = profile_dir();
    let profile = match profile_dir.file_name().and_then(|name| name.to_str()) {
        Some("debug") => "dev",
        Some(name) => name,
        None => panic!("{} is no folder of a profile", profile_dir.display()),
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(workspace())
        // With `tests` among them, features are those that this test's dependencies were built with.
        .args(["build", "--quiet", "--profile", profile])
        .args(["-p", "tests"])
        .args(PROGRAMS.map(|name| format!("-p={name}")))
        .args(PROGRAMS.map(|name| format!("--bin={name}")))
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
