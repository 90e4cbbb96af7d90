//! Simulated devices speak while sockets are written to: what they say waits until it is kept, and no longer.

use broker::QoS;
use broker::device::{Device, Every, Telemetry};
use broker::wire::Version;
use tests::harness::Client;
use tests::harness::folder::Folder;

#[test]
fn the_only_message_of_a_device_comes() {
    let folder = Folder::new();
    let broker = super::start(&folder);
    let mut client = Client::new(broker.addr(), Version::V5, "hears");
    client.subscribe("lamp/#", QoS::AtLeastOnce);
    for (name, qos) in [("zero", 0), ("one", 1)] {
        // Nothing follows for an hour.
        let says = Telemetry::new(format!("lamp/{name}"), Every::minutes(60), "on").qos(qos);
        let lamp = Device::new(name).publishes(says);
        let lamp = broker.devices().add(lamp).wait().expect("it can live");
        assert_eq!(client.receive().topic, format!("lamp/{name}"));
        drop(lamp);
    }
    super::shut_down(&broker);
}
