//! The command line's flags, and the settings that they stand for.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Parser};
use settings::{Error, Loaded, Loader};

use crate::builder::engine_of;
use crate::capability;

/// The settings file that is read if no other is named.
pub(super) const DEFAULT_FILE: &str = "citronella.toml";

/// The one that is read if that is not there: where mosquitto's Docker image has it.
const MOSQUITTO_FILE: &str = "/mosquitto/config/mosquitto.conf";

const EXAMPLES: &str = "\
Examples:
  broker --tls --ws                      on ports 8883 and 9001, too; 1883 takes both anyway
  broker -p 0 --ready-file broker.addr   on a free port, for a script that waits for the file
Settings: the file, then variables such as CITRONELLA_PORT, then flags; the later wins.";

/// An MQTT 3.1, 3.1.1 and 5.0 broker for tests, teaching and local work.
// Values are taken as text here. The settings check them, all together and with messages of one style. `--help` prints
// these comments, so they have no backticks.
#[allow(clippy::doc_markdown)]
#[derive(Debug, Parser)]
#[command(
    name = "broker",
    display_name = "citronella",
    version,
    after_help = EXAMPLES,
    max_term_width = 110,
    args_conflicts_with_subcommands = true,
    override_usage = "broker [OPTIONS] | broker <COMMAND>",
    disable_help_subcommand = true
)]
pub(super) struct Flags {
    #[command(subcommand)]
    pub(super) command: Option<super::command::Command>,

    /// Port to listen on, 0 for any free one [default: 1883]
    // Taken more than once so that the answer can say what to do.
    #[arg(short, long, value_name = "PORT", allow_negative_numbers = true)]
    port: Vec<String>,

    /// IP address to listen on; repeatable [default: 127.0.0.1 and ::1]
    #[arg(long, value_name = "ADDR", value_delimiter = ',')]
    bind: Vec<String>,

    /// Listen for TLS alone, too [default port: 8883]
    #[arg(long, value_name = "PORT", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    tls: Option<String>,

    /// Listen for WebSocket alone, too [default port: 9001]
    #[arg(long, value_name = "PORT", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    ws: Option<String>,

    /// Fault of the certificate shown: expired, wrong_host, unknown_ca, …
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,

    /// Directory to keep the CA in from one start to the next
    #[arg(long, value_name = "DIR")]
    state_dir: Option<PathBuf>,

    /// TOML or mosquitto.conf; repeatable [default: citronella.toml, if there]
    #[arg(short, long, value_name = "FILE")]
    config: Vec<PathBuf>,

    /// What answers: native or rumqttd [default: native]
    #[arg(long, value_name = "ENGINE")]
    engine: Option<String>,

    /// Pass all on to this mqtt:// or mqtts:// URL; recording:FILE answers
    #[arg(long, value_name = "URL")]
    upstream: Option<String>,

    /// Any setting by its key, as --print-config lists them; repeatable
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value)]
    set: Vec<(String, String)>,

    /// Show every packet; -vv uncut, and ends of sessions too
    #[arg(short, long, action = ArgAction::Count)]
    verbose: u8,

    /// Print one JSON object a line, for programs
    #[arg(long)]
    json: bool,

    // Known so that the answer can say what to do.
    #[arg(
        short = 'd',
        long,
        hide = true,
        help = "mosquitto's flag for the background: says what to do instead"
    )]
    daemon: bool,

    /// File for the addresses, there from ready to the end
    #[arg(long, value_name = "PATH")]
    ready_file: Option<PathBuf>,

    /// File for the journal: .jsonl, .pcapng, .txt or .mmd by its ending
    #[arg(long, value_name = "PATH")]
    journal: Option<PathBuf>,

    /// Record every session to this file, for broker play and broker stubs
    #[arg(long, value_name = "PATH")]
    record: Option<PathBuf>,

    /// File of [[fault]], [[stub]] and [[device]] tables; repeatable
    #[arg(long, value_name = "FILE")]
    script: Vec<PathBuf>,

    /// Print every setting with its origin, and exit
    #[arg(long)]
    print_config: bool,

    /// Print what each engine can do, and exit
    #[arg(long, hide = true)]
    print_capabilities: bool,
}

/// What `-d` is answered with.
const INSTEAD_OF_DAEMON: &str = "-d: the broker does not go into the background by itself; let systemd run it, or `docker run -d`, or write \
    `broker … &`";

/// What a second `-p` is answered with.
const INSTEAD_OF_PORTS: &str = "-p: is given more than once; it is for the main port. Each further one is a `[[listener]]` with its \
    `port` in a settings file, or a `listener` line in a mosquitto.conf; without a file: `--set 'listener[0].port=1884'`";

