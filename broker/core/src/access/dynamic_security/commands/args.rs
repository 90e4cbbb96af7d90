//! [`Args`]: what a command says beside its name.

use serde_json::{Map, Value, json};

use super::super::acl_type::AclType;
use super::super::document::{Document, Held, Rule, Texts};
use crate::access::acl::check_filter;

/// The object that a command is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Args<'a>(pub &'a Map<String, Value>);

impl<'a> Args<'a> {
    /// A text that must be there.
    pub fn text(self, key: &str) -> Result<&'a str, String> {
        self.maybe_text(key)?.ok_or_else(|| invalid(key))
    }

    /// A name that must be there, and not be empty.
    pub fn name(self, key: &str) -> Result<&'a str, String> {
        match self.text(key)? {
            "" => Err(format!("Empty {key}")),
            name => Ok(name),
        }
    }

    pub fn maybe_text(self, key: &str) -> Result<Option<&'a str>, String> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(invalid(key)),
        }
    }

    pub fn flag(self, key: &str) -> Result<Option<bool>, String> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(invalid(key)),
        }
    }

    pub fn number(self, key: &str) -> Result<Option<i32>, String> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                let number = value.as_i64().and_then(|number| i32::try_from(number).ok());
                number.map(Some).ok_or_else(|| invalid(key))
            }
        }
    }

    /// A list of objects, if it is there.
    pub fn list(self, key: &str) -> Result<Option<Vec<Args<'a>>>, String> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Array(items)) => {
                let items = items.iter().map(|item| item.as_object().map(Args));
                let items: Option<Vec<_>> = items.collect();
                items.map(Some).ok_or_else(|| invalid(key))
            }
            Some(_) => Err(format!("'{key}' not an array")),
        }
    }

    /// The priority, as it is kept: -1 is as if it was left out.
    pub fn priority(self) -> Result<Option<i32>, String> {
        Ok(self.number("priority")?.filter(|priority| *priority != -1))
    }

    /// Roles for a client or a group.
    pub fn roles(self, document: &Document) -> Result<Option<Vec<Held>>, String> {
        let Some(list) = self.list("roles")? else {
            return Ok(None);
        };
        let mut roles: Vec<Held> = Vec::new();
        for item in list {
            let rolename = item.name("rolename")?;
            if document.role(rolename).is_none() {
                return Err("Role not found".to_owned());
            }
            if roles.iter().all(|held| held.rolename != rolename) {
                roles.push(Held {
                    rolename: rolename.to_owned(),
                    priority: item.priority()?,
                });
            }
        }
        Ok(Some(roles))
    }

    /// The rule that is meant: its type and its topic.
    pub fn rule(self) -> Result<Rule, String> {
        let acltype = AclType::named(self.text("acltype")?).ok_or("Unknown acltype")?;
        let topic = self.text("topic")?;
        if check_filter(topic).is_err() {
            return Err("Invalid ACL topic".to_owned());
        }
        Ok(Rule {
            acltype,
            topic: topic.to_owned(),
            priority: self.number("priority")?.unwrap_or_default(),
            allow: self.flag("allow")?.unwrap_or_default(),
        })
    }

    /// Which part of a list is asked for, as the plugin counts, and whether with all that is known of each.
    pub fn part<T>(
        self,
        list: &str,
        all: &[T],
        name: impl Fn(&T) -> &str,
        whole: impl Fn(&T) -> Value,
    ) -> Result<Option<Value>, String> {
        let verbose = self.flag("verbose")?.unwrap_or_default();
        let at_most = |count: i32| usize::try_from(count).map_or(usize::MAX, |count| count.max(1));
        let count = at_most(self.number("count")?.unwrap_or(-1));
        let offset = usize::try_from(self.number("offset")?.unwrap_or(0)).unwrap_or(0);
        let part = all.iter().skip(offset).take(count);
        let part: Vec<Value> = if verbose {
            part.map(whole).collect()
        } else {
            part.map(|it| json!(name(it))).collect()
        };
        Ok(Some(json!({ "totalCount": all.len(), list: part })))
    }

    /// Puts in the texts for people that are given here.
    pub fn change_texts(self, texts: &mut Texts) -> Result<(), String> {
        let (name, description) = (self.maybe_text("textname")?, self.maybe_text("textdescription")?);
        if let Some(name) = name {
            texts.textname = Some(name.to_owned());
        }
        if let Some(description) = description {
            texts.textdescription = Some(description.to_owned());
        }
        Ok(())
    }
}

fn invalid(key: &str) -> String {
    format!("Invalid/missing {key}")
}
