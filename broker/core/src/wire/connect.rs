//! CONNECT (section 3.1 of both standards).

use super::header::Header;
use super::properties::{Owner, Properties, Property, PropertySet, give, give_user};
use super::reader::Reader;
use super::rule::{Parsed, Rule, TextRules, cut_short, text_rules};
use super::will;
use super::writer::{Body, Sink};
use super::{DecodeError, PacketType, ReasonCode, UserProperties, Version, Will};

/// A client asks to open a session.
///
/// ```
/// use broker_core::wire::{Packet, Version, decode};
///
/// let bytes = b"\x10\x10\0\x04MQTT\x04\x02\0\x3C\0\x04lamp";
/// let Packet::Connect(connect) = decode(Version::V5, bytes)? else { panic!("it is one") };
/// assert_eq!(connect.version, Version::V311); // it says so itself
/// assert_eq!((connect.client_id, connect.keep_alive_secs, connect.clean_start), ("lamp", 60, true));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Connect<'a> {
    /// The protocol version the client speaks on this connection.
    pub version: Version,
    /// Whether the client says that it is a bridge: it sets the high bit of the Protocol Version. This is in no
    /// standard, but some brokers set the bit in 3.x when they connect to another broker.
    pub bridge: bool,
    /// Clean Start (5.0) or Clean Session (3.x).
    pub clean_start: bool,
    /// Keep Alive in seconds; 0 turns it off.
    pub keep_alive_secs: u16,
    /// The client identifier; may be empty.
    pub client_id: &'a str,
    /// The will, where Will Flag is 1.
    pub will: Option<Will<'a>>,
    /// User Name.
    pub username: Option<&'a str>,
    /// Password.
    pub password: Option<&'a [u8]>,
    /// Properties of 5.0; defaults in 3.x.
    pub properties: ConnectProperties<'a>,
}

/// Properties of CONNECT. `None` means absent: the standard's default applies.
///
/// ```
/// use broker_core::wire::ConnectProperties;
///
/// let properties = ConnectProperties { session_expiry_secs: Some(3600), ..ConnectProperties::default() };
/// assert_eq!(properties.receive_maximum, None); // absent: 65,535
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(missing_docs)]
pub struct ConnectProperties<'a> {
    pub session_expiry_secs: Option<u32>,
    pub receive_maximum: Option<u16>,
    pub maximum_packet_size: Option<u32>,
    pub topic_alias_maximum: Option<u16>,
    pub request_response_information: Option<bool>,
    pub request_problem_information: Option<bool>,
    pub authentication_method: Option<&'a str>,
    pub authentication_data: Option<&'a [u8]>,
    pub user: UserProperties<'a>,
}

static NAME: Rule = cut_short!("Protocol Name");
// These two fields come before the version is known, so their rules cite 5.0.
static UNKNOWN_NAME: Rule = Rule::protocol_error(
    "Protocol Name is neither MQTT nor MQIsdp",
    ["MQTT5-3.1.2-1", "MQTT311-3.1.2-1", "MQTT31-3.1"],
)
.with_reason(ReasonCode::UNSUPPORTED_PROTOCOL_VERSION);
static LEVEL: Rule = cut_short!("Protocol Version");
static UNKNOWN_LEVEL: Rule = Rule::protocol_error(
    "Protocol Version is not one that this broker speaks: 4 (3.1.1) or 5 (5.0) with the name MQTT, 3 (3.1) with MQIsdp",
    ["MQTT5-3.1.2-2", "MQTT311-3.1.2-2", "MQTT31-3.1"],
)
.with_reason(ReasonCode::UNSUPPORTED_PROTOCOL_VERSION);
static FLAGS: Rule = cut_short!("the Connect Flags byte");
static RESERVED_FLAG: Rule = Rule::malformed(
    "bit 0 of the Connect Flags is set; it is reserved and must be 0",
    ["MQTT5-3.1.2-3", "MQTT311-3.1.2-3", "MQTT31-3.1"],
);
static PASSWORD_WITHOUT_USER: Rule = Rule::malformed(
    "Password Flag is 1 though User Name Flag is 0; only 5.0 lets a password come alone",
    ["MQTT5-3.1.2.9", "MQTT311-3.1.2-22", "MQTT31-3.1"],
);
static KEEP_ALIVE: Rule = cut_short!("Keep Alive");
static DATA_WITHOUT_METHOD: Rule = Rule::protocol_error(
    "there is Authentication Data but no Authentication Method",
    ["MQTT5-3.1.2.11.10"; 3],
);
static CLIENT_ID: TextRules = text_rules!("Client Identifier");
static USER_NAME: TextRules = text_rules!("User Name");
static PASSWORD: Rule = cut_short!("Password");

