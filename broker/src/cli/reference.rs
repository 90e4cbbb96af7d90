//! `docs/BROKER.md`: the program's flags, events and exit codes, made from their definitions.
//!
//! A test fails when the page is stale; `UPDATE_DOCS=1 cargo test -p broker --test it cli` writes it anew.

use std::fmt::Write as _;

use clap::{Arg, ArgAction, CommandFactory};

use super::flags::Flags;
use super::line::LINES;
use super::stop::Stop;
use super::task::VARIABLES;
use super::{EXIT_CODES, ctl};
use crate::engine::Stats;
use crate::journal::{CloseReason, EVENTS};

/// The page, as Markdown.
pub fn markdown() -> String {
    let command = Flags::command();
    let mut page = String::from(
        "<!-- Generated from broker/src/cli; `UPDATE_DOCS=1 cargo test -p broker --test it cli` writes it anew. -->\n\n\
         # The program `broker`\n\n",
    );
    if let Some(about) = command.get_about() {
        let _ = writeln!(page, "{about}\n");
    }
    page += "    cargo run -- FLAGS\n\n## Flags\n\n| flag | what it does |\n|---|---|\n";
    for arg in command.get_arguments() {
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(page, "| `{}` | {help} |", spelling(arg));
    }
    for (flag, help) in [("-h, --help", "Print help"), ("-V, --version", "Print version")] {
        let _ = writeln!(page, "| `{flag}` | {help} |");
    }
    page += "\nFlags override what file and environment say of a setting ([CONFIG.md](CONFIG.md)); a flag with a name of \
             its own wins over `--set`. Flags that may be repeated make a list; of `--config`, each file overrides \
             those before it. A program that starts the broker for tests says `--no-config`: then neither `CITRONELLA_CONFIG` nor a \
             file of the directory has a say.\n";
    around_a_command(&mut page);
    subcommands(&mut page, &command);
    output(&mut page);
    events(&mut page);
    page += "\n## Exit codes\n\n| code | when |\n|---|---|\n";
    for (code, when) in EXIT_CODES {
        let _ = writeln!(page, "| {code} | {when} |");
    }
    page
}

/// `broker -- COMMAND` and `broker -d`.
fn around_a_command(page: &mut String) {
    page.push_str(
        "\n## For one command: `broker FLAGS -- COMMAND ARGS…`\n\n\
         The command starts once clients can connect. It finds the broker by its environment:\n\n\
         | variable | what it says |\n|---|---|\n",
    );
    for (name, what) in VARIABLES {
        let _ = writeln!(page, "| `{name}` | {what} |");
    }
    page.push_str(
        "\nThe port is a free one, so that many can run side by side; `-p`, `CITRONELLA_PORT` or a settings file may choose one, such as 1883 \
         for programs that know no other. Standard input and output are the command's own. The broker says on stderr what is \
         wrong, and with `-v` everything.\n\n\
         When the command ends, the broker ends, with the command's exit code: 128 and the signal's number where a signal ended it; 127 \
         where there is no such command, 126 where it may not be executed. SIGINT and SIGTERM are passed on to the command and to what it \
         has started; the broker goes on until the command has ended. On a terminal Ctrl-C reaches both by itself. With `--parent-pid` \
         the command is told SIGTERM when that process ends, and after five seconds SIGKILL; the exit code is its own then, too: 143 where SIGTERM ended it.\n\n\
         ## In the background: `broker -d`\n\n\
         The program comes back when clients can connect, with 0; its one line says where the broker is and which process \
         (`--json` as everywhere). A start that fails says why, with its exit code. The broker has a session of its own and \
         holds neither the terminal nor a pipe of its caller; its lines go where `log.destinations` says, except stdout and stderr. `kill PID` \
         stops it; `pid_file` and `--parent-pid` are there for those who cannot remember the number. On Windows there is no `-d`.\n",
    );
}

