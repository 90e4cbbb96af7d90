//! `[auth]`, `[access]` and `[redirect]`: who may connect, what is forbidden, and where else to go.

use crate::choice::{AclAccess, Mechanism};
use crate::define::{section, table};
use crate::schema::between;
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

        /// Whether a client may do so, too, on an address that other machines can reach, or over TLS that asks for no
        /// certificate there. While this is false, a broker that listens on such an address needs another way to know its
        /// clients (users, a hook, certificates), or it does not start.
        allow_anonymous_remotely: bool = false,
            tradeoff: "With `true`, everybody who can reach the address can read and publish everything that no ACL forbids.";

        /// File with users as `mosquitto_passwd` and `broker passwd` write it: `NAME:HASH` on each line. They come beside
        /// `auth.users`. It is read again on SIGHUP. Empty = no file.
        password_file: String = String::new();

        /// File with an ACL as mosquitto reads it: lines `user NAME`, `topic [read|write|readwrite|deny] FILTER` and
        /// `pattern …`. They come beside those of `acl`. It is read again on SIGHUP. Empty = no file.
        acl_file: String = String::new();

        /// File in JSON with users, groups, roles and their ACLs, as mosquitto's dynamic security plugin keeps it. It is read
        /// again on SIGHUP. Empty = no file.
        dynamic_security_file: String = String::new();

        /// URL of a program that decides who comes in, in place of users and files: `http://localhost:8080/mqtt`. Each CONNECT
        /// is put to it as a POST with JSON. Empty = nobody is asked.
        http_url: String = String::new(),
            tradeoff: "It is sent user names and passwords: use https where other machines can listen.";

        /// How long that program has for its answer, after which the client is refused with Server unavailable.
        http_timeout_millis: u32 = 5_000,
            expect: between(1, 600_000),
            unit: "milliseconds";

        /// Wrong passwords in a minute, of one user name from one address, after which the next is refused without being
        /// looked at: Connection rate exceeded. From one address under any names, ten times as many. 0 = no bound.
        max_failed_logins_per_minute: u32 = 60,
            unit: "logins";

        /// The users, each with its password: `users = [{ name = "alice", password = "secret" }]`, or with a hash of it,
        /// `password_hash`. In the environment and in flags also `alice:secret,bob:secret2`.
        users: Vec<User> = Vec::new(),
            tradeoff: "The file holds the passwords as they are, if it holds no hashes: keep it to yourself.";

        /// Methods of enhanced authentication offered to 5.0 clients; they use the same users.
        mechanisms: Vec<Mechanism> = Mechanism::ALL.to_vec(),
            statements: &["MQTT5-4.12.0-1"];
    }
}

impl Auth {
    /// Whether there is any way to log in with a user name: users, a file of them, a program that decides.
    pub fn knows_users(&self) -> bool {
        let files = [&self.password_file, &self.dynamic_security_file, &self.http_url];
        !self.users.is_empty() || files.iter().any(|file| !file.is_empty())
    }

