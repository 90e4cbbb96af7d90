//! The table for people and for machines.

use std::fmt::Write as _;

use serde_json::{Value, json as object};

use super::{Capability, Engine, Support};

/// What `--print-capabilities` prints.
pub fn text(of: Engine) -> String {
    let width = |engine: Engine| engine.name().len().max("upstream".len());
    let words = Capability::ALL.iter().map(|capability| capability.word().len());
    let first = words.max().unwrap_or_default();
    let mut text = format!("The engine in force is {of}.\n\n{:first$}", "");
    for engine in Engine::ALL {
        // Writing to a String cannot fail, here and below.
        let _ = write!(text, "  {:width$}", engine.name(), width = width(engine));
    }
    text.push('\n');
    for capability in Capability::ALL {
        let _ = write!(text, "{:first$}", capability.word());
        for engine in Engine::ALL {
            let word = engine.support(*capability).word();
            let _ = write!(text, "  {word:width$}", width = width(engine));
        }
        let _ = writeln!(text, "  {}", capability.what());
        for engine in Engine::ALL {
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
pub fn json(of: Engine) -> Value {
    let rows: serde_json::Map<String, Value> = Capability::ALL
        .iter()
        .map(|capability| {
            let engines: serde_json::Map<String, Value> = Engine::ALL
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

/// The table in Markdown, for docs/ENGINES.md.
pub fn markdown_tables() -> String {
    let mut page = String::from("| capability | what | native | rumqttd | relay |\n|---|---|---|---|---|\n");
    for capability in Capability::ALL {
        let _ = write!(page, "| `{}` | {}", capability.word(), capability.what());
        for engine in Engine::ALL {
            let support = engine.support(*capability);
            let _ = match support {
                Support::Differs(how) => write!(page, " | differs: {how}"),
                support => write!(page, " | {}", support.word()),
            };
        }
        page.push_str(" |\n");
    }
    page
}