/// The Connect Flags, bit by bit.
mod flag {
    pub(super) const RESERVED: u8 = 0x01;
    pub(super) const CLEAN_START: u8 = 0x02;
    pub(super) const PASSWORD: u8 = 0x40;
    pub(super) const USER_NAME: u8 = 0x80;
}

impl<'a> Connect<'a> {
    /// Decodes what follows the fixed header. The version is known only from here, so this checks `header` too.
    pub(super) fn decode(header: Header, mut reader: Reader<'a>) -> Result<Self, DecodeError> {
        let (version, bridge) = read_version(&mut reader).map_err(|broken| broken.in_version(Version::V5))?;
        let connect =
            Self::decode_rest(version, header, reader).map_err(|broken| broken.in_version(version))?;
        Ok(Self { bridge, ..connect })
    }

    fn decode_rest(version: Version, header: Header, mut reader: Reader<'a>) -> Parsed<Self> {
        header.check(version)?;
        let flags_at = reader.offset();
        let flags = reader.byte(&FLAGS)?;
        let has = |flag| flags & flag != 0;
        check_flags(version, flags).map_err(|rule| rule.broken_at(flags_at))?;

        let keep_alive_secs = reader.two(&KEEP_ALIVE)?;
        let properties = if version.is_v5() {
            ConnectProperties::decode(&mut reader)?
        } else {
            ConnectProperties::default()
        };

        // [MQTT5-3.1.3-1] [MQTT311-3.1.3-1] [MQTT5-3.1.3-3] [MQTT311-3.1.3-3] [MQTT5-3.1.3-4] [MQTT311-3.1.3-4]
        let client_id = reader.text(&CLIENT_ID)?;
        // [MQTT5-3.1.2-9] [MQTT311-3.1.2-9]
        let will = if has(will::FLAG) {
            Some(Will::decode(version, flags, &mut reader)?)
        } else {
            None
        };
        // Section 3.1 of 3.1: the Remaining Length takes precedence over these two flags. An older client may set the
        // flags and end its packet without the fields; that is valid.
        let absent = |reader: &Reader<'_>| version == Version::V31 && reader.is_empty();
        // [MQTT5-3.1.2-16] [MQTT5-3.1.2-17] [MQTT311-3.1.2-18] [MQTT311-3.1.2-19]; [MQTT5-3.1.3-12] [MQTT311-3.1.3-11]
        let username = if has(flag::USER_NAME) && !absent(&reader) {
            Some(reader.text(&USER_NAME)?)
        } else {
            None
        };
        // [MQTT5-3.1.2-18] [MQTT5-3.1.2-19] [MQTT311-3.1.2-20] [MQTT311-3.1.2-21]
        let password = if has(flag::PASSWORD) && !absent(&reader) {
            Some(reader.binary(&PASSWORD)?)
        } else {
            None
        };
        reader.finish()?;
        Ok(Self {
            version,
            bridge: false,
            clean_start: has(flag::CLEAN_START),
            keep_alive_secs,
            client_id,
            will,
            username,
            password,
            properties,
        })
    }

    /// Appends the packet to `out`, in the version that it says of itself.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.append((PacketType::Connect as u8) << 4, self.version, out);
    }

    /// How many bytes [`Connect::encode`] appends.
    pub fn encoded_len(&self) -> usize {
        self.len_with_header(self.version)
    }
}

/// Set in the Protocol Version of 3.x by a client that is a bridge.
const BRIDGE: u8 = 0x80;

/// Reads the Protocol Name and the Protocol Version, and whether the client is a bridge. If they are not valid, the
/// error is an unsupported version.
fn read_version(reader: &mut Reader<'_>) -> Parsed<(Version, bool)> {
    let name_at = reader.offset();
    let name = reader.binary(&NAME)?;
    if name != b"MQTT" && name != b"MQIsdp" {
        // [MQTT5-3.1.2-1] [MQTT311-3.1.2-1]
        return Err(UNKNOWN_NAME.broken_at(name_at));
    }
    let level_at = reader.offset();
    let level = reader.byte(&LEVEL)?;
    let version = |level| {
        [Version::V5, Version::V311, Version::V31]
            .into_iter()
            .find(|version| version.protocol_name().as_bytes() == name && version.level() == level)
    };
    // 5.0 has no such bit: there, bridges use No Local and Retain As Published.
    let bridge = || version(level ^ BRIDGE).filter(|version| !version.is_v5());
    version(level)
        .map(|version| (version, false))
        .or_else(|| bridge().map(|version| (version, true)))
        // [MQTT5-3.1.2-2] [MQTT311-3.1.2-2]
        .ok_or_else(|| UNKNOWN_LEVEL.broken_at(level_at))
}

