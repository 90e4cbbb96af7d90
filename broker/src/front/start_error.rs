//! [`StartError`]: why a broker did not start.

use std::io;

use crate::capability::EngineName;
use crate::realms::Mistakes;
use crate::way::Address;
use broker_core::snapshot::SnapshotError;

/// Why a broker did not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// An address could not be listened on.
    #[error("cannot listen on {listener}: {}", explain(listener, key, cause))]
    Listen {
        /// The address, or the path of a Unix socket.
        listener: Address,
        /// The key of the settings that says so.
        key: String,
        /// What the operating system said.
        #[source]
        cause: io::Error,
    },
    /// TLS cannot be spoken as the settings say.
    #[error("{0}")]
    Tls(String),
    /// Other machines could come in, and nobody said that they may.
    #[error(
        "other machines can reach the listener {name:?} (`{key}`), and nothing says who may come in there. Set \
         `auth.allow_anonymous_remotely = true` to let everybody in (`--set auth.allow_anonymous_remotely=true`); or name those who \
         may, in `auth.users` or `auth.password_file`; or listen on 127.0.0.1 alone, without `--bind`"
    )]
    Undecided {
        /// The listener.
        name: String,
        /// The key of the settings that says where it listens.
        key: String,
    },
    /// Users or access control lists cannot be read as the settings say.
    #[error("{0}")]
    Access(#[from] Mistakes),
    /// A rule, a stub or a device cannot work.
    #[error(transparent)]
    Script(#[from] crate::fault::Invalid),
    /// Tables of files are wrong.
    #[error("{0}")]
    Tables(crate::script::Misreads),
    /// A setting has a value that its key does not accept, or two settings contradict each other.
    #[error(transparent)]
    Settings(#[from] settings::Error),
    /// A contract cannot be read.
    #[error("{0}")]
    Contract(String),
    /// What is to outlive the process cannot be kept, or what was kept cannot be read.
    #[error("{0}")]
    Store(String),
    /// A bridge cannot be as the settings say.
    #[error("{0}")]
    Bridge(String),
    /// The control API cannot be served as the settings say.
    #[cfg(feature = "http")]
    #[error("{0}")]
    Api(String),
    /// The ready file could not be written.
    #[error("cannot write the ready file {path}: {cause}")]
    ReadyFile {
        /// Its path.
        path: String,
        /// What the operating system said.
        #[source]
        cause: io::Error,
    },
    /// The engine behind the front door cannot start.
    #[error("cannot start the engine {engine}: {why}")]
    Engine {
        /// Which.
        engine: EngineName,
        /// What is wrong.
        why: String,
    },
    /// Nobody could decide about logins.
    #[error("{0}")]
    Login(String),
    /// The snapshot to start with cannot be put back.
    #[error("cannot restore the snapshot: {0}")]
    Restore(#[from] SnapshotError),
    /// The file for the journal could not be made.
    #[error("cannot write the journal to {path}: {cause}")]
    JournalFile {
        /// Its path.
        path: String,
        /// What the operating system said.
        #[source]
        cause: io::Error,
    },
    /// The pid file could not be written.
    #[error("cannot write the pid file {path}: {cause}")]
    PidFile {
        /// Its path.
        path: String,
        /// What the operating system said.
        #[source]
        cause: io::Error,
    },
    /// The program cannot become the user that it should.
    #[error("cannot become the user {name:?}: {why}")]
    User {
        /// The name of that user.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// A file for lines of the log could not be opened.
    #[error("cannot write the log to {path}: {cause}")]
    LogFile {
        /// Its path.
        path: String,
        /// What the operating system said.
        #[source]
        cause: io::Error,
    },
    /// The broker's thread could not be started.
    #[error("cannot start the broker's thread: {0}")]
    Thread(#[source] io::Error),
}

fn explain(listener: &Address, key: &str, cause: &io::Error) -> String {
    let Address::Tcp(listener) = listener else {
        return match cause.kind() {
            io::ErrorKind::AddrInUse => {
                "a program listens there already; stop it, or name another path".to_owned()
            }
            io::ErrorKind::NotFound => "there is no such directory".to_owned(),
            _ => cause.to_string(),
        };
    };
    match cause.kind() {
        io::ErrorKind::AddrInUse => format!(
            "the port is taken, most likely by another MQTT broker (mosquitto starts by itself on many systems; \
             `ss -ltnp 'sport = :{port}'` names the owner). Stop that one, or choose another port: `{any}` takes any free one",
            port = listener.port(),
            any = match key {
                "port" => "-p 0".to_owned(),
                "tls.port" => "--tls=0".to_owned(),
                "websocket.port" => "--ws=0".to_owned(),
                key => format!("{key} = 0"),
            }
        ),
        io::ErrorKind::PermissionDenied => {
            format!(
                "not permitted; ports below 1024 often need special rights (port {})",
                listener.port()
            )
        }
        io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        _ => cause.to_string(),
    }
}
