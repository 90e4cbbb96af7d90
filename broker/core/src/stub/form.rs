//! [`Form`]: reads an object of JSON key by key. An error names the place, and a key that does not exist the nearest one.

use serde_json::{Map, Value as Json};

use crate::fault::Invalid;
use crate::pattern::nearest;

/// An object of which some keys were asked for.
pub(crate) struct Form<'a> {
    /// Whose it is: `stub "x"`.
    whose: &'a str,
    /// The path to it: `publish[0]`; empty at the top.
    path: String,
    map: &'a Map<String, Json>,
}

impl<'a> Form<'a> {
    /// `keys` are all that there may be.
    pub fn of(whose: &'a str, path: &str, value: &'a Json, keys: &[&str]) -> Result<Self, Invalid> {
        let mut wrongs = Vec::new();
        let form = Self::noting(whose, path, value, keys, &mut wrongs);
        match wrongs.into_iter().next() {
            Some(wrong) => Err(wrong),
            None => form.ok_or_else(|| invalid(whose, path, "this is an object with keys")),
        }
    }

    /// The same, and all that is wrong goes to the list. `None` where this is no object.
    pub fn noting(
        whose: &'a str,
        path: &str,
        value: &'a Json,
        keys: &[&str],
        wrongs: &mut Vec<Invalid>,
    ) -> Option<Self> {
        let Json::Object(map) = value else {
            let what = format!("this is an object with keys, not {}", brief(value));
            wrongs.push(invalid(whose, path, what));
            return None;
        };
        let path = path.to_owned();
        let form = Self { whose, path, map };
        for key in map.keys().filter(|key| !keys.contains(&&***key)) {
            let near = nearest(key, keys.iter().copied());
            let what = format!("there is no such key{near}; there are {}", keys.join(", "));
            wrongs.push(form.wrong(key, what));
        }
        Some(form)
    }

    /// The path to a key of it.
    pub fn path(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    pub fn wrong(&self, key: &str, what: impl Into<String>) -> Invalid {
        invalid(self.whose, &self.path(key), what)
    }

    pub fn get(&self, key: &str) -> Option<&'a Json> {
        self.map.get(key)
    }

    fn read<T>(
        &self,
        key: &str,
        is: &str,
        read: impl FnOnce(&'a Json) -> Option<T>,
    ) -> Result<Option<T>, Invalid> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        let wrong = || self.wrong(key, format!("this is {is}, not {}", brief(value)));
        read(value).map(Some).ok_or_else(wrong)
    }

    pub fn text(&self, key: &str) -> Result<Option<&'a str>, Invalid> {
        self.read(key, "a text", Json::as_str)
    }

    pub fn flag(&self, key: &str) -> Result<Option<bool>, Invalid> {
        self.read(key, "true or false", Json::as_bool)
    }

    pub fn number(&self, key: &str) -> Result<Option<f64>, Invalid> {
        self.read(key, "a number", Json::as_f64)
    }

    /// A whole number from `least` to `most`.
    pub fn whole(&self, key: &str, least: u64, most: u64) -> Result<Option<u64>, Invalid> {
        let is = match most {
            u64::MAX => format!("a whole number from {least} on"),
            most => format!("a whole number from {least} to {most}"),
        };
        self.read(key, &is, |value| {
            value.as_u64().filter(|number| (least..=most).contains(number))
        })
    }
}

pub(crate) fn invalid(whose: &str, path: &str, what: impl Into<String>) -> Invalid {
    let place = if path.is_empty() {
        whose.to_owned()
    } else {
        format!("{whose}: {path}")
    };
    Invalid {
        place,
        what: what.into(),
    }
}

pub(crate) fn brief(value: &Json) -> String {
    settings::text::cut(&value.to_string(), 60)
}