/// `broker check`, `broker ca` and the like.
fn subcommands(page: &mut String, command: &clap::Command) {
    page.push_str("\n## Commands\n\n");
    for subcommand in command.get_subcommands() {
        let about = subcommand
            .get_about()
            .map(ToString::to_string)
            .unwrap_or_default();
        let names = subcommand
            .get_positionals()
            .filter_map(Arg::get_value_names)
            .flatten();
        let words: Vec<&str> = [subcommand.get_name()]
            .into_iter()
            .chain(names.map(clap::builder::Str::as_str))
            .collect();
        let _ = writeln!(page, "### `broker {}`\n\n{about}.\n", words.join(" "));
        page.push_str("| flag | what it does |\n|---|---|\n");
        for arg in subcommand.get_arguments().filter(|arg| !arg.is_positional()) {
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(page, "| `{}` | {help} |", spelling(arg));
        }
        page.push('\n');
        if subcommand.has_subcommands() {
            commands_of(page, subcommand);
        }
        if subcommand.get_name() == "ctl" {
            words_of_ctl(page);
        }
    }
    page.push_str(
        "`broker check` prints on stderr what is wrong and what else should be known, each with its file and line, and on stdout \
         how many rules, stubs and devices it read, and the settings that the files give, as TOML that gives the same settings \
         (passwords excepted). `--script FILE` is checked as the broker would read it. A mosquitto.conf becomes \
         TOML so; nothing asks for that, since the broker reads both. With `--json` all of it is one object: `ok`, `problems` and \
         `remarks` (`file`, `line`, `text`), `warnings`, `rules`, `stubs` and `devices` (how many were \
         read), `settings`, `toml`. Password files, ACL files and certificates are read, too.\n\n\
         `broker health` says CONNECT, and waits for the answer: at the URL, at a place that the ready file names, or where the \
         settings say that clients are taken, of several the simplest. It trusts every certificate. A broker that refuses this \
         client, since it has no password and no certificate, has answered: exit code 0. One that is not there, says nothing for \
         5 seconds or says Server unavailable is not healthy: 1.\n\n## Certificates\n\n\
         TLS needs no certificates: the broker makes a certificate authority (CA) of its own, and one that it signs for \
         localhost, 127.0.0.1, ::1, the host name and the addresses it listens on. A client that asks for a name which means \
         something on a private network alone (`mqtt`, `broker.local`, `x.test`) is shown one with that name. Clients must \
         trust the CA: `broker ca > ca.pem`, then `mosquitto_sub --cafile ca.pem`. It is another one at each \
         start, unless `--state-dir` keeps it.\n\n\
         A broker that was started with `--tls`, or whose settings speak of TLS, puts `ca.pem`, `crl.pem` and `ca-key.pem` \
         (mode 0600) into `citronella-UID/PORT/` in `$XDG_RUNTIME_DIR` or the directory for temporary files, which only its \
         owner may look into, and removes them at its end; what a killed one left, the next start removes. With `--state-dir` \
         they lie in DIR, and a file in `citronella-UID/PORT/` names it. So `broker ca` and `broker cert` find them by the \
         port, as the same user on the same machine. Any other broker gives its CA's certificate to everybody who asks its \
         port, and the key to nobody.\n\n\
         With `--preset` one thing is wrong with the server's certificate, or the client's. `revoked` is noticed only by clients \
         that look into the list: `broker ca --crl > crl.pem`, then `openssl s_client -crl_check -CRL crl.pem`, and in \
         Python `context.load_verify_locations(\"crl.pem\")` with `context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF`.\n",
    );
}

/// What `broker ctl` can be told, and the like.
fn commands_of(page: &mut String, parent: &clap::Command) {
    page.push_str("| command | what it does | flags |\n|---|---|---|\n");
    for command in parent.get_subcommands() {
        rows_of(page, parent.get_name(), command);
    }
    page.push('\n');
}

