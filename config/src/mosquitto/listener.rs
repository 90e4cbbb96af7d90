//! One listener of the file, on its way to a table of `[[listener]]`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::line::Line;
use super::told::Told;
use super::translate::{Below, Setting, Walk, text, texts};
use super::value::{self, first, one_of};
use super::world;
use crate::error::Origin;
use crate::value::Value;

/// What is known of a listener so far.
#[derive(Default)]
pub(super) struct Draft {
    /// Where its `listener` or `port` line stands; none for what stands before the first of them.
    pub(super) origin: Option<Origin>,
    pub(super) port: Option<u16>,
    /// The address that it was given, and where.
    pub(super) host: Option<(String, Origin)>,
    socket: Option<String>,
    /// Whether it listens on IPv6 alone (`true`) or IPv4 alone.
    is_ipv6: Option<bool>,
    websockets: Option<Origin>,
    origins: Vec<String>,
    /// Its other keys.
    pub(super) keys: Vec<Setting>,
    /// The names of the options that gave something, each with its line.
    options: Vec<(&'static str, Origin)>,
}

/// Keys that only mean something for a listener with TLS.
const OF_TLS: &[&str] = &[
    "ca_file",
    "ca_path",
    "cert_file",
    "key_file",
    "crl_file",
    "require_certificate",
    "use_identity_as_username",
    "use_subject_as_username",
    "min_version",
    "ciphers",
];

impl Walk<'_> {
    pub(super) fn listener_line(&mut self, line: &Line, below: &mut Below) {
        match line.option.name {
            "listener" => {
                if let Some(draft) = Draft::begin(line, &mut self.told) {
                    self.listeners.push(draft);
                    below.listener = Some(self.listeners.len() - 1);
                }
            }
            "protocol" => self.protocol(line, *below),
            "socket_domain" => {
                if let Some(domain) = one_of(line, &mut self.told) {
                    let is_ipv6 = domain == "ipv6";
                    let draft = self.draft(*below);
                    draft.is_ipv6 = Some(is_ipv6);
                    draft.note(line);
                }
            }
            "max_connections" => {
                if let Some(count) = value::integer(line, &mut self.told).filter(|&count| count >= 0) {
                    self.put_on_listener(line, *below, "max_connections", count);
                }
            }
            "max_topic_alias_broker" => self.set(line),
            "enable_proxy_protocol" => {
                if value::integer(line, &mut self.told).is_some() {
                    self.put_on_listener(line, *below, "proxy_protocol", true);
                }
            }
            "accept_protocol_versions" => self.versions(line, *below),
            "websockets_origin" => {
                if let Some(origin) = value::text(line, &mut self.told) {
                    let origin = origin.to_owned();
                    let draft = self.draft(*below);
                    draft.origins.push(origin);
                    let origins = texts(draft.origins.clone());
                    self.put_on_listener(line, *below, "origins", origins);
                }
            }
            "tls_version" => {
                let Some(version) = one_of(line, &mut self.told) else {
                    return;
                };
                let least = if version == "tlsv1.3" { "1.3" } else { "1.2" };
                if !["tlsv1.3", "tlsv1.2"].contains(&version) {
                    let told = format!(
                        "`tls_version` is {version:?}; 1.2 is the least here, since older versions are not safe"
                    );
                    self.told.remark(&line.origin, told);
                }
                self.put_on_listener(line, *below, "min_version", text(least));
            }
            "ciphers" | "ciphers_tls1.3" => {
                if let Some(list) = value::text(line, &mut self.told) {
                    let mut names: Vec<String> = list.split(':').map(str::trim).map(str::to_owned).collect();
                    let before = self.draft(*below).names("ciphers");
                    names.splice(0..0, before);
                    self.put_on_listener(line, *below, "ciphers", texts(names));
                }
            }
            "tls_keyform" => {
                if one_of(line, &mut self.told) == Some("engine") {
                    let why = "`tls_keyform engine` is refused: keys in the hands of an OpenSSL engine cannot be used; give a `keyfile` in PEM";
                    self.told.wrong(&line.origin, why);
                }
            }
            "listener_allow_anonymous" | "listener_auto_id_prefix" | "mount_point"
                if below.listener.is_none() =>
            {
                let text = format!(
                    "`{}` stands below no `listener`; put it below the one that it is about",
                    line.name
                );
                self.told.wrong(&line.origin, text);
            }
            _ => self.set_on_listener(line, *below),
        }
    }

