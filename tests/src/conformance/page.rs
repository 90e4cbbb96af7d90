//! `docs/CONFORMANCE.md`, written from the ledger, a run of the rows, and the citations in the source.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use super::cite::Citations;
use super::ledger::{Binds, Evidence, Statement};
use super::root;

/// Rows named in one cell; more are counted.
const NAMED: usize = 3;

/// Where the page is.
pub fn path() -> PathBuf {
    root().join("docs/CONFORMANCE.md")
}

/// The whole page.
pub fn write(statements: &[Statement], evidence: &Evidence, cited: &Citations) -> String {
    let mut page = String::new();
    let _ = write!(
        page,
        "# Conformance\n\n\
         Every numbered statement of MQTT 3.1.1 and MQTT 5.0, what proves that the broker keeps it, and the files \
         whose code\nenforces it. Written by `cargo run -p tests --bin conformance`, which runs the rows first and \
         names only what passed;\na test fails when this page is stale.\n\n\
         A *row* is a little conversation in [tests/data/rows](../tests/data/rows): packets that are sent, packets \
         that must come\nback. There are {} rows, {} cases over the versions 3.1, 3.1.1 and 5; each case runs against \
         the engine in-process (whole\npackets, and byte by byte) and, where it needs no clock, over every way in: TCP, TLS, \
         WebSocket, WebSocket inside TLS, and a Unix\nsocket, all in each test run. No case is left out on any of them. One \
         has another answer where HTTP is known before MQTT is, on\nall of them but WebSocket: a connection that begins with \
         an HTTP request gets one in HTTP, and is then closed. Any other broker\ncan be put through them: \
         `cargo run -p tests --bin conformance -- --against host:port`, or with `mqtts://`, `ws://`, `wss://` before it\n(and \
         `--cafile`), or `unix://` and a path.\n\n",
        evidence.rows, evidence.cases,
    );
    page.push_str(
        "| standard | statements | bind a server | proven by rows | by tests | reasoned | client only |\n",
    );
    page.push_str("|---|---|---|---|---|---|---|\n");
    let standards = [("MQTT311-", "MQTT 3.1.1"), ("MQTT5-", "MQTT 5.0")];
    for (prefix, name) in standards {
        let of: Vec<&Statement> = statements
            .iter()
            .filter(|statement| statement.id.starts_with(prefix))
            .collect();
        let binding: Vec<&&Statement> = of.iter().filter(|s| s.binds != Binds::Client).collect();
        let rows = binding
            .iter()
            .filter(|s| evidence.proven.contains_key(&s.id))
            .count();
        let tests = binding
            .iter()
            .filter(|s| !evidence.proven.contains_key(&s.id) && !s.tests.is_empty())
            .count();
        let reasoned = binding.iter().filter(|s| s.reason.is_some()).count();
        let _ = writeln!(
            page,
            "| {name} | {} | {} | {rows} | {tests} | {reasoned} | {} |",
            of.len(),
            binding.len(),
            of.len() - binding.len()
        );
    }
    page.push_str(&seen());
    for (prefix, name) in standards {
        let _ = write!(page, "\n## {name}\n");
        let mut section = "";
        for statement in statements
            .iter()
            .filter(|statement| statement.id.starts_with(prefix))
        {
            if statement.section() != section {
                section = statement.section();
                let _ = write!(
                    page,
                    "\n### {name}, section {section}\n\n| id | what it demands | proven by | enforced in |\n|---|---|---|---|\n"
                );
            }
            let _ = writeln!(
                page,
                "| {} | {} | {} | {} |",
                statement.id,
                cell(&statement.gist),
                proof(statement, evidence),
                enforced(cited.get(&statement.id)),
            );
        }
    }
    page
}

/// What the mutants say; the table is written by `tests/mutants`.
fn seen() -> String {
    let table = std::fs::read_to_string(root().join("tests/data/mutation.md")).unwrap_or_default();
    format!(
        "\n## How much the tests see\n\n\
         A row is worth what it notices. So the broker is broken, in one place at a time: a comparison turned round, a step \
         left out, a\nlimit off by one, a loop that goes round once. Each such *mutant* of the rooms below the sans-IO line \
         is put through the rows,\nand, if they pass, through all other tests that reach its room without another program; \
         the examples of the documentation are\nnot among them. A mutant that takes far longer than the tests do otherwise \
         counts as caught. Of each one that lives,\n[tests/mutants/explained.tsv](../tests/mutants/explained.tsv) says why it \
         may: it changes nothing (`equivalent`), only speed or\nmemory (`speed`), or only the wording for people \
         (`words`).\n\n    cd tests/mutants && cargo run --release -- --seed 1 --sample 500\n\n{table}"
    )
}

fn proof(statement: &Statement, evidence: &Evidence) -> String {
    let mut proofs = Vec::new();
    if let Some(rows) = evidence.proven.get(&statement.id) {
        proofs.extend(rows.iter().take(NAMED).map(|row| cell(row)));
        if rows.len() > NAMED {
            proofs.push(format!("and {} more rows", rows.len() - NAMED));
        }
    }
    proofs.extend(statement.tests.iter().map(|test| format!("`{test}`")));
    if let Some(reason) = &statement.reason {
        proofs.push(format!("*{}*", cell(reason)));
    }
    if proofs.is_empty() && statement.binds == Binds::Client {
        proofs.push("*binds clients only*".to_owned());
    }
    proofs.join("<br>")
}

fn enforced(files: Option<&BTreeSet<String>>) -> String {
    let link = |file: &String| {
        let inside = |folder| file.strip_prefix(folder);
        let short = inside("broker/core/src/")
            .or(inside("broker/src/"))
            .unwrap_or(file);
        format!("[{short}](../{file})")
    };
    files
        .map(|files| {
            files
                .iter()
                .filter(|file| !file.contains("/tests"))
                .map(link)
                .collect::<Vec<_>>()
                .join(", ")
        })
        .unwrap_or_default()
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}
