//! Lays the layers over each other: defaults, then files, then the environment, then flags.

mod env;
mod file;
mod print;
pub mod reference;
mod toml_value;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use config::{Config, ConfigError, Map, Source, ValueKind};
use serde_json::Value as Json;

use file::Given;
pub(crate) use toml_value::list;

use crate::broker::{BrokerSettings, find, keys};
use crate::error::{Error, Origin, Problem, ProblemKind};
use crate::nearest::unknown_key;
use crate::set::{check_given, internal};
use crate::value::Value;
use crate::variables::{CONFIG_VARIABLE, ENV_PREFIX};

/// Says which layers there are, then [`load`](Self::load)s them.
///
/// ```
/// # fn main() -> Result<(), settings::Error> {
/// let loaded = settings::Loader::new()
///     .default_file_if_present("citronella.toml")
///     .env()
///     .flag("--port", "port", 0)
///     .load()?;
/// assert_eq!(loaded.settings.port, 0);
/// assert_eq!(loaded.origin("port").to_string(), "flag --port");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
#[must_use = "nothing is read before load()"]
pub struct Loader {
    files: Vec<PathBuf>,
    default_file: Option<PathBuf>,
    variables: Vec<(OsString, OsString)>,
    flags: Vec<(String, String, Value)>,
}

/// The settings in force, and where each comes from.
///
/// ```
/// let loaded = settings::Loader::new().flag("-p", "port", 0).load()?;
/// assert_eq!(loaded.settings.port, 0);
/// assert!(loaded.files.is_empty() && loaded.origins.contains_key("port"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The settings.
    pub settings: BrokerSettings,
    /// The origin of each key; a key not in it has its built-in default.
    pub origins: BTreeMap<&'static str, Origin>,
    /// The files that were read, the one that overrides the others last.
    pub files: Vec<PathBuf>,
}

impl Loaded {
    /// Where the value of a key comes from.
    ///
    /// ```
    /// let loaded = settings::Loader::new().flag("-p", "port", 0).load()?;
    /// assert_eq!(loaded.origin("port").to_string(), "flag -p");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn origin(&self, key: &str) -> &Origin {
        self.origins.get(key).unwrap_or(&Origin::Default)
    }
}

impl Loader {
    /// Built-in defaults only.
    ///
    /// ```
    /// let loaded = settings::Loader::new().load()?;
    /// assert_eq!(loaded.settings, settings::BrokerSettings::default());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// A file that must exist. Given more than once, each overrides the ones before it.
    ///
    /// ```
    /// let path = std::env::temp_dir().join(format!("settings-{}.toml", std::process::id()));
    /// std::fs::write(&path, "port = 1884\n[limits]\nmax_connections = 3\n")?;
    /// let loaded = settings::Loader::new().file(&path).load()?;
    /// assert_eq!((loaded.settings.port, loaded.settings.limits.max_connections), (1884, 3));
    /// assert!(loaded.origin("port").to_string().ends_with(":1")); // the line
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.files.push(path.into());
        self
    }

    /// A file that is read when no other is named, and when it exists.
    ///
    /// ```
    /// let loaded = settings::Loader::new().default_file_if_present("/nowhere/citronella.toml").load()?;
    /// assert!(loaded.files.is_empty()); // no error: it need not be there
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn default_file_if_present(mut self, path: impl Into<PathBuf>) -> Self {
        self.default_file = Some(path.into());
        self
    }

    /// The environment of this process: `CITRONELLA_PORT`, `CITRONELLA_LIMITS__MAX_CONNECTIONS`, …;
    /// and `CITRONELLA_CONFIG`, which names the file when [`file`](Self::file) does not.
    ///
    /// ```
    /// let loaded = settings::Loader::new().env().load()?;
    /// println!("port {} ({})", loaded.settings.port, loaded.origin("port"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn env(self) -> Self {
        self.env_from(std::env::vars_os())
    }

    /// These variables, in place of the environment of this process.
    ///
    /// ```
    /// let loaded = settings::Loader::new().env_from([("CITRONELLA_SESSION__MAX_INFLIGHT", "1")]).load()?;
    /// assert_eq!(loaded.settings.session.max_inflight, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn env_from<N: Into<OsString>, V: Into<OsString>>(
        mut self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.variables = variables
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .filter(|(name, _): &(OsString, OsString)| name.to_string_lossy().starts_with(ENV_PREFIX))
            .collect();
        self
    }

    /// A flag of this name (as errors are to show it: `--port`) that gives a key this value. Given twice for
    /// one key, the later wins; for a flag that may be repeated, give all its values as one list.
    ///
    /// ```
    /// let loaded = settings::Loader::new()
    ///     .env_from([("CITRONELLA_PORT", "1884")])
    ///     .flag("--port", "port", 1885)
    ///     .load()?;
    /// assert_eq!(loaded.settings.port, 1885); // a flag overrides the environment
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn flag(mut self, name: impl Into<String>, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.flags.push((name.into(), key.into(), value.into()));
        self
    }

    /// Reads all layers and lays them over each other.
    ///
    /// # Errors
    /// Everything that is wrong in any layer, also with what a later layer overrides.
    ///
    /// ```
    /// assert_eq!(settings::Loader::new().load()?.settings.port, 1883);
    ///
    /// let error = settings::Loader::new().flag("--port", "port", "many").load().unwrap_err();
    /// assert!(error.to_string().contains("--port"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn load(self) -> Result<Loaded, Error> {
        let mut problems = Vec::new();
        let mut origins = Vec::new();
        // The lowest layer, the built-in defaults, needs no source: a field that no layer names takes its own.
        let mut builder = Config::builder();
        let files = self.files_to_read();

        let mut add_layer = |builder: config::ConfigBuilder<config::builder::DefaultState>,
                             given,
                             problems: &mut Vec<Problem>| {
            builder.add_source(Layer::checked(given, &mut origins, problems))
        };
        for path in &files {
            let mut found = Vec::new();
            let given = file::read(path, &mut found);
            builder = add_layer(builder, given, &mut found);
            found.sort_by_key(|problem| line(&problem.origin));
            problems.append(&mut found);
        }
        let given = env::read(&self.variables, &mut problems);
        builder = add_layer(builder, given, &mut problems);
        let given = read_flags(self.flags, &mut problems);
        builder = add_layer(builder, given, &mut problems);
        Error::unless_none(problems)?;

        let merged = builder.build().map_err(|error| internal(&error))?;
        let root = merged.collect().map_err(|error| internal(&error))?;
        let origins = origins_of(&root, &origins);
        let settings: BrokerSettings = merged.try_deserialize().map_err(|error| internal(&error))?;

        let loaded = Loaded {
            settings,
            origins,
            files,
        };
        let conflicts = loaded
            .settings
            .conflicts()
            .into_iter()
            .map(|(key, text)| Problem {
                key: key.to_owned(),
                origin: loaded.origin(key).clone(),
                kind: ProblemKind::Conflict(text),
            });
        Error::unless_none(conflicts.collect())?;
        Ok(loaded)
    }

    /// A file named by the caller, else by the environment, else the usual one if it is there.
    fn files_to_read(&self) -> Vec<PathBuf> {
        if !self.files.is_empty() {
            return self.files.clone();
        }
        let named = self
            .variables
            .iter()
            .find(|(name, value)| name == CONFIG_VARIABLE && !value.is_empty());
        if let Some((_, path)) = named {
            return vec![PathBuf::from(path)];
        }
        // A file that exists but cannot be looked at is not passed over: reading it says what is wrong.
        let present = |path: &PathBuf| path.try_exists().unwrap_or(true);
        self.default_file
            .iter()
            .filter(|path| present(path))
            .cloned()
            .collect()
    }
}

