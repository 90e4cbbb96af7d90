//! Raw flags and the environment → a checked [`Connection`]: everything that can be wrong before a packet is sent
//! is found here.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::PathBuf;
use std::time::Duration;

use crate::arguments::argument_bytes;
use crate::error::UsageError;
use crate::flags::ConnectionFlags;
use crate::packet::{ConnectProperties, DisconnectProperties, LastWill, LastWillProperties, QoS};
use crate::place::Place;
use crate::properties::Properties;
use crate::tls::Tls;
use crate::topic::{LONGEST_STRING, validate_string, validate_topic};
use crate::transport::{Proxy, Srv};

/// Which program asks: the two differ in a few defaults and in how their client identifiers begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `publisher`.
    Publisher,
    /// `subscriber`.
    Subscriber,
}

impl Kind {
    /// The program's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Publisher => "publisher",
            Self::Subscriber => "subscriber",
        }
    }
}

/// A version of MQTT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Version {
    /// 3.1, which calls itself `MQIsdp`.
    V31,
    /// 3.1.1.
    #[default]
    V311,
    /// 5.0.
    V5,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V31 => "3.1",
            Self::V311 => "3.1.1",
            Self::V5 => "5.0",
        })
    }
}

/// Where the broker is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// Host name or address, and port.
    Tcp(String, u16),
    /// A Unix domain socket.
    Unix(PathBuf),
}

impl Address {
    /// The host's name or address, as a certificate has it; a Unix domain socket's is `localhost`.
    pub(crate) fn host(&self) -> &str {
        match self {
            Self::Tcp(host, _) => host,
            Self::Unix(_) => "localhost",
        }
    }

    /// Host and port, as HTTP has them.
    pub(crate) fn host_header(&self) -> String {
        match self {
            Self::Tcp(..) => self.to_string(),
            Self::Unix(_) => "localhost".to_owned(),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(host, port) if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp(host, port) => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "{}", path.display()),
        }
    }
}

/// User name and password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// User name.
    pub username: String,
    /// Password, any bytes; empty = no password.
    pub password: Vec<u8>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// A connection to make, checked.
///
/// ```
/// use client::{Connection, Version};
///
/// let mut connection = Connection::to("127.0.0.1", 1883);
/// connection.version = Version::V5;
/// assert_eq!(connection.keep_alive_secs, 60);
/// ```
#[derive(Debug, Clone)]
pub struct Connection {
    /// Where the broker is.
    pub address: Address,
    /// The host is a domain, and SRV records say where its broker is. Not set by default.
    pub srv: Option<Srv>,
    /// Local address to connect from; default: the system chooses.
    pub bind_address: Option<String>,
    /// `TCP_NODELAY`; default false.
    pub nodelay: bool,
    /// The proxy to go through; not with a Unix domain socket. Not set by default.
    pub proxy: Option<Proxy>,
    /// Encrypt. Not set by default.
    pub tls: Option<Tls>,
    /// Speak MQTT over WebSocket, and ask for this path. Default not.
    pub websocket_path: Option<String>,
    /// Default 3.1.1.
    pub version: Version,
    /// Client identifier; empty: version 5's broker assigns one.
    pub client_id: String,
    /// Clean Session (3.x), Clean Start (5); default true.
    pub clean: bool,
    /// Keep alive, seconds; 0 turns it off; default 60.
    pub keep_alive_secs: u16,
    /// Not set by default.
    pub credentials: Option<Credentials>,
    /// Not set by default.
    pub will: Option<LastWill>,
    /// Properties of CONNECT; version 5 only.
    pub properties: ConnectProperties,
    /// Properties of DISCONNECT; version 5 only.
    pub disconnect_properties: Option<DisconnectProperties>,
    /// Most messages of QoS 1 and 2 unacknowledged at once; the broker's Receive Maximum can lower it. Default 20.
    pub max_inflight: u16,
    /// How long to wait for the connection and CONNACK, together; default 10 s.
    pub timeout: Duration,
}

