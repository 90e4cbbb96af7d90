//! [`Place`]: a folder that stands for `/mosquitto`, and free ports for those that files name.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::binaries::workspace;
use crate::harness::folder::Folder;
use crate::harness::free_port;

/// The files of a set-up, for one broker.
#[derive(Debug)]
pub struct Place {
    folder: Folder,
    /// The ports in the files, and those that stand for them.
    ports: BTreeMap<u16, u16>,
    /// Unix sockets that the files name.
    sockets: Vec<PathBuf>,
}

/// Where the set-ups are.
pub fn data() -> PathBuf {
    workspace().join("tests/data/mosquitto")
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
        .into_iter()
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}

/// Where Debian keeps the plugin for dynamic security: below the name of the processor.
fn plugin() -> String {
    let file = "mosquitto_dynamic_security.so";
    let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let mut paths = folders.map(|folder| folder.path().join(file));
    paths
        .find(|path| path.is_file())
        .unwrap_or_else(|| Path::new("/usr/lib").join(file))
        .display()
        .to_string()
}

impl Place {
    /// Copies the files of a set-up and of `certs/`, and runs what makes more of them.
    pub fn new(setup: &str, prepare: &[String]) -> Self {
        let mut place = Self {
            folder: Folder::new(),
            ports: BTreeMap::new(),
            sockets: Vec::new(),
        };
        let sources = [(data().join(setup), ""), (data().join("certs"), "certs")];
        let copies: Vec<_> = sources
            .iter()
            .flat_map(|(source, below)| {
                files(source).into_iter().map(move |path| {
                    let inside = path.strip_prefix(source).expect("it is in it").to_owned();
                    (path, Path::new(below).join(inside))
                })
            })
            .filter(|(_, inside)| inside != Path::new("observed"))
            .map(|(path, inside)| (fs::read_to_string(path).expect("a text"), inside))
            .collect();
        for (text, _) in copies
            .iter()
            .filter(|(_, inside)| inside.extension().is_some_and(|e| e == "conf"))
        {
            place.learn(text);
        }
        for folder in ["config", "data", "log", "run"] {
            fs::create_dir_all(place.folder.file(folder)).expect("a new folder");
        }
        for (text, inside) in copies {
            let path = place.folder.path().join(inside);
            fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a new folder");
            fs::write(path, place.fill_in(&text)).expect("a new file");
        }
        for command in prepare {
            let output = place.shell(command).output().expect("there is a shell");
            assert!(output.status.success(), "{setup}: {command}: {output:?}");
        }
        place.hand_over();
        place
    }

    /// Which ports and sockets this configuration names.
    fn learn(&mut self, text: &str) {
        for line in text.lines() {
            let mut words = line.split_whitespace();
            let Some("listener" | "port") = words.next() else {
                continue;
            };
            match words.next().and_then(|word| word.parse().ok()) {
                Some(0) => {
                    let path = words.next().expect("a path behind port 0");
                    let path = self.fill_in(path).into();
                    self.sockets.push(path);
                }
                Some(port) => {
                    let free = free_port().port();
                    self.ports.insert(port, free);
                }
                None => {}
            }
        }
    }

    /// The text with this folder in place of `/mosquitto`, and with the ports that stand for its ports.
    pub fn fill_in(&self, text: &str) -> String {
        let text = text
            .replace("/mosquitto/", &format!("{}/", self.folder.path().display()))
            .replace("/usr/lib/mosquitto_dynamic_security.so", &plugin());
        let mut filled = String::new();
        let mut rest = text.as_str();
        while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
            let digits = &rest[start..];
            let length = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            let number = &digits[..length];
            filled.push_str(&rest[..start]);
            match number.parse().ok().and_then(|port: u16| self.ports.get(&port)) {
                Some(port) => filled.push_str(&port.to_string()),
                None => filled.push_str(number),
            }
            rest = &digits[length..];
        }
        filled + rest
    }

    /// A command of a shell, filled in.
    pub fn shell(&self, command: &str) -> Command {
        let mut shell = Command::new("sh");
        // Debian keeps the broker's programs where only root's PATH looks.
        let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default());
        shell.args(["-c", &self.fill_in(command)]).env("PATH", path);
        shell
    }

    /// mosquitto that is started by root works as the user `mosquitto`, to whom the files must belong.
    fn hand_over(&self) {
        let script = "[ $(id -u) != 0 ] || chown -R mosquitto \"$0\"";
        let status = Command::new("sh")
            .args(["-c", script])
            .arg(self.folder.path())
            .status();
        assert!(status.expect("there is a shell").success(), "{script}");
    }

    /// The path of a file below `/mosquitto`.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.file(name)
    }

    /// The ports that a broker listens on here: 1883 if its files name none.
    pub fn ports(&self) -> Vec<u16> {
        if self.names_no_listener() {
            return vec![1883];
        }
        self.ports.values().copied().collect()
    }

    /// Whether the default port is used.
    pub fn names_no_listener(&self) -> bool {
        self.ports.is_empty() && self.sockets.is_empty()
    }

    /// Unix sockets that it listens on.
    pub fn sockets(&self) -> &[PathBuf] {
        &self.sockets
    }

    /// Where to connect to for a port as the files name it; without one for their lowest.
    pub fn addr(&self, port: Option<&str>) -> SocketAddr {
        let port = match port {
            Some(port) => self.fill_in(port).parse().expect("a port"),
            None => self.ports.values().next().copied().unwrap_or(1883),
        };
        SocketAddr::from(([127, 0, 0, 1], port))
    }
}
