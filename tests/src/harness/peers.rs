//! Clients and brokers that others wrote: found, or installed beside what is built, or the test is skipped.
//!
//! A skipped test says so in one line, with what would enable it. With `CI=true` it fails instead.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex, PoisonError};

use super::binaries::target_dir;

/// A peer that is not there, and what would bring it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    what: String,
    enable: &'static str,
}

impl Missing {
    /// `what` is missing; `enable` would bring it.
    pub fn new(what: String, enable: &'static str) -> Self {
        Self { what, enable }
    }
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}; to enable: {}", self.what, self.enable)
    }
}

/// What was found; otherwise says that the running test is skipped, or fails it where nothing may be skipped.
pub fn or_skip<T>(peer: Result<T, Missing>) -> Option<T> {
    let missing = match peer {
        Ok(peer) => return Some(peer),
        Err(missing) => missing,
    };
    let thread = std::thread::current();
    let line = format!(
        "skipped: {}: {}; to enable: {}\n",
        thread.name().unwrap_or("a test"),
        missing.what,
        missing.enable
    );
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "CI=true lets nothing be {line}"
    );
    // Past the test framework, which keeps the output of tests that pass to itself.
    let _ = std::io::stderr().write_all(line.as_bytes());
    None
}

/// A program of Debian's `mosquitto` or `mosquitto-clients`.
pub fn mosquitto(name: &str) -> Result<PathBuf, Missing> {
    // Debian keeps the broker where only root's PATH looks.
    on_path(name)
        .or_else(|| on(name, "/usr/sbin"))
        .or_else(|| on(name, "/usr/local/sbin"))
        .ok_or_else(|| Missing {
            what: format!("there is no {name}"),
            enable: "apt-get install mosquitto mosquitto-clients",
        })
}

/// Wireshark's decoder on the command line, of Debian's `tshark`.
pub fn tshark() -> Result<PathBuf, Missing> {
    on_path("tshark").ok_or_else(|| Missing {
        what: "there is no tshark".to_owned(),
        enable: "apt-get install tshark",
    })
}

/// Python with Eclipse Paho 1.3.1, which is what the tutorial was written for.
pub fn paho_1() -> Result<PathBuf, Missing> {
    static PYTHON: LazyLock<Result<PathBuf, Missing>> = LazyLock::new(|| python_with("paho-mqtt", "1.3.1"));
    PYTHON.clone()
}

/// Python with Eclipse Paho of today.
pub fn paho_2() -> Result<PathBuf, Missing> {
    static PYTHON: LazyLock<Result<PathBuf, Missing>> = LazyLock::new(|| python_with("paho-mqtt", "2.1.0"));
    PYTHON.clone()
}

/// Python with pytest.
pub fn pytest() -> Result<PathBuf, Missing> {
    static PYTHON: LazyLock<Result<PathBuf, Missing>> = LazyLock::new(|| python_with("pytest", "8.4.2"));
    PYTHON.clone()
}

/// The program of schemathesis, which holds a server against the document that describes it.
pub fn schemathesis() -> Result<PathBuf, Missing> {
    static PYTHON: LazyLock<Result<PathBuf, Missing>> =
        LazyLock::new(|| python_with("schemathesis", "4.32.5"));
    PYTHON.clone().map(|python| python.with_file_name("schemathesis"))
}

/// Python with the protocol files of OpenTelemetry.
pub fn opentelemetry() -> Result<PathBuf, Missing> {
    static PYTHON: LazyLock<Result<PathBuf, Missing>> =
        LazyLock::new(|| python_with("opentelemetry-proto", "1.45.2"));
    PYTHON.clone()
}

/// Node, and the folder from which it finds MQTT.js.
pub fn mqtt_js() -> Result<(PathBuf, PathBuf), Missing> {
    static NODE: LazyLock<Result<(PathBuf, PathBuf), Missing>> =
        LazyLock::new(|| node_with("mqtt-5.16.0", &["mqtt@5.16.0"]));
    NODE.clone()
}

