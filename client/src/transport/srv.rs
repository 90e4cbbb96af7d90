//! Where the DNS says that a domain's broker is: SRV records. [RFC 2782]

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use rsdns::Error;
use rsdns::clients::ClientConfig;
use rsdns::clients::tokio::Client;
use rsdns::message::RCode;
use rsdns::records::Class;
use rsdns::records::data::Srv as Record;

use crate::error::ClientError;
use crate::plan::Connection;

/// How long to wait for one name server before the next is asked.
const PATIENCE: Duration = Duration::from_secs(3);
const DNS_PORT: u16 = 53;

/// Look up which hosts are the domain's broker.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Srv {
    /// The name server to ask; default: those of `/etc/resolv.conf`.
    pub name_server: Option<SocketAddr>,
}

/// The hosts that are to be tried, in this order, and the port of each.
pub(super) async fn targets(
    plan: &Connection,
    srv: Srv,
    domain: &str,
) -> Result<Vec<(String, u16)>, ClientError> {
    let service = if plan.tls.is_some() {
        "_secure-mqtt"
    } else {
        "_mqtt"
    };
    let name = format!("{service}._tcp.{domain}");
    let failed = |problem: String| ClientError::Srv {
        name: name.clone(),
        problem,
    };
    let servers = match srv.name_server {
        Some(server) => vec![server],
        None => name_servers(&std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default()),
    };
    let mut problem = String::new();
    for server in servers {
        match ask(server, &name).await {
            Ok(records) => {
                let targets = in_order(records, random);
                if targets.is_empty() {
                    return Err(failed("the domain says that it has no broker".to_owned()));
                }
                return Ok(targets);
            }
            Err(Error::NoAnswer) => return Err(failed("it has no such records".to_owned())),
            Err(Error::BadResponseCode(code)) if code == RCode::NXDOMAIN => {
                return Err(failed("there is no such name".to_owned()));
            }
            Err(Error::Timeout) => problem = format!("the name server {server} does not answer"),
            Err(Error::IoError(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
                problem = format!("there is no name server at {server}");
            }
            Err(Error::IoError(error)) => {
                problem = format!("the name server {server} cannot be asked: {error}");
            }
            Err(error) => problem = format!("the name server {server} did not help: {error}"),
        }
    }
    Err(failed(problem))
}

async fn ask(server: SocketAddr, name: &str) -> Result<Vec<Record>, Error> {
    let config = ClientConfig::with_nameserver(server).set_query_lifetime(PATIENCE);
    let mut client = Client::new(config).await?;
    let records = client.query_rrset::<Record>(name, Class::IN).await?;
    Ok(records.rdata)
}

/// The `nameserver` lines of resolv.conf(5); without one it is this computer.
fn name_servers(text: &str) -> Vec<SocketAddr> {
    let mut servers: Vec<SocketAddr> = text
        .lines()
        .filter_map(|line| line.strip_prefix("nameserver"))
        .filter(|rest| rest.starts_with([' ', '\t']))
        .filter_map(|rest| rest.trim().parse::<IpAddr>().ok())
        .map(|address| SocketAddr::new(address, DNS_PORT))
        .collect();
    if servers.is_empty() {
        servers.push((Ipv4Addr::LOCALHOST, DNS_PORT).into());
    }
    servers
}

/// The lowest priority first; within one, by chance in proportion to the weight. `random` gives a number below its argument.
fn in_order(mut records: Vec<Record>, mut random: impl FnMut(u64) -> u64) -> Vec<(String, u16)> {
    // Those of weight 0 come first, so that they have their small chance.
    records.sort_by_key(|record| (record.priority, record.weight));
    let mut targets = Vec::new();
    while let Some(priority) = records.first().map(|record| record.priority) {
        let equals = records.iter().take_while(|record| record.priority == priority);
        let weights: Vec<u64> = equals.map(|record| u64::from(record.weight)).collect();
        let drawn = random(weights.iter().sum::<u64>() + 1);
        let mut sum = 0;
        let chosen = weights.iter().position(|weight| {
            sum += weight;
            sum >= drawn
        });
        let record = records.remove(chosen.unwrap_or(0));
        // A single dot says that there is no such service.
        let host = record.target.as_str().trim_end_matches('.').to_owned();
        if !host.is_empty() {
            targets.push((host, record.port));
        }
    }
    targets
}

fn random(below: u64) -> u64 {
    RandomState::new().hash_one(below) % below
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn record(priority: u16, weight: u16, target: &str) -> Record {
        Record {
            priority,
            weight,
            port: 1883,
            target: target.parse().unwrap(),
        }
    }

    #[test]
    fn name_servers_are_those_of_resolv_conf() {
        let text = "# nameserver 9.9.9.9\nsearch example.org\nnameserver 192.0.2.1\nnameserver\t2001:db8::1 \nnameserver x\n\
                    nameservers 192.0.2.2\n";
        let servers: Vec<String> = name_servers(text).iter().map(ToString::to_string).collect();
        assert_eq!(servers, ["192.0.2.1:53", "[2001:db8::1]:53"]);
        assert_eq!(name_servers(""), ["127.0.0.1:53".parse().unwrap()]);
    }

    #[test]
    fn priorities_come_first_and_weights_are_chances() {
        let records = vec![
            record(2, 0, "last."),
            record(1, 30, "often."),
            record(1, 10, "seldom."),
        ];
        let mut firsts: HashMap<String, usize> = HashMap::new();
        for drawn in 0..=40 {
            let order = in_order(records.clone(), |below| drawn.min(below - 1));
            assert_eq!((order.len(), order[2].0.as_str()), (3, "last"));
            *firsts.entry(order[0].0.clone()).or_default() += 1;
        }
        assert_eq!((firsts["seldom"], firsts["often"]), (11, 30));
        assert_eq!(in_order(vec![record(0, 0, ".")], |_| 0), []);
        assert!((0..100).all(|_| random(3) < 3));
    }
}
