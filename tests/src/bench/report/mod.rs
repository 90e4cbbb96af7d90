//! The reports of the results: for people, for programs, and for docs/PERFORMANCE.md.

pub mod engines;
mod json;
mod markdown;
mod plot;
mod svg;
mod table;

use std::io;
use std::path::Path;

use super::machine::Machine;
use super::options::Options;
use super::run::Results;

pub use json::json;
pub use table::plain;

/// What is between these lines of the page is written anew; the rest of it is people's.
const BEGIN: &str = "<!-- measured: begin; written by `bench --write` -->";
const END: &str = "<!-- measured: end -->";

/// Writes the measured part of docs/PERFORMANCE.md, and the plots beside it.
pub fn write(results: &Results, options: &Options) -> io::Result<()> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    std::fs::create_dir_all(&docs)?;
    if options.engines {
        let measured = engines::measured(results, options, &Machine::here());
        return write_page(&docs.join("ENGINES.md"), &measured);
    }
    let plots = plot::all(results);
    for plot in &plots {
        std::fs::write(docs.join(plot.file), &plot.svg)?;
    }
    let measured = markdown::measured(results, options, &Machine::here(), &plots);
    write_page(&docs.join("PERFORMANCE.md"), &measured)
}

fn write_page(page: &Path, measured: &str) -> io::Result<()> {
    let old = std::fs::read_to_string(page).unwrap_or_else(|_| format!("# Measured\n\n{BEGIN}\n{END}\n"));
    let new = replace(&old, measured)
        .ok_or_else(|| io::Error::other(format!("{} has no lines {BEGIN:?} and {END:?}", page.display())))?;
    std::fs::write(page, new)
}

fn replace(page: &str, measured: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", measured.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_is_replaced() {
        let page = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        let expected = format!("before\n{BEGIN}\n\nnew\n\n{END}\nafter\n");
        assert_eq!(replace(&page, "new\n").as_deref(), Some(expected.as_str()));
        assert_eq!(replace("no marks", "new"), None);
    }
}
