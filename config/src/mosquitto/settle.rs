//! What all lines together mean: the listeners with what each takes, who may come in, and the defaults that are mosquitto's.

use std::net::IpAddr;

use super::listener::Draft;
use super::told::Told;
use super::translate::{Setting, Walk};
use super::{translate, world};
use crate::broker::overlaps;
use crate::error::Origin;
use crate::loader::Given;
use crate::target::Target;
use crate::value::{Kind, Value};

/// What a client sees of mosquitto's defaults, where ours are others.
const DEFAULTS: &[(&str, u64)] = &[
    ("session.max_inflight", 20),
    ("session.receive_maximum", 20),
    ("session.max_queued_messages", 1_000),
    ("session.max_queued_bytes", 1 << 50),
    ("session.topic_alias_maximum", 10),
    ("session.outgoing_topic_alias_maximum", 10),
];

/// All settings, each with its place; and all that is to be told.
pub(super) fn settle(mut walk: Walk<'_>, has_port: bool) -> (Vec<Given>, Told) {
    walk.settle_plugins();
    walk.settle_logs();
    let bridges = walk.settle_bridges();
    walk.settle_persistence();
    let whole = Origin::File {
        path: walk.main.to_owned(),
        line: None,
    };
    let drafts = walk.drafts(&whole, has_port);
    let Walk {
        told, general, main, ..
    } = &mut walk;
    let mut given = Vec::new();
    let mut give = |key: &str, value: Value, origin: &Origin| match Target::find(key, origin) {
        Ok(target) => given.push((target, value, origin.clone())),
        Err(problem) => told.problems.push(problem),
    };
    for (key, number) in DEFAULTS {
        give(key, (*number).into(), &whole);
    }
    if !has_port && !drafts.is_empty() {
        give("listen", false.into(), &whole);
    }
    for setting in std::mem::take(general) {
        give(setting.key, setting.value, &setting.origin);
    }
    // Tables are there before their keys, each with its line where that is one of the main file.
    let tables = drafts.iter().map(|(origin, _)| Value {
        line: match origin {
            Origin::File { path, line } if path == main => *line,
            _ => None,
        },
        kind: Kind::Table(Vec::new()),
    });
    give("listener", Kind::List(tables.collect()).into(), &whole);
    for (index, (_, keys)) in drafts.into_iter().enumerate() {
        for Setting { key, value, origin } in keys {
            give(&format!("listener[{index}].{key}"), value, &origin);
        }
    }
    if !bridges.is_empty() {
        let tables = bridges.iter().map(|_| Value::from(Kind::Table(Vec::new())));
        give("bridge", Kind::List(tables.collect()).into(), &whole);
    }
    for (index, keys) in bridges.into_iter().enumerate() {
        for Setting { key, value, origin } in keys {
            give(&format!("bridge[{index}].{key}"), value, &origin);
        }
    }
    (given, walk.told)
}

/// A place where something listens.
struct Taken {
    /// As a user would say it.
    place: String,
    /// 0 for a Unix socket.
    port: u16,
    addresses: Vec<IpAddr>,
    origin: Origin,
}

impl Taken {
    fn of(draft: &Draft, origin: &Origin) -> Self {
        let place = match &draft.host {
            Some((host, _)) => format!("{} {host}", draft.place()),
            None => draft.place(),
        };
        Self {
            place,
            port: draft.port.unwrap_or_default(),
            addresses: Vec::new(),
            origin: origin.clone(),
        }
    }

    fn overlaps(&self, other: &Self) -> bool {
        let mut pairs = self
            .addresses
            .iter()
            .flat_map(|one| other.addresses.iter().map(move |two| (*one, *two)));
        self.port != 0 && self.port == other.port && pairs.any(|(one, two)| overlaps(one, two))
    }
}

