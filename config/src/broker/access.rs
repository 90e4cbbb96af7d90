//! `[auth]`, `[access]` and `[redirect]`: who may connect, what is forbidden, and where else to go.

use crate::choice::Mechanism;
use crate::define::{section, table};
use crate::secret::Secret;

section! {
    /// Who may connect.
    #[example = "settings.auth.users = vec![settings::User::new(\"ann\", \"pencil\")];"]
    #[example = "settings.auth.allow_anonymous = false;"]
    pub struct Auth in "auth" {
        /// Whether a client may connect without a user name. One that gives a name must be among the users
        /// and give the right password; while there are no users, this says whether anyone may connect at all.
        allow_anonymous: bool = true,
            statements: &["MQTT5-3.1.4-2"];

        /// The users, each with its password: `users = [{ name = "alice", password = "secret" }]`. In the
        /// environment and in flags also `alice:secret,bob:secret2`.
        users: Vec<User> = Vec::new(),
            tradeoff: "The file holds the passwords as they are: keep it to yourself.";

        /// Methods of enhanced authentication offered to 5.0 clients; they use the same users.
        mechanisms: Vec<Mechanism> = vec![Mechanism::ScramSha256],
            statements: &["MQTT5-4.12.0-1"];
    }
}

table! {
    /// A name and password that a client may connect with.
    #[example = "settings.auth.users = vec![settings::User::new(\"ann\", \"pencil\")];"]
    #[example = "settings.auth.allow_anonymous = false;"]
    pub struct User
    list {
        plural: "users",
        example: r#"{ name = "alice", password = "secret" }"#,
        short: "NAME:PASSWORD",
    }
    {
        /// The User Name of CONNECT; unique among the users.
        name: String = String::new(),
            required: true;

        /// The Password of CONNECT.
        password: Secret = Secret::default(),
            required: true;
    }
}

impl User {
    /// A user from both texts.
    pub fn new(name: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self {
            name: name.into(),
            password: password.into(),
        }
    }
}

section! {
    /// What is forbidden to every client: for testing how a client takes a refusal. Refused with Not authorized where
    /// the protocol has a way to say so.
    #[example = "settings.access.deny_publish = vec![\"secret/#\".to_owned()];"]
    pub struct Access in "access" {
        /// Topic filters that no client may publish to.
        deny_publish: Vec<String> = Vec::new();

        /// Topic filters that no client may subscribe to: a subscription is refused when its filter is one of
        /// these or lies wholly within one.
        deny_subscribe: Vec<String> = Vec::new();

        /// Whether a 5.0 client is told why: Not authorized (0x87). If not, it is told Unspecified error (0x80)
        /// without a Reason String, as 3.1.1 clients are in SUBACK.
        tell_why: bool = true,
            statements: &["MQTT5-3.9.3-2"];
    }
}

section! {
    /// Sending clients elsewhere: for testing how a client takes a redirection.
    #[example = "settings.redirect.server_reference = \"other.example:1883\".to_owned();"]
    pub struct Redirect in "redirect" {
        /// Where to go. When set, every CONNECT of a 5.0 client is refused with this Server Reference. Empty = nobody
        /// is sent elsewhere.
        server_reference: String = String::new();

        /// Whether the refusal says for good (Server moved, 0x9D) or for now (Use another server, 0x9C).
        permanent: bool = false;
    }
}
