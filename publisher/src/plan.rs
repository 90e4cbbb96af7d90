//! Raw flags → a checked [`Plan`].

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use client::packet::{PublishProperties, QoS};
use client::{Connection, Kind, UsageError, argument_bytes, parse_number, parse_qos, validate_topic};

use crate::flags::Flags;

/// Where payloads come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// These bytes, as one message.
    Bytes(Bytes),
    /// The contents of a file, as one message.
    File(PathBuf),
    /// Standard input to its end, as one message.
    Stdin,
    /// Each line of standard input as a message, without its line feed.
    StdinLines,
}

impl From<&str> for Payload {
    fn from(text: &str) -> Self {
        Self::Bytes(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

/// What to publish, where, how.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The connection to make.
    pub connection: Connection,
    /// Topic name.
    pub topic: String,
    /// Where payloads come from.
    pub payload: Payload,
    /// Default 0.
    pub qos: QoS,
    /// Default false.
    pub retain: bool,
    /// Properties of each PUBLISH; version 5 only. Not set by default.
    pub properties: Option<PublishProperties>,
    /// How many times to publish the payload (not used with [`Payload::StdinLines`]). Default 1.
    pub repeat: u64,
    /// How long to wait after one is acknowledged before the next. Default zero.
    pub repeat_delay: Duration,
    /// Make a lost connection again and send again what was not acknowledged. Default false; the program does so
    /// with `-l`, where the input cannot be read a second time.
    pub reconnect: bool,
}

impl Plan {
    /// One message of QoS 0, not retained.
    pub fn new(connection: Connection, topic: impl Into<String>, payload: impl Into<Payload>) -> Self {
        Self {
            connection,
            topic: topic.into(),
            payload: payload.into(),
            qos: QoS::AtMostOnce,
            retain: false,
            properties: None,
            repeat: 1,
            repeat_delay: Duration::ZERO,
            reconnect: false,
        }
    }

    /// The plan that `flags` ask for; `environment` looks up a variable.
    ///
    /// # Errors
    /// The first flag that is wrong or missing, with what would be right.
    pub fn from_flags(
        flags: &Flags,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, UsageError> {
        let (connection, properties, url_topic) =
            Connection::from_flags(Kind::Publisher, &flags.connection, environment)?;
        let mut payloads: Vec<Payload> = flags
            .message
            .iter()
            .map(|argument| Payload::from(argument_bytes(argument)))
            .collect();
        payloads.extend(flags.file.iter().map(|path| Payload::File(PathBuf::from(path))));
        let alone = [
            (flags.null_message, Payload::Bytes(Bytes::new())),
            (flags.stdin_file, Payload::Stdin),
            (flags.stdin_line, Payload::StdinLines),
        ];
        payloads.extend(
            alone
                .into_iter()
                .filter(|(given, _)| *given)
                .map(|(_, payload)| payload),
        );
        if payloads.len() > 1 {
            return Err(UsageError::new(
                "Only one type of message can be sent at once: one of -f, -l, -m, -n, -s.",
            ));
        }
        let topic = flags.topic.clone().or(url_topic);
        let (Some(topic), Some(payload)) = (topic, payloads.pop()) else {
            return Err(UsageError::new(
                "Both topic and message must be supplied: -t TOPIC and one of -m, -f, -l, -n, -s.",
            ));
        };
        validate_topic(&topic)?;
        let mut plan = Self::new(connection, topic, payload);
        plan.qos = flags
            .qos
            .as_deref()
            .map_or(Ok(plan.qos), |text| parse_qos("-q", text))?;
        plan.retain = flags.retain;
        plan.reconnect = plan.payload == Payload::StdinLines;
        plan.properties = properties.publish;
        if let Some(text) = &flags.repeat {
            plan.repeat = parse_number("--repeat", text, "1 or more")?;
            if plan.repeat == 0 {
                return Err(UsageError::new("--repeat argument must be >0."));
            }
        }
        if let Some(text) = &flags.repeat_delay {
            let seconds: f64 = parse_number("--repeat-delay", text, "seconds, such as 0.5")?;
            plan.repeat_delay = Duration::try_from_secs_f64(seconds)
                .map_err(|_| UsageError::new("--repeat-delay argument must be >=0.0."))?;
        }
        Ok(plan)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use client::{Address, Version};

    fn plan_in(environment: Option<&str>, arguments: &[&str]) -> Result<Plan, String> {
        let flags =
            Flags::try_parse_from([&["publisher"], arguments].concat()).map_err(|error| error.to_string())?;
        Plan::from_flags(&flags, |_| environment.map(str::to_owned)).map_err(|error| error.to_string())
    }

    fn plan(arguments: &[&str]) -> Result<Plan, String> {
        plan_in(None, arguments)
    }

    #[test]
    fn the_defaults_are_mosquittos() {
        let plan = plan(&["-t", "a", "-m", "b"]).unwrap();
        assert_eq!(
            plan.connection.address,
            Address::Tcp("localhost".to_owned(), 1883)
        );
        assert_eq!(
            (plan.connection.version, plan.connection.keep_alive_secs),
            (Version::V311, 60)
        );
        assert!(
            plan.connection.clean && plan.connection.credentials.is_none() && plan.connection.will.is_none()
        );
        assert!(plan.connection.client_id.starts_with("publisher-") && plan.connection.client_id.len() <= 23);
        assert_eq!((plan.qos, plan.retain, plan.repeat), (QoS::AtMostOnce, false, 1));
        assert_eq!(plan.payload, Payload::from("b"));
    }

    #[test]
    fn values_may_begin_with_a_hyphen() {
        assert_eq!(
            plan(&["-t", "-a", "-m", "-5"]).unwrap().payload,
            Payload::from("-5")
        );
        assert_eq!(
            plan(&["-t", "a", "-m", "-d"]).unwrap().payload,
            Payload::from("-d")
        );
    }

    #[test]
    fn flags_come_before_the_url_and_the_url_before_the_environment() {
        let environment = Some("mqtt://env:secret@envhost:1111/ignored");
        let from = |arguments: &[&str]| plan_in(environment, &[arguments, &["-m", "x"]].concat());
        let env = from(&["-t", "a"]).unwrap();
        assert_eq!(env.connection.address, Address::Tcp("envhost".to_owned(), 1111));
        assert_eq!(env.connection.credentials.unwrap().username, "env");
        let port = from(&["-t", "a", "-p", "2"]).unwrap();
        assert_eq!(port.connection.address, Address::Tcp("envhost".to_owned(), 2));
        // Another host must not see the environment's password.
        let host = from(&["-t", "a", "-h", "other"]).unwrap();
        assert_eq!(host.connection.address, Address::Tcp("other".to_owned(), 1883));
        assert_eq!(host.connection.credentials, None);
        let url = from(&["-L", "mqtt://u@urlhost/the/topic"]).unwrap();
        assert_eq!(
            (url.connection.address, url.topic.as_str()),
            (Address::Tcp("urlhost".to_owned(), 1883), "the/topic")
        );
        // The environment never says what to publish to.
        assert!(from(&[]).unwrap_err().contains("topic and message"));
    }

    #[test]
    fn sessions_and_identifiers() {
        let kept = plan(&["-t", "a", "-n", "-c", "-i", "me", "-V", "5"]).unwrap();
        assert!(!kept.connection.clean);
        assert_eq!(kept.connection.properties.session_expiry_interval, Some(u32::MAX));
        let prefixed = plan(&["-t", "a", "-n", "-I", "pre-"]).unwrap();
        assert_eq!(
            prefixed.connection.client_id,
            format!("pre-{}", std::process::id())
        );
        assert_eq!(
            plan(&["-t", "a", "-n", "-V", "mqttv5"])
                .unwrap()
                .connection
                .client_id,
            ""
        );
    }

    #[test]
    fn the_will_is_complete() {
        let plan = plan(&[
            "-t",
            "a",
            "-n",
            "--will-topic",
            "w",
            "--will-payload",
            "p",
            "--will-qos",
            "1",
            "--will-retain",
        ]);
        let will = plan.unwrap().connection.will.unwrap();
        assert_eq!(
            (&will.topic[..], &will.message[..], will.retain),
            (&b"w"[..], &b"p"[..], true)
        );
        assert_eq!(will.qos, QoS::AtLeastOnce);
    }

    #[test]
    fn wrong_flags_say_what_would_be_right() {
        let wrong: &[(&[&str], &str)] = &[
            (&["-t", "a"], "Both topic and message must be supplied"),
            (&["-m", "a"], "Both topic and message must be supplied"),
            (&["-t", "a", "-m", "b", "-m", "c"], "Only one type of message"),
            (&["-t", "a", "-l", "-n"], "Only one type of message"),
            (&["-t", "a/#", "-m", "b"], "does it contain '+' or '#'?"),
            (&["-t", "", "-m", "b"], "the topic is empty"),
            (&["-t", "a", "-m", "b", "-q", "3"], "it is 0, 1 or 2"),
            (&["-t", "a", "-m", "b", "-p", "0"], "it is 1 to 65535"),
            (&["-t", "a", "-m", "b", "-k", "65536"], "between 1 and 65535"),
            (
                &["-t", "a", "-m", "b", "-V", "6"],
                "it is mqttv5, mqttv311 or mqttv31",
            ),
            (&["-t", "a", "-m", "b", "-i", "x", "-I", "y"], "-i and -I"),
            (&["-t", "a", "-m", "b", "-c"], "must provide a client id"),
            (&["-t", "a", "-m", "b", "-i", ""], "without -i one is made up"),
            (&["-t", "a", "-m", "b", "-P", "x"], "give -u too"),
            (&["-t", "a", "-m", "b", "--will-qos", "1"], "no will topic"),
            (&["-t", "a", "-m", "b", "--will-topic", "#"], "--will-topic: "),
            (&["-t", "a", "-m", "b", "--repeat", "0"], ">0"),
            (&["-t", "a", "-m", "b", "--repeat-delay", "-1"], ">=0.0"),
            (
                &["-t", "a", "-m", "b", "--insecure"],
                "nothing asks for it; add --cafile",
            ),
            (&["-t", "a", "-m", "b", "-x", "soon"], "-1 or ∞"),
        ];
        for (arguments, words) in wrong {
            let error = plan(arguments).unwrap_err();
            assert!(error.contains(words), "{arguments:?}: {error}");
        }
    }
}
