//! What really happened in an exercise: the latest packets and events of its clients, as a ladder.

use std::collections::BTreeSet;

use super::form::Lesson;
use crate::cli::ctl::client::Client;
use crate::cli::ctl::failure::Failure;
use crate::cli::ctl::plan::get;

/// So many packets and events are shown: they and the points fit on a screen.
const MOST: usize = 24;

/// The ladder of what came behind `after`; empty where the clients that the exercise is about have done nothing.
pub(super) async fn ladder(client: &Client, lesson: &Lesson, after: u64) -> Result<String, Failure> {
    let clients = clients(lesson);
    if clients.is_empty() {
        return Ok(String::new());
    }
    let mut query = vec![
        ("format", "ladder".to_owned()),
        ("limit", MOST.to_string()),
        ("after", after.to_string()),
    ];
    query.extend(clients.into_iter().map(|name| ("client_id", name)));
    let answer = client.ask(&get("export").query(query)).await?;
    let ladder = String::from_utf8_lossy(&answer);
    // The first line is the heading.
    Ok(if ladder.lines().count() > 1 {
        format!("\nWhat happened:\n{ladder}")
    } else {
        String::new()
    })
}

/// The clients that the points are about.
fn clients(lesson: &Lesson) -> BTreeSet<String> {
    let patterns = lesson
        .checks
        .iter()
        .flat_map(|check| std::iter::once(&check.expect).chain(&check.then));
    let names = patterns.filter_map(|pattern| pattern["client_id"].as_str());
    names.map(str::to_owned).collect()
}
