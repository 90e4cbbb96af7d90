//! [`Mutant`]: one change to the broker's source, as text put in before and after what is there.

use serde::{Deserialize, Serialize};

/// One change. What stands between `from` and `to` stays where it is, between `before` and `after`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Mutant {
    /// The file, from the repository's root.
    pub file: String,
    /// The line in which it begins, from 1.
    pub line: usize,
    /// The function it is in.
    pub function: String,
    /// What is changed, for people: `a < b → a <= b`.
    pub what: String,
    /// The first byte that it is about.
    pub from: usize,
    /// The first byte after it.
    pub to: usize,
    /// Put in before; `#` stands for the call that asks whether this mutant is the one.
    pub before: String,
    /// Put in after.
    pub after: String,
}

impl Mutant {
    /// What tells it from all others, and stays the same as long as the line does.
    pub fn key(&self) -> String {
        format!("{}:{}:{}: {}", self.file, self.line, self.from, self.what)
    }

    /// The room of the broker it is in.
    pub fn room(&self) -> &str {
        let inside = self.file.strip_prefix("broker/core/src/").unwrap_or(&self.file);
        inside.split(['/', '.']).next().unwrap_or(inside)
    }
}

/// Where a mutant lies in a file that was written: the bytes of everything put in, and of what it surrounds.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Its number.
    pub number: usize,
    /// The first byte.
    pub from: usize,
    /// The first byte after it.
    pub to: usize,
}

/// The text of a file with these mutants in it, each with its number; and where each of them lies.
pub fn splice(source: &str, mutants: &[(usize, &Mutant)]) -> (String, Vec<Place>) {
    // A surrounding mutant opens before and closes after those that it surrounds.
    let mut order: Vec<&(usize, &Mutant)> = mutants.iter().collect();
    order.sort_by_key(|(number, mutant)| (mutant.from, usize::MAX - mutant.to, *number));
    let mut text = String::with_capacity(source.len() * 2);
    let mut places = Vec::new();
    let mut open: Vec<(usize, &Mutant, usize)> = Vec::new();
    let mut at = 0;
    let mut close = |text: &mut String, at: &mut usize, (number, mutant, from): (usize, &Mutant, usize)| {
        text.push_str(&source[*at..mutant.to]);
        *at = mutant.to;
        text.push_str(&mutant.after);
        places.push(Place {
            number,
            from,
            to: text.len(),
        });
    };
    for (number, mutant) in order {
        while let Some(last) = open.pop_if(|(_, last, _)| last.to <= mutant.from && last.from < mutant.to) {
            close(&mut text, &mut at, last);
        }
        text.push_str(&source[at..mutant.from]);
        at = mutant.from;
        let from = text.len();
        text.push_str(
            &mutant
                .before
                .replace('#', &format!("crate::mutant::is({number})")),
        );
        open.push((*number, mutant, from));
    }
    while let Some(last) = open.pop() {
        close(&mut text, &mut at, last);
    }
    text.push_str(&source[at..]);
    (text, places)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(from: usize, to: usize, before: &str, after: &str) -> Mutant {
        Mutant {
            file: "broker/core/src/engine/ack.rs".to_owned(),
            line: 1,
            function: "f".to_owned(),
            what: "it".to_owned(),
            from,
            to,
            before: before.to_owned(),
            after: after.to_owned(),
        }
    }

    #[test]
    fn mutants_surround_each_other() {
        let outer = mutant(1, 8, "(if # { A } else { ", " })");
        let inner = mutant(1, 3, "[", "]");
        let entry = mutant(0, 0, "<#>", "");
        let (text, places) = splice("{a+b < c}", &[(1, &outer), (2, &inner), (3, &entry)]);
        assert_eq!(
            text,
            "<crate::mutant::is(3)>{(if crate::mutant::is(1) { A } else { [a+]b < c })}"
        );
        assert_eq!(places.len(), 3);
        assert_eq!(outer.room(), "engine");
    }
}
