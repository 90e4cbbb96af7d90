//! Users and rights from the start on.

use settings::{AclLine, Secret, User};

use crate::builder::Builder;

impl Builder {
    /// One more user. Clients without a user name may come in as before, unless `auth.allow_anonymous` is false.
    /// [`Broker::set_user`](crate::Broker::set_user) adds one while the broker runs.
    ///
    /// ```
    /// use broker::Broker;
    ///
    /// let broker = Broker::builder().user("ann", "pencil").user("lamp", "bright").start().wait()?;
    /// assert_eq!(broker.users().wait()?, ["ann", "lamp"]);
    /// # Ok::<(), broker::Error>(())
    /// ```
    pub fn user(mut self, name: impl Into<String>, password: impl Into<Secret>) -> Self {
        self.settings.auth.users.push(User::new(name, password));
        self
    }

    /// More lines of the access control list. As soon as there is one, a client may do only what a line allows.
    /// [`Broker::set_acl`](crate::Broker::set_acl) puts another list in its place while the broker runs.
    ///
    /// ```
    /// use broker::Broker;
    /// use broker::settings::{AclAccess, AclLine};
    ///
    /// let lines = [AclLine::new("home/#", AclAccess::ReadWrite).of("ann"), AclLine::new("home/lamp", AclAccess::Read)];
    /// let broker = Broker::builder().user("ann", "pencil").acl(lines).start().wait()?;
    /// assert_eq!(broker.settings().acl.len(), 2);
    /// # Ok::<(), broker::Error>(())
    /// ```
    pub fn acl(mut self, lines: impl IntoIterator<Item = AclLine>) -> Self {
        self.settings.acl.extend(lines);
        self
    }
}
