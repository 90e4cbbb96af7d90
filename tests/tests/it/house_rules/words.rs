//! Phrases that a reader must read twice, and that do not come back. CONTRIBUTING.md says how words are chosen.

use std::fs;
use std::path::{Path, PathBuf};

use tests::harness::binaries::workspace;
use tests::harness::source::{name_of, read};

/// Each phrase with the words to take instead. Words stand alone: `in vain` does not find `in vainglory`.
const PHRASES: &[(&str, &str)] = &[
    ("at the most", "at most"),
    ("in vain", "say what did not happen"),
    ("that is none", "is not one, or is invalid"),
    ("that are none", "are not, or are invalid"),
    ("they can more", "say what they can do"),
    ("comes here once a message", "called once for each message"),
    ("nobody may do", "name what is denied"),
    ("point down to up", "name the two ends"),
];

/// At the start of a sentence it hides who is meant; elsewhere it may do.
const WHOEVER: &str = "Whoever ";

/// The pages that quote such phrases to show what not to write, and this list itself.
const QUOTING: &[&str] = &["CONTRIBUTING.md", "tests/tests/it/house_rules/words.rs"];

/// Folders of what is built or fetched, not written here.
const FOREIGN: &[&str] = &["target", "node_modules"];

/// Adds every source and page below this folder.
fn add_texts(folder: &Path, texts: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the workspace can be read") {
        let path = entry.expect("its entries, too").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !name.starts_with('.') && !FOREIGN.contains(&&*name) {
                add_texts(&path, texts);
            }
        } else if path
            .extension()
            .is_some_and(|ending| ending == "rs" || ending == "md")
        {
            texts.push(path);
        }
    }
}

/// Whether the phrase stands in this line as words of their own.
fn has_words(line: &str, phrase: &str) -> bool {
    let inside = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    line.match_indices(phrase).any(|(at, _)| {
        !inside(line[..at].chars().next_back()) && !inside(line[at + phrase.len()..].chars().next())
    })
}

/// What is wrong with this line, if anything.
fn fault(line: &str) -> Option<String> {
    if line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ") {
        return Some("two versions are merged here, and nobody chose".to_owned());
    }
    let lower = line.to_lowercase();
    let phrase = PHRASES.iter().find(|(phrase, _)| has_words(&lower, phrase));
    if let Some((phrase, instead)) = phrase {
        return Some(format!("\"{phrase}\": {instead}"));
    }
    line.contains(WHOEVER)
        .then(|| "\"Whoever\" at the start of a sentence: name the thing".to_owned())
}

#[test]
fn phrases_that_must_be_read_twice_do_not_come_back() {
    let mut texts = Vec::new();
    add_texts(workspace(), &mut texts);
    texts.sort();
    assert!(texts.len() > 300, "this test reads only {} files", texts.len());
    let mut found = Vec::new();
    for path in texts {
        let name = name_of(&path);
        if QUOTING.contains(&name.as_str()) {
            continue;
        }
        for (number, line) in read(&path).lines().enumerate() {
            if let Some(fault) = fault(line) {
                found.push(format!("{name}:{}: {fault}", number + 1));
            }
        }
    }
    assert_eq!(found, [""; 0], "see \"Words\" in CONTRIBUTING.md");
}

#[test]
fn a_phrase_is_found_as_words_of_their_own() {
    assert!(fault("/// One read At the most.").is_some());
    assert!(fault("    // Whoever waits sees that.").is_some());
    assert!(fault("//! That are none: see below").is_some());
    assert!(fault("a thing that is nonetheless there").is_none());
    assert!(fault("/// A reader, whoever it is.").is_none());
}
