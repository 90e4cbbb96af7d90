//! Words to choose from: each an enum, with the word that the file uses for it.

/// An enum whose variants are words of the file.
pub(crate) trait Choice: Copy + 'static {
    /// The words, in the order of the variants.
    const NAMES: &'static [&'static str];
}

/// Defines such an enum: each variant with its word, which is said nowhere else.
macro_rules! choice {
    (
        $(#[$about:meta])*
        pub enum $name:ident {
            $( $(#[$what:meta])* $variant:ident = $word:literal, )+
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$what])* #[serde(rename = $word)] $variant, )+
        }

        impl $name {
            /// The word that stands for it in the file.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl Choice for $name {
            const NAMES: &'static [&'static str] = &[$($word),+];
        }
    };
}

choice! {
    /// Which member of a shared subscription's group gets the next message.
    ///
    /// ```
    /// let mut settings = settings::BrokerSettings::default();
    /// settings::set(&mut settings, "shared.strategy", "sticky").unwrap();
    /// assert_eq!(settings.shared.strategy, settings::Strategy::Sticky);
    /// ```
    pub enum Strategy {
        /// Each member in turn.
        RoundRobin = "round_robin",
        /// Any member, by the engine's random numbers.
        Random = "random",
        /// The same member for as long as it stays.
        Sticky = "sticky",
        /// The member with the fewest messages on their way to it.
        LeastInflight = "least_inflight",
    }
}

choice! {
    /// When what outlives the process counts as kept.
    ///
    /// ```
    /// let settings = settings::BrokerSettings::default();
    /// assert_eq!(settings.durability, settings::Durability::Fsync); // where there is a `state_dir`
    /// ```
    pub enum Durability {
        /// It is not kept.
        Off = "off",
        /// Once the operating system has it: it outlives the process, and not a power cut.
        Os = "os",
        /// Once the disk has it: it outlives a power cut.
        Fsync = "fsync",
    }
}

choice! {
    /// A method of enhanced authentication. In all of them neither side ever sends the password.
    ///
    /// ```
    /// let settings = settings::BrokerSettings::default();
    /// assert_eq!(settings.auth.mechanisms, settings::Mechanism::ALL);
    /// ```
    pub enum Mechanism {
        /// SCRAM with SHA-1.
        ScramSha1 = "SCRAM-SHA-1",
        /// SCRAM with SHA-256.
        ScramSha256 = "SCRAM-SHA-256",
        /// SCRAM with SHA-512.
        ScramSha512 = "SCRAM-SHA-512",
    }
}

impl Mechanism {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::ScramSha1, Self::ScramSha256, Self::ScramSha512];
}

choice! {
    /// What answers behind the broker's front door.
    ///
    /// ```
    /// let settings = settings::BrokerSettings::default();
    /// assert_eq!(settings.engine.kind, settings::EngineKind::Native);
    /// ```
    pub enum EngineKind {
        /// Citronella's own engine.
        Native = "native",
        /// Stock rumqttd, embedded.
        Rumqttd = "rumqttd",
    }
}

choice! {
    /// What comes of a violation of a profile.
    ///
    /// ```
    /// let settings = settings::BrokerSettings::default();
    /// assert_eq!(settings.profile.mode, settings::ProfileMode::Warn);
    /// ```
    pub enum ProfileMode {
        /// It is told, and the packet passes.
        Warn = "warn",
        /// It is told, and the broker does what the other would do.
        Enforce = "enforce",
    }
}

choice! {
    /// Who speaks TLS with an `mqtts` upstream.
    ///
    /// ```
    /// let settings = settings::BrokerSettings::default();
    /// assert_eq!(settings.upstream.tls, settings::UpstreamTls::Originate);
    /// ```
    pub enum UpstreamTls {
        /// The front door, on whichever way clients come to it.
        Originate = "originate",
        /// The clients; their bytes are passed on unread.
        PassThrough = "pass_through",
    }
}

choice! {
    /// What is wrong with a certificate that the broker makes.
    ///
    /// ```
    /// let mut settings = settings::BrokerSettings::default();
    /// settings::set(&mut settings, "tls.preset", "wrong_host").unwrap();
    /// assert_eq!(settings.tls.preset, settings::Preset::WrongHost);
    /// ```
    pub enum Preset {
        /// Nothing.
        Valid = "valid",
        /// Its time is over.
        Expired = "expired",
        /// Its time has not come.
        NotYetValid = "not_yet_valid",
        /// It names another host.
        WrongHost = "wrong_host",
        /// A CA vouches for it that nobody trusts.
        UnknownCa = "unknown_ca",
        /// It is on the CA's list of revoked ones.
        Revoked = "revoked",
    }
}

