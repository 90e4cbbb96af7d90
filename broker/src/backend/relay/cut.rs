//! How the two connections of a client end when a rule wants that.

use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::ending::End;
use super::flow::Stream;
use super::link::{LINGER, Link, drain};
use crate::fault::Cut;

impl Link {
    /// Ends the connections as a rule wants it.
    pub async fn cut(&mut self, cut: Cut, mut upstream: Box<dyn Stream>) -> End {
        match cut {
            Cut::Close => {
                let _ = timeout(LINGER, upstream.shutdown()).await;
                drop(upstream);
                let _ = timeout(LINGER, self.client.finish()).await;
            }
            Cut::Reset => {
                upstream.reset_at_close();
                self.client.reset_at_close();
            }
            Cut::HalfOpen => {
                drop(upstream);
                self.observer
                    .closed(&mut self.relay.book.borrow_mut(), End::Cut(cut));
                self.relay.tell();
                // The client may say more, which nobody hears.
                drain(&mut self.client).await;
            }
        }
        End::Cut(cut)
    }
}
