//! Users and access control lists, while the broker runs.

use super::Broker;
use crate::access::AccessChanges;
use crate::answer::Answer;
use crate::capability::Capability;
use crate::realms;

impl Broker {
    /// Reads the files of users and access control lists again, all of them or, if one is not as it should be, none.
    ///
    /// Clients whose user is gone, or has another password now, are disconnected (Not authorized); the others stay, and what they
    /// do next is decided anew. Users and lists that the settings hold themselves stay as they were at the start.
    ///
    /// # Errors
    /// A file cannot be read, or has mistakes: each is told with its line. Then everything stays as it is. Or another engine
    /// answers, which has users of its own.
    ///
    /// ```
    /// use broker::access::Scheme;
    ///
    /// # let directory = std::env::temp_dir().join(format!("reload-access-{}", std::process::id()));
    /// # std::fs::create_dir_all(&directory)?;
    /// let file = directory.join("passwords");
    /// std::fs::write(&file, "")?;
    /// let path = file.to_string_lossy().into_owned();
    /// let broker = broker::Broker::builder()
    ///     .configure(move |settings| settings.auth.password_file = path)
    ///     .start()
    ///     .wait()?;
    ///
    /// let hash = Scheme::ARGON2ID.hash(b"pencil", b"a random salt")?;
    /// std::fs::write(&file, format!("ann:{}\n", hash.encode()))?; // or `broker passwd passwords ann`
    /// assert_eq!(broker.reload_access().wait()?.added, 1);
    /// # std::fs::remove_dir_all(directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reload_access(&self) -> Answer<AccessChanges> {
        if let Err(error) = self.caller.require(Capability::Administration) {
            return Answer::ready(Err(error));
        }
        match realms::read(&self.settings) {
            Ok(access) => self
                .caller
                .engine(Capability::Administration, move |engine, now| {
                    engine.set_realms(now, access.realms)
                }),
            Err(mistakes) => Answer::ready(Err(mistakes.into())),
        }
    }

    /// What may do harm in the files that the settings name: a password file, say, that other users of this machine may read.
    pub(crate) fn warnings(&self) -> &[String] {
        &self.warnings
    }
}
