//! [`Namespace`]: a network of its own on this machine, whose clients look like those of another one. It needs root.

use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;

use super::peers::Missing;

/// A network namespace, joined to ours by a pair of virtual cards. Removed when it is dropped.
#[derive(Debug)]
pub struct Namespace {
    name: String,
    outside: Ipv4Addr,
}

impl Namespace {
    /// Makes one, or the test is skipped.
    pub fn new() -> Result<Self, Missing> {
        let number = std::process::id();
        let [.., high, low] = number.to_be_bytes();
        // 198.18.0.0/15 is for tests of networks, and nobody's.
        let [outside, inside] = [1, 2].map(|host| Ipv4Addr::new(198, 18 + (high & 1), low, host));
        let name = format!("mqtt-{number}");
        let (here, there) = (format!("mq{number}a"), format!("mq{number}b"));
        let namespace = Self { name, outside };
        let name = &namespace.name;
        let inside = format!("{inside}/24");
        let steps = [
            format!("netns add {name}"),
            format!("link add {here} type veth peer name {there} netns {name}"),
            format!("address add {outside}/24 dev {here}"),
            format!("link set {here} up"),
            format!("-n {name} address add {inside} dev {there}"),
            format!("-n {name} link set {there} up"),
        ];
        for step in steps {
            let made = Command::new("ip").args(step.split(' ')).output();
            if !made.is_ok_and(|output| output.status.success()) {
                return Err(Missing::new(
                    format!("`ip {step}` fails"),
                    "run as root, with Debian's iproute2",
                ));
            }
        }
        Ok(namespace)
    }

    /// Our own address towards it.
    pub fn outside(&self) -> IpAddr {
        self.outside.into()
    }

    /// A program in it.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name, program]);
        command
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // Its card goes with it, and so does ours.
        let _ = Command::new("ip").args(["netns", "delete", &self.name]).output();
    }
}