fn line(origin: &Origin) -> Option<usize> {
    if let Origin::File { line, .. } = origin {
        *line
    } else {
        None
    }
}

fn read_flags(flags: Vec<(String, String, Value)>, problems: &mut Vec<Problem>) -> Vec<Given> {
    let mut given = Vec::new();
    for (name, key, value) in flags {
        let origin = Origin::Flag(name);
        if find(&key).is_some() {
            given.push((key, value, origin));
        } else {
            problems.push(Problem {
                kind: unknown_key(&key, &origin),
                key,
                origin,
            });
        }
    }
    given
}

/// One layer, as the `config` crate takes it. That crate carries one text with each value through its merge,
/// for the value's origin; here it is the index of an [`Origin`] in a list.
#[derive(Clone)]
struct Layer(Map<String, config::Value>);

impl Layer {
    /// A layer of those values that are what their keys take; the others become problems.
    fn checked(given: Vec<Given>, origins: &mut Vec<Origin>, problems: &mut Vec<Problem>) -> Self {
        let mut layer = Map::new();
        for (key, value, origin) in given {
            let Some(doc) = find(&key) else { continue };
            if let Some(canonical) = check_given(doc, &value, &origin, problems) {
                let kind = kind_of(canonical);
                layer.insert(key, config::Value::new(Some(&origins.len().to_string()), kind));
                origins.push(origin);
            }
        }
        Self(layer)
    }
}

/// A checked value, as the `config` crate takes it.
fn kind_of(canonical: Json) -> ValueKind {
    match canonical {
        Json::Null => ValueKind::Nil,
        Json::Bool(said) => said.into(),
        // Checked: an integer from 0 to `i64::MAX`.
        Json::Number(said) => said.as_u64().into(),
        Json::String(said) => said.into(),
        Json::Array(items) => items.into_iter().map(kind_of).collect::<Vec<_>>().into(),
        Json::Object(fields) => {
            let fields: Map<String, ValueKind> = fields
                .into_iter()
                .map(|(name, value)| (name, kind_of(value)))
                .collect();
            fields.into()
        }
    }
}

/// Names without values, some of which are passwords.
impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, config::Value>, ConfigError> {
        Ok(self.0.clone())
    }
}

/// The origin of each key that a layer gave.
fn origins_of(root: &Map<String, config::Value>, origins: &[Origin]) -> BTreeMap<&'static str, Origin> {
    let given = keys().filter_map(|doc| {
        let table = match doc.section() {
            "" => root,
            section => match &root.get(section)?.kind {
                ValueKind::Table(table) => table,
                _ => return None,
            },
        };
        let index: usize = table.get(doc.name())?.origin()?.parse().ok()?;
        Some((doc.key, origins.get(index)?.clone()))
    });
    given.collect()
}
