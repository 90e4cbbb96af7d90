//! The command line of `publisher`, raw: the flags of `mosquitto_pub`.

use clap::Parser;
use settings::client::ConnectionFlags;

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
    pub message: Vec<String>,
    /// Read the payload from a file
    #[arg(
        short,
        long,
        value_name = "FILE",
        allow_hyphen_values = true,
        help_heading = "Message"
    )]
    pub file: Vec<String>,
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

    /// What both programs share.
    #[command(flatten)]
    pub connection: ConnectionFlags,
}
