//! [`Contract`]: what somebody outside the engine says of the messages of clients.

use std::fmt::Debug;
use std::sync::Arc;

use super::policy::Denial;
use super::{CloseReason, ConnId, Engine, Injected};
use crate::journal::Remark;
use crate::session::SessionKey;
use crate::time::Time;
use crate::wire::{Connect, Publish, ReasonCode, Subscribe, Version};

/// Asked about each message of a client, and about each CONNECT, before anything comes of it.
pub trait Contract: Debug + Send + Sync {
    /// What a message breaks. `topic` is its whole topic, also where the packet has an alias.
    fn publication(
        &self,
        now: Time,
        conn: ConnId,
        client_id: &Arc<str>,
        version: Version,
        topic: &str,
        publish: &Publish<'_>,
    ) -> Vec<Broken>;

    /// What a CONNECT and its will break. `client_id` is the one that the client gets.
    fn connection(&self, now: Time, conn: ConnId, client_id: &Arc<str>, connect: &Connect<'_>)
    -> Vec<Broken>;

    /// A client asks for these filters. Whether it gets them is not for a contract to say.
    fn subscription(&self, client_id: &Arc<str>, subscribe: &Subscribe<'_>);

    /// A client that was let in is gone. What it breaks by how it went.
    fn ended(&self, now: Time, conn: ConnId, client_id: &Arc<str>, reason: &CloseReason) -> Vec<Broken>;

    /// A connection is over.
    fn closed(&self, conn: ConnId);

    /// The topic at which a message to this one is retained, too, for those that come later.
    fn retained_at(&self, topic: &str) -> Option<String>;

    /// What holds is what held at the start, and what was seen is forgotten.
    fn reset(&self);

    /// How much work the last answer about a message was, in steps: each of them is well below a microsecond.
    fn steps(&self) -> u64;

    /// Whether there is anything to be asked about.
    fn is_in_force(&self) -> bool;

    /// Whether what breaks it is refused.
    fn enforces(&self) -> bool;
}

/// A contract that a client broke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// What is said of it.
    pub remark: Remark,
    /// Whether it is told, or is one of very many.
    pub is_told: bool,
    /// What a client is told where it is refused; `None` where it is told of and never refused.
    pub refusal: Option<ReasonCode>,
}

impl Engine {
    /// From now on clients are held against this, if there is anything in it. To be called again when that changes.
    pub fn set_contract(&mut self, contract: Option<Arc<dyn Contract>>) {
        let contract = contract.filter(|contract| contract.is_in_force());
        self.policy.set_contract(contract);
    }

    /// Whether a message may pass; what it breaks is told.
    pub(super) fn keeps_contract(
        &mut self,
        now: Time,
        key: SessionKey,
        topic: &str,
        publish: &Publish<'_>,
    ) -> Result<(), Denial> {
        let Some(contract) = self.policy.contract().cloned() else {
            return Ok(());
        };
        let Some(session) = self.sessions.get(key) else {
            return Ok(());
        };
        let Some(id) = session.conn else { return Ok(()) };
        let client_id = session.client_id.clone();
        let version = self.conns.get(id).map_or(Version::V311, |conn| conn.version);
        let broken = contract.publication(now, id, &client_id, version, topic, publish);
        // The others get their turn behind a message that was much work.
        self.work
            .spend(usize::try_from(contract.steps()).unwrap_or(usize::MAX));
        self.tell_broken(now, id, &client_id, &broken);
        match refusal(&*contract, &broken) {
            Some((reason, text)) => Err(Denial::refused(reason, text.to_string())),
            None => Ok(()),
        }
    }

    /// Whether a client may come in so; what it breaks is told.
    pub(super) fn connects_by_contract(
        &mut self,
        now: Time,
        id: ConnId,
        client_id: &Arc<str>,
        connect: &Connect<'_>,
    ) -> Result<(), ReasonCode> {
        let Some(contract) = self.policy.contract().cloned() else {
            return Ok(());
        };
        let broken = contract.connection(now, id, client_id, connect);
        self.tell_broken(now, id, client_id, &broken);
        refusal(&*contract, &broken).map_or(Ok(()), |(reason, _)| Err(reason))
    }

    /// A client subscribes.
    pub(super) fn subscribes_by_contract(&self, id: ConnId, subscribe: &Subscribe<'_>) {
        if let Some(contract) = self.policy.contract()
            && let Some(conn) = self.conns.get(id)
        {
            contract.subscription(&conn.client_id, subscribe);
        }
    }

    /// A client is gone; what it breaks by that is told.
    pub(super) fn ends_by_contract(&mut self, now: Time, id: ConnId, key: SessionKey, reason: &CloseReason) {
        let Some(contract) = self.policy.contract().cloned() else {
            return;
        };
        let Some(session) = self.sessions.get(key).filter(|_| !self.stopping) else {
            return;
        };
        let client_id = session.client_id.clone();
        let broken = contract.ended(now, id, &client_id, reason);
        self.tell_broken(now, id, &client_id, &broken);
    }

    /// A connection is over.
    pub(super) fn closed_by_contract(&self, id: ConnId) {
        if let Some(contract) = self.policy.contract() {
            contract.closed(id);
        }
    }

    /// Retains a message that came, where a contract wants it: one that cannot be kept passes all the same.
    pub(super) fn retain_by_contract(&mut self, now: Time, topic: &str, publish: &Publish<'_>) {
        let kept_at = self
            .policy
            .contract()
            .and_then(|contract| contract.retained_at(topic));
        if let Some(kept_at) = kept_at {
            let payload = publish.payload.to_vec();
            let _ = self.publish(now, Injected::bytes(kept_at, payload).qos(publish.qos).retained());
        }
    }

    fn tell_broken(&mut self, now: Time, id: ConnId, client_id: &Arc<str>, broken: &[Broken]) {
        for one in broken.iter().filter(|one| one.is_told) {
            self.event(now, || one.remark.clone().into_event(id, client_id));
        }
    }
}

/// What a client that broke these is refused with, and why.
fn refusal<'a>(contract: &dyn Contract, broken: &'a [Broken]) -> Option<(ReasonCode, &'a str)> {
    let first = broken
        .iter()
        .find_map(|one| Some((one.refusal?, &*one.remark.text)));
    first.filter(|_| contract.enforces())
}
