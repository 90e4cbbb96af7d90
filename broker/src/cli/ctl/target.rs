//! [`Target`]: the broker that is asked, and how it is reached.

use std::path::{Path, PathBuf};

use clap::Args;
use hyper::Uri;
use settings::Secret;

use super::failure::Failure;
use crate::ask_http::Place;
use crate::plain_file;
use crate::trust::Trust;

/// The broker that is asked where nothing else is said.
const USUAL: &str = "http://localhost:1883";

// `--help` prints these comments.
#[allow(clippy::doc_markdown)]
#[derive(Debug, Args)]
#[command(next_help_heading = "The broker that is asked")]
pub(in crate::cli) struct Flags {
    /// http://HOST:PORT, https://, mqtt:// of the same port, or unix:PATH [env: CITRONELLA_URL] [default: http://localhost:1883]
    #[arg(long, global = true, value_name = "URL")]
    url: Option<String>,

    /// File whose first line is the token, as http.token_file of the broker names one [env: CITRONELLA_TOKEN_FILE]
    #[arg(long, global = true, value_name = "FILE")]
    token_file: Option<PathBuf>,

    /// File with certificates in PEM to trust, for https:// [env: CITRONELLA_CA_FILE]
    #[arg(long, global = true, value_name = "FILE")]
    ca_file: Option<PathBuf>,

    /// Trust every certificate
    #[arg(long, global = true)]
    insecure: bool,
}

/// Where the broker is, with what it wants to see.
#[derive(Debug)]
pub(in crate::cli) struct Target {
    pub place: Place,
    /// The header `Host`.
    pub host: String,
    pub token: Option<Secret>,
    /// For people.
    pub words: String,
}

impl Flags {
    /// Whether a broker is named.
    pub(in crate::cli) fn is_named(&self) -> bool {
        self.url.is_some() || std::env::var_os("CITRONELLA_URL").is_some()
    }

    /// Where the token stands that is shown.
    pub(in crate::cli) fn token_file(&self) -> Option<PathBuf> {
        let said = std::env::var_os("CITRONELLA_TOKEN_FILE").filter(|path| !path.is_empty());
        self.token_file.clone().or(said.map(PathBuf::from))
    }

    /// The same, for a broker on this port of this machine.
    pub(in crate::cli) fn at_port(self, port: u16) -> Self {
        Self {
            url: Some(format!("http://localhost:{port}")),
            ..self
        }
    }

    pub(in crate::cli) fn target(&self) -> Result<Target, Failure> {
        let variable = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
        let (name, text) = match (&self.url, std::env::var("CITRONELLA_URL")) {
            (Some(url), _) => ("--url", url.clone()),
            // An empty one is refused: another broker than the one that was meant might answer.
            (None, Ok(url)) => ("CITRONELLA_URL", url),
            (None, Err(_)) => ("--url", USUAL.to_owned()),
        };
        let ca_file = variable("CITRONELLA_CA_FILE").map(PathBuf::from);
        let trust = match self.ca_file.as_ref().or(ca_file.as_ref()) {
            _ if self.insecure => Trust::Anybody,
            Some(path) => Trust::File(path),
            None => Trust::Machine,
        };
        let token = self.token_file().map(|path| read_token(&path)).transpose()?;
        let target = parse(&text, trust).map_err(|what| Failure::Usage(format!("{name} {what}")))?;
        Ok(Target { token, ..target })
    }
}

/// The errors follow the name of the flag.
fn parse(text: &str, trust: Trust<'_>) -> Result<Target, String> {
    if let Some(path) = text.strip_prefix("unix:") {
        return socket(path.strip_prefix("//").unwrap_or(path));
    }
    let wrong =
        |what: &str| format!("{what}; expected a URL such as http://localhost:1883, or unix:/path/of/socket");
    if text.is_empty() {
        return Err(wrong("is empty"));
    }
    // One port takes them all, and a ready file names it by these.
    let schemes = [
        ("mqtt://", "http://", 1883),
        ("ws://", "http://", 80),
        ("mqtts://", "https://", 8883),
        ("wss://", "https://", 443),
    ];
    let same = schemes.iter().find_map(|(scheme, http, port)| {
        let authority = text.strip_prefix(scheme)?.split('/').next()?;
        let has_port = authority
            .rsplit_once(':')
            .is_some_and(|(_, port)| !port.ends_with(']'));
        Some(if has_port {
            format!("{http}{authority}")
        } else {
            format!("{http}{authority}:{port}")
        })
    });
    let url: Uri = same
        .as_deref()
        .unwrap_or(text)
        .parse()
        .map_err(|_| wrong("is no URL"))?;
    let host = url
        .authority()
        .map(|authority| authority.as_str().to_owned())
        .unwrap_or_default();
    if host.contains('@') {
        return Err(wrong(
            "has a name or a password in it, which the control API does not take: it takes a token (--token-file)",
        ));
    }
    if url
        .authority()
        .is_some_and(|all| all.port().is_none() && all.as_str() != all.host())
    {
        return Err(wrong("has a port that is no number from 0 to 65535"));
    }
    if !matches!(url.path(), "" | "/") {
        return Err(wrong("has a path"));
    }
    Ok(Target {
        place: Place::of(&url, trust).map_err(|what| wrong(&what))?,
        host,
        token: None,
        words: same.unwrap_or_else(|| text.to_owned()),
    })
}

#[cfg(unix)]
fn socket(path: &str) -> Result<Target, String> {
    if path.is_empty() {
        return Err("has no path; expected unix:/path/of/socket".to_owned());
    }
    Ok(Target {
        place: Place::Socket(PathBuf::from(path)),
        host: "localhost".to_owned(),
        token: None,
        words: path.to_owned(),
    })
}

#[cfg(not(unix))]
fn socket(_: &str) -> Result<Target, String> {
    Err(
        "names a Unix socket, and there are none here; expected a URL such as http://localhost:1883"
            .to_owned(),
    )
}

fn read_token(path: &Path) -> Result<Secret, Failure> {
    let token = plain_file::token(path);
    token.map_err(|why| Failure::Usage(format!("the token file {}: {why}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_is_named_by_each_url_of_its_port_or_by_its_socket() {
        for (text, host, words) in [
            ("http://localhost:1884", "localhost:1884", "http://localhost:1884"),
            ("http://[::1]:1884/", "[::1]:1884", "http://[::1]:1884/"),
            ("mqtt://a", "a:1883", "http://a:1883"),
            ("mqtt://[::1]", "[::1]:1883", "http://[::1]:1883"),
            ("ws://a:9001/mqtt", "a:9001", "http://a:9001"),
            #[cfg(unix)]
            ("unix:/run/x.sock", "localhost", "/run/x.sock"),
        ] {
            let target = parse(text, Trust::Anybody).expect(text);
            assert_eq!((&*target.host, &*target.words), (host, words));
        }
        for (wrong, what) in [
            ("", "is empty"),
            ("localhost:1883", "begins with neither"),
            ("http://", "is no URL"),
            ("http://me:secret@a", "has a name or a password in it"),
            ("http://a/api/v1", "has a path"),
            ("http://a:99999", "has a port that"),
            ("ftp://a", "begins with neither"),
        ] {
            let error = parse(wrong, Trust::Anybody).expect_err(wrong);
            assert!(
                error.starts_with(what) && !error.contains("secret"),
                "{wrong}: {error}"
            );
        }
    }
}
