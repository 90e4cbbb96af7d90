//! `Display` for [`Packet`]: one line that shows people what goes over the wire.
//!
//! Fields that are absent or have their usual value are left out. Secrets are never shown: the line says only that
//! there is a password or authentication data.

use std::fmt::{self, Display, Formatter, Write};

use settings::text;

use super::properties::{Property, PropertySet};
use super::{
    Ack, Auth, ConnAck, Connect, Disconnect, Packet, Publish, ReasonCode, RetainHandling, SubAck, Subscribe,
    UnsubAck, Unsubscribe,
};

/// How many columns of a payload, or of any other string, are shown.
const PAYLOAD_COLUMNS: usize = 64;
const STRING_COLUMNS: usize = 128;
/// How many bytes are shown of a payload that is not text.
const PAYLOAD_BYTES: usize = 16;

/// For example `PUBLISH(qos 1, id 7, dup, retain, "test/topic", 3 bytes "bar")`.
impl Display for Packet<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.packet_type().name())?;
        let mut list = List { f, separator: "(" };
        match self {
            Self::Connect(packet) => list.connect(packet),
            Self::ConnAck(packet) => list.connack(packet),
            Self::Publish(packet) => list.publish(packet),
            Self::PubAck(ack) | Self::PubRec(ack) | Self::PubRel(ack) | Self::PubComp(ack) => list.ack(ack),
            Self::Subscribe(packet) => list.subscribe(packet),
            Self::SubAck(packet) => list.suback(packet),
            Self::Unsubscribe(packet) => list.unsubscribe(packet),
            Self::UnsubAck(packet) => list.unsuback(packet),
            Self::PingReq | Self::PingResp => Ok(()),
            Self::Disconnect(packet) => list.disconnect(packet),
            Self::Auth(packet) => list.auth(packet),
        }?;
        if list.separator == "(" {
            Ok(())
        } else {
            f.write_char(')')
        }
    }
}

/// The items between a packet's brackets.
struct List<'f, 'b> {
    f: &'f mut Formatter<'b>,
    separator: &'static str,
}

impl List<'_, '_> {
    fn item(&mut self, item: impl Display) -> fmt::Result {
        write!(self.f, "{}{item}", self.separator)?;
        self.separator = ", ";
        Ok(())
    }

    fn item_if(&mut self, shown: bool, item: impl Display) -> fmt::Result {
        if shown { self.item(item) } else { Ok(()) }
    }

    fn connect(&mut self, packet: &Connect<'_>) -> fmt::Result {
        self.item(format_args!("MQTT {}", packet.version))?;
        self.item(format_args!("client {}", Quoted(packet.client_id)))?;
        let clean = if packet.version.is_v5() {
            "clean start"
        } else {
            "clean session"
        };
        self.item_if(packet.clean_start, clean)?;
        match packet.keep_alive_secs {
            0 => self.item("no keep alive")?,
            secs => self.item(format_args!("keep alive {secs} s"))?,
        }
        if let Some(will) = &packet.will {
            self.item(format_args!(
                "will {} qos {}{} {}",
                Quoted(will.topic),
                will.qos,
                if will.retain { " retain" } else { "" },
                Payload(will.payload),
            ))?;
            self.each("will ", &will.properties)?;
        }
        if let Some(username) = packet.username {
            self.item(format_args!("user {}", Quoted(username)))?;
        }
        self.item_if(packet.password.is_some(), "password given")?;
        self.each("", &packet.properties)
    }

    fn connack(&mut self, packet: &ConnAck<'_>) -> fmt::Result {
        self.item(packet.reason)?;
        self.item_if(packet.session_present, "session present")?;
        self.each("", &packet.properties)
    }

    fn publish(&mut self, packet: &Publish<'_>) -> fmt::Result {
        self.item(format_args!("qos {}", packet.qos))?;
        if let Some(id) = packet.packet_id {
            self.item(format_args!("id {id}"))?;
        }
        self.item_if(packet.dup, "dup")?;
        self.item_if(packet.retain, "retain")?;
        self.item(Quoted(packet.topic))?;
        self.item(Payload(packet.payload))?;
        self.each("", &packet.properties)
    }

    fn ack(&mut self, ack: &Ack<'_>) -> fmt::Result {
        self.item(format_args!("id {}", ack.packet_id))?;
        self.item_if(ack.reason != ReasonCode::SUCCESS, ack.reason)?;
        self.each("", &ack.properties)
    }

    fn subscribe(&mut self, packet: &Subscribe<'_>) -> fmt::Result {
        self.item(format_args!("id {}", packet.packet_id))?;
        for request in &packet.filters {
            let options = request.options;
            self.item(format_args!(
                "{} qos {}{}{}{}",
                Quoted(request.filter),
                options.qos,
                if options.no_local { " no local" } else { "" },
                if options.retain_as_published {
                    " retain as published"
                } else {
                    ""
                },
                match options.retain_handling {
                    RetainHandling::Always => "",
                    RetainHandling::IfNew => " retained if new",
                    RetainHandling::Never => " retained never",
                },
            ))?;
        }
        self.each("", packet)
    }

    fn suback(&mut self, packet: &SubAck<'_>) -> fmt::Result {
        self.item(format_args!("id {}", packet.packet_id))?;
        for reason in &packet.reasons {
            match reason.0 {
                qos @ 0..=2 => self.item(format_args!("granted qos {qos}"))?,
                _ => self.item(reason)?,
            }
        }
        self.each("", &packet.properties)
    }

