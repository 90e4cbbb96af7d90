//! The parts of a page.

/// The blocks in this language, in order.
pub fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("\n```{language}\n");
    let blocks = page.split(&fence).skip(1);
    blocks
        .map(|block| block.split("```").next().expect("up to its end").to_owned())
        .collect()
}

const BEGIN: &str = "\n```text\n";

/// Its ladder: the first block of text.
pub fn ladder(page: &str) -> String {
    blocks(page, "text")
        .into_iter()
        .next()
        .expect("the page has a ladder")
}

/// The page with another ladder.
pub fn with_ladder(page: &str, ladder: &str) -> String {
    let begin = page.find(BEGIN).expect("the page has a ladder") + BEGIN.len();
    let end = begin + page[begin..].find("```").expect("it has an end");
    format!("{}{ladder}{}", &page[..begin], &page[end..])
}

/// The lines of each client by itself: in which order two programs send at the same time is not for a page to say.
pub fn per_client(ladder: &str) -> Vec<(String, Vec<String>)> {
    let mut clients: Vec<(String, Vec<String>)> = Vec::new();
    for line in ladder.lines().skip(1) {
        let client = client(line);
        match clients.iter_mut().find(|(name, _)| *name == client) {
            Some((_, lines)) => lines.push(line.to_owned()),
            None => clients.push((client, vec![line.to_owned()])),
        }
    }
    clients.sort();
    clients
}

/// Whose line it is.
fn client(line: &str) -> String {
    let name = if let Some(event) = line.strip_prefix("· ") {
        let words = event.split_whitespace();
        let of = event
            .strip_prefix("the session of ")
            .or(event.strip_prefix("the will of "));
        of.map_or_else(|| words.clone().next(), |of| of.split_whitespace().next())
    } else if line.trim_start().starts_with('│') || line.contains("─▶ ") && !line.contains("─▶ │")
    {
        line.rsplit("─▶ ")
            .next()
            .and_then(|name| name.split_whitespace().next())
    } else {
        line.split_whitespace().next()
    };
    name.unwrap_or_default().to_owned()
}

#[test]
fn a_line_is_of_the_client_that_it_names() {
    for (line, whose) in [
        ("foo1 ── SUBSCRIBE #1 test/topic QoS 0 ─────────────▶ │", "foo1"),
        (
            "                                │ ── SUBACK #1 QoS 0 ─▶ foo2",
            "foo2",
        ),
        ("           taken: QoS 1 ends │ ── PUBACK #7 ──▶ me", "me"),
        (
            "foo2 ── PUBLISH test/topic \"bar\" ──────────────────▶ │ sent to foo1",
            "foo2",
        ),
        ("· foo1 is connected, MQTT 3.1.1, a new session", "foo1"),
        ("· the will of foo3 is published on a", "foo3"),
    ] {
        assert_eq!(client(line), whose, "{line}");
    }
}
