//! A page's Markdown as blocks of text, so that a page in a browser makes elements of them and never HTML of a text.
//!
//! It knows what the lessons use: paragraphs, lists, tables, code, and an answer that is folded.

use serde_json::{Value, json};

/// The blocks of a text: `{"kind": "p", "text"}`, `code`, `list` with `items`, `table` with `rows`, `answer` with `blocks`.
pub(super) fn blocks(text: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.trim().is_empty() || line.starts_with("<summary>") {
            continue;
        }
        if line.starts_with("```") {
            let code: Vec<&str> = lines
                .by_ref()
                .take_while(|line| !line.starts_with("```"))
                .collect();
            found.push(json!({"kind": "code", "text": code.join("\n")}));
        } else if line.starts_with("<details>") {
            let inside: Vec<&str> = lines
                .by_ref()
                .take_while(|line| !line.starts_with("</details>"))
                .collect();
            found.push(json!({"kind": "answer", "blocks": blocks(&inside.join("\n"))}));
        } else {
            let mut all = vec![line];
            while let Some(next) = lines.next_if(|next| goes_on(line, next)) {
                all.push(next);
            }
            found.push(block(&all));
        }
    }
    found
}

/// Whether a line belongs to the block that began with this one.
fn goes_on(first: &str, next: &str) -> bool {
    let is_end = next.trim().is_empty() || next.starts_with("```") || next.starts_with('<');
    !is_end && next.starts_with('|') == first.starts_with('|')
}

fn block(lines: &[&str]) -> Value {
    let first = lines.first().copied().unwrap_or_default();
    if first.starts_with('|') {
        let is_rule = |line: &&&str| !line.trim_matches(['|', '-', ':', ' ']).is_empty();
        let rows = lines.iter().filter(is_rule).map(|line| cells(line));
        return json!({"kind": "table", "rows": rows.collect::<Vec<_>>()});
    }
    if first.starts_with("- ") {
        let mut items: Vec<String> = Vec::new();
        for line in lines {
            match (line.strip_prefix("- "), items.last_mut()) {
                (None, Some(last)) => *last = format!("{last} {}", line.trim()),
                (item, _) => items.push(item.unwrap_or(line).to_owned()),
            }
        }
        return json!({"kind": "list", "items": items});
    }
    json!({"kind": "p", "text": lines.join(" ").trim_start_matches(['#', ' '])})
}

/// The cells of a row; `\|` is no border.
fn cells(line: &str) -> Vec<String> {
    let line = line.trim().trim_matches('|').replace("\\|", "\u{1}");
    line.split('|')
        .map(|cell| cell.trim().replace('\u{1}', "|"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_block_is_told_from_the_next() {
        let text = "One\nand more.\n\n- a\n  goes on\n- b\n\n| x | y |\n|---|---|\n| `a\\|b` | 2 |\n\n```sh\n- code\n```\n\n<details>\n\
                    <summary>Answer</summary>\n\nYes.\n\n</details>\n";
        let wanted = json!([
            {"kind": "p", "text": "One and more."},
            {"kind": "list", "items": ["a goes on", "b"]},
            {"kind": "table", "rows": [["x", "y"], ["`a|b`", "2"]]},
            {"kind": "code", "text": "- code"},
            {"kind": "answer", "blocks": [{"kind": "p", "text": "Yes."}]},
        ]);
        assert_eq!(json!(blocks(text)), wanted);
    }
}
