//! A lost connection made again, with growing waits between the attempts.

use std::time::Duration;

use tokio::time::sleep;

use super::Client;
use crate::error::ClientError;
use crate::packet::Subscribe;

/// The wait before the first attempt.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

impl Client {
    /// [Reconnects](Self::reconnect) after `error`, as often as it takes: waits 1 s before the first attempt and
    /// twice as long before each that follows, 30 s at most. Before each wait it calls `waiting` with the reason.
    ///
    /// # Errors
    /// The first error that [does not pass](ClientError::is_transient), which may be `error` itself.
    pub async fn reconnect_with_backoff(
        &mut self,
        mut error: ClientError,
        again: Option<&Subscribe>,
        mut waiting: impl FnMut(&ClientError, Duration),
    ) -> Result<(), ClientError> {
        let mut wait = SHORTEST_WAIT;
        while error.is_transient() {
            waiting(&error, wait);
            sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
            match self.reconnect(again).await {
                Ok(()) => return Ok(()),
                Err(next) => error = next,
            }
        }
        Err(error)
    }
}