fn check_flags(version: Version, flags: u8) -> Result<(), &'static Rule> {
    let has = |flag| flags & flag != 0;
    will::check_flags(version, flags)?;
    // [MQTT5-3.1.2-3] [MQTT311-3.1.2-3]; 3.1 calls the bit unused and demands nothing of it.
    if has(flag::RESERVED) && version != Version::V31 {
        return Err(&RESERVED_FLAG);
    }
    // [MQTT311-3.1.2-22], and section 3.1 of 3.1.
    if has(flag::PASSWORD) && !has(flag::USER_NAME) && !version.is_v5() {
        return Err(&PASSWORD_WITHOUT_USER);
    }
    Ok(())
}

impl Body for Connect<'_> {
    fn put<S: Sink>(&self, version: Version, sink: &mut S) {
        sink.text(version.protocol_name());
        sink.byte(version.level() | if self.bridge { BRIDGE } else { 0 });
        let mut flags = if self.clean_start { flag::CLEAN_START } else { 0 };
        if let Some(will) = &self.will {
            flags |= will.flags();
        }
        flags |= if self.username.is_some() {
            flag::USER_NAME
        } else {
            0
        };
        flags |= if self.password.is_some() {
            flag::PASSWORD
        } else {
            0
        };
        sink.byte(flags);
        sink.two(self.keep_alive_secs);
        if version.is_v5() {
            self.properties.put(sink);
        }
        sink.text(self.client_id);
        if let Some(will) = &self.will {
            will.put(version, sink);
        }
        if let Some(username) = self.username {
            sink.text(username);
        }
        if let Some(password) = self.password {
            sink.binary(password);
        }
    }
}

impl<'a> ConnectProperties<'a> {
    fn decode(reader: &mut Reader<'a>) -> Parsed<Self> {
        let start = *reader;
        let mut properties = Properties::open(reader, Owner::Connect)?;
        let mut found = Self::default();
        while let Some(property) = properties.next()? {
            found.take(property);
        }
        if found.authentication_data.is_some() && found.authentication_method.is_none() {
            return Err(start.broken(&DATA_WITHOUT_METHOD));
        }
        Ok(found)
    }

    /// Takes one property, which a packet may have once, in place of that of the same name.
    #[inline]
    pub(super) fn take(&mut self, property: Property<'a>) {
        match property {
            Property::SessionExpiryInterval(value) => self.session_expiry_secs = Some(value),
            Property::ReceiveMaximum(value) => self.receive_maximum = Some(value),
            Property::MaximumPacketSize(value) => self.maximum_packet_size = Some(value),
            Property::TopicAliasMaximum(value) => self.topic_alias_maximum = Some(value),
            Property::RequestResponseInformation(value) => {
                self.request_response_information = Some(value);
            }
            Property::RequestProblemInformation(value) => self.request_problem_information = Some(value),
            Property::AuthenticationMethod(value) => self.authentication_method = Some(value),
            Property::AuthenticationData(value) => self.authentication_data = Some(value),
            Property::UserProperty(pair) => self.user.push(pair),
            // The table allows no other property in a CONNECT.
            _ => {}
        }
    }
}

impl<'a> PropertySet<'a> for ConnectProperties<'a> {
    fn each(&self, visit: &mut impl FnMut(Property<'a>)) {
        give(
            self.session_expiry_secs.map(Property::SessionExpiryInterval),
            visit,
        );
        give(self.receive_maximum.map(Property::ReceiveMaximum), visit);
        give(self.maximum_packet_size.map(Property::MaximumPacketSize), visit);
        give(self.topic_alias_maximum.map(Property::TopicAliasMaximum), visit);
        give(
            self.request_response_information
                .map(Property::RequestResponseInformation),
            visit,
        );
        give(
            self.request_problem_information
                .map(Property::RequestProblemInformation),
            visit,
        );
        give(
            self.authentication_method.map(Property::AuthenticationMethod),
            visit,
        );
        give(self.authentication_data.map(Property::AuthenticationData), visit);
        give_user(&self.user, visit);
    }
}
