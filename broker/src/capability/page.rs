//! The table for people and for machines.

use std::fmt::Write as _;

use serde_json::{Value, json as object};

use super::{Capability, EngineName, Support};

/// What `--print-capabilities` prints.
///
/// ```
/// use broker::capability::{EngineName, text};
///
/// assert!(text(EngineName::Native).starts_with("The engine in force is native."));
/// ```
pub fn text(of: EngineName) -> String {
    let width = |engine: EngineName| engine.name().len().max("upstream".len());
    let words = Capability::ALL.iter().map(|capability| capability.word().len());
    let first = words.max().unwrap_or_default();
    let mut text = format!("The engine in force is {of}.\n\n{:first$}", "");
    for engine in EngineName::ALL {
        // Writing to a String cannot fail, here and below.
        let _ = write!(text, "  {:width$}", engine.name(), width = width(engine));
    }
    text.push('\n');
    for capability in Capability::ALL {
        let _ = write!(text, "{:first$}", capability.word());
        for engine in EngineName::ALL {
            let word = engine.support(*capability).word();
            let _ = write!(text, "  {word:width$}", width = width(engine));
        }
        let _ = writeln!(text, "  {}", capability.what());
        for engine in EngineName::ALL {
            if let Support::Differs(how) = engine.support(*capability) {
                let _ = writeln!(text, "{:first$}    {engine}: {how}", "");
            }
        }
    }
    let _ = write!(
        text,
        "\n\"upstream\": as the broker behind the relay does it; bytes are passed on as they are.\n"
    );
    text.lines().fold(String::new(), |mut lines, line| {
        lines.push_str(line.trim_end());
        lines.push('\n');
        lines
    })
}

/// What `--print-capabilities --json` prints, as one object.
///
/// ```
/// use broker::capability::{EngineName, json};
///
/// println!("{:#}", json(EngineName::Rumqttd));
/// assert!(json(EngineName::Native).is_object());
/// ```
pub fn json(of: EngineName) -> Value {
    let rows: serde_json::Map<String, Value> = Capability::ALL
        .iter()
        .map(|capability| {
            let engines: serde_json::Map<String, Value> = EngineName::ALL
                .iter()
                .map(|engine| {
                    let support = engine.support(*capability);
                    let cell = object!({ "support": support.word(), "how": support.how() });
                    (engine.name().to_owned(), cell)
                })
                .collect();
            let row = object!({ "what": capability.what(), "engines": engines });
            (capability.word().to_owned(), row)
        })
        .collect();
    object!({ "engine": of.name(), "capabilities": rows })
}

/// `bench --engines --write` writes the text between these two lines.
const BEGIN: &str = "<!-- measured: begin; written by `bench --write` -->";
const END: &str = "<!-- measured: end -->";

/// docs/ENGINES.md. The measured part is taken from `old`.
pub fn markdown(old: &str) -> String {
    let measured = old
        .split_once(BEGIN)
        .and_then(|(_, rest)| rest.split_once(END))
        .map_or("\n", |(measured, _)| measured);
    let mut page = format!(
        "<!-- Generated from broker/src/capability; `UPDATE_DOCS=1 cargo test -p broker --test it cli` writes it anew. -->\n\n\
         # Engines\n\n{}\n## What each can do\n\n\
         `upstream`: as the broker behind the relay does it. The short ones are held against each engine by \
         `tests/tests/it/engines.rs`.\n\n\
         | capability | what | native | rumqttd | relay |\n|---|---|---|---|---|\n",
        include_str!("prose.md")
    );
    for capability in Capability::ALL {
        // Writing to a String cannot fail, here and below.
        let _ = write!(page, "| `{}` | {}", capability.word(), capability.what());
        for engine in EngineName::ALL {
            let support = engine.support(*capability);
            let _ = match support {
                Support::Differs(how) => write!(page, " | differs: {how}"),
                support => write!(page, " | {}", support.word()),
            };
        }
        page.push_str(" |\n");
    }
    let _ = write!(
        page,
        "\n## What the way through costs\n\n\
         `cargo run --release -p tests --features rumqttd --bin bench -- --engines --write` measures it anew.\n\n\
         {BEGIN}{measured}{END}\n"
    );
    page
}
