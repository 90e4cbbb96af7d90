//! Commands about roles and their rules.

use serde_json::{Value, json};

use super::super::document::{Held, Role, Rule, Texts};
use super::args::Args;
use super::{Clerk, Done};

/// All that is told of a role.
fn told(role: &Role) -> Value {
    let mut told = json!({ "rolename": role.rolename, "acls": role.acls });
    if let Some(allow) = role.allowwildcardsubs {
        told["allowwildcardsubs"] = json!(allow);
    }
    tell_texts(&mut told, &role.texts);
    told
}

/// Adds what people wrote about it.
pub(super) fn tell_texts(told: &mut Value, texts: &Texts) {
    let texts = [
        ("textname", &texts.textname),
        ("textdescription", &texts.textdescription),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            told[key] = json!(text);
        }
    }
}

impl Clerk<'_> {
    pub(super) fn list_roles(&self, args: Args<'_>) -> Done {
        args.part("roles", &self.document.roles, |role| &role.rolename, told)
    }

    pub(super) fn get_role(&mut self, args: Args<'_>) -> Done {
        let role = self.role(args.text("rolename")?)?;
        Ok(Some(json!({ "role": told(role) })))
    }

    pub(super) fn create_role(&mut self, args: Args<'_>) -> Done {
        let rolename = args.name("rolename")?;
        let mut role = Role {
            rolename: rolename.to_owned(),
            allowwildcardsubs: args.flag("allowwildcardsubs")?,
            acls: rules(args)?.unwrap_or_default(),
            ..Role::default()
        };
        args.change_texts(&mut role.texts)?;
        if self.document.role(rolename).is_some() {
            return Err("Role already exists".to_owned());
        }
        let roles = &mut self.document.roles;
        let place = roles.partition_point(|other| *other.rolename < *rolename);
        roles.insert(place, role);
        self.changed()
    }

    pub(super) fn delete_role(&mut self, args: Args<'_>) -> Done {
        let rolename = args.text("rolename")?;
        self.role(rolename)?;
        self.concerns_role(rolename);
        let document = &mut *self.document;
        document.roles.retain(|role| role.rolename != rolename);
        let clients = document.clients.iter_mut().map(|client| &mut client.roles);
        let groups = document.groups.iter_mut().map(|group| &mut group.roles);
        for roles in clients.chain(groups) {
            roles.retain(|held| held.rolename != rolename);
        }
        self.changed()
    }

    pub(super) fn modify_role(&mut self, args: Args<'_>) -> Done {
        let rolename = args.text("rolename")?;
        let (allow, rules) = (args.flag("allowwildcardsubs")?, rules(args)?);
        let role = self.document.role_mut(rolename).ok_or("Role does not exist")?;
        args.change_texts(&mut role.texts)?;
        if allow.is_some() {
            role.allowwildcardsubs = allow;
        }
        if let Some(rules) = rules {
            role.acls = rules;
        }
        self.concerns_role(rolename);
        self.changed()
    }

    pub(super) fn add_role_acl(&mut self, args: Args<'_>) -> Done {
        let rolename = args.text("rolename")?;
        self.role(rolename)?;
        let rule = args.rule()?;
        let role = self.role(rolename)?;
        if role.acls.iter().any(|other| same(other, &rule)) {
            return Err("ACL with this topic already exists".to_owned());
        }
        role.acls.push(rule);
        self.concerns_role(rolename);
        self.changed()
    }

    pub(super) fn remove_role_acl(&mut self, args: Args<'_>) -> Done {
        let rolename = args.text("rolename")?;
        self.role(rolename)?;
        let rule = args.rule()?;
        let acls = &mut self.role(rolename)?.acls;
        let before = acls.len();
        acls.retain(|other| !same(other, &rule));
        if acls.len() == before {
            return Err("ACL not found".to_owned());
        }
        self.concerns_role(rolename);
        self.changed()
    }

    pub(super) fn role(&mut self, name: &str) -> Result<&mut Role, String> {
        let role = self.document.role_mut(name);
        role.ok_or_else(|| "Role not found".to_owned())
    }

    /// The role that a command gives to a client or a group.
    pub(super) fn role_to_hold(&mut self, args: Args<'_>) -> Result<Held, String> {
        let rolename = args.text("rolename")?;
        self.role(rolename)?;
        Ok(Held {
            rolename: rolename.to_owned(),
            priority: args.priority()?,
        })
    }
}

/// Whether two rules are about the same: a role has one of each.
fn same(a: &Rule, b: &Rule) -> bool {
    (a.acltype, &a.topic) == (b.acltype, &b.topic)
}

/// The rules that a command names for a role.
fn rules(args: Args<'_>) -> Result<Option<Vec<Rule>>, String> {
    let Some(list) = args.list("acls")? else {
        return Ok(None);
    };
    let mut rules: Vec<Rule> = Vec::new();
    for item in list {
        let rule = item.rule()?;
        if !rules.iter().any(|other| same(other, &rule)) {
            rules.push(rule);
        }
    }
    Ok(Some(rules))
}
