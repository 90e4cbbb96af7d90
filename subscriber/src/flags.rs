//! The command line of `subscriber`, raw: the flags of `mosquitto_sub`.

use std::ffi::OsString;

use clap::{Args, Parser};
use client::{ConnectionFlags, MessageFlags, ScreenFlags};

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

    /// Write every message to this file, as lines of JSON that publisher --replay reads
    #[arg(
        long,
        value_name = "FILE",
        allow_hyphen_values = true,
        help_heading = "Output"
    )]
    pub record: Option<String>,

    /// On a terminal, keep a line for each topic, with its last message; in a pipe this changes nothing
    #[arg(short = 'w', long, help_heading = "Output")]
    pub watch: bool,
    /// Print how many messages came in each second, instead of the messages
    #[arg(long, help_heading = "Output")]
    pub message_rate: bool,

    /// What to wait for.
    #[command(flatten)]
    pub expect: ExpectFlags,
    /// How messages are printed.
    #[command(flatten)]
    pub message: MessageFlags,
    /// What else is shown.
    #[command(flatten)]
    pub screen: ScreenFlags,
    /// What both programs share.
    #[command(flatten)]
    pub connection: ConnectionFlags,
    /// Run this command once the subscription is acknowledged; what it prints goes to standard error
    #[arg(last = true, value_name = "COMMAND", help_heading = "End")]
    pub command: Vec<std::ffi::OsString>,
}

/// `--expect` and what belongs to it.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Expectation")]
pub struct ExpectFlags {
    /// Wait for a message to a topic that matches, and exit with 0; with 1 if none comes. Subscribes to it, too
    #[arg(long, value_name = "FILTER", allow_hyphen_values = true)]
    pub expect: Option<String>,
    /// How long to wait, from the subscription on, and for that before: 2s, 500ms, 1m [default: 5s]
    #[arg(long, value_name = "TIME", requires = "expect", allow_hyphen_values = true)]
    pub within: Option<String>,
    /// Its payload is this text
    #[arg(long, value_name = "TEXT", requires = "expect", allow_hyphen_values = true)]
    pub payload: Option<OsString>,
    /// Its payload is text that matches this regular expression
    #[arg(long, value_name = "REGEX", requires = "expect", allow_hyphen_values = true)]
    pub payload_matches: Option<String>,
    /// Its payload is JSON that has at least all of this
    #[arg(long, value_name = "JSON", requires = "expect", allow_hyphen_values = true)]
    pub payload_json: Option<String>,
    /// Its payload is JSON with this value at this JSON pointer, such as /list/0/name=x; may be repeated
    #[arg(
        long,
        value_name = "POINTER=VALUE",
        requires = "expect",
        allow_hyphen_values = true
    )]
    pub payload_at: Vec<String>,
    /// It is delivered with this QoS
    #[arg(long, value_name = "QOS", requires = "expect", allow_hyphen_values = true)]
    pub expect_qos: Option<String>,
    /// It is retained (yes), or not (no)
    #[arg(long, value_name = "YES|NO", requires = "expect", allow_hyphen_values = true)]
    pub expect_retain: Option<String>,
    /// How many: 3 is at least 3, =3 exactly 3, 0 none; the last two wait until time is up [default: 1]
    #[arg(long, value_name = "COUNT", requires = "expect", allow_hyphen_values = true)]
    pub expect_count: Option<String>,
}