impl Walk<'_> {
    /// The listeners, each with its line and its keys.
    fn drafts(&mut self, whole: &Origin, has_port: bool) -> Vec<(Origin, Vec<Setting>)> {
        let mut default = std::mem::take(&mut self.default);
        let mut listeners = std::mem::take(&mut self.listeners);
        let is_local = default.origin.is_none() && listeners.is_empty();
        if default.origin.is_some() {
            listeners.insert(0, default);
        } else if is_local {
            let told =
                "no `listener`: only programs on this machine can connect; `listener 1883` lets others in";
            self.told.remark(whole, told);
            if has_port && default.options().is_empty() {
                return Vec::new();
            }
            default.port = Some(1883);
            listeners.push(default);
        } else {
            for (name, origin) in default.options() {
                let told = format!(
                    "`{name}` stands before the first `listener`; put it below the one that it is about"
                );
                self.told.wrong(origin, told);
            }
        }
        self.settle_anonymous(&mut listeners, is_local, whole);
        let mut seen: Vec<Taken> = Vec::new();
        let mut drafts = Vec::new();
        for draft in listeners {
            let origin = draft.origin.clone().unwrap_or_else(|| whole.clone());
            let mut taken = Taken::of(&draft, &origin);
            let keys = draft.settle(whole, is_local, &mut self.told);
            taken.addresses = keys
                .iter()
                .filter(|setting| setting.key == "bind")
                .flat_map(|setting| setting.value.texts())
                .filter_map(|address| address.parse().ok())
                .collect();
            self.settle_twice(taken, &mut seen);
            drafts.push((origin, keys));
        }
        drafts
    }

    /// A place that two listeners want.
    fn settle_twice(&mut self, taken: Taken, seen: &mut Vec<Taken>) {
        let Taken { place, origin, .. } = &taken;
        if let Some(Taken { origin: first, .. }) = seen.iter().find(|other| other.place == *place) {
            let text = format!(
                "a second listener on {place}, as in {first}; give it another port, or leave one out"
            );
            self.told.wrong(origin, text);
        } else if let Some(other) = seen.iter().find(|other| other.overlaps(&taken)) {
            let first = &other.origin;
            let text = format!(
                "port {} is taken by the listener of {first}, on an address of this one; give it another port, or leave one out",
                taken.port
            );
            self.told.wrong(origin, text);
        }
        seen.push(taken);
    }

    /// Who may come in without a user name: on any address nobody, unless a line says so.
    fn settle_anonymous(&mut self, listeners: &mut [Draft], is_local: bool, whole: &Origin) {
        const KEY: &str = "auth.allow_anonymous";
        let said = self.general.iter().find(|setting| setting.key == KEY);
        let said = said.map(|setting| (setting.value.is_true(), setting.origin.clone()));
        let (may, origin) = said.clone().unwrap_or((is_local, whole.clone()));
        self.general.retain(|setting| setting.key != KEY);
        // On this machine alone everybody may come in where no line says otherwise: as by our own defaults.
        let keys = [KEY, "auth.allow_anonymous_remotely"];
        for key in keys.into_iter().filter(|_| said.is_some() || !is_local) {
            let origin = origin.clone();
            self.general.push(Setting {
                key,
                value: may.into(),
                origin,
            });
        }
        if self.per_listener {
            for listener in listeners
                .iter_mut()
                .filter(|listener| listener.get("allow_anonymous").is_none())
            {
                let origin = listener.origin.clone().unwrap_or_else(|| whole.clone());
                listener.keys.push(Setting {
                    key: "allow_anonymous",
                    value: is_local.into(),
                    origin,
                });
            }
        }
        let has_users = |key: &str| {
            ["password_file", "dynamic_security_file"]
                .iter()
                .any(|name| key.ends_with(name))
        };
        let are_users = self.general.iter().any(|setting| has_users(setting.key));
        if is_local && are_users && said.is_none() {
            self.told.remark(whole, "without a user name, too, programs on this machine may connect; `allow_anonymous false` ends that");
        }
        // Of a line that is wrong is told already.
        let is_wrong = self.is_wrong("allow_anonymous") || self.is_wrong("listener_allow_anonymous");
        for listener in listeners.iter() {
            let may = listener
                .get("allow_anonymous")
                .map_or(may, |setting| setting.value.is_true());
            let knows = are_users
                || listener.keys.iter().any(|setting| has_users(setting.key))
                || listener.is_on("use_identity_as_username")
                || listener.is_on("use_subject_as_username");
            if !may && !knows && !is_wrong {
                let place = listener.place();
                let name = if self.per_listener { "below it " } else { "" };
                let own = listener.get("allow_anonymous").map(|setting| &setting.origin);
                let of_all = said.as_ref().map(|(_, origin)| origin);
                let why = match own
                    .or(of_all)
                    .filter(|said| listener.origin.as_ref() != Some(*said))
                {
                    Some(said) => format!("`allow_anonymous` is false in {said}"),
                    None if self.per_listener => {
                        "`allow_anonymous` is false where no line below a listener says otherwise".to_owned()
                    }
                    None => "`allow_anonymous` is false where nothing else is said".to_owned(),
                };
                let text = format!(
                    "nobody can connect to {place}: there are no users, and {why}; \
                     write {name}`password_file PATH`, or `allow_anonymous true` to let everybody in"
                );
                let origin = listener.origin.as_ref().unwrap_or(whole);
                self.told.remark(origin, text);
            }
        }
        // A page may connect from anywhere, unless a line says which.
        for listener in listeners
            .iter_mut()
            .filter(|listener| listener.is_websockets() && listener.get("origins").is_none())
        {
            let origin = listener.origin.clone().unwrap_or_else(|| whole.clone());
            listener.keys.push(Setting {
                key: "origins",
                value: translate::texts(["*"]),
                origin,
            });
        }
    }

    /// Where what mosquitto would keep is kept; and what is to be said of that, in one line.
    fn settle_persistence(&mut self) {
        let lines = std::mem::take(&mut self.persistence);
        let on = ["persistence", "retained_persistence"]
            .into_iter()
            .find_map(|name| lines.get(name));
        let Some(on) = on.filter(|line| !["false", "0"].contains(&super::value::first(&line.rest).0)) else {
            return;
        };
        let rest = |name: &str, otherwise: &str| {
            lines
                .get(name)
                .map_or(otherwise.to_owned(), |line| line.rest.clone())
        };
        let location = rest("persistence_location", "");
        match world::state_directory(&location) {
            Ok(directory) => {
                if location.is_empty() {
                    let text = "what outlives the broker is kept in the directory `citronella` of the working directory; \
                                `persistence_location` says where else";
                    self.told.remark(&on.origin, text.to_owned());
                }
                self.general.push(Setting {
                    key: "state_dir",
                    value: translate::text(directory),
                    origin: on.origin.clone(),
                });
            }
            Err(why) => {
                let text = format!(
                    "sessions and retained messages are kept in memory, and are gone when the broker ends: {why}"
                );
                self.told.remark(&on.origin, text);
            }
        }
        if let Some(found) = world::database(&location, &rest("persistence_file", "mosquitto.db")) {
            self.told.remark(&on.origin, found);
        }
    }
}
