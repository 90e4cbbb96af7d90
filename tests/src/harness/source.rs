//! Reading the project's own sources, for the tests that hold them to the house rules.

use std::fs;
use std::path::{Path, PathBuf};

use super::binaries::workspace;

/// Every Rust file below this folder of the workspace, in the order of names.
pub fn rust_files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![workspace().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The path as people write it: from the workspace, with slashes.
pub fn name_of(path: &Path) -> String {
    let inside = path.strip_prefix(workspace()).unwrap_or(path);
    inside
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect::<Vec<_>>()
        .join("/")
}

/// The text of a file.
pub fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The code alone: without comments, without what stands in quotes, without the tests at the end of the file.
pub fn code_of(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(next) = rest.chars().next() {
        let skip = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if next == '"' {
            quoted(rest)
        } else if let Some(skip) = raw_string(rest).filter(|_| !code.ends_with(is_name)) {
            skip
        } else if next == '\'' {
            // A character; otherwise a lifetime, of which nothing needs to be skipped.
            character(rest).unwrap_or(1)
        } else {
            code.push(next);
            rest = &rest[next.len_utf8()..];
            continue;
        };
        code.push(' ');
        rest = &rest[skip..];
    }
    match code.find("#[cfg(test)]\nmod tests {") {
        Some(tests) => code[..tests].to_owned(),
        None => code,
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// How long the text in quotes at the front is.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// How long the raw string at the front is, if there is one.
fn raw_string(text: &str) -> Option<usize> {
    let hashes = text.strip_prefix('r')?.chars().take_while(|c| *c == '#').count();
    let body = text.get(1 + hashes..)?.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(2 + hashes + body.find(&end)? + end.len())
}

/// How long the character in quotes at the front is, if there is one.
fn character(text: &str) -> Option<usize> {
    let body = &text[1..];
    let inside = if body.starts_with('\\') {
        2 + body[2..].find('\'')?
    } else {
        body.chars().next()?.len_utf8()
    };
    body[inside..].starts_with('\'').then_some(inside + 2)
}

/// Every path that begins with `root` in this code, with the groups of `use` taken apart: `a::{b, c::d}` is `a::b` and
/// `a::c::d`.
pub fn paths(code: &str, root: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices(root) {
        if code[..at].ends_with(|c| is_name(c) || c == ':') {
            continue;
        }
        if let Some(rest) = code[at + root.len()..].strip_prefix("::") {
            expand(rest, root, &mut found);
        }
    }
    found
}

/// Adds the paths that `rest` continues `prefix` with; gives what follows them.
fn expand<'a>(rest: &'a str, prefix: &str, found: &mut Vec<String>) -> &'a str {
    let rest = rest.trim_start();
    if let Some(mut group) = rest.strip_prefix('{') {
        loop {
            group = group.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            match group.chars().next() {
                None => return group,
                Some('}') => return &group[1..],
                Some(_) => {
                    let after = expand(group, prefix, found);
                    // Other text must not stop the reader here.
                    group = if after.len() < group.len() {
                        after
                    } else {
                        &group[1..]
                    };
                }
            }
        }
    }
    let end = rest.find(|c| !is_name(c) && c != '*').unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    let path = format!("{prefix}::{name}");
    if let Some(after) = after.strip_prefix("::") {
        return expand(after, &path, found);
    }
    found.push(path);
    // `as other`
    after
        .split_once([',', '}'])
        .map_or("", |(skipped, _)| &after[skipped.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_code_is_left_out() {
        let source = "use a::b; // c::d\n/* e */ let f = \"g // \\\" h\"; let i = '\"'; let j = r#\"k\"l\"#; m::<'n>();\n";
        let code = code_of(source);
        for gone in ["c", "d", "g", "h", "k"] {
            assert!(!code.contains(gone), "{gone} in {code}");
        }
        for kept in ["a::b", "let f", "let i", "let j", "m::<"] {
            assert!(code.contains(kept), "{kept} in {code}");
        }
        assert_eq!(code_of("a\n#[cfg(test)]\nmod tests {\n b }"), "a\n");
    }

    #[test]
    fn groups_are_taken_apart() {
        let code =
            "use crate::{a, b::{c, d as e}, f::*}; use crate::g::h; crate::i::j(1); mycrate::k; x::crate::l;";
        let expected = ["a", "b::c", "b::d", "f::*", "g::h", "i::j"].map(|path| format!("crate::{path}"));
        assert_eq!(paths(code, "crate"), expected);
    }
}
