//! A profile as JSON: in the form in which it is read.

use serde_json::{Map, Value as Json, json};

use super::form::Profile;
use super::limit::{Bound, Limit};

impl Profile {
    /// The profile in the form of its file.
    ///
    /// ```
    /// use broker_core::profile::Profile;
    /// use serde_json::json;
    ///
    /// let limit = json!({"name": "publish_qos", "max": 1, "outcome": "close", "source": "its manual", "as_of": "2026-11-28"});
    /// let cloud = json!({"title": "Our cloud", "limit": [limit]});
    /// let read = Profile::from_json_or_all_wrongs("cloud", &cloud).expect("it is right");
    /// assert_eq!(read.to_json(), cloud);
    /// ```
    pub fn to_json(&self) -> Json {
        let mut json = Map::new();
        json.insert("title".to_owned(), json!(self.title));
        if !self.about.is_empty() {
            json.insert("about".to_owned(), json!(self.about));
        }
        let limits = self.limits.iter().map(Limit::to_json).collect();
        json.insert("limit".to_owned(), Json::Array(limits));
        Json::Object(json)
    }
}

impl Limit {
    /// The limit in the form of its table.
    ///
    /// ```
    /// use broker_core::profile::Profile;
    /// use serde_json::json;
    ///
    /// let limit = json!({"name": "will", "outcome": "close", "source": "its manual", "as_of": "2026-11-28"});
    /// let cloud = json!({"title": "Our cloud", "limit": [limit]});
    /// let read = Profile::from_json_or_all_wrongs("cloud", &cloud).expect("it is right");
    /// assert_eq!(read.limits[0].to_json(), limit);
    /// ```
    pub fn to_json(&self) -> Json {
        let mut json = Map::new();
        let mut put = |key: &str, value: Json| json.insert(key.to_owned(), value);
        put("name", json!(self.kind.name()));
        match &self.bound {
            Bound::Range(min, max) => {
                if *min > 0 {
                    put("min", json!(min));
                }
                if *max < u64::MAX {
                    put("max", json!(max));
                }
            }
            Bound::Only(words) => drop(put("only", json!(words))),
            Bound::Not(words) => drop(put("not", json!(words))),
            Bound::Nothing => {}
        }
        put("outcome", json!(self.outcome.word()));
        if let Some(reason) = self.outcome.reason() {
            put("reason", json!(reason.0));
        }
        put("source", json!(self.source));
        put("as_of", json!(self.as_of));
        if !self.note.is_empty() {
            put("note", json!(self.note));
        }
        Json::Object(json)
    }
}
