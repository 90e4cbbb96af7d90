//! Other users and other ACLs while clients are connected: who may stay.
//!
//! A client stays if it could come in again with what it came with. So one goes whose user was removed, disabled, or has
//! another password now, as with mosquitto. A client stays that proved who it is by a certificate, or that a hook let in.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{CloseReason, ConnId, Engine, Event};
use crate::access::{AccessChanges, Account, Overrides, Password, PasswordHash, Realms};
use crate::time::Time;
use crate::wire::ReasonCode;

impl Engine {
    /// Other users and other ACLs from now on. Clients whose user was removed, disabled, or has another password now are
    /// disconnected (Not authorized); what the others do next is decided anew.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// use broker_core::access::{Realm, Realms};
    ///
    /// engine.set_realms(Time::ZERO, Realms::one(Realm::default())); // nobody is known, and nobody may come without a name
    /// let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
    /// assert_eq!(engine.stats().clients_refused, 1);
    /// ```
    pub fn set_realms(&mut self, now: Time, mut realms: Realms) -> AccessChanges {
        if let Some(overridden) = &mut self.overridden {
            overridden.clone_from(&realms);
            self.overrides.apply(&mut realms);
        }
        self.change_realms(now, realms)
    }

    fn change_realms(&mut self, now: Time, realms: Realms) -> AccessChanges {
        let mut changes = AccessChanges::between(self.policy.realms(), &realms);
        let before = self.policy.set_realms(realms);
        self.authentication.forget_passwords();
        if !self.authentication.is_left_to_hooks() {
            self.drop_wills_of_removed(now, &before);
            let unwelcome: Vec<ConnId> = self.unwelcome(&before).collect();
            for id in &unwelcome {
                self.close(now, *id, CloseReason::Administrative(ReasonCode::NOT_AUTHORIZED));
            }
            changes.disconnected = unwelcome.len();
        }
        self.drop_all_unreadable(now);
        changes
    }

    /// Users and rights as the embedding program says, laid over what [`set_realms`](Self::set_realms) was given and will be
    /// given.
    pub fn override_access(&mut self, now: Time, change: impl FnOnce(&mut Overrides)) -> AccessChanges {
        change(&mut self.overrides);
        let given = || self.policy.realms().clone();
        let mut realms = self.overridden.get_or_insert_with(given).clone();
        self.overrides.apply(&mut realms);
        self.change_realms(now, realms)
    }

    /// Nothing is laid over them any more.
    pub(super) fn drop_overrides(&mut self, now: Time) {
        if let Some(realms) = self.overridden.take() {
            self.overrides = Overrides::default();
            self.change_realms(now, realms);
        }
    }

    /// The hook of [`Authenticators::set_access`](crate::auth::Authenticators::set_access) would answer otherwise now: what it
    /// said before does not hold any more.
    pub fn access_changed(&mut self, now: Time) {
        self.policy.changed();
        self.drop_all_unreadable(now);
    }

    /// The names of all users, at any listener.
    pub fn user_names(&self) -> BTreeSet<Arc<str>> {
        let realms = self.policy.realms().iter();
        realms
            .flat_map(|realm| realm.users.iter().map(|(name, _)| name.clone()))
            .collect()
    }

    /// A user who was removed publishes nothing any more: neither the will of a client that is there, nor one that waits for its
    /// delay.
    fn drop_wills_of_removed(&mut self, now: Time, before: &Realms) {
        let after = self.policy.realms();
        let is_removed = |realm, name: &str| {
            before.get(realm).users.get(name).is_some() && after.get(realm).users.get(name).is_none()
        };
        let mut dropped = Vec::new();
        for session in self.sessions.values_mut() {
            let has_identity = session
                .conn
                .and_then(|id| self.conns.get(id))
                .is_some_and(|conn| conn.origin.identity().is_some());
            let user = session.user.as_deref();
            if !has_identity
                && user.is_some_and(|name| is_removed(session.realm, name))
                && let Some(will) = session.will.take()
            {
                session.changed();
                dropped.push((session.client_id.clone(), will.topic));
            }
        }
        for (client_id, topic) in dropped {
            self.event(now, || Event::PublishRefused {
                client_id,
                topic,
                reason: ReasonCode::NOT_AUTHORIZED,
                why: "its will: its user was removed".to_owned(),
            });
        }
    }

    /// The clients that could come in before and cannot any more.
    fn unwelcome(&self, before: &Realms) -> impl Iterator<Item = ConnId> {
        let after = self.policy.realms();
        self.sessions.values().filter_map(move |session| {
            let id = session.conn?;
            if self.conns.get(id)?.origin.identity().is_some() {
                return None;
            }
            let (before, after) = (before.get(session.realm), after.get(session.realm));
            let stays = match &session.user {
                None => after.allow_anonymous || !before.allow_anonymous,
                // It came in without being one of the users.
                Some(name) => {
                    before.users.get(name).is_none() || before.users.get(name) == after.users.get(name)
                }
            };
            (!stays).then_some(id)
        })
    }

    /// Whether a password that was found to be the one of `hash` still lets this user in here: users may have changed while it
    /// was checked.
    pub(super) fn still_holds(&self, id: ConnId, user: &str, hash: &Arc<PasswordHash>) -> bool {
        let realms = self.policy.realms();
        let Some(conn) = self.conns.get(id) else {
            return false;
        };
        let realm = realms.get(realms.id(&conn.origin.listener()));
        let is_same = |account: &Account| match &account.password {
            Some(Password::Hash(now)) => now == hash && !account.disabled,
            _ => false,
        };
        realm.users.get(user).is_some_and(is_same)
    }
}
