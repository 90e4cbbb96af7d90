//! [`UpstreamUrl`]: `mqtt://HOST:PORT` and `mqtts://HOST:PORT`, as `upstream.url` has it.

use std::fmt;

/// Where an upstream broker is.
///
/// ```
/// let url = settings::UpstreamUrl::parse("mqtts://[::1]:8884")?;
/// assert_eq!((url.tls, &*url.host, url.port), (true, "::1", 8884));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamUrl {
    /// Whether TLS is spoken there.
    pub tls: bool,
    /// Host name or address; an IPv6 address without its brackets.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// What a URL should look like.
const EXPECTED: &str = "expected mqtt://HOST:PORT or mqtts://HOST:PORT";

impl UpstreamUrl {
    /// Takes the URL apart.
    ///
    /// # Errors
    /// What is wrong with it, and what would be right. What might be a password is not repeated.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |what: &str| Err(format!("{what}; {EXPECTED}"));
        let Some((scheme, rest)) = text.trim().split_once("://") else {
            return wrong("has no scheme");
        };
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "mqtt" | "tcp" => false,
            "mqtts" | "ssl" | "tls" => true,
            "ws" | "wss" => return wrong("is a WebSocket, which an upstream cannot be yet"),
            _ => return wrong(&format!("has the unknown scheme {scheme:?}")),
        };
        let place = rest.strip_suffix('/').unwrap_or(rest);
        if place.contains('@') {
            return wrong("holds a user name; each client brings its own in CONNECT, so leave it out");
        }
        if place.contains(['/', '?', '#']) {
            return wrong("has something behind the port");
        }
        let (host, port) = match place.strip_prefix('[') {
            Some(bracketed) => match bracketed.split_once(']') {
                Some((host, port)) => (host, port.strip_prefix(':')),
                None => return wrong("has a bracket that is not closed"),
            },
            None if place.matches(':').count() > 1 => {
                return wrong("has an IPv6 address without brackets");
            }
            None => match place.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (place, None),
            },
        };
        if host.is_empty() {
            return wrong("has no host");
        }
        let port = match port.map(str::parse::<u16>) {
            None => {
                if tls {
                    8883
                } else {
                    1883
                }
            }
            Some(Ok(port)) if port > 0 => port,
            Some(_) => return wrong("has a wrong port; ports are 1 to 65535"),
        };
        Ok(Self {
            tls,
            host: host.to_owned(),
            port,
        })
    }
}

impl fmt::Display for UpstreamUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "mqtts" } else { "mqtt" };
        if self.host.contains(':') {
            write!(f, "{scheme}://[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{scheme}://{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_the_default() {
        for (text, whole) in [
            ("mqtt://localhost", "mqtt://localhost:1883"),
            ("MQTTS://Example.org/", "mqtts://Example.org:8883"),
            ("tcp://[::1]:7", "mqtt://[::1]:7"),
            ("mqtt://127.0.0.1:1884", "mqtt://127.0.0.1:1884"),
        ] {
            assert_eq!(UpstreamUrl::parse(text).unwrap().to_string(), whole);
        }
    }

    #[test]
    fn what_is_wrong_is_told_without_a_password() {
        for (text, word) in [
            ("localhost:1883", "scheme"),
            ("http://localhost", "\"http\""),
            ("ws://localhost", "WebSocket"),
            ("mqtt://", "no host"),
            ("mqtt://host:0", "1 to 65535"),
            ("mqtt://host:x", "1 to 65535"),
            ("mqtt://::1", "brackets"),
            ("mqtt://[::1", "not closed"),
            ("mqtt://host/topic", "behind the port"),
            ("mqtt://alice:hunter2@host", "user name"),
        ] {
            let error = UpstreamUrl::parse(text).unwrap_err();
            assert!(
                error.contains(word) && error.contains(EXPECTED),
                "{text}: {error}"
            );
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
