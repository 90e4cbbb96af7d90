//! `broker ctl contracts`: the documents and schemas that clients are held to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use super::plan::{Plan, delete, get, put};
use crate::contract::given;

/// What is done with them.
#[derive(Debug, Subcommand)]
pub(super) enum Contracts {
    /// What was used of them, what never, and what was broken
    Show,
    /// Hold clients to these, in the place of those before
    Load {
        /// AsyncAPI documents, YAML or JSON
        #[arg(value_name = "FILE", required_unless_present = "schema")]
        files: Vec<PathBuf>,
        /// JSON Schema for the payloads of topics, as 'lamps/+/state=state.json'; repeatable
        #[arg(long, value_name = "FILTER=FILE")]
        schema: Vec<String>,
        /// Client identifier of the application that the documents describe; * stands for any characters; repeatable
        #[arg(long, value_name = "ID")]
        application: Vec<String>,
        /// Refuse what breaks them
        #[arg(long)]
        enforce: bool,
    },
    /// Hold clients to none
    Remove,
}

impl Contracts {
    pub(super) fn plan(self) -> Result<Plan, String> {
        Ok(match self {
            Self::Show => get("contracts").into(),
            Self::Load {
                files,
                schema,
                application,
                enforce,
            } => {
                // They lie on this machine.
                let mut all = BTreeMap::new();
                let mut take = |path: &Path| given(path, &mut all);
                let documents = files
                    .iter()
                    .map(|path| take(path))
                    .collect::<Result<Vec<_>, _>>()?;
                let mut schemas = Vec::new();
                for one in &schema {
                    let said = one.split_once('=');
                    let (filter, path) = said.ok_or_else(|| format!("--schema {one}: write FILTER=FILE"))?;
                    schemas.push(format!("{filter}={}", take(Path::new(path))?));
                }
                let body = json!({
                    "asyncapi": documents, "schemas": schemas, "application": application, "enforce": enforce, "files": all,
                });
                put("contracts", &body).into()
            }
            Self::Remove => delete("contracts").into(),
        })
    }
}
