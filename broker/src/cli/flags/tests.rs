use clap::CommandFactory;
use settings::BrokerSettings;

use super::*;

fn loaded(line: &str) -> Result<Loaded, Error> {
    let flags = parse(line.split_whitespace().map(OsString::from)).expect("the flags exist");
    flags.loader().load()
}

#[test]
fn the_definition_holds_together() {
    Flags::command().debug_assert();
}

#[test]
fn no_flag_means_the_defaults() {
    assert_eq!(loaded("broker").unwrap().settings, BrokerSettings::default());
}

#[test]
fn the_defaults_that_help_tells_are_the_defaults() {
    let help = Flags::command().render_help().to_string();
    let defaults = BrokerSettings::default();
    let [first, second] = defaults.bind.as_slice() else {
        panic!("two addresses by default");
    };
    assert!(help.contains(&format!("[default: {}]", defaults.port)), "{help}");
    assert!(
        help.contains(&format!("[default: {first} and {second}]")),
        "{help}"
    );
    assert!(help.contains(&format!("[default: {DEFAULT_FILE}, if")), "{help}");
    for port in [defaults.tls.port, defaults.websocket.port] {
        assert!(help.contains(&format!("[default port: {port}]")), "{help}");
    }
}

#[test]
fn each_flag_sets_its_setting() {
    let line = "broker -p 7 --bind 127.0.0.1,::1 --bind 10.0.0.1 -v --json --ready-file a/b --journal c/d.txt --set sys.interval_secs=0";
    let settings = loaded(line).unwrap().settings;
    assert_eq!(settings.port, 7);
    let bind: Vec<String> = settings.bind.iter().map(ToString::to_string).collect();
    assert_eq!(bind, ["127.0.0.1", "::1", "10.0.0.1"]);
    assert_eq!((settings.log.verbosity, settings.log.json), (1, true));
    assert_eq!(settings.ready_file, "a/b");
    assert_eq!(settings.journal.file, "c/d.txt");
    assert_eq!(settings.sys.interval_secs, 0);
    assert_eq!(loaded("broker -vvvv").unwrap().settings.log.verbosity, 2);
    assert!(
        loaded("broker -q --set log.verbosity=1")
            .unwrap()
            .settings
            .log
            .quiet
    );
    assert!(
        !loaded("broker -v --set log.quiet=true")
            .unwrap()
            .settings
            .log
            .quiet
    );
}

#[test]
fn tls_and_ws_open_a_port_of_their_own_and_may_name_it() {
    let settings = loaded("broker --tls --ws=9002").unwrap().settings;
    assert_eq!((settings.tls.listen, settings.tls.port), (true, 8883));
    assert_eq!((settings.websocket.listen, settings.websocket.port), (true, 9002));
    let settings = loaded("broker --tls 8884 --ws").unwrap().settings;
    assert_eq!((settings.tls.port, settings.websocket.port), (8884, 9001));
    let settings = loaded("broker -p 0 --tls --ws=9002 --preset revoked --state-dir here")
        .unwrap()
        .settings;
    assert_eq!((settings.tls.port, settings.websocket.port), (0, 9002));
    assert_eq!(
        (settings.tls.preset.name(), &*settings.state_dir),
        ("revoked", "here")
    );
    let error = loaded("broker --tls=x --preset gone").unwrap_err().to_string();
    assert!(
        error.contains("flag --tls: `tls.port` is \"x\"; expected an integer from 0 to 65535"),
        "{error}"
    );
    assert!(
        error.contains("flag --preset: `tls.preset` is \"gone\""),
        "{error}"
    );
}

#[test]
fn a_flag_of_its_own_wins_over_set() {
    assert_eq!(loaded("broker --port 7 --set port=8").unwrap().settings.port, 7);
    assert_eq!(
        loaded("broker --set port=7 --set port=8").unwrap().settings.port,
        8
    );
}

#[test]
fn every_mistake_is_told_at_once() {
    let error = loaded("broker -p -1 --bind here --set limits.max_conections=5").unwrap_err();
    let text = error.to_string();
    assert_eq!(error.problems().len(), 3, "{text}");
    for part in [
        "--port",
        "--bind",
        "--set",
        "did you mean `limits.max_connections`",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_value_may_hold_equals_signs() {
    assert_eq!(
        key_and_value("a = b=c").unwrap(),
        ("a".to_owned(), "b=c".to_owned())
    );
    assert!(key_and_value("a").unwrap_err().contains("KEY=VALUE"));
}
