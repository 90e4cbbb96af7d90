//! The contracts that a broker begins with.

use std::sync::Arc;

use settings::BrokerSettings;

use super::engine_of;
use crate::capability::EngineName;
#[cfg(feature = "contracts")]
pub(super) use crate::contract::Kept;
use crate::front::StartError;

/// What the settings name, read.
#[cfg(feature = "contracts")]
pub(super) fn of(settings: &BrokerSettings) -> Result<Option<Arc<Kept>>, StartError> {
    let engine = engine_of(settings);
    if settings.contracts.enforce && engine != EngineName::Native {
        let why = "`contracts.enforce` is for the native engine; here, another broker answers, and violations are told".to_owned();
        return Err(StartError::Engine { engine, why });
    }
    Kept::of(settings).map_err(StartError::Contract)
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
