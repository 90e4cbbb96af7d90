//! From actions to JSON.

use serde_json::{Map, Value as Json, json};

use super::{Action, CUTS, Part, Toward, said, word_of};

impl Action {
    /// As it is read: a word where that is enough.
    pub fn to_json(&self) -> Json {
        let mut members = Map::from_iter([("type".to_owned(), json!(self.word()))]);
        let mut put = |name: &str, value: Json| {
            members.insert(name.to_owned(), value);
        };
        match self {
            Self::Drop => {}
            Self::Latency(delay) | Self::AnswerEarly(delay) => delay.write(&mut members),
            Self::Duplicate {
                copies,
                dup,
                packet_identifier,
            } => {
                if *copies != 1 {
                    put("copies", json!(copies));
                }
                if let Some(dup) = dup {
                    put("dup", json!(dup));
                }
                if let Some(id) = packet_identifier {
                    put("packet_identifier", json!(id));
                }
            }
            Self::Hold { timeout } => {
                if let Some(timeout) = timeout {
                    put("timeout", json!(timeout));
                }
            }
            Self::Reorder { behind, timeout } => {
                put("behind", json!(behind));
                put("timeout", json!(timeout));
            }
            Self::Corrupt { bytes, at } => {
                put("bytes", json!(bytes));
                put("at", json!(word_of(Part::WORDS, at)));
            }
            Self::Truncate { keep, adjust } => {
                put("keep", json!(keep));
                if *adjust {
                    put("adjust", json!(true));
                }
            }
            Self::Edit(edit) => {
                if !edit.set.is_empty() {
                    put("set", Json::Object(edit.set.clone()));
                }
                if !edit.remove.is_empty() {
                    put("remove", json!(edit.remove));
                }
            }
            Self::Replace(drafts) | Self::Answer(drafts) => put("with", said(drafts)),
            Self::Refuse(code) => put("reason_code", json!(code.0)),
            Self::Disconnect {
                after,
                how,
                reason_code,
            } => {
                if *after {
                    put("after", json!(true));
                }
                if *how != crate::fault::Cut::Close {
                    put("how", json!(word_of(CUTS, how)));
                }
                if let Some(code) = reason_code {
                    put("reason_code", json!(code.0));
                }
            }
            Self::Send { packets, to, after } => {
                put("packets", said(packets));
                put("to", json!(word_of(Toward::WORDS, to)));
                if *after {
                    put("after", json!(true));
                }
            }
        }
        match members.len() {
            1 => json!(self.word()),
            _ => Json::Object(members),
        }
    }
}