/// How patterns are said to `broker ctl`, and its exit codes.
fn words_of_ctl(page: &mut String) {
    page.push_str(
        "A pattern is a type of packets (`PUBLISH`, `PUBACK,PUBREC`) or an event (`disconnected`), `in` or `out`, `from=CLIENT`, \
         `to=CLIENT` or `of=CLIENT`, `json={…}` for a part of the payload, and fields as [PATTERNS.md](PATTERNS.md) has them, with dots for what is inside one:\n\n\
         | word | the field |\n|---|---|\n",
    );
    for (sign, meaning) in ctl::comparisons() {
        let _ = writeln!(page, "| `FIELD{sign}VALUE` | {meaning} |");
    }
    page.push_str(
        "\n`FIELD=null` means that it is absent. A shell takes `<` and `>` for itself: put such words into quotes. `broker ctl expect` takes several patterns with `then` between them. Rules, stubs, \
         devices and settings are `NAME=VALUE`, with dots in NAME; a VALUE is JSON where it reads as JSON, else a text. In place of all \
         such words may stand JSON, `@FILE` or `-` for stdin. Times are `500ms`, `30s`, `1h30m`, `2d`; a number alone is seconds.\n\n\
         | exit code | when |\n|---|---|\n",
    );
    for (code, when) in ctl::EXIT_CODES {
        let _ = writeln!(page, "| {code} | {when} |");
    }
    page.push_str("\n[API.md](API.md) shows each by example.\n\n");
}

/// One command, or those that it has inside.
fn rows_of(page: &mut String, before: &str, command: &clap::Command) {
    let names = command.get_positionals().filter_map(|arg| {
        let name = arg.get_value_names()?.first()?;
        let name = if arg.is_required_set() {
            name.to_string()
        } else {
            format!("[{name}]")
        };
        Some(format!(" {name}"))
    });
    let path = format!("{before} {}", command.get_name());
    if !command.has_subcommands() || !command.is_subcommand_required_set() {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let own = command
            .get_arguments()
            .filter(|arg| !arg.is_positional() && !arg.is_global_set());
        let flags: Vec<String> = own
            .map(|arg| format!("`{}`", spelling(arg).replace('|', "\\|")))
            .collect();
        let words = names.collect::<String>();
        let _ = writeln!(page, "| `{path}{words}` | {about} | {} |", flags.join(", "));
    }
    for command in command.get_subcommands() {
        rows_of(page, &path, command);
    }
}

/// `-p, --port <PORT>`
pub(super) fn spelling(arg: &Arg) -> String {
    let short = arg.get_short().map(|short| format!("-{short}"));
    let long = arg.get_long().map(|long| format!("--{long}"));
    let names: Vec<String> = short.into_iter().chain(long).collect();
    let takes_value = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
    let value = match arg.get_value_names() {
        Some([name, ..]) if arg.is_require_equals_set() => format!("[={name}]"),
        Some([name, ..]) if takes_value => format!(" {name}"),
        _ => String::new(),
    };
    format!("{}{value}", names.join(", "))
}

