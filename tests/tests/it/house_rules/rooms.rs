//! The rooms of the broker, and which may know which.

/// The rooms of `broker/core`, each with those it may know. The order is that of the table in `broker/core/src/lib.rs`: a
/// room knows only rooms above it here.
pub const CORE_ROOMS: &[(&str, &[&str])] = &[
    ("topic", &[]),
    ("time", &[]),
    ("arrival", &[]),
    ("access", &["topic"]),
    ("wire", &["topic"]),
    ("session", &["access", "wire", "topic", "time"]),
    ("router", &["topic"]),
    ("snapshot", &["wire", "topic"]),
    ("journal", &["session", "arrival", "wire", "topic", "time"]),
    ("pattern", &["journal", "wire", "topic", "time"]),
    ("expect", &["pattern", "journal", "wire", "topic", "time"]),
    ("auth", &["access", "arrival", "wire"]),
    (
        "engine",
        &[
            "session", "router", "arrival", "access", "wire", "topic", "time", "auth", "journal", "snapshot",
        ],
    ),
];

/// The rooms of `broker`, each with those it may know, in either crate. The order is that of the table in
/// `broker/src/lib.rs`.
pub const ROOMS: &[(&str, &[&str])] = &[
    ("clock", &["time"]),
    ("notice", &["engine", "journal", "time"]),
    ("private_file", &[]),
    ("snapshot", &["private_file", "error"]),
    ("capability", &[]),
    ("way", &["wire", "arrival", "private_file", "clock"]),
    (
        "backend",
        &[
            "way", "engine", "arrival", "journal", "session", "wire", "clock", "time",
        ],
    ),
    (
        "front",
        &[
            "way",
            "backend",
            "access",
            "arrival",
            "auth",
            "wire",
            "engine",
            "expect",
            "journal",
            "notice",
            "capability",
            "snapshot",
            "time",
        ],
    ),
    ("answer", &["error", "front"]),
    ("error", &["front", "engine", "expect", "capability"]),
    ("broker", HANDLE),
    ("builder", HANDLE),
    ("control", HANDLE),
    ("keeping", HANDLE),
    ("reading", HANDLE),
    ("expecting", HANDLE),
    (
        "cli",
        &[
            "answer",
            "error",
            "broker",
            "builder",
            "control",
            "reading",
            "front",
            "notice",
            "engine",
            "journal",
            "pattern",
            "capability",
            "wire",
            "time",
            "clock",
            "way",
            "private_file",
        ],
    ),
];

/// What makes up the handle that a program holds; it binds all rooms together.
const HANDLE: &[&str] = &[
    "answer",
    "error",
    "broker",
    "builder",
    "control",
    "reading",
    "keeping",
    "expecting",
    "front",
    "way",
    "backend",
    "notice",
    "clock",
    "private_file",
    "engine",
    "journal",
    "pattern",
    "expect",
    "snapshot",
    "access",
    "arrival",
    "auth",
    "wire",
    "time",
    "topic",
    "capability",
];
