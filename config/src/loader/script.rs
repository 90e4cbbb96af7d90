//! Tables that settings know nothing of, and hand over unread: rules, stubs and devices.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Number, Value as Json};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::file::{at, syntax, unreadable, whole_file};
use super::toml_value::Lines;
use super::with_wholes;
use crate::error::{Error, Origin, Problem, ProblemKind};
use crate::nearest::{closest, distance};

/// The names of these tables.
pub(super) const TABLES: [&str; 3] = ["fault", "stub", "device"];

/// That of these tables which somebody meant who wrote a list of this name: `[[faults]]`.
pub(super) fn meant(name: &str) -> Option<&'static str> {
    let near = closest(TABLES.into_iter(), name.len(), |table| distance(name, table));
    near.into_iter().next()
}

/// A table `[[fault]]`, `[[stub]]` or `[[device]]`, and where it stands.
///
/// ```
/// let path = std::env::temp_dir().join(format!("script-{}.toml", std::process::id()));
/// std::fs::write(&path, "[[stub]]\nname = \"lamp\"\n")?;
/// let tables = settings::script(&path)?;
/// assert_eq!((tables[0].kind, tables[0].line, &tables[0].value["name"]), ("stub", 1, &"lamp".into()));
/// # std::fs::remove_file(path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ScriptTable {
    /// `fault`, `stub` or `device`.
    pub kind: &'static str,
    /// The file, as its path was given.
    pub path: PathBuf,
    /// The line on which it begins, from 1.
    pub line: usize,
    /// What it says.
    pub value: Json,
    /// The line of each key and of each element of a list in it, by its path: `action.with[0].topic`.
    lines: BTreeMap<String, usize>,
}

impl ScriptTable {
    /// The line of this path in it, or of what it would be a part of.
    ///
    /// ```
    /// let path = std::env::temp_dir().join(format!("lines-{}.toml", std::process::id()));
    /// std::fs::write(&path, "[[fault]]\nname = \"x\"\naction = { type = \"drop\" }\n")?;
    /// let table = &settings::script(&path)?[0];
    /// assert_eq!((table.line_of("action.type"), table.line_of("action.latency"), table.line_of("nth")), (3, 3, 1));
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn line_of(&self, path: &str) -> usize {
        let said = with_wholes(path).find_map(|path| self.lines.get(path));
        said.copied().unwrap_or(self.line)
    }
}

/// The problem that a table has the name of one of these, but for a slip.
pub(super) fn misspelt(name: &str, meant: &str, origin: Origin) -> Problem {
    Problem {
        key: format!("[[{name}]]"),
        origin,
        kind: ProblemKind::UnknownKey {
            nearest: vec![format!("[[{meant}]]")],
            hint: None,
        },
    }
}

/// Reads a file that has nothing but tables `[[fault]]`, `[[stub]]` and `[[device]]`.
///
/// # Errors
/// It cannot be read, is not TOML, or has something else in it.
///
/// ```
/// let path = std::env::temp_dir().join(format!("not-a-script-{}.toml", std::process::id()));
/// std::fs::write(&path, "port = 1883\n")?;
/// assert!(settings::script(&path).unwrap_err().to_string().contains("a script has [[fault]], [[stub]] and [[device]]"));
/// # std::fs::remove_file(path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn script(path: &Path) -> Result<Vec<ScriptTable>, Error> {
    let failed = |why| Err(Error::from(whole_file(path, ProblemKind::Unreadable(why))));
    // Of a pipe or a device nobody knows the end.
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        return failed("is not a plain file".to_owned());
    }
    let text = match std::fs::read(path).map(String::from_utf8) {
        Ok(Ok(text)) => text,
        Ok(Err(_)) => return failed("is not text".to_owned()),
        Err(error) => return failed(unreadable(path, &error)),
    };
    let lines = Lines::new(&text);
    let (table, errors) = DeTable::parse_recoverable(&text);
    let mut problems: Vec<Problem> = errors
        .iter()
        .map(|error| syntax(&text, &lines, path, error))
        .collect();
    Error::unless_none(std::mem::take(&mut problems))?;
    for key in table
        .get_ref()
        .keys()
        .filter(|key| !TABLES.contains(&&**key.get_ref()))
    {
        let origin = at(path, Some(lines.of(key.span().start)));
        if let Some(meant) = meant(key.get_ref()) {
            problems.push(misspelt(key.get_ref(), meant, origin));
            continue;
        }
        let hint = "a script has [[fault]], [[stub]] and [[device]]; settings stand in a settings file";
        problems.push(Problem {
            key: key.get_ref().to_string(),
            origin,
            kind: ProblemKind::UnknownKey {
                nearest: Vec::new(),
                hint: Some(hint.to_owned()),
            },
        });
    }
    let found = tables(table.get_ref(), &lines, path, &mut problems);
    Error::unless_none(problems)?;
    Ok(found)
}

