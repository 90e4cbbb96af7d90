//! Plugins: those that the broker does itself, told by their file names.

use super::line::Line;
use super::table::OF_LISTENER;
use super::translate::{Below, Walk, text};
use super::value;
use super::world;
use crate::error::Origin;

/// A plugin that the file loads.
pub(super) struct Plugin {
    /// What `plugin_load` calls it.
    name: Option<String>,
    kind: Kind,
    origin: Origin,
    /// The listeners that use it; an empty place is the whole broker.
    users: Vec<Option<usize>>,
    /// Whether it was given the option that it needs.
    has_file: Option<Line>,
}

/// What a plugin does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    DynamicSecurity,
    PasswordFile,
    AclFile,
    /// It keeps what is to outlive the broker.
    Persistence,
    Unknown,
}

impl Kind {
    fn of(path: &str) -> Self {
        let file = path.rsplit(['/', '\\']).next().unwrap_or(path).replace('-', "_");
        let name = file.split('.').next().unwrap_or_default();
        match name.trim_start_matches("lib").trim_start_matches("mosquitto_") {
            "dynamic_security" => Self::DynamicSecurity,
            "password_file" => Self::PasswordFile,
            "acl_file" => Self::AclFile,
            name if name.starts_with("persist_") => Self::Persistence,
            _ => Self::Unknown,
        }
    }

    /// The option that names its file, and the setting that has it.
    fn file(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::DynamicSecurity => Some(("config_file", "dynamic_security_file")),
            Self::PasswordFile => Some(("password_file", "password_file")),
            Self::AclFile => Some(("acl_file", "acl_file")),
            Self::Persistence | Self::Unknown => None,
        }
    }
}

impl Walk<'_> {
    pub(super) fn plugin_line(&mut self, line: &Line, below: &mut Below) {
        match line.option.name {
            "plugin" | "auth_plugin" | "global_plugin" => {
                let Some(path) = value::text(line, &mut self.told).map(str::to_owned) else {
                    return;
                };
                let is_global = line.option.name == "global_plugin" || !self.per_listener;
                let user = below.listener.filter(|_| !is_global);
                if !is_global && user.is_none() && self.default.origin.is_none() {
                    let text = format!(
                        "`{}` stands before the first `listener`; put it below the one that it is about",
                        line.name
                    );
                    self.told.wrong(&line.origin, text);
                }
                self.load(line, None, &path, below);
                if let Some(plugin) = self.plugins.last_mut() {
                    plugin.users.push(user);
                }
            }
            "plugin_load" => {
                let (name, path) = value::first(&line.rest);
                if path.is_empty() {
                    return self.told.wrong(
                        &line.origin,
                        "`plugin_load` needs a name and a path: `plugin_load NAME /path/to/plugin.so`",
                    );
                }
                if self
                    .plugins
                    .iter()
                    .any(|known| known.name.as_deref() == Some(name))
                {
                    return self.told.wrong(
                        &line.origin,
                        format!("`plugin_load` names a second plugin {name:?}"),
                    );
                }
                self.load(line, Some(name.to_owned()), path, below);
            }
            "plugin_use" => self.use_plugin(line, *below),
            "auth_plugin_deny_special_chars" => {
                value::boolean(line, &mut self.told);
            }
            _ => self.plugin_option(line, *below),
        }
    }

    fn load(&mut self, line: &Line, name: Option<String>, path: &str, below: &mut Below) {
        let kind = Kind::of(path);
        match kind {
            Kind::Unknown => {
                let text = format!(
                    "`{}` {path} is refused: the broker loads no plugins, and this one may decide who comes in; ours are users, \
                     ACLs, dynamic security and `auth.http_url`",
                    line.name
                );
                self.told.wrong(&line.origin, text);
            }
            Kind::Persistence => {
                self.persistence.insert("persistence", line.clone());
            }
            _ => {}
        }
        self.plugins.push(Plugin {
            name,
            kind,
            origin: line.origin.clone(),
            users: Vec::new(),
            has_file: None,
        });
        below.plugin = Some(self.plugins.len() - 1);
    }

    fn use_plugin(&mut self, line: &Line, below: Below) {
        let Some(name) = value::word(line, &mut self.told).map(str::to_owned) else {
            return;
        };
        let Some(listener) = below.listener else {
            return self.told.wrong(
                &line.origin,
                "`plugin_use` stands below no `listener`; put it below the one that is to use the plugin",
            );
        };
        let named = |known: &&mut Plugin| known.name.as_deref() == Some(&name);
        if let Some(plugin) = self.plugins.iter_mut().find(named) {
            plugin.users.push(Some(listener));
        } else {
            let text = format!("`plugin_use` {name}: no `plugin_load` above calls a plugin so");
            self.told.wrong(&line.origin, text);
        }
    }

    fn plugin_option(&mut self, line: &Line, below: Below) {
        let Some(plugin) = below.plugin.and_then(|index| self.plugins.get_mut(index)) else {
            let text = format!(
                "`{}` stands below no `plugin`; put it below the one that it is about",
                line.name
            );
            return self.told.wrong(&line.origin, text);
        };
        let name = line
            .name
            .trim_start_matches("plugin_opt_")
            .trim_start_matches("auth_opt_");
        match plugin.kind.file() {
            Some((option, _)) if option == name => plugin.has_file = Some(line.clone()),
            Some((option, _)) => {
                let text = format!(
                    "`{}` does nothing here; of this plugin's options `plugin_opt_{option}` does",
                    line.name
                );
                self.told.remark(&line.origin, text);
            }
            // The plugin itself is refused, or its options are about a database that is not there.
            None => {}
        }
    }

    /// The files of the plugins, as settings.
    pub(super) fn settle_plugins(&mut self) {
        for plugin in std::mem::take(&mut self.plugins) {
            let Some((option, key)) = plugin.kind.file() else {
                continue;
            };
            let Some(line) = plugin.has_file else {
                let text =
                    format!("this plugin needs its file: `plugin_opt_{option} PATH` on a line below it");
                self.told.wrong(&plugin.origin, text);
                continue;
            };
            if plugin.users.is_empty() {
                self.told.remark(
                    &plugin.origin,
                    "no listener uses this plugin: a `plugin_use` below a `listener` does",
                );
            }
            world::file(&line, self.main, &mut self.told);
            for user in plugin.users {
                let path = text(&line.rest);
                match (user, general(key)) {
                    (None, Some(key)) => self.put(&line, key, path),
                    (None, None) => {}
                    (Some(_), _) => self.put_on_listener(
                        &line,
                        Below {
                            listener: user,
                            ..Below::default()
                        },
                        key,
                        path,
                    ),
                }
            }
        }
    }
}

/// The setting of the whole broker for a key of `[[listener]]`.
fn general(key: &str) -> Option<&'static str> {
    debug_assert!(!key.starts_with(OF_LISTENER));
    [
        "auth.dynamic_security_file",
        "auth.password_file",
        "auth.acl_file",
    ]
    .into_iter()
    .find(|known| known.ends_with(&format!(".{key}")))
}
