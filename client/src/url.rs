//! `mqtt://[user[:password]@]host[:port][/topic]`, as `-L` and `MQTT_URL` take it.

use crate::error::UsageError;

/// The parts of a broker's URL. What the URL leaves out is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerUrl {
    /// `mqtt` (also written `tcp`), `mqtts` (`ssl`, `tls`), `ws` or `wss`.
    pub scheme: &'static str,
    /// User name, percent-decoded.
    pub username: Option<String>,
    /// Password, percent-decoded.
    pub password: Option<String>,
    /// Host name or address; an IPv6 address without its brackets.
    pub host: String,
    /// Port.
    pub port: Option<u16>,
    /// What follows the slash, percent-decoded.
    pub topic: Option<String>,
}

impl BrokerUrl {
    /// Parses `text`; `origin` (`-L`, `MQTT_URL`) begins the error.
    ///
    /// # Errors
    /// Names the part that is wrong. The password is never repeated.
    pub fn parse(origin: &str, text: &str) -> Result<Self, UsageError> {
        let wrong = |what: &str| {
            UsageError(format!(
                "{origin}: {what}; a broker's URL is mqtt://[user[:password]@]host[:port][/topic] (or mqtts://, ws://, wss://)"
            ))
        };
        let (scheme, rest) = text
            .split_once("://")
            .ok_or_else(|| wrong("the scheme is missing"))?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "mqtt" | "tcp" => "mqtt",
            "mqtts" | "ssl" | "tls" => "mqtts",
            "ws" => "ws",
            "wss" => "wss",
            other => return Err(wrong(&format!("unknown scheme `{other}`"))),
        };
        let (authority, topic) = match rest.split_once('/') {
            Some((authority, topic)) => (authority, Some(topic).filter(|topic| !topic.is_empty())),
            None => (rest, None),
        };
        let Authority {
            username,
            password,
            host,
            port,
        } = Authority::parse(authority).map_err(|what| wrong(&what))?;
        let topic = topic
            .map(|topic| percent_decode(topic, "topic").map_err(|what| wrong(&what)))
            .transpose()?;
        Ok(Self {
            scheme,
            username,
            password,
            host,
            port,
            topic,
        })
    }
}

/// `[user[:password]@]host[:port]`.
#[derive(Debug)]
pub(crate) struct Authority {
    pub(crate) username: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
}

impl Authority {
    /// The error says what is wrong, and never repeats the password.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        // The last `@`: a password may hold an unescaped one.
        let (login, place) = match text.rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, text),
        };
        let (host, port) = split_place(place).ok_or("the host's bracket is not closed")?;
        if host.is_empty() {
            return Err("the host is missing".to_owned());
        }
        let port = match port {
            None => None,
            Some(port) => match port.parse::<u16>() {
                Ok(port) if port != 0 => Some(port),
                _ => return Err(format!("`{port}` is not a port (1 to 65535)")),
            },
        };
        let (username, password) = match login {
            None => (None, None),
            Some(login) => match login.split_once(':') {
                Some((user, password)) => (
                    Some(percent_decode(user, "user name")?),
                    Some(percent_decode(password, "password")?),
                ),
                None => (Some(percent_decode(login, "user name")?), None),
            },
        };
        Ok(Self {
            username,
            password,
            host: host.to_owned(),
            port,
        })
    }
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`.
fn split_place(place: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = place.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        return match after {
            "" => Some((host, None)),
            after => after.strip_prefix(':').map(|port| (host, Some(port))),
        };
    }
    Some(match place.split_once(':') {
        // More than one colon: an IPv6 address without brackets.
        Some((_, port)) if port.contains(':') => (place, None),
        Some((host, port)) => (host, Some(port)),
        None => (place, None),
    })
}

fn percent_decode(text: &str, what: &str) -> Result<String, String> {
    let decoded = || {
        let mut bytes = Vec::with_capacity(text.len());
        let mut input = text.bytes();
        while let Some(byte) = input.next() {
            if byte == b'%' {
                let high = char::from(input.next()?).to_digit(16)?;
                let low = char::from(input.next()?).to_digit(16)?;
                bytes.push((high * 16 + low) as u8);
            } else {
                bytes.push(byte);
            }
        }
        String::from_utf8(bytes).ok()
    };
    decoded().ok_or_else(|| format!("the {what} has a wrong % escape"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_found() {
        let url = BrokerUrl::parse("-L", "mqtt://us%40er:p@ss%3A@example.org:1884/a/b%20c").unwrap();
        assert_eq!(url.username.as_deref(), Some("us@er"));
        assert_eq!(url.password.as_deref(), Some("p@ss:"));
        assert_eq!((url.host.as_str(), url.port), ("example.org", Some(1884)));
        assert_eq!(url.topic.as_deref(), Some("a/b c"));
    }

    #[test]
    fn what_is_left_out_is_none() {
        let url = BrokerUrl::parse("-L", "tcp://localhost").unwrap();
        assert_eq!((url.scheme, url.host.as_str()), ("mqtt", "localhost"));
        assert_eq!(
            (url.username, url.password, url.port, url.topic),
            (None, None, None, None)
        );
    }

    #[test]
    fn ipv6_hosts_with_and_without_brackets() {
        for (text, port) in [
            ("mqtt://[::1]:1885", Some(1885)),
            ("mqtt://[::1]/", None),
            ("mqtt://::1", None),
        ] {
            let url = BrokerUrl::parse("-L", text).unwrap();
            assert_eq!((url.host.as_str(), url.port), ("::1", port), "{text}");
        }
    }

    #[test]
    fn errors_name_the_part() {
        for (text, part) in [
            ("localhost", "scheme is missing"),
            ("http://x", "unknown scheme `http`"),
            ("mqtt://", "host is missing"),
            ("mqtt://x:0", "`0` is not a port"),
            ("mqtt://x:yes", "`yes` is not a port"),
            ("mqtt://[::1", "bracket"),
            ("mqtt://u%zz@x", "user name has a wrong % escape"),
        ] {
            let error = BrokerUrl::parse("MQTT_URL", text).unwrap_err().to_string();
            assert!(
                error.starts_with("MQTT_URL: ") && error.contains(part),
                "{text}: {error}"
            );
        }
    }
}