    fn protocol(&mut self, line: &Line, below: Below) {
        let word = first(&line.rest).0;
        let hint = match word {
            "http_api" => "; that API is not there",
            "ws" | "wss" | "websocket" | "http" => {
                "; did you mean `websockets`? With a `certfile` it is inside TLS"
            }
            "mqtts" | "tls" | "ssl" | "tcp" => "; did you mean `mqtt`? With a `certfile` it is inside TLS",
            _ => {
                let Some(protocol) = one_of(line, &mut self.told) else {
                    return;
                };
                let is_websockets = protocol == "websockets";
                let draft = self.draft(below);
                draft.websockets = is_websockets.then(|| line.origin.clone());
                if is_websockets {
                    draft.note(line);
                }
                return;
            }
        };
        self.told.wrong(
            &line.origin,
            format!(
                "`protocol` is {word:?}; expected {}{hint}",
                line.option.takes.describe()
            ),
        );
    }

    fn versions(&mut self, line: &Line, below: Below) {
        let given = line.rest.split_once('#').map_or(&*line.rest, |(given, _)| given);
        let mut versions = Vec::new();
        for word in given.split([',', ' ', '\t']).filter(|word| !word.is_empty()) {
            versions.push(match word {
                "3" => "3.1",
                "4" => "3.1.1",
                "5" => "5.0",
                _ => {
                    let told = format!(
                        "`{}` has {word:?}; expected some of 3 (MQTT 3.1), 4 (MQTT 3.1.1) and 5, such as 4,5",
                        line.name
                    );
                    return self.told.wrong(&line.origin, told);
                }
            });
        }
        if versions.is_empty() {
            return self.told.wrong(
                &line.origin,
                format!(
                    "`{}` has no value; expected {}",
                    line.name,
                    line.option.takes.describe()
                ),
            );
        }
        self.put_on_listener(line, below, "mqtt_versions", texts(versions));
    }
}

impl Draft {
    /// What a `listener` line says.
    fn begin(line: &Line, told: &mut Told) -> Option<Self> {
        let (port, behind) = first(&line.rest);
        let mut draft = Self {
            origin: Some(line.origin.clone()),
            ..Self::default()
        };
        let place = first(behind).0;
        match port.parse::<u16>() {
            Ok(0) if place.is_empty() => {
                told.wrong(
                    &line.origin,
                    "`listener 0` needs the path of a Unix socket: `listener 0 /run/mqtt.sock`",
                );
                return None;
            }
            Ok(0) => draft.socket = Some(place.to_owned()),
            Ok(port) => {
                draft.port = Some(port);
                draft.host = Some(place)
                    .filter(|place| !place.is_empty())
                    .map(|place| (place.to_owned(), line.origin.clone()));
            }
            Err(_) => {
                let hint = match port.rsplit_once(':') {
                    Some((host, port)) if port.parse::<u16>().is_ok() => {
                        format!("; write `listener {port} {host}`")
                    }
                    _ if behind.parse::<u16>().is_ok() => {
                        format!("; the port comes first: `listener {behind} {port}`")
                    }
                    _ => String::new(),
                };
                told.wrong(&line.origin, format!("`listener` has {port:?} where a port from 1 to 65535 is expected, or 0 and the path of a Unix socket{hint}"));
                return None;
            }
        }
        Some(draft)
    }

    /// One of its keys, which a line gives.
    pub(super) fn put(&mut self, setting: Setting, line: &Line) {
        self.keys.retain(|known| known.key != setting.key);
        // What is switched off is as it is anyway.
        if !setting.value.is_false() {
            self.note(line);
        }
        self.keys.push(setting);
    }

    fn note(&mut self, line: &Line) {
        self.options.push((line.option.name, line.origin.clone()));
    }

