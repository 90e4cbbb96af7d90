//! `-D COMMAND PROPERTY [NAME] VALUE`: properties of version 5, checked against the packet they go into.

use bytes::Bytes;

use crate::arguments::SEPARATOR;
use crate::error::UsageError;
use crate::packet::{
    ConnectProperties, DisconnectProperties, LastWillProperties, PublishProperties, SubscribeProperties,
    UnsubscribeProperties,
};
use crate::topic::validate_string;

/// Everything given with `-D`, by packet; `None` where nothing was given.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Properties {
    /// CONNECT.
    pub connect: Option<ConnectProperties>,
    /// The will in CONNECT.
    pub will: Option<LastWillProperties>,
    /// PUBLISH.
    pub publish: Option<PublishProperties>,
    /// SUBSCRIBE.
    pub subscribe: Option<SubscribeProperties>,
    /// UNSUBSCRIBE.
    pub unsubscribe: Option<UnsubscribeProperties>,
    /// DISCONNECT.
    pub disconnect: Option<DisconnectProperties>,
}

const PACKETS: &[&str] = &[
    "connect",
    "connack",
    "publish",
    "puback",
    "pubrec",
    "pubrel",
    "pubcomp",
    "subscribe",
    "suback",
    "unsubscribe",
    "unsuback",
    "pingreq",
    "pingresp",
    "disconnect",
    "auth",
    "will",
];

const NAMES: &[&str] = &[
    "payload-format-indicator",
    "message-expiry-interval",
    "content-type",
    "response-topic",
    "correlation-data",
    "subscription-identifier",
    "session-expiry-interval",
    "assigned-client-identifier",
    "server-keep-alive",
    "authentication-method",
    "authentication-data",
    "request-problem-information",
    "will-delay-interval",
    "request-response-information",
    "response-information",
    "server-reference",
    "reason-string",
    "receive-maximum",
    "topic-alias-maximum",
    "topic-alias",
    "maximum-qos",
    "retain-available",
    "user-property",
    "maximum-packet-size",
    "wildcard-subscription-available",
    "subscription-identifier-available",
    "shared-subscription-available",
];

impl Properties {
    /// Parses what `-D` was given, the words of each joined by [`parse_flags`](super::parse_flags).
    ///
    /// # Errors
    /// The first property that is unknown, does not belong to its packet, is out of range or given twice.
    pub fn parse(given: &[String]) -> Result<Self, UsageError> {
        let mut properties = Self::default();
        for text in given {
            let words: Vec<&str> = text.split(SEPARATOR).collect();
            let (packet, name, value, pair) = match words[..] {
                [packet, name, value] => (packet, name, value, None),
                [packet, name, key, value] => (packet, name, value, Some(key)),
                _ => {
                    return Err(UsageError::new(
                        "--property argument given but not enough arguments specified.",
                    ));
                }
            };
            let (packet, name) = (packet.to_ascii_lowercase(), name.to_ascii_lowercase());
            if !PACKETS.contains(&packet.as_str()) {
                return Err(UsageError(format!(
                    "Invalid command given in --property argument: {packet}; it is connect, will, publish, subscribe, \
                     unsubscribe or disconnect"
                )));
            }
            if !NAMES.contains(&name.as_str()) {
                let near = NAMES
                    .iter()
                    .find(|known| known.starts_with(&name) || name.starts_with(**known));
                let hint = near
                    .map(|near| format!("; did you mean {near}?"))
                    .unwrap_or_default();
                return Err(UsageError(format!(
                    "Invalid property name given in --property argument: {name}{hint}"
                )));
            }
            properties.set(&Given {
                packet: &packet,
                name: &name,
                value,
                pair,
            })?;
        }
        Ok(properties)
    }

