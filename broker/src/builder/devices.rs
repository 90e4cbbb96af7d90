//! Simulated devices that are there from the start.

use std::path::Path;
use std::time::Duration;

use super::Builder;
use crate::device::{Device, Devices};
use crate::front::StartError;
use crate::script;
use crate::template::Files;
use crate::time::Time;

impl Builder {
    /// A simulated device that is there from the start, and again after each [`reset`](crate::Broker::reset).
    ///
    /// ```
    /// use broker::device::{Device, Every};
    /// use broker::expect::publish;
    ///
    /// let lamp = Device::new("lamp").telemetry("lamp/temp", Every::secs(5), "{{ (20 + t / 60) | round(1) }}");
    /// let broker = broker::Broker::builder().device(lamp).start().wait()?;
    /// broker.expect(publish("lamp/temp").from("lamp").text("20.0")).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn device(mut self, device: Device) -> Self {
        self.scripted.devices.push(device);
        self
    }
}

/// The devices of the builder, and those of tables, with what they read from files. Each is tried.
pub(super) fn ready(
    devices: Vec<Device>,
    of_tables: Vec<(Device, Files)>,
    wrong: &mut Vec<StartError>,
) -> Vec<(Device, Files)> {
    let (mut trial, mut ready) = (Devices::new(0), Vec::new());
    for device in devices {
        match script::device_with_files(device, Path::new("")) {
            Ok(device) => ready.push(device),
            Err(invalid) => wrong.push(invalid.into()),
        }
    }
    ready.extend(of_tables);
    for (device, files) in &ready {
        let added = trial.add(Time::ZERO, device.clone(), files, Duration::ZERO);
        wrong.extend(added.err().map(StartError::Script));
    }
    ready
}

/// What is to be known where more of them want to be connected than may be.
pub(super) fn crowded(devices: &[(Device, Files)], most: u32) -> Option<String> {
    let clients: u64 = devices
        .iter()
        .map(|(device, _)| u64::from(device.clients()))
        .sum();
    (clients > u64::from(most)).then(|| {
        format!(
            "the devices are {clients} clients, and `limits.max_connections` = {most} lets in no more at once: they can never all be \
             connected, and other clients are refused while they are; set it higher"
        )
    })
}