choice! {
    /// What a listener takes.
    ///
    /// ```
    /// let plan = &settings::BrokerSettings::default().listeners()[0];
    /// assert_eq!(plan.accepts, settings::Accepts::ALL); // the main port takes everything
    /// ```
    pub enum Accepts {
        /// MQTT, as it is.
        Tcp = "tcp",
        /// MQTT inside TLS.
        Tls = "tls",
        /// MQTT over WebSocket.
        Ws = "ws",
        /// MQTT over WebSocket inside TLS.
        Wss = "wss",
        /// The control API over HTTP.
        Http = "http",
        /// The control API over HTTP inside TLS.
        Https = "https",
    }
}

impl Accepts {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Tcp, Self::Tls, Self::Ws, Self::Wss, Self::Http, Self::Https];

    /// Whether it is the control API, and not MQTT.
    ///
    /// ```
    /// use settings::Accepts;
    ///
    /// assert!(Accepts::Https.is_api() && !Accepts::Wss.is_api());
    /// ```
    pub fn is_api(self) -> bool {
        matches!(self, Self::Http | Self::Https)
    }
}

choice! {
    /// A version of TLS.
    ///
    /// ```
    /// let settings = settings::BrokerSettings::default();
    /// assert_eq!(settings.tls.min_version, settings::TlsVersion::Tls12);
    /// ```
    pub enum TlsVersion {
        /// TLS 1.2.
        Tls12 = "1.2",
        /// TLS 1.3.
        Tls13 = "1.3",
    }
}

choice! {
    /// A version of MQTT.
    ///
    /// ```
    /// let listener = settings::Listener { mqtt_versions: vec![settings::MqttVersion::V5], ..settings::Listener::port(0) };
    /// assert_eq!(listener.mqtt_versions[0].name(), "5.0");
    /// ```
    pub enum MqttVersion {
        /// MQTT 3.1.
        V31 = "3.1",
        /// MQTT 3.1.1.
        V311 = "3.1.1",
        /// MQTT 5.0.
        V5 = "5.0",
    }
}

impl MqttVersion {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::V31, Self::V311, Self::V5];
}

choice! {
    /// When a bridge connects.
    ///
    /// ```
    /// assert_eq!(settings::Bridge::default().start, settings::BridgeStart::Automatic);
    /// ```
    pub enum BridgeStart {
        /// At the start, and again whenever the link is lost.
        Automatic = "automatic",
        /// When enough messages wait for it; it goes when nothing crosses any more.
        Lazy = "lazy",
        /// At the start, and never again.
        Once = "once",
    }
}

choice! {
    /// What a line of an ACL says of its topics.
    ///
    /// ```
    /// let line = settings::AclLine::default();
    /// assert_eq!(line.access, settings::AclAccess::ReadWrite);
    /// ```
    pub enum AclAccess {
        /// Messages there may be received.
        Read = "read",
        /// Messages may be published there.
        Write = "write",
        /// Both.
        ReadWrite = "readwrite",
        /// Neither, whatever another line says.
        Deny = "deny",
    }
}

choice! {
    /// What a line of the log is about, in mosquitto's words.
    ///
    /// ```
    /// let mut settings = settings::BrokerSettings::default();
    /// settings::set(&mut settings, "log.types", "error,warning").unwrap();
    /// assert_eq!(settings.log.types, [settings::LogType::Error, settings::LogType::Warning]);
    /// ```
    pub enum LogType {
        /// Something did not work.
        Error = "error",
        /// What may do harm.
        Warning = "warning",
        /// Clients that come, go or are refused.
        Notice = "notice",
        /// What the broker does by itself.
        Information = "information",
        /// Packets.
        Debug = "debug",
        /// Subscriptions that are made.
        Subscribe = "subscribe",
        /// Subscriptions that are given up.
        Unsubscribe = "unsubscribe",
        /// Nothing here: lines on WebSocket connections have the types of all connections.
        Websockets = "websockets",
        /// Nothing here: mosquitto's own inside.
        Internal = "internal",
        /// Every type.
        All = "all",
        /// No type.
        None = "none",
    }
}

choice! {
    /// Under which of its facilities syslog files a line.
    ///
    /// ```
    /// let settings = settings::BrokerSettings::default();
    /// assert_eq!(settings.log.facility, settings::Facility::Daemon);
    /// ```
    pub enum Facility {
        /// Daemons.
        Daemon = "daemon",
        /// Local use.
        Local0 = "local0",
        /// Local use.
        Local1 = "local1",
        /// Local use.
        Local2 = "local2",
        /// Local use.
        Local3 = "local3",
        /// Local use.
        Local4 = "local4",
        /// Local use.
        Local5 = "local5",
        /// Local use.
        Local6 = "local6",
        /// Local use.
        Local7 = "local7",
    }
}
