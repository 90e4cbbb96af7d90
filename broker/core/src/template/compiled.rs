//! [`Template`]: a text that was looked at once, and can be filled in often.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Expression, UndefinedBehavior};
use serde_json::Value as Json;

use super::helpers::{self, Run};
use super::scan::{self, Kind};
use super::{Feed, Message, Scope, Seen, check};
use crate::chance::Rng;
use crate::time::Time;

/// A source and a text that is made of it have at most so many bytes.
const MOST_BYTES: usize = 1024 * 1024;
/// How many steps a filling in may take.
const STEPS: u64 = 100_000;
/// The name under which helpers find what they draw on. Not a name that a template can write.
const RUN: &str = " run";

/// A template that was looked at: its names and helpers exist. How one is filled in stands in the [room](crate::template).
///
/// ```
/// use broker_core::template::{Scope, Template};
///
/// let template = Template::new("{{ pick('names.txt') }}", &Scope::default())?;
/// assert_eq!(template.files(), ["names.txt"]);
/// # Ok::<(), broker_core::template::Invalid>(())
/// ```
#[derive(Clone)]
pub struct Template {
    source: Arc<str>,
    /// `None`: there is nothing to fill in.
    filled: Option<Arc<Filled>>,
}

struct Filled {
    engine: Environment<'static>,
    /// Where the whole source is one `{{ … }}`: what is in it, and where it begins.
    expression: Option<(Expression<'static, 'static>, usize)>,
    files: Vec<String>,
    uses: Vec<String>,
}

/// What is wrong with a source.
///
/// ```
/// use broker_core::template::{Scope, Template};
///
/// let error = Template::new("on: {{ nwo() }}", &Scope::default()).unwrap_err();
/// assert_eq!((error.line, error.column), (1, 8));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub struct Invalid {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl Invalid {
    pub(super) fn at(source: &str, at: usize, what: String) -> Self {
        let (line, column) = scan::place(source, at);
        Self { line, column, what }
    }
}

/// Why a template could not be filled in.
///
/// ```
/// use broker_core::{chance::Rng, template::{Feed, Scope, Seen, Template}, time::Time};
///
/// let template = Template::new("{{ sqrt(-1) }}", &Scope::default())?;
/// let failed = template.text(&Seen::default(), &mut Feed::default(), Time::ZERO, &mut Rng::new(1)).unwrap_err();
/// assert_eq!(failed.to_string(), "line 1, column 4: there is no sqrt of -1");
/// # Ok::<(), broker_core::template::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub struct Failed {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What went wrong.
    pub what: String,
}

impl Template {
    /// Looks at a source. What the template may use stands in the scope.
    ///
    /// # Errors
    /// It is no template, or a name, a filter or a helper in it does not exist.
    pub fn new(source: impl Into<Arc<str>>, scope: &Scope) -> Result<Self, Invalid> {
        let source: Arc<str> = source.into();
        if source.len() > MOST_BYTES {
            let what = format!(
                "a template has at most {MOST_BYTES} bytes, and this one has {}",
                source.len()
            );
            return Err(Invalid {
                line: 1,
                column: 1,
                what,
            });
        }
        if !["{{", "{%", "{#"].iter().any(|open| source.contains(open)) {
            return Ok(Self { source, filled: None });
        }
        let tokens = scan::tokens(&source);
        let mut engine = engine().clone();
        let invalid = |error: Error, from: usize| {
            let (at, what) = told(&source, &error);
            Invalid::at(&source, at + from, what)
        };
        engine
            .add_template_owned("", source.to_string())
            .map_err(|error| invalid(error, 0))?;
        let template = engine.get_template("").map_err(|error| invalid(error, 0))?;
        let nested = template.undeclared_variables(true);
        let uses = template.undeclared_variables(false).into_iter().collect();
        check::names(&source, &tokens, &nested, scope)?;
        let files = helpers::files(&source, &tokens)?;
        let expression = match &tokens[..] {
            [open, inside @ .., close]
                if open.is("{{")
                    && close.is("}}")
                    && !inside
                        .iter()
                        .any(|token| matches!(token.kind, Kind::Open | Kind::Close))
                    && source.trim() == &source[open.at..close.at + 2] =>
            {
                let begin = inside.first().map_or(close.at, |first| first.at);
                let inside = source[begin..close.at].trim_end_matches(['-', '+']).to_owned();
                // It was parsed once already.
                let expression = self::engine().compile_expression_owned(inside).ok();
                expression.map(|expression| (expression, begin))
            }
            _ => None,
        };
        Ok(Self {
            source: source.clone(),
            filled: Some(Arc::new(Filled {
                engine,
                expression,
                files,
                uses,
            })),
        })
    }

    /// A text that stays as it is.
    pub fn plain(text: impl Into<Arc<str>>) -> Self {
        Self {
            source: text.into(),
            filled: None,
        }
    }

    /// What it was made from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether there is nothing to fill in.
    pub fn is_plain(&self) -> bool {
        self.filled.is_none()
    }

    /// The names of the files that its helpers read: somebody has to hand them in to the [`Feed`].
    pub fn files(&self) -> &[String] {
        self.filled.as_ref().map_or(&[], |filled| &filled.files)
    }

