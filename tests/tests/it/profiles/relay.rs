//! The same before another broker: what it does not hold, the relay does.

use broker::Broker;
use broker::expect::{publish, rule, violation};
use broker::profile::Mode;
use broker::wire::{QoS, Version};
use tests::harness::raw::{Client, message};

fn relay(mode: Mode) -> (Broker, Broker) {
    let real = Broker::start().wait().unwrap();
    let relay = Broker::builder()
        .upstream(&real.url())
        .profile("aws-iot")
        .profile_mode(mode)
        .start()
        .wait()
        .unwrap();
    (real, relay)
}

#[test]
fn what_would_not_pass_is_told_and_passes() {
    let (real, relay) = relay(Mode::Warn);
    let mut lamp = Client::new(relay.addr(), Version::V5, "lamp");
    lamp.start_publish(&message("a", "on", QoS::ExactlyOnce));
    real.expect(publish("a").from("lamp").qos(2)).wait();
    let told = violation()
        .of("lamp")
        .field("rule", "publish_qos")
        .field("enforced", false);
    relay.expect(told).wait();
}

#[test]
fn what_would_not_pass_does_not_reach_the_upstream() {
    let (real, relay) = relay(Mode::Enforce);
    let mut lamp = Client::new(relay.addr(), Version::V5, "lamp");
    lamp.start_publish(&message("a", "on", QoS::ExactlyOnce));
    lamp.closed();
    relay
        .expect(rule("profile aws-iot: publish_qos").fired(1))
        .unproven_is_enough()
        .wait();
    real.wait_disconnected("lamp").wait().unwrap();
    real.expect(publish("a")).never().wait();
}