/// A whole file as one table of this kind. `path` is where the text is from, for errors.
///
/// # Errors
/// It is not TOML.
///
/// ```
/// use std::path::Path;
///
/// let table = settings::whole_table("profile", Path::new("ours.toml"), "title = \"Ours\"\n[[limit]]\nmax = 1\n")?;
/// assert_eq!((&table.value["title"], table.line_of("limit[0].max")), (&"Ours".into(), 3));
/// assert!(settings::whole_table("profile", Path::new("ours.toml"), "title =").unwrap_err().to_string().contains("ours.toml:1"));
/// # Ok::<(), settings::Error>(())
/// ```
pub fn whole_table(kind: &'static str, path: &Path, text: &str) -> Result<ScriptTable, Error> {
    let lines = Lines::new(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    let problems = errors.iter().map(|error| syntax(text, &lines, path, error));
    Error::unless_none(problems.collect())?;
    let span = table.span();
    let whole = Spanned::new(span, DeValue::Table(table.into_inner()));
    let mut of_keys = BTreeMap::new();
    add_lines("", &whole, &lines, &mut of_keys);
    Ok(ScriptTable {
        kind,
        path: path.to_owned(),
        line: 1,
        value: json(&whole),
        lines: of_keys,
    })
}

/// The tables of these names in a file, in its order.
pub(super) fn tables(
    of: &DeTable<'_>,
    lines: &Lines,
    path: &Path,
    problems: &mut Vec<Problem>,
) -> Vec<ScriptTable> {
    let mut found = Vec::new();
    for kind in TABLES {
        let Some((key, value)) = of.get_key_value(kind) else {
            continue;
        };
        let mut wrong = |at_byte: usize| {
            problems.push(Problem {
                key: kind.to_owned(),
                origin: at(path, Some(lines.of(at_byte))),
                kind: ProblemKind::Conflict(format!("is a list of tables: write [[{kind}]] above each")),
            });
        };
        let DeValue::Array(list) = value.get_ref() else {
            wrong(key.span().start);
            continue;
        };
        for item in list {
            match item.get_ref() {
                DeValue::Table(_) => {
                    let mut of_keys = BTreeMap::new();
                    add_lines("", item, lines, &mut of_keys);
                    found.push(ScriptTable {
                        kind,
                        path: path.to_owned(),
                        line: lines.of(item.span().start),
                        value: json(item),
                        lines: of_keys,
                    });
                }
                _ => wrong(item.span().start),
            }
        }
    }
    found.sort_by_key(|table| table.line);
    found
}

/// Notes the line of each part of a value that stands at this path.
fn add_lines(path: &str, value: &Spanned<DeValue<'_>>, lines: &Lines, found: &mut BTreeMap<String, usize>) {
    let mut add = |path: String, start: usize, value| {
        add_lines(&path, value, lines, found);
        found.insert(path, lines.of(start));
    };
    match value.get_ref() {
        DeValue::Table(table) => {
            for (key, value) in table {
                let dot = if path.is_empty() { "" } else { "." };
                add(format!("{path}{dot}{}", key.get_ref()), key.span().start, value);
            }
        }
        DeValue::Array(list) => {
            for (number, value) in list.iter().enumerate() {
                add(format!("{path}[{number}]"), value.span().start, value);
            }
        }
        _ => {}
    }
}

/// A value as JSON has it. A time becomes a text; a number that JSON does not have, the text that stands there.
fn json(value: &Spanned<DeValue<'_>>) -> Json {
    match value.get_ref() {
        DeValue::String(text) => Json::String(text.to_string()),
        DeValue::Boolean(yes) => Json::Bool(*yes),
        DeValue::Integer(said) => i64::from_str_radix(said.as_str(), said.radix())
            .map_or_else(|_| Json::String(said.to_string()), Json::from),
        DeValue::Float(said) => {
            let number = said.as_str().parse().ok().and_then(Number::from_f64);
            number.map_or_else(|| Json::String(said.to_string()), Json::Number)
        }
        DeValue::Datetime(time) => Json::String(time.to_string()),
        DeValue::Array(list) => list.iter().map(json).collect(),
        DeValue::Table(table) => {
            let field = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
                let key: &std::borrow::Cow<'_, str> = key.get_ref();
                (key.to_string(), json(value))
            };
            Json::Object(table.iter().map(field).collect::<Map<_, _>>())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Loader;

    fn file(name: &str, text: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("{name}-{}.toml", std::process::id()));
        std::fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn tables_stand_in_a_settings_file_or_in_one_of_their_own() {
        let text =
            "[[stub]]\nname = \"a\"\nwhen = { qos = 1, f = 0.5 }\n[[fault]]\nat = [2026-01-01]\n\n[[stub]]\n";
        let path = file("tables", text);
        let tables = script(&path).unwrap();
        let found: Vec<(&str, usize)> = tables.iter().map(|table| (table.kind, table.line)).collect();
        assert_eq!(found, [("stub", 1), ("fault", 4), ("stub", 7)]);
        assert_eq!(
            tables[0].value,
            json!({"name": "a", "when": {"qos": 1, "f": 0.5}})
        );
        assert_eq!(tables[1].value, json!({"at": ["2026-01-01"]}));

        let settings = file(
            "settings",
            &format!("port = 1884\n{text}[limits]\nmax_connections = 3\n"),
        );
        let loaded = Loader::new().file(&settings).load().unwrap();
        assert_eq!(
            (loaded.settings.port, loaded.settings.limits.max_connections),
            (1884, 3)
        );
        assert_eq!((loaded.script.len(), loaded.script[0].line), (3, 2));
        for path in [path, settings] {
            std::fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn each_key_has_its_line() {
        let text =
            "[[fault]]\nwhen = { a = 1 }\n\nwith = [\n  { b = 1,\n    c = 2 },\n  3,\n]\n[fault.d]\ne = 1\n";
        let path = file("lines", text);
        let table = &script(&path).unwrap()[0];
        for (path, line) in [
            ("when", 2),
            ("when.a", 2),
            ("when.none", 2),
            ("with", 4),
            ("with[0]", 5),
            ("with[0].c", 6),
            ("with[1]", 7),
            ("with[2].x", 4),
            ("d.e", 10),
            ("none", 1),
            ("", 1),
        ] {
            assert_eq!(table.line_of(path), line, "{path}");
        }
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn what_is_not_such_a_table_is_told_with_its_line() {
        for (text, error) in [
            (
                "[[stub]]\n[limits]\n",
                ":2: unknown key `limits`; a script has [[fault]], [[stub]] and [[device]]",
            ),
            (
                "\n[stub]\n",
                ":2: `stub` is a list of tables: write [[stub]] above each",
            ),
            ("stub = [1]", ":1: `stub` is a list of tables"),
            (
                "[[faults]]\n",
                ":1: unknown key `[[faults]]`; did you mean `[[fault]]`?",
            ),
            (
                "\n[[devcie]]\n",
                ":2: unknown key `[[devcie]]`; did you mean `[[device]]`?",
            ),
            ("[[stub]\n", ":1:"),
        ] {
            let path = file("wrong", text);
            let found = script(&path).unwrap_err().to_string();
            assert!(found.contains(error), "{text}\n{found}");
            std::fs::remove_file(path).unwrap();
        }
        for name in ["faults", "stubs", "devices"] {
            let path = file("misspelt", &format!("port = 1\n[[{name}]]\nname = \"x\"\n"));
            let found = Loader::new().file(&path).load().unwrap_err().to_string();
            let meant = name.trim_end_matches('s');
            let error = format!(":2: unknown key `[[{name}]]`; did you mean `[[{meant}]]`?");
            assert!(found.ends_with(&error), "{found}");
            std::fs::remove_file(path).unwrap();
        }
        assert!(
            script(Path::new("no/such/file"))
                .unwrap_err()
                .to_string()
                .contains("there is no such file")
        );
    }
}
