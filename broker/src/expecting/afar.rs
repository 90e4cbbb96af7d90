//! Expectations of those who ask over HTTP: many at once, and no line of a Rust test to name.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::{Expecting, Judged};
use crate::answer::Answer;
use crate::error::{Error, Kind};
use crate::expect::{Failure, Matched};
use crate::reading::BrokerJournal;

/// What a report shows of the journal.
const SHOWN: usize = 64;

/// Takes turns in making reports. Each holds a part of the journal meanwhile, and a thousand waits may run out of time together.
pub(crate) fn reports() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(1))
}

impl Expecting<'_> {
    /// As [`check`](Expecting::check) does, with a report about the latest part of the journal, made in turn.
    pub(crate) fn check_from_afar(self, reports: Arc<Semaphore>) -> Answer<Matched> {
        let judging = self.judge(true, false);
        let journal = self.broker.journal();
        Answer::new(async move {
            let mut judged = judging.await?;
            if let Some(matched) = judged.matched() {
                return Ok(matched);
            }
            // It is never closed.
            let _turn = reports.acquire().await;
            let failure = judged.report(&journal).await?;
            Err(Kind::Unmet(Box::new(failure)).into())
        })
    }
}

impl Judged {
    async fn report(self, journal: &BrokerJournal) -> Result<Failure, Error> {
        // What came after the verdict has no part in it.
        let end = self.verdict.seen.until;
        let seen = journal.latest(self.verdict.progress.since(), Some(end)).await?;
        let mut failure = self.failure(seen);
        failure.location.clear();
        let older = failure.entries.len().saturating_sub(SHOWN);
        failure.entries.drain(..older);
        Ok(failure)
    }
}
