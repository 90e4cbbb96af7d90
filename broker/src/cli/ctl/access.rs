//! `broker ctl user`, `access` and `certificates`: who may come in and do what.

use clap::{Subcommand, ValueEnum};
use hyper::Method;
use serde_json::json;

use super::client::Question;
use super::plan::{Plan, Then, ask, delete, get, put};
use super::said;
use crate::ask_http::escaped;

/// What is done with users.
#[derive(Debug, Subcommand)]
pub(super) enum Users {
    /// Their names
    List,
    /// Add one, or change the password, which is asked for or read from stdin
    Set {
        /// User name
        name: String,
    },
    /// Remove one; its clients are disconnected
    Remove {
        /// User name
        name: String,
    },
}

impl Users {
    pub(super) fn plan(self) -> Result<Plan, String> {
        let one = |name: &str| format!("users/{}", escaped(name));
        let question: Question = match self {
            Self::List => get("users"),
            Self::Set { name } => put(
                &one(&name),
                &json!({ "password": crate::cli::passwd::password()? }),
            ),
            Self::Remove { name } => delete(&one(&name)),
        };
        Ok(question.into())
    }
}

/// What is done with rights.
#[derive(Debug, Subcommand)]
pub(super) enum Access {
    /// Put an access control list into force: lines as [[acl]] has them, in JSON, @FILE or -
    Acl {
        /// The list
        #[arg(required = true)]
        lines: Vec<String>,
    },
    /// Whether clients may come in without a user name
    Anonymous {
        /// yes or no
        allow: YesNo,
    },
    /// Read the files of users and rights again
    Reload,
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum YesNo {
    /// They may
    Yes,
    /// They may not
    No,
}

impl Access {
    pub(super) fn plan(self) -> Result<Plan, String> {
        let question = match self {
            Self::Acl { lines } => {
                let lines = match said::object(&lines)? {
                    serde_json::Value::Array(lines) => lines,
                    line => vec![line],
                };
                put("acl", &json!({ "acl": lines }))
            }
            Self::Anonymous { allow } => put("allow-anonymous", &json!({ "allow": allow == YesNo::Yes })),
            Self::Reload => ask(Method::POST, "access/reload"),
        };
        Ok(question.into())
    }
}

/// What is done with certificates.
#[derive(Debug, Subcommand)]
pub(super) enum Certificates {
    /// Print that of the CA, for clients to trust
    Ca,
    /// Print the list of those that are revoked
    Crl,
    /// Read the files of certificates and keys again
    Reload,
}

impl Certificates {
    pub(super) fn plan(self) -> Plan {
        match self {
            Self::Ca => Plan::from(get("certificates/ca")).then(Then::Copy(None)),
            Self::Crl => Plan::from(get("certificates/crl")).then(Then::Copy(None)),
            Self::Reload => ask(Method::POST, "certificates/reload").into(),
        }
    }
}
