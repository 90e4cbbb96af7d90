//! STATE: what a host application says of itself, in JSON.

use serde_json::{Number, Value as Json};

use super::found::Found;
use super::rules::{self as rule, Rule};
use crate::check::Publication;

/// A STATE is short; what is longer is none.
const MOST_BYTES: usize = 4096;

/// A host application.
#[derive(Debug, Default)]
pub(super) struct Host {
    pub is_online: bool,
    pub births: u64,
    pub deaths: u64,
    pub broken: u64,
}

/// What a STATE says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct State {
    pub online: bool,
    pub timestamp: Number,
}

impl State {
    /// Reads it; an error says what is wrong with it.
    pub fn read(payload: &[u8]) -> Result<Self, String> {
        if payload.len() > MOST_BYTES {
            return Err(format!(
                "the payload has {} bytes, and STATE has at most {MOST_BYTES}",
                payload.len()
            ));
        }
        let json: Json =
            serde_json::from_slice(payload).map_err(|error| format!("the payload is not JSON: {error}"))?;
        let online = json.get("online").and_then(Json::as_bool);
        let Some(online) = online else {
            return Err("the payload has no `online` with true or false".to_owned());
        };
        match json.get("timestamp") {
            Some(Json::Number(timestamp)) => Ok(Self {
                online,
                timestamp: timestamp.clone(),
            }),
            _ => Err("the payload has no `timestamp` with a number".to_owned()),
        }
    }
}

/// How a STATE is sent, as a message or a will.
pub(super) fn check_sending(seen: &Publication<'_>, online: bool, found: &mut Found) {
    let (qos, retain): (&Rule, &Rule) = if online {
        (&rule::STATE_BIRTH_QOS, &rule::STATE_BIRTH_RETAIN)
    } else {
        (&rule::STATE_DEATH_QOS, &rule::STATE_DEATH_RETAIN)
    };
    if seen.qos != 1 {
        found.add(qos, || format!("it has QoS {}, and is to have QoS 1", seen.qos));
    }
    if !seen.retain {
        found.add(retain, || "it has no RETAIN, and is to have it".to_owned());
    }
}
