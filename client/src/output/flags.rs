//! The flags that say how things are shown.

use clap::{Args, ValueEnum};

use super::style::Color;
use crate::generate::Generated;

/// How a message is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Layout {
    /// For a terminal if standard output is one, else plain.
    #[default]
    Auto,
    /// As mosquitto_sub prints it: the payload's bytes and nothing else.
    Plain,
    /// Time, topic, payload: JSON indented, binary as hexadecimal, what is long cut.
    Terminal,
}

/// How a message that arrives is printed.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct MessageFlags {
    /// Print the topic before the payload
    #[arg(short, long)]
    pub verbose: bool,
    /// Print messages in this format: %t topic, %p payload, %j JSON, … (all sequences of mosquitto_sub)
    #[arg(short = 'F', value_name = "FORMAT", allow_hyphen_values = true)]
    pub format: Option<String>,
    /// Indent the JSON of %j and %J
    #[arg(long)]
    pub pretty: bool,
    /// Print no line feed after a message
    #[arg(short = 'N')]
    pub no_line_feed: bool,
    /// How to lay messages out: auto (for people on a terminal, plain elsewhere), plain or terminal
    #[arg(
        long,
        value_name = "LAYOUT",
        default_value = "auto",
        hide_possible_values = true
    )]
    pub layout: Layout,
}

/// What else is shown, and in which colours.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct ScreenFlags {
    /// Show every packet on standard error, and what it means
    #[arg(long)]
    pub trace: bool,
    /// Print one JSON object a line, for programs; errors too, on standard error
    #[arg(long)]
    pub json: bool,
    /// When to use colours: auto (on a terminal, unless NO_COLOR is set), always or never
    #[arg(
        long,
        alias = "colour",
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true
    )]
    pub color: Color,
    /// Print a completion script (bash, zsh, fish, elvish, powershell) or the manual page (man), and exit
    #[arg(long, value_name = "WHAT", hide_possible_values = true)]
    pub generate: Option<Generated>,
}
