//! [`Authentication`]: what the engine knows of methods and secrets, and what a look at a login leads to. Nothing here talks to
//! the client: `connect.rs` and `auth.rs` do.

use std::sync::Arc;

use settings::BrokerSettings;

use super::auth::Running;
use super::checks::Asks;
use super::origin::Origin;
use crate::access::{Account, Password, PasswordHash, RealmId, Realms, Users};
use crate::auth::{
    Authenticators, GivenPassword, Login, LoginRequest, Step, Vault, Verified, same_bytes, scram,
};
use crate::wire::{Connect, ReasonCode};

/// What the engine knows of methods and secrets.
#[derive(Debug)]
pub(super) struct Authentication {
    settings: Arc<BrokerSettings>,
    pub(super) authenticators: Authenticators,
    vault: Vault,
    verified: Verified,
}

/// What a look at a login leads to.
#[derive(Debug)]
pub(super) enum Looked {
    /// The client may come in, under this name.
    Admit(Option<Arc<str>>),
    Refuse(ReasonCode),
    /// Somebody else must be asked; if the client may come in, then under this name.
    Ask(Asks, Option<Arc<str>>),
}

impl Authentication {
    pub(super) fn new(settings: Arc<BrokerSettings>, seed: u64) -> Self {
        Self {
            settings,
            authenticators: Authenticators::default(),
            vault: Vault::new(seed),
            verified: Verified::default(),
        }
    }

    /// Whether the hooks decide who comes in, and not the users.
    pub(super) fn is_left_to_hooks(&self) -> bool {
        self.authenticators.login().is_some() || self.authenticators.asks_later()
    }

    /// Users or passwords may have changed.
    pub(super) fn forget_passwords(&mut self) {
        self.vault.forget();
    }

    /// Stands for a password that a user gave.
    pub(super) fn digest(&self, name: &str, password: &[u8]) -> [u8; 32] {
        self.vault.digest(name, password)
    }

    /// The password behind `digest` has turned out to be the one of `hash`.
    pub(super) fn remember(&mut self, name: Arc<str>, hash: Arc<PasswordHash>, digest: [u8; 32]) {
        self.verified.insert(name, hash, digest);
    }

    /// Checks User Name and Password against the realm, or asks the hooks.
    ///
    /// `client_id` is the one that counts. The identity of a certificate stands in place of the User Name. Its owner has proved it in the handshake, so that no
    /// password is asked for, and the name need not be a user's. The hooks alone may refuse it.
    pub(super) fn check_login(
        &self,
        connect: &Connect<'_>,
        client_id: &str,
        origin: &Origin,
        realms: &Realms,
    ) -> Looked {
        let identity = origin.identity();
        if self.is_left_to_hooks() {
            return self.ask_hooks(connect, client_id, origin);
        }
        if let Some(identity) = identity {
            return Looked::Admit(Some(identity.clone()));
        }
        let realm = realms.get(realms.id(&origin.listener()));
        let Some(name) = connect.username else {
            return if realm.allow_anonymous {
                Looked::Admit(None)
            } else {
                Looked::Refuse(ReasonCode::NOT_AUTHORIZED)
            };
        };
        let user = Some(Arc::from(name));
        if realm.any_user_name && realm.allow_anonymous {
            return Looked::Admit(user);
        }
        let given = connect.password.unwrap_or_default();
        let fits = |account: &&Account| {
            let only = account.client_id.as_deref();
            !account.disabled && only.is_none_or(|only| only == client_id)
        };
        let password = realm.users.get(name).filter(fits);
        match password.and_then(|account| account.password.as_ref()) {
            Some(Password::Plain(password)) if same_bytes(password.expose().as_bytes(), given) => {
                Looked::Admit(user)
            }
            Some(Password::Hash(hash)) => {
                let digest = self.digest(name, given);
                if self.verified.has(name, hash, &digest) {
                    return Looked::Admit(user);
                }
                let asks = Asks::Password {
                    hash: hash.clone(),
                    password: GivenPassword::from(given),
                };
                Looked::Ask(asks, user)
            }
            // Nobody comes in so. But if passwords are hashed here, the answer takes as long as for a wrong password: it does
            // not tell which users there are.
            _ => match realm.users.decoy() {
                Some(hash) => {
                    let asks = Asks::Password {
                        hash: hash.clone(),
                        password: GivenPassword::from(given),
                    };
                    Looked::Ask(asks, None)
                }
                None => Looked::Refuse(ReasonCode::BAD_USER_NAME_OR_PASSWORD),
            },
        }
    }

    /// The embedding program decides, at once or later.
    fn ask_hooks(&self, connect: &Connect<'_>, client_id: &str, origin: &Origin) -> Looked {
        let (listener, tls, identity) = (origin.listener(), origin.tls(), origin.identity());
        let user_name = identity.map(|name| &**name).or(connect.username);
        let login = Login {
            client_id,
            user_name,
            password: connect.password,
            way: origin.way(),
            listener: &listener,
            certificate: tls.as_ref().and_then(|tls| tls.certificate.as_deref()),
            identity: identity.map(|name| &**name),
            version: connect.version,
        };
        if let Some(check) = self.authenticators.login()
            && let Err(reason) = check(&login)
        {
            return Looked::Refuse(reason);
        }
        let user = user_name.map(Arc::from);
        if !self.authenticators.asks_later() {
            return Looked::Admit(user);
        }
        let request = LoginRequest::of(&login, origin.peer());
        Looked::Ask(Asks::Hook(Box::new(request)), user)
    }

    /// Begins an exchange of `method`, if it is offered.
    pub(super) fn start(&mut self, method: &str, client_id: &str) -> Option<Running> {
        if let Some(exchange) = self.authenticators.begin(method, client_id) {
            return Some(Running::Hook(exchange));
        }
        let hash = scram::Hash::of(method)?;
        let is_offered = |hash: &scram::Hash| {
            let mut offered = self.settings.auth.mechanisms.iter();
            offered.any(|mechanism| mechanism.name() == hash.method())
        };
        let hash = Some(hash).filter(is_offered)?;
        Some(Running::Scram(scram::Server::new(hash, self.vault.nonce())))
    }

    /// The next step, and the user who cannot take it, because a hash is all that is known of the password; each once.
    pub(super) fn step(
        &mut self,
        running: &mut Running,
        data: Option<&[u8]>,
        (realm, users): (RealmId, &Users),
    ) -> (Step, Option<Arc<str>>) {
        let vault = &mut self.vault;
        let mut hash_only = None;
        let step = match running {
            Running::Scram(server) => {
                let place = (realm, server.hash());
                server.step(data, |name| {
                    vault.credential(place, name, || match users.get(name)?.password.as_ref()? {
                        Password::Plain(password) => Some(password.expose()),
                        // SCRAM needs the password itself.
                        Password::Hash(_) => {
                            hash_only = Some(Arc::from(name));
                            None
                        }
                    })
                })
            }
            Running::Hook(exchange) => exchange.step(data),
        };
        (step, hash_only)
    }
}
