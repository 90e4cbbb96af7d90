//! [`BrokerDevices`]: the simulated devices of a running broker.

use std::path::Path;
use std::sync::Arc;

use crate::answer::Answer;
use crate::broker::{Broker, Caller};
use crate::capability::Capability;
use crate::device::{Device, DeviceStatus};
use crate::error::Error;
use crate::front::Command;
use crate::script;
use crate::template::Files;

impl Broker {
    /// The simulated devices.
    ///
    /// ```
    /// use broker::device::{Device, DeviceAnswer, Say};
    /// use broker::{Broker, Injected, expect::publish};
    ///
    /// let broker = Broker::start().wait()?;
    /// let answer = DeviceAnswer::to("lamp/set").with(Say::new("lamp/state", "{{ message.payload }}"));
    /// let _lamp = broker.devices().add(Device::new("lamp").answers(answer)).wait()?;
    /// broker.wait_subscribed("lamp", "lamp/set").wait()?;
    ///
    /// broker.publish(Injected::text("lamp/set", "on")).wait()?;
    /// broker.expect(publish("lamp/state").from("lamp").text("on")).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn devices(&self) -> BrokerDevices<'_> {
        BrokerDevices { broker: self }
    }
}

/// The simulated devices of a broker.
///
/// ```
/// use std::time::Duration;
/// use broker::device::{Device, Every};
///
/// let broker = broker::Broker::start().wait()?;
/// broker.clock().freeze().wait()?;
/// let lamps = Device::new("lamp").count(10).telemetry("lamp/{{ n }}", Every::secs(5), "{{ 20 + n }}");
/// broker.devices().add(lamps).wait()?.keep();
///
/// broker.clock().advance(Duration::from_secs(3600)).wait()?; // an hour, in a moment
/// let lamps = broker.devices().list().wait()?;
/// assert!(lamps.iter().all(|lamp| lamp.connected && lamp.published == 721));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct BrokerDevices<'a> {
    broker: &'a Broker,
}

impl BrokerDevices<'_> {
    /// Adds a device, or a group, whose life begins now. It is there until what this gives is dropped, or for good after
    /// [`keep`](AddedDevice::keep); a [`reset`](Broker::reset) removes it.
    ///
    /// # Errors
    /// It cannot work: the error names the place in it and the nearest right thing. One of this name is there already; a file that
    /// it reads cannot be read; the engine is not ours; or the broker has stopped.
    ///
    /// ```
    /// use broker::device::{Device, Every};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let wrong = Device::new("lamp").telemetry("lamp/temp", Every::secs(5), "{{ sinn(t) }}");
    /// let error = broker.devices().add(wrong).wait().unwrap_err();
    /// assert!(error.is_invalid());
    /// assert!(error.to_string().starts_with(
    ///     r#"device "lamp": telemetry[0].payload: line 1, column 4: there is no "sinn" here (did you mean "sin"?)"#
    /// ));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn add(&self, device: Device) -> Answer<AddedDevice> {
        match script::device_with_files(device, Path::new("")) {
            Ok(device) => self.add_whole(device),
            Err(error) => Answer::ready(Err(error.into())),
        }
    }

    /// The same with what it reads from files.
    pub(crate) fn add_whole(self, device: (Device, Files)) -> Answer<AddedDevice> {
        let caller = self.broker.caller.clone();
        let added = caller.disturb(Capability::Devices, move |machines, backend| {
            machines.add_device(backend, device, false)
        });
        let guard = |name| AddedDevice {
            caller,
            name,
            kept: false,
        };
        Answer::new(async move { added.await.map(guard) })
    }

    /// Removes the device or group of this name: its clients say goodbye. Returns whether there was one.
    ///
    /// # Errors
    /// The engine is not ours, or the broker has stopped.
    ///
    /// ```
    /// use broker::device::Device;
    ///
    /// let broker = broker::Broker::builder().device(Device::new("lamp")).start().wait()?;
    /// broker.wait_connected("lamp").wait()?;
    /// assert!(broker.devices().remove("lamp").wait()?);
    /// broker.wait_disconnected("lamp").wait()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn remove(&self, name: impl Into<String>) -> Answer<bool> {
        let name = name.into();
        self.broker
            .caller
            .disturb(Capability::Devices, move |machines, backend| {
                Ok::<_, Error>(machines.remove_device(backend, &name))
            })
    }

    /// Removes all devices, and says how many clients they were: they say goodbye. [`Broker::reset`] brings those back that were
    /// there at the start.
    ///
    /// # Errors
    /// The engine is not ours, or the broker has stopped.
    ///
    /// ```
    /// use broker::device::Device;
    ///
    /// let broker = broker::Broker::builder().device(Device::new("lamp").count(3)).start().wait()?;
    /// assert_eq!(broker.devices().clear().wait()?, 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clear(&self) -> Answer<usize> {
        self.broker
            .caller
            .disturb(Capability::Devices, move |machines, backend| {
                Ok::<_, Error>(machines.clear_devices(backend))
            })
    }

    /// How each client of each device is doing: whether it is connected, what it has published and received.
    ///
    /// # Errors
    /// The engine is not ours, or the broker has stopped.
    ///
    /// ```
    /// use broker::device::Device;
    ///
    /// let broker = broker::Broker::builder().device(Device::new("lamp").count(3)).start().wait()?;
    /// broker.wait_connected("lamp-3").wait()?;
    /// let all = broker.devices().list().wait()?;
    /// assert_eq!((all.len(), &*all[2].client_id, all[2].connects), (3, "lamp-3", 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn list(&self) -> Answer<Vec<DeviceStatus>> {
        let caller = &self.broker.caller;
        caller.disturb(Capability::Devices, |machines, _| {
            Ok::<_, Error>(machines.list_devices())
        })
    }
}

/// A device that was added; see [`BrokerDevices::add`]. It is removed when this is dropped.
///
/// ```
/// use broker::device::Device;
///
/// let broker = broker::Broker::start().wait()?;
/// {
///     let _lamp = broker.devices().add(Device::new("lamp")).wait()?;
///     broker.wait_connected("lamp").wait()?;
/// }
/// broker.wait_disconnected("lamp").wait()?;
/// assert!(broker.devices().list().wait()?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "the device is removed when this is dropped: keep it, or call `.keep()`"]
pub struct AddedDevice {
    caller: Caller,
    name: Arc<str>,
    kept: bool,
}

impl AddedDevice {
    /// It stays, until it is removed by its name or by a [`reset`](Broker::reset).
    pub fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for AddedDevice {
    fn drop(&mut self) {
        if !self.kept {
            let name = self.name.clone();
            self.caller
                .send(Command::Disturb(Box::new(move |machines, backend| {
                    machines.remove_this_device(backend, &name);
                })));
        }
    }
}
