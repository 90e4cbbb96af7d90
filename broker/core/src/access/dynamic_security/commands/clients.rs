//! Commands about clients: the users of the file.

use serde_json::{Value, json};

use super::super::document::{Client, Document, Member};
use super::super::{passwords, rights};
use super::args::Args;
use super::{Clerk, Done};

const NOT_FOUND: &str = "Client not found";

/// The name of a group, and its priority among those of a client.
type InGroup<'a> = (&'a str, Option<i32>);

/// All that is told of a client.
fn told(document: &Document, client: &Client) -> Value {
    let mut told = json!({
        "username": client.username,
        "roles": client.roles,
        "groups": rights::groups_of(document, &client.username)
            .map(|(group, member)| match member.priority {
                Some(priority) => json!({ "groupname": group.groupname, "priority": priority }),
                None => json!({ "groupname": group.groupname }),
            })
            .collect::<Vec<_>>(),
    });
    let texts = [
        ("clientid", &client.clientid),
        ("textname", &client.texts.textname),
        ("textdescription", &client.texts.textdescription),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            told[key] = json!(text);
        }
    }
    if client.disabled {
        told["disabled"] = json!(true);
    }
    told
}

impl Clerk<'_> {
    pub(super) fn list_clients(&self, args: Args<'_>) -> Done {
        let document = &*self.document;
        let told = |client: &Client| told(document, client);
        args.part("clients", &document.clients, |client| &client.username, told)
    }

    pub(super) fn get_client(&self, args: Args<'_>) -> Done {
        let client = self.document.client(args.text("username")?).ok_or(NOT_FOUND)?;
        Ok(Some(json!({ "client": told(self.document, client) })))
    }

    pub(super) fn create_client(&mut self, args: Args<'_>) -> Done {
        let username = args.name("username")?;
        let mut client = Client {
            username: username.to_owned(),
            clientid: client_id(args)?,
            roles: args.roles(self.document)?.unwrap_or_default(),
            ..Client::default()
        };
        args.change_texts(&mut client.texts)?;
        let groups = self.groups_named(args)?.unwrap_or_default();
        let password = args.maybe_text("password")?;
        if self.document.client(username).is_some() {
            return Err("Client already exists".to_owned());
        }
        if let Some(password) = password {
            passwords::set(&mut client, password, (self.salt)());
        }
        let clients = &mut self.document.clients;
        let place = clients.partition_point(|other| *other.username < *username);
        clients.insert(place, client);
        self.join_groups(username, &groups);
        self.changed()
    }

    pub(super) fn delete_client(&mut self, args: Args<'_>) -> Done {
        let username = args.text("username")?;
        self.client(username)?;
        self.document.clients.retain(|client| client.username != username);
        self.leave_groups(username);
        self.concerns_user(username);
        self.changed()
    }

    pub(super) fn modify_client(&mut self, args: Args<'_>) -> Done {
        let username = args.text("username")?;
        self.client(username)?;
        let roles = args.roles(self.document)?;
        let groups = self.groups_named(args)?;
        let has_client_id = args.maybe_text("clientid")?.is_some();
        let client_id = client_id(args)?;
        let password = args.maybe_text("password")?.filter(|it| !it.is_empty());
        let salt = password.map(|_| (self.salt)());
        let client = self.client(username)?;
        args.change_texts(&mut client.texts)?;
        if has_client_id {
            client.clientid = client_id;
        }
        if let Some(roles) = roles {
            client.roles = roles;
        }
        if let (Some(password), Some(salt)) = (password, salt) {
            passwords::set(client, password, salt);
        }
        if let Some(groups) = groups {
            self.leave_groups(username);
            self.join_groups(username, &groups);
        }
        self.concerns_user(username);
        self.changed()
    }

    pub(super) fn disable_client(&mut self, args: Args<'_>, disabled: bool) -> Done {
        let username = args.text("username")?;
        self.client(username)?.disabled = disabled;
        if disabled {
            self.concerns_user(username);
        }
        self.changed()
    }

    pub(super) fn set_client_id(&mut self, args: Args<'_>) -> Done {
        let username = args.text("username")?;
        let client_id = client_id(args)?;
        self.client(username)?.clientid = client_id;
        self.concerns_user(username);
        self.changed()
    }

    pub(super) fn set_client_password(&mut self, args: Args<'_>) -> Done {
        let (username, password) = (args.text("username")?, args.text("password")?);
        if password.is_empty() {
            return Err("Empty password is not allowed".to_owned());
        }
        self.client(username)?;
        let salt = (self.salt)();
        passwords::set(self.client(username)?, password, salt);
        self.concerns_user(username);
        self.changed()
    }

    pub(super) fn add_client_role(&mut self, args: Args<'_>) -> Done {
        let (username, held) = (args.text("username")?, self.role_to_hold(args)?);
        let client = self.client(username)?;
        if rights::holds(&client.roles, &held.rolename) {
            return Err("Client already has this role".to_owned());
        }
        client.roles.push(held);
        self.concerns_user(username);
        self.changed()
    }

    pub(super) fn remove_client_role(&mut self, args: Args<'_>) -> Done {
        let (username, rolename) = (args.text("username")?, args.text("rolename")?);
        self.role(rolename)?;
        let client = self.client(username)?;
        client.roles.retain(|held| held.rolename != rolename);
        self.concerns_user(username);
        self.changed()
    }

    pub(super) fn client(&mut self, username: &str) -> Result<&mut Client, String> {
        let client = self.document.client_mut(username);
        client.ok_or_else(|| NOT_FOUND.to_owned())
    }

    /// The groups that a command names for a client, each with its priority.
    fn groups_named<'a>(&self, args: Args<'a>) -> Result<Option<Vec<InGroup<'a>>>, String> {
        let Some(list) = args.list("groups")? else {
            return Ok(None);
        };
        let groups = list.into_iter().map(|item| {
            let name = item.text("groupname")?;
            self.document.group(name).ok_or("Group not found")?;
            Ok((name, item.priority()?))
        });
        groups.collect::<Result<Vec<_>, String>>().map(Some)
    }

    fn join_groups(&mut self, username: &str, groups: &[InGroup<'_>]) {
        for (name, priority) in groups {
            let Some(group) = self.document.group_mut(name) else {
                continue;
            };
            if group.clients.iter().all(|member| member.username != username) {
                group.clients.push(Member {
                    username: username.to_owned(),
                    priority: *priority,
                });
            }
        }
    }

    fn leave_groups(&mut self, username: &str) {
        for group in &mut self.document.groups {
            group.clients.retain(|member| member.username != username);
        }
    }
}

/// The client identifier that a command gives; an empty one stands for any.
fn client_id(args: Args<'_>) -> Result<Option<String>, String> {
    let given = args.maybe_text("clientid")?.filter(|it| !it.is_empty());
    Ok(given.map(str::to_owned))
}