    /// The options that gave something, each with its line.
    pub(super) fn options(&self) -> &[(&'static str, Origin)] {
        &self.options
    }

    pub(super) fn get(&self, key: &str) -> Option<&Setting> {
        self.keys.iter().find(|setting| setting.key == key)
    }

    /// Whether a key was given as `true`.
    pub(super) fn is_on(&self, key: &str) -> bool {
        self.get(key).is_some_and(|setting| setting.value.is_true())
    }

    fn names(&self, key: &str) -> Vec<String> {
        self.get(key).map_or(Vec::new(), |setting| setting.value.texts())
    }

    /// Where it listens, as a user would say it.
    pub(super) fn place(&self) -> String {
        match &self.socket {
            Some(path) => path.clone(),
            None => self.port.unwrap_or(1883).to_string(),
        }
    }

    pub(super) fn is_websockets(&self) -> bool {
        self.websockets.is_some()
    }

    /// Its keys, in the order of a reader: where it listens, what it takes, and the rest.
    pub(super) fn settle(mut self, origin: &Origin, is_local: bool, told: &mut Told) -> Vec<Setting> {
        let has_tls = self.settle_tls(told);
        let accepts = match (self.is_websockets(), has_tls) {
            (false, false) => "tcp",
            (false, true) => "tls",
            (true, false) => "ws",
            (true, true) => "wss",
        };
        let own = self.origin.clone().unwrap_or_else(|| origin.clone());
        let mut keys = Vec::new();
        let mut put = |key: &'static str, value: Value, origin: &Origin| {
            keys.push(Setting {
                key,
                value,
                origin: origin.clone(),
            });
        };
        if let Some(path) = &self.socket {
            put("socket", text(path), &own);
        } else {
            put("port", self.port.unwrap_or(1883).into(), &own);
            let from = self.host.as_ref().map_or(&own, |(_, origin)| origin).clone();
            put("bind", self.addresses(is_local, told).into(), &from);
        }
        let from = self
            .websockets
            .clone()
            .or_else(|| self.get("cert_file").map(|setting| setting.origin.clone()));
        put("accepts", texts([accepts]), &from.unwrap_or(own));
        keys.append(&mut self.keys);
        keys
    }

    /// A client is asked for its certificate where it needs one or is named by it: `cafile` alone asks for nothing.
    fn ask_as_mosquitto_asks(&mut self) {
        let asks = |key: &str| key == "require_certificate" || key.starts_with("use_");
        let has = |setting: &Setting| asks(setting.key) && setting.value.is_true();
        if !self.keys.iter().any(has) {
            self.keys
                .retain(|setting| !["ca_file", "ca_path", "crl_file"].contains(&setting.key));
        }
    }

    /// Whether it has TLS. What only means something with TLS is told of where it has none.
    fn settle_tls(&mut self, told: &mut Told) -> bool {
        let has = |key: &str| self.get(key).map(|setting| setting.origin.clone());
        match (has("cert_file"), has("key_file")) {
            (Some(_), Some(_)) => {
                self.ask_as_mosquitto_asks();
                return true;
            }
            (Some(origin), None) => {
                told.wrong(
                    &origin,
                    "`certfile` has no `keyfile` beside it; name the private key of the certificate, too",
                );
                return true;
            }
            (None, Some(origin)) => {
                told.wrong(
                    &origin,
                    "`keyfile` has no `certfile` beside it; name the certificate of the key, too",
                );
                return true;
            }
            (None, None) => {}
        }
        for setting in &self.keys {
            let Some(name) = self
                .options
                .iter()
                .find(|(_, origin)| *origin == setting.origin)
                .map(|(name, _)| *name)
            else {
                continue;
            };
            let is_off = !OF_TLS.contains(&setting.key) || setting.value.is_false();
            if is_off {
                continue;
            }
            let asks_for_certificates = setting.value.is_true() || setting.key.starts_with("ca_");
            if asks_for_certificates {
                let text = format!(
                    "`{name}` has no `certfile` and `keyfile` beside it: this listener would be without TLS"
                );
                told.wrong(&setting.origin, text);
            } else {
                told.remark(
                    &setting.origin,
                    format!("`{name}` means nothing here: this listener has no `certfile`, and so no TLS"),
                );
            }
        }
        self.keys.retain(|setting| !OF_TLS.contains(&setting.key));
        false
    }

    /// The addresses that it listens on.
    fn addresses(&self, is_local: bool, told: &mut Told) -> Vec<IpAddr> {
        let fits = |address: &IpAddr| self.is_ipv6.is_none_or(|is_ipv6| address.is_ipv6() == is_ipv6);
        let all: Vec<IpAddr> = match &self.host {
            None if is_local => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
            None => vec![Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()],
            Some((host, origin)) => match world::resolve(host) {
                Ok(found) => found,
                Err(why) => {
                    told.wrong(
                        origin,
                        format!("{host:?} is no address of this machine, and no name of one: {why}"),
                    );
                    return vec![Ipv4Addr::LOCALHOST.into()];
                }
            },
        };
        let fitting: Vec<IpAddr> = all.iter().copied().filter(fits).collect();
        if fitting.is_empty() {
            if let Some((host, origin)) = &self.host {
                told.wrong(
                    origin,
                    format!("{host:?} has no address of the family that `socket_domain` asks for"),
                );
            }
            return all;
        }
        fitting
    }
}
