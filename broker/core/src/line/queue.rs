//! [`Queue`]: packets of one direction that wait, each for what its rule says.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::Kept;
use super::aliases::Seen;
use crate::fault::Wait;
use crate::time::Time;

/// What each packet that waits counts for beside its bytes.
const ENTRY_BYTES: usize = 128;

/// What goes on, and what is known of it.
#[derive(Debug)]
pub(super) struct Item {
    /// The rule that makes it wait or changed it.
    pub rule: Option<Arc<str>>,
    /// One or several packets, or what is to be taken for them.
    pub bytes: Bytes,
    /// For how many bytes of the sender it stands.
    pub origin: usize,
    /// The topic that the sender means, where the packet relies on an alias.
    pub topic: Option<Arc<str>>,
    /// The journal is told when it goes on.
    pub told: bool,
}

impl Item {
    /// A packet as it came.
    pub fn late(packet: &[u8], seen: Option<Seen>) -> Self {
        Self {
            rule: None,
            bytes: Bytes::copy_from_slice(packet),
            origin: packet.len(),
            topic: seen.filter(|seen| seen.relies).and_then(|seen| seen.topic),
            told: true,
        }
    }
}

/// Packets that wait.
#[derive(Debug)]
pub(super) struct Queue {
    /// First in, first out.
    waiting: VecDeque<Waiting>,
    /// Those that others overtake, in the order in which they came.
    aside: Vec<Aside>,
    /// Those that go on as soon as no packet is in the way that has begun to pass.
    next: VecDeque<Item>,
    bytes: usize,
    /// Packets that have come so far.
    count: u64,
    /// How many of `aside` wait to be overtaken.
    behind: usize,
    /// When the first of `aside` goes, at the earliest.
    soonest: Time,
    /// When something went last.
    last: Time,
}

#[derive(Debug)]
struct Waiting {
    item: Item,
    number: u64,
    due: Time,
}

#[derive(Debug)]
struct Aside {
    item: Item,
    number: u64,
    until: Time,
    /// So many packets have still to overtake it; `None` = it is held until it is released.
    behind: Option<u32>,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            aside: Vec::new(),
            next: VecDeque::new(),
            bytes: 0,
            count: 0,
            behind: 0,
            soonest: Time::NEVER,
            last: Time::ZERO,
        }
    }
}

impl Queue {
    /// A packet came. It comes out of [`Queue::pop`] once it has waited.
    pub fn push(&mut self, now: Time, item: Item, wait: Wait) {
        self.bytes += item.bytes.len();
        self.count += 1;
        let number = self.count;
        let aside = |until: Option<_>, behind| (until.map_or(Time::NEVER, |after| now + after), behind);
        let (until, behind) = match wait {
            Wait::No | Wait::Behind(0, _) => {
                let due = now;
                return self.waiting.push_back(Waiting { item, number, due });
            }
            Wait::For(after) => {
                let due = now + after;
                return self.waiting.push_back(Waiting { item, number, due });
            }
            Wait::Held(limit) => aside(limit, None),
            Wait::Behind(packets, limit) => aside(Some(limit), Some(packets)),
        };
        self.soonest = self.soonest.min(until);
        self.behind += usize::from(behind.is_some());
        self.aside.push(Aside {
            item,
            number,
            until,
            behind,
        });
    }

    /// Packets for the receiver that go before all that wait.
    pub fn push_next(&mut self, item: Item) {
        self.bytes += item.bytes.len();
        self.next.push_back(item);
    }

    /// What goes on next, at `now` at the latest, and when it does. Where `amid`, a packet has begun to pass, and only its rest may
    /// follow.
    pub fn pop(&mut self, now: Time, amid: bool) -> Option<(Time, Item)> {
        let popped = self.choose(now, amid);
        if let Some((_, item)) = &popped {
            self.bytes -= item.bytes.len();
        }
        popped
    }

    fn choose(&mut self, now: Time, amid: bool) -> Option<(Time, Item)> {
        if !amid && let Some(item) = self.next.pop_front() {
            return Some((now, item));
        }
        let first = self.waiting.front().map(|waiting| waiting.due);
        if !amid && self.soonest <= now && first.is_none_or(|due| self.soonest < due) {
            let soonest = self.soonest;
            let at = self.aside.iter().position(|aside| aside.until == soonest)?;
            let aside = self.aside.remove(at);
            self.count_aside();
            return Some((self.went(soonest), aside.item));
        }
        let Waiting { item, number, due } = match first {
            Some(due) if due <= now => self.waiting.pop_front()?,
            _ => return None,
        };
        if item.told {
            self.overtaken(number);
        }
        Some((self.went(due), item))
    }

