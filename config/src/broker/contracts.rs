//! `[contracts]`: AsyncAPI documents and JSON Schemas that clients are to keep to.

use super::BrokerSettings;
use super::together::Conflicts;
use crate::check::texts::{FILES, SCHEMAS_BY_TOPIC};
use crate::define::section;
use crate::schema::Expect;

section! {
    /// AsyncAPI documents and JSON Schemas that clients are to keep to. docs/CONTRACTS.md says how they are read.
    #[example = "settings.contracts.asyncapi = vec![\"lamps.yaml\".to_owned()];"]
    #[example = "settings.contracts.schemas = vec![\"lamps/+/state=state.json\".to_owned()];"]
    pub struct Contracts in "contracts" {
        /// Files with AsyncAPI documents, of version 2 or 3, in YAML or JSON. Each message of a client is held against the channel
        /// that has its topic. Empty list = none.
        asyncapi: Vec<String> = Vec::new(),
            expect: Expect::Texts(&FILES);

        /// JSON Schemas by topic, each as `FILTER=FILE`: payloads on topics that fit the filter are held against the schema.
        schemas: Vec<String> = Vec::new(),
            expect: Expect::Texts(&SCHEMAS_BY_TOPIC);

        /// Client identifiers of the application that the documents describe; `*` stands for any characters. With it, the
        /// operations of a document say who may publish where. Empty list = each client may do what the application does, and
        /// what others do with it.
        application: Vec<String> = Vec::new();

        /// Whether the messages of edge nodes and host applications are held against Sparkplug 3.0.0, and births are retained below
        /// `$sparkplug/certificates/`. docs/SPARKPLUG.md says which rules there are. What breaks them is told, and never refused.
        sparkplug: bool = false;

        /// Whether examples of AsyncAPI documents become stubs at the start: those that the application sends are published when a client
        /// subscribes to their topic, and those of answers when it publishes the request.
        examples: bool = false;

        /// Whether a message that breaks a contract is refused. If not, it passes, and the violation is told.
        enforce: bool = false;
    }
}

impl BrokerSettings {
    pub(super) fn conflicts_of_contracts(&self, conflicts: &mut Conflicts) {
        let contracts = &self.contracts;
        let is_empty = contracts.asyncapi.is_empty() && contracts.schemas.is_empty();
        if contracts.enforce && is_empty {
            conflicts.add(
                "contracts.enforce",
                "is true, and there is no contract: name one in `contracts.asyncapi`",
            );
        }
        if !contracts.application.is_empty() && contracts.asyncapi.is_empty() {
            conflicts.add(
                "contracts.application",
                "names clients, and there is no document: name one in `contracts.asyncapi`",
            );
        }
    }
}
