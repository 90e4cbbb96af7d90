//! How `--help` is laid out: all of it fits a screen.

use std::fmt::Write as _;

use settings::text::padded;

const EXAMPLES: &str = "\
Examples: broker --watch      shows the packets in this terminal, as a ladder
          broker -- pytest    on a free port, for one command, which has MQTT_URL
Flags win over variables (CITRONELLA_PORT), these over the file.";

/// The commands in `--help`: what belongs together shares a line, so that all of it fits a screen.
const COMMANDS: &[(&[&str], &str)] = &[
    (
        &["check"],
        "Say what is wrong with a settings file or a mosquitto.conf, and print it as TOML",
    ),
    (
        &["health"],
        "Say whether a broker answers, for containers and services: exit code 0 or 1",
    ),
    (&["ctl"], "Ask and steer a running broker over its control API"),
    (
        &["lesson"],
        "Lessons about MQTT: list them, take one on a broker, check its exercise",
    ),
    (
        &["play", "stubs"],
        "Play a recording to a broker or to a client; print stubs made of one",
    ),
    (
        &["profile", "lint"],
        "What other brokers would not take: their limits; a recording held against them",
    ),
    (
        &["asyncapi"],
        "Check an AsyncAPI document, hold a recording against it, or make one of it",
    ),
    (
        &["passwd"],
        "Add users to a password file, change or remove them, as mosquitto_passwd does",
    ),
    (
        &["ca", "cert"],
        "Print the CA's certificate, for clients to trust; make a client's certificate",
    ),
];

/// `--help`, with these commands: those that this build has.
pub(super) fn template() -> String {
    let mut text = "{about-with-newline}\nUsage: {usage}\n\nCommands:\n".to_owned();
    for (names, what) in COMMANDS {
        let is_there = |name: &&&str| match **name {
            "asyncapi" => cfg!(feature = "contracts"),
            "ca" | "cert" => cfg!(feature = "tls"),
            _ => true,
        };
        let names: Vec<&str> = names.iter().filter(is_there).copied().collect();
        if !names.is_empty() {
            let _ = writeln!(text, "  {}  {what}", padded(&names.join(", "), 13));
        }
    }
    text + "\nOptions:\n{options}{after-help}"
}

/// What stands behind the flags.
pub(super) fn after() -> String {
    let completions = if cfg!(feature = "generate") {
        " Completions: --generate bash"
    } else {
        ""
    };
    format!("{EXAMPLES}{completions}")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::flags::Flags;

    #[test]
    fn every_command_is_named_and_no_other() {
        let command = Flags::command();
        let all = command.get_subcommands().filter(|command| !command.is_hide_set());
        let mut all: Vec<&str> = all.map(clap::Command::get_name).collect();
        let template = template();
        let (_, rest) = template.split_once("Commands:\n").expect("they are there");
        let (lines, _) = rest.split_once("\n\n").expect("the flags come behind");
        let names = lines
            .lines()
            .filter_map(|line| line.trim_start().split_once("  "));
        let mut named: Vec<&str> = names.flat_map(|(names, _)| names.split(", ")).collect();
        all.sort_unstable();
        named.sort_unstable();
        assert_eq!(named, all);
    }
}
