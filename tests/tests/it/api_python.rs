//! `tests/data/api/instrument.py`: the whole instrument, tested from Python with nothing but its standard library.

use std::process::Command;

use tests::harness::Program;
use tests::harness::binaries::{program, workspace};
use tests::harness::peers::{or_skip, tool};

#[test]
fn a_test_in_python_needs_the_standard_library_alone() {
    let Some(python) = or_skip(tool("python3")) else {
        return;
    };
    let mut command = Command::new(python);
    // `-I`: neither packages that are installed by the user nor variables of Python.
    command
        .arg("-I")
        .arg(workspace().join("tests/data/api/instrument.py"))
        .env("BROKER", program("broker").get_program());
    let finished = Program::start(&mut command).wait();
    assert_eq!(finished.code, Some(0), "{}", finished.stderr.join("\n"));
    let ran = finished.stderr.iter().find(|line| line.starts_with("Ran "));
    assert!(ran.is_some_and(|ran| !ran.starts_with("Ran 0 ")), "{ran:?}");
}
