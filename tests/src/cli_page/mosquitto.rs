//! The flags of `mosquitto_pub` and `mosquitto_sub` 2.1, and where ours differ from them.

/// A program of mosquitto.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum In {
    Pub,
    Sub,
    Both,
}

/// Each flag under one name: its short one where it has one.
pub(super) const FLAGS: &[(&str, In)] = &[
    ("-A", In::Both),
    ("-c", In::Both),
    ("-C", In::Sub),
    ("-d", In::Both),
    ("-D", In::Both),
    ("-E", In::Sub),
    ("-f", In::Pub),
    ("-F", In::Sub),
    ("-h", In::Both),
    ("-i", In::Both),
    ("-I", In::Both),
    ("-k", In::Both),
    ("-l", In::Pub),
    ("-L", In::Both),
    ("-m", In::Pub),
    ("-M", In::Both),
    ("-n", In::Pub),
    ("-N", In::Sub),
    ("-o", In::Both),
    ("-p", In::Both),
    ("-P", In::Both),
    ("-q", In::Both),
    ("-r", In::Pub),
    ("-R", In::Sub),
    ("-s", In::Pub),
    ("-S", In::Both),
    ("-t", In::Both),
    ("-T", In::Sub),
    ("-u", In::Both),
    ("-U", In::Sub),
    ("-v", In::Sub),
    ("-V", In::Both),
    ("-w", In::Sub),
    ("-W", In::Sub),
    ("-x", In::Both),
    ("--cafile", In::Both),
    ("--capath", In::Both),
    ("--cert", In::Both),
    ("--ciphers", In::Both),
    ("--help", In::Both),
    ("--insecure", In::Both),
    ("--key", In::Both),
    ("--keyform", In::Both),
    ("--message-rate", In::Sub),
    ("--no-tls", In::Both),
    ("--nodelay", In::Both),
    ("--pretty", In::Sub),
    ("--proxy", In::Both),
    ("--psk", In::Both),
    ("--psk-identity", In::Both),
    ("--quiet", In::Both),
    ("--random-filter", In::Sub),
    ("--remove-retained", In::Sub),
    ("--repeat", In::Pub),
    ("--repeat-delay", In::Pub),
    ("--retain-as-published", In::Sub),
    ("--retain-handling", In::Sub),
    ("--retained-only", In::Sub),
    ("--tls-alpn", In::Both),
    ("--tls-engine", In::Both),
    ("--tls-engine-kpass-sha1", In::Both),
    ("--tls-keylog", In::Both),
    ("--tls-use-os-certs", In::Both),
    ("--tls-version", In::Both),
    ("--unix", In::Both),
    ("--version", In::Both),
    ("--will-payload", In::Both),
    ("--will-qos", In::Both),
    ("--will-retain", In::Both),
    ("--will-topic", In::Both),
    ("--ws", In::Both),
];

/// What is different, where something is.
pub(super) const DIFFERS: &[(&str, &str)] = &[
    (
        "-h",
        "without it, `MQTT_URL` of the environment is used if it is set",
    ),
    (
        "-i",
        "the identifier that is made up begins with `publisher-` or `subscriber-`",
    ),
    (
        "-o",
        "without it, `publisher` or `subscriber` in `$XDG_CONFIG_HOME` is read, else the file of mosquitto's client there",
    ),
    (
        "-L",
        "the topic may be left out, and names and passwords may hold % escapes",
    ),
    (
        "-k",
        "1 to 4 are accepted, too (mosquitto's clients refuse them): a ping after so many seconds in which nothing was \
         sent, and the connection is lost if no answer comes within as many",
    ),
    (
        "--tls-version",
        "that version only; mosquitto's clients take later ones too",
    ),
    (
        "--ciphers",
        "those that rustls has; a name that it does not have is refused with the list of those that it has",
    ),
    (
        "--key",
        "a key that is encrypted is refused, with the command that decrypts it",
    ),
    (
        "--psk",
        "refused: rustls has no pre-shared keys; certificates take their place",
    ),
    (
        "--psk-identity",
        "refused: rustls has no pre-shared keys; certificates take their place",
    ),
    (
        "--tls-engine",
        "refused: rustls has no engines; `--key` takes their place",
    ),
    (
        "--tls-engine-kpass-sha1",
        "refused: rustls has no engines; `--key` takes their place",
    ),
    ("--keyform", "`pem` only: rustls has no engines"),
    (
        "--cafile",
        "a certificate of version 1 is accepted only if an authority in FILE itself signed it; a common name counts, where \
         there is no subject alternative name and no authority above it is limited to some hosts (name constraints)",
    ),
    (
        "--cert",
        "of any version, as with mosquitto's; its key is one that rustls has: RSA of 2048 to 4096 bits, P-256, P-384 or \
         Ed25519",
    ),
    (
        "--insecure",
        "refused where nothing asks for TLS, as are the other flags that say how to encrypt; signatures and dates are \
         checked all the same, as with mosquitto's, and of version 1 only what `--cafile` says is accepted",
    ),
    (
        "--proxy",
        "with `--unix` it is refused; names and passwords may hold any % escape",
    ),
    ("-v", "on a terminal the layout is ours; in a pipe it is the same"),
    ("-W", "publisher has it too, for the answer to `--response-topic`"),
    ("-F", "publisher has it too, for the answer to `--response-topic`"),
    ("-N", "publisher has it too, for the answer to `--response-topic`"),
    (
        "--pretty",
        "publisher has it too, for the answer to `--response-topic`",
    ),
    (
        "-S",
        "`-p` does not matter, as with mosquitto's; without a domain it is refused, instead of taking this computer's",
    ),
    ("--version", "prints our version"),
    ("--help", "prints our help"),
];

/// Why a flag is not there. An entry that has become wrong, since the flag is there, is not printed.
pub(super) const ABSENT: &[(&str, &str)] = &[];
