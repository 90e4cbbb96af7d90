//! Our broker with clients held against a profile, a contract and Sparkplug, to show what that costs.

use std::io;
use std::path::PathBuf;

use super::target::Target;

/// The cases that show it.
pub(super) const CASES: [&str; 5] = ["1-1-qos0", "1-1-qos1", "1-50-qos0", "rtt-qos0", "connects"];

/// A channel for every topic. Payloads of its type are not read, so that what is measured is the way to it; the program
/// `cost` of broker-contract measures what schemas take.
const DOCUMENT: &str = "\
asyncapi: 3.0.0
info: {title: Bench, version: '1'}
channels:
  all:
    address: bench/#
    messages: {any: {contentType: application/octet-stream}}
";

/// The document, of this process.
fn path() -> PathBuf {
    std::env::temp_dir().join(format!("bench-held-{}.yaml", std::process::id()))
}

/// Ours as it is, and held against each.
pub(super) fn targets() -> io::Result<Vec<Target>> {
    std::fs::write(path(), DOCUMENT)?;
    let document = path().display().to_string();
    let variant = |name: &str, flags: &[&str]| Target::Variant {
        name: name.to_owned(),
        flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
    };
    Ok(vec![
        Target::Ours,
        variant("profile-tbmq", &["--profile", "tbmq"]),
        variant("profile-aws-iot", &["--profile", "aws-iot"]),
        variant("asyncapi", &["--asyncapi", &document]),
        variant("sparkplug", &["--sparkplug"]),
    ])
}

/// Removes the document.
pub(super) fn clean_up() {
    let _ = std::fs::remove_file(path());
}
