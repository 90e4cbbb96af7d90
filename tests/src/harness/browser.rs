//! [`Browser`]: Chromium without a window, and [`Pages`], which serves what it opens and hears what its pages report.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::folder::Folder;
use super::peers::{certutil, chromium, or_skip};
use super::{DEADLINE, Program};

/// The name of a machine that is not this one, which the browser finds here all the same.
pub const FOREIGN_HOST: &str = "foreign.example";

/// A browser with a profile of its own, killed when dropped.
#[derive(Debug)]
pub struct Browser {
    _program: Program,
    _home: Folder,
}

impl Browser {
    /// Opens a page; the browser trusts the authority in `ca_file`, too. `None` where there is no browser.
    pub fn open(url: &str, ca_file: Option<&Path>) -> Option<Self> {
        let path = or_skip(chromium())?;
        let home = Folder::new();
        if let Some(ca_file) = ca_file {
            let certutil = or_skip(certutil())?;
            let store = home.file(".pki/nssdb");
            fs::create_dir_all(&store).expect("the folder is ours");
            let place = format!("sql:{}", store.display());
            for arguments in [
                &["-N", "--empty-password"][..],
                &[
                    "-A",
                    "-t",
                    "C,,",
                    "-n",
                    "test",
                    "-i",
                    &ca_file.display().to_string(),
                ],
            ] {
                Program::start(Command::new(&certutil).args(["-d", &place]).args(arguments)).succeed();
            }
        }
        let program = Program::start(command(&path, &home).arg(url));
        Some(Self {
            _program: program,
            _home: home,
        })
    }
}

/// How the browser is started, with a profile in this folder.
pub(super) fn command(path: &Path, home: &Folder) -> Command {
    let mut command = Command::new(path);
    command
        .env("HOME", home.path())
        // As root it has no sandbox.
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
        ])
        .arg(format!("--host-resolver-rules=MAP {FOREIGN_HOST} 127.0.0.1"))
        .arg(format!("--user-data-dir={}", home.file("profile").display()));
    command
}

/// A server of pages. What a page posts to it is read line by line.
#[derive(Debug)]
pub struct Pages {
    addr: SocketAddr,
    reports: Receiver<String>,
}

impl Pages {
    /// Serves these paths: content type, and bytes.
    pub fn serve(files: Vec<(&'static str, &'static str, Vec<u8>)>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let (tell, reports) = channel();
        std::thread::spawn(move || {
            // The thread ends with the test's process.
            for stream in listener.incoming().flatten() {
                // A page that goes away in between is no matter.
                let _ = answer(stream, &files, &tell);
            }
        });
        Self { addr, reports }
    }

    /// The URL of a path, on this machine or as [`FOREIGN_HOST`].
    pub fn url(&self, host: &str, path: &str) -> String {
        format!("{}{path}", self.origin(host))
    }

    /// What a browser calls the origin of these pages.
    pub fn origin(&self, host: &str) -> String {
        format!("http://{host}:{}", self.addr.port())
    }

    /// What pages report, until one says `done`.
    pub fn reported(&self) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            match self.reports.recv_timeout(DEADLINE) {
                Ok(line) if line == "done" => return lines,
                Ok(line) => lines.push(line),
                Err(error) => panic!("the page did not report ({error}); so far {lines:#?}"),
            }
        }
    }
}

/// Answers one request, and closes.
fn answer(stream: TcpStream, files: &[(&str, &str, Vec<u8>)], tell: &Sender<String>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(DEADLINE))?;
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? == 0 || header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let path = request.split(' ').nth(1).unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    let (status, kind, bytes) = if request.starts_with("POST") {
        for line in String::from_utf8_lossy(&body).lines() {
            let _ = tell.send(line.to_owned());
        }
        ("204 No Content", "text/plain", &[][..])
    } else {
        match files.iter().find(|(name, ..)| *name == path) {
            Some((_, kind, bytes)) => ("200 OK", *kind, &bytes[..]),
            None => ("404 Not Found", "text/plain", &[][..]),
        }
    };
    let mut stream = reader.into_inner();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        bytes.len()
    )?;
    stream.write_all(bytes)
}
