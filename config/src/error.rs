//! What is wrong with the settings: every problem found, each with its key, its place and what would be right.

use std::fmt;
use std::path::PathBuf;

/// Where a value comes from.
///
/// ```
/// use settings::{Loader, Origin};
///
/// let loaded = Loader::new().env_from([("CITRONELLA_PORT", "1884")]).load()?;
/// assert_eq!(*loaded.origin("port"), Origin::Env("CITRONELLA_PORT".to_owned()));
/// assert_eq!(*loaded.origin("bind"), Origin::Default);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// A settings file: TOML, or a mosquitto.conf.
    File {
        /// Its path, as it was given.
        path: PathBuf,
        /// The line in it, from 1, where one line can be named.
        line: Option<usize>,
    },
    /// The environment variable of this name.
    Env(String),
    /// The flag of this name.
    Flag(String),
    /// The program that embeds the broker.
    Program,
}

impl Origin {
    /// This origin, or this line of it where it is a file.
    pub(crate) fn at_line(&self, line: Option<usize>) -> Self {
        match (self, line) {
            (Self::File { path, .. }, line @ Some(_)) => Self::File {
                path: path.clone(),
                line,
            },
            _ => self.clone(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File {
                path,
                line: Some(line),
            } => write!(f, "{}:{line}", path.display()),
            Self::File { path, line: None } => write!(f, "{}", path.display()),
            Self::Env(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
            Self::Program => f.write_str("the program"),
        }
    }
}

/// All that is wrong with the settings, found in one go; never empty. Prints one problem a line.
///
/// ```
/// let error = settings::Loader::new()
///     .flag("--port", "port", 70_000)
///     .flag("--verbosity", "log.verbosity", "loud")
///     .load()
///     .unwrap_err();
/// assert_eq!(error.problems().len(), 2); // both in one go
/// println!("{error}");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    problems: Vec<Problem>,
}

impl Error {
    /// The problems: layer by layer as they override each other, each file from its top down.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// `Ok` when there are no problems.
    pub(crate) fn unless_none(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Self { problems })
        }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self {
            problems: vec![problem],
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [problem] = self.problems.as_slice() {
            return problem.fmt(f);
        }
        write!(f, "{} problems in the settings:", self.problems.len())?;
        self.problems
            .iter()
            .try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for Error {}

/// One thing that is wrong.
///
/// ```
/// use settings::{Origin, Problem, ProblemKind};
///
/// let error = settings::Loader::new().env_from([("CITRONELLA_PORT", "70000")]).load().unwrap_err();
/// let Problem { key, origin, kind } = &error.problems()[0];
/// assert_eq!((&**key, origin), ("port", &Origin::Env("CITRONELLA_PORT".to_owned())));
/// assert!(matches!(kind, ProblemKind::Range { .. }));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key, or the part of its value: `auth.users[1].password`. Empty when a whole file is at fault.
    pub key: String,
    /// Where it was said.
    pub origin: Origin,
    /// What is wrong.
    pub kind: ProblemKind,
}

/// What can be wrong with a key or with a file.
///
/// ```
/// use settings::{BrokerSettings, ProblemKind, set};
///
/// let error = set(&mut BrokerSettings::default(), "limits.max_conections", 3).unwrap_err();
/// let ProblemKind::UnknownKey { nearest, .. } = &error.problems()[0].kind else { panic!("it is misspelt") };
/// assert_eq!(nearest[0], "limits.max_connections");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// There is no such key.
    UnknownKey {
        /// The names nearest to it, in the spelling of the place it was given in.
        nearest: Vec<String>,
        /// What else helps.
        hint: Option<String>,
    },
    /// The value is of another type than its key takes.
    Type {
        /// What was given.
        given: String,
        /// The type, range and unit.
        expected: String,
    },
    /// The value has the right type but is not among those allowed.
    Range {
        /// What was given.
        given: String,
        /// The type, range and unit.
        expected: String,
    },
    /// A part of the value is missing.
    Missing {
        /// The part.
        what: &'static str,
        /// How the whole looks.
        expected: String,
    },
    /// The value does not go together with another one.
    Conflict(String),
    /// The file is not TOML.
    Syntax {
        /// The column in its line, from 1, in characters.
        column: Option<usize>,
        /// What TOML expects there.
        message: String,
    },
    /// The file cannot be read.
    Unreadable(String),
    /// A line of a mosquitto.conf is wrong, in these words.
    Line(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, origin, kind } = self;
        match kind {
            ProblemKind::UnknownKey { nearest, hint } => {
                write!(f, "{origin}: unknown key `{key}`")?;
                if let Some((last, others)) = nearest.split_last() {
                    f.write_str("; did you mean ")?;
                    others.iter().try_for_each(|name| write!(f, "`{name}` or "))?;
                    write!(f, "`{last}`?")?;
                }
                let joint = if nearest.is_empty() { ";" } else { "" };
                hint.iter().try_for_each(|hint| write!(f, "{joint} {hint}"))
            }
            ProblemKind::Type { given, expected } => {
                write!(f, "{origin}: `{key}` is {given}; expected {expected}")
            }
            ProblemKind::Range { given, expected } => {
                write!(
                    f,
                    "{origin}: `{key}` is {given}, which is not allowed; expected {expected}"
                )
            }
            ProblemKind::Missing { what, expected } => {
                write!(f, "{origin}: `{key}` has no {what}; expected {expected}")
            }
            ProblemKind::Conflict(text) => write!(f, "{origin}: `{key}` {text}"),
            ProblemKind::Syntax { column, message } => {
                write!(f, "{origin}:")?;
                column.iter().try_for_each(|column| write!(f, "{column}:"))?;
                write!(f, " not valid TOML: {message}")
            }
            ProblemKind::Unreadable(text) | ProblemKind::Line(text) => write!(f, "{origin}: {text}"),
        }
    }
}
