//! Lays the layers over each other: defaults, then files, then the environment, then flags.

mod env;
mod file;
mod layers;
mod print;
#[doc(hidden)] // only the tests of the pages call it
pub mod reference;
mod script;
mod toml_value;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use env::CONFIG_VARIABLE;
pub(crate) use layers::Given;
use layers::Layers;
pub use script::{ScriptTable, script, whole_table};
pub(crate) use toml_value::list;

use crate::broker::BrokerSettings;
use crate::error::{Error, Origin, Problem, ProblemKind};
use crate::mosquitto::{Remark, in_its_words};
use crate::set::internal;
use crate::target::Target;
use crate::value::Value;
use crate::variables::ENV_PREFIX;

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
    default_files: Vec<PathBuf>,
    reads_no_file: bool,
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
    /// The origin of each key that a layer gave, and of each part of a list of tables: `auth.users`,
    /// `auth.users[0]`, `auth.users[0].password`. A key not in it has its built-in default.
    pub origins: BTreeMap<String, Origin>,
    /// The files that were read, the one that overrides the others last; each before those that it includes.
    pub files: Vec<PathBuf>,
    /// What should be known of the files and is no mistake: what a line of a mosquitto.conf does not do, and why.
    pub remarks: Vec<Remark>,
    /// Rules, stubs and devices that stand in the files, unread.
    pub script: Vec<ScriptTable>,
    /// The lines of a mosquitto.conf, each with the name of its option.
    options: Vec<(Origin, String)>,
}

impl Loaded {
    /// Where the value of a key comes from, or a part of it: `auth.users[0].password`.
    pub fn origin(&self, key: &str) -> &Origin {
        // What has no origin of its own came with the whole that it is a part of.
        with_wholes(key)
            .find_map(|key| self.origins.get(key))
            .unwrap_or(&Origin::Default)
    }

    /// The option of a mosquitto.conf that gives a key its value.
    ///
    /// ```
    /// let path = std::env::temp_dir().join(format!("option-{}.conf", std::process::id()));
    /// std::fs::write(&path, "listener 1884\nallow_anonymous true\n")?;
    /// let loaded = settings::Loader::new().file(&path).load()?;
    /// assert_eq!(loaded.option_of("listener[0].port"), Some("listener"));
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn option_of(&self, key: &str) -> Option<&str> {
        let origin = self.origin(key);
        let line = self.options.iter().find(|(line, _)| line == origin);
        line.map(|(_, name)| &**name)
    }
}

impl Loader {
    /// Built-in defaults only.
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

    /// A file that is read when no other is named, and when it exists. Given more than once, the first that exists is read.
    pub fn default_file_if_present(mut self, path: impl Into<PathBuf>) -> Self {
        self.default_files.push(path.into());
        self
    }

    /// No file is read, whatever the environment and the directory have.
    ///
    /// ```
    /// let loaded = settings::Loader::new()
    ///     .default_file_if_present("Cargo.toml")
    ///     .without_files()
    ///     .load()?;
    /// assert!(loaded.files.is_empty());
    /// # Ok::<(), settings::Error>(())
    /// ```
    pub fn without_files(mut self) -> Self {
        self.reads_no_file = true;
        self
    }

    /// The environment of this process: `CITRONELLA_PORT`, `CITRONELLA_LIMITS__MAX_CONNECTIONS`, …;
    /// and `CITRONELLA_CONFIG`, which names the file when [`file`](Self::file) does not.
    pub fn env(self) -> Self {
        self.env_from(std::env::vars_os())
    }

    /// These variables, in place of the environment of this process.
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
    /// one key, the later wins; for a flag that may be repeated, give all its values as one list. A key of one table
    /// in a list, such as `auth.users[0].password`, changes that table, or adds the next one to the list.
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
    pub fn load(self) -> Result<Loaded, Error> {
        let mut remarks = Vec::new();
        let mut loaded = self.load_with(&mut remarks)?;
        loaded.remarks = remarks;
        Ok(loaded)
    }

