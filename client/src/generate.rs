//! `--generate`: completion scripts and the manual page, from the definitions of the flags.

use std::io::{self, Write};

use clap::builder::PossibleValuesParser;
use clap::{Arg, Command, ValueEnum, ValueHint};
use clap_complete::Shell;

/// What `--generate` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Generated {
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
    /// Writes it onto `out`.
    ///
    /// # Errors
    /// `out` does not take it.
    pub fn write(self, command: &mut Command, out: &mut impl Write) -> io::Result<()> {
        let shell = match self {
            Self::Bash => Shell::Bash,
            Self::Zsh => Shell::Zsh,
            Self::Fish => Shell::Fish,
            Self::Elvish => Shell::Elvish,
            Self::Powershell => Shell::PowerShell,
            Self::Man => return clap_mangen::Man::new(command.clone()).render(out),
        };
        let name = command.get_name().to_owned();
        let mut whole = Vec::new();
        clap_complete::generate(shell, &mut command.clone().mut_args(completed), name, &mut whole);
        out.write_all(&whole)
    }
}

/// What a shell may offer as a flag's value. It offers names of files only where the value is a file.
fn completed(arg: Arg) -> Arg {
    if !arg.get_action().takes_values() || !arg.get_possible_values().is_empty() {
        return arg;
    }
    let name = arg.get_value_names().and_then(<[_]>::first);
    let hint = match name.map_or("", |name| name.as_str()) {
        "QOS" => return arg.value_parser(PossibleValuesParser::new(["0", "1", "2"])),
        "VERSION" if arg.get_short() == Some('V') => {
            return arg.value_parser(PossibleValuesParser::new(["mqttv311", "mqttv5", "mqttv31"]));
        }
        "FILE" => ValueHint::FilePath,
        "DIRECTORY" => ValueHint::DirPath,
        // --ws-path is a path of HTTP.
        "PATH" if arg.get_long() == Some("unix") => ValueHint::FilePath,
        "HOST" => ValueHint::Hostname,
        "URL" => ValueHint::Url,
        "COMMAND" => ValueHint::CommandWithArguments,
        _ => ValueHint::Other,
    };
    arg.value_hint(hint)
}
