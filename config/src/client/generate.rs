//! `--generate`: completion scripts and the manual page, from the definitions of the flags.

use std::io::{self, Write};

use clap::{Command, ValueEnum};
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
        clap_complete::generate(shell, command, name, out);
        Ok(())
    }
}
