//! A build without rumqttd says so.

// The calls are those of the module that it stands for.
#![allow(clippy::unused_async, clippy::unused_self)]

use std::rc::Rc;
use std::time::Duration;

use ::settings::BrokerSettings;

use super::super::relay::{Relay, Stream};
use crate::wire::Version;

#[derive(Debug)]
pub(crate) struct Rumqttd {
    pub connack_timeout: Duration,
}

impl Rumqttd {
    pub async fn start(_: &BrokerSettings) -> Result<Self, String> {
        Err("`engine.kind` is `rumqttd`, which is not in this build: build it with the cargo feature `rumqttd`".to_owned())
    }

    pub fn keep(self: &Rc<Self>, _: &Rc<Relay>) {}

    pub fn stop(&self) {}

    pub async fn connect(&self, _: Option<Version>) -> Result<Box<dyn Stream>, String> {
        Err(String::new())
    }

    pub fn suspect(&self, _: Option<Version>) {}

    pub fn generation(&self) -> u64 {
        0
    }

    pub async fn autopsy(&self, _: Option<Version>, _: u64) -> Option<String> {
        None
    }
}