/// The file of axe, which looks at a page as somebody does who cannot see it, or not well.
pub fn axe() -> Result<PathBuf, Missing> {
    static NODE: LazyLock<Result<(PathBuf, PathBuf), Missing>> =
        LazyLock::new(|| node_with("axe-core-4.14.1", &["axe-core@4.14.1"]));
    NODE.clone()
        .map(|(_, home)| home.join("node_modules/axe-core/axe.min.js"))
}

/// Node, and the folder where mermaid is, which draws diagrams.
pub fn mermaid() -> Result<(PathBuf, PathBuf), Missing> {
    static NODE: LazyLock<Result<(PathBuf, PathBuf), Missing>> =
        LazyLock::new(|| node_with("mermaid-11.17.2", &["mermaid@11.17.2"]));
    NODE.clone()
}

/// Node, and the folder where libraries are that write payloads: CBOR, `MessagePack`, Protobuf and Sparkplug B.
pub fn payload_writers() -> Result<(PathBuf, PathBuf), Missing> {
    static NODE: LazyLock<Result<(PathBuf, PathBuf), Missing>> = LazyLock::new(|| {
        let packages = [
            "cbor-x@1.6.9",
            "@msgpack/msgpack@3.1.3",
            "protobufjs@8.8.1",
            "sparkplug-payload@1.0.3",
        ];
        node_with("payload-writers-1", &packages)
    });
    NODE.clone()
}

/// Node, and the folder where the libraries of Eclipse Tahu for Sparkplug are, and MQTT.js.
pub fn sparkplug() -> Result<(PathBuf, PathBuf), Missing> {
    static NODE: LazyLock<Result<(PathBuf, PathBuf), Missing>> = LazyLock::new(|| {
        let packages = ["sparkplug-client@3.2.4", "sparkplug-payload@1.0.3", "mqtt@5.16.0"];
        node_with("sparkplug-1", &packages)
    });
    NODE.clone()
}

/// Node.
pub fn node() -> Result<PathBuf, Missing> {
    on_path("node").ok_or_else(|| Missing {
        what: "there is no node".to_owned(),
        enable: "install Node 20",
    })
}

/// Java, and where it finds the classes of Eclipse Paho for Java.
pub fn java_client() -> Result<(PathBuf, PathBuf), Missing> {
    static CLASSES: LazyLock<Result<(PathBuf, PathBuf), Missing>> = LazyLock::new(|| {
        let missing = |what| Missing {
            what,
            enable: "install Java 17 (the JDK) with Maven, and let Maven reach its central repository",
        };
        let program = |name| on_path(name).ok_or_else(|| missing(format!("there is no {name}")));
        let (java, maven) = (program("java")?, program("mvn")?);
        let package = "org.eclipse.paho:org.eclipse.paho.client.mqttv3:1.2.5";
        let home = made_once("paho-java-1.2.5", |home| {
            run(Command::new(&maven)
                .args(["--quiet", "--batch-mode", "dependency:copy"])
                .arg(format!("-Dartifact={package}"))
                .arg(format!("-DoutputDirectory={}", home.display())))
        })
        .map_err(missing)?;
        Ok((java, home.join("*")))
    });
    CLASSES.clone()
}

/// The program in this folder, with Eclipse Paho for Go.
pub fn go_client(folder: &Path) -> Result<PathBuf, Missing> {
    static PROGRAM: LazyLock<Mutex<Option<Result<PathBuf, Missing>>>> = LazyLock::new(Mutex::default);
    let mut program = PROGRAM.lock().unwrap_or_else(PoisonError::into_inner);
    program.get_or_insert_with(|| built_by_go(folder)).clone()
}

fn built_by_go(folder: &Path) -> Result<PathBuf, Missing> {
    let missing = |what| Missing {
        what,
        enable: "install Go 1.24, and let it reach its module proxy",
    };
    let go = on_path("go").ok_or_else(|| missing("there is no go".to_owned()))?;
    let source = fs::read(folder.join("main.go")).map_err(|error| missing(error.to_string()))?;
    let mut hasher = DefaultHasher::new();
    source.hash(&mut hasher);
    let home = made_once(&format!("paho-go-{:x}", hasher.finish()), |home| {
        run(Command::new(&go)
            .current_dir(folder)
            .args(["build", "-o"])
            .arg(home.join("client"))
            .arg("."))
    })
    .map_err(missing)?;
    Ok(home.join("client"))
}