    /// Whether it uses this name of its scope.
    pub fn uses(&self, name: &str) -> bool {
        self.filled
            .as_ref()
            .is_some_and(|filled| filled.uses.iter().any(|used| used == name))
    }

    /// Fills it in.
    ///
    /// # Errors
    /// Something that it asks for is not there, a helper cannot do what it is asked, or it takes too long.
    pub fn text(&self, seen: &Seen, feed: &mut Feed, now: Time, chance: &mut Rng) -> Result<String, Failed> {
        let Some(filled) = &self.filled else {
            return Ok(self.source.to_string());
        };
        let made = run(seen, feed, now, chance, |names| {
            filled.engine.get_template("")?.render(names)
        });
        match made {
            Ok(text) if text.len() > MOST_BYTES => {
                let what = format!("it made {} bytes; there may be {MOST_BYTES}", text.len());
                Err(Failed {
                    line: 1,
                    column: 1,
                    what,
                })
            }
            Ok(text) => Ok(text),
            Err(error) => Err(self.failed(&error, 0, seen)),
        }
    }

    /// Fills it in as a part of JSON: `{{ 1 + 1 }}` alone is the number 2, anything with more around it is a text.
    ///
    /// # Errors
    /// As of [`text`](Self::text).
    pub fn json(&self, seen: &Seen, feed: &mut Feed, now: Time, chance: &mut Rng) -> Result<Json, Failed> {
        let Some((expression, begin)) = self.filled.as_ref().and_then(|filled| filled.expression.as_ref())
        else {
            return self.text(seen, feed, now, chance).map(Json::from);
        };
        let made = run(seen, feed, now, chance, |names| {
            let value = expression.eval(names)?;
            if value.is_undefined() {
                return Err(Error::new(ErrorKind::UndefinedError, "it has no value"));
            }
            helpers::to_json(&value)
        });
        made.map_err(|error| self.failed(&error, *begin, seen))
    }

    fn failed(&self, error: &Error, begin: usize, seen: &Seen) -> Failed {
        let (at, mut what) = told(&self.source[begin..], error);
        let (line, column) = scan::place(&self.source, at + begin);
        for (name, hint) in &seen.hints {
            let about =
                what.contains(&format!("`{name}")) || what.contains("no value") && self.source.contains(name);
            if error.kind() == ErrorKind::UndefinedError && about {
                let message = seen
                    .names
                    .get("message")
                    .and_then(Value::downcast_object_ref::<Message>);
                let found = message.and_then(Message::why_no_json).filter(|_| hint.is_empty());
                if let Some(hint) = found.as_ref().or(Some(hint)).filter(|hint| !hint.is_empty()) {
                    what = format!("{what}: {hint}");
                    break;
                }
            }
        }
        Failed { line, column, what }
    }
}

/// Lends helpers what they draw on.
fn run<T>(
    seen: &Seen,
    feed: &mut Feed,
    now: Time,
    chance: &mut Rng,
    make: impl FnOnce(Value) -> Result<T, Error>,
) -> Result<T, Error> {
    let run = Arc::new(Run {
        now,
        drawn: Mutex::new((std::mem::take(feed), chance.clone())),
    });
    let mut names: BTreeMap<&str, Value> = seen
        .names
        .iter()
        .map(|(name, value)| (&**name, value.clone()))
        .collect();
    names.insert(RUN, Value::from_dyn_object(run.clone()));
    let made = make(Value::from_pairs(names));
    let mut drawn = run.drawn.lock().unwrap_or_else(PoisonError::into_inner);
    *feed = std::mem::take(&mut drawn.0);
    *chance = drawn.1.clone();
    made
}

pub(super) const fn run_name() -> &'static str {
    RUN
}

/// Where an error is, in bytes, and what it says.
fn told(source: &str, error: &Error) -> (usize, String) {
    let at = match (error.range(), error.line()) {
        (Some(range), _) => range.start,
        (None, Some(line)) => source.split_inclusive('\n').take(line - 1).map(str::len).sum(),
        (None, None) => 0,
    };
    let detail = error.detail().unwrap_or_default();
    let what = match error.kind() {
        ErrorKind::OutOfFuel => format!("it takes more than {STEPS} steps"),
        ErrorKind::UndefinedError | ErrorKind::InvalidOperation | ErrorKind::SyntaxError
            if !detail.is_empty() =>
        {
            detail.to_owned()
        }
        kind if detail.is_empty() => kind.to_string(),
        kind => format!("{kind}: {detail}"),
    };
    // The words of the engine may quote what came from a client.
    (at.min(source.len()), settings::text::cut(&what, 300))
}

fn engine() -> &'static Environment<'static> {
    static ENGINE: OnceLock<Environment<'static>> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let mut engine = Environment::new();
        engine.set_undefined_behavior(UndefinedBehavior::Strict);
        engine.set_auto_escape_callback(|_| AutoEscape::None);
        engine.set_fuel(Some(STEPS));
        // Errors name what is undefined, and the column.
        engine.set_debug(true);
        engine.set_formatter(helpers::write);
        helpers::register(&mut engine);
        engine
    })
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Template({:?})", self.source)
    }
}

/// Two are the same that were made from the same.
impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source && self.is_plain() == other.is_plain()
    }
}
