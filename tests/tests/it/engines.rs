//! The same scenarios over every engine: our own, stock rumqttd, and the relay before our own and before Debian's
//! mosquitto. What an engine has not as described is skipped, and said so with the capability. The short ones
//! (`checks`) are held against the table both ways: what it denies an engine must fail there.

mod checks;

use std::io::Write as _;

use broker::settings::{BrokerSettings, EngineKind};
use broker::wire::{Connect, Version};
use broker::{Capability, EngineName, Error, QoS, Support, expect};
use checks::CHECKS;
use tests::harness::scenarios::{Scenarios, all, settings_for};
use tests::harness::{Client, Embedded, Mosquitto, hello, message};

/// What of these capabilities the engine does not have as described.
fn missing(engine: EngineName, needs: &[Capability]) -> Option<(Capability, Support)> {
    needs
        .iter()
        .map(|&need| (need, engine.support(need)))
        .find(|(_, support)| !matches!(support, Support::Yes | Support::Upstream))
}

/// Past the test framework, which keeps the output of tests that pass to itself.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn rumqttd(settings: &mut BrokerSettings) {
    settings.engine.kind = EngineKind::Rumqttd;
    // One millisecond between connections is its default, and nobody's wish here.
    settings.rumqttd.next_connection_delay_millis = 0;
}

/// A relay before our own broker, which has these settings.
fn relayed(change: impl FnOnce(&mut BrokerSettings)) -> (Embedded, Embedded) {
    let behind = Embedded::start_with(change);
    let url = behind.url();
    (
        Embedded::start_with(|settings| settings.upstream.url = url),
        behind,
    )
}

/// Runs every scenario that the engine has all capabilities for.
fn run_all(engine: EngineName, program: Option<Scenarios>) {
    let Some(program) = program else { return };
    for level in [4, 5] {
        for (name, needs) in all(level) {
            if let Some((need, support)) = missing(engine, needs) {
                let how = support.how();
                say(&format!(
                    "skipped: {name} of {}, level {level}: the engine {engine}: {need}: {} {how}",
                    program.name,
                    support.word()
                ));
                continue;
            }
            println!("case: {name}, protocol level {level}");
            let (broker, _behind) = if engine == EngineName::Relay {
                let (relay, behind) = relayed(|settings| settings_for(name, settings));
                (relay, Some(behind))
            } else {
                let broker = Embedded::start_with(|settings| {
                    rumqttd(settings);
                    settings_for(name, settings);
                });
                (broker, None)
            };
            let finished = program.run(broker.addr(), level, name);
            assert_eq!(finished.stdout, [format!("ok {name}")], "{finished:#?}");
            assert_eq!(finished.code, Some(0), "{finished:#?}");
        }
    }
}

#[test]
fn paho_with_rumqttd() {
    run_all(EngineName::Rumqttd, Scenarios::paho());
}

#[test]
fn mqtt_js_with_rumqttd() {
    run_all(EngineName::Rumqttd, Scenarios::mqtt_js());
}

#[test]
fn paho_through_the_relay() {
    run_all(EngineName::Relay, Scenarios::paho());
}

#[test]
fn mqtt_js_through_the_relay() {
    run_all(EngineName::Relay, Scenarios::mqtt_js());
}

#[test]
fn the_table_says_what_each_engine_does() {
    let mut wrong = Vec::new();
    for (capability, check) in CHECKS {
        println!("case: {capability}");
        let native = Embedded::start();
        let embedded = Embedded::start_with(rumqttd);
        let (relay, _behind) = relayed(|_| {});
        for broker in [&native, &embedded, &relay] {
            let engine = broker.engine();
            let said = matches!(engine.support(*capability), Support::Yes | Support::Upstream);
            let found = check(broker.addr());
            if said != found {
                wrong.push(format!(
                    "{engine}: {capability}: the table says {said}, it is {found}"
                ));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn a_relay_before_mosquitto_does_as_mosquitto_does() {
    let Some(mosquitto) = Mosquitto::start("") else {
        return;
    };
    let relay = Embedded::start_with(|settings| settings.upstream.url = mosquitto.url());
    for (capability, check) in CHECKS {
        println!("case: {capability}");
        assert_eq!(check(relay.addr()), check(mosquitto.addr()), "{capability}");
    }
}

#[test]
fn what_an_engine_cannot_do_it_says_with_its_name() {
    let (relay, _behind) = relayed(|_| {});
    for broker in [Embedded::start_with(rumqttd), relay] {
        let engine = broker.engine();
        let says = |result: Result<(), Error>, what: Capability| {
            assert_eq!(engine.support(what), Support::No);
            let error = result.unwrap_err();
            assert_eq!(error.unsupported(), Some(what));
            let text = error.to_string();
            for part in [engine.name(), what.word(), "native can"] {
                assert!(text.contains(part), "{text}");
            }
        };
        let second = std::time::Duration::from_secs(1);
        let reason = broker::ReasonCode::BANNED;
        broker.block_on(async {
            says(broker.state().await.map(drop), Capability::State);
            says(broker.reset().await, Capability::Reset);
            says(broker.snapshot().await.map(drop), Capability::Snapshot);
            says(
                broker.restart(broker::Restart::KeepState).await,
                Capability::Restart,
            );
            says(broker.clear_retained().await.map(drop), Capability::ClearRetained);
            says(
                broker.disconnect("a", reason).await.map(drop),
                Capability::Administration,
            );
            says(
                broker.delete_session("a").await.map(drop),
                Capability::Administration,
            );
            let message = broker::Injected::text("a", "x");
            says(broker.publish(message).await.map(drop), Capability::Inject);
            says(broker.devices().list().await.map(drop), Capability::Devices);
            says(broker.settle().await, Capability::Settle);
            says(broker.wait_acked("a").await, Capability::WaitAcked);
            // These it can.
            let before = broker.clock().now().await.unwrap();
            broker.clock().freeze().await.unwrap();
            broker.clock().advance(second).await.unwrap();
            assert!(broker.clock().now().await.unwrap() >= before + second);
            broker.clock().resume().await.unwrap();
            broker::Broker::stats(&broker).await.unwrap();
            broker.journal().all().await.unwrap();
        });
    }
}

#[test]
fn expectations_work_with_every_engine() {
    let native = Embedded::start();
    let embedded = Embedded::start_with(rumqttd);
    let (relay, _behind) = relayed(|_| {});
    for broker in [native, embedded, relay] {
        println!("case: {}", broker.engine());
        let mut client = Client::connect(
            broker.addr(),
            &Connect {
                keep_alive_secs: 60,
                ..hello(Version::V5, "lamp")
            },
        );
        client.subscribe("home/+", QoS::AtLeastOnce);
        client.publish(&message("home/lamp", r#"{"on":true}"#, QoS::AtLeastOnce));
        client.receive();
        broker.block_on(async {
            let order = expect::connect()
                .then(expect::subscribe())
                .then(expect::publish("home/lamp").from("lamp").qos(1))
                .then(expect::publish("home/+").to("lamp"));
            broker.expect(order).await;
        });
    }
}

#[test]
fn hooks_of_the_program_are_for_our_own_engine() {
    let builder = broker::Broker::builder()
        .engine(EngineName::Rumqttd)
        .check_login(|_| Ok(()));
    let error = builder.start().wait().unwrap_err().to_string();
    assert!(
        error.contains("rumqttd") && error.contains("check_login"),
        "{error}"
    );
}
