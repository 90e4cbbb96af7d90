//! What a packet means is said in two places, on the page and in the terminal: in the same words.

use tests::harness::binaries::workspace;
use tests::harness::source::read;

/// Parts of sentences that are not on the page as they stand in the terminal's source, each with why.
const OTHERWISE: &[(&str, &str)] = &[
    ("The client", "the page begins a sentence with it less often"),
    (
        "Should it vanish, the broker is to publish its will on",
        "the page shows the payload, too",
    ),
    ("has message", "the page puts it together for four cases"),
    (
        "knows that the broker has message",
        "the page puts it together for both ways",
    ),
    (
        "The broker goes on with the login",
        "the page puts it together for both ways",
    ),
    (
        "goes on with the login",
        "the page puts it together for both ways",
    ),
    ("It came in as entry", "the page has links to entries"),
    ("Nothing has come behind entry", "the page has links to entries"),
    (
        "is known, and not released yet. So it goes to nobody a second time, and PUBREC is said again: that makes it \
         exactly once",
        "the page says since when",
    ),
];

/// The texts in quotes of a source without comments, as they are once compiled. A text with a quote in it would be torn apart: none
/// of them has one.
fn texts(source: &str) -> Vec<String> {
    let lines = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = lines.collect::<Vec<_>>().join("\n");
    let each = code.split('"').skip(1).step_by(2);
    each.map(|text| {
        // A line that goes on.
        let mut parts = text.split("\\\n");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |whole, part| whole + part.trim_start())
    })
    .collect()
}

/// What stands between the places that are filled in, where that is more than a word.
fn parts(text: &str) -> Vec<&str> {
    let ends = text.split('{').filter_map(|part| part.split('}').next_back());
    ends.map(|part| part.trim_matches([' ', '.', ',', ':', ';']))
        .filter(|part| part.len() >= 10 && part.contains(' '))
        .collect()
}

#[test]
fn the_page_and_the_terminal_say_the_same_of_a_packet() {
    let root = workspace();
    let terminal = read(&root.join("broker/src/cli/watch/meaning.rs"));
    let page = read(&root.join("broker/console/meaning.js"));
    let texts = texts(&terminal);
    let said: Vec<&str> = texts.iter().flat_map(|text| parts(text)).collect();
    assert!(said.len() > 50, "{said:?}");
    let missing: Vec<_> = said.iter().filter(|part| !page.contains(**part)).collect();
    for part in &missing {
        assert!(
            OTHERWISE.iter().any(|(known, _)| *known == **part),
            "meaning.js does not say what meaning.rs says: {part:?}"
        );
    }
    for (known, why) in OTHERWISE {
        assert!(
            missing.iter().any(|part| *known == **part),
            "{known:?} ({why}) is said in both now"
        );
    }
}
