//! The page's examples; `tests/cli_page.rs` runs each against a broker.

/// What it shows, the commands, and what they must print on standard output.
pub struct Example {
    /// What it shows.
    pub what: &'static str,
    /// Lines for a shell.
    pub commands: &'static str,
    /// Each of these is in the output.
    pub prints: &'static [&'static str],
    /// The exit code.
    pub code: i32,
}

/// In the order of the page.
pub const EXAMPLES: &[Example] = &[
    Example {
        what: "Every packet of an exchange with QoS 2, and what it means:",
        commands: "publisher -t test/topic -m bar -q 2 --trace",
        prints: &[],
        code: 0,
    },
    Example {
        what: "A test in a shell. What stands behind `--` runs once the subscription is acknowledged, so nothing is missed:",
        commands: "subscriber --expect 'home/+/temperature' --payload-json '{\"unit\":\"C\"}' --within 10s -- \\\n    \
                   publisher -t home/kitchen/temperature -m '{\"value\":21.5,\"unit\":\"C\"}'",
        prints: &["{\"value\":21.5,\"unit\":\"C\"}"],
        code: 0,
    },
    Example {
        what: "That nothing comes is an expectation, too:",
        commands: "subscriber --expect 'alarm/#' --expect-count 0 --within 200ms",
        prints: &[],
        code: 0,
    },
    Example {
        what: "Record, and publish again ten times as fast:",
        commands: "subscriber -t 'home/#' -C 2 --record home.jsonl -- \\\n    publisher -t home/hall -m on --repeat 2 \
                   --repeat-delay 0.1\npublisher --replay home.jsonl --speed 10x",
        prints: &["on\non\n"],
        code: 0,
    },
    Example {
        what: "Ask, and wait for the answer (version 5; nobody answers here, so it ends with 27):",
        commands: "publisher -V 5 -t service/time -m '' --response-topic answers/me -W 0.2",
        prints: &[],
        code: 27,
    },
    Example {
        what: "How fast is it from here?",
        commands: "publisher --load --clients 4 -q 1 --repeat 2000",
        prints: &["acknowledged", "2,000", "99.9 %"],
        code: 0,
    },
    Example {
        what: "For programs:",
        commands: "publisher -t test/topic -m bar -q 1 --json",
        prints: &["\"event\":\"acknowledged\""],
        code: 0,
    },
    Example {
        what: "Completions for this bash, and the manual page:",
        commands: "source <(subscriber --generate bash)\nsubscriber --generate man > subscriber.1",
        prints: &[],
        code: 0,
    },
];
