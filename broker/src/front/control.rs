//! Commands that clients send to `$CONTROL/…`: carried out one message after the other, on a thread of their own, and answered.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::Notify;

use super::Shell;
use crate::access::refuse_commands;
use crate::engine::{ControlMessage, DYNAMIC_SECURITY_TOPIC, Injected};
use crate::realms::{self, Done};

/// What is answered to commands about the broker.
const NO_SUCH_COMMANDS: &str = "this broker has no plugins, and its listeners are in its settings; \
                                commands about users go to $CONTROL/dynamic-security/v1";

/// The commands that are being carried out.
#[derive(Debug, Default)]
pub(super) struct Control {
    /// The engine has some to give out.
    pub arrived: Notify,
    /// Whose are carried out.
    at_work: RefCell<Option<Arc<str>>>,
}

impl Shell {
    /// Has the commands carried out that the engine gives out.
    pub(super) async fn carry_out_commands(self: Rc<Self>) {
        let next = || self.backend.native_mut()?.engine.next_control();
        loop {
            self.control.arrived.notified().await;
            while let Some(message) = next() {
                *self.control.at_work.borrow_mut() = Some(message.client_id.clone());
                self.carry_out(message).await;
                *self.control.at_work.borrow_mut() = None;
                self.after_input();
            }
        }
    }

    /// That commands wait for their answer, in words.
    pub(super) fn commands_at_work(&self) -> Option<String> {
        let client_id = self.control.at_work.borrow();
        client_id
            .as_ref()
            .map(|client_id| format!("the commands of {client_id:?} are carried out"))
    }

    async fn carry_out(&self, message: ControlMessage) {
        let ControlMessage {
            file, topic, payload, ..
        } = message;
        let refused = |words: &str| Done {
            response: refuse_commands(&payload, words),
            access: None,
            concerns: BTreeSet::new(),
        };
        let done = match self
            .backend
            .native()
            .map(|native| native.engine.settings().clone())
        {
            Some(settings) if *topic == *DYNAMIC_SECURITY_TOPIC => {
                let (path, payload) = (file.clone(), payload.clone());
                let work = tokio::task::spawn_blocking(move || realms::carry_out(&settings, &path, &payload));
                work.await
                    .unwrap_or_else(|_| refused("a fault of the broker; please report it"))
            }
            _ => refused(NO_SUCH_COMMANDS),
        };
        let Some(mut native) = self.backend.native_mut() else {
            return;
        };
        let now = native.clock.now();
        // The answer goes out first: the change may cost its client the connection.
        let response = Injected::text(format!("{topic}/response"), done.response);
        let _ = native.engine.publish(now, response);
        if let Some(access) = done.access {
            native.engine.set_realms(now, access.realms);
        }
        if !done.concerns.is_empty() {
            let concerned = |user: Option<&str>| done.concerns.contains(&user.map(str::to_owned));
            native.engine.disconnect_users(now, &file, concerned);
        }
    }
}
