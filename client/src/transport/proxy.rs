//! SOCKS5 (RFC 1928, and RFC 1929 for user names): the proxy makes the connection, and looks the host's name up.

use std::fmt;
use std::net::IpAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::Stream;
use crate::UsageError;
use crate::error::ClientError;
use crate::url;

/// A SOCKS5 proxy.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Host name or address.
    pub host: String,
    /// Port; default 1080.
    pub port: u16,
    /// User name and password, if the proxy asks for them.
    pub login: Option<(String, String)>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl Proxy {
    /// `socks5h://[user[:password]@]host[:port]`.
    ///
    /// # Errors
    /// Names the part that is wrong. The password is never repeated.
    pub fn parse(text: &str) -> Result<Self, UsageError> {
        let wrong = |what: &str| {
            UsageError(format!(
                "--proxy: {what}; a proxy is socks5h://[user[:password]@]host[:port]"
            ))
        };
        let (scheme, rest) = text
            .split_once("://")
            .ok_or_else(|| wrong("the scheme is missing"))?;
        if scheme != "socks5h" {
            return Err(wrong(&format!("`{scheme}` is not a scheme it can have")));
        }
        let authority = url::Authority::parse(rest.trim_end_matches('/')).map_err(|what| wrong(&what))?;
        let login = match (authority.username, authority.password) {
            (None, _) => None,
            (Some(user), password) => Some((user, password.unwrap_or_default())),
        };
        if let Some((user, password)) = &login
            && (user.is_empty() || user.len() > 255 || password.len() > 255)
        {
            return Err(wrong("user name and password have 1 to 255 bytes each"));
        }
        Ok(Self {
            host: authority.host,
            port: authority.port.unwrap_or(1080),
            login,
        })
    }
}

/// Has the proxy at the other end of `stream` connect to `host` and `port`.
pub(super) async fn connect(
    proxy: &Proxy,
    stream: &mut impl Stream,
    host: &str,
    port: u16,
) -> Result<(), ClientError> {
    let failed = |problem: String| ClientError::Proxy {
        proxy: proxy.to_string(),
        problem,
    };
    let lost = |error: std::io::Error| {
        use std::io::ErrorKind::{ConnectionReset, UnexpectedEof};
        failed(if matches!(error.kind(), UnexpectedEof | ConnectionReset) {
            "it closed the connection; is it a SOCKS5 proxy?".to_owned()
        } else {
            format!("the connection to it ended: {error}")
        })
    };
    // Version 5, then the methods on offer: no login, and user name with password if we have them.
    let methods: &[u8] = if proxy.login.is_some() {
        &[5, 2, 0, 2]
    } else {
        &[5, 1, 0]
    };
    stream.write_all(methods).await.map_err(lost)?;
    let mut chosen = [0; 2];
    stream.read_exact(&mut chosen).await.map_err(lost)?;
    match (chosen, &proxy.login) {
        ([5, 0], _) => {}
        ([5, 2], Some((user, password))) => {
            let mut login = vec![1, user.len() as u8];
            login.extend_from_slice(user.as_bytes());
            login.push(password.len() as u8);
            login.extend_from_slice(password.as_bytes());
            stream.write_all(&login).await.map_err(lost)?;
            let mut answer = [0; 2];
            stream.read_exact(&mut answer).await.map_err(lost)?;
            if answer[1] != 0 {
                return Err(failed(
                    "it does not accept that user name and password".to_owned(),
                ));
            }
        }
        ([5, _], _) => {
            return Err(failed(
                "it asks for another way to log in; give --proxy socks5h://user:password@host".to_owned(),
            ));
        }
        _ => return Err(failed("what answers there is not a SOCKS5 proxy".to_owned())),
    }
    // CONNECT, then the address: 1 IPv4, 4 IPv6, 3 a name.
    let mut request = vec![5, 1, 0];
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => {
            request.push(1);
            request.extend_from_slice(&address.octets());
        }
        Ok(IpAddr::V6(address)) => {
            request.push(4);
            request.extend_from_slice(&address.octets());
        }
        Err(_) if host.len() > 255 => return Err(failed("a host name has at most 255 bytes".to_owned())),
        Err(_) => {
            request.extend_from_slice(&[3, host.len() as u8]);
            request.extend_from_slice(host.as_bytes());
        }
    }
    request.extend_from_slice(&port.to_be_bytes());
    stream.write_all(&request).await.map_err(lost)?;
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).await.map_err(lost)?;
    if answer[1] != 0 {
        return Err(failed(format!(
            "it cannot connect to {host}:{port}: {}",
            reply_words(answer[1])
        )));
    }
    // The address and the port that the proxy connects from. We do not need them.
    let length = match answer[3] {
        1 => 4,
        4 => 16,
        3 => {
            let mut length = [0];
            stream.read_exact(&mut length).await.map_err(lost)?;
            usize::from(length[0])
        }
        _ => return Err(failed("its answer is not one of SOCKS5".to_owned())),
    };
    let mut rest = vec![0; length + 2];
    stream.read_exact(&mut rest).await.map_err(lost)?;
    Ok(())
}

fn reply_words(code: u8) -> &'static str {
    match code {
        1 => "general failure",
        2 => "its rules do not allow it",
        3 => "network unreachable",
        4 => "host unreachable, or its name was not found",
        5 => "connection refused: no broker there",
        6 => "time to live expired",
        7 => "it does not know CONNECT",
        8 => "it does not know that kind of address",
        _ => "for a reason that SOCKS5 has no words for",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_url_is_found() {
        let proxy = Proxy::parse("socks5h://us%40er:pass@[::1]:1081").unwrap();
        assert_eq!((proxy.host.as_str(), proxy.port), ("::1", 1081));
        assert_eq!(proxy.login, Some(("us@er".to_owned(), "pass".to_owned())));
        let proxy = Proxy::parse("socks5h://proxy.example").unwrap();
        assert_eq!((proxy.port, proxy.login), (1080, None));
    }

    #[test]
    fn errors_name_the_part() {
        for (text, part) in [
            ("proxy:1080", "scheme is missing"),
            ("http://proxy", "`http` is not a scheme"),
            ("socks5h://", "host is missing"),
            ("socks5h://h:99999", "not a port"),
        ] {
            let error = Proxy::parse(text).unwrap_err().to_string();
            assert!(
                error.starts_with("--proxy: ") && error.contains(part),
                "{text}: {error}"
            );
        }
    }
}
