//! Colours, and when.

use std::fmt;
use std::io::{self, IsTerminal};

use clap::ValueEnum;

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`.
    #[default]
    Auto,
    /// In a pipe, too.
    Always,
    /// Nowhere.
    Never,
}

/// What a piece of text is; each has its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// Less important text: times, notes, punctuation.
    Dim,
    /// A topic.
    Topic,
    /// A name: of a packet, of a key.
    Key,
    /// Text in quotes.
    Text,
    /// A number.
    Number,
    /// `true`, `false`, `null`.
    Word,
    /// It went well.
    Good,
    /// Worth a look.
    Warning,
    /// It went wrong.
    Bad,
    /// To the broker.
    Outgoing,
    /// From the broker.
    Incoming,
}

impl Paint {
    fn code(self) -> &'static str {
        match self {
            Self::Dim => "2",
            Self::Topic => "36",
            Self::Key => "34",
            Self::Text => "32",
            Self::Number => "33",
            Self::Word => "35",
            Self::Good => "1;32",
            Self::Warning => "93",
            Self::Bad => "1;31",
            Self::Outgoing => "1;36",
            Self::Incoming => "32;1",
        }
    }
}

/// What an output stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// A person looks at it.
    pub terminal: bool,
    /// It gets colours.
    pub color: bool,
    /// Columns. Without a terminal there is no limit.
    pub width: usize,
}

impl Screen {
    /// No terminal, no colours.
    pub const PIPE: Self = Self {
        terminal: false,
        color: false,
        width: usize::MAX,
    };

    /// Standard output.
    #[must_use]
    pub fn stdout(color: Color) -> Self {
        Self::of(&std::io::stdout(), color)
    }

    /// Standard error.
    #[must_use]
    pub fn stderr(color: Color) -> Self {
        Self::of(&std::io::stderr(), color)
    }

    #[cfg(unix)]
    fn of(stream: &(impl IsTerminal + std::os::fd::AsFd), color: Color) -> Self {
        let size = terminal_size::terminal_size_of(stream);
        Self::with(stream.is_terminal(), size.map(|(width, _)| width.0), color)
    }

    #[cfg(not(unix))]
    fn of(stream: &impl IsTerminal, color: Color) -> Self {
        Self::with(stream.is_terminal(), None, color)
    }

    fn with(terminal: bool, width: Option<u16>, color: Color) -> Self {
        let is = |name: &str, what: fn(&std::ffi::OsStr) -> bool| {
            std::env::var_os(name).is_some_and(|value| what(&value))
        };
        // https://no-color.org: any value counts, unless it is empty.
        let wanted = !is("NO_COLOR", |value| !value.is_empty()) && !is("TERM", |value| value == "dumb");
        Self {
            terminal,
            color: match color {
                Color::Auto => terminal && wanted,
                Color::Always => true,
                Color::Never => false,
            },
            width: match width {
                // A terminal that says 0 does not know.
                Some(width @ 20..) => usize::from(width),
                _ if terminal => 80,
                _ => usize::MAX,
            },
        }
    }

    /// `text` in its colour, if there are colours.
    pub fn paint<T: fmt::Display>(&self, paint: Paint, text: T) -> Painted<T> {
        Painted {
            code: self.color.then(|| paint.code()),
            text,
        }
    }
}

/// Text with its colour. A width in the format counts the text alone.
#[derive(Debug)]
pub struct Painted<T> {
    code: Option<&'static str>,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(code) = self.code else {
            return self.text.fmt(f);
        };
        write!(f, "\x1b[{code}m")?;
        self.text.fmt(f)?;
        f.write_str("\x1b[0m")
    }
}

/// How many lines the terminal of standard output has; 24 where that cannot be found out.
#[must_use]
pub fn terminal_height() -> usize {
    #[cfg(unix)]
    let size = terminal_size::terminal_size_of(io::stdout());
    #[cfg(not(unix))]
    let size = terminal_size::terminal_size();
    size.map_or(24, |(_, height)| height.0.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_asked_for_or_there_is_a_terminal() {
        let plain = Screen::with(false, None, Color::Auto);
        assert_eq!(plain, Screen::PIPE);
        assert!(Screen::with(false, None, Color::Always).color);
        let screen = Screen::with(true, Some(0), Color::Never);
        assert_eq!((screen.terminal, screen.color, screen.width), (true, false, 80));
    }

    #[test]
    fn widths_count_the_text() {
        let screen = Screen {
            color: true,
            ..Screen::PIPE
        };
        assert_eq!(
            format!("{:<4}|", screen.paint(Paint::Dim, "ab")),
            "\x1b[2mab  \x1b[0m|"
        );
        assert_eq!(format!("{:<4}|", Screen::PIPE.paint(Paint::Dim, "ab")), "ab  |");
    }
}
