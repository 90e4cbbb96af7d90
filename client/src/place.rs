//! Where the broker is, how to get there and who logs in. Of a flag and `-L` the later one counts; both come before
//! `MQTT_URL`.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use crate::arguments::argument_bytes;
use crate::error::UsageError;
use crate::flags::ConnectionFlags;
use crate::plan::{Address, Credentials};
use crate::tls::Tls;
use crate::transport::Srv;
use crate::url::BrokerUrl;

/// mosquitto's clients ask for this path, and other brokers have it as well.
const WEBSOCKET_PATH: &str = "/mqtt";

#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) address: Address,
    pub(crate) srv: Option<Srv>,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) tls: Option<Tls>,
    pub(crate) websocket_path: Option<String>,
    /// The topic of `-L`.
    pub(crate) topic: Option<String>,
}

impl Place {
    pub(crate) fn of(
        flags: &ConnectionFlags,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, UsageError> {
        let port = flags.port.as_deref().map(parse_port).transpose()?;
        let mut url = flags
            .url
            .as_deref()
            .map(|text| BrokerUrl::parse("-L", text))
            .transpose()?;
        let mut path = None;
        if url.is_none() && flags.host.is_none() && flags.unix.is_none() {
            // Credentials meant for one host must not go to another: MQTT_URL counts as a whole or not at all.
            let text = environment("MQTT_URL").filter(|text| !text.is_empty());
            url = text.map(|text| BrokerUrl::parse("MQTT_URL", &text)).transpose()?;
            if let Some(url) = &mut url {
                // The environment never names the topic, but it may name WebSocket's path.
                path = url.topic.take().map(|path| format!("/{path}"));
            }
        }
        let scheme = url.as_ref().map_or("mqtt", |url| url.scheme);
        let port = port
            .filter(|_| !flags.replaced.port)
            .or_else(|| url.as_ref().and_then(|url| url.port));
        let secure = matches!(scheme, "mqtts" | "wss");
        // As mosquitto's clients do, TLS on its own port needs no other flag.
        let tls = Tls::from_flags(&flags.tls, secure || (flags.unix.is_none() && port == Some(8883)))?;
        let default_port = match &flags.tls {
            _ if secure => 8883,
            tls if tls.no_tls || (tls.cafile.is_none() && tls.capath.is_none()) => 1883,
            _ => 8883,
        };
        let srv = flags
            .srv
            .then(|| parse_name_server(flags.dns.as_deref()))
            .transpose()?;
        let address = if let Some(path) = &flags.unix {
            if flags.proxy.is_some() {
                return Err(UsageError::new(
                    "--proxy with --unix: a Unix domain socket needs no proxy; leave one out",
                ));
            }
            if srv.is_some() {
                return Err(UsageError::new(
                    "-S with --unix: a Unix domain socket is not a domain of the DNS; leave one out",
                ));
            }
            Address::Unix(PathBuf::from(path))
        } else {
            let given = flags.host.clone().filter(|_| !flags.replaced.host);
            let host = given.or_else(|| url.as_ref().map(|url| url.host.clone()));
            if srv.is_some() && host.as_ref().is_none_or(|host| host.parse::<IpAddr>().is_ok()) {
                return Err(UsageError::new(
                    "-S looks the broker of a domain up; give the domain's name: -h example.com",
                ));
            }
            let host = host.unwrap_or_else(|| "localhost".to_owned());
            // As a person might write an IPv6 address after -h.
            let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
            if host.is_empty() {
                return Err(UsageError::new(
                    "-h: the host is empty; give a name or an address",
                ));
            }
            Address::Tcp(host, port.unwrap_or(default_port))
        };
        let websocket = flags.ws || flags.ws_path.is_some() || matches!(scheme, "ws" | "wss");
        let path = flags.ws_path.clone().or(path);
        let path = path.unwrap_or_else(|| WEBSOCKET_PATH.to_owned());
        if !path.starts_with('/') {
            return Err(UsageError(format!(
                "--ws-path: `{path}` is not a path; it begins with a slash: /{path}"
            )));
        }
        let username = later(
            flags.replaced.username,
            flags.username.clone(),
            url.as_ref().and_then(|url| url.username.clone()),
        );
        let password = later(
            flags.replaced.password,
            flags.password.as_deref().map(argument_bytes),
            url.as_ref().and_then(|url| url.password.clone().map(Vec::from)),
        );
        let credentials = (username.is_some() || password.is_some()).then(|| Credentials {
            username: username.unwrap_or_default(),
            password: password.unwrap_or_default(),
        });
        Ok(Self {
            address,
            srv,
            credentials,
            tls,
            websocket_path: websocket.then_some(path),
            topic: url.and_then(|url| url.topic),
        })
    }
}

/// The later one of the URL's part and the flag; the other one where the later one is missing.
fn later<T>(replaced: bool, flag: Option<T>, url: Option<T>) -> Option<T> {
    if replaced { url.or(flag) } else { flag.or(url) }
}

fn parse_name_server(text: Option<&str>) -> Result<Srv, UsageError> {
    let Some(text) = text else {
        return Ok(Srv::default());
    };
    let address = text
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    let name_server = address.map(|address| SocketAddr::new(address, 53));
    match name_server.or_else(|_| text.parse::<SocketAddr>()) {
        Ok(name_server) => Ok(Srv {
            name_server: Some(name_server),
        }),
        Err(_) => Err(UsageError(format!(
            "--dns: `{text}` is not the address of a name server; write 192.0.2.1, 192.0.2.1:53 or [2001:db8::1]:53"
        ))),
    }
}

fn parse_port(text: &str) -> Result<u16, UsageError> {
    match text.parse::<u16>() {
        Ok(port) if port != 0 => Ok(port),
        _ => Err(UsageError(format!(
            "-p: Invalid port given: {text}; it is 1 to 65535"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    #[command(
        version,
        args_override_self = true,
        disable_help_flag = true,
        disable_version_flag = true
    )]
    struct Program {
        #[command(flatten)]
        flags: ConnectionFlags,
    }

    /// `user:password@host:port`, of a command line.
    fn place(line: &str) -> String {
        let words = std::iter::once("program").chain(line.split(' '));
        let flags = Program::try_parse_from(words).unwrap().flags;
        let place = Place::of(&flags, |_| None).unwrap();
        let login = place.credentials.map_or_else(String::new, |credentials| {
            format!(
                "{}:{}@",
                credentials.username,
                String::from_utf8(credentials.password).unwrap()
            )
        });
        match place.address {
            Address::Tcp(host, port) => format!("{login}{host}:{port}"),
            Address::Unix(path) => panic!("{}", path.display()),
        }
    }

    #[test]
    fn what_is_said_last_counts() {
        for (line, expected) in [
            ("-p 1884 -L mqtt://h/a", "h:1883"),
            ("-p 1884 -L mqtts://h/a", "h:8883"),
            ("--port=1884 -dLmqtt://h/a", "h:1883"),
            ("-p 1884 -L mqtt://h:1885/a", "h:1885"),
            ("-L mqtt://h/a -p 1884", "h:1884"),
            ("-L mqtt://h:1885/a -p 1884", "h:1884"),
            ("-p 1884 -L mqtt://h/a -p 1886", "h:1886"),
            ("-L mqtt://g/a -p 1884 -L mqtt://h/a", "h:1883"),
            ("-h g -L mqtt://h/a", "h:1883"),
            ("-L mqtt://h/a -h g", "g:1883"),
            ("-u v -P w -L mqtt://u:p@h/a", "u:p@h:1883"),
            ("-u v -P w -L mqtt://u@h/a", "u:w@h:1883"),
            ("-u v -P w -L mqtt://h/a", "v:w@h:1883"),
            ("-L mqtt://u:p@h/a -u v", "v:p@h:1883"),
        ] {
            assert_eq!(place(line), expected, "{line}");
        }
    }
}
