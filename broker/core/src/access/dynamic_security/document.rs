//! [`Document`]: what the file holds, as it stands there. What this broker does not know stays in it.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::acl_type::AclType;
use crate::access::acl::check_filter;

/// Everything that nobody here reads, kept for the program that does.
type Other = Map<String, Value>;

/// The whole file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Document {
    #[serde(default)]
    pub clients: Vec<Client>,
    #[serde(default)]
    pub groups: Vec<Group>,
    #[serde(rename = "anonymousGroup", default, skip_serializing_if = "Option::is_none")]
    pub anonymous_group: Option<String>,
    #[serde(default)]
    pub roles: Vec<Role>,
    #[serde(rename = "defaultACLAccess", default)]
    pub default_access: DefaultAccess,
    #[serde(flatten)]
    other: Other,
}

/// A user.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Client {
    #[serde(deserialize_with = "name")]
    pub username: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clientid: Option<String>,
    #[serde(flatten)]
    pub texts: Texts,
    #[serde(default, skip_serializing_if = "is_false")]
    pub disabled: bool,
    #[serde(default)]
    pub roles: Vec<Held>,
    /// PBKDF2 with SHA-512, in Base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Hidden>,
    /// In Base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<Hidden>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iterations: Option<u32>,
    /// All three in one text, as a password file has it. Mosquitto 2.1 writes this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoded_password: Option<Hidden>,
}

/// Users who have the same roles.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Group {
    #[serde(deserialize_with = "name")]
    pub groupname: String,
    #[serde(default)]
    pub roles: Vec<Held>,
    #[serde(default)]
    pub clients: Vec<Member>,
    #[serde(flatten)]
    pub texts: Texts,
}

/// A role that a user or a group has.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Held {
    #[serde(deserialize_with = "name")]
    pub rolename: String,
    /// The greatest comes first. Left out: -1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
}

/// A user in a group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Member {
    #[serde(deserialize_with = "name")]
    pub username: String,
    /// Of the group among those of this user. Left out: -1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
}

/// Rules under a name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Role {
    #[serde(deserialize_with = "name")]
    pub rolename: String,
    /// Whether its rules may allow subscriptions with wildcards. Left out: they may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowwildcardsubs: Option<bool>,
    #[serde(default)]
    pub acls: Vec<Rule>,
    #[serde(flatten)]
    pub texts: Texts,
}

/// One rule of a role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Rule {
    pub acltype: AclType,
    #[serde(deserialize_with = "filter")]
    pub topic: String,
    /// The greatest comes first.
    #[serde(default)]
    pub priority: i32,
    #[serde(default)]
    pub allow: bool,
}

/// What holds where no rule speaks of a topic.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct DefaultAccess {
    pub publish_client_send: bool,
    pub publish_client_receive: bool,
    pub subscribe: bool,
    pub unsubscribe: bool,
}

/// What people wrote about a user, a group or a role, and all else.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Texts {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub textname: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub textdescription: Option<String>,
    #[serde(flatten)]
    other: Other,
}

/// A text that shows in no error and no log.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct Hidden(pub String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Value::deserialize(from)? {
            Value::String(text) => Ok(Self(text)),
            // The usual error would show it.
            _ => Err(serde::de::Error::custom("expected a text")),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_false(value: &bool) -> bool {
    !value
}

/// A name that is not empty.
fn name<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let name = String::deserialize(from)?;
    if name.is_empty() {
        return Err(serde::de::Error::custom("a name is not empty"));
    }
    Ok(name)
}

fn filter<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let filter = String::deserialize(from)?;
    check_filter(&filter)
        .map_err(|error| serde::de::Error::custom(format_args!("{filter:?} is no topic filter: {error}")))?;
    Ok(filter)
}

impl Document {
    pub fn client(&self, name: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.username == name)
    }

    pub fn client_mut(&mut self, name: &str) -> Option<&mut Client> {
        self.clients.iter_mut().find(|client| client.username == name)
    }

    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.groupname == name)
    }

    pub fn group_mut(&mut self, name: &str) -> Option<&mut Group> {
        self.groups.iter_mut().find(|group| group.groupname == name)
    }

    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.rolename == name)
    }

    pub fn role_mut(&mut self, name: &str) -> Option<&mut Role> {
        self.roles.iter_mut().find(|role| role.rolename == name)
    }
}
