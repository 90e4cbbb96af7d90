//! [`Leg`]: the bytes of one side.

/// One of the two connections of a bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// To the broker that the bridge belongs to.
    Local,
    /// To the other broker.
    Remote,
}

/// So many bytes may wait to go to one side; then nothing is read from the other until they are out.
const MOST_UNSENT_BYTES: usize = 256 * 1024;

/// One connection: what came and is not handled yet, what is to go.
#[derive(Debug, Default)]
pub(crate) struct Leg {
    /// There is a connection.
    pub(crate) open: bool,
    /// CONNACK came, and is a yes.
    pub(crate) accepted: bool,
    /// It is to be closed once what is to go has gone.
    pub(crate) closing: bool,
    pub(crate) inbox: Vec<u8>,
    pub(crate) out: Vec<u8>,
    /// So much of `out` is gone.
    gone: usize,
}

impl Leg {
    /// A connection begins.
    pub(crate) fn begin(&mut self) {
        *self = Self {
            open: true,
            ..Self::default()
        };
    }

    /// It is over.
    pub(crate) fn end(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn unsent(&self) -> &[u8] {
        self.out.get(self.gone..).unwrap_or_default()
    }

    pub(crate) fn sent(&mut self, n: usize) {
        self.gone += n;
        if self.gone >= self.out.len() {
            self.out.clear();
            self.gone = 0;
        } else if self.gone > MOST_UNSENT_BYTES {
            self.out.drain(..self.gone);
            self.gone = 0;
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.out.len() - self.gone > MOST_UNSENT_BYTES
    }
}
