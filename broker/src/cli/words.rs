//! Errors of the start in the words of the settings file.

use settings::{Loaded, Problem, ProblemKind};

use crate::front::StartError;

/// An error about a key that a line of a mosquitto.conf gives, with that line and the name of its option; `None` for every other.
pub(super) fn of_mosquitto(error: &StartError, loaded: &Loaded) -> Option<Problem> {
    let text = error.to_string();
    let (key, text) = match error {
        StartError::Tls(_) => {
            // `listener[0]: tls.key_file: …`
            let (table, rest) = text.split_once(": tls.")?;
            let (name, why) = rest.split_once(": ")?;
            let key = format!("{table}.{name}");
            let option = loaded.option_of(&key)?;
            let text = format!("`{option}`: {why}");
            (key, text)
        }
        StartError::Listen { key, .. } => {
            loaded.option_of(key)?;
            // There it means something else.
            let any = format!(": `{key} = 0` takes any free one");
            (key.clone(), text.replace(&any, ""))
        }
        _ => return None,
    };
    Some(Problem {
        origin: loaded.origin(&key).clone(),
        key,
        kind: ProblemKind::Line(text),
    })
}