    /// One that stood behind another goes no earlier than that.
    fn went(&mut self, due: Time) -> Time {
        self.last = self.last.max(due);
        self.last
    }

    fn count_aside(&mut self) {
        self.behind = self.aside.iter().filter(|aside| aside.behind.is_some()).count();
        let soonest = self.aside.iter().map(|aside| aside.until).min();
        self.soonest = soonest.unwrap_or(Time::NEVER);
    }

    /// A packet passed that did not wait here.
    pub fn passed(&mut self) {
        self.count += 1;
        self.overtaken(self.count);
    }

    /// The packet of this number went on: those that came before it and stand aside were overtaken.
    fn overtaken(&mut self, number: u64) {
        if self.behind == 0 {
            return;
        }
        for aside in &mut self.aside {
            if aside.number < number
                && let Some(behind) = &mut aside.behind
            {
                *behind = behind.saturating_sub(1);
            }
        }
        self.let_go(|aside| aside.behind == Some(0));
    }

    /// Lets those go on that stand aside and of which this is true.
    fn let_go(&mut self, which: impl Fn(&Aside) -> bool) {
        let before = self.aside.len();
        for aside in self.aside.extract_if(.., |aside| which(aside)) {
            self.next.push_back(aside.item);
        }
        if self.aside.len() < before {
            self.count_aside();
        }
    }

    /// Lets go what stands aside because of this rule; all of it where that is `None`.
    pub fn release(&mut self, rule: Option<&str>) {
        self.let_go(|aside| rule.is_none() || aside.item.rule.as_deref() == rule);
    }

    /// Lets go what waits because of a rule that is not in force any more.
    pub fn release_gone(&mut self, now: Time, in_force: impl Fn(&str) -> bool) {
        let gone = |item: &Item| item.rule.as_deref().is_some_and(|rule| !in_force(rule));
        self.let_go(|aside| gone(&aside.item));
        for waiting in &mut self.waiting {
            if gone(&waiting.item) {
                waiting.due = waiting.due.min(now);
            }
        }
    }

    /// Nothing comes any more: nothing will overtake what waits for that.
    pub fn last(&mut self) {
        self.let_go(|aside| aside.behind.is_some());
    }

    /// Whether something waits to be overtaken by what comes now.
    pub fn counts(&self) -> bool {
        self.behind > 0
    }

    /// Whether nothing is left, but for what stands aside: what comes now goes on at once.
    pub fn is_drained(&self) -> bool {
        self.waiting.is_empty() && self.next.is_empty()
    }

    pub fn is_empty(&self) -> bool {
        self.is_drained() && self.aside.is_empty()
    }

    /// Bytes that wait.
    pub fn len(&self) -> usize {
        self.bytes
    }

    /// How much it counts for.
    pub fn weight(&self) -> usize {
        self.bytes + (self.waiting.len() + self.aside.len() + self.next.len()) * ENTRY_BYTES
    }

    /// When something is due. Where `amid`, only what is first in the queue can go.
    pub fn next_timeout(&self, amid: bool) -> Option<Time> {
        let aside = if amid { Time::NEVER } else { self.soonest };
        let first = self.waiting.front().map(|waiting| waiting.due);
        let due = first.map_or(aside, |due| due.min(aside));
        (due < Time::NEVER).then_some(due)
    }

    /// What it keeps back: for each rule, how much and until when.
    pub fn keeps(&self) -> impl Iterator<Item = Kept> + '_ {
        let first = self.waiting.iter().find(|waiting| waiting.item.rule.is_some());
        let first = first.map(|waiting| (&waiting.item.rule, waiting.due, self.waiting_bytes()));
        let aside = self.aside.iter();
        let aside = aside.map(|aside| (&aside.item.rule, aside.until, aside.item.bytes.len()));
        first.into_iter().chain(aside).filter_map(|(rule, until, bytes)| {
            Some(Kept {
                rule: rule.clone()?,
                bytes,
                until: (until < Time::NEVER).then_some(until),
            })
        })
    }

    fn waiting_bytes(&self) -> usize {
        self.waiting.iter().map(|waiting| waiting.item.bytes.len()).sum()
    }

    /// Loses what stands aside, or everything. Returns how many bytes of the sender are released by that.
    pub fn discard(&mut self, only_aside: bool) -> usize {
        let mut lost: Vec<_> = self.aside.drain(..).map(|aside| aside.item).collect();
        self.count_aside();
        if !only_aside {
            lost.extend(self.waiting.drain(..).map(|waiting| waiting.item));
            lost.extend(self.next.drain(..));
        }
        self.bytes -= lost.iter().map(|item| item.bytes.len()).sum::<usize>();
        lost.iter().map(|item| item.origin).sum()
    }
}