    /// The keys with users of whom nobody is asked, since `http_url` decides about user names and passwords.
    pub fn unasked(&self) -> impl Iterator<Item = &'static str> {
        let users = [
            ("auth.users", !self.users.is_empty()),
            ("auth.password_file", !self.password_file.is_empty()),
        ];
        let asks_elsewhere = !self.http_url.is_empty();
        let unasked = users
            .into_iter()
            .filter(move |(_, is_given)| asks_elsewhere && *is_given);
        unasked.map(|(key, _)| key)
    }

    /// The other machine to which `http_url` sends passwords as they are, if there is one.
    ///
    /// ```
    /// let mut auth = settings::Auth::default();
    /// auth.http_url = "http://door.example:8080/mqtt".to_owned();
    /// assert_eq!(auth.in_the_clear_to(), Some("door.example"));
    /// auth.http_url = "http://127.0.0.1:8080/mqtt".to_owned();
    /// assert_eq!(auth.in_the_clear_to(), None);
    /// ```
    pub fn in_the_clear_to(&self) -> Option<&str> {
        let (scheme, _) = self.http_url.split_once("://")?;
        if !scheme.eq_ignore_ascii_case("http") {
            return None;
        }
        let place = self.http_place();
        let host = match place.strip_prefix('[') {
            Some(bracketed) => bracketed.split(']').next(),
            None => place.split(':').next(),
        };
        let host = host.filter(|host| !host.is_empty())?;
        let is_here = match host.parse::<std::net::IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => host.eq_ignore_ascii_case("localhost"),
        };
        (!is_here).then_some(host)
    }

    /// Host and port of `http_url`, and a login before them where there is one.
    fn http_place(&self) -> &str {
        let (_, rest) = self.http_url.split_once("://").unwrap_or_default();
        rest.split(['/', '?', '#']).next().unwrap_or_default()
    }

    /// What is wrong with `http_url`; it is not repeated, for it may have a password.
    pub(super) fn fault_of_http_url(&self) -> Option<&'static str> {
        self.http_place().contains('@').then_some(
            "holds a user name or a password, which every print of the settings would show; leave it out",
        )
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
        password: Option<Secret> = None,
            required: true,
            or_else: "password_hash",
            otherwise: "Left out: it is known by its hash alone";

        /// In its place a hash of it, as a password file has it: `$argon2id$…`, `$7$…` or `$6$…`. `broker passwd -c - NAME`
        /// prints one. Such a user cannot log in with SCRAM, for which the broker must know the password itself.
        password_hash: Option<Secret> = None,
            otherwise: "Left out: the password is given as it is";
    }
}

impl User {
    /// A user from both texts.
    pub fn new(name: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self {
            name: name.into(),
            password: Some(password.into()),
            password_hash: None,
        }
    }

    /// A user whose password is known by its hash, as a password file has it.
    ///
    /// ```
    /// let user = settings::User::hashed("ann", "$6$…");
    /// assert_eq!(user.password, None);
    /// assert!(!format!("{user:?}").contains('$'));
    /// ```
    pub fn hashed(name: impl Into<String>, password_hash: impl Into<Secret>) -> Self {
        Self {
            name: name.into(),
            password: None,
            password_hash: Some(password_hash.into()),
        }
    }
}

table! {
    /// One line of an access control list (ACL). As soon as there is one, or a file of them, a client may do only what a line
    /// allows it; where several lines speak of a topic, one that denies wins. Lines with a user name are looked at
    /// before those for everybody.
    #[example = "settings.acl = vec![settings::AclLine::new(\"home/%u/#\", settings::AclAccess::ReadWrite)];"]
    pub struct AclLine
    list {
        plural: "ACL lines",
        example: r#"{ user = "alice", topic = "home/#", access = "read" }"#,
        short: "",
    }
    {
        /// The user that it is for; empty text = clients without a user name.
        user: Option<String> = None,
            otherwise: "Left out: every client";

        /// The topic filter that it is about. `%u` stands for the client's user name, `%c` for its client identifier.
        topic: String = String::new(),
            required: true;

        /// What is allowed there, or `deny`.
        access: AclAccess = AclAccess::ReadWrite;
    }
}

impl AclLine {
    /// A line for every client.
    pub fn new(topic: impl Into<String>, access: AclAccess) -> Self {
        Self {
            topic: topic.into(),
            access,
            ..Self::default()
        }
    }

    /// The same for one user alone; an empty name stands for clients without one.
    ///
    /// ```
    /// use settings::{AclAccess, AclLine};
    ///
    /// let line = AclLine::new("home/#", AclAccess::Read).of("alice");
    /// assert_eq!(line.user.as_deref(), Some("alice"));
    /// ```
    #[must_use]
    pub fn of(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
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

        /// Whether a 5.0 client is told why: Not authorized (0x87) and, in a Reason String, the line of the ACL that decided,
        /// with the name of its file but not its directory. If not, it is told Unspecified error (0x80) without a Reason
        /// String, as 3.1.1 clients are in SUBACK.
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
