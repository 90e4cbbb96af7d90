//! Goes through the lines of a file from its top down and gives each to what it belongs to.

use std::collections::HashMap;
use std::path::Path;

use super::bridge::Bridge;
use super::general::Logs;
use super::line::{Item, Line};
use super::listener::Draft;
use super::plugin::Plugin;
use super::table::{Fate, Scope, Takes};
use super::told::Told;
use super::value;
use super::world;
use crate::error::Origin;
use crate::value::{Kind, Value};

/// A setting with its value and the line it comes from.
pub(super) struct Setting {
    pub(super) key: &'static str,
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// What is known so far.
pub(super) struct Walk<'a> {
    /// The main file.
    pub(super) main: &'a Path,
    pub(super) told: Told,
    pub(super) per_listener: bool,
    /// The first option of `Scope::Security`, where there was one.
    security: Option<Origin>,
    /// The settings of the broker as a whole.
    pub(super) general: Vec<Setting>,
    pub(super) logs: Logs,
    /// The listener of `port` and `bind_address`, and of options before the first `listener`.
    pub(super) default: Draft,
    pub(super) listeners: Vec<Draft>,
    pub(super) plugins: Vec<Plugin>,
    pub(super) bridges: Vec<Bridge>,
    /// What `persistence` and its neighbours say.
    pub(super) persistence: HashMap<&'static str, Line>,
    /// Where each option was given first, by its place.
    first: HashMap<(String, Option<usize>), Origin>,
}

/// What a line stands below, in its file.
#[derive(Clone, Copy, Default)]
pub(super) struct Below {
    pub(super) listener: Option<usize>,
    pub(super) plugin: Option<usize>,
    pub(super) bridge: Option<usize>,
}

/// Options that may be given more than once in one place.
const MANY: &[&str] = &[
    "address",
    "addresses",
    "auth_plugin",
    "connection",
    "global_plugin",
    "listener",
    "log_dest",
    "log_type",
    "plugin",
    "plugin_load",
    "plugin_opt_*",
    "auth_opt_*",
    "plugin_use",
    "topic",
    "websockets_origin",
];

impl<'a> Walk<'a> {
    pub(super) fn new(main: &'a Path, told: Told) -> Self {
        Self {
            main,
            told,
            per_listener: false,
            security: None,
            general: Vec::new(),
            logs: Logs::default(),
            default: Draft::default(),
            listeners: Vec::new(),
            plugins: Vec::new(),
            bridges: Vec::new(),
            persistence: HashMap::new(),
            first: HashMap::new(),
        }
    }

    /// The lines of one file.
    pub(super) fn items(&mut self, items: Vec<Item>) {
        let mut below = Below::default();
        for item in items {
            match item {
                Item::File(items) => self.items(items),
                Item::Line(line) => self.line(&line, &mut below),
            }
        }
    }

    fn line(&mut self, line: &Line, below: &mut Below) {
        if let Fate::Refused(why) = line.option.fate {
            let is_off = matches!(line.option.takes, Takes::Boolean)
                && ["false", "0"].contains(&value::first(&line.rest).0);
            if !is_off {
                self.told
                    .wrong(&line.origin, format!("`{}` is refused: {why}", line.name));
            }
            return;
        }
        if !self.may_come_again(line, *below) {
            return;
        }
        let known = self.told.problems.len();
        match line.option.scope {
            Scope::General => self.general_line(line),
            Scope::Security => self.security_line(line, below),
            Scope::Plugin => self.plugin_line(line, below),
            Scope::Listener | Scope::Tls => self.listener_line(line, below),
            Scope::Bridge => self.bridge_line(line, below),
        }
        if is_quoted(line) {
            self.told.quoted(line, known);
        }
    }

    /// Whether an option may be given here, where it may have been given before.
    fn may_come_again(&mut self, line: &Line, below: Below) -> bool {
        if MANY.contains(&line.option.name) {
            return true;
        }
        let place = match line.option.scope {
            Scope::General => None,
            Scope::Security => below.listener.filter(|_| self.per_listener),
            Scope::Listener | Scope::Tls => below.listener,
            Scope::Plugin => below.plugin,
            Scope::Bridge => below.bridge,
        };
        let Some(first) = self.first.insert((line.name.clone(), place), line.origin.clone()) else {
            return true;
        };
        if line.option.takes.is_rest_of_line() {
            let text = format!(
                "`{}` is given twice, first in {first}; leave one of them out",
                line.name
            );
            self.told.wrong(&line.origin, text);
            return false;
        }
        let text = format!(
            "`{}` is given twice, first in {first}; the last one counts, as in mosquitto",
            line.name
        );
        self.told.remark(&line.origin, text);
        true
    }

