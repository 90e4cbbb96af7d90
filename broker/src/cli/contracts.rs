//! The flags that name what clients are to keep to.

use std::path::PathBuf;

use clap::Args;
use settings::Loader;

/// The flags of the broker about documents and schemas.
// `--help` prints these comments.
#[derive(Debug, Args)]
pub(super) struct ContractFlags {
    /// AsyncAPI document that clients are to keep to; --schema: a JSON Schema
    #[arg(long, value_name = "FILE")]
    asyncapi: Vec<PathBuf>,

    /// JSON Schema for the payloads of topics, as 'lamps/+/state=state.json'; repeatable
    #[arg(long, hide = true, value_name = "FILTER=FILE")]
    schema: Vec<String>,

    /// Hold edge nodes and host applications against Sparkplug 3.0.0
    #[arg(long, hide = true)]
    sparkplug: bool,
}

impl ContractFlags {
    pub(super) fn layer(self, mut loader: Loader) -> Loader {
        if !self.asyncapi.is_empty() {
            let files = self
                .asyncapi
                .iter()
                .map(|path| path.to_string_lossy().into_owned());
            loader = loader.flag("--asyncapi", "contracts.asyncapi", files.collect::<Vec<_>>());
        }
        if !self.schema.is_empty() {
            loader = loader.flag("--schema", "contracts.schemas", self.schema);
        }
        if self.sparkplug {
            loader = loader.flag("--sparkplug", "contracts.sparkplug", true);
        }
        loader
    }
}
