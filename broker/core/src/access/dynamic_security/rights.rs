//! From roles and groups to an ACL.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::DynamicSecurity;
use super::acl_type::AclType;
use super::document::{Document, Group, Held, Member, Role};
use crate::access::{Acl, AclBuilder, Action, Actions, Compare, Holder, ListId, Rule};
use crate::topic;

/// A priority that is not given counts as this.
const NO_PRIORITY: i32 = -1;

/// Whether a role is among these.
pub(super) fn holds(roles: &[Held], name: &str) -> bool {
    roles.iter().any(|held| held.rolename == name)
}

/// The groups of a client, the first to be asked first.
pub(super) fn groups_of<'d>(
    document: &'d Document,
    username: &str,
) -> impl Iterator<Item = (&'d Group, &'d Member)> {
    let member = |group: &'d Group| {
        let member = group.clients.iter().find(|member| member.username == username)?;
        Some((group, member))
    };
    let mut groups: Vec<_> = document.groups.iter().filter_map(member).collect();
    groups.sort_by_key(|(group, member)| (first(member.priority), &*group.groupname));
    groups.into_iter()
}

/// The greatest priority comes first.
fn first(priority: Option<i32>) -> Reverse<i32> {
    Reverse(priority.unwrap_or(NO_PRIORITY))
}

impl DynamicSecurity {
    /// Its rules. `source` is what the file is called where one of them is named.
    pub fn acl(&self, source: &str) -> Acl {
        let (document, acl) = (&self.document, &mut Acl::builder());
        let roles = document.roles.iter();
        let roles: HashMap<&str, ListId> = roles
            .map(|role| (&*role.rolename, list_of(acl, role, source)))
            .collect();
        let give = |acl: &mut AclBuilder, holder: Holder<'_>, held: &[Held]| {
            let mut held: Vec<&Held> = held.iter().collect();
            held.sort_by_key(|held| (first(held.priority), &*held.rolename));
            for list in held.into_iter().filter_map(|held| roles.get(&*held.rolename)) {
                acl.give(holder, *list);
            }
        };
        let mut groups: HashMap<&str, Vec<(&Group, &Member)>> = HashMap::new();
        for group in &document.groups {
            for member in &group.clients {
                groups.entry(&member.username).or_default().push((group, member));
            }
        }
        for client in &document.clients {
            let holder = Holder::User(&client.username);
            acl.know(holder);
            give(acl, holder, &client.roles);
            let mut groups = groups.remove(&*client.username).unwrap_or_default();
            groups.sort_by_key(|(group, member)| (first(member.priority), &*group.groupname));
            for (group, _) in groups {
                give(acl, holder, &group.roles);
            }
        }
        let anonymous = document.anonymous_group.as_deref();
        if let Some(group) = anonymous.and_then(|name| document.group(name)) {
            give(acl, Holder::WithoutUser, &group.roles);
        }
        acl.comes_from(source);
        acl.strangers(format!("{source} has no client of that user name"));
        control_is_given(acl, source);
        let default = &document.default_access;
        let defaults = [
            (Action::Publish, default.publish_client_send, "publishClientSend"),
            (
                Action::Receive,
                default.publish_client_receive,
                "publishClientReceive",
            ),
            (Action::Subscribe, default.subscribe, "subscribe"),
            (Action::Unsubscribe, default.unsubscribe, "unsubscribe"),
        ];
        for (action, allow, name) in defaults {
            let why = format!("{source}: defaultACLAccess: {name} {}", verb(allow));
            acl.otherwise(action, allow, why);
        }
        std::mem::take(acl).build()
    }
}

/// The rules of a role, as a list.
fn list_of(acl: &mut AclBuilder, role: &Role, source: &str) -> ListId {
    let list = acl.list();
    let no_wildcards = role.allowwildcardsubs == Some(false);
    for rule in &role.acls {
        let (action, compare) = match rule.acltype {
            AclType::PublishClientSend => (Action::Publish, Compare::Matches),
            AclType::PublishClientReceive => (Action::Receive, Compare::Matches),
            AclType::SubscribeLiteral => (Action::Subscribe, Compare::Literally),
            AclType::SubscribePattern if no_wildcards => (Action::Subscribe, Compare::MatchesNames),
            AclType::SubscribePattern => (Action::Subscribe, Compare::Matches),
            AclType::UnsubscribeLiteral => (Action::Unsubscribe, Compare::Literally),
            AclType::UnsubscribePattern => (Action::Unsubscribe, Compare::Matches),
        };
        if rule.acltype == AclType::SubscribeLiteral && no_wildcards && topic::is_wildcard(&rule.topic) {
            continue;
        }
        // A literal rule comes before all patterns, whatever their priorities.
        let rank = match compare {
            Compare::Literally => i64::MIN,
            _ => -i64::from(rule.priority),
        };
        let (name, allow, topic) = (rule.acltype.name(), verb(rule.allow), &rule.topic);
        let rule = Rule {
            allow: rule.allow,
            actions: Actions::of(&[action]),
            filter: topic.as_str().into(),
            compare,
            names: true,
            rank,
            line: format!("{source}: role {:?}: {name} {allow} {topic}", role.rolename).into(),
        };
        // Its filter was checked when it was read or given.
        let _ = acl.rule(list, rule);
    }
    list
}

/// Topics of commands are never had by default.
fn control_is_given(acl: &mut AclBuilder, source: &str) {
    let list = acl.list();
    let rule = Rule {
        allow: false,
        actions: Actions::of(&Action::ALL),
        filter: "$CONTROL/#".into(),
        compare: Compare::Matches,
        names: false,
        rank: 0,
        line: format!("{source}: no role gives it topics below $CONTROL").into(),
    };
    let _ = acl.rule(list, rule);
    acl.give(Holder::Everybody, list);
}

fn verb(allow: bool) -> &'static str {
    if allow { "allow" } else { "deny" }
}
