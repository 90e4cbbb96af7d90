//! Whether the names and helpers of a template exist. The engine would find out when it fills the template in, which is too late.

use std::collections::HashSet;

use super::Invalid;
use super::helpers::table;
use super::scan::{Kind, Token};
use super::scope::{Scope, Shape};
use crate::pattern::nearest;

/// The first name, helper or filter that cannot be.
pub(super) fn names(
    source: &str,
    tokens: &[Token<'_>],
    used: &HashSet<String>,
    scope: &Scope,
) -> Result<(), Invalid> {
    let mut wrong: Vec<(usize, String)> = Vec::new();
    for path in used {
        if let Some((words, what)) = wrong_path(path, scope) {
            wrong.push((find(tokens, &words), what));
        }
    }
    for (at, token) in tokens.iter().enumerate() {
        let before = |back: usize| at.checked_sub(back).map(|at| tokens[at]);
        let follows = |sign: &str| before(1).is_some_and(|token| token.is(sign));
        if token.kind != Kind::Word {
            continue;
        }
        let block = follows("filter") && before(2).is_some_and(|token| token.is("{%"));
        if (follows("|") || block) && table::find(table::Kind::Filter, token.text).is_none() {
            wrong.push((token.at, no_filter(token.text)));
        }
        let is_test = follows("is") || follows("not") && before(2).is_some_and(|token| token.is("is"));
        if is_test && token.text != "not" && !table::TESTS.contains(&token.text) {
            let near = nearest(token.text, table::TESTS.iter().copied());
            let what = format!(
                "there is no test {:?}{near}; there are {}",
                token.text,
                table::TESTS.join(", ")
            );
            wrong.push((token.at, what));
        }
    }
    match wrong.into_iter().min() {
        None => Ok(()),
        Some((at, what)) => Err(Invalid::at(source, at, what)),
    }
}

/// The words that cannot be, and why: `message.topik`.
fn wrong_path<'a>(path: &'a str, scope: &Scope) -> Option<(Vec<&'a str>, String)> {
    let words: Vec<&str> = path.split('.').collect();
    let Some(mut shape) = scope.get(words[0]) else {
        if table::find(table::Kind::Function, words[0]).is_some() {
            return None;
        }
        return Some((vec![words[0]], no_name(words[0], scope)));
    };
    for (depth, word) in words.iter().enumerate().skip(1) {
        let Shape::Members(members) = shape else {
            return None;
        };
        if let Some((_, of_member)) = members.iter().find(|(name, _)| name == word) {
            shape = *of_member;
            continue;
        }
        let names: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
        let near = nearest(word, names.iter().copied());
        let of = words[..depth].join(".");
        let what = format!("there is no {word:?} in {of}{near}; it has {}", names.join(", "));
        return Some((words[..=depth].to_vec(), what));
    }
    None
}

fn no_name(name: &str, scope: &Scope) -> String {
    if let Some(filter) = table::find(table::Kind::Filter, name) {
        return format!("{name:?} is a filter: write `… | {}`", filter.call);
    }
    let mut names: Vec<&str> = scope.names().collect();
    names.sort_unstable();
    let all = names.iter().copied().chain(table::names(table::Kind::Function));
    let near = nearest(name, all);
    format!(
        "there is no {name:?} here{near}; there are {} and the helpers of docs/STUBS.md",
        names.join(", ")
    )
}

fn no_filter(name: &str) -> String {
    if let Some(function) = table::find(table::Kind::Function, name) {
        return format!("{name:?} is a function: write `{}`", function.call);
    }
    let near = nearest(name, table::names(table::Kind::Filter));
    format!("there is no filter {name:?}{near}; docs/STUBS.md lists them")
}

/// Where these words stand one behind the other with dots between them.
fn find(tokens: &[Token<'_>], words: &[&str]) -> usize {
    let stands = |at: usize| {
        let begins = at.checked_sub(1).is_none_or(|before| !tokens[before].is("."));
        begins
            && words.iter().enumerate().all(|(nth, word)| {
                let here = tokens
                    .get(at + 2 * nth)
                    .is_some_and(|token| token.kind == Kind::Word && token.text == *word);
                here && (nth == 0 || tokens[at + 2 * nth - 1].is("."))
            })
    };
    let found = (0..tokens.len()).find(|at| stands(*at));
    found.map_or(0, |at| tokens[at + 2 * (words.len() - 1)].at)
}
