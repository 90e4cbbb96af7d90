//! Commands about groups.

use serde_json::{Value, json};

use super::super::document::{Group, Member};
use super::super::rights;
use super::args::Args;
use super::{Clerk, Done};

/// All that is told of a group.
fn told(group: &Group) -> Value {
    let clients = group.clients.iter();
    let mut told = json!({
        "groupname": group.groupname,
        "clients": clients.map(|member| json!({ "username": member.username })).collect::<Vec<_>>(),
        "roles": group.roles,
    });
    super::roles::tell_texts(&mut told, &group.texts);
    told
}

impl Clerk<'_> {
    pub(super) fn list_groups(&self, args: Args<'_>) -> Done {
        args.part("groups", &self.document.groups, |group| &group.groupname, told)
    }

    pub(super) fn get_group(&mut self, args: Args<'_>) -> Done {
        let group = self.group(args.text("groupname")?)?;
        Ok(Some(json!({ "group": told(group) })))
    }

    pub(super) fn create_group(&mut self, args: Args<'_>) -> Done {
        let groupname = args.name("groupname")?;
        let mut group = Group {
            groupname: groupname.to_owned(),
            roles: args.roles(self.document)?.unwrap_or_default(),
            ..Group::default()
        };
        args.change_texts(&mut group.texts)?;
        if self.document.group(groupname).is_some() {
            return Err("Group already exists".to_owned());
        }
        let groups = &mut self.document.groups;
        let place = groups.partition_point(|other| *other.groupname < *groupname);
        groups.insert(place, group);
        self.changed()
    }

    pub(super) fn delete_group(&mut self, args: Args<'_>) -> Done {
        let groupname = args.text("groupname")?;
        self.group(groupname)?;
        if self.document.anonymous_group.as_deref() == Some(groupname) {
            return Err("Deleting the anonymous group is forbidden".to_owned());
        }
        self.concerns_group(groupname);
        self.document.groups.retain(|group| group.groupname != groupname);
        self.changed()
    }

    pub(super) fn modify_group(&mut self, args: Args<'_>) -> Done {
        let groupname = args.text("groupname")?;
        self.group(groupname)?;
        let roles = args.roles(self.document)?;
        let members = self.members_named(args)?;
        // Those who leave it are concerned, and those who come.
        self.concerns_group(groupname);
        let group = self.group(groupname)?;
        args.change_texts(&mut group.texts)?;
        if let Some(roles) = roles {
            group.roles = roles;
        }
        if let Some(members) = members {
            group.clients = members;
        }
        self.concerns_group(groupname);
        self.changed()
    }

    pub(super) fn add_group_role(&mut self, args: Args<'_>) -> Done {
        let (groupname, held) = (args.text("groupname")?, self.role_to_hold(args)?);
        let group = self.group(groupname)?;
        if rights::holds(&group.roles, &held.rolename) {
            return Err("Group is already in this role".to_owned());
        }
        group.roles.push(held);
        self.concerns_group(groupname);
        self.changed()
    }

    pub(super) fn remove_group_role(&mut self, args: Args<'_>) -> Done {
        let (groupname, rolename) = (args.text("groupname")?, args.text("rolename")?);
        self.role(rolename)?;
        let group = self.group(groupname)?;
        group.roles.retain(|held| held.rolename != rolename);
        self.concerns_group(groupname);
        self.changed()
    }

    pub(super) fn add_group_client(&mut self, args: Args<'_>) -> Done {
        let (username, groupname) = (args.text("username")?, args.text("groupname")?);
        let member = Member {
            username: username.to_owned(),
            priority: args.priority()?,
        };
        self.client(username)?;
        let group = self.group(groupname)?;
        if group.clients.iter().any(|member| member.username == username) {
            return Err("Client is already in this group".to_owned());
        }
        group.clients.push(member);
        self.concerns_user(username);
        self.changed()
    }

    pub(super) fn remove_group_client(&mut self, args: Args<'_>) -> Done {
        let (username, groupname) = (args.text("username")?, args.text("groupname")?);
        self.client(username)?;
        let group = self.group(groupname)?;
        group.clients.retain(|member| member.username != username);
        self.concerns_user(username);
        self.changed()
    }

    pub(super) fn anonymous_group(&self) -> Value {
        let name = self.document.anonymous_group.as_deref().unwrap_or_default();
        json!({ "group": { "groupname": name } })
    }

    pub(super) fn set_anonymous_group(&mut self, args: Args<'_>) -> Done {
        let groupname = args.text("groupname")?;
        self.document.anonymous_group = match groupname {
            "" => None,
            name => Some(self.group(name)?.groupname.clone()),
        };
        self.concerns.insert(None);
        self.changed()
    }

    fn group(&mut self, name: &str) -> Result<&mut Group, String> {
        let group = self.document.group_mut(name);
        group.ok_or_else(|| "Group not found".to_owned())
    }

    /// The clients that a command names for a group.
    fn members_named(&self, args: Args<'_>) -> Result<Option<Vec<Member>>, String> {
        let Some(list) = args.list("clients")? else {
            return Ok(None);
        };
        let mut members: Vec<Member> = Vec::new();
        for item in list {
            let username = item.text("username")?;
            self.document.client(username).ok_or("Client not found")?;
            if members.iter().all(|member| member.username != username) {
                members.push(Member {
                    username: username.to_owned(),
                    priority: item.priority()?,
                });
            }
        }
        Ok(Some(members))
    }
}
