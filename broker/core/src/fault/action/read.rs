//! From JSON to actions.

use std::borrow::Cow;

use serde_json::{Map, Value as Json, json};

use super::{ACTIONS, Action, CUTS, Part, Toward};
use crate::fault::Cut;
use crate::fault::delay::{Delay, LONGEST_MILLIS};
use crate::fault::draft::{Draft, Edit, reason_code};
use crate::fault::table::{Table, Wrong, inside};
use crate::pattern::nearest;
use crate::wire::{PacketType, ReasonCode};

/// The packets that an action may meet.
pub(in crate::fault) struct Meets<'a> {
    pub packets: &'a [PacketType],
}

/// What a rule may do in one go.
const MOST_COPIES: u64 = 1_000;
const MOST_PACKETS: usize = 100;

/// What may be refused, with the packet that does it.
const REFUSED: &[(PacketType, PacketType)] = &[
    (PacketType::Connect, PacketType::ConnAck),
    (PacketType::Publish, PacketType::PubAck),
    (PacketType::Subscribe, PacketType::SubAck),
    (PacketType::Unsubscribe, PacketType::UnsubAck),
];

impl Action {
    /// Reads `"drop"` or `{"type": "latency", "latency": 500}`.
    pub fn read(path: &str, json: &Json, meets: &Meets<'_>) -> Result<Self, Wrong> {
        let members = Self::read_keys(path, json)?;
        let table = Table::new(path, &members);
        let word = table.text("type")?.unwrap_or_default();
        let after = || Ok(table.truth("after")?.unwrap_or(false));
        Ok(match word {
            "drop" => Self::Drop,
            "latency" => Self::Latency(Delay::read(&table, path)?),
            "duplicate" => Self::Duplicate {
                copies: table.whole("copies", 1, MOST_COPIES)?.unwrap_or(1) as u32,
                dup: table.truth("dup")?,
                packet_identifier: table.whole("packet_identifier", 1, 65_535)?.map(|id| id as u16),
            },
            "hold" => Self::Hold {
                timeout: table.whole("timeout", 0, LONGEST_MILLIS)?,
            },
            "reorder" => Self::Reorder {
                behind: table.whole("behind", 1, 10_000)?.unwrap_or(1) as u32,
                timeout: table.whole("timeout", 0, LONGEST_MILLIS)?.unwrap_or(1_000),
            },
            "corrupt" => corrupt(&table, meets)?,
            "truncate" => Self::Truncate {
                keep: table.needed("keep", table.whole("keep", 0, u32::MAX.into())?)? as u32,
                adjust: table.truth("adjust")?.unwrap_or(false),
            },
            "edit" => edit(&table, path, meets)?,
            "replace" => Self::Replace(drafts(&table, path, "with", meets)?),
            "answer" => Self::Answer(drafts(&table, path, "with", meets)?),
            "answer_early" => {
                answered(path, meets)?;
                Self::AnswerEarly(Delay::read(&table, path)?)
            }
            "refuse" => refuse(&table, path, meets)?,
            "disconnect" => disconnect(&table, after()?)?,
            _ => Self::Send {
                packets: drafts(&table, path, "packets", meets)?,
                to: table.word("to", Toward::WORDS)?.unwrap_or(Toward::Client),
                after: after()?,
            },
        })
    }

    /// Reads what it is called and which keys it has, and nothing that they say.
    pub fn read_keys<'a>(path: &str, json: &'a Json) -> Result<Cow<'a, Map<String, Json>>, Wrong> {
        let members = match json {
            Json::String(word) => Cow::Owned(Map::from_iter([("type".to_owned(), json!(word))])),
            Json::Object(members) => Cow::Borrowed(members),
            other => {
                let what =
                    format!("an action is a word such as \"drop\", or an object with its type, not {other}");
                return Err(Wrong::new(path, what));
            }
        };
        let table = Table::new(path, &members);
        let word = table.needed("type", table.text("type")?)?;
        let Some(about) = ACTIONS.iter().find(|one| one.word == word) else {
            let names = || ACTIONS.iter().map(|one| one.word);
            let near = nearest(word, names());
            let all: Vec<&str> = names().collect();
            let what = format!("there is no action {word:?}{near}; there are {}", all.join(", "));
            return Err(Wrong::new(path, what));
        };
        let mut known = vec!["type"];
        known.extend(about.attributes.iter().map(|(name, _)| *name));
        table.only(&known)?;
        Ok(members)
    }

    /// Reads the short form: `drop`, `latency 500`, `refuse 0x97`, or JSON.
    pub fn read_short(text: &str, meets: &Meets<'_>) -> Result<Self, Wrong> {
        let text = text.trim();
        if text.starts_with('{') {
            let json = serde_json::from_str(text)
                .map_err(|error| Wrong::new("", format!("this is no JSON: {error}")))?;
            return Self::read("", &json, meets);
        }
        let Some((word, value)) = text.split_once(char::is_whitespace) else {
            return Self::read("", &json!(text), meets);
        };
        let mut members = Map::from_iter([("type".to_owned(), json!(word))]);
        if let Some(about) = ACTIONS.iter().find(|one| one.word == word) {
            let Some((name, _)) = about.attributes.first() else {
                return Err(Wrong::new(
                    "",
                    format!("{word} takes nothing behind it, not {value:?}"),
                ));
            };
            let value = value.trim();
            let number = value.parse::<u64>().map(Json::from);
            members.insert((*name).to_owned(), number.unwrap_or_else(|_| json!(value)));
        }
        Self::read("", &Json::Object(members), meets)
    }
}

