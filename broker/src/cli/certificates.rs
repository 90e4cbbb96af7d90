//! `broker ca` and `broker cert`: what clients need to meet a broker over TLS.

use std::fs;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use settings::{BrokerSettings, Preset};

use super::command::Failure;
use super::flags::loader_of;
use super::private_directory;
use crate::private_file;
use crate::way::Authority;

/// How long to wait for the broker on the port.
const PATIENCE: Duration = Duration::from_secs(2);
/// More than an answer with a certificate has.
const ANSWER_BYTES: u64 = 65_536;

/// Which broker's CA.
#[derive(Debug, Args)]
struct Whose {
    /// The port of the broker that runs on this machine [default: 1883]
    #[arg(short, long, value_name = "PORT", allow_negative_numbers = true)]
    port: Option<String>,

    /// The directory that keeps the CA; one is made if there is none
    #[arg(long, value_name = "DIR")]
    state_dir: Option<PathBuf>,

    /// The broker's settings file; repeatable [default: citronella.toml, if there]
    #[arg(short, long, value_name = "FILE")]
    config: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Ca {
    #[command(flatten)]
    whose: Whose,

    /// Print where the file is, not what it holds
    #[arg(long)]
    path: bool,

    /// The list of revoked certificates instead
    #[arg(long)]
    crl: bool,
}

#[derive(Debug, Args)]
pub(super) struct Cert {
    /// Common name of the client; it can stand for a user name
    name: String,

    #[command(flatten)]
    whose: Whose,

