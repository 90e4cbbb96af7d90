//! What happens at each limit, as tests/data/scaling/limits.toml says it. Tests make each happen and hold it against that.

use broker::settings::{self, BrokerSettings};
use serde::Deserialize;

/// One bound.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// The setting; or what else it is that bounds.
    pub setting: String,
    /// The default, where it is not a setting.
    pub default: Option<String>,
    /// Whom it counts for: `one`, a client alone; `all`, all together.
    pub of: Of,
    /// What a client of 3.1.1 sees. Empty where it sees what one of 5.0 does.
    #[serde(default)]
    pub v311: String,
    /// What a client of 5.0 sees.
    pub v5: String,
    /// What the log, the journal and the console say. Empty = nothing.
    #[serde(default)]
    pub says: String,
    /// The counter of `GET /api/v1/stats` that goes up. Empty = none.
    #[serde(default)]
    pub counter: String,
    /// What else there is to know.
    #[serde(default)]
    pub mind: String,
    /// The test that proves it, where it is another than that of this page: `FILE: FUNCTION`.
    #[serde(default)]
    pub proof: String,
}

/// Whom a bound counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Of {
    /// Each client alone.
    One,
    /// All together.
    All,
}

impl Limit {
    /// Its default, as the settings have it.
    ///
    /// # Panics
    /// There is no such setting, and no default beside it; a test sees that first.
    pub fn default(&self) -> String {
        if let Some(default) = &self.default {
            return default.clone();
        }
        let doc =
            settings::find(&self.setting).unwrap_or_else(|| panic!("there is no setting {}", self.setting));
        let all = serde_json::to_value(BrokerSettings::default()).expect("settings are JSON");
        let value = self.setting.split('.').try_fold(&all, |at, part| at.get(part));
        let number = value
            .and_then(serde_json::Value::as_u64)
            .unwrap_or_else(|| panic!("{} is a number", self.setting));
        if number == 0 {
            return "none".to_owned();
        }
        format!("{} {}", grouped(number), doc.unit).trim_end().to_owned()
    }
}

/// All of them, in the order of the page.
///
/// # Panics
/// The file is wrong, which a test sees first.
pub fn all() -> Vec<Limit> {
    #[derive(Deserialize)]
    struct File {
        limit: Vec<Limit>,
    }
    let text = include_str!("../../data/scaling/limits.toml");
    let file: File = toml::from_str(text).expect("limits.toml is right");
    file.limit
}

/// With a comma before each three digits.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn digits_come_in_threes() {
        let shown = [0, 999, 1000, 65_536, 100_000, 1_073_741_824].map(grouped);
        assert_eq!(shown, ["0", "999", "1,000", "65,536", "100,000", "1,073,741,824"]);
    }
}
