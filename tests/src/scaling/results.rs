//! What was measured, run by run: tests/data/scaling/results.json.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::bench::machine::Machine;
use crate::bench::measure::quantile;

/// What so many things cost a broker that holds them.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Memory {
    /// How many.
    pub count: u64,
    /// Resident memory before they came, with the journal full.
    pub before_bytes: u64,
    /// The same with all of them.
    pub after_bytes: u64,
    /// The most that it ever was.
    pub peak_bytes: u64,
    /// How long it took to bring them.
    pub seconds: f64,
}

impl Memory {
    /// Bytes for each.
    pub fn each_bytes(&self) -> f64 {
        self.after_bytes.saturating_sub(self.before_bytes) as f64 / self.count.max(1) as f64
    }
}

/// How fast a broker is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Speed {
    /// Messages delivered a second, to all subscribers together.
    pub rate: f64,
    /// The share that did not arrive; nothing where more was arriving when the patience was over.
    pub lost: Option<f64>,
    /// At half of that rate: within so many seconds half of them arrived.
    pub half_secs: f64,
    /// The same of 99 %.
    pub most_secs: f64,
    /// The most memory that the broker ever had.
    pub peak_bytes: u64,
    /// Processor time of the broker for each message delivered.
    pub cpu_secs: f64,
}

/// One run of one row.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Run {
    /// Of things that are held.
    Memory(Memory),
    /// Of messages that flow.
    Speed(Speed),
}

/// All runs of one row.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Row {
    /// Its name on the command line.
    pub name: String,
    /// The runs of our broker.
    pub ours: Vec<Run>,
    /// The runs of mosquitto; none where it cannot do that.
    pub mosquitto: Vec<Run>,
    /// Why mosquitto has fewer.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub mosquitto_failed: String,
}

impl Row {
    /// Without a run.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// The runs of one broker.
    pub fn side(&mut self, is_ours: bool) -> &mut Vec<Run> {
        if is_ours {
            &mut self.ours
        } else {
            &mut self.mosquitto
        }
    }

    /// A run ended with an error.
    pub fn failed(&mut self, is_ours: bool, why: &str) {
        if !is_ours {
            why.clone_into(&mut self.mosquitto_failed);
        }
    }
}

/// The median of a figure over these runs; nothing where no run has it.
pub fn median(runs: &[Run], figure: impl Fn(&Run) -> Option<f64>) -> Option<f64> {
    let values: Vec<f64> = runs.iter().filter_map(figure).collect();
    quantile(&values, 0.5)
}

/// The median of our figure over mosquitto's, run by run: the two stood side by side then.
pub fn ratio(row: &Row, figure: impl Fn(&Run) -> Option<f64>) -> Option<f64> {
    let pairs = row.ours.iter().zip(&row.mosquitto);
    let values: Vec<f64> = pairs
        .filter_map(|(ours, theirs)| Some(figure(ours)? / figure(theirs)?))
        .filter(|ratio| ratio.is_finite())
        .collect();
    quantile(&values, 0.5)
}

/// Everything that was measured.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Results {
    /// Where, and when the last row was measured.
    pub machine: Machine,
    /// Our version.
    pub ours: String,
    /// Mosquitto's, and what it was given.
    pub mosquitto: String,
    /// Runs of each row.
    pub runs: u32,
    /// The rows.
    pub rows: Vec<Row>,
}

impl Default for Results {
    fn default() -> Self {
        Self {
            machine: Machine::here(),
            ours: String::new(),
            mosquitto: String::new(),
            runs: 0,
            rows: Vec::new(),
        }
    }
}

impl Results {
    /// Says who is measured, and when.
    pub fn begin(&mut self, ours: &str, mosquitto: &str, runs: u32) {
        self.machine = Machine::here();
        ours.clone_into(&mut self.ours);
        mosquitto.clone_into(&mut self.mosquitto);
        self.runs = runs;
    }

    /// A row takes the place of what was measured of it before.
    pub fn put(&mut self, row: Row) {
        self.rows.retain(|other| other.name != row.name);
        self.rows.push(row);
    }

    /// Forgets rows that there are no more, and puts the others into this order.
    pub fn keep_only(&mut self, names: &[String]) {
        let at = |row: &Row| names.iter().position(|name| *name == row.name);
        self.rows.retain(|row| at(row).is_some());
        self.rows.sort_by_key(at);
    }

    /// The row of this name.
    pub fn row(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.name == name)
    }
}

/// The file.
pub fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/scaling/results.json")
}

/// What was measured before.
///
/// # Errors
/// The file cannot be read, or is not what `save` writes.
pub fn load() -> Result<Results, String> {
    let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path().display());
    let text = std::fs::read_to_string(path()).map_err(|error| wrong(&error))?;
    serde_json::from_str(&text).map_err(|error| wrong(&error))
}

/// Writes it.
///
/// # Errors
/// It cannot be written.
pub fn save(results: &Results) -> Result<(), String> {
    let text = serde_json::to_string_pretty(results).map_err(|error| error.to_string())?;
    std::fs::write(path(), text + "\n").map_err(|error| format!("{}: {error}", path().display()))
}
