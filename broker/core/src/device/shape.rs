//! The keys of a `[[device]]` table, and what each may hold: errors are in the words of rules and stubs.

use serde_json::Value as Json;
use settings::MqttVersion;

use super::check::MOST_CLIENTS;
use crate::fault::Invalid;
use crate::stub::form::{Form, brief, invalid};

/// What a key may hold.
enum Is {
    Text,
    /// A text that no error repeats.
    Secret,
    Flag,
    Number,
    /// From the first to the second.
    Whole(u64, u64),
    Version,
    /// A text, or JSON with texts in it.
    Payload,
    Table(Keys),
    /// One table, or a list of them.
    Tables(Keys),
}

/// The name of each key, whether it is needed, and what it may hold.
type Keys = &'static [(&'static str, bool, Is)];

const QOS: Is = Is::Whole(0, 2);
const SECS: Is = Is::Whole(0, u32::MAX as u64);

const DEVICE: Keys = &[
    ("name", true, Is::Text),
    ("count", false, Is::Whole(1, MOST_CLIENTS as u64)),
    ("client_id", false, Is::Text),
    ("listener", false, Is::Text),
    ("user", false, Is::Text),
    ("password", false, Is::Secret),
    ("version", false, Is::Version),
    ("keep_alive_secs", false, Is::Whole(0, u16::MAX as u64)),
    ("clean_start", false, Is::Flag),
    ("session_expiry_secs", false, SECS),
    ("will", false, Is::Table(WILL)),
    ("telemetry", false, Is::Tables(TELEMETRY)),
    ("answer", false, Is::Tables(ANSWER)),
    ("stages", false, Is::Tables(STAGE)),
    ("reconnect", false, Is::Flag),
    ("reconnect_secs", false, Is::Number),
    ("reconnect_max_secs", false, Is::Number),
];

const WILL: Keys = &[
    ("topic", true, Is::Text),
    ("payload", false, Is::Payload),
    ("qos", false, QOS),
    ("retain", false, Is::Flag),
    ("delay_secs", false, SECS),
];

const TELEMETRY: Keys = &[
    ("topic", true, Is::Text),
    ("payload", false, Is::Payload),
    ("every_secs", true, Is::Number),
    ("jitter_secs", false, Is::Number),
    ("qos", false, QOS),
    ("retain", false, Is::Flag),
    ("initial", false, Is::Payload),
    ("rows", false, Is::Text),
    ("once", false, Is::Flag),
];

const ANSWER: Keys = &[
    ("to", true, Is::Text),
    ("qos", false, QOS),
    ("publish", false, Is::Tables(SAY)),
];

const SAY: Keys = &[
    ("topic", true, Is::Text),
    ("payload", false, Is::Payload),
    ("qos", false, QOS),
    ("retain", false, Is::Flag),
];

const STAGE: Keys = &[
    ("connect_secs", false, Is::Number),
    ("run_secs", false, Is::Number),
    ("storm_secs", false, Is::Number),
    ("leave_secs", false, Is::Number),
    ("goodbye", false, Is::Flag),
];

/// Whether this has the keys of a device, and in each what belongs there. What is wrong goes to the list.
pub(super) fn look(whose: &str, device: &Json, wrongs: &mut Vec<Invalid>) {
    table(whose, "", device, DEVICE, wrongs);
}

fn table(whose: &str, path: &str, value: &Json, keys: Keys, wrongs: &mut Vec<Invalid>) {
    let names: Vec<&str> = keys.iter().map(|(name, ..)| *name).collect();
    let Some(form) = Form::noting(whose, path, value, &names, wrongs) else {
        return;
    };
    for (key, needed, is) in keys {
        match form.get(key) {
            None if *needed => wrongs.push(form.wrong(key, "it is needed, and it is not there")),
            None => {}
            Some(value) => held(whose, &form, key, (value, is), wrongs),
        }
    }
}

fn held(whose: &str, form: &Form<'_>, key: &str, (value, is): (&Json, &Is), wrongs: &mut Vec<Invalid>) {
    let wrong = match is {
        Is::Text => form.text(key).err(),
        Is::Secret if value.is_string() => None,
        Is::Secret => Some(form.wrong(key, "this is a text")),
        Is::Flag => form.flag(key).err(),
        Is::Number => form.number(key).err(),
        Is::Whole(least, most) => form.whole(key, *least, *most).err(),
        Is::Version => version(form, key, value).err(),
        Is::Payload => None,
        Is::Table(keys) => return table(whose, &form.path(key), value, keys, wrongs),
        Is::Tables(keys) => match value {
            Json::Object(_) => return table(whose, &form.path(key), value, keys, wrongs),
            Json::Array(list) => {
                for (at, one) in list.iter().enumerate() {
                    table(whose, &format!("{}[{at}]", form.path(key)), one, keys, wrongs);
                }
                return;
            }
            other => {
                let what = format!("this is a table or a list of tables, not {}", brief(other));
                Some(invalid(whose, &form.path(key), what))
            }
        },
    };
    wrongs.extend(wrong);
}

fn version(form: &Form<'_>, key: &str, value: &Json) -> Result<(), Invalid> {
    let names = || MqttVersion::ALL.iter().map(|version| version.name());
    let text = value.as_str().unwrap_or_default();
    if names().any(|name| name == text) {
        return Ok(());
    }
    let all: Vec<String> = names().map(|name| format!("{name:?}")).collect();
    Err(form.wrong(
        key,
        format!("this is one of {}, not {}", all.join(", "), brief(value)),
    ))
}
