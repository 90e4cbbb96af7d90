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

/// What is between two lines of a page is written anew; the rest of it is people's.
pub(crate) struct Marks {
    pub(crate) begin: &'static str,
    pub(crate) end: &'static str,
}

const MEASURED: Marks = Marks {
    begin: "<!-- measured: begin; written by `bench --write` -->",
    end: "<!-- measured: end -->",
};
const FLOODS: Marks = Marks {
    begin: "<!-- floods: begin; written by `floods --write` -->",
    end: "<!-- floods: end -->",
};
const CONSOLE: Marks = Marks {
    begin: "<!-- console: begin; written by `console_load --write` -->",
    end: "<!-- console: end -->",
};
const DURABILITY: Marks = Marks {
    begin: "<!-- durability: begin; written by `durability --write` -->",
    end: "<!-- durability: end -->",
};
const HELD: Marks = Marks {
    begin: "<!-- held: begin; written by `bench --held --write` -->",
    end: "<!-- held: end -->",
};
const WAYS: Marks = Marks {
    begin: "<!-- ways: begin; written by `bench --ways --write` -->",
    end: "<!-- ways: end -->",
};

/// Writes the measured part of docs/PERFORMANCE.md, and the plots beside it.
pub fn write(results: &Results, options: &Options) -> io::Result<()> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    std::fs::create_dir_all(&docs)?;
    if options.engines {
        let measured = engines::measured(results, options, &Machine::here());
        return write_page(&docs.join("ENGINES.md"), &MEASURED, &measured);
    }
    let page = docs.join("PERFORMANCE.md");
    if options.ways {
        let measured = markdown::measured("###", results, options, &Machine::here(), &[]);
        return write_page(&page, &WAYS, &measured);
    }
    if options.held {
        let measured = markdown::measured("###", results, options, &Machine::here(), &[]);
        return write_page(&page, &HELD, &measured);
    }
    let plots = plot::all(results);
    for plot in &plots {
        std::fs::write(docs.join(plot.file), &plot.svg)?;
    }
    let measured = markdown::measured("##", results, options, &Machine::here(), &plots);
    write_page(&page, &MEASURED, &measured)
}

/// Writes the table of the floods into docs/PERFORMANCE.md.
pub fn write_floods(table: &str) -> io::Result<()> {
    write_table(&FLOODS, table)
}

/// Writes the table of state that outlives the broker there.
pub fn write_durability(table: &str) -> io::Result<()> {
    write_table(&DURABILITY, table)
}

/// Writes the tables of the console under load there.
pub fn write_console(tables: &str) -> io::Result<()> {
    write_table(&CONSOLE, tables)
}

fn write_table(marks: &Marks, table: &str) -> io::Result<()> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/PERFORMANCE.md");
    let Machine {
        date,
        cores,
        processor,
        system,
        ..
    } = Machine::here();
    let measured = format!("Measured on {date}: {cores} cores of {processor}, {system}.\n\n{table}");
    write_page(&page, marks, &measured)
}

fn write_page(page: &Path, marks: &Marks, measured: &str) -> io::Result<()> {
    let Marks { begin, end } = marks;
    let old = std::fs::read_to_string(page).unwrap_or_else(|_| format!("# Measured\n\n{begin}\n{end}\n"));
    let new = replace(&old, marks, measured)
        .ok_or_else(|| io::Error::other(format!("{} has no lines {begin:?} and {end:?}", page.display())))?;
    std::fs::write(page, new)
}

/// The page with something else between its marks; `None` where it has none.
pub(crate) fn replace(page: &str, Marks { begin, end }: &Marks, measured: &str) -> Option<String> {
    let (before, rest) = page.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{begin}\n\n{}\n\n{end}{after}", measured.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_is_replaced() {
        let Marks { begin, end } = MEASURED;
        let page = format!("before\n{begin}\nold\n{end}\nafter\n");
        let expected = format!("before\n{begin}\n\nnew\n\n{end}\nafter\n");
        let replaced = replace(&page, &MEASURED, "new\n");
        assert_eq!(replaced.as_deref(), Some(expected.as_str()));
        assert_eq!(replace("no marks", &MEASURED, "new"), None);
        assert_eq!(replace(&page, &WAYS, "new"), None);
    }
}
