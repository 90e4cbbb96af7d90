//! The commands that clients send to `$CONTROL/dynamic-security/v1`, as `mosquitto_ctrl dynsec` does, and their answers.
//!
//! A message holds a list of them: `{"commands": [{"command": "listClients"}]}`. The answer to each is an object of the same
//! `command`, with `data` or an `error`; the words of errors are those of the plugin, which programs may compare.

mod args;
mod clients;
mod groups;
mod roles;

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};

use super::document::Document;
use super::passwords::SALT_BYTES;
use super::{DynamicSecurity, rights};
use args::Args;

/// What comes of a message with commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The answer to all of them, in JSON.
    pub response: String,
    /// Whether the file has changed.
    pub changed: bool,
    /// The users whom a change concerns, `None` for clients without a user name: the plugin disconnects them, so that they
    /// come in again by what holds now.
    pub concerns: BTreeSet<Option<String>>,
}

/// The answer to one command.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Reply<'a> {
    command: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_data: Option<&'a str>,
}

/// What a command gives, or its error.
type Done = Result<Option<Value>, String>;

/// The commands at work.
struct Clerk<'d> {
    document: &'d mut Document,
    salt: &'d mut dyn FnMut() -> [u8; SALT_BYTES],
    changed: bool,
    concerns: BTreeSet<Option<String>>,
}

impl DynamicSecurity {
    /// Does what the commands in this message say. New passwords get salts from `salt`, and are hashed here, which takes a
    /// while: not for the thread of an engine.
    ///
    /// ```
    /// use broker_core::access::DynamicSecurity;
    ///
    /// let mut file = DynamicSecurity::read(r#"{"clients": [{"username": "ann"}]}"#).unwrap();
    /// let carried = file.carry_out(br#"{"commands": [{"command": "disableClient", "username": "ann"}]}"#, &mut || [7; 12]);
    /// assert_eq!(carried.response, r#"{"responses":[{"command":"disableClient"}]}"#);
    /// assert!(carried.changed && file.to_json().contains(r#""disabled": true"#));
    /// ```
    pub fn carry_out(&mut self, message: &[u8], salt: &mut dyn FnMut() -> [u8; SALT_BYTES]) -> Carried {
        let mut clerk = Clerk {
            document: &mut self.document,
            salt,
            changed: false,
            concerns: BTreeSet::new(),
        };
        let response = responses(message, |name, args| clerk.carry_out(name, args));
        Carried {
            response,
            changed: clerk.changed,
            concerns: clerk.concerns,
        }
    }
}

/// Answers each command in a message with an error in these words: for commands that nobody here carries out.
///
/// ```
/// let message = br#"{"commands": [{"command": "listPlugins"}]}"#;
/// let response = broker_core::access::refuse_commands(message, "there are no plugins here");
/// assert_eq!(response, r#"{"responses":[{"command":"listPlugins","error":"there are no plugins here"}]}"#);
/// ```
pub fn refuse_commands(message: &[u8], words: &str) -> String {
    responses(message, |_, _| Err(words.to_owned()))
}