/// A browser without a window, of Debian's `chromium-headless-shell` or `chromium`.
pub fn chromium() -> Result<PathBuf, Missing> {
    // What is on the path is a script that starts it, and does not end it.
    on("chromium-headless-shell", "/usr/lib/chromium")
        .or_else(|| on("chromium", "/usr/lib/chromium"))
        .ok_or_else(|| Missing {
            what: "there is no chromium".to_owned(),
            enable: "apt-get install chromium-headless-shell",
        })
}

/// What tells a browser which authorities to trust, of Debian's `libnss3-tools`.
pub fn certutil() -> Result<PathBuf, Missing> {
    on_path("certutil").ok_or_else(|| Missing {
        what: "there is no certutil".to_owned(),
        enable: "apt-get install libnss3-tools",
    })
}

/// A program of the Debian package of the same name: `curl`, `openssl`.
pub fn tool(name: &str) -> Result<PathBuf, Missing> {
    on_path(name).ok_or_else(|| Missing {
        what: format!("there is no {name}"),
        enable: "apt-get install curl openssl",
    })
}

pub(super) fn on_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).find_map(|folder| on(name, folder))
}

fn on(name: &str, folder: impl AsRef<Path>) -> Option<PathBuf> {
    let path = folder
        .as_ref()
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    path.is_file().then_some(path)
}

/// A virtual environment with one package, made once.
fn python_with(package: &str, version: &str) -> Result<PathBuf, Missing> {
    let missing = |what| Missing {
        what,
        enable: "install Python 3 with venv and pip, and let pip reach pypi.org",
    };
    let python = on_path("python3").ok_or_else(|| missing("there is no python3".to_owned()))?;
    let home = made_once(&format!("{package}-{version}"), |home| {
        run(Command::new(&python).args(["-m", "venv"]).arg(home))?;
        let pip = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--retries",
            "1",
        ];
        run(Command::new(home.join("bin/python"))
            .args(pip)
            .arg(format!("{package}=={version}")))
    })
    .map_err(missing)?;
    Ok(home.join("bin/python"))
}

/// Node, and the folder `name` with these packages, made once.
pub fn node_with(name: &str, packages: &[&str]) -> Result<(PathBuf, PathBuf), Missing> {
    let missing = |what| Missing {
        what,
        enable: "install Node 20 with npm, and let npm reach registry.npmjs.org",
    };
    let node = on_path("node").ok_or_else(|| missing("there is no node".to_owned()))?;
    let npm = on_path("npm").ok_or_else(|| missing("there is no npm".to_owned()))?;
    let home = made_once(name, |home| {
        fs::create_dir_all(home).map_err(|error| error.to_string())?;
        let install = [
            "install",
            "--silent",
            "--no-audit",
            "--no-fund",
            "--fetch-retries=1",
        ];
        run(Command::new(&npm)
            .current_dir(home)
            .args(["--prefix", "."])
            .args(install)
            .args(packages))
    })
    .map_err(missing)?;
    Ok((node, home))
}

/// The folder `name` among those for peers, made by `make` unless it is there; one process at a time.
pub fn made_once(name: &str, make: impl FnOnce(&Path) -> Result<(), String>) -> Result<PathBuf, String> {
    let peers = target_dir().join("peers");
    let home = peers.join(name);
    let complete = home.join("complete");
    fs::create_dir_all(&peers).map_err(|error| error.to_string())?;
    let lock = File::create(peers.join(format!("{name}.lock"))).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    if !complete.exists() {
        // Half of one, from a process that was killed, is worth nothing.
        let _ = fs::remove_dir_all(&home);
        make(&home)?;
        fs::write(&complete, "").map_err(|error| error.to_string())?;
    }
    Ok(home)
}

/// Runs a command to its end; the error is the last thing it said.
pub fn run(command: &mut Command) -> Result<(), String> {
    let output = command
        .output()
        .map_err(|error| format!("cannot run {command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let last = said
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("no word");
    Err(format!("{} failed: {last}", command.get_program().display()))
}
