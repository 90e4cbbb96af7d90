//! Who may come in and who may do what, as data: users with their passwords, access control lists (ACLs), and the realms that
//! listeners have of both.
//!
//! This room knows no connections and no settings of the broker's: a [`Realm`] is made of whatever source there is, and the
//! engine asks it. Nothing here reads a file.
//!
//! ```
//! use broker_core::access::{Acl, Action, Subject};
//!
//! let acl = Acl::open();
//! let ruling = acl.ruling(Action::Publish, Subject { client_id: "lamp", user: None }, "home/1");
//! assert!(ruling.allowed); // where there is no ACL, everything is allowed
//! ```

mod acl;
pub mod acl_file;
mod changes;
mod check;
mod dynamic_security;
mod overrides;
mod password;
mod password_file;
mod realm;
mod users;

pub(crate) use acl::NO_LINE_OF;
pub use acl::{Acl, AclBuilder, Action, Actions, Compare, Holder, ListId, Rule, Ruling, Subject};
pub use changes::AccessChanges;
pub use check::{Access, AccessCheck};
pub use dynamic_security::{Carried, DynamicSecurity, Mistake, refuse_commands};
pub use overrides::Overrides;
pub(crate) use password::same_bytes;
pub use password::{PasswordHash, Scheme};
pub use password_file::{Line, PasswordFile, is_plain};
pub use realm::{Realm, RealmId, Realms};
pub use users::{Account, Password, Users};
