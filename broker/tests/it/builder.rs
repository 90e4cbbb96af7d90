//! A program's settings are checked as the settings in files are.

use broker::settings::BrokerSettings;

/// A setting, and the error about it.
type Case = (fn(&mut BrokerSettings), &'static str);

#[test]
fn a_value_that_the_program_refuses_is_refused_at_the_start() {
    let wrong: [Case; 6] = [
        (
            |settings| settings.session.receive_maximum = 0,
            "`session.receive_maximum` is 0, which is not allowed; expected an integer from 1 to 65535 (messages)",
        ),
        (
            |settings| settings.session.max_inflight = 0,
            "`session.max_inflight` is 0",
        ),
        (
            |settings| settings.capabilities.maximum_qos = 9,
            "`capabilities.maximum_qos` is 9, which is not allowed; expected an integer from 0 to 2",
        ),
        (
            |settings| settings.limits.max_packet_size_bytes = 1,
            "`limits.max_packet_size_bytes` is 1",
        ),
        (|settings| settings.bind.clear(), "`bind` is an empty list"),
        (
            |settings| settings.redirect.permanent = true,
            "`redirect.permanent` is true, but there is nowhere to redirect to",
        ),
    ];
    for (change, says) in wrong {
        let error = broker::Broker::builder()
            .configure(change)
            .start()
            .wait()
            .unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}