    /// Whether something is wrong with a line of this option.
    pub(super) fn is_wrong(&self, name: &str) -> bool {
        let lines = self.first.iter().filter(|((given, _), _)| given == name);
        let problems = &self.told.problems;
        lines
            .into_iter()
            .any(|(_, origin)| problems.iter().any(|problem| problem.origin == *origin))
    }

    /// Who may come in: for the whole broker, or for the listener above.
    fn security_line(&mut self, line: &Line, below: &mut Below) {
        self.security.get_or_insert_with(|| line.origin.clone());
        if matches!(line.option.name, "plugin" | "auth_plugin") {
            self.plugin_line(line, below);
        } else if self.per_listener {
            self.set_on_listener(line, *below);
        } else {
            self.set(line);
        }
    }

    /// `per_listener_settings`.
    pub(super) fn per_listener_line(&mut self, line: &Line) {
        let Some(is_on) = value::boolean(line, &mut self.told) else {
            return;
        };
        if let (true, Some(first)) = (is_on, &self.security) {
            let text = format!(
                "`per_listener_settings` must stand before every option that it is about; the first of them is in {first}"
            );
            self.told.wrong(&line.origin, text);
        }
        // mosquitto does not take it back, either.
        self.per_listener |= is_on;
    }

    /// The setting of an option for the whole broker.
    pub(super) fn set(&mut self, line: &Line) {
        let Some(value) = self.plain(line) else { return };
        match line.option.key() {
            Some(key) => self.put(line, key, value),
            None => self.warn(line, &value),
        }
    }

    /// The setting of an option for the listener that it stands below.
    pub(super) fn set_on_listener(&mut self, line: &Line, below: Below) {
        let Some(value) = self.plain(line) else { return };
        match line.option.listener_key() {
            Some(key) => self.put_on_listener(line, below, key, value),
            None => self.warn(line, &value),
        }
    }

    /// A value of the option in its one form.
    pub(super) fn plain(&mut self, line: &Line) -> Option<Value> {
        let told = &mut self.told;
        Some(match line.option.takes {
            Takes::Boolean => value::boolean(line, told)?.into(),
            Takes::Integer { .. } => value::integer(line, told)?.into(),
            Takes::OneOf(_) => text(value::one_of(line, told)?),
            Takes::Words(_) => text(value::word(line, told)?),
            Takes::Text | Takes::Secret => text(value::text(line, told)?),
            Takes::File => {
                let path = value::text(line, told)?;
                world::file(line, self.main, told);
                text(path)
            }
            Takes::Directory => {
                let path = value::text(line, told)?;
                world::directory(line, self.main, told);
                text(path)
            }
        })
    }

    /// A setting of the whole broker.
    pub(super) fn put(&mut self, line: &Line, key: &'static str, value: impl Into<Value>) {
        self.general.retain(|setting| setting.key != key);
        self.general.push(Setting {
            key,
            value: value.into(),
            origin: line.origin.clone(),
        });
    }

    /// A setting of the listener that a line stands below.
    pub(super) fn put_on_listener(
        &mut self,
        line: &Line,
        below: Below,
        key: &'static str,
        value: impl Into<Value>,
    ) {
        let origin = line.origin.clone();
        self.draft(below).put(
            Setting {
                key,
                value: value.into(),
                origin,
            },
            line,
        );
    }

    /// The listener that a line stands below.
    pub(super) fn draft(&mut self, below: Below) -> &mut Draft {
        match below.listener.and_then(|index| self.listeners.get_mut(index)) {
            Some(draft) => draft,
            None => &mut self.default,
        }
    }

    /// What an option does not do, where it asks for something.
    pub(super) fn warn(&mut self, line: &Line, value: &Value) {
        let is_off = matches!(value.kind, Kind::Boolean(false));
        if let (Fate::Warns(why), false) = (line.option.fate, is_off) {
            let text = format!("`{}`: {why}", line.name);
            self.told.remark(&line.origin, text);
        }
    }
}

/// Whether quotes stand around the value of an option. A topic may be said to be empty with them; a password may be any text.
fn is_quoted(line: &Line) -> bool {
    let is_around = |mark| line.rest.len() > 1 && line.rest.starts_with(mark) && line.rest.ends_with(mark);
    let may_be = line.option.name == "topic" || matches!(line.option.takes, Takes::Secret);
    !may_be && (is_around('"') || is_around('\''))
}

/// A text that is said to be one.
pub(super) fn text(text: impl Into<String>) -> Value {
    Kind::Text(text.into()).into()
}

/// A list of texts.
pub(super) fn texts(items: impl IntoIterator<Item = impl Into<String>>) -> Value {
    Kind::List(items.into_iter().map(text).collect()).into()
}
