//! How the application connects, held against the bindings of the servers.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::bindings::{OfServer, OfWill, Wanted};
use crate::check::{Publication, Violation};
use crate::document::Document;
use crate::effort::Budget;
use crate::place::Place;
use crate::rule::Rule;

/// A CONNECT.
#[derive(Debug, Clone, Copy, Default)]
pub struct Connection<'a> {
    /// Client identifier.
    pub client_id: &'a str,
    /// Clean Start, or Clean Session of 3.x.
    pub clean_start: bool,
    /// Keep Alive.
    pub keep_alive_secs: u16,
    /// Its will.
    pub will: Option<Publication<'a>>,
    /// Session Expiry Interval, of 5.0.
    pub session_expiry_secs: Option<u32>,
    /// Maximum Packet Size, of 5.0.
    pub maximum_packet_size: Option<u32>,
}

impl Document {
    /// What of the servers' bindings is broken. They concern the client whose identifier they name, and the application.
    pub(crate) fn connection(&self, seen: &Connection<'_>, is_application: bool) -> Vec<Violation> {
        let concerns = |server: &&OfServer| match &server.client_id {
            Some((client_id, _)) => client_id == seen.client_id || is_application,
            None => is_application,
        };
        let servers = self.servers.iter().filter(concerns);
        // An application connects to one of the servers: what fits best counts.
        let budget = Budget::default();
        let broken = servers
            .map(|server| of_server(server, seen, &budget))
            .min_by_key(Vec::len);
        let violation = |(what, place)| Violation {
            rule: Rule::Connect,
            contract: Arc::clone(&self.name),
            topic: String::new(),
            channel: None,
            message: None,
            path: String::new(),
            what,
            place,
            is_of_schema: false,
        };
        broken.unwrap_or_default().into_iter().map(violation).collect()
    }
}

fn of_server(server: &OfServer, seen: &Connection<'_>, budget: &Budget) -> Vec<(String, Place)> {
    let mut broken = Vec::new();
    if let Some((client_id, place)) = &server.client_id
        && client_id != seen.client_id
    {
        broken.push((
            format!(
                "the client identifier is {:?}, and is to be {client_id:?}",
                seen.client_id
            ),
            place.clone(),
        ));
    }
    if let Some((clean, place)) = &server.clean_session
        && *clean != seen.clean_start
    {
        broken.push((
            format!("Clean Session is {}, and is to be {clean}", seen.clean_start),
            place.clone(),
        ));
    }
    if let Some((secs, place)) = &server.keep_alive
        && *secs != seen.keep_alive_secs
    {
        broken.push((
            format!("Keep Alive is {} s, and is to be {secs} s", seen.keep_alive_secs),
            place.clone(),
        ));
    }
    for (name, wanted, found) in [
        (
            "Session Expiry Interval",
            &server.session_expiry,
            seen.session_expiry_secs,
        ),
        (
            "Maximum Packet Size",
            &server.maximum_packet_size,
            seen.maximum_packet_size,
        ),
    ] {
        let Some(wanted) = wanted else { continue };
        let place = match wanted {
            Wanted::Value(_, place) => place,
            Wanted::Schema(schema) => schema.place(),
        };
        match found.map(|found| wanted.flaw(&Json::from(found), budget)) {
            None => broken.push((format!("there is no {name}"), place.clone())),
            Some(Some((what, place))) => broken.push((format!("{name} {what}"), place)),
            Some(None) => {}
        }
    }
    match (&server.will, &seen.will) {
        (Some(wanted), None) => broken.push(("there is no will".to_owned(), wanted.place.clone())),
        (Some(wanted), Some(will)) => of_will(wanted, will, &mut broken),
        (None, _) => {}
    }
    broken
}

fn of_will(wanted: &OfWill, will: &Publication<'_>, broken: &mut Vec<(String, Place)>) {
    let mut differs = |name: &str, wanted: Option<(String, &Place)>, found: String| {
        if let Some((wanted, place)) = wanted.filter(|(wanted, _)| *wanted != found) {
            broken.push((
                format!("the {name} of the will is {found}, and is to be {wanted}"),
                place.clone(),
            ));
        }
    };
    let quoted = |said: &Option<(String, Place)>| {
        said.as_ref()
            .map(|(text, place)| (format!("{text:?}"), place.clone()))
    };
    let topic = quoted(&wanted.topic);
    differs(
        "topic",
        topic.as_ref().map(|(text, place)| (text.clone(), place)),
        format!("{:?}", will.topic),
    );
    let message = quoted(&wanted.message);
    let found = String::from_utf8_lossy(will.payload);
    differs(
        "message",
        message.as_ref().map(|(text, place)| (text.clone(), place)),
        format!("{found:?}"),
    );
    differs(
        "QoS",
        wanted.qos.as_ref().map(|(qos, place)| (qos.to_string(), place)),
        will.qos.to_string(),
    );
    let retain = wanted
        .retain
        .as_ref()
        .map(|(retain, place)| (retain.to_string(), place));
    differs("RETAIN", retain, will.retain.to_string());
}