    /// Directory for the files [default: this one]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    // `--help` prints this.
    #[allow(clippy::doc_markdown)]
    /// What is wrong with it: expired, not_yet_valid, unknown_ca or revoked [default: valid]
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
}

impl Ca {
    /// What to print.
    pub(super) fn run(self) -> Result<String, Failure> {
        let settings = self.whose.settings()?;
        let found = find(&settings)?;
        if let Some(authority) = found {
            if self.path {
                let file = if self.crl {
                    authority.crl_file()
                } else {
                    authority.ca_file()
                };
                let path = file.unwrap_or_default();
                return Ok(format!("{}\n", path.display()));
            }
            let pem = if self.crl {
                authority.crl_pem()
            } else {
                authority.ca_pem()
            };
            return pem.map_err(Failure::Other);
        }
        match ask(&settings) {
            Some(pem) if !self.path && !self.crl => Ok(pem),
            Some(_) => Err(in_memory(&settings)),
            None => Err(nobody(&settings)),
        }
    }
}

impl Cert {
    /// What to print.
    pub(super) fn run(self) -> Result<String, Failure> {
        let settings = self.whose.settings()?;
        let preset = self.preset.as_deref().map_or(Ok(Preset::Valid), preset)?;
        let names = file_names(&self.name)?;
        let Some(authority) = find(&settings)? else {
            return Err(match ask(&settings) {
                Some(_) => in_memory(&settings),
                None => nobody(&settings),
            });
        };
        let (certificate, key) = authority
            .client_certificate(&self.name, preset)
            .map_err(Failure::Usage)?;
        let directory = self.out.unwrap_or_default();
        let files = [
            (directory.join(&names[0]), certificate),
            (directory.join(&names[1]), key),
        ];
        let (of_certificate, of_key) = (&files[0].0, &files[1].0);
        let is_there = of_certificate.exists() || of_key.exists();
        if is_there && !Authority::made(of_certificate) {
            return Err(Failure::Other(format!(
                "{} or {} is there, and is not a certificate that `broker cert` made; name another directory with --out",
                of_certificate.display(),
                of_key.display()
            )));
        }
        if !directory.as_os_str().is_empty() {
            let made = fs::create_dir_all(&directory);
            made.map_err(|error| Failure::Other(format!("cannot make {}: {error}", directory.display())))?;
        }
        for (path, text) in &files {
            write(path, text)
                .map_err(|error| Failure::Other(format!("cannot write {}: {error}", path.display())))?;
        }
        Ok(format!("{}\n{}\n", of_certificate.display(), of_key.display()))
    }
}

impl Whose {
    /// The settings that the broker has, as far as they can be known here.
    fn settings(self) -> Result<BrokerSettings, Failure> {
        let mut loader = loader_of(self.config);
        if let Some(port) = self.port {
            loader = loader.flag("--port", "port", port);
        }
        if let Some(path) = self.state_dir {
            loader = loader.flag("--state-dir", "state_dir", path.to_string_lossy().into_owned());
        }
        let loaded = loader.env().load();
        let mut settings = loaded
            .map_err(|error| Failure::Usage(error.to_string()))?
            .settings;
        // A mosquitto.conf need not have the main port: a broker is found by the first that it has.
        let plans = settings.listeners();
        if let Some(first) = plans.into_iter().find(|plan| plan.socket.is_none()) {
            (settings.port, settings.bind) = (first.port, first.bind);
        }
        Ok(settings)
    }
}

/// The CA in the directory that is named, or in that which the broker on the port has.
fn find(settings: &BrokerSettings) -> Result<Option<Authority>, Failure> {
    if !settings.state_dir.is_empty() {
        let authority = Authority::in_directory(Path::new(&settings.state_dir));
        return authority.map(Some).map_err(Failure::Other);
    }
    if settings.port == 0 {
        return Err(Failure::Usage(
            "which broker's? One on a free port is found by the port that it got (-p PORT), or by its --state-dir".to_owned(),
        ));
    }
    let Some(found) = private_directory::find(settings.port).map_err(Failure::Other)? else {
        return Ok(None);
    };
    // Another broker may have the port on another address.
    let is_another = ask(settings).is_some_and(|pem| found.ca_pem().ok() != Some(pem));
    Ok(Some(found).filter(|_| !is_another))
}

/// The certificate that the broker on the port gives to everybody.
fn ask(settings: &BrokerSettings) -> Option<String> {
    settings.bind.iter().find_map(|address| {
        let address: IpAddr = match address {
            IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            address => *address,
        };
        let address = SocketAddr::new(address, settings.port);
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        let request = format!("GET /ca.pem HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = Vec::new();
        stream.take(ANSWER_BYTES).read_to_end(&mut answer).ok()?;
        let answer = String::from_utf8(answer).ok()?;
        let (_, body) = answer.split_once("\r\n\r\n")?;
        body.starts_with("-----BEGIN CERTIFICATE-----")
            .then(|| body.to_owned())
    })
}

/// A broker is there, and no files of it are found.
fn in_memory(settings: &BrokerSettings) -> Failure {
    Failure::Other(format!(
        "the broker on port {} keeps its CA in memory, and gives its key to nobody; start it with --tls or with --state-dir DIR \
         (if it has one, give the same DIR here)",
        settings.port
    ))
}

fn nobody(settings: &BrokerSettings) -> Failure {
    Failure::Other(format!(
        "there is no broker on port {} that has a CA; start one with --tls, or name its port (-p PORT) or its --state-dir",
        settings.port
    ))
}

fn preset(name: &str) -> Result<Preset, Failure> {
    let mut settings = BrokerSettings::default();
    settings::set(&mut settings, "tls.preset", name).map_err(|error| {
        let error = error.to_string();
        let fault = error.strip_prefix("the program: ").unwrap_or(&error);
        Failure::Usage(format!("flag --preset: {fault}"))
    })?;
    Ok(settings.tls.preset)
}

/// The names of the files of certificate and key. A CA's files are never among them: written over, its key would be lost.
fn file_names(name: &str) -> Result<[String; 2], Failure> {
    let stem = file_name(name);
    let names = [format!("{stem}.pem"), format!("{stem}-key.pem")];
    // Some file systems do not tell upper case from lower.
    let is_of_a_ca = |file: &&String| Authority::FILES.contains(&&*file.to_lowercase());
    match names.iter().find(is_of_a_ca) {
        Some(file) => Err(Failure::Usage(format!(
            "a client of the name `{name}` would have the file {file}, and so has a CA; give the client another name"
        ))),
        None => Ok(names),
    }
}

/// The name, with `_` for each character that may mean something in a path.
fn file_name(name: &str) -> String {
    let safe = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_' | '@');
    let name = name.chars().map(|letter| if safe(letter) { letter } else { '_' });
    let name: String = name.collect();
    match name.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None => name,
    }
}

/// Writes a file that its owner alone may read, in place of one that is there.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.tmp", std::process::id()));
    let written = private_file::create(Path::new(&beside))
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}
