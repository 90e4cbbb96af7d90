//! The lessons that this program has.

use super::form::Lesson;

/// A lesson's name and its TOML.
macro_rules! lesson {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../lessons/", $name, ".toml")))
    };
}

/// The name of each, and its TOML.
const TEXTS: &[(&str, &str)] = &[
    lesson!("01-first-message"),
    lesson!("02-topics-and-wildcards"),
    lesson!("03-qos"),
    lesson!("04-retained"),
    lesson!("05-wills"),
    lesson!("06-sessions-and-queues"),
    lesson!("07-client-ids-and-takeover"),
    lesson!("08-keep-alive"),
    lesson!("09-properties"),
    lesson!("10-shared-subscriptions-and-expiry"),
    lesson!("11-flow-control-and-aliases"),
    lesson!("12-security"),
    lesson!("13-testing-a-client"),
    lesson!("14-from-here-to-a-cluster"),
];

/// How many there are.
pub(super) fn count() -> usize {
    TEXTS.len()
}

/// The lesson of this number, from 1, with its name.
pub(super) fn lesson(number: usize) -> Option<(&'static str, Lesson)> {
    let (name, text) = TEXTS.iter().find(|(name, _)| self::number(name) == number)?;
    // A test reads them all.
    let lesson = Lesson::parse(text).ok()?;
    Some((name, lesson))
}

/// All of them, each with its number and its name.
pub(super) fn all() -> impl Iterator<Item = (usize, &'static str, Lesson)> {
    TEXTS
        .iter()
        .filter_map(|(name, text)| Some((number(name), *name, Lesson::parse(text).ok()?)))
}

/// The number that a name begins with.
fn number(name: &str) -> usize {
    let digits = name.split('-').next().unwrap_or_default();
    digits.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_lesson_reads_well_and_its_page_has_its_commands() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for (name, text) in TEXTS {
            let lesson = Lesson::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            let page = root.join(format!("../docs/lessons/{name}.md"));
            let page =
                fs::read_to_string(&page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
            let number = number(name);
            for command in lesson.steps.iter().filter_map(|step| step.command.as_ref()) {
                assert!(
                    page.lines().any(|line| line == command),
                    "{name}: the page does not have `{command}`"
                );
            }
            for part in [
                format!("# {number}. "),
                format!("\n\nBegin with `broker lesson {number}`, "),
                "\n```text\n".to_owned(),
                "<details>".to_owned(),
                format!("broker lesson {number} --check"),
            ] {
                assert!(page.contains(&part), "{name}: the page does not have {part:?}");
            }
        }
    }

    #[test]
    fn every_file_is_in_the_list() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons");
        let mut files: Vec<_> = fs::read_dir(folder)
            .expect("there are lessons")
            .map(|entry| entry.expect("it can be read").file_name())
            .map(|name| name.to_string_lossy().trim_end_matches(".toml").to_owned())
            .collect();
        files.sort();
        let names: Vec<_> = TEXTS.iter().map(|(name, _)| *name).collect();
        assert_eq!(files, names, "TEXTS has them all, in order");
    }

    /// The text of a page.
    fn page(path: &str) -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    #[test]
    fn the_list_of_lessons_has_each_of_them_as_it_is() {
        let list = page("lessons/README.md");
        let rows: Vec<_> = list
            .lines()
            .filter(|line| line.starts_with("| ["))
            .map(ToOwned::to_owned)
            .collect();
        let wanted: Vec<_> = all()
            .map(|(number, name, lesson)| {
                let goal = lesson.goal.trim_end_matches('.').trim_start_matches("You can ");
                format!(
                    "| [{number}. {}]({name}.md) | {} | {goal} |",
                    lesson.title, lesson.minutes
                )
            })
            .collect();
        assert_eq!(rows, wanted);
    }

    #[test]
    fn the_glossary_leads_to_each_lesson_and_has_each_packet() {
        let glossary = page("GLOSSARY.md");
        for (_, name, _) in all() {
            let link = format!("(lessons/{name}.md)");
            assert!(
                glossary.contains(&link),
                "no word of the glossary leads to {link}"
            );
        }
        let words: Vec<_> = glossary
            .lines()
            .filter_map(|line| line.strip_prefix("### "))
            .map(|word| word.trim_matches(['`', '$']).to_lowercase())
            .collect();
        assert!(
            words.is_sorted(),
            "the glossary is in the order of the alphabet: {words:?}"
        );
        for packet in [
            "connect",
            "connack",
            "publish",
            "puback",
            "pubrec",
            "pubrel",
            "pubcomp",
            "subscribe",
            "suback",
            "unsubscribe",
            "unsuback",
            "pingreq",
            "pingresp",
            "disconnect",
            "auth",
        ] {
            assert!(
                words
                    .iter()
                    .any(|word| word.split(", ").any(|word| word == packet)),
                "the glossary does not have {packet}"
            );
        }
    }
}
