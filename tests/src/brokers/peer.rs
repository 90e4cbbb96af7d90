//! Brokers that others wrote, each started on a free port.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::binaries::{program, workspace};
use crate::harness::folder::Folder;
use crate::harness::free_port;
use crate::harness::peers::{made_once, mosquitto, node_with, run};

/// So long a broker may take to listen.
const TO_START: Duration = Duration::from_secs(90);

/// A broker that can be started.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    /// Its name.
    pub name: &'static str,
    /// Its version, where the program does not say it.
    pub version: &'static str,
    /// How it is started, for the page.
    pub how: &'static str,
    /// The Keep Alive that rows say where they say none.
    pub keep_alive_secs: u16,
    start: fn(port: u16, folder: &Path) -> Result<Command, String>,
}

/// All of them, in the order of the table.
pub const ALL: [Peer; 9] = [
    Peer {
        name: "citronella",
        version: env!("CARGO_PKG_VERSION"),
        how: "`broker`",
        keep_alive_secs: 0,
        start: citronella,
    },
    Peer {
        name: "mosquitto",
        version: "2.0.11",
        how: "Debian's package; `allow_anonymous true`",
        keep_alive_secs: 0,
        start: eclipse_mosquitto,
    },
    Peer {
        name: "rumqttd",
        version: "0.20.0",
        how: "the library, its example's settings",
        keep_alive_secs: 60,
        start: rumqttd,
    },
    Peer {
        name: "aedes",
        version: "1.2.0",
        how: "npm; `Aedes.createBroker()` behind a TCP server",
        keep_alive_secs: 0,
        start: aedes,
    },
    Peer {
        name: "NATS",
        version: "2.12.1",
        how: "`go install`; JetStream on, `mqtt { port }`",
        keep_alive_secs: 0,
        start: nats,
    },
    Peer {
        name: "mochi",
        version: "2.7.9",
        how: "`go install …/cmd`",
        keep_alive_secs: 0,
        start: mochi,
    },
    Peer {
        name: "RabbitMQ",
        version: "3.10.8",
        how: "Debian's package with `rabbitmq_mqtt`",
        keep_alive_secs: 0,
        start: rabbitmq,
    },
    Peer {
        name: "HiveMQ CE",
        version: "2025.5",
        how: "the embedded one of Maven Central, everybody let in",
        keep_alive_secs: 0,
        start: hivemq,
    },
    Peer {
        name: "moquette",
        version: "0.17",
        how: "Maven Central; `allow_anonymous true`",
        keep_alive_secs: 0,
        start: moquette,
    },
];

/// A broker that runs; it ends when this is dropped.
#[derive(Debug)]
pub struct Running {
    /// `None` if others started it, who will end it too.
    child: Option<Child>,
    /// Where it listens.
    pub addr: SocketAddr,
    /// Its files go with it.
    folder: Folder,
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(child) = &mut self.child else { return };
        // Its processes are a group: those of scripts, too.
        #[cfg(unix)]
        if let Some(group) = rustix::process::Pid::from_raw(child.id().cast_signed()) {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = child.kill();
        let _ = child.wait();
    }
}

impl Peer {
    /// Installs it if need be, and starts it.
    ///
    /// # Errors
    /// It cannot be had here, or does not listen in time.
    pub fn start(&self) -> Result<Running, String> {
        Running::start(self.start)
    }
}

impl Running {
    /// One that runs already.
    ///
    /// # Errors
    /// Nobody listens there.
    pub fn there(addr: SocketAddr) -> Result<Self, String> {
        TcpStream::connect(addr).map_err(|error| format!("{addr}: {error}"))?;
        Ok(Self {
            child: None,
            addr,
            folder: Folder::new(),
        })
    }

