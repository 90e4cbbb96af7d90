//! Texts: Base64, hex, JSON.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use minijinja::value::{Kwargs, Serde, Value};
use minijinja::{Environment, Error, State};

use super::{or, to_json, wrong};

pub(super) fn register(engine: &mut Environment<'static>) {
    engine.add_filter("base64", |value: Value| BASE64_STANDARD.encode(bytes(&value)));
    engine.add_filter("base64_decode", base64_decode);
    engine.add_filter("hex", |value: Value| hex(&bytes(&value)));
    engine.add_filter("hex_decode", hex_decode);
    engine.add_filter("tojson", tojson);
    engine.add_filter("fromjson", fromjson);
}

/// The bytes of a text; of anything else, of what it is written as.
fn bytes(value: &Value) -> Vec<u8> {
    match value.as_bytes() {
        Some(bytes) => bytes.to_vec(),
        None => value.to_string().into_bytes(),
    }
}

fn as_text(bytes: Vec<u8>) -> Result<String, Error> {
    let text = String::from_utf8(bytes);
    text.map_err(|_| wrong("these bytes are not UTF-8; a payload of any bytes is the key `base64` of a stub"))
}

fn base64_decode(text: &str) -> Result<String, Error> {
    let bytes = BASE64_STANDARD.decode(text);
    bytes
        .map_err(|error| wrong(format!("this is not Base64: {error}")))
        .and_then(as_text)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn hex_decode(text: &str) -> Result<String, Error> {
    let digit = |at: usize| {
        char::from(text.as_bytes()[at])
            .to_digit(16)
            .map(|digit| digit as u8)
    };
    let byte = |at: usize| Some(digit(at)? << 4 | digit(at + 1)?);
    let bytes: Option<Vec<u8>> = match text.len() % 2 {
        0 => (0..text.len()).step_by(2).map(byte).collect(),
        _ => None,
    };
    bytes
        .ok_or_else(|| wrong("this is not hex: two digits of 0 to 9 and a to f are a byte"))
        .and_then(as_text)
}

fn tojson(state: &State<'_, '_>, value: Value, named: Kwargs) -> Result<String, Error> {
    let pretty = or(&named, "pretty", false)?;
    named.assert_all_used()?;
    let json = to_json(&value)?;
    let text = if pretty {
        format!("{json:#}")
    } else {
        json.to_string()
    };
    state.consume_fuel(text.len() as u64 / 4)?;
    Ok(text)
}

fn fromjson(state: &State<'_, '_>, text: &str) -> Result<Value, Error> {
    state.consume_fuel(text.len() as u64 / 4)?;
    let json: serde_json::Value =
        serde_json::from_str(text).map_err(|error| wrong(format!("this is not JSON: {error}")))?;
    Ok(Value::from(Serde(&json)))
}
