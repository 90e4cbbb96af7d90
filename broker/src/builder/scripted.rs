//! What answers by itself from the start on, and the time that it tells.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use settings::{BrokerSettings, ProfileMode, ScriptTable};

use super::{Builder, devices, engine_of};
use crate::broker::Broker;
use crate::capability::{Capability, Support};
use crate::device::Device;
use crate::fault::{Faults, Invalid, Rule};
use crate::front::{Command, Held, StartError};
use crate::profile::Mode;
use crate::profiles;
use crate::recording::spare;
use crate::script;
use crate::stub::{Stub, Stubs};
use crate::template::Files;
use crate::time::Time;

impl Builder {
    /// A rule that is in force from the first connection on. [`Broker::reset`] leaves it.
    ///
    /// ```
    /// use broker::{fault::Rule, pattern::pubrel};
    ///
    /// let lost = Rule::on(pubrel()).nth(1).drop_it().named("lost PUBREL");
    /// let broker = broker::Broker::builder().fault(lost).start().wait()?;
    /// assert_eq!(broker.faults().list().wait()?[0].name, "lost PUBREL");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fault(mut self, rule: Rule) -> Self {
        self.scripted.faults.push(rule);
        self
    }

    /// A stub that is there from the first connection on. [`Broker::reset`] leaves it.
    ///
    /// ```
    /// use broker::{pattern::publish, stub::Stub};
    ///
    /// let lamp = Stub::on(publish("cmd/+")).named("lamp").publish("state/{{ message.wildcards[0] }}", "{{ message.payload }}");
    /// let broker = broker::Broker::builder().stub(lamp).start().wait()?;
    /// assert_eq!(broker.stubs().list().wait()?.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stub(mut self, stub: Stub) -> Self {
        self.scripted.stubs.push(stub);
        self
    }

    /// A file with rules, stubs and devices, tables `[[fault]]`, `[[stub]]` and `[[device]]`, that are there from the first
    /// connection on.
    ///
    /// ```
    /// let file = std::env::temp_dir().join(format!("builder-script-{}.toml", std::process::id()));
    /// std::fs::write(&file, "[[stub]]\nwhen = { packet = \"PUBLISH\", topic = \"a\" }\npublish = { topic = \"b\" }\n")?;
    /// let broker = broker::Broker::builder().script(&file).start().wait()?;
    /// assert_eq!(broker.stubs().list().wait()?.len(), 1);
    /// # std::fs::remove_file(file)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn script(self, path: impl AsRef<Path>) -> Self {
        let path = path.as_ref().to_string_lossy().into_owned();
        self.configure(|settings| settings.script.push(path))
    }

    /// The name of a profile, or its file: clients are held against the limits of that broker from the first connection on, and what
    /// it would not take is told ([`Broker::profile`], [`profiles`](crate::profiles)).
    ///
    /// ```
    /// use broker::expect::no_violations;
    ///
    /// let broker = broker::Broker::builder().profile("aws-iot").start().wait()?;
    /// // … here the program under test connects and publishes …
    /// broker.expect(no_violations()).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn profile(self, name: impl Into<String>) -> Self {
        self.configure(|settings| settings.profile.name = name.into())
    }

    /// What comes of violations of the profile. Without it they are told, and clients see nothing of it.
    ///
    /// ```
    /// use broker::profile::Mode;
    ///
    /// let broker = broker::Broker::builder().profile("aws-iot").profile_mode(Mode::Enforce).start().wait()?;
    /// // … a client that publishes at QoS 2 is disconnected now …
    /// # drop(broker);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn profile_mode(self, mode: Mode) -> Self {
        self.configure(|settings| {
            settings.profile.mode = match mode {
                Mode::Warn => ProfileMode::Warn,
                Mode::Enforce => ProfileMode::Enforce,
            }
        })
    }

    /// Rules, stubs and devices of settings files.
    pub(crate) fn tables(mut self, tables: Vec<ScriptTable>) -> Self {
        self.scripted.tables = tables;
        self
    }

    /// What the clock on the wall is taken to show at the start, for templates and captures; else it is looked at. With this, a
    /// [seed](Builder::seed) and a clock that stands still, a run tells the same times each time.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let new_year = Duration::from_secs(1_767_225_600); // 2026-01-01, counted from 1970
    /// let broker = broker::Broker::builder().wall_time(new_year).seed(7).start().wait()?;
    /// # drop(broker);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wall_time(mut self, since_1970: Duration) -> Self {
        self.wall_time = Some(since_1970);
        self
    }
}

/// Files that would be written, and are the recording that answers.
pub(super) fn played_over(settings: &BrokerSettings) -> impl Iterator<Item = StartError> {
    let journal = &settings.journal;
    let over = |path: &String| {
        let cause = spare(&settings.upstream, path.as_ref()).err()?;
        let path = path.clone();
        Some(StartError::JournalFile { path, cause })
    };
    [&journal.file, &journal.recording].into_iter().filter_map(over)
}

/// What is ready to be there at the start.
#[derive(Default)]
pub(crate) struct Ready {
    faults: Vec<Rule>,
    stubs: Vec<Stub>,
    devices: Vec<(Device, Files)>,
    profile: Option<Held>,
}

