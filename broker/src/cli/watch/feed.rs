//! The thread that reads the journal for the view: what came since the last picture, in parts, so that messages go on meanwhile.

use std::io;
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::Duration;

use super::Said;
use super::row::MOST_ROWS;
use crate::answer::block_on;
use crate::broker::Broker;
use crate::error::Error;
use crate::journal::{Everything, Excerpt, Journal, Mark, Part};
use crate::reading::BrokerJournal;

/// From one picture to the next.
pub(super) const FRAME: Duration = Duration::from_millis(50);
/// What is read in one turn of the broker's thread.
const TURN: Part = Part {
    entries: 1_024,
    looked_at: 2_048,
    bytes: 256 * 1024,
};
/// Turns for one picture.
const MOST_TURNS: usize = 4;
/// A reader that is so far behind leaves out what it has not read, and counts it.
const MOST_BEHIND: u64 = MOST_ROWS as u64;

/// Reads until the broker or the view ends.
pub(super) fn start(broker: &Broker, said: SyncSender<Said>) -> io::Result<()> {
    let journal = broker.journal();
    thread::Builder::new()
        .name("watch journal".to_owned())
        .spawn(move || {
            let mut mark = Mark::START;
            // Either the broker has stopped, or nobody looks any more.
            while let Ok(Some(behind)) = block_on(follow(&journal, mark, &said)) {
                mark = behind;
                thread::sleep(FRAME);
            }
        })
        .map(drop)
}

/// Waits until there is something behind `mark`, and hands it on; says how far that was. `None` once nobody looks.
async fn follow(journal: &BrokerJournal, mark: Mark, said: &SyncSender<Said>) -> Result<Option<Mark>, Error> {
    journal.moved_on(mark).await?;
    let mut mark = mark;
    for _ in 0..MOST_TURNS {
        let read = move |journal: &Journal| (journal.read_part(mark, TURN, &Everything), journal.mark());
        let (excerpt, end) = journal.read(read).await?;
        mark = excerpt.until;
        if hand_on(excerpt, end, said).is_none() {
            return Ok(None);
        }
        if mark >= end {
            return Ok(Some(mark));
        }
    }
    let end = journal.read(Journal::mark).await?;
    if end.seq().saturating_sub(mark.seq()) < MOST_BEHIND {
        return Ok(Some(mark));
    }
    // The latest is worth more than all of it.
    let next = Mark::before(end.seq() - TURN.looked_at);
    let excerpt = Excerpt {
        missed: next.seq() - mark.seq(),
        ..Excerpt::default()
    };
    Ok(hand_on(excerpt, end, said).map(|()| next))
}

fn hand_on(excerpt: Excerpt, end: Mark, said: &SyncSender<Said>) -> Option<()> {
    let entries = Said::Entries {
        entries: excerpt.entries,
        missed: excerpt.missed,
        last: end.last(),
    };
    said.send(entries).ok()
}
