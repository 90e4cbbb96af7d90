//! The lessons, taken: the commands of each page are run against a real broker, the ladder that they make is the one that the page
//! shows, and the exercise is not done before it is done.
//!
//! **A new lesson** is `docs/lessons/NN-name.md`, `broker/lessons/NN-name.toml`, a line in `broker/src/cli/lesson/course.rs`, and a
//! line in one of the lists `EXERCISES` below: its number, and a function that does its exercise with real clients:
//!
//! ```ignore
//! pub const EXERCISES: &[Exercise] = &[(1, first_message)];
//!
//! fn first_message(desk: &Desk) {
//!     let ear = desk.subscribed(1, "subscriber -i ear -t house/kitchen -C 1"); // waits for 1 subscription; runs on
//!     desk.sh("publisher -i mouth -t house/kitchen -m hello"); // any shell commands, waited for to their end
//!     ear.wait();
//! }
//! ```
//!
//! **The `sh` blocks of a page** are terminals, from the top to the bottom. A block with a `subscriber` goes on beside the next block once
//! it is subscribed as often as it has the word; any other block is waited for. All of them have to end by themselves, as with `-C 1`.
//!
//! `UPDATE_DOCS=1 cargo test -p tests --test it lessons` writes the ladders anew.

mod class;
mod desk;
mod later;
mod middle;
mod opening;
mod page;
mod teaching;

use std::env;
use std::fs;

use desk::Desk;
use tests::harness::binaries::workspace;
use tests::harness::peers::{or_skip, paho_2};

/// The number of a lesson, and what does its exercise.
type Exercise = (usize, fn(&Desk));

/// The names of the lessons, in order.
fn names() -> Vec<String> {
    let files = fs::read_dir(workspace().join("broker/lessons")).expect("there are lessons");
    let names = files.map(|file| file.expect("it can be read").file_name());
    let mut names: Vec<_> = names
        .map(|name| name.to_string_lossy().trim_end_matches(".toml").to_owned())
        .collect();
    names.sort();
    names
}

fn number(name: &str) -> usize {
    name[..2].parse().expect("a name begins with its number")
}

#[test]
fn every_ladder_is_what_the_commands_of_its_page_make() {
    for name in names() {
        println!("lesson {name}");
        let path = workspace().join(format!("docs/lessons/{name}.md"));
        let page = fs::read_to_string(&path)
            .expect("it has a page")
            .replace("\r\n", "\n");
        let desk = Desk::lesson(number(&name));
        desk.blocks(&page::blocks(&page, "sh"));
        let ladder = desk.ladder();
        let kept = page::ladder(&page);
        if page::per_client(&kept) == page::per_client(&ladder) {
            continue;
        }
        assert!(
            env::var_os("UPDATE_DOCS").is_some(),
            "the ladder of {name} is stale: `UPDATE_DOCS=1 cargo test -p tests --test it lessons` writes it anew; it is now\n{ladder}"
        );
        fs::write(&path, page::with_ladder(&page, &ladder)).expect("the page can be written");
    }
}

#[test]
fn an_exercise_is_done_when_it_is_done() {
    let exercises: Vec<_> = [opening::EXERCISES, middle::EXERCISES, later::EXERCISES].concat();
    for name in names() {
        println!("lesson {name}");
        let number = number(&name);
        let (_, exercise) = exercises
            .iter()
            .find(|(lesson, _)| *lesson == number)
            .unwrap_or_else(|| panic!("{name} has an exercise: who does it?"));
        let desk = Desk::lesson(number);
        let before = desk.check();
        assert_eq!(
            before.code,
            Some(1),
            "{name}: done before it was begun: {before:#?}"
        );
        exercise(&desk);
        let after = desk.check();
        assert_eq!(after.code, Some(0), "{name}: {after:#?}");
        let ladder = after.stdout.iter().skip_while(|line| *line != "What happened:");
        assert!(ladder.clone().count() > 3, "{name}: {after:#?}");
        assert!(ladder.count() <= 27, "{name}: it is short: {after:#?}");
    }
}

#[test]
fn python_on_the_pages_does_the_same() {
    let Some(python) = or_skip(paho_2()) else { return };
    for name in names() {
        let path = workspace().join(format!("docs/lessons/{name}.md"));
        let page = fs::read_to_string(path)
            .expect("it has a page")
            .replace("\r\n", "\n");
        for program in page::blocks(&page, "python") {
            let desk = Desk::lesson(number(&name));
            let printed = desk.run(python.as_os_str(), &["-c", &program]).succeed();
            assert!(!printed.is_empty(), "{name}: the program prints something");
        }
    }
}
