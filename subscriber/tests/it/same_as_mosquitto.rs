//! The same command lines through `mosquitto_sub` and `subscriber`: standard output and exit code must be equal.

use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::SUBSCRIBER;
use crate::support::servers::Server;
use crate::support::{have, run, run_with_input, stderr};

/// Formats, each tried on a plain message, on binary, on JSON, and on one with every property.
const FORMATS: &[&str] = &[
    "%%",
    "%t",
    "%10t|",
    "%-10t|",
    "%2t",
    "%.2t",
    "%6.2t|",
    "%-6.2t|",
    "%010t",
    "%A",
    "%5A|",
    "%05A|",
    "%-5A|",
    "%C",
    "%30C|",
    "%-30C|",
    "%.3C|",
    "%D",
    "%10D",
    "%F",
    "%3F|",
    "%03F|",
    "%-3F|",
    "%P",
    "%10P",
    "%R",
    "%10R|",
    "%-10R|",
    "%.2R|",
    "%S",
    "%3S|",
    "%03S|",
    "%-3S|",
    "%l",
    "%5l|",
    "%05l|",
    "%-5l|",
    "%-05l|",
    "%005l",
    "%.3l",
    "%m",
    "%5m|",
    "%05m|",
    "%-5m|",
    "%p",
    "%5p|",
    "%05p|",
    "%-5p|",
    "%100p|",
    "%-100p|",
    "%0100p|",
    "%.2p",
    "%-p|",
    "%q",
    "%5q",
    "%r",
    "%x",
    "%-x|",
    "%X",
    "%5%",
    "@@",
    "\\\\",
    "a\\tb",
    "\\a\\e\\n\\r\\v",
    "\\0",
    "plain",
    "",
    "ünï %t",
    "%q %r %l %t %p",
    "@Q@E@O@1@-@L@f@v@+",
    "@%",
    "@n@t",
    "@ü",
];

/// Formats of the time; digits are compared as digits, the rest as it is.
const TIMES: &[&str] = &[
    "%I",
    "%30I|",
    "%-30I|",
    "%.4I",
    "%U",
    "@N",
    "@Y-@m-@d",
    "@H:@M:@S",
    "@a @A @b @B",
    "@c",
    "@C",
    "@D",
    "@e",
    "@F",
    "@g @G",
    "@h",
    "@I",
    "@j",
    "@k|@l",
    "@p @P",
    "@r",
    "@R",
    "@s",
    "@T",
    "@u",
    "@U",
    "@V",
    "@w",
    "@W",
    "@x",
    "@X",
    "@y",
    "@z",
    "@Z",
];

const JSON: &[&[&str]] = &[
    &["-F", "%j"],
    &["-F", "%J"],
    &["-F", "%j", "--pretty"],
    &["-F", "%J", "--pretty"],
    &["-F", "%10j"],
];

const TOPICS: &[&str] = &["f/text", "f/bin", "f/json", "f/props", "f/nul", "f/numbers"];