    /// Whether nothing was given.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn set(&mut self, given: &Given<'_>) -> Result<(), UsageError> {
        match given.packet {
            "connect" => connect(self.connect.get_or_insert_with(ConnectProperties::new), given),
            "will" => will(self.will.get_or_insert_with(no_will), given),
            "publish" => publish(self.publish.get_or_insert_default(), given),
            "subscribe" => {
                let empty = || SubscribeProperties {
                    id: None,
                    user_properties: Vec::new(),
                };
                let properties = self.subscribe.get_or_insert_with(empty);
                match given.name {
                    "subscription-identifier" => {
                        given.once(&mut properties.id, given.number::<usize>(1, 268_435_455)?)
                    }
                    "user-property" => given.pair(&mut properties.user_properties),
                    _ => Err(given.misplaced()),
                }
            }
            "unsubscribe" => {
                let empty = || UnsubscribeProperties {
                    user_properties: Vec::new(),
                };
                match given.name {
                    "user-property" => {
                        given.pair(&mut self.unsubscribe.get_or_insert_with(empty).user_properties)
                    }
                    _ => Err(given.misplaced()),
                }
            }
            "disconnect" => {
                let properties = self.disconnect.get_or_insert_with(|| DisconnectProperties {
                    session_expiry_interval: None,
                    reason_string: None,
                    user_properties: Vec::new(),
                    server_reference: None,
                });
                match given.name {
                    "session-expiry-interval" => given.once(
                        &mut properties.session_expiry_interval,
                        given.number(0, u64::from(u32::MAX))?,
                    ),
                    "reason-string" => given.once(&mut properties.reason_string, given.text()?),
                    "user-property" => given.pair(&mut properties.user_properties),
                    _ => Err(given.misplaced()),
                }
            }
            _ => Err(given.misplaced()),
        }
    }
}

fn connect(properties: &mut ConnectProperties, given: &Given<'_>) -> Result<(), UsageError> {
    match given.name {
        "session-expiry-interval" => given.once(
            &mut properties.session_expiry_interval,
            given.number(0, u64::from(u32::MAX))?,
        ),
        // [MQTT5-3.1.2.11.3] Zero is a protocol error, here and for the maximum packet size.
        "receive-maximum" => given.once(&mut properties.receive_maximum, given.number(1, 65_535)?),
        "maximum-packet-size" => given.once(
            &mut properties.max_packet_size,
            given.number(1, u64::from(u32::MAX))?,
        ),
        "topic-alias-maximum" => given.once(&mut properties.topic_alias_max, given.number(0, 65_535)?),
        "request-response-information" => {
            given.once(&mut properties.request_response_info, given.number(0, 1)?)
        }
        "request-problem-information" => {
            given.once(&mut properties.request_problem_info, given.number(0, 1)?)
        }
        "authentication-method" => given.once(&mut properties.authentication_method, given.text()?),
        "authentication-data" => given.once(&mut properties.authentication_data, given.bytes()?),
        "user-property" => given.pair(&mut properties.user_properties),
        _ => Err(given.misplaced()),
    }
}

fn publish(properties: &mut PublishProperties, given: &Given<'_>) -> Result<(), UsageError> {
    match given.name {
        "payload-format-indicator" => {
            given.once(&mut properties.payload_format_indicator, given.number(0, 255)?)
        }
        "message-expiry-interval" => given.once(
            &mut properties.message_expiry_interval,
            given.number(0, u64::from(u32::MAX))?,
        ),
        // [MQTT5-3.3.2-8] An alias is not zero.
        "topic-alias" => given.once(&mut properties.topic_alias, given.number(1, 65_535)?),
        "response-topic" => given.once(&mut properties.response_topic, given.text()?),
        "correlation-data" => given.once(&mut properties.correlation_data, given.bytes()?),
        "content-type" => given.once(&mut properties.content_type, given.text()?),
        "user-property" => given.pair(&mut properties.user_properties),
        _ => Err(given.misplaced()),
    }
}

fn will(properties: &mut LastWillProperties, given: &Given<'_>) -> Result<(), UsageError> {
    match given.name {
        "will-delay-interval" => given.once(
            &mut properties.delay_interval,
            given.number(0, u64::from(u32::MAX))?,
        ),
        "payload-format-indicator" => {
            given.once(&mut properties.payload_format_indicator, given.number(0, 255)?)
        }
        "message-expiry-interval" => given.once(
            &mut properties.message_expiry_interval,
            given.number(0, u64::from(u32::MAX))?,
        ),
        "content-type" => given.once(&mut properties.content_type, given.text()?),
        "response-topic" => given.once(&mut properties.response_topic, given.text()?),
        "correlation-data" => given.once(&mut properties.correlation_data, given.bytes()?),
        "user-property" => given.pair(&mut properties.user_properties),
        _ => Err(given.misplaced()),
    }
}

