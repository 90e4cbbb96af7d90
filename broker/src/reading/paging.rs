//! A journal, read page by page.

use super::BrokerJournal;
use crate::answer::Answer;
use crate::journal::{Excerpt, Mark, Part};
use crate::pattern::Pattern;

/// What is looked at in one turn of the broker's thread.
const TURN: u64 = 2_048;
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

    async fn pages(&self, wanted: &Pattern, mark: Mark, most: usize) -> Result<Excerpt, crate::Error> {
        let mut page = Excerpt {
            until: mark,
            ..Excerpt::default()
        };
        let mut bytes = 0;
        loop {
            let part = Part {
                entries: most - page.entries.len(),
                looked_at: TURN,
                bytes: PAGE_BYTES.saturating_sub(bytes),
            };
            let (from, wanted) = (page.until, wanted.clone());
            let read = move |journal: &crate::journal::Journal| {
                (journal.read_part(from, part, &wanted), journal.mark())
            };
            let (next, end) = self.read(read).await?;
            bytes += next
                .entries
                .iter()
                .map(crate::journal::Entry::wire_bytes)
                .sum::<usize>();
            page.entries.extend(next.entries);
            page.missed += next.missed;
            page.until = next.until;
            if page.until >= end || page.entries.len() >= most || bytes >= PAGE_BYTES {
                return Ok(page);
            }
        }
    }
}
