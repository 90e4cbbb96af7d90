//! What the program does instead of running a broker.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Subcommand;

#[cfg(feature = "contracts")]
use super::asyncapi::AsyncApi;
#[cfg(feature = "tls")]
use super::certificates::{Ca, Cert};
use super::check::Check;
use super::ctl::Ctl;
use super::health::Health;
use super::lesson::Lesson;
use super::lint::Lint;
use super::log::complain;
use super::passwd::Passwd;
use super::play::Play;
use super::profiles::Profiles;
#[cfg(feature = "contracts")]
use super::sparkplug::SparkplugB;
use super::stubs::Stubs;

/// What to do instead of running a broker.
// `--help` prints these comments.
#[allow(clippy::doc_markdown)]
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Say what is wrong with a settings file or a mosquitto.conf, and print it as TOML
    Check(Check),
    /// Say whether a broker answers, for containers and services: exit code 0 or 1
    Health(Health),
    /// Ask and steer a running broker over its control API
    Ctl(Ctl),
    /// Lessons about MQTT: list them, take one on a broker, check its exercise
    Lesson(Lesson),
    /// Add users to a password file, change or remove them, as mosquitto_passwd does
    Passwd(Passwd),
    /// Play a recording: its clients to a broker, or its broker's answers to a client
    Play(Play),
    /// What other brokers would not take: list, show
    Profile(Profiles),
    /// Say what of a recording another broker would not take
    Lint(Lint),
    /// Print stubs that answer as the clients of a recording did
    Stubs(Stubs),
    /// Check an AsyncAPI document, hold a recording against it, or make one of a recording
    #[cfg(feature = "contracts")]
    #[command(name = "asyncapi")]
    AsyncApi(AsyncApi),
    /// Hold a recording against Sparkplug 3.0.0, or print its rules
    #[cfg(feature = "contracts")]
    #[command(hide = true)]
    Sparkplug(SparkplugB),
    /// Print the CA's certificate in PEM, for clients to trust
    #[cfg(feature = "tls")]
    Ca(Ca),
    /// Make a client's certificate and key: NAME.pem and NAME-key.pem
    #[cfg(feature = "tls")]
    Cert(Cert),
}

/// Why there is no answer.
pub(super) enum Failure {
    /// A flag or a setting is wrong.
    Usage(String),
    Other(String),
}

impl Command {
    /// Does it.
    pub(super) fn run(self) -> ExitCode {
        match self {
            Self::Check(check) => check.run(),
            Self::Health(health) => health.run(),
            Self::Ctl(ctl) => ctl.run(),
            Self::Lesson(lesson) => lesson.run(),
            Self::Passwd(passwd) => finish(passwd.run()),
            Self::Play(play) => play.run(),
            Self::Profile(profiles) => finish(profiles.run()),
            Self::Lint(lint) => lint.run(),
            Self::Stubs(stubs) => stubs.run(),
            #[cfg(feature = "contracts")]
            Self::AsyncApi(asyncapi) => asyncapi.run(),
            #[cfg(feature = "contracts")]
            Self::Sparkplug(sparkplug) => sparkplug.run(),
            #[cfg(feature = "tls")]
            Self::Ca(ca) => finish(ca.run()),
            #[cfg(feature = "tls")]
            Self::Cert(cert) => finish(cert.run()),
        }
    }
}

/// Prints what a subcommand found out.
fn finish(result: Result<String, Failure>) -> ExitCode {
    match result {
        Ok(text) => {
            let _ = io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(Failure::Usage(error)) => {
            complain(&error);
            ExitCode::from(2)
        }
        Err(Failure::Other(error)) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}
