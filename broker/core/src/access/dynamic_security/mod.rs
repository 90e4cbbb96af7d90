//! [`DynamicSecurity`]: users, groups, roles and their rules in one file, as mosquitto's dynamic security plugin keeps it.
//!
//! A role is a list of rules. A client of the broker has the roles of its user, the greatest priority first, and then those
//! of the user's groups in the same way. The first role with a rule for the topic decides, and in it the rule with the
//! greatest priority. Where no role has one, `defaultACLAccess` decides; but topics below `$CONTROL` are never given by default.
//!
//! Filters are compared as mosquitto 2.1 does: a rule that begins with a wildcard says nothing of topics with `$` in front. In 2.0
//! it let a client subscribe there.
//!
//! The file is text here: others read it from the disk, and write it back.

mod acl_type;
mod check;
mod commands;
mod document;
mod mistake;
mod passwords;
mod rights;
#[cfg(test)]
mod tests;

use serde::{Deserialize as _, Serialize as _};

use super::{Account, Password, Users};
use document::Document;

pub use commands::{Carried, refuse_commands};
pub use mistake::Mistake;

/// What a file of the dynamic security plugin says.
///
/// ```
/// use broker_core::access::{Action, DynamicSecurity, Subject};
///
/// let file = DynamicSecurity::read(r#"{
///     "clients": [{ "username": "ann", "roles": [{ "rolename": "sensor" }] }],
///     "roles": [{ "rolename": "sensor", "acls": [{ "acltype": "publishClientSend", "topic": "t/%u", "allow": true }] }]
/// }"#)
/// .unwrap();
/// assert!(file.users().get("ann").is_some());
///
/// let (acl, ann) = (file.acl("dynamic-security.json"), Subject { client_id: "c1", user: Some("ann") });
/// let ruling = acl.ruling(Action::Publish, ann, "t/ann");
/// assert_eq!(ruling.line, Some(r#"dynamic-security.json: role "sensor": publishClientSend allow t/%u"#));
/// assert!(!acl.ruling(Action::Publish, ann, "t/bob").allowed);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DynamicSecurity {
    document: Document,
}

impl DynamicSecurity {
    /// Reads such a file. What it has beyond what is known here is kept, and means nothing.
    ///
    /// # Errors
    /// The first mistake: where it is, and what would be right.
    pub fn read(text: &str) -> Result<Self, Mistake> {
        let mut track = serde_path_to_error::Track::new();
        let mut json = serde_json::Deserializer::from_str(text);
        let document = Document::deserialize(serde_path_to_error::Deserializer::new(&mut json, &mut track))
            .map_err(|error| Mistake::of_json(&error, track.path().to_string()))?;
        json.end()
            .map_err(|error| Mistake::of_json(&error, String::new()))?;
        check::check(&document, text)?;
        Ok(Self { document })
    }

    /// The file, as text again: indented with tabs, as the plugin does.
    pub fn to_json(&self) -> String {
        let mut json = Vec::new();
        let form = serde_json::ser::PrettyFormatter::with_indent(b"\t");
        let mut to = serde_json::Serializer::with_formatter(&mut json, form);
        // Every part of it can be written, and a list of bytes takes all.
        let _ = self.document.serialize(&mut to);
        json.push(b'\n');
        String::from_utf8(json).unwrap_or_default()
    }

    /// Its users.
    pub fn users(&self) -> Users {
        let mut users = Users::default();
        for client in &self.document.clients {
            // Reading has checked it, and passwords that are set here are good.
            let hash = passwords::hash_of(client).ok().flatten();
            let account = Account {
                password: hash.map(|hash| Password::Hash(hash.into())),
                disabled: client.disabled,
                client_id: client.clientid.as_deref().map(Into::into),
            };
            users.insert(&*client.username, account);
        }
        users
    }
}