/// Other flags, on the retained messages under `f`.
const FLAGS: &[&[&str]] = &[
    &["-t", "f/text", "-C", "1"],
    &["-t", "f/text", "-C", "1", "-v"],
    &["-t", "f/text", "-C", "1", "-N"],
    &["-t", "f/text", "-C", "1", "-v", "-N"],
    &["-t", "f/bin", "-C", "1", "-v"],
    &["-t", "f/text", "-C", "1", "-q", "1", "-d", "-i", "dbg"],
    &["-t", "f/text", "-C", "1", "-q", "2", "-d", "-i", "dbg"],
    &["-t", "f/text", "-C", "1", "-q", "2", "-d", "-i", "dbg", "-V", "5"],
    &[
        "-t", "f/text", "-C", "1", "-q", "2", "-d", "-i", "dbg", "-V", "31",
    ],
    &["-t", "f/text", "-E", "-d", "-i", "dbg"],
    &["-t", "a", "-t", "b", "-E", "-d", "-i", "dbg", "-q", "1"],
    &["-t", "a", "-U", "b", "-U", "c", "-E", "-d", "-i", "dbg"],
    &[
        "-t",
        "a",
        "-E",
        "-d",
        "-i",
        "dbg",
        "-V",
        "5",
        "--retain-as-published",
    ],
    &["-t", "$share/g/a", "-E", "-d", "-i", "dbg", "-V", "5"],
    &["-t", "a", "-E", "-c", "-i", "kept"],
    &["-t", "a", "-E", "-c", "-i", "kept", "-V", "5"],
    &["-t", "a", "-E", "-I", "pre"],
    &["-t", "a", "-E", "-x", "10", "-V", "5"],
    &["-t", "a", "-E", "-x", "-1", "-V", "5", "-i", "x"],
    &["-t", "a", "-E", "-k", "5"],
    &["-t", "a", "-E", "--nodelay"],
    &["-t", "a", "-E", "-A", "127.0.0.1"],
    &["-t", "a", "-E", "--quiet"],
    &[
        "-t",
        "a",
        "-E",
        "--will-topic",
        "w",
        "--will-payload",
        "p",
        "--will-qos",
        "1",
        "--will-retain",
    ],
    &["-t", "a", "-E", "-D", "subscribe", "subscription-identifier", "3"],
    &["-t", "a", "-E", "-D", "subscribe", "user-property", "k", "v"],
    &[
        "-t",
        "a",
        "-E",
        "-D",
        "connect",
        "user-property",
        "k",
        "v",
        "-D",
        "connect",
        "receive-maximum",
        "5",
    ],
    &[
        "-t",
        "a",
        "-U",
        "b",
        "-E",
        "-D",
        "unsubscribe",
        "user-property",
        "k",
        "v",
    ],
    &[
        "-t",
        "f/text",
        "-F",
        "%S %p",
        "-C",
        "1",
        "-D",
        "subscribe",
        "subscription-identifier",
        "3",
    ],
    &["-t", "f/text", "-W", "1"],
    &["-t", "f/text", "-W", "1", "--quiet"],
    &["-t", "f/text", "-R", "-W", "1"],
    &["-t", "f/text", "-T", "f/+", "-W", "1"],
    &[
        "-t",
        "f/+",
        "-T",
        "f/bin",
        "-T",
        "f/nul",
        "-T",
        "f/numbers",
        "-T",
        "f/json",
        "-v",
        "-C",
        "2",
        "-q",
        "1",
    ],
    &["-t", "f/text", "--retained-only", "-C", "1"],
    &["-t", "f/text", "-C", "1", "-F", "%t", "-v"],
];

/// Flags that are wrong: both say so and end with the same code. `mosquitto_sub` lets some more pass (`-q x`,
/// `--will-qos` without a topic, an empty `-t`, `--random-filter 101`), which `subscriber` refuses.
const WRONG: &[&[&str]] = &[
    &[],
    &["-t"],
    &["-h"],
    &["--nonsense"],
    &["-t", "a#"],
    &["-t", "+a"],
    &["-t", "a", "-q", "3"],
    &["-t", "a", "-C", "0"],
    &["-t", "a", "-C", "x"],
    &["-t", "a", "-W", "0"],
    &["-t", "a", "-W", "x"],
    &["-t", "a", "-V", "6"],
    &["-t", "a", "-k", "65536"],
    &["-t", "a", "-p", "0"],
    &["-t", "a", "-p", "65536"],
    &["-t", "a", "-i", "x", "-I", "y"],
    &["-t", "a", "-c"],
    &["-t", "a", "-T", "#a"],
    &["-t", "a", "-U", "#a"],
    &["-t", "a", "-F", "%"],
    &["-t", "a", "-F", "%5"],
    &["-t", "a", "-F", "%-"],
    &["-t", "a", "-F", "%5."],
    &["-t", "a", "-F", "%k"],
    &["-t", "a", "-F", "%--5l"],
    &["-t", "a", "-F", "%5-l"],
    &["-t", "a", "-F", "@"],
    &["-t", "a", "-F", "\\"],
    &["-t", "a", "-F", "\\z"],
    &["-t", "a", "-R", "--retained-only"],
    &["-t", "a", "--random-filter", "0"],
    &["-t", "a", "--will-payload", "x"],
    &["-t", "a", "--will-retain"],
    &["-t", "a", "--will-topic", "#"],
    &["-t", "a", "--will-topic", "w", "--will-qos", "3"],
    &["-t", "a", "-x", "soon"],
    &["-t", "a", "-V", "5", "-x", "4294967296"],
    &["-t", "a", "-M", "0"],
    &["-t", "a", "-L", "nonsense"],
    &["-t", "a", "-D", "subscribe"],
    &["-t", "a", "-D", "subscribe", "content-type", "x"],
    &["-t", "a", "-D", "nonsense", "content-type", "x"],
    &["-t", "a", "-D", "connect", "nonsense", "x"],
    &["-t", "a", "-D", "connect", "receive-maximum", "65536"],
    &["-t", "a", "-D", "connect", "user-property", "x"],
];

