//! The command line of `subscriber`, raw: the flags of `mosquitto_sub`.

use clap::Parser;
use settings::client::ConnectionFlags;

/// Subscribes to topics of an MQTT broker and prints what arrives.
#[derive(Debug, Clone, Default, Parser)]
#[command(
    name = "subscriber",
    version,
    disable_help_flag = true,
    disable_version_flag = true,
    args_override_self = true,
    after_help = "Example: subscriber -t 'test/#' -v\n\nThe broker's address can also be given in the environment: \
                  MQTT_URL=mqtt://user:password@host:port"
)]
pub struct Flags {
    /// Topic filter to subscribe to; may be given several times
    #[arg(
        short,
        long,
        value_name = "FILTER",
        allow_hyphen_values = true,
        help_heading = "Subscription"
    )]
    pub topic: Vec<String>,
    /// Highest QoS to receive with: 0, 1 or 2; for all filters [default: 0]
    #[arg(
        short,
        long,
        value_name = "QOS",
        allow_hyphen_values = true,
        help_heading = "Subscription"
    )]
    pub qos: Option<String>,
    /// Unsubscribe from this filter; may be given several times
    #[arg(
        short = 'U',
        long,
        value_name = "FILTER",
        allow_hyphen_values = true,
        help_heading = "Subscription"
    )]
    pub unsubscribe: Vec<String>,
    /// Leave out messages whose topic matches; may be given several times
    #[arg(
        short = 'T',
        long,
        value_name = "FILTER",
        allow_hyphen_values = true,
        help_heading = "Subscription"
    )]
    pub filter_out: Vec<String>,
    /// Leave out retained messages
    #[arg(short = 'R', help_heading = "Subscription")]
    pub no_retain: bool,
    /// Only retained messages; exit when the first other one arrives
    #[arg(long, help_heading = "Subscription")]
    pub retained_only: bool,
    /// Clear each retained message that arrives from the broker
    #[arg(long, help_heading = "Subscription")]
    pub remove_retained: bool,
    /// Ask that messages keep the retain flag they were published with (version 5)
    #[arg(long, help_heading = "Subscription")]
    pub retain_as_published: bool,
    /// When the broker sends retained messages: always, new or never (version 5) [default: always]
    #[arg(
        long,
        value_name = "WHEN",
        allow_hyphen_values = true,
        help_heading = "Subscription"
    )]
    pub retain_handling: Option<String>,
    /// Print only this share of the messages, percent, chosen at random
    #[arg(
        long,
        value_name = "PERCENT",
        allow_hyphen_values = true,
        help_heading = "Subscription"
    )]
    pub random_filter: Option<String>,

    /// Exit after this many messages
    #[arg(
        short = 'C',
        value_name = "COUNT",
        allow_hyphen_values = true,
        help_heading = "End"
    )]
    pub count: Option<String>,
    /// Exit after this many seconds, with the code 27
    #[arg(
        short = 'W',
        value_name = "SECONDS",
        allow_hyphen_values = true,
        help_heading = "End"
    )]
    pub timeout: Option<String>,
    /// Exit once the subscription is acknowledged
    #[arg(short = 'E', help_heading = "End")]
    pub exit_after_subscribe: bool,

    /// Print the topic before the payload
    #[arg(short, long, help_heading = "Output")]
    pub verbose: bool,
    /// Print messages in this format: %t topic, %p payload, %j JSON, … (all sequences of mosquitto_sub)
    #[arg(
        short = 'F',
        value_name = "FORMAT",
        allow_hyphen_values = true,
        help_heading = "Output"
    )]
    pub format: Option<String>,
    /// Indent the JSON of %j and %J
    #[arg(long, help_heading = "Output")]
    pub pretty: bool,
    /// Print no line feed after a message
    #[arg(short = 'N', help_heading = "Output")]
    pub no_line_feed: bool,

    /// What both programs share.
    #[command(flatten)]
    pub connection: ConnectionFlags,
}