    /// The same for those who want to know all that is to be said of the files, also where something is wrong with them.
    ///
    /// ```
    /// let path = std::env::temp_dir().join(format!("checked-{}.conf", std::process::id()));
    /// std::fs::write(&path, "persistence true\nlisener 1883\n")?;
    /// let (loaded, remarks) = settings::Loader::new().file(&path).check();
    /// assert!(loaded.unwrap_err().to_string().ends_with("did you mean `listener`?"));
    /// assert!(!remarks.is_empty());
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check(self) -> (Result<Loaded, Error>, Vec<Remark>) {
        let mut remarks = Vec::new();
        let loaded = self.load_with(&mut remarks);
        (loaded, remarks)
    }

    fn load_with(self, remarks: &mut Vec<Remark>) -> Result<Loaded, Error> {
        let mut problems = Vec::new();
        let mut layers = Layers::new();
        let to_read = self.files_to_read();
        let mut files = file::Files::default();
        let (mut of_variables, mut of_flags) = (Vec::new(), Vec::new());
        let variables = env::read(&self.variables, &mut of_variables);
        let flags = read_flags(self.flags, &mut of_flags);
        let has_port = variables
            .iter()
            .chain(&flags)
            .any(|(target, ..)| target.key() == "port");
        for path in &to_read {
            let mut found = Vec::new();
            let given = file::read(path, has_port, &mut found, remarks, &mut files);
            layers.add(given, &mut found);
            found.sort_by_key(|problem| line(&problem.origin));
            problems.append(&mut found);
        }
        problems.append(&mut of_variables);
        layers.add(variables, &mut problems);
        problems.append(&mut of_flags);
        layers.add(flags, &mut problems);
        Error::unless_none(problems)?;

        let (mut settings, origins) = layers.merged().map_err(|error| internal(&error))?;
        if settings.port == 0 {
            // A port that nobody chose is a free one, like its neighbour: many brokers can then run side by side.
            let free_unless_given = |port: &mut u16, key: &str| {
                if !origins.contains_key(key) {
                    *port = 0;
                }
            };
            free_unless_given(&mut settings.tls.port, "tls.port");
            free_unless_given(&mut settings.websocket.port, "websocket.port");
            free_unless_given(&mut settings.http.port, "http.port");
        }
        let loaded = Loaded {
            settings,
            origins,
            files: files.paths,
            remarks: Vec::new(),
            script: files.script,
            options: files.options,
        };
        let conflicts = loaded
            .settings
            .conflicts()
            .into_iter()
            .map(|(key, text)| Problem {
                origin: loaded.origin(&key).clone(),
                kind: match loaded.option_of(&key) {
                    Some(option) => ProblemKind::Line(format!("`{option}` {}", in_its_words(&text))),
                    None => ProblemKind::Conflict(text),
                },
                key,
            });
        Error::unless_none(conflicts.collect())?;
        Ok(loaded)
    }

    /// A file named by the caller, else by the environment, else the first of the usual ones that is there.
    fn files_to_read(&self) -> Vec<PathBuf> {
        if self.reads_no_file {
            return Vec::new();
        }
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
        let is_there = |path: &&PathBuf| path.try_exists().unwrap_or(true);
        self.default_files
            .iter()
            .find(is_there)
            .cloned()
            .into_iter()
            .collect()
    }
}

/// A path, then each whole that it is a part of, the smallest first: `a[0].b`, `a[0]`, `a`.
fn with_wholes(path: &str) -> impl Iterator<Item = &str> {
    let wholes = path.match_indices(['.', '[']).rev();
    std::iter::once(path).chain(wholes.filter_map(|(end, _)| path.get(..end)))
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
        match Target::find(&key, &origin) {
            Ok(target) => given.push((target, value, origin)),
            Err(problem) => problems.push(problem),
        }
    }
    given
}
