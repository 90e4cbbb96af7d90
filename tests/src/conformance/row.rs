//! [`Row`]: one case of `tests/data/rows/*.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::step::{Action, Step, parse};
use super::{Version, root};

/// One case: a conversation that must go like this.
#[derive(Debug, Clone)]
pub struct Row {
    /// `file: name`, unique.
    pub name: String,
    /// The versions it runs for.
    pub versions: Vec<Version>,
    /// Settings that the broker must have, `section.key` with its value; the others are the defaults.
    pub settings: Vec<(String, toml::Value)>,
    /// What happens.
    pub steps: Vec<Step>,
    /// The statements it proves.
    pub proves: Vec<String>,
    /// Whether the standard leaves it open and it is this broker's choice: not held against others.
    pub choice: bool,
}

/// A row as the file has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    #[serde(default)]
    versions: Vec<String>,
    #[serde(default)]
    settings: BTreeMap<String, toml::Value>,
    #[serde(default)]
    proves: Vec<String>,
    #[serde(default)]
    choice: bool,
    steps: String,
    /// The row once for each of these, `%key%` replaced by the value everywhere.
    #[serde(default)]
    each: Vec<BTreeMap<String, String>>,
    /// The row once for each value (and for each of `each`), `%key%` replaced by it everywhere.
    #[serde(default)]
    r#for: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    row: Vec<Written>,
}

/// All rows of `tests/data/rows`, by file name, in the order of the files.
///
/// # Errors
/// Says which row of which file cannot be read, and why.
pub fn load() -> Result<Vec<Row>, String> {
    let dir = root().join("tests/data/rows");
    let mut files: Vec<_> = fs::read_dir(&dir)
        .map_err(|error| format!("{}: {error}", dir.display()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    let mut rows = Vec::new();
    for file in &files {
        rows.extend(load_file(file)?);
    }
    let mut names = BTreeSet::new();
    match rows.iter().find(|row| !names.insert(&row.name)) {
        Some(row) => Err(format!("two rows are called {:?}", row.name)),
        None => Ok(rows),
    }
}

fn load_file(path: &Path) -> Result<Vec<Row>, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let file: File = toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let stem = path
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    let mut rows = Vec::new();
    for written in &file.row {
        for values in &written.values() {
            rows.push(
                written
                    .fill(&stem, values)
                    .map_err(|why| format!("{stem}.toml, row {:?}: {why}", written.name))?,
            );
        }
    }
    Ok(rows)
}

impl Written {
    /// What is put in for `%key%`, for each time the row stands.
    fn values(&self) -> Vec<BTreeMap<String, String>> {
        let mut all = if self.each.is_empty() {
            vec![BTreeMap::new()]
        } else {
            self.each.clone()
        };
        let keys: BTreeSet<String> = all.iter().flat_map(BTreeMap::keys).cloned().collect();
        for values in &mut all {
            for key in &keys {
                values.entry(key.clone()).or_default();
            }
        }
        for (key, choices) in &self.r#for {
            let with = |values: &BTreeMap<String, String>, choice: &String| {
                let mut values = values.clone();
                values.insert(key.clone(), choice.clone());
                values
            };
            all = all
                .iter()
                .flat_map(|values| choices.iter().map(move |choice| with(values, choice)))
                .collect();
        }
        all
    }

    fn fill(&self, stem: &str, values: &BTreeMap<String, String>) -> Result<Row, String> {
        let filled = |text: &str| {
            values.iter().fold(text.to_owned(), |text, (key, value)| {
                text.replace(&format!("%{key}%"), value)
            })
        };
        let mut versions = Vec::new();
        for version in &self.versions {
            versions.extend(Version::named(version).ok_or(format!("no version {version:?}"))?);
        }
        if versions.is_empty() {
            versions = Version::ALL.to_vec();
        }
        let mut proves: Vec<String> = self.proves.iter().map(|id| filled(id)).collect();
        proves.retain(|id| !id.is_empty());
        for id in &proves {
            let fits = versions
                .iter()
                .filter_map(|version| version.prefix())
                .any(|prefix| id.starts_with(prefix));
            if !fits {
                return Err(format!("it proves {id}, but does not run for that version"));
            }
        }
        // Values that the name does not hold follow it, so that no two rows have the same name.
        let mut name = self.name.clone();
        for key in self
            .r#for
            .keys()
            .map(|key| format!("%{key}%"))
            .filter(|key| !self.name.contains(key))
        {
            let _ = write!(name, " ({key})");
        }
        Ok(Row {
            name: format!("{stem}: {}", filled(&name)),
            versions,
            settings: self
                .settings
                .iter()
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
            steps: parse(&filled(&self.steps))?,
            proves,
            choice: self.choice,
        })
    }
}

impl Row {
    /// Its steps for `version`.
    pub fn steps_for(&self, version: Version) -> impl Iterator<Item = &Step> {
        self.steps
            .iter()
            .filter(move |step| step.versions.contains(&version))
    }

    /// Whether it needs a clock that can be moved.
    pub fn needs_clock(&self, version: Version) -> bool {
        self.steps_for(version)
            .any(|step| matches!(step.action, Action::Advance(_)))
    }

    /// The statements it proves when it passes for `version`.
    pub fn proves_in(&self, version: Version) -> impl Iterator<Item = &str> {
        let prefix = version.prefix().unwrap_or("none");
        self.proves
            .iter()
            .map(String::as_str)
            .filter(move |id| id.starts_with(prefix))
    }

    /// The settings as a broker takes them, on top of the defaults.
    ///
    /// # Errors
    /// A key does not exist or its value does not fit.
    pub fn broker_settings(&self) -> Result<broker::settings::BrokerSettings, String> {
        let mut settings = broker::settings::BrokerSettings::default();
        // The broker's own figures come and go by the clock; rows that want them say so.
        settings.sys.interval_secs = 0;
        for (key, value) in &self.settings {
            let text = match value {
                toml::Value::String(text) => text.clone(),
                toml::Value::Array(items) => {
                    let items: Vec<String> = items
                        .iter()
                        .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                        .collect();
                    items.join(",")
                }
                other => other.to_string(),
            };
            broker::settings::set(&mut settings, key, text).map_err(|error| error.to_string())?;
        }
        settings.check().map_err(|error| error.to_string())?;
        Ok(settings)
    }
}
