//! `--generate`: completion scripts for shells and the manual page, from the definitions of the flags.

use std::fmt::Write as _;

use super::EXIT_CODES;
use super::reference::spelling;
use clap::builder::PossibleValuesParser;
use clap::{Arg, Command, ValueEnum, ValueHint};
use clap_complete::Shell;

/// What `--generate` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Generated {
    /// Completions for bash.
    Bash,
    /// Completions for zsh.
    Zsh,
    /// Completions for fish.
    Fish,
    /// Completions for elvish.
    Elvish,
    /// Completions for PowerShell.
    Powershell,
    /// The manual page, in roff.
    Man,
}

impl Generated {
    /// The text.
    pub(super) fn text(self, command: Command) -> String {
        let shell = match self {
            Self::Bash => Shell::Bash,
            Self::Zsh => Shell::Zsh,
            Self::Fish => Shell::Fish,
            Self::Elvish => Shell::Elvish,
            Self::Powershell => Shell::PowerShell,
            Self::Man => return manual(command),
        };
        let name = command.get_name().to_owned();
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut completed(command), name, &mut text);
        String::from_utf8_lossy(&text).into_owned()
    }
}

/// The command with what a shell may offer as the value of each flag.
fn completed(command: Command) -> Command {
    let command = command.mut_args(|arg| {
        if !arg.get_action().takes_values() || !arg.get_possible_values().is_empty() {
            return arg;
        }
        let name = arg.get_value_names().and_then(<[_]>::first);
        let hint = match name.map_or("", |name| name.as_str()) {
            "ENGINE" => return arg.value_parser(PossibleValuesParser::new(["native", "rumqttd"])),
            "FILE" | "PATH" => ValueHint::FilePath,
            "DIR" => ValueHint::DirPath,
            "ADDR" => ValueHint::Hostname,
            "URL" => ValueHint::Url,
            _ => ValueHint::Other,
        };
        arg.value_hint(hint)
    });
    command.mut_subcommands(completed)
}

/// One page with all commands.
fn manual(command: Command) -> String {
    let name = command.get_name().to_owned();
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    // It has room for what `--help` leaves out.
    let whole = command.mut_args(|arg| {
        let is_for_people = arg.get_long() != Some("detached");
        arg.hide(!is_for_people)
    });
    let synopsis = ["[FLAGS]", "[FLAGS] -- COMMAND ARGS…", "COMMAND [FLAGS]"];
    let synopsis = synopsis.map(|line| format!("\\fB{name}\\fR {}", escaped(line)));
    let mut page = format!(
        ".TH {name} 1 \"\" \"citronella {}\" Citronella\n.SH NAME\n{name} \\- {}\n.SH SYNOPSIS\n{}\n.SH OPTIONS\n",
        env!("CARGO_PKG_VERSION"),
        escaped(&about),
        synopsis.join("\n.br\n")
    );
    for flag in whole.get_arguments().filter(|flag| !flag.is_hide_set()) {
        let help = flag.get_help().map(ToString::to_string).unwrap_or_default();
        entry(&mut page, &spelling(flag), &help);
    }
    page += ".SH COMMANDS\n";
    commands(&mut page, &name, &whole);
    page += ".SH EXIT STATUS\n";
    for (code, when) in EXIT_CODES {
        entry(&mut page, code, when);
    }
    page
}

/// Each command that can be given, with its flags.
fn commands(page: &mut String, before: &str, command: &Command) {
    for command in command.get_subcommands() {
        let path = format!("{before} {}", command.get_name());
        if !command.has_subcommands() || !command.is_subcommand_required_set() {
            let names = command
                .get_positionals()
                .filter_map(Arg::get_value_names)
                .flatten();
            let words: Vec<&str> = [path.as_str()]
                .into_iter()
                .chain(names.map(clap::builder::Str::as_str))
                .collect();
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            entry(page, &words.join(" "), &about);
            let own = command
                .get_arguments()
                .filter(|arg| !arg.is_positional() && !arg.is_global_set());
            flags(page, own);
        }
        let of_all: Vec<&Arg> = command
            .get_arguments()
            .filter(|arg| arg.is_global_set())
            .collect();
        if !of_all.is_empty() && command.has_subcommands() {
            entry(page, &format!("{path} COMMAND"), "Flags of all its commands:");
            flags(page, of_all.into_iter());
        }
        commands(page, &path, command);
    }
}

/// Flags, further in than their command.
fn flags<'a>(page: &mut String, flags: impl Iterator<Item = &'a Arg>) {
    let mut flags = flags.peekable();
    if flags.peek().is_none() {
        return;
    }
    page.push_str(".RS\n");
    for flag in flags {
        let help = flag.get_help().map(ToString::to_string).unwrap_or_default();
        entry(page, &spelling(flag), &help);
    }
    page.push_str(".RE\n");
}

fn entry(page: &mut String, head: &str, text: &str) {
    let _ = writeln!(page, ".TP\n\\fB{}\\fR\n{}", escaped(head), escaped(text));
}

/// A text in which nothing has a meaning for roff.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-").replace('…', "...");
    if text.starts_with(['.', '\'']) {
        format!("\\&{text}")
    } else {
        text
    }
}
