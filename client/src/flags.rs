//! The flags that both programs take, raw: names, meanings and defaults of mosquitto's clients. What they add up to
//! is decided in [`plan`](super::plan).

use std::ffi::OsString;

use clap::{ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};

use crate::tls::TlsFlags;

/// Connection, session, will and output of errors: the flags both programs share.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Connection")]
pub struct ConnectionFlags {
    /// Which flags a later `-L` replaces. It stands first, since reading the others takes their places away.
    #[command(flatten)]
    pub replaced: Replaced,
    /// Host to connect to [default: localhost, or MQTT_URL]
    #[arg(short = 'h', long, value_name = "HOST", allow_hyphen_values = true)]
    pub host: Option<String>,
    /// Port to connect to [default: 1883, with TLS 8883]
    #[arg(short, long, value_name = "PORT", allow_hyphen_values = true)]
    pub port: Option<String>,
    /// Everything at once, as a URL
    #[arg(
        help = "Everything at once: mqtt://[user[:password]@]host[:port][/topic]; or mqtts, ws, wss",
        short = 'L',
        long,
        value_name = "URL",
        allow_hyphen_values = true
    )]
    pub url: Option<String>,
    /// Look up the SRV records of the domain given with -h, and connect to the host that they name
    #[arg(short = 'S')]
    pub srv: bool,
    /// Ask this name server for them [default: those of /etc/resolv.conf]
    #[arg(long, value_name = "ADDRESS", requires = "srv", allow_hyphen_values = true)]
    pub dns: Option<String>,
    /// Connect through a Unix domain socket
    #[arg(long, value_name = "PATH", allow_hyphen_values = true)]
    pub unix: Option<String>,
    /// Bind the outgoing connection to this local address
    #[arg(short = 'A', value_name = "ADDRESS", allow_hyphen_values = true)]
    pub bind_address: Option<String>,
    /// Send small packets at once (TCP_NODELAY)
    #[arg(long)]
    pub nodelay: bool,
    /// Connect through a SOCKS5 proxy, which looks the host's name up too
    #[arg(
        help = "Connect through a proxy: socks5h://[user[:password]@]host[:port]",
        long,
        value_name = "URL",
        allow_hyphen_values = true
    )]
    pub proxy: Option<String>,
    /// Speak MQTT over WebSocket, as ws:// and wss:// do
    #[arg(long)]
    pub ws: bool,
    /// Path to ask for with WebSocket [default: /mqtt]
    #[arg(long, value_name = "PATH", allow_hyphen_values = true)]
    pub ws_path: Option<String>,
    /// User name
    #[arg(short, long, value_name = "NAME", allow_hyphen_values = true)]
    pub username: Option<String>,
    /// Password
    #[arg(short = 'P', long = "pw", value_name = "PASSWORD", allow_hyphen_values = true)]
    pub password: Option<OsString>,
    /// Client identifier [default: made up; version 5 lets the broker choose]
    #[arg(short, long, value_name = "ID", allow_hyphen_values = true)]
    pub id: Option<String>,
    /// Client identifier that begins with PREFIX and ends with the process id
    #[arg(short = 'I', long, value_name = "PREFIX", allow_hyphen_values = true)]
    pub id_prefix: Option<String>,
    /// Keep alive, seconds; 0 turns it off [default: 60]
    #[arg(short, long, value_name = "SECONDS", allow_hyphen_values = true)]
    pub keepalive: Option<String>,
    /// Keep the session when the client goes (clean session off); needs -i
    #[arg(short = 'c', long)]
    pub disable_clean_session: bool,
    /// Session expiry interval, seconds; -1 or ∞ for never (version 5)
    #[arg(short = 'x', long, value_name = "SECONDS", allow_hyphen_values = true)]
    pub session_expiry_interval: Option<String>,
    /// Version of MQTT: mqttv5, mqttv311, mqttv31 or 5, 311, 31 [default: mqttv311]
    #[arg(short = 'V', long, value_name = "VERSION", allow_hyphen_values = true)]
    pub protocol_version: Option<String>,
    /// Most messages of QoS 1 and 2 on their way at once [default: 20]
    #[arg(short = 'M', long, value_name = "COUNT", allow_hyphen_values = true)]
    pub max_inflight: Option<String>,

    /// Property of version 5
    #[arg(
        help = "Property of version 5: PACKET NAME [KEY] VALUE, where PACKET is connect, will, publish, subscribe, \
                unsubscribe or disconnect; may be repeated",
        short = 'D',
        long,
        value_name = "PROPERTY",
        allow_hyphen_values = true
    )]
    pub property: Vec<String>,
    /// Read options from FILE instead of $XDG_CONFIG_HOME/publisher or /subscriber; may be repeated
    // Taken out before clap sees it; here for --help.
    #[arg(short = 'o', value_name = "FILE", allow_hyphen_values = true)]
    pub option_file: Option<String>,

    /// Topic of the will, which the broker publishes if the client vanishes
    #[arg(long, value_name = "TOPIC", allow_hyphen_values = true, help_heading = "Will")]
    pub will_topic: Option<String>,
    /// Payload of the will [default: empty]
    #[arg(
        long,
        value_name = "PAYLOAD",
        allow_hyphen_values = true,
        help_heading = "Will"
    )]
    pub will_payload: Option<OsString>,
    /// QoS of the will: 0, 1 or 2 [default: 0]
    #[arg(long, value_name = "QOS", allow_hyphen_values = true, help_heading = "Will")]
    pub will_qos: Option<String>,
    /// Retain the will
    #[arg(long, help_heading = "Will")]
    pub will_retain: bool,

    /// Encryption.
    #[command(flatten)]
    pub tls: TlsFlags,

    /// Print what goes to and comes from the broker
    #[arg(short, long, help_heading = "Output")]
    pub debug: bool,
    /// Print no errors once the flags are understood
    #[arg(long, help_heading = "Output")]
    pub quiet: bool,

    /// Print this help
    #[arg(long, action = ArgAction::Help, help_heading = "Output")]
    pub help: Option<bool>,
    /// Print the program's version
    #[arg(long, action = ArgAction::Version, help_heading = "Output")]
    pub version: Option<bool>,
}

/// Which flags stand before `-L`, on the command line or in an option file: what `-L` says counts instead, as with
/// mosquitto's clients.
#[derive(Debug, Clone, Copy, Default)]
pub struct Replaced {
    pub(crate) host: bool,
    pub(crate) port: bool,
    pub(crate) username: bool,
    pub(crate) password: bool,
}

impl FromArgMatches for Replaced {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let place = |flag: &str| matches.indices_of(flag).and_then(Iterator::last);
        let before = |flag| place(flag).is_some_and(|flag| Some(flag) < place("url"));
        Ok(Self {
            host: before("host"),
            port: before("port"),
            username: before("username"),
            password: before("password"),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Replaced {
    fn augment_args(command: Command) -> Command {
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        command
    }
}
