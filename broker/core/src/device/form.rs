//! Devices as JSON, which is what TOML becomes: errors name the place and the nearest right thing.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

use super::{Device, shape};
use crate::fault::Invalid;

/// The device that this JSON describes, in the form of a `[[device]]` table. Whether it can work is seen when it is added.
///
/// ```
/// use broker_core::device::device_from_json;
///
/// let lamp = device_from_json(&serde_json::json!({"name": "lamp", "keep_alive_secs": 30}))?;
/// assert_eq!(lamp.name(), "lamp");
///
/// let error = device_from_json(&serde_json::json!({"name": "lamp", "telemetry": {"topik": "x"}})).unwrap_err();
/// assert_eq!(error.place, r#"device "lamp": telemetry.topik"#);
/// assert!(error.what.contains(r#"did you mean "topic"?"#), "{error}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn device_from_json(json: &Json) -> Result<Device, Invalid> {
    device_from_json_or_all_wrongs(json).map_err(|mut all| all.swap_remove(0))
}

/// The same, with all that is wrong and not only the first of it; there is at least one.
///
/// ```
/// use broker_core::device::device_from_json_or_all_wrongs;
///
/// let lamp = serde_json::json!({"name": "lamp", "keep_alive": 30, "will": {"qos": 3}});
/// let wrongs = device_from_json_or_all_wrongs(&lamp).unwrap_err();
/// let places: Vec<&str> = wrongs.iter().map(|wrong| wrong.place.split(": ").nth(1).unwrap()).collect();
/// assert_eq!(places, ["keep_alive", "will.topic", "will.qos"]);
/// ```
pub fn device_from_json_or_all_wrongs(json: &Json) -> Result<Device, Vec<Invalid>> {
    let name = json.get("name").and_then(Json::as_str);
    let device = name.map_or_else(|| "a device".to_owned(), |name| format!("device {name:?}"));
    let mut wrongs = Vec::new();
    shape::look(&device, json, &mut wrongs);
    if !wrongs.is_empty() {
        return Err(wrongs);
    }
    serde_path_to_error::deserialize(json).map_err(|error| {
        let place = match error.path().to_string().as_str() {
            "." => device,
            path => format!("{device}: {path}"),
        };
        let what = error.into_inner().to_string();
        vec![Invalid { place, what }]
    })
}

/// One table, or a list of them.
pub(super) fn one_or_many<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    from: D,
) -> Result<Vec<T>, D::Error> {
    struct Many<T>(PhantomData<T>);

    impl<'de, T: DeserializeOwned> Visitor<'de> for Many<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a table or a list of tables")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map)).map(|one| vec![one])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut all = Vec::new();
            while let Some(one) = list.next_element()? {
                all.push(one);
            }
            Ok(all)
        }
    }

    from.deserialize_any(Many(PhantomData))
}

/// Stages are told apart by their first key; an error of serde would name none of them.
impl<'de> Deserialize<'de> for super::Stage {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;

        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Keys {
            connect_secs: Option<f64>,
            run_secs: Option<f64>,
            storm_secs: Option<f64>,
            leave_secs: Option<f64>,
            goodbye: Option<bool>,
        }
        let keys = Keys::deserialize(from)?;
        let goodbye = keys.goodbye;
        let stage = match (keys.connect_secs, keys.run_secs, keys.storm_secs, keys.leave_secs) {
            (Some(secs), None, None, None) => Self::connect_secs(secs),
            (None, Some(secs), None, None) => Self::run_secs(secs),
            (None, None, Some(secs), None) => Self::storm_secs(secs),
            (None, None, None, Some(leave_secs)) => Self::Leave {
                leave_secs,
                goodbye: goodbye.unwrap_or(true),
            },
            _ => {
                let what = "a stage has one of connect_secs, run_secs, storm_secs and leave_secs";
                return Err(D::Error::custom(what));
            }
        };
        match (goodbye, stage) {
            (Some(_), Self::Connect { .. } | Self::Run { .. } | Self::Storm { .. }) => {
                Err(D::Error::custom("`goodbye` belongs to leave_secs"))
            }
            _ => Ok(stage),
        }
    }
}
