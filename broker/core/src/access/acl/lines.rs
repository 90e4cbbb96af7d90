//! Lines as mosquitto has them: those of a user, those for everybody, `deny` before the others.

use std::sync::Arc;

use settings::{AclAccess, AclLine};

use super::Action;
use super::builder::{AclBuilder, Actions, Compare, Holder, Rule};
use crate::access::acl_file::AclFile;

impl AclBuilder {
    /// Adds the lines of the settings. They hold together with those that come from elsewhere.
    ///
    /// # Errors
    /// The number of the first line with an invalid filter, counted from 0, and what is wrong with it.
    pub fn lines(&mut self, lines: &[AclLine]) -> Result<(), (usize, String)> {
        self.source("the setting acl");
        for (index, line) in lines.iter().enumerate() {
            let holder = match line.user.as_deref() {
                None => Holder::Everybody,
                Some("") => Holder::WithoutUser,
                Some(name) => Holder::User(name),
            };
            let access = line.access.name();
            let words = format!("the setting acl[{index}]: {access} {}", line.topic);
            self.line(holder, line.access, &line.topic, true, words.into())
                .map_err(|why| (index, why))?;
        }
        Ok(())
    }

    /// Adds the lines of an acl file. They hold together with those that come from elsewhere.
    pub fn file(&mut self, file: &AclFile) {
        self.source(&file.name);
        for line in &file.lines {
            let holder = match (&line.user, line.is_pattern) {
                (_, true) => Holder::Everybody,
                (None, false) => Holder::WithoutUser,
                (Some(name), false) => Holder::User(name),
            };
            let added = self.line(
                holder,
                line.access,
                &line.filter,
                line.is_pattern,
                line.words.clone(),
            );
            debug_assert!(added.is_ok(), "the parser has checked its filter");
        }
    }

    /// Says that lines come from there, even if there are none: then nothing is allowed.
    fn source(&mut self, name: &str) {
        self.subscribe_follows_read = true;
        self.comes_from(name);
    }

    /// Rules come from there, and what they say begins with that name.
    pub(in crate::access) fn comes_from(&mut self, name: &str) {
        if !self.sources.iter().any(|known| **known == *name) {
            self.sources.push(Arc::from(name));
        }
    }

    fn line(
        &mut self,
        holder: Holder<'_>,
        access: AclAccess,
        filter: &str,
        names: bool,
        words: Arc<str>,
    ) -> Result<(), String> {
        let (allow, actions) = match access {
            AclAccess::Read => (true, &[Action::Receive][..]),
            AclAccess::Write => (true, &[Action::Publish][..]),
            AclAccess::Deny => (false, &[Action::Publish, Action::Receive][..]),
            _ => (true, &[Action::Publish, Action::Receive][..]),
        };
        let list = self.list_of(holder);
        let rule = Rule {
            allow,
            actions: Actions::of(actions),
            filter: Arc::from(filter),
            compare: Compare::Matches,
            names,
            rank: i64::from(allow),
            line: words,
        };
        self.rule(list, rule)
    }
}
