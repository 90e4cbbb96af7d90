//! [`Access`]: what the hook of the embedding program is asked about.

use super::Action;

/// What a client wants to do, after every rule and every ACL has allowed it.
///
/// ```
/// use broker::access::{Access, Action};
///
/// fn reads_alarms(access: &Access<'_>) -> bool {
///     access.action == Action::Receive && access.topic.starts_with("alarm/")
/// }
/// # let builder = broker::Broker::builder().check_access(|access| {
/// #     if reads_alarms(access) { Err("no alarms") } else { Ok(()) }
/// # });
/// # drop(builder);
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Access<'a> {
    /// What it wants to do.
    pub action: Action,
    /// The topic; of a subscription the topic filter, without `$share/GROUP/`.
    pub topic: &'a str,
    /// The client identifier.
    pub client_id: &'a str,
    /// Who it proved to be.
    pub user: Option<&'a str>,
}

impl<'a> Access<'a> {
    pub(crate) fn new(action: Action, topic: &'a str, client_id: &'a str, user: Option<&'a str>) -> Self {
        Self {
            action,
            topic,
            client_id,
            user,
        }
    }
}

/// Says whether a client may do something, and if not, why. The answer is remembered until
/// [`Engine::access_changed`](crate::engine::Engine::access_changed): it depends on nothing but what it is asked.
pub type AccessCheck = dyn Fn(&Access<'_>) -> Result<(), String> + Send + Sync;
