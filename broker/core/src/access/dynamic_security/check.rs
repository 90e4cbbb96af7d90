//! Whether the parts of a [`Document`] fit together.

use std::collections::HashSet;

use super::document::{Document, Held};
use super::mistake::{Mistake, Step};
use super::passwords;

use Step::{Index, Key};

/// The first mistake in the document that was read from this text.
pub(super) fn check(document: &Document, text: &str) -> Result<(), Mistake> {
    let wrong = |path: &[Step<'_>], what: String| Err(Mistake::at(text, path, what));
    let mut roles = HashSet::new();
    for (index, role) in document.roles.iter().enumerate() {
        let at = [Key("roles"), Index(index)];
        if !roles.insert(&*role.rolename) {
            return wrong(&at.with(&[Key("rolename")]), twice("role", &role.rolename));
        }
        let mut topics = HashSet::new();
        for (rule, acl) in role.acls.iter().enumerate() {
            if !topics.insert((acl.acltype.name(), &*acl.topic)) {
                let what = format!(
                    "a second {} rule of {:?} in role {:?}: keep one",
                    acl.acltype.name(),
                    acl.topic,
                    role.rolename
                );
                return wrong(&at.with(&[Key("acls"), Index(rule), Key("topic")]), what);
            }
        }
    }
    let held = |at: &[Step<'_>; 2], held: &[Held]| {
        let mut names = HashSet::new();
        for (index, it) in held.iter().enumerate() {
            let path = at.with(&[Key("roles"), Index(index), Key("rolename")]);
            if !roles.contains(&*it.rolename) {
                return wrong(&path, missing("role", &it.rolename, "roles"));
            }
            if !names.insert(&*it.rolename) {
                return wrong(&path, twice("role", &it.rolename));
            }
        }
        Ok(())
    };
    let mut clients = HashSet::new();
    for (index, client) in document.clients.iter().enumerate() {
        let at = [Key("clients"), Index(index)];
        if !clients.insert(&*client.username) {
            return wrong(&at.with(&[Key("username")]), twice("client", &client.username));
        }
        held(&at, &client.roles)?;
        if let Err((key, what)) = passwords::hash_of(client) {
            return wrong(&at.with(&[Key(key)]), what);
        }
    }
    let mut groups = HashSet::new();
    for (index, group) in document.groups.iter().enumerate() {
        let at = [Key("groups"), Index(index)];
        if !groups.insert(&*group.groupname) {
            return wrong(&at.with(&[Key("groupname")]), twice("group", &group.groupname));
        }
        held(&at, &group.roles)?;
        let mut members = HashSet::new();
        for (number, member) in group.clients.iter().enumerate() {
            let path = at.with(&[Key("clients"), Index(number), Key("username")]);
            if !clients.contains(&*member.username) {
                return wrong(&path, missing("client", &member.username, "clients"));
            }
            if !members.insert(&*member.username) {
                return wrong(&path, twice("client", &member.username));
            }
        }
    }
    match &document.anonymous_group {
        Some(name) if !groups.contains(&**name) => {
            wrong(&[Key("anonymousGroup")], missing("group", name, "groups"))
        }
        _ => Ok(()),
    }
}

fn twice(kind: &str, name: &str) -> String {
    format!("the {kind} {name:?} is there twice: keep one of them")
}

fn missing(kind: &str, name: &str, list: &str) -> String {
    format!("there is no {kind} {name:?} among `{list}`")
}

trait With<'a> {
    /// This path, and on from there.
    fn with(&self, on: &[Step<'a>]) -> Vec<Step<'a>>;
}

impl<'a> With<'a> for [Step<'a>; 2] {
    fn with(&self, on: &[Step<'a>]) -> Vec<Step<'a>> {
        [self, on].concat()
    }
}