fn output(page: &mut String) {
    page.push_str(
        "\n## What it prints\n\n\
         The first line on stdout comes when clients can connect, and names the real addresses. Then one line for each event: \
         time in seconds since the start, client identifier (or `#` and the number of the connection, where there is none \
         yet), what happened. With `-v` packets too: `→` to the broker, `←` from it. Colours only on a terminal, and not with \
         `NO_COLOR`. Control characters that a client put into a name are shown escaped.\n\n\
         stderr has what is wrong, addresses that this machine does not have, and a warning where other machines can connect \
         without a password (`--json` has it in `listening`). The limit of open files is raised to what the system allows.\n\n\
         With `--quiet` stdout has the first line alone, and with `--json` the last one, too; stderr has errors and warnings.\n\n\
         The broker never waits for the reader of stdout. A reader that is too slow misses lines and is told how many. Once stdout is \
         closed the broker goes on in silence.\n\n\
         SIGINT and SIGTERM stop it in less than a second: 5.0 clients are told Server shutting down (0x8B), the ready file \
         is removed, a summary is printed. A second signal ends it at once. SIGHUP stops it where the terminal that it was \
         started from has gone; else certificates, keys and revocation lists are read again, and so are users and access control lists, and stderr \
         says so, or what is wrong: then all stays as it was. Clients whose user is gone, or has another password now, are \
         disconnected (Not authorized, 0x87). Other settings stay as they are, and so do other connections. Under `nohup` it \
         is not heard at all.\n\n\
         With `--parent-pid PID` it stops in the same way when that process ends, also when that was killed. It learns of this from \
         the system, and asks nothing in between: on Linux by a pidfd, on macOS and the BSDs by a kqueue. Where there is neither, as \
         before Linux 5.3 or in some sandboxes, it looks once a second. On Windows the flag is refused. A process that has ended and \
         that its own parent has not asked about yet (a zombie) has ended. If it has ended before the broker looked, the broker \
         says so and exits with 1.\n\n\
         The file of `--journal` is made for its owner alone (mode 0600; one that is there keeps its mode), since clients' \
         passwords and payloads may be in it. It has no gaps: while its writer is behind by more than the journal holds, no \
         client is read from, so that a disk that is slow slows down everybody. A writer that does not move for a second, \
         such as one to a pipe that nobody reads, is not waited for: the journal then holds up to eight times \
         `journal.bytes` for it, and what goes beyond is lost and counted. At the end the file is written whole; what a \
         pipe's reader does not take in 0.3 s is lost, and stderr says how much. A pipe is waited for at the start until \
         somebody reads it. Before another broker (`--upstream`, `--engine rumqttd`) nobody is held up; the rest is the same.\n",
    );
}

fn events(page: &mut String) {
    page.push_str(
        "\n## Events of `--json`\n\n\
         One JSON object a line. Every one has `event`, its name, and `at_secs`, the seconds since the broker began to \
         listen; names of other fields end in their unit, where there is one. Fields are always there, `null` where there is \
         nothing to say. New events and new fields may come; those here stay.\n",
    );
    // Between the first line, `listening`, and the others stands what happens in between.
    let (first, rest) = LINES.split_at(1);
    for line in first {
        section(page, line.name, line.what, line.fields.iter().copied());
    }
    for event in EVENTS {
        section(page, event.word, event.what, event.meanings());
        if event.word == "disconnected" {
            page.push_str("\nCauses:\n\n");
            // Each refusal is an event.
            for (word, meaning) in CloseReason::CAUSES.iter().filter(|(word, _)| *word != "refused") {
                let _ = writeln!(page, "- `{word}`: {meaning}");
            }
        }
    }
    for line in rest {
        section(page, line.name, line.what, line.fields.iter().copied());
    }
    page.push_str("\nCauses:\n\n");
    for (word, meaning) in Stop::CAUSES {
        let _ = writeln!(page, "- `{word}`: {meaning}");
    }
    let _ = writeln!(page, "\nCounters: {}.", counters().join(", "));
}

/// What one line of JSON means.
fn section<'a>(page: &mut String, name: &str, what: &str, fields: impl Iterator<Item = (&'a str, &'a str)>) {
    let _ = writeln!(page, "\n### `{name}`\n\n{what}");
    for (n, (name, meaning)) in fields.enumerate() {
        let gap = if n == 0 { "\n" } else { "" };
        let _ = writeln!(page, "{gap}- `{name}`: {meaning}");
    }
}

fn counters() -> Vec<String> {
    let stats = serde_json::to_value(Stats::default()).unwrap_or_default();
    let names = stats.as_object().into_iter().flatten();
    names.map(|(name, _)| format!("`{name}`")).collect()
}
