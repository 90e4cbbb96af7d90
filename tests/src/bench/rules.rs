//! Our broker with rules on its lines in force, to show what they cost those whom they do not concern.

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

use super::target::Target;

/// The file with so many rules, of this process.
fn path(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("bench-{name}-{}.toml", std::process::id()))
}

/// Ours with so many rules, each of which could concern every client and matches no packet of the cases: their topics are
/// others.
pub(super) fn that_match_nothing(count: usize) -> io::Result<Target> {
    let mut text = String::new();
    for number in 0..count.max(1) {
        let _ = writeln!(
            text,
            "[[fault]]\nname = \"rule {number}\"\nwhen = {{ packet = \"PUBLISH\", topic = \"elsewhere/{number}/+\" }}\n\
             action = \"drop\""
        );
    }
    target(format!("rules-{count}"), &text)
}

/// Ours with one rule on a client that never comes: the lines of all others are gone after their CONNECT.
pub(super) fn on_another_client() -> io::Result<Target> {
    let text = "[[fault]]\nname = \"bad radio\"\nclient = \"another\"\ntype = \"latency\"\nattributes = { latency = 100 }\n";
    target("rule-on-another".to_owned(), text)
}

fn target(name: String, text: &str) -> io::Result<Target> {
    let path = path(&name);
    std::fs::write(&path, text)?;
    Ok(Target::Variant {
        name,
        flags: vec!["--script".to_owned(), path.display().to_string()],
    })
}

/// Removes the files of these targets.
pub(super) fn clean_up(targets: &[Target]) {
    for target in targets {
        let _ = std::fs::remove_file(path(&target.to_string()));
    }
}