fn responses(message: &[u8], mut carry_out: impl FnMut(&str, Args<'_>) -> Done) -> String {
    let unknown = |words: &str| json!([{ "command": "Unknown command", "error": words }]);
    let replies = match serde_json::from_slice::<Value>(message) {
        Err(_) => unknown("Payload not valid JSON"),
        Ok(message) => match message.get("commands").and_then(Value::as_array) {
            None => unknown("Invalid/missing commands"),
            Some(commands) => commands
                .iter()
                .map(|command| reply(command, &mut carry_out))
                .collect(),
        },
    };
    json!({ "responses": replies }).to_string()
}

fn reply(command: &Value, carry_out: impl FnOnce(&str, Args<'_>) -> Done) -> Value {
    let mut reply = Reply {
        command: "Unknown command",
        data: None,
        error: None,
        correlation_data: None,
    };
    let done = match command.as_object().map(Args) {
        None => Err("Command not an object".to_owned()),
        Some(args) => match args.0.get("command").and_then(Value::as_str) {
            None => Err("Missing command".to_owned()),
            Some(name) => {
                reply.command = name;
                match args.maybe_text("correlationData") {
                    Err(_) => Err("Invalid correlationData data type.".to_owned()),
                    Ok(correlation) => {
                        reply.correlation_data = correlation;
                        carry_out(name, args)
                    }
                }
            }
        },
    };
    match done {
        Ok(data) => reply.data = data,
        Err(words) => reply.error = Some(words),
    }
    // Every part of it can be written.
    serde_json::to_value(reply).unwrap_or_default()
}

impl Clerk<'_> {
    fn carry_out(&mut self, name: &str, args: Args<'_>) -> Done {
        match name.to_ascii_lowercase().as_str() {
            "getdefaultaclaccess" => Ok(Some(self.default_access())),
            "setdefaultaclaccess" => self.set_default_access(args),
            "listclients" => self.list_clients(args),
            "getclient" => self.get_client(args),
            "createclient" => self.create_client(args),
            "deleteclient" => self.delete_client(args),
            "modifyclient" => self.modify_client(args),
            "enableclient" => self.disable_client(args, false),
            "disableclient" => self.disable_client(args, true),
            "setclientid" => self.set_client_id(args),
            "setclientpassword" => self.set_client_password(args),
            "addclientrole" => self.add_client_role(args),
            "removeclientrole" => self.remove_client_role(args),
            "listgroups" => self.list_groups(args),
            "getgroup" => self.get_group(args),
            "creategroup" => self.create_group(args),
            "deletegroup" => self.delete_group(args),
            "modifygroup" => self.modify_group(args),
            "addgrouprole" => self.add_group_role(args),
            "removegrouprole" => self.remove_group_role(args),
            "addgroupclient" => self.add_group_client(args),
            "removegroupclient" => self.remove_group_client(args),
            "getanonymousgroup" => Ok(Some(self.anonymous_group())),
            "setanonymousgroup" => self.set_anonymous_group(args),
            "listroles" => self.list_roles(args),
            "getrole" => self.get_role(args),
            "createrole" => self.create_role(args),
            "deleterole" => self.delete_role(args),
            "modifyrole" => self.modify_role(args),
            "addroleacl" => self.add_role_acl(args),
            "removeroleacl" => self.remove_role_acl(args),
            _ => Err("Unknown command".to_owned()),
        }
    }

    /// Something has changed; that is the answer.
    #[expect(clippy::unnecessary_wraps, reason = "it is the answer to a command")]
    fn changed(&mut self) -> Done {
        self.changed = true;
        Ok(None)
    }

    fn concerns_user(&mut self, name: &str) {
        self.concerns.insert(Some(name.to_owned()));
    }

    fn concerns_group(&mut self, name: &str) {
        let document = &*self.document;
        let members = document.group(name).into_iter().flat_map(|group| &group.clients);
        self.concerns
            .extend(members.map(|member| Some(member.username.clone())));
        if document.anonymous_group.as_deref() == Some(name) {
            self.concerns.insert(None);
        }
    }

    fn concerns_role(&mut self, name: &str) {
        let document = &*self.document;
        let clients = document
            .clients
            .iter()
            .filter(|it| rights::holds(&it.roles, name));
        self.concerns
            .extend(clients.map(|client| Some(client.username.clone())));
        let groups = document.groups.iter().filter(|it| rights::holds(&it.roles, name));
        let groups: Vec<String> = groups.map(|group| group.groupname.clone()).collect();
        for group in groups {
            self.concerns_group(&group);
        }
    }

    fn default_access(&self) -> Value {
        let default = &self.document.default_access;
        json!({ "acls": [
            { "acltype": "publishClientSend", "allow": default.publish_client_send },
            { "acltype": "publishClientReceive", "allow": default.publish_client_receive },
            { "acltype": "subscribe", "allow": default.subscribe },
            { "acltype": "unsubscribe", "allow": default.unsubscribe },
        ] })
    }

    fn set_default_access(&mut self, args: Args<'_>) -> Done {
        let acls = args.0.get("acls").and_then(Value::as_array);
        let mut default = self.document.default_access.clone();
        for acl in acls.ok_or("Missing/invalid actions array")? {
            let acl = Args(acl.as_object().ok_or("Missing/invalid actions array")?);
            let (acltype, allow) = (acl.text("acltype")?, acl.flag("allow")?.unwrap_or(false));
            match acltype.to_ascii_lowercase().as_str() {
                "publishclientsend" => default.publish_client_send = allow,
                "publishclientreceive" => default.publish_client_receive = allow,
                "subscribe" => default.subscribe = allow,
                "unsubscribe" => default.unsubscribe = allow,
                _ => return Err("Unknown acltype".to_owned()),
            }
        }
        self.document.default_access = default;
        self.changed()
    }
}
