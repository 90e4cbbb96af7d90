//! The name that was probably meant.

/// The name that was probably meant, in words that follow the wrong name; empty where no name is like it.
pub fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> String {
    let plain = |name: &str| name.to_lowercase().replace(['_', ' ', '-'], "");
    names
        .map(|name| (strsim::damerau_levenshtein(&plain(wrong), &plain(name)), name))
        .min()
        .filter(|(distance, name)| *distance <= name.len() / 3)
        .map_or_else(String::new, |(_, name)| format!(" (did you mean {name:?}?)"))
}

/// `a`, `a or b`, `a, b or c`.
pub(super) fn alternatives(of: impl IntoIterator<Item = String>) -> String {
    let mut all: Vec<String> = of.into_iter().collect();
    match all.pop() {
        Some(last) if !all.is_empty() => format!("{} or {last}", all.join(", ")),
        Some(last) => last,
        None => "nothing".to_owned(),
    }
}
