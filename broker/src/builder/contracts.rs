//! The contracts that a broker begins with.

use std::sync::Arc;

use settings::BrokerSettings;

use super::engine_of;
use crate::capability::EngineName;
#[cfg(feature = "contracts")]
use crate::contract::{Files, Kept, examples_of, lines};
use crate::front::StartError;

/// What the settings name, read.
#[cfg(feature = "contracts")]
pub(super) fn of(settings: &BrokerSettings) -> Result<Option<Arc<Kept>>, StartError> {
    can_enforce(engine_of(settings), &settings.contracts)?;
    Kept::of(&settings.contracts)
        .map(Some)
        .map_err(StartError::Contract)
}

/// The examples of documents as stubs, where the settings say so.
#[cfg(feature = "contracts")]
pub(super) fn examples(settings: &BrokerSettings) -> Result<Vec<crate::stub::Stub>, StartError> {
    let mut stubs = Vec::new();
    let said = &settings.contracts;
    if !said.examples {
        return Ok(stubs);
    }
    for path in &said.asyncapi {
        // A document that is wrong is told of when clients are to be held to it.
        if let Ok(document) = Files::OfThisMachine.document(path.as_ref()) {
            let made = examples_of(&document);
            stubs.extend(made.map_err(|wrong| StartError::Contract(lines(&wrong)))?);
        }
    }
    Ok(stubs)
}

/// Errs where messages are to be refused, and cannot be.
#[cfg(feature = "contracts")]
pub(crate) fn can_enforce(engine: EngineName, said: &settings::Contracts) -> Result<(), StartError> {
    if said.enforce && engine != EngineName::Native {
        let why = "`contracts.enforce` is for the native engine; here, another broker answers, and violations are told".to_owned();
        return Err(StartError::Engine { engine, why });
    }
    Ok(())
}

/// This program knows no contracts.
#[cfg(not(feature = "contracts"))]
pub(super) fn of(settings: &BrokerSettings) -> Result<Option<Arc<std::convert::Infallible>>, StartError> {
    if settings.contracts == settings::Contracts::default() {
        return Ok(None);
    }
    Err(StartError::Contract(
        "`contracts` is set, and this program was built without the feature `contracts`".to_owned(),
    ))
}