    /// Starts the broker of this command, which is to listen on a port, and may have a folder.
    ///
    /// # Errors
    /// There is no such command, or it does not listen in time.
    pub fn start(command: impl FnOnce(u16, &Path) -> Result<Command, String>) -> Result<Self, String> {
        let folder = Folder::new();
        let port = free_port().port();
        let mut command = command(port, folder.path())?;
        let said = fs::File::create(folder.file("said")).map_err(|error| error.to_string())?;
        let also = said.try_clone().map_err(|error| error.to_string())?;
        command.stdin(Stdio::piped()).stdout(said).stderr(also);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command
            .spawn()
            .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut running = Self {
            child: Some(child),
            addr,
            folder,
        };
        let began = Instant::now();
        while TcpStream::connect(addr).is_err() {
            let child = running.child.as_mut();
            let is_over = child.is_some_and(|child| child.try_wait().ok().flatten().is_some());
            if is_over || began.elapsed() > TO_START {
                let said = fs::read_to_string(running.folder.file("said")).unwrap_or_default();
                let last: Vec<&str> = said.lines().rev().take(3).collect();
                return Err(format!("it does not listen; last it said: {}", last.join(" / ")));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(running)
    }
}

fn write(folder: &Path, name: &str, text: &str) -> Result<PathBuf, String> {
    let path = folder.join(name);
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}

fn data(name: &str) -> PathBuf {
    workspace().join("tests/data/brokers").join(name)
}

#[allow(clippy::unnecessary_wraps, reason = "others cannot always be had")]
fn citronella(port: u16, _: &Path) -> Result<Command, String> {
    let mut command = program("broker");
    command.args(["--no-config", "--quiet", "-p", &port.to_string()]);
    Ok(command)
}

fn eclipse_mosquitto(port: u16, folder: &Path) -> Result<Command, String> {
    let program = mosquitto("mosquitto").map_err(|missing| missing.to_string())?;
    let text = format!("listener {port} 127.0.0.1\nallow_anonymous true\n");
    let mut command = Command::new(program);
    command.arg("-c").arg(write(folder, "mosquitto.conf", &text)?);
    Ok(command)
}

/// This program again, which has the library in it.
fn rumqttd(port: u16, _: &Path) -> Result<Command, String> {
    if !cfg!(feature = "rumqttd") {
        return Err("it is not in this build: add --features rumqttd".to_owned());
    }
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(this);
    command.args(["serve", "rumqttd", &port.to_string()]);
    Ok(command)
}

fn aedes(port: u16, _: &Path) -> Result<Command, String> {
    let (node, home) = node_with("aedes-1.2.0", &["aedes@1.2.0"]).map_err(|missing| missing.to_string())?;
    let script = home.join("serve.mjs");
    fs::copy(data("aedes.mjs"), &script).map_err(|error| error.to_string())?;
    let mut command = Command::new(node);
    command.arg(script).arg(port.to_string());
    Ok(command)
}

/// A program that Go builds, kept beside what is built.
fn by_go(name: &str, package: &str) -> Result<PathBuf, String> {
    made_once(name, |home| {
        fs::create_dir_all(home).map_err(|error| error.to_string())?;
        run(Command::new("go").env("GOBIN", home).args(["install", package]))
    })
}

fn nats(port: u16, folder: &Path) -> Result<Command, String> {
    let home = by_go("nats-server-2.12.1", "github.com/nats-io/nats-server/v2@v2.12.1")?;
    let text = format!(
        "server_name: one\nlisten: \"127.0.0.1:-1\"\njetstream {{ store_dir: \"{}\" }}\nmqtt {{ listen: \"127.0.0.1:{port}\" }}\n",
        folder.display()
    );
    let mut command = Command::new(home.join("nats-server"));
    command.arg("-c").arg(write(folder, "nats.conf", &text)?);
    Ok(command)
}

fn mochi(port: u16, _: &Path) -> Result<Command, String> {
    let home = by_go("mochi-2.7.9", "github.com/mochi-mqtt/server/v2/cmd@v2.7.9")?;
    let mut command = Command::new(home.join("cmd"));
    command.args([
        "-tcp",
        &format!("127.0.0.1:{port}"),
        "-ws",
        "127.0.0.1:0",
        "-info",
        "127.0.0.1:0",
    ]);
    Ok(command)
}

/// `RabbitMQ` with its plugin for MQTT.
pub(crate) fn rabbitmq(port: u16, folder: &Path) -> Result<Command, String> {
    let server = Path::new("/usr/lib/rabbitmq/bin/rabbitmq-server");
    if !server.exists() {
        return Err("there is no rabbitmq-server; to enable: apt-get install rabbitmq-server".to_owned());
    }
    let other = free_port().port();
    let text = format!(
        "listeners.tcp.1 = 127.0.0.1:{other}\nmqtt.listeners.tcp.1 = 127.0.0.1:{port}\nmqtt.allow_anonymous = true\n"
    );
    write(folder, "rabbitmq.conf", &text)?;
    write(folder, "plugins", "[rabbitmq_mqtt].\n")?;
    let dist = free_port().port();
    let mut command = Command::new(server);
    let name = format!("bench{port}@localhost");
    command
        .env("RABBITMQ_NODENAME", name)
        .env("RABBITMQ_DIST_PORT", dist.to_string())
        .env("RABBITMQ_CONFIG_FILE", folder.join("rabbitmq.conf"))
        .env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("plugins"))
        .env("RABBITMQ_MNESIA_BASE", folder.join("mnesia"))
        .env("RABBITMQ_LOG_BASE", folder.join("log"))
        .env("HOME", folder);
    Ok(command)
}

/// The classes of a package of Maven Central, with all that it needs.
fn by_maven(name: &str, group: &str, artifact: &str, version: &str) -> Result<PathBuf, String> {
    made_once(name, |home| {
        fs::create_dir_all(home).map_err(|error| error.to_string())?;
        let pom = format!(
            "<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version>\
             <dependencies><dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>\
             <version>{version}</version></dependency></dependencies></project>"
        );
        write(home, "pom.xml", &pom)?;
        run(Command::new("mvn").current_dir(home).args([
            "--quiet",
            "--batch-mode",
            "dependency:copy-dependencies",
            "-DoutputDirectory=.",
        ]))
    })
}

fn hivemq(port: u16, folder: &Path) -> Result<Command, String> {
    let (group, artifact) = ("com.hivemq", "hivemq-community-edition-embedded");
    let home = by_maven("hivemq-2025.5", group, artifact, "2025.5")?;
    for name in ["conf", "data", "extensions"] {
        fs::create_dir_all(folder.join(name)).map_err(|error| error.to_string())?;
    }
    let text = format!(
        "<hivemq><listeners><tcp-listener><port>{port}</port><bind-address>127.0.0.1</bind-address></tcp-listener></listeners>\
         <anonymous-usage-statistics><enabled>false</enabled></anonymous-usage-statistics></hivemq>"
    );
    write(&folder.join("conf"), "config.xml", &text)?;
    let mut command = Command::new("java");
    command
        .arg("-cp")
        .arg(home.join("*"))
        .arg(data("HiveMq.java"))
        .arg(folder);
    Ok(command)
}

fn moquette(port: u16, folder: &Path) -> Result<Command, String> {
    let home = by_maven("moquette-0.17", "io.moquette", "moquette-broker", "0.17")?;
    fs::create_dir_all(folder.join("config")).map_err(|error| error.to_string())?;
    let text = format!(
        "port {port}\nhost 127.0.0.1\nallow_anonymous true\npersistence_enabled false\ntelemetry_enabled false\n"
    );
    write(&folder.join("config"), "moquette.conf", &text)?;
    let mut command = Command::new("java");
    command
        .arg(format!("-Dmoquette.path={}", folder.display()))
        .arg("-cp")
        .arg(home.join("*"))
        .arg("io.moquette.broker.Server");
    Ok(command)
}
