//! Expectations of those who ask over HTTP: many at once, and no line of a Rust test to name.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::{Expecting, Judged};
use crate::answer::Answer;
use crate::error::{Error, Kind};
use crate::expect::{Failure, Matched};
use crate::journal::{Mark, Part};
use crate::pattern::anything;
use crate::reading::BrokerJournal;

/// Near misses are looked for among so many of the latest entries.
const LOOKED_AT: u64 = 2_048;
/// And of long packets not more than this is looked at.
const REPORT_BYTES: usize = 8 * 1024 * 1024;
/// What a report shows of the journal.
const SHOWN: usize = 64;

/// As many reports as this are made at the same time. Each holds a part of the journal meanwhile, and a thousand waits may run out of
/// time together.
pub(crate) fn reports() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(1))
}

impl Expecting<'_> {
    /// As [`check`](Expecting::check) does, with a report about the latest part of the journal. `reports` bounds how many are made at
    /// once.
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
        let end = self.verdict.seen.until;
        let from = Mark::before(end.seq().saturating_sub(LOOKED_AT)).max(self.verdict.progress.since());
        let part = Part {
            bytes: REPORT_BYTES,
            ..Part::ALL
        };
        let mut seen = journal
            .read(move |journal| journal.read_part(from, part, &anything()))
            .await?;
        // What came after the verdict has no part in it.
        seen.entries.retain(|entry| entry.seq < end.seq());
        let mut failure = self.failure(seen);
        failure.location.clear();
        let older = failure.entries.len().saturating_sub(SHOWN);
        failure.entries.drain(..older);
        Ok(failure)
    }
}