    fn unsubscribe(&mut self, packet: &Unsubscribe<'_>) -> fmt::Result {
        self.item(format_args!("id {}", packet.packet_id))?;
        for filter in &packet.filters {
            self.item(Quoted(filter))?;
        }
        self.each("", packet)
    }

    fn unsuback(&mut self, packet: &UnsubAck<'_>) -> fmt::Result {
        self.item(format_args!("id {}", packet.packet_id))?;
        for reason in &packet.reasons {
            self.item(reason)?;
        }
        self.each("", &packet.properties)
    }

    fn disconnect(&mut self, packet: &Disconnect<'_>) -> fmt::Result {
        match packet.reason {
            // In DISCONNECT the standard has another name for 0.
            ReasonCode::SUCCESS => self.item("0x00 Normal disconnection")?,
            reason => self.item(reason)?,
        }
        self.each("", &packet.properties)
    }

    fn auth(&mut self, packet: &Auth<'_>) -> fmt::Result {
        self.item(packet.reason)?;
        self.each("", &packet.properties)
    }

    /// The properties that are there, each with `prefix` before its name.
    fn each<'a>(&mut self, prefix: &str, properties: &impl PropertySet<'a>) -> fmt::Result {
        let mut result = Ok(());
        properties.each(&mut |property| {
            // Will Delay Interval already says so.
            let prefix = if property.name().starts_with("Will ") {
                ""
            } else {
                prefix
            };
            if result.is_ok() {
                result = self.item(format_args!("{prefix}{property}"));
            }
        });
        result
    }
}

/// The standard's name in lower case and the value, for example `session expiry interval 60 s`.
impl Display for Property<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for character in self.name().chars() {
            f.write_char(character.to_ascii_lowercase())?;
        }
        f.write_char(' ')?;
        match *self {
            Self::PayloadFormatIndicator(text) => f.write_str(if text { "text" } else { "bytes" }),
            Self::SessionExpiryInterval(u32::MAX) => f.write_str("never"),
            Self::MessageExpiryInterval(secs)
            | Self::SessionExpiryInterval(secs)
            | Self::WillDelayInterval(secs) => {
                write!(f, "{secs} s")
            }
            Self::ServerKeepAlive(secs) => write!(f, "{secs} s"),
            Self::MaximumPacketSize(bytes) => write!(f, "{bytes} bytes"),
            Self::SubscriptionIdentifier(number) => number.fmt(f),
            Self::ReceiveMaximum(number) | Self::TopicAliasMaximum(number) | Self::TopicAlias(number) => {
                number.fmt(f)
            }
            Self::MaximumQoS(qos) => qos.fmt(f),
            Self::RequestProblemInformation(yes)
            | Self::RequestResponseInformation(yes)
            | Self::RetainAvailable(yes)
            | Self::WildcardSubscriptionAvailable(yes)
            | Self::SubscriptionIdentifiersAvailable(yes)
            | Self::SharedSubscriptionAvailable(yes) => f.write_str(if yes { "yes" } else { "no" }),
            Self::ContentType(text)
            | Self::ResponseTopic(text)
            | Self::AssignedClientIdentifier(text)
            | Self::AuthenticationMethod(text)
            | Self::ResponseInformation(text)
            | Self::ServerReference(text)
            | Self::ReasonString(text) => Quoted(text).fmt(f),
            Self::CorrelationData(bytes) => Payload(bytes).fmt(f),
            // It may hold a proof of the password.
            Self::AuthenticationData(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::UserProperty((name, value)) => write!(f, "{}={}", Quoted(name), Quoted(value)),
        }
    }
}

/// A string in quotes. Characters that turn or hide text are escaped, and a string too long for a line is cut.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        text::Quoted(self.0, STRING_COLUMNS).fmt(f)
    }
}

/// The length and content of a payload: as text if it looks like text, otherwise in hexadecimal.
struct Payload<'a>(&'a [u8]);

impl Display for Payload<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let bytes = self.0;
        write!(
            f,
            "{} byte{}",
            bytes.len(),
            if bytes.len() == 1 { "" } else { "s" }
        )?;
        if bytes.is_empty() {
            return Ok(());
        }
        f.write_char(' ')?;
        // One character more than is shown, which tells whether something is left out.
        let front = bytes.get(..(PAYLOAD_COLUMNS + 1) * 4).unwrap_or(bytes);
        let text = match std::str::from_utf8(front) {
            Ok(text) => Some(text),
            // The cut fell inside a character.
            Err(error) if error.error_len().is_none() && front.len() < bytes.len() => front
                .get(..error.valid_up_to())
                .and_then(|valid| std::str::from_utf8(valid).ok()),
            Err(_) => None,
        };
        let printable = |text: &&str| {
            !text
                .chars()
                .any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
        };
        if let Some(text) = text.filter(printable) {
            return text::Quoted(text, PAYLOAD_COLUMNS).fmt(f);
        }
        let (shown, rest) = bytes.split_at_checked(PAYLOAD_BYTES).unwrap_or((bytes, &[]));
        for (index, byte) in shown.iter().enumerate() {
            write!(f, "{}{byte:02X}", if index == 0 { "" } else { " " })?;
        }
        f.write_str(if rest.is_empty() { "" } else { " …" })
    }
}
