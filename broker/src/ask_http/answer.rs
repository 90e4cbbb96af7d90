//! [`Answered`]: what the program says.

use serde::Deserialize;
use settings::AclLine;

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Answered {
    /// Whether the client may come in.
    pub allow: bool,
    /// Who it is, in place of the User Name of CONNECT.
    #[serde(default)]
    pub user_name: Option<String>,
    /// Why, for the client and for people.
    #[serde(default)]
    pub reason: Option<String>,
    /// What this client may do; asked before any other ACL.
    #[serde(default)]
    pub acl: Option<Vec<AclLine>>,
}

impl Answered {
    /// No, without words.
    pub fn refused() -> Self {
        Self {
            allow: false,
            user_name: None,
            reason: None,
            acl: None,
        }
    }

    /// # Errors
    /// What is wrong with it, in words that show none of it but keys.
    pub fn read(json: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(json).map_err(|error| {
            // Its own words could show values.
            let what = match error.classify() {
                serde_json::error::Category::Data => "not of the right form",
                _ => "no JSON",
            };
            format!(
                "its answer is {what} (line {}, column {}); expected {{\"allow\": true}} or {{\"allow\": false}}, \
                 perhaps with \"user_name\", \"reason\" and \"acl\"",
                error.line(),
                error.column()
            )
        })
    }
}
