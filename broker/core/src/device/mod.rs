//! Devices: simulated clients, which speak to a broker as clients do, on the broker's clock.
//!
//! A [`Device`] says what one client does, or a group of many: how it connects and for how long, what it publishes and when, what
//! it answers. [`Devices`] is the machine that does it: times and bytes go in, bytes come out. It opens no connection and knows
//! no broker. The same seed gives the same traffic.
//!
//! ```
//! use std::time::Duration;
//! use broker_core::device::{Device, Devices, Every};
//! use broker_core::session::ConnId;
//! use broker_core::template::Files;
//! use broker_core::time::Time;
//!
//! let mut devices = Devices::new(7);
//! let lamp = Device::new("lamp").telemetry("lamp/temp", Every::secs(5), "{{ 20 + t }}");
//! devices.add(Time::ZERO, lamp, &Files::default(), Duration::ZERO)?;
//!
//! devices.tick(Time::ZERO);
//! let key = devices.next_touched().expect("it wants to connect");
//! assert!(devices.wants_connection(key));
//! devices.opened(Time::ZERO, key, ConnId::relayed(1));
//! assert_eq!(devices.outgoing(key)[0], 0x10); // CONNECT
//! devices.sent(key, devices.outgoing(key).len());
//!
//! devices.receive(Time::ZERO, key, b"\x20\x03\0\0\0"); // CONNACK
//! devices.tick(Time::ZERO);
//! assert!(devices.outgoing(key).ends_with(b"lamp/temp\020.0")); // the first of its telemetry
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod check;
mod client;
mod compiled;
mod description;
mod devices;
mod exchange;
mod form;
mod formula;
mod inbound;
mod life;
mod number;
mod shape;
mod stage;
mod status;
mod telemetry;
#[cfg(test)]
mod tests;
mod will;

pub use answer::{DeviceAnswer, Say};
pub use description::Device;
pub use devices::{DeviceKey, Devices, TemplateFailure};
pub use form::{device_from_json, device_from_json_or_all_wrongs};
pub use stage::Stage;
pub use status::DeviceStatus;
pub use telemetry::{Every, Telemetry};
pub use will::DeviceWill;
