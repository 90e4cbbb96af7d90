//! [`Pump`]: moves bytes unchanged from each side to the other, with back-pressure and half-closes.
//!
//! A side is not read from while its last bytes wait for the other side, so at most one read is held in each direction.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};

use super::flow::{Flow, Stream};
use super::lined::Lined;
use super::lines::Heed;
use super::witness::Witness;
use crate::backend::acknowledge_at_once;
use crate::engine::Direction;
use crate::fault::Cut;
use crate::way::ClientStream;

/// What the driver may want to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// Bytes came from the upstream: the first ones, or bytes after one side had ended.
    Moved,
    /// This side has ended, and the other side was told.
    Ended(Direction),
    /// A rule wants the connection to end.
    Cut(Cut),
}

pub(super) struct Pump {
    up: Flow,
    down: Flow,
    /// The upstream has answered, as the observer says.
    pub answered: bool,
    /// Bytes came from the upstream.
    pub began: bool,
    /// The line, while a rule could concern the client.
    lined: Option<Box<Lined>>,
    /// The rules for which it is known whether one could.
    heed: Heed,
    /// One could, and the line begins at the next boundary of packets.
    wants_line: bool,
}

impl Pump {
    /// `first` was read from the client already, and goes to the upstream. With `holds_end`, an end of the upstream that comes
    /// before any bytes is not passed on to the client: the client may get another answer instead.
    pub fn new(witness: &Witness<'_>, first: Vec<u8>, holds_end: bool) -> Self {
        let mut down = Flow::new(Direction::Out, Vec::new());
        down.holds_end = holds_end;
        Self {
            up: Flow::new(Direction::In, first),
            down,
            answered: false,
            began: false,
            lined: None,
            heed: Heed::new(witness.relay),
            wants_line: witness.may_be_concerned(),
        }
    }

    /// The same for a connection that begins with a line, which has what was read.
    pub fn with(witness: &Witness<'_>, lined: Box<Lined>, holds_end: bool) -> Self {
        let mut pump = Self::new(witness, Vec::new(), holds_end);
        pump.lined = Some(lined);
        pump.wants_line = false;
        pump
    }

    /// The line, if there is one.
    pub fn line(&self) -> Option<&Lined> {
        self.lined.as_deref()
    }

    /// Whether a rule keeps something that will be passed on: of a client that has ended, not if somebody must release it first.
    pub fn keeps(&self) -> bool {
        self.lined
            .as_ref()
            .is_some_and(|lined| lined.keeps(self.up.ended))
    }

    /// Whether an end was held back.
    pub fn holds_end(&self) -> bool {
        self.down.shut && self.down.holds_end
    }

    /// Whether one of the two directions has ended.
    pub fn is_half_closed(&self) -> bool {
        self.up.shut || self.down.shut
    }

    /// Whether both directions have ended, or nobody is left on either side. The upstream is read to its end even if
    /// the client is gone: if it were closed with unread bytes, it might lose the client's last packets.
    pub fn is_done(&self) -> bool {
        (self.up.shut && self.down.shut) || self.down.is_cut_off()
    }

    /// The first socket that failed, and how.
    pub fn failed(&self) -> Option<&(Direction, io::Error)> {
        self.up.failed.as_ref().or(self.down.failed.as_ref())
    }

    /// Moves bytes until there is something to report. The witness is shown all bytes before they are passed on. `scratch` is
    /// where it is read into.
    pub async fn run(
        &mut self,
        client: &mut ClientStream,
        upstream: &mut dyn Stream,
        scratch: &std::cell::RefCell<Vec<u8>>,
        witness: &mut Witness<'_>,
    ) -> Progress {
        poll_fn(|cx| {
            let half_closed = self.is_half_closed();
            let shut = (self.up.shut, self.down.shut);
            let mut scratch = scratch.borrow_mut();
            if self.wants_line || self.heed.is_behind() {
                self.heed_rules(witness);
            }
            let (up, down) = if self.lined.is_some() {
                self.poll_lined(cx, (&mut *client, &mut *upstream), &mut scratch, witness)
            } else {
                let up = self.up.poll(cx, client, upstream, &mut scratch, witness);
                (up, self.down.poll(cx, upstream, client, &mut scratch, witness))
            };
            if self.up.is_cut_off() {
                self.down.void = true;
            }
            let (moved_up, moved_down) = (self.up.take_moved(), self.down.take_moved());
            if std::mem::take(&mut self.up.little)
                && !moved_down
                && let Some(stream) = client.socket().tcp()
            {
                acknowledge_at_once(stream);
            }
            let answering = moved_down && !self.answered;
            self.began |= moved_down;
            if let Some(cut) = self.lined.as_ref().and_then(|lined| lined.cut()) {
                return Poll::Ready(Progress::Cut(cut));
            }
            if up.is_ready() && !shut.0 {
                return Poll::Ready(Progress::Ended(Direction::In));
            }
            if down.is_ready() && !shut.1 {
                return Poll::Ready(Progress::Ended(Direction::Out));
            }
            if answering || (half_closed && (moved_up || moved_down)) {
                return Poll::Ready(Progress::Moved);
            }
            Poll::Pending
        })
        .await
    }

    /// Rules came or went: a line begins where one could concern the client, once it is known where the packets under way end.
    fn heed_rules(&mut self, witness: &mut Witness<'_>) {
        self.heed = Heed::new(witness.relay);
        self.wants_line = self.lined.is_none() && witness.may_be_concerned();
        let flows = [&self.up, &self.down];
        if !self.wants_line || flows.iter().any(|flow| flow.ended || flow.shut || flow.void) {
            self.wants_line = false;
            return;
        }
        let unwritten = flows.map(|flow| flow.pending.get(flow.at..).unwrap_or_default());
        if let Some(lined) = Lined::attach(witness, unwritten) {
            self.lined = Some(Box::new(lined));
            self.wants_line = false;
            for flow in [&mut self.up, &mut self.down] {
                flow.pending = Vec::new();
                flow.at = 0;
            }
        }
    }

    fn poll_lined(
        &mut self,
        cx: &mut Context<'_>,
        (client, upstream): (&mut ClientStream, &mut dyn Stream),
        scratch: &mut [u8],
        witness: &mut Witness<'_>,
    ) -> (Poll<()>, Poll<()>) {
        let Self { up, down, lined, .. } = self;
        let Some(line) = lined.as_deref_mut() else {
            return (Poll::Pending, Poll::Pending);
        };
        line.heed(witness, [up.ended, down.ended]);
        let polled = (
            up.poll_lined(cx, client, upstream, scratch, (&mut *line, &mut *witness)),
            down.poll_lined(cx, upstream, client, scratch, (&mut *line, &mut *witness)),
        );
        line.heed(witness, [up.ended, down.ended]);
        // What came from one side may have made an answer to it.
        if [&*up, &*down]
            .iter()
            .any(|flow| line.has_ready(flow.from) && !flow.is_blocked)
        {
            cx.waker().wake_by_ref();
        }
        line.post(cx);
        let goes_on = |flow: &Flow| !flow.ended && !flow.shut && !flow.void;
        if goes_on(up)
            && goes_on(down)
            && let Some([unread_up, unread_down]) = line.detach(witness)
        {
            up.pending = unread_up;
            down.pending = unread_down;
            *lined = None;
            cx.waker().wake_by_ref();
        }
        polled
    }
}