/// Brokers with the retained messages that the tables speak of.
fn servers() -> Vec<Server> {
    if !have("mosquitto_sub") || !have("mosquitto_pub") {
        return Vec::new();
    }
    let servers = Server::one_of_each();
    for server in &servers {
        fill(&server.port());
    }
    servers
}

fn fill(port: &str) {
    let publish = |topic: &str, payload: &[u8], arguments: &[&str]| {
        let arguments = [&["-p", port, "-r", "-q", "1", "-s", "-t", topic], arguments].concat();
        let output = run_with_input("mosquitto_pub", &arguments, payload);
        assert!(output.status.success(), "{}", stderr(&output));
    };
    publish("f/text", b"hello world", &[]);
    publish("f/bin", b"a\xFF\xE9\"\\\n\t\x01\x7F\x1F/b", &[]);
    publish("f/nul", b"a\0b", &[]);
    publish(
        "f/json",
        r#"{"b": 1.50, "a":[1,2,{"c":"é\u00e9/"},{},[]], "d":1e3, "e": true,"f":null}"#.as_bytes(),
        &[],
    );
    publish(
        "f/numbers",
        b"[01,-0,0.1,1e400,1.5e-7,12345678901234567890,3.14159265358979312,0.30000000000000004]",
        &[],
    );
    let properties = "content-type text/plain;user-property k1 v1;user-property k2 v2;correlation-data some data;\
                      response-topic r/t;payload-format-indicator 1";
    let mut arguments = vec!["-V", "5"];
    for property in properties.split(';') {
        arguments.extend(["-D", "publish"]);
        let words = if property.starts_with("user") { 3 } else { 2 };
        arguments.extend(property.splitn(words, ' '));
    }
    publish("f/props", b"with properties", &arguments);
}

/// Runs both programs; `compare` makes of an output what must be equal.
fn compare(port: &str, arguments: &[&str], compare: impl Fn(&[u8]) -> Vec<u8>) -> Result<(), String> {
    let arguments = if arguments.contains(&"-p") {
        arguments.to_vec()
    } else {
        [&["-p", port], arguments].concat()
    };
    let look = |output: &Output| (output.status.code(), compare(&output.stdout));
    let mut difference = String::new();
    // A second or a day may begin between the two runs.
    for _ in 0..3 {
        let theirs = run("mosquitto_sub", &arguments);
        let ours = run(SUBSCRIBER, &arguments);
        if look(&theirs) == look(&ours) {
            return Ok(());
        }
        difference = format!(
            "{arguments:?}\n  theirs {:?} {:?} {}\n  ours   {:?} {:?} {}",
            theirs.status.code(),
            String::from_utf8_lossy(&theirs.stdout),
            stderr(&theirs).trim(),
            ours.status.code(),
            String::from_utf8_lossy(&ours.stdout),
            stderr(&ours).trim(),
        );
    }
    Err(difference)
}

/// Compares all of `lines` on each broker, a few at a time.
fn compare_all(lines: &[Vec<&str>], view: impl Fn(&[u8]) -> Vec<u8> + Sync) {
    for server in servers() {
        compare_on(&server, lines, &view);
    }
}

