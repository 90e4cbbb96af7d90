//! The command line's flags, and the settings that they stand for.

mod help;
mod objection;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::PathBuf;

#[cfg(feature = "generate")]
use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue};
use clap::{ArgAction, Parser};
use settings::{Error, Loaded, Loader, Origin};

use crate::builder::engine_of;
use crate::capability;
use crate::cli::manner::Manner;

/// The settings file that is read if no other is named.
pub(super) const DEFAULT_FILE: &str = "citronella.toml";

/// The one that is read if that is not there: where mosquitto's Docker image has it.
const MOSQUITTO_FILE: &str = "/mosquitto/config/mosquitto.conf";

/// An MQTT 3.1, 3.1.1 and 5.0 broker for tests, teaching and local work.
// Values are taken as text here. The settings check them, all together and with messages of one style. `--help` prints
// these comments, so they have no backticks.
#[allow(clippy::doc_markdown)]
#[derive(Debug, Parser)]
#[command(
    name = "broker",
    display_name = "citronella",
    version,
    help_template = help::template(),
    after_help = help::after(),
    max_term_width = 110,
    args_conflicts_with_subcommands = true,
    override_usage = "broker [OPTIONS] [-- COMMAND ARGS…] | broker <COMMAND>",
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

    // Here and below: what newcomers need least is hidden, so that `--help` fits a screen. `docs/BROKER.md` has all of it.
    /// Fault of the certificate shown: expired, wrong_host, unknown_ca, …
    #[arg(long, hide = true, value_name = "NAME")]
    preset: Option<String>,

    /// Directory that keeps state and CA from one start to the next
    #[arg(long, value_name = "DIR")]
    state_dir: Option<PathBuf>,

    /// TOML or mosquitto.conf; repeatable [default: citronella.toml, if there]
    #[arg(short, long, value_name = "FILE")]
    config: Vec<PathBuf>,

    /// Read no settings file, not the usual one either
    #[arg(long, hide = true)]
    no_config: bool,

    /// What answers: native or rumqttd [default: native]
    #[arg(long, hide = true, value_name = "ENGINE")]
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

    /// Print the first line alone; with --json the last one, too
    #[arg(short, long, hide = true)]
    quiet: bool,

    /// Print one JSON object a line, for programs
    #[arg(long)]
    json: bool,

    /// Come back once it listens, and let it go on in the background
    #[arg(short, long)]
    daemon: bool,

    /// Show the console in this terminal: ladder, clients, topics; ? lists keys
    #[cfg(feature = "watch")]
    #[arg(long, hide = true)]
    watch: bool,

    // The one in the background is told so.
    #[arg(
        long,
        hide = true,
        help = "for the program itself: it is the one that --daemon started"
    )]
    detached: bool,

    /// Stop when this process ends, also when it is killed
    #[arg(long, hide = true, value_name = "PID", allow_hyphen_values = true)]
    parent_pid: Option<String>,

    /// File for the addresses, there from ready to the end
    #[arg(long, hide = true, value_name = "PATH")]
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

    #[command(flatten)]
    profile: super::profiles::ProfileFlags,

    #[command(flatten)]
    contracts: super::contracts::ContractFlags,

    /// Print every setting with its origin, and exit
    #[arg(long, hide = true)]
    print_config: bool,

    /// Print what each engine can do, and exit
    #[arg(long, hide = true)]
    print_capabilities: bool,

    /// Print completions for a shell, or the manual page: bash, zsh, fish, elvish, powershell or man
    #[cfg(feature = "generate")]
    #[arg(
        long,
        hide = true,
        value_name = "WHAT",
        value_enum,
        hide_possible_values = true
    )]
    generate: Option<super::generate::Generated>,

    /// The command after `--`, where there is a `--`.
    #[arg(skip)]
    task: Option<Vec<OsString>>,
}

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
    Run { loaded: Box<Loaded>, manner: Manner },
    /// Run it in the background, and come back when it listens.
    Detach,
    /// Print this and exit.
    Print(String),
    /// Say why not.
    Refuse(&'static str),
}