fn no_will() -> LastWillProperties {
    LastWillProperties {
        delay_interval: None,
        payload_format_indicator: None,
        message_expiry_interval: None,
        content_type: None,
        response_topic: None,
        correlation_data: None,
        user_properties: Vec::new(),
    }
}

/// One `-D`, in parts.
struct Given<'a> {
    packet: &'a str,
    name: &'a str,
    value: &'a str,
    pair: Option<&'a str>,
}

impl Given<'_> {
    fn misplaced(&self) -> UsageError {
        UsageError(format!(
            "{} property not supported for {} in --property argument.",
            self.name, self.packet
        ))
    }

    /// [MQTT5-2.2.2.2] Every property but the user property is given once.
    fn once<T>(&self, place: &mut Option<T>, value: T) -> Result<(), UsageError> {
        match place.replace(value) {
            None => Ok(()),
            Some(_) => Err(UsageError(format!(
                "Duplicate property in property list: {} of {} is given twice",
                self.name, self.packet
            ))),
        }
    }

    fn pair(&self, pairs: &mut Vec<(String, String)>) -> Result<(), UsageError> {
        let name = self.pair.unwrap_or_default();
        validate_string("user property's name", name)?;
        validate_string("user property's value", self.value)?;
        pairs.push((name.to_owned(), self.value.to_owned()));
        Ok(())
    }

    fn text(&self) -> Result<String, UsageError> {
        validate_string(self.name, self.value)?;
        Ok(self.value.to_owned())
    }

    fn bytes(&self) -> Result<Bytes, UsageError> {
        Ok(self.text()?.into())
    }

    fn number<T: TryFrom<u64>>(&self, least: u64, most: u64) -> Result<T, UsageError> {
        let number = self
            .value
            .parse::<u64>()
            .ok()
            .filter(|number| (least..=most).contains(number));
        number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| {
            UsageError(format!(
                "Property value ({}) out of range for property {}; it is {least} to {most}.",
                self.value, self.name
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(given: &[&str]) -> Result<Properties, String> {
        let given: Vec<String> = given.iter().map(|text| text.replace(' ', "\u{1f}")).collect();
        Properties::parse(&given).map_err(|error| error.to_string())
    }

    #[test]
    fn each_packet_has_its_own() {
        let properties = parse(&[
            "connect receive-maximum 3",
            "PUBLISH Content-Type json",
            "publish user-property a 1",
            "publish user-property a 2",
            "will will-delay-interval 9",
            "subscribe subscription-identifier 7",
            "disconnect session-expiry-interval 0",
        ])
        .unwrap();
        assert_eq!(properties.connect.unwrap().receive_maximum, Some(3));
        let publish = properties.publish.unwrap();
        assert_eq!(publish.content_type.as_deref(), Some("json"));
        assert_eq!(
            publish.user_properties,
            [("a".into(), "1".into()), ("a".into(), "2".into())]
        );
        assert_eq!(properties.will.unwrap().delay_interval, Some(9));
        assert_eq!(properties.subscribe.unwrap().id, Some(7));
        assert_eq!(properties.disconnect.unwrap().session_expiry_interval, Some(0));
        assert_eq!(properties.unsubscribe, None);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (given, words) in [
            ("foo content-type x", "Invalid command given"),
            ("publish content x", "did you mean content-type?"),
            ("puback user-property a b", "not supported for puback"),
            ("publish subscription-identifier 4", "not supported for publish"),
            ("publish topic-alias 0", "it is 1 to 65535"),
            ("connect receive-maximum 65536", "out of range"),
            (
                "publish message-expiry-interval soon",
                "Property value (soon) out of range",
            ),
        ] {
            let error = parse(&[given]).unwrap_err();
            assert!(error.contains(words), "{given}: {error}");
        }
        assert!(
            parse(&["publish content-type a", "publish content-type b"])
                .unwrap_err()
                .contains("Duplicate")
        );
    }
}