fn compare_on(server: &Server, lines: &[Vec<&str>], view: &(impl Fn(&[u8]) -> Vec<u8> + Sync)) {
    let port = server.port();
    let next = AtomicUsize::new(0);
    // Two clients of one name would take the session over from each other.
    let named = std::sync::Mutex::new(());
    let differences: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut found = Vec::new();
                    while let Some(line) = lines.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let _alone = line.contains(&"-i").then(|| named.lock());
                        found.extend(compare(&port, line, view).err());
                    }
                    found
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    });
    assert!(
        differences.is_empty(),
        "{}: {} of {} differ:\n{}",
        server.name(),
        differences.len(),
        lines.len(),
        differences.join("\n")
    );
}

/// What `%j` and `%J` of mosquitto 2.0 print, in the form of 2.1.
fn as_in_2_1(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let pair = [r#"{"k1":"v1","k2":"v2"}"#, r#"[{"k1":"v1"},{"k2":"v2"}]"#];
    let pretty = [
        "{\n\t\t\t\"k1\":\t\"v1\",\n\t\t\t\"k2\":\t\"v2\"\n\t\t}",
        "[{\n\t\t\t\t\"k1\":\t\"v1\"\n\t\t\t}, {\n\t\t\t\t\"k2\":\t\"v2\"\n\t\t\t}]",
    ];
    for [old, new] in [
        [r#""retain":0"#, r#""retain":false"#],
        [r#""retain":1"#, r#""retain":true"#],
        ["\"retain\":\t0", "\"retain\":\tfalse"],
        ["\"retain\":\t1", "\"retain\":\ttrue"],
        ["Z+", "+"],
        pair,
        pretty,
    ] {
        let found = bytes
            .windows(old.len())
            .position(|window| window == old.as_bytes());
        if let Some(at) = found {
            bytes.splice(at..at + old.len(), new.bytes());
        }
    }
    bytes
}

fn digits_hidden(bytes: &[u8]) -> Vec<u8> {
    bytes
        .iter()
        .map(|byte| if byte.is_ascii_digit() { b'#' } else { *byte })
        .collect()
}

#[test]
fn formats() {
    let mut lines = Vec::new();
    for format in FORMATS {
        lines.push(vec!["-t", "f/text", "-C", "1", "-q", "1", "-F", format]);
        lines.push(vec!["-t", "f/props", "-C", "1", "-V", "5", "-F", format]);
        if format.contains(['p', 'x', 'X', 'l']) {
            lines.push(vec!["-t", "f/bin", "-C", "1", "-F", format]);
        }
    }
    compare_all(&lines, <[u8]>::to_vec);
}

#[test]
fn formats_of_the_time() {
    let lines: Vec<_> = TIMES
        .iter()
        .map(|format| vec!["-t", "f/text", "-C", "1", "-F", format])
        .collect();
    compare_all(&lines, digits_hidden);
}

#[test]
fn json_formats() {
    let mut lines = Vec::new();
    for topic in TOPICS {
        for format in JSON {
            for version in ["311", "5"] {
                lines.push([&["-t", topic, "-C", "1", "-q", "1", "-V", version], *format].concat());
            }
        }
    }
    // The time stands at the beginning and differs; everything after it must be equal, but for what 2.1 has made of it.
    compare_all(&lines, |bytes| {
        let bytes = &as_in_2_1(bytes)[..];
        let start = bytes
            .windows(7)
            .position(|window| window == b"\"topic\"")
            .unwrap_or(0);
        [digits_hidden(&bytes[..start]), bytes[start..].to_vec()].concat()
    });
}

#[test]
fn other_flags() {
    let lines: Vec<_> = FLAGS.iter().map(|line| line.to_vec()).collect();
    compare_all(&lines, <[u8]>::to_vec);
}

#[test]
fn wrong_flags() {
    let lines: Vec<_> = WRONG.iter().map(|line| line.to_vec()).collect();
    compare_all(&lines, <[u8]>::to_vec);
}