impl Flags {
    /// Reads and checks all layers of settings.
    pub(super) fn plan(mut self) -> Result<Plan, Error> {
        #[cfg(feature = "generate")]
        if let Some(what) = self.generate {
            return Ok(Plan::Print(what.text(Self::command())));
        }
        let (print_config, json) = (self.print_config, self.json);
        let print_capabilities = self.print_capabilities;
        let starts_another = self.is_for_background();
        let has_profile_mode = self.profile.profile_mode.is_some();
        let manner = Manner {
            // That it can be read is known.
            parent: self.parent().ok().flatten(),
            task: self.task.take().unwrap_or_default(),
            is_detached: self.detached,
            fails_on_violation: self.profile.fail_on_violation,
            #[cfg(feature = "watch")]
            is_watched: self.watch,
        };
        let loader = self.loader().env();
        let mut loaded = loader.clone().load()?;
        if !manner.task.is_empty() && loaded.settings.listen && *loaded.origin("port") == Origin::Default {
            // The command is told where the broker is, so that any port does, and many can run at a time.
            loaded = loader.flag("--", "port", 0).load()?;
        }
        if print_capabilities {
            let engine = engine_of(&loaded.settings);
            return Ok(Plan::Print(if json {
                format!("{}\n", capability::json(engine))
            } else {
                capability::text(engine)
            }));
        }
        if let Some(why) =
            objection::to_settings(&loaded.settings, manner.fails_on_violation, has_profile_mode)
                .filter(|_| !print_config)
        {
            return Ok(Plan::Refuse(why));
        }
        Ok(match (print_config, json) {
            (true, false) => Plan::Print(loaded.print()),
            (true, true) => Plan::Print(format!("{}\n", loaded.print_json())),
            (false, _) if starts_another => Plan::Detach,
            (false, _) => {
                #[cfg(feature = "watch")]
                if let Some(why) = manner.refusal(&loaded.settings.log) {
                    return Ok(Plan::Refuse(why));
                }
                manner.fit(&mut loaded.settings.log);
                Plan::Run {
                    loaded: Box::new(loaded),
                    manner,
                }
            }
        })
    }

    fn loader(self) -> Loader {
        let mut loader = loader_of(self.config);
        if self.no_config {
            loader = loader.without_files();
        }
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
        // Each takes the other back, which a file or a variable may have said.
        if self.verbose > 0 {
            // More than two `-v` are as good as two.
            loader = loader
                .flag("--verbose", "log.verbosity", self.verbose.min(2))
                .flag("--verbose", "log.quiet", false);
        }
        if self.quiet {
            loader = loader
                .flag("--quiet", "log.quiet", true)
                .flag("--quiet", "log.verbosity", 0);
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
        loader = self.profile.layer(loader);
        loader = self.contracts.layer(loader);
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

/// Reads the arguments. What stands behind `--` is a command, unless it is for a subcommand.
pub(super) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Flags, clap::Error> {
    let arguments = joined(arguments);
    let mut halves = arguments.splitn(2, |argument| argument == "--");
    let own = halves.next().unwrap_or_default();
    let parsed = match (Flags::try_parse_from(own), halves.next()) {
        (Ok(flags), Some(task)) if flags.command.is_none() => Ok(Flags {
            task: Some(task.to_vec()),
            ..flags
        }),
        (flags, None) => flags,
        // Where something is wrong, that is told of the whole.
        _ => Flags::try_parse_from(&arguments),
    };
    parsed.map_err(with_tip)
}

/// With the flag for what other programs have a subcommand for.
fn with_tip(mut error: clap::Error) -> clap::Error {
    let looks_for_completions = matches!(
        error.get(ContextKind::InvalidSubcommand),
        Some(ContextValue::String(word)) if word.starts_with("completion")
    );
    if looks_for_completions && cfg!(feature = "generate") {
        let tip = "`broker --generate bash` prints completions; zsh, fish, elvish, powershell, man";
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

/// The arguments, up to those of a command, with `--tls 8884` written as clap wants it: `--tls=8884`. A number alone means nothing else.
fn joined(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut joined: Vec<OsString> = Vec::new();
    let mut arguments = arguments.into_iter();
    for argument in arguments.by_ref() {
        if argument == "--" {
            joined.push(argument);
            break;
        }
        let is_number = argument.to_str().is_some_and(|text| text.parse::<u16>().is_ok());
        match joined.last_mut() {
            Some(before) if is_number && (before == "--tls" || before == "--ws") => {
                before.push("=");
                before.push(argument);
            }
            _ => joined.push(argument),
        }
    }
    joined.extend(arguments);
    joined
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) => Ok((key.trim().to_owned(), value.trim().to_owned())),
        None => Err("expected KEY=VALUE, such as limits.max_connections=5".to_owned()),
    }
}
