//! The lessons as JSON: what `broker/lessons/` has of each, and the text of its page in `docs/lessons/`.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::prose::blocks;

/// The sections of a page that are shown beside the steps. The steps, the exercise and the ladder are seen in the page itself.
const SECTIONS: [&str; 3] = ["What you will see", "What it means", "A question"];

/// All of them, in order, and whether the page has a client of another library.
pub(super) fn json(root: &Path, has_library: bool) -> Result<String, String> {
    let mut all = Vec::new();
    for file in super::names(&root.join("broker/lessons"))? {
        let name = file.trim_end_matches(".toml");
        let text =
            |path: &Path| fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()));
        let said = text(&root.join("broker/lessons").join(&file))?;
        let mut lesson: Value = toml::from_str(&said).map_err(|error| format!("{file}: {error}"))?;
        let number: u32 = name[..2].parse().map_err(|_| format!("{file}: no number"))?;
        lesson["number"] = json!(number);
        let page = text(&root.join(format!("docs/lessons/{name}.md")))?;
        lesson["sections"] = sections(&page.replace("\r\n", "\n")).into();
        all.push(lesson);
    }
    Ok(json!({"lessons": all, "has_library": has_library}).to_string())
}

fn sections(page: &str) -> Map<String, Value> {
    let parts = page.split("\n## ").skip(1);
    let parts = parts.filter_map(|part| part.split_once('\n'));
    parts
        .filter(|(name, _)| SECTIONS.contains(name))
        .map(|(name, text)| (name.to_owned(), blocks(text).into()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::binaries::workspace;

    #[test]
    fn every_lesson_has_its_steps_and_its_text() {
        let text = json(workspace(), false).expect("the lessons can be read");
        let all: Value = serde_json::from_str(&text).expect("JSON");
        let all = all["lessons"].as_array().expect("a list");
        assert!(all.len() >= 12);
        for (lesson, number) in all.iter().zip(1..) {
            assert_eq!(lesson["number"], number);
            for section in SECTIONS {
                let blocks = lesson["sections"][section].as_array();
                assert!(
                    blocks.is_some_and(|blocks| !blocks.is_empty()),
                    "lesson {number} has no {section:?}"
                );
            }
            assert!(lesson["step"].as_array().is_some_and(|steps| !steps.is_empty()));
        }
    }
}
