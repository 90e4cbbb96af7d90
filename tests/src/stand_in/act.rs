//! [`Actor`]: does the steps of a case against one broker, and says what was seen.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use broker::QoS;
use broker::wire::Version;

use super::Broker;
use super::peer::{Hello, Peer};
use crate::harness::{DEADLINE, Program};

/// The clients of one case.
#[derive(Debug)]
pub struct Actor<'a> {
    broker: &'a Broker,
    /// Stands in client identifiers that a step does not choose: no case finds what another one left.
    case: usize,
    peers: HashMap<String, Peer>,
    programs: HashMap<String, Program>,
}

/// The step at which the broker reads its files again.
pub(super) const RELOAD: &str = "reload";
/// Behind a name and `$` stands a program that goes on while the next steps are done.
const BACKGROUND: &str = "$ ";

/// 0, 1 or 2.
pub fn qos(text: &str) -> QoS {
    match text {
        "0" => QoS::AtMostOnce,
        "1" => QoS::AtLeastOnce,
        "2" => QoS::ExactlyOnce,
        _ => panic!("{text} is no QoS"),
    }
}

impl<'a> Actor<'a> {
    /// Nobody is connected yet.
    pub fn new(broker: &'a Broker, case: usize) -> Self {
        Self {
            broker,
            case,
            peers: HashMap::new(),
            programs: HashMap::new(),
        }
    }

    /// Does a step; gives what was seen, if anything is to be seen.
    pub fn act(&mut self, step: &str) -> String {
        if let Some(command) = step.strip_prefix(BACKGROUND) {
            return self.run(command);
        }
        if step == RELOAD {
            self.broker.signal("HUP");
            return String::new();
        }
        let (name, rest) = step.split_once(' ').unwrap_or_else(|| panic!("WHO DOES: {step}"));
        if let Some(name) = name.strip_suffix('$') {
            return self.begin(name, rest);
        }
        let words: Vec<_> = rest.split_whitespace().collect();
        if words == ["prints"] {
            let program = self.programs.remove(name);
            return program.map_or_else(|| "not subscribed".to_owned(), said);
        }
        if let ["connect", version, ref options @ ..] = words[..] {
            return self.connect(name, version, options);
        }
        let Some(peer) = self.peers.get_mut(name) else {
            return "not connected".to_owned();
        };
        match words[..] {
            ["subscribe", filter, level] => peer.subscribe(filter, qos(level)),
            ["unsubscribe", filter] => peer.unsubscribe(filter),
            ["publish", topic, level, payload] => peer.publish(topic, qos(level), &inflated(payload), false),
            ["publish", topic, level, payload, "retained"] => {
                peer.publish(topic, qos(level), &inflated(payload), true)
            }
            ["clears", topic] => peer.publish(topic, QoS::AtLeastOnce, "", true),
            ["gets"] => peer.messages(),
            ["awaits"] => peer.await_messages(1),
            ["awaits", count] => peer.await_messages(count.parse().expect("a count")),
            ["told", property] => peer.told(property),
            ["ends"] => peer.end(),
            ["vanishes"] => {
                self.peers.remove(name);
                String::new()
            }
            ["leaves"] => {
                self.peers.remove(name).expect("it is there").leave();
                String::new()
            }
            _ => panic!("teach this test `{step}`"),
        }
    }

    /// Says goodbye to everybody, and waits until they are gone.
    pub fn leave(self) {
        self.peers.into_values().for_each(Peer::leave);
    }

    fn connect(&mut self, name: &str, version: &str, options: &[&str]) -> String {
        let own = format!("{}-{name}", self.case);
        let mut hello = Hello {
            version: match version {
                "3.1" => Version::V31,
                "3.1.1" => Version::V311,
                "5" => Version::V5,
                _ => panic!("{version} is no version"),
            },
            client_id: &own,
            user: None,
            password: None,
            will: None,
            clean: true,
            keep_alive_secs: 60,
            session_expiry_secs: None,
            on: None,
            tls: false,
            web_socket: false,
            certificate: None,
            lazy: false,
        };
        let mut again = false;
        for option in options {
            match option.split_once('=').unwrap_or((option, "")) {
                ("id", id) => hello.client_id = id,
                ("user", user) => hello.user = Some(user),
                ("password", password) => hello.password = Some(password),
                ("will", will) => hello.will = Some(will),
                ("resume", "") => hello.clean = false,
                ("keep_alive", secs) => hello.keep_alive_secs = secs.parse().expect("seconds"),
                ("expiry", secs) => hello.session_expiry_secs = Some(secs.parse().expect("seconds")),
                ("on", on) => hello.on = Some(on),
                ("tls", "") => hello.tls = true,
                ("ws", "") => hello.web_socket = true,
                ("certificate", name) => hello.certificate = Some(name),
                ("lazy", "") => hello.lazy = true,
                ("again", "") => again = true,
                _ => panic!("teach this test {option}"),
            }
        }
        let began = Instant::now();
        let mut pause = Duration::from_millis(5);
        loop {
            let (peer, words) = Peer::connect(self.broker.place(), &hello);
            // A signal is answered by nothing: what it changes is asked for until it has changed.
            if peer.is_none() && again && began.elapsed() < DEADLINE {
                // Ever more seldom: too many wrong passwords in a minute are not looked at any more.
                std::thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_secs(1));
                continue;
            }
            self.peers.remove(name);
            if let Some(peer) = peer {
                self.peers.insert(name.to_owned(), peer);
            }
            return words;
        }
    }

    fn run(&self, command: &str) -> String {
        said(Program::start(&mut self.broker.place().shell(command)))
    }

    /// Starts `mosquitto_sub` or `mosquitto_rr`, and waits until it has subscribed or has ended.
    fn begin(&mut self, name: &str, command: &str) -> String {
        // Without a buffer, to be seen at once; and with a word about SUBACK.
        let command = format!("exec stdbuf -oL {command} -d");
        let mut program = Program::start(&mut self.broker.place().shell(&command));
        match program.until_or_end(|line| line.starts_with("Subscribed (mid")) {
            Some(line) => {
                self.programs.insert(name.to_owned(), program);
                line
            }
            None => said(program),
        }
    }
}

/// `4000*x` is a long payload.
fn inflated(payload: &str) -> String {
    match payload.split_once('*') {
        Some((count, text)) => text.repeat(count.parse().expect("a count")),
        None => payload.to_owned(),
    }
}

/// All that a program said that is the same each time, and its exit code where that is not 0.
fn said(program: Program) -> String {
    let finished = program.wait();
    // Of `-d`, with identifiers that are chance.
    let is_same = |line: &&String| !line.starts_with("Client ") && !line.starts_with("Subscribed (mid");
    let mut words: Vec<_> = [finished.stdout, finished.stderr]
        .iter()
        .flatten()
        .filter(is_same)
        .cloned()
        .collect();
    if finished.code != Some(0) {
        words.push(format!(
            "exit {}",
            finished.code.map_or("signal".to_owned(), |code| code.to_string())
        ));
    }
    words.join(" / ")
}