fn corrupt(table: &Table<'_>, meets: &Meets<'_>) -> Result<Action, Wrong> {
    let at = table.word("at", Part::WORDS)?.unwrap_or(Part::Body);
    if at == Part::Payload && meets.packets != [PacketType::Publish] {
        return Err(table.wrong(
            "at",
            "only PUBLISH has a payload, and `when` may mean other packets, too",
        ));
    }
    Ok(Action::Corrupt {
        bytes: table.whole("bytes", 1, 65_535)?.unwrap_or(1) as u32,
        at,
    })
}

fn edit(table: &Table<'_>, path: &str, meets: &Meets<'_>) -> Result<Action, Wrong> {
    let set = match table.get("set") {
        None => Map::new(),
        Some(Json::Object(members)) => members.clone(),
        Some(other) => return Err(table.wrong("set", format!("it is an object with fields, not {other}"))),
    };
    let remove = match table.get("remove") {
        None => Vec::new(),
        Some(Json::Array(names)) if names.iter().all(Json::is_string) => {
            names.iter().filter_map(Json::as_str).map(str::to_owned).collect()
        }
        Some(Json::String(name)) => vec![name.clone()],
        Some(other) => return Err(table.wrong("remove", format!("it is a list of names, not {other}"))),
    };
    Ok(Action::Edit(Edit::read(path, set, remove, meets.packets)?))
}

/// One packet, or a list of them.
fn drafts(table: &Table<'_>, path: &str, name: &str, meets: &Meets<'_>) -> Result<Vec<Draft>, Wrong> {
    let json = table.needed(name, table.get(name))?;
    let path = inside(path, name);
    let read = |path: &str, json: &Json| {
        let draft = Draft::read(path, json)?;
        match draft.lacks(meets.packets) {
            Some(what) => Err(Wrong::new(path, what)),
            None => Ok(draft),
        }
    };
    match json {
        Json::Array(all) if all.is_empty() => Err(Wrong::new(path, "it is empty")),
        Json::Array(all) if all.len() > MOST_PACKETS => Err(Wrong::new(
            path,
            format!("it has {} packets, and {MOST_PACKETS} at most", all.len()),
        )),
        Json::Array(all) => {
            let each = all.iter().enumerate();
            each.map(|(at, json)| read(&format!("{path}[{at}]"), json))
                .collect()
        }
        one => Ok(vec![read(&path, one)?]),
    }
}

/// There must be an answer that can come early.
fn answered(path: &str, meets: &Meets<'_>) -> Result<(), Wrong> {
    let is_answered = |packet: &PacketType| {
        matches!(
            packet,
            PacketType::Connect
                | PacketType::Publish
                | PacketType::PubRec
                | PacketType::PubRel
                | PacketType::Subscribe
                | PacketType::Unsubscribe
                | PacketType::PingReq
        )
    };
    match meets.packets.iter().find(|packet| !is_answered(packet)) {
        None => Ok(()),
        Some(packet) => {
            let what = format!(
                "answer_early is for packets that are answered, and {} is not: `when` names others",
                packet.name()
            );
            Err(Wrong::new(path, what))
        }
    }
}

fn refuse(table: &Table<'_>, path: &str, meets: &Meets<'_>) -> Result<Action, Wrong> {
    let answer_of = |packet: &PacketType| {
        REFUSED
            .iter()
            .find(|(asked, _)| asked == packet)
            .map(|(_, answer)| *answer)
    };
    if let Some(other) = meets.packets.iter().find(|packet| answer_of(packet).is_none()) {
        let what = format!(
            "refuse is for CONNECT, PUBLISH, SUBSCRIBE and UNSUBSCRIBE, and `when` may mean {}: name the packet there, as in packet = \
             \"SUBSCRIBE\"",
            other.name()
        );
        return Err(Wrong::new(path, what));
    }
    let code = match table.get("reason_code") {
        None => ReasonCode::UNSPECIFIED_ERROR,
        Some(json) => reason_code(json).map_err(|what| table.wrong("reason_code", what))?,
    };
    if !code.is_error() {
        let hint = match ReasonCode::from_connack_3x(code.0).filter(|code| code.is_error()) {
            Some(same) => format!("; return code {} of 3.1.1 is {same}", code.0),
            None => String::new(),
        };
        return Err(table.wrong(
            "reason_code",
            format!("{code} refuses nothing: from 0x80 on they do{hint}"),
        ));
    }
    let allowed = |packet: &PacketType| answer_of(packet).is_some_and(|answer| code.allowed_in(answer));
    if let Some(packet) = meets.packets.iter().find(|packet| !allowed(packet)) {
        let answer = answer_of(packet).unwrap_or(PacketType::PubAck);
        let codes = ReasonCode::ALL
            .iter()
            .filter(|code| code.is_error() && code.allowed_in(answer));
        let codes: Vec<String> = codes.map(ToString::to_string).collect();
        let what = format!(
            "the standard has no {code} in {}: it has {}. To send it all the same, take the action answer",
            answer.name(),
            codes.join(", ")
        );
        return Err(table.wrong("reason_code", what));
    }
    Ok(Action::Refuse(code))
}

fn disconnect(table: &Table<'_>, after: bool) -> Result<Action, Wrong> {
    let how = table.word("how", CUTS)?.unwrap_or(Cut::Close);
    let code = table.get("reason_code");
    if code.is_some() && how != Cut::Close {
        let what =
            "a DISCONNECT goes with how = \"close\" only: a reset or a half-open connection says nothing";
        return Err(table.wrong("reason_code", what));
    }
    let reason_code = code
        .map(reason_code)
        .transpose()
        .map_err(|what| table.wrong("reason_code", what))?;
    Ok(Action::Disconnect {
        after,
        how,
        reason_code,
    })
}
