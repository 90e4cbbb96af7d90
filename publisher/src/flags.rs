//! The command line of `publisher`, raw: the flags of `mosquitto_pub`.

use std::ffi::OsString;

use clap::Parser;
use client::{ConnectionFlags, MessageFlags, ScreenFlags};

/// Publishes messages to an MQTT broker and exits once they are acknowledged.
#[derive(Debug, Clone, Default, Parser)]
#[command(
    name = "publisher",
    version,
    disable_help_flag = true,
    disable_version_flag = true,
    args_override_self = true,
    after_help = "Example: publisher -t test/topic -m bar\n\nThe broker's address can also be given in the environment: \
                  MQTT_URL=mqtt://user:password@host:port"
)]
pub struct Flags {
    /// Topic to publish to
    #[arg(
        short,
        long,
        value_name = "TOPIC",
        allow_hyphen_values = true,
        help_heading = "Message"
    )]
    pub topic: Option<String>,
    /// Payload
    #[arg(
        short,
        long,
        value_name = "PAYLOAD",
        allow_hyphen_values = true,
        help_heading = "Message"
    )]
    pub message: Vec<OsString>,
    /// Read the payload from a file
    #[arg(
        short,
        long,
        value_name = "FILE",
        allow_hyphen_values = true,
        help_heading = "Message"
    )]
    pub file: Vec<OsString>,
    /// Read standard input; each line is a message
    #[arg(short = 'l', long, help_heading = "Message")]
    pub stdin_line: bool,
    /// Read standard input to its end as one message
    #[arg(short = 's', long, help_heading = "Message")]
    pub stdin_file: bool,
    /// Send an empty payload
    #[arg(short, long, help_heading = "Message")]
    pub null_message: bool,
    /// QoS: 0, 1 or 2 [default: 0]
    #[arg(
        short,
        long,
        value_name = "QOS",
        allow_hyphen_values = true,
        help_heading = "Message"
    )]
    pub qos: Option<String>,
    /// Ask the broker to retain the message
    #[arg(short, long, help_heading = "Message")]
    pub retain: bool,
    /// Publish the message this many times
    #[arg(
        long,
        value_name = "COUNT",
        allow_hyphen_values = true,
        help_heading = "Message"
    )]
    pub repeat: Option<String>,
    /// Wait this long between two of them, seconds
    #[arg(
        long,
        value_name = "SECONDS",
        allow_hyphen_values = true,
        help_heading = "Message"
    )]
    pub repeat_delay: Option<String>,

    /// Ask, and wait for the answer on this topic; version 5 sends it along with Correlation Data
    #[arg(
        short = 'e',
        long,
        value_name = "TOPIC",
        allow_hyphen_values = true,
        help_heading = "Request"
    )]
    pub response_topic: Option<String>,
    /// Exit with 27 if no answer comes within this many seconds [default: 10]
    #[arg(
        short = 'W',
        value_name = "SECONDS",
        requires = "response_topic",
        allow_hyphen_values = true,
        help_heading = "Request"
    )]
    pub timeout: Option<String>,

    /// Publish what subscriber --record wrote, with its pauses; - is standard input
    #[arg(
        long,
        value_name = "FILE",
        allow_hyphen_values = true,
        help_heading = "Replay"
    )]
    pub replay: Option<String>,
    /// How fast: 1x, 2x, 0.5x, or max for no pauses [default: 1x]
    #[arg(
        long,
        value_name = "SPEED",
        requires = "replay",
        allow_hyphen_values = true,
        help_heading = "Replay"
    )]
    pub speed: Option<String>,

    /// Publish as much as the flags below say, receive it again, and print figures
    #[arg(long, help_heading = "Load")]
    pub load: bool,
    /// How many clients publish [default: 1]
    #[arg(
        long,
        value_name = "COUNT",
        requires = "load",
        allow_hyphen_values = true,
        help_heading = "Load"
    )]
    pub clients: Option<String>,
    /// How many messages a second, all clients together [default: as many as possible]
    #[arg(
        long,
        value_name = "COUNT",
        requires = "load",
        allow_hyphen_values = true,
        help_heading = "Load"
    )]
    pub rate: Option<String>,
    /// Bytes of a payload, 8 or more [default: 64]
    #[arg(
        long,
        value_name = "BYTES",
        requires = "load",
        allow_hyphen_values = true,
        help_heading = "Load"
    )]
    pub size: Option<String>,
    /// For how long: 5s, 500ms, 1m [default: 5s, or until --repeat messages are sent]
    #[arg(
        long,
        value_name = "TIME",
        requires = "load",
        allow_hyphen_values = true,
        help_heading = "Load"
    )]
    pub duration: Option<String>,
    /// Do not receive the messages: no latencies, and no cost of them
    #[arg(long, requires = "load", help_heading = "Load")]
    pub send_only: bool,

    /// How an answer is printed.
    #[command(flatten)]
    pub response: MessageFlags,
    /// What else is shown.
    #[command(flatten)]
    pub screen: ScreenFlags,
    /// What both programs share.
    #[command(flatten)]
    pub connection: ConnectionFlags,
}
