//! Stock rumqttd behind the relay: started, watched and renewed. Only with the cargo feature `rumqttd`.

#[cfg(not(feature = "rumqttd"))]
mod absent;
#[cfg(feature = "rumqttd")]
mod hook;
#[cfg(feature = "rumqttd")]
mod keeper;
#[cfg(feature = "rumqttd")]
mod listener;
#[cfg(feature = "rumqttd")]
mod probe;
#[cfg(feature = "rumqttd")]
mod settings;

#[cfg(not(feature = "rumqttd"))]
pub(crate) use absent::Rumqttd;
#[cfg(feature = "rumqttd")]
pub(crate) use keeper::Rumqttd;