impl Ready {
    /// What may do harm.
    pub fn warning(&self, settings: &BrokerSettings) -> Option<String> {
        devices::crowded(&self.devices, settings.limits.max_connections)
    }

    /// How many rules, stubs and devices there are, in this order.
    pub fn counts(&self) -> [(usize, &'static str); 3] {
        [
            (self.faults.len(), "rule"),
            (self.stubs.len(), "stub"),
            (self.devices.len(), "device"),
        ]
    }
}

/// What is there at the start: of the builder, of settings files, of a script.
#[derive(Clone, Default)]
pub(super) struct Scripted {
    faults: Vec<Rule>,
    stubs: Vec<Stub>,
    pub(super) devices: Vec<Device>,
    tables: Vec<ScriptTable>,
}

impl Scripted {
    /// The rules, and the stubs with their files; and all that is wrong: with one by itself, and with all together.
    pub fn look(self, settings: &BrokerSettings) -> (Ready, Vec<StartError>) {
        let mut wrong: Vec<StartError> = Vec::new();
        let mut tables = self.tables;
        for path in &settings.script {
            match settings::script(Path::new(path)) {
                Ok(mut more) => tables.append(&mut more),
                Err(error) => wrong.push(error.into()),
            }
        }
        let plans = settings.listeners();
        let listeners: Vec<&str> = plans.iter().map(|plan| &*plan.name).collect();
        let (script, invalid) = script::read(&tables, &listeners);
        let elsewhere = self.faults.iter().map(|rule| rule.check_listener(&listeners));
        let elsewhere = elsewhere.chain(
            self.devices
                .iter()
                .map(|device| device.check_listener(&listeners)),
        );
        wrong.extend(elsewhere.filter_map(Result::err).map(StartError::Script));
        if !invalid.is_empty() {
            wrong.push(StartError::Tables(script::Misreads(invalid)));
        }
        let mut faults = self.faults;
        faults.extend(script.faults);
        let mut rules = Faults::default();
        for rule in &faults {
            wrong.extend(rules.add(Time::ZERO, rule.clone()).err().map(StartError::Script));
        }
        let (mut trial, mut ready) = (Stubs::default(), Vec::new());
        for stub in self.stubs {
            match script::with_files(stub, Path::new("")) {
                Ok(stub) => ready.push(stub),
                Err(invalid) => wrong.push(invalid.into()),
            }
        }
        ready.extend(script.stubs);
        #[cfg(feature = "contracts")]
        match super::contracts::examples(settings) {
            Ok(stubs) => ready.extend(stubs),
            Err(error) => wrong.push(error),
        }
        for stub in &ready {
            wrong.extend(
                trial
                    .add(Time::ZERO, stub.clone(), true)
                    .err()
                    .map(StartError::Script),
            );
        }
        let devices = devices::ready(self.devices, script.devices, &mut wrong);
        let engine = engine_of(settings);
        if !devices.is_empty() && engine.support(Capability::Devices) == Support::No {
            let why =
                "simulated devices are clients of the native engine; here, let real ones connect".to_owned();
            wrong.push(StartError::Engine { engine, why });
        }
        if !ready.is_empty() && engine.support(Capability::Inject) == Support::No {
            let why = "stubs publish messages, which only the native engine takes from the program itself"
                .to_owned();
            wrong.push(StartError::Engine { engine, why });
        }
        if !ready.is_empty() && settings.journal.entries == 0 {
            wrong.push(StartError::Script(Invalid {
                place: "stubs".to_owned(),
                what: "they look at the journal, which is off (`journal.entries` is 0)".to_owned(),
            }));
        }
        let profile = held(settings).unwrap_or_else(|invalid| {
            wrong.push(StartError::Script(invalid));
            None
        });
        let stubs = ready;
        let ready = Ready {
            faults,
            stubs,
            devices,
            profile,
        };
        (ready, wrong)
    }

    /// The same for a start, which ends with the first that is wrong.
    pub fn ready(self, settings: &BrokerSettings) -> Result<Ready, StartError> {
        let (ready, wrong) = self.look(settings);
        wrong.into_iter().next().map_or(Ok(ready), Err)
    }
}

/// The profile that these settings name.
fn held(settings: &BrokerSettings) -> Result<Option<Held>, Invalid> {
    let mode = match settings.profile.mode {
        ProfileMode::Enforce => Mode::Enforce,
        _ => Mode::Warn,
    };
    match &*settings.profile.name {
        "" => Ok(None),
        name => profiles::find(name).map(|profile| Some((Arc::new(profile), mode))),
    }
}

/// They are there before the first connection: commands that are there when the thread starts come first.
pub(super) fn begin(broker: &Broker, ready: Ready) {
    let Ready {
        faults,
        stubs,
        devices,
        profile,
    } = ready;
    if faults.is_empty() && stubs.is_empty() && devices.is_empty() && profile.is_none() {
        return;
    }
    broker
        .caller
        .send(Command::Disturb(Box::new(move |machines, backend| {
            // Each was tried before.
            machines.begin_profile(profile);
            machines.begin_rules(backend.now(), faults);
            machines.with_stubs(backend, |all, _| {
                for stub in stubs {
                    let _ = all.add(Time::ZERO, stub, true);
                }
            });
            for device in devices {
                let _ = machines.add_device(backend, device, true);
            }
        })));
}