impl Connection {
    /// A connection to `host:port` with the defaults above and a made-up client identifier.
    #[must_use]
    pub fn to(host: impl Into<String>, port: u16) -> Self {
        Self {
            address: Address::Tcp(host.into(), port),
            srv: None,
            bind_address: None,
            nodelay: false,
            proxy: None,
            tls: None,
            websocket_path: None,
            version: Version::default(),
            client_id: made_up_id("client"),
            clean: true,
            keep_alive_secs: 60,
            credentials: None,
            will: None,
            properties: ConnectProperties::new(),
            disconnect_properties: None,
            max_inflight: 20,
            timeout: Duration::from_secs(10),
        }
    }

    /// The connection that `flags` ask for, the properties of the packets that are not the connection's, and the topic
    /// of `-L` if it has one. `environment` looks up a variable: `MQTT_URL` is used when neither `-h`, `-L` nor
    /// `--unix` say where the broker is.
    ///
    /// # Errors
    /// The first flag that is wrong, with what would be right.
    pub fn from_flags(
        kind: Kind,
        flags: &ConnectionFlags,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<(Self, Properties, Option<String>), UsageError> {
        let mut given = Properties::parse(&flags.property)?;
        let mut version = match flags.protocol_version.as_deref() {
            Some(text) => parse_version(text)?,
            // As with mosquitto 2.1, a flag that only version 5 has selects version 5.
            None if flags.session_expiry_interval.is_some() => Version::V5,
            None => Version::default(),
        };
        if !given.is_empty() {
            // Only version 5 has properties, so -D asks for it.
            version = Version::V5;
        }
        let place = Place::of(flags, environment)?;
        check_credentials(version, place.credentials.as_ref())?;

        if flags.id.is_some() && flags.id_prefix.is_some() {
            return Err(UsageError::new("-i and -I argument cannot be used together."));
        }
        let mut properties = given.connect.take().unwrap_or_else(ConnectProperties::new);
        if let Some(text) = &flags.session_expiry_interval {
            properties.session_expiry_interval = Some(parse_session_expiry(text)?);
        } else if flags.disable_clean_session
            && version == Version::V5
            && properties.session_expiry_interval.is_none()
        {
            // What -c means to mosquitto's clients: the session never expires.
            properties.session_expiry_interval = Some(u32::MAX);
        }
        if flags.disable_clean_session && flags.id.is_none() && flags.id_prefix.is_none() {
            return Err(UsageError::new(
                "You must provide a client id if you are using the -c option.",
            ));
        }
        let client_id = match (&flags.id, &flags.id_prefix) {
            (Some(id), _) => id.clone(),
            (None, Some(prefix)) => format!("{prefix}{}", std::process::id()),
            (None, None) if version == Version::V5 => String::new(),
            (None, None) => made_up_id(kind.name()),
        };
        validate_string("client identifier", &client_id)?;
        if client_id.is_empty() && flags.id.is_some() {
            return Err(UsageError::new(
                "-i: the client identifier is empty; without -i one is made up",
            ));
        }

        let keep_alive_secs = match &flags.keepalive {
            None => 60,
            Some(text) => match text.parse::<u16>() {
                Ok(seconds) => seconds,
                Err(_) => {
                    return Err(UsageError::new(
                        "Invalid keepalive given, it must be between 1 and 65535 inclusive, or 0 to turn it off.",
                    ));
                }
            },
        };
        let max_inflight = match &flags.max_inflight {
            None => 20,
            Some(text) => match text.parse::<u64>() {
                Ok(count @ 1..) => u16::try_from(count).unwrap_or(u16::MAX),
                _ => {
                    return Err(UsageError::new(
                        "Maximum inflight messages must be greater than 0.",
                    ));
                }
            },
        };
        let plan = Self {
            address: place.address,
            srv: place.srv,
            bind_address: flags.bind_address.clone(),
            nodelay: flags.nodelay,
            proxy: flags.proxy.as_deref().map(Proxy::parse).transpose()?,
            tls: place.tls,
            websocket_path: place.websocket_path,
            version,
            client_id,
            clean: !flags.disable_clean_session,
            keep_alive_secs,
            credentials: place.credentials,
            will: will(flags, given.will.take())?,
            properties,
            disconnect_properties: given.disconnect.take(),
            max_inflight,
            timeout: Duration::from_secs(10),
        };
        Ok((plan, given, place.topic))
    }
}

fn check_credentials(version: Version, credentials: Option<&Credentials>) -> Result<(), UsageError> {
    let Some(credentials) = credentials else {
        return Ok(());
    };
    validate_string("user name", &credentials.username)?;
    // [MQTT5-3.1.3.6] [MQTT311-3.1.3-11] Binary data: any bytes, but no more than a length of two bytes can say.
    if credentials.password.len() > LONGEST_STRING {
        return Err(UsageError(format!(
            "the password is {} bytes long; MQTT allows {LONGEST_STRING}",
            credentials.password.len()
        )));
    }
    // [MQTT311-3.1.2-22] No password without a user name; version 5 allows it.
    if version != Version::V5 && credentials.username.is_empty() && !credentials.password.is_empty() {
        return Err(UsageError(format!(
            "-P without -u: MQTT {version} has no password without a user name; give -u too"
        )));
    }
    Ok(())
}

fn will(
    flags: &ConnectionFlags,
    properties: Option<LastWillProperties>,
) -> Result<Option<LastWill>, UsageError> {
    let Some(topic) = &flags.will_topic else {
        let lonely = [
            ("--will-payload", flags.will_payload.is_some(), "payload"),
            ("--will-qos", flags.will_qos.is_some(), "qos"),
            ("--will-retain", flags.will_retain, "retain"),
            ("-D will", properties.is_some(), "properties"),
        ];
        return match lonely.into_iter().find(|(_, given, _)| *given) {
            Some((_, _, what)) => Err(UsageError(format!("Will {what} given, but no will topic given."))),
            None => Ok(None),
        };
    };
    validate_topic(topic).map_err(|error| UsageError(format!("--will-topic: {error}")))?;
    let payload = flags
        .will_payload
        .as_deref()
        .map(argument_bytes)
        .unwrap_or_default();
    if payload.len() > LONGEST_STRING {
        return Err(UsageError::new(
            "--will-payload: longer than 65535 bytes, which is all that CONNECT can carry",
        ));
    }
    let qos = flags
        .will_qos
        .as_deref()
        .map_or(Ok(QoS::AtMostOnce), |text| parse_qos("--will-qos", text))?;
    Ok(Some(LastWill {
        topic: topic.clone().into(),
        message: payload.into(),
        qos,
        retain: flags.will_retain,
        properties,
    }))
}

/// A QoS given with `flag`.
///
/// # Errors
/// It is not 0, 1 or 2.
pub fn parse_qos(flag: &str, text: &str) -> Result<QoS, UsageError> {
    match text {
        "0" => Ok(QoS::AtMostOnce),
        "1" => Ok(QoS::AtLeastOnce),
        "2" => Ok(QoS::ExactlyOnce),
        _ => Err(UsageError(format!(
            "{flag}: Invalid QoS given: {text}; it is 0, 1 or 2"
        ))),
    }
}

fn parse_version(text: &str) -> Result<Version, UsageError> {
    match text {
        "mqttv5" | "5" => Ok(Version::V5),
        "mqttv311" | "311" => Ok(Version::V311),
        "mqttv31" | "31" => Ok(Version::V31),
        _ => Err(UsageError(format!(
            "-V: Invalid protocol version argument given: {text}; it is mqttv5, mqttv311 or mqttv31 (or 5, 311, 31)"
        ))),
    }
}

fn parse_session_expiry(text: &str) -> Result<u32, UsageError> {
    match text {
        "-1" | "∞" => Ok(u32::MAX),
        _ => parse_number("-x", text, "0 to 4294967295, -1 or ∞"),
    }
}

/// A number given with `flag`; `range` says what would be right.
///
/// # Errors
/// It is not a number of that type.
pub fn parse_number<T: std::str::FromStr>(flag: &str, text: &str, range: &str) -> Result<T, UsageError> {
    text.parse()
        .map_err(|_| UsageError(format!("{flag}: `{text}` is not a number in {range}")))
}

/// `begin` and some random letters: 23 characters at most, all that version 3.1 allows.
fn made_up_id(begin: &str) -> String {
    // RandomState is seeded by the system's randomness.
    let random = RandomState::new().build_hasher().finish();
    format!("{begin}-{:011x}", random >> 20)
}
