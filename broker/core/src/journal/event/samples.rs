//! One event of each kind, for tests that go through all of them.

use std::sync::Arc;
use std::time::Duration;

use super::{ClockChange, CloseReason, DropReason};
use crate::arrival::{TlsFacts, Way};
use crate::session::ConnId;
use crate::wire::{QoS, ReasonCode, Version};

/// A value of a type that fields of events have.
pub trait Sample {
    fn sample() -> Self;
}

macro_rules! samples {
    ($($type:ty: $value:expr;)*) => {
        $(impl Sample for $type {
            fn sample() -> Self {
                $value
            }
        })*
    };
}

samples! {
    String: "a/b".to_owned();
    Arc<str>: "a/b".into();
    Option<Arc<str>>: Some("ann".into());
    &'static str: "rumqttd";
    bool: true;
    u16: 60;
    u32: 3;
    Duration: Duration::from_millis(1_500);
    QoS: QoS::AtLeastOnce;
    Version: Version::V5;
    Way: Way { tls: true, ..Way::default() };
    Option<Arc<TlsFacts>>: Some(Arc::new(TlsFacts {
        version: "1.3",
        certificate: Some("CN=a/b".to_owned()),
        ..TlsFacts::default()
    }));
    DropReason: DropReason::Expired;
    ClockChange: ClockChange::Moved;
    ConnId: ConnId { slot: 0, serial: 1 };
    ReasonCode: ReasonCode::BANNED;
    CloseReason: CloseReason::TakenOver;
}