/// The loader of these files, or of the usual ones where there are none.
pub(super) fn loader_of(files: Vec<PathBuf>) -> Loader {
    let usual = Loader::new()
        .default_file_if_present(DEFAULT_FILE)
        .default_file_if_present(MOSQUITTO_FILE);
    files.into_iter().fold(usual, Loader::file)
}

/// The loader with `--script`.
pub(super) fn with_scripts(loader: Loader, scripts: &[PathBuf]) -> Loader {
    let files: Vec<String> = scripts
        .iter()
        .map(|path| path.to_string_lossy().into_owned())
        .collect();
    if files.is_empty() {
        loader
    } else {
        loader.flag("--script", "script", files)
    }
}

/// What the flags ask for, with all settings read and checked.
pub(super) enum Plan {
    /// Run the broker.
    Run(Box<Loaded>),
    /// Print this and exit.
    Print(String),
}

impl Flags {
    /// Why the flags ask for something that is not to be had.
    pub(super) fn objection(&self) -> Option<&'static str> {
        if self.port.len() > 1 {
            return Some(INSTEAD_OF_PORTS);
        }
        self.daemon.then_some(INSTEAD_OF_DAEMON)
    }

    /// Reads and checks all layers of settings.
    pub(super) fn plan(self) -> Result<Plan, Error> {
        let (print_config, json) = (self.print_config, self.json);
        let print_capabilities = self.print_capabilities;
        let loaded = self.loader().env().load()?;
        if print_capabilities {
            let engine = engine_of(&loaded.settings);
            return Ok(Plan::Print(if json {
                format!("{}\n", capability::json(engine))
            } else {
                capability::text(engine)
            }));
        }
        Ok(match (print_config, json) {
            (false, _) => Plan::Run(Box::new(loaded)),
            (true, false) => Plan::Print(loaded.print()),
            (true, true) => Plan::Print(format!("{}\n", loaded.print_json())),
        })
    }

    fn loader(self) -> Loader {
        let mut loader = loader_of(self.config);
        // These come before the flags with a name of their own, which win.
        for (key, value) in self.set {
            loader = loader.flag("--set", key, value);
        }
        if let Some(port) = self.port.into_iter().next() {
            loader = loader.flag("--port", "port", port);
        }
        if !self.bind.is_empty() {
            loader = loader.flag("--bind", "bind", self.bind);
        }
        for (flag, section, port) in [("--tls", "tls", self.tls), ("--ws", "websocket", self.ws)] {
            let Some(port) = port else { continue };
            loader = loader.flag(flag, format!("{section}.listen"), true);
            if !port.is_empty() {
                loader = loader.flag(flag, format!("{section}.port"), port);
            }
        }
        if let Some(preset) = self.preset {
            loader = loader.flag("--preset", "tls.preset", preset);
        }
        if let Some(path) = self.state_dir {
            loader = loader.flag("--state-dir", "state_dir", path.to_string_lossy().into_owned());
        }
        if let Some(engine) = self.engine {
            loader = loader.flag("--engine", "engine.kind", engine);
        }
        if let Some(url) = self.upstream {
            loader = loader.flag("--upstream", "upstream.url", url);
        }
        if self.verbose > 0 {
            // More than two `-v` are as good as two.
            loader = loader.flag("--verbose", "log.verbosity", self.verbose.min(2));
        }
        if self.json {
            loader = loader.flag("--json", "log.json", true);
        }
        if let Some(path) = self.ready_file {
            loader = loader.flag("--ready-file", "ready_file", path.to_string_lossy().into_owned());
        }
        if let Some(path) = self.journal {
            loader = loader.flag("--journal", "journal.file", path.to_string_lossy().into_owned());
        }
        loader = with_scripts(loader, &self.script);
        if let Some(path) = self.record {
            loader = loader.flag(
                "--record",
                "journal.recording",
                path.to_string_lossy().into_owned(),
            );
        }
        loader
    }
}

/// The arguments, with `--tls 8884` written as clap wants it: `--tls=8884`. A number alone means nothing else.
pub(super) fn joined(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut joined: Vec<OsString> = Vec::new();
    for argument in arguments {
        let is_number = argument.to_str().is_some_and(|text| text.parse::<u16>().is_ok());
        match joined.last_mut() {
            Some(before) if is_number && (before == "--tls" || before == "--ws") => {
                before.push("=");
                before.push(argument);
            }
            _ => joined.push(argument),
        }
    }
    joined
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) => Ok((key.trim().to_owned(), value.trim().to_owned())),
        None => Err("expected KEY=VALUE, such as limits.max_connections=5".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use settings::BrokerSettings;

    use super::*;

    fn loaded(line: &str) -> Result<Loaded, Error> {
        let flags = joined(line.split_whitespace().map(OsString::from));
        let flags = Flags::try_parse_from(flags).expect("the flags exist");
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
}
