//! Users and rights as the program says that holds the broker, while it runs.
//!
//! They are laid over what settings and files say, at every listener, and stay so: also after the files were read again, by
//! [`Broker::reload_access`] or on SIGHUP.

use std::sync::Arc;

use settings::{AclLine, Secret};

use super::Broker;
use crate::access::{Account, Acl, Overrides, Password};
use crate::answer::Answer;
use crate::capability::Capability;
use crate::error::Kind;

impl Broker {
    /// Adds a user, or gives one another password. A client that is connected under this name with another password is disconnected
    /// (Not authorized). The broker keeps the password as it is, in memory alone.
    ///
    /// It has no say where a hook decides about logins, and dynamic security gives no rights to a user whom its file does not know.
    ///
    /// # Errors
    /// The engine is not ours, or the broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::builder()
    ///     .configure(|settings| settings.auth.allow_anonymous = false)
    ///     .start()
    ///     .wait()?;
    /// broker.set_user("ann", "pencil").wait()?; // from now on she may come in
    /// assert_eq!(broker.users().wait()?, ["ann"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_user(&self, name: impl Into<String>, password: impl Into<Secret>) -> Answer<()> {
        let account = Account::with(Some(Password::Plain(password.into())));
        let name = name.into();
        self.override_access(move |overrides| overrides.user(name, Some(account)))
    }

    /// Removes a user, wherever it comes from; its clients are disconnected (Not authorized). Returns whether there was one.
    ///
    /// # Errors
    /// The engine is not ours, or the broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// broker.set_user("ann", "pencil").wait()?;
    /// assert!(broker.remove_user("ann").wait()?);
    /// assert!(!broker.remove_user("ann").wait()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn remove_user(&self, name: impl Into<String>) -> Answer<bool> {
        let name: Arc<str> = Arc::from(name.into());
        self.caller
            .engine(Capability::Administration, move |engine, now| {
                let was_there = engine.user_names().contains(&name);
                engine.override_access(now, |overrides| overrides.user(name, None));
                was_there
            })
    }

    /// The names of all users, sorted: those of settings and files, and those that were set here.
    ///
    /// # Errors
    /// The engine is not ours, or the broker has stopped.
    ///
    /// ```
    /// use broker::settings::User;
    ///
    /// let users = vec![User::new("ann", "pencil")];
    /// let broker = broker::Broker::builder().configure(|settings| settings.auth.users = users).start().wait()?;
    /// assert_eq!(broker.users().wait()?, ["ann"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn users(&self) -> Answer<Vec<String>> {
        self.caller.engine(Capability::Administration, |engine, _| {
            engine.user_names().iter().map(ToString::to_string).collect()
        })
    }

    /// This access control list at every listener, in place of those of settings and files; without lines, everything is allowed.
    /// Who is connected stays, and so do subscriptions: each next packet is decided by the new lines.
    ///
    /// # Errors
    /// A line has a topic filter that is not one; the engine is not ours; or the broker has stopped.
    ///
    /// ```
    /// use broker::settings::{AclAccess, AclLine};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let lines = [AclLine::new("lamp/#", AclAccess::Read), AclLine::new("#", AclAccess::ReadWrite).of("ann")];
    /// broker.set_acl(&lines).wait()?; // ann may do everything, the others read below lamp/
    ///
    /// let wrong = broker.set_acl(&[AclLine::new("lamp/#/x", AclAccess::Read)]).wait().unwrap_err();
    /// assert!(wrong.is_invalid() && wrong.to_string().starts_with("acl[0]: "));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_acl(&self, lines: &[AclLine]) -> Answer<()> {
        match Acl::of_lines(lines) {
            Ok(acl) => self.override_access(move |overrides| overrides.acl(acl)),
            Err((line, what)) => Answer::ready(Err(Kind::Acl(format!("acl[{line}]: {what}")).into())),
        }
    }

    /// Whether clients may come in without a user name, at every listener. If they may not, those who are there without one are
    /// disconnected (Not authorized).
    ///
    /// # Errors
    /// The engine is not ours, or the broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// broker.allow_anonymous(false).wait()?;
    /// broker.set_user("ann", "pencil").wait()?; // she alone may come in
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn allow_anonymous(&self, allow: bool) -> Answer<()> {
        self.override_access(move |overrides| overrides.allow_anonymous(allow))
    }

    /// The hook of [`Builder::check_access`](crate::Builder::check_access) would answer otherwise now: it is asked again about
    /// everything.
    ///
    /// # Errors
    /// The engine is not ours, or the broker has stopped.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicBool, Ordering};
    ///
    /// static OPEN: AtomicBool = AtomicBool::new(true);
    /// let check = |_: &broker::access::Access<'_>| if OPEN.load(Ordering::Relaxed) { Ok(()) } else { Err("it is shut") };
    /// let broker = broker::Broker::builder().check_access(check).start().wait()?;
    /// OPEN.store(false, Ordering::Relaxed);
    /// broker.access_changed().wait()?; // from now on everything is refused
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn access_changed(&self) -> Answer<()> {
        self.caller.engine(Capability::Administration, |engine, now| {
            engine.access_changed(now);
        })
    }

    fn override_access(&self, change: impl FnOnce(&mut Overrides) + Send + 'static) -> Answer<()> {
        self.caller
            .engine(Capability::Administration, move |engine, now| {
                engine.override_access(now, change);
            })
    }
}
