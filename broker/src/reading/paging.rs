//! A journal, read page by page.

use super::BrokerJournal;
use crate::answer::Answer;
use crate::error::Error;
use crate::expect::NearMiss;
use crate::journal::{Entry, Excerpt, Journal, Mark, Part};
use crate::pattern::{Pattern, anything};

/// What is looked at in one turn of the broker's thread; less, where it is asked more.
const TURN: u64 = 2_048;
/// A pattern of so many comparisons is an ordinary one.
const ORDINARY: u64 = 8;
/// A page of long packets ends with the one that goes beyond this.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

impl BrokerJournal {
    /// The first `most` entries behind `mark` that the pattern means; fewer, and at least one, where they are long.
    /// [`Excerpt::until`] is where the next page begins. A long journal is looked through in several turns, so that messages go on
    /// meanwhile.
    ///
    /// # Errors
    /// No entry can fit the pattern ([`Error::is_invalid`](crate::Error::is_invalid)); or the broker has stopped, and not in good
    /// order.
    ///
    /// ```
    /// use broker::journal::Mark;
    /// use broker::pattern::packet;
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp").wait()?;
    /// let first = broker.journal().page(packet(), Mark::START, 1).wait()?; // its CONNECT
    /// let second = broker.journal().page(packet(), first.until, 1).wait()?; // its CONNACK
    /// assert_eq!(second.entries[0].seq, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn page(&self, wanted: Pattern, mark: Mark, most: usize) -> Answer<Excerpt> {
        if let Err(invalid) = wanted.check() {
            return Answer::new(async move { Err(invalid.into()) });
        }
        let journal = self.clone();
        Answer::new(async move { journal.pages(&wanted, mark, most).await })
    }

    /// What came closest to the pattern behind `mark` without fitting it, the closest first: at most three of the latest 2,048 entries.
    ///
    /// # Errors
    /// Those of [`page`](BrokerJournal::page).
    ///
    /// ```
    /// use broker::journal::Mark;
    /// use broker::pattern::publish;
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// // … "dev-1" connects and publishes "hi" to a/b …
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// broker.settle().wait()?;
    /// let near = broker.journal().near_misses(publish("a/b").text("ho"), Mark::START).wait()?;
    /// assert_eq!(near[0].differences[0].to_string(), r#"payload "hi", not "ho""#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn near_misses(&self, wanted: Pattern, mark: Mark) -> Answer<Vec<NearMiss>> {
        if let Err(invalid) = wanted.check() {
            return Answer::new(async move { Err(invalid.into()) });
        }
        let journal = self.clone();
        Answer::new(async move {
            let latest = journal.latest(mark, None).await?;
            Ok(NearMiss::nearest(&wanted, &latest.entries))
        })
    }

    /// The latest part of what stands behind `mark`, and before `end`: what a report looks at.
    pub(crate) async fn latest(&self, mark: Mark, end: Option<Mark>) -> Result<Excerpt, Error> {
        let part = Part {
            bytes: PAGE_BYTES,
            ..Part::ALL
        };
        let read = move |journal: &Journal| {
            let end = end.unwrap_or_else(|| journal.mark());
            let from = Mark::before(end.seq().saturating_sub(TURN)).max(mark);
            let mut latest = journal.read_part(from, part, &anything());
            latest.entries.retain(|entry| entry.seq < end.seq());
            latest
        };
        self.read(read).await
    }

    async fn pages(&self, wanted: &Pattern, mark: Mark, most: usize) -> Result<Excerpt, Error> {
        let mut page = Excerpt {
            until: mark,
            ..Excerpt::default()
        };
        let mut bytes = 0;
        loop {
            let part = Part {
                entries: most - page.entries.len(),
                looked_at: turn(wanted.weight()),
                bytes: PAGE_BYTES.saturating_sub(bytes),
            };
            let (from, wanted) = (page.until, wanted.clone());
            let read = move |journal: &Journal| (journal.read_part(from, part, &wanted), journal.mark());
            let (next, end) = self.read(read).await?;
            bytes += next.entries.iter().map(Entry::wire_bytes).sum::<usize>();
            page.entries.extend(next.entries);
            page.missed += next.missed;
            page.cleared += next.cleared;
            page.until = next.until;
            if page.until >= end || page.entries.len() >= most || bytes >= PAGE_BYTES {
                return Ok(page);
            }
        }
    }
}

/// How many entries are looked at in one turn for so many comparisons each, so that others get theirs.
pub(crate) fn turn(weight: usize) -> u64 {
    (TURN * ORDINARY / (ORDINARY + weight as u64)).max(8)
}
