//! `reset`: the broker as new.

use crate::answer::Answer;
use crate::broker::Broker;
use crate::capability::Capability;
use crate::error::Kind;
use crate::front::Command;

impl Broker {
    /// As new, on the same port, so that one test leaves nothing to the next:
    ///
    /// - Every client is disconnected, every session ends without its will, nothing is retained. The journal has nothing but
    ///   the event `reset`, all counters are zero.
    /// - Rules, stubs and devices are those of the start, and every scenario begins anew. So interruptions, partitions and outages are
    ///   over, and every listener is up.
    /// - The clock goes on, if it stood still. It does not go back.
    /// - Users and rights are what settings and their files say, as they were read last.
    /// - Recordings that are played end, and so does one that the control API makes.
    ///
    /// What the program holds stays its own: a [`Recorder`](crate::Recorder) goes on, and so does a [`Tail`](crate::Tail).
    ///
    /// # Errors
    /// The engine is not ours, the broker has stopped, or a listener cannot listen again.
    ///
    /// ```
    /// use std::{io::Write, net::TcpStream};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let mut client = TcpStream::connect(broker.addr())?;
    /// client.write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?; // CONNECT
    /// broker.wait_connected("lamp").wait()?;
    /// broker.clock().freeze().wait()?;
    ///
    /// broker.reset().wait()?;
    /// assert!(broker.state().wait()?.sessions.is_empty());
    /// assert_eq!(broker.stats().wait()?.clients_connected, 0);
    /// assert!(!broker.clock().is_frozen().wait()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reset(&self) -> Answer<()> {
        let reset = self.caller.call(Capability::Reset, Command::Reset, |done| {
            Ok(done.map_err(Kind::Listen)?)
        });
        if self.caller.require(Capability::Reset).is_ok() {
            self.injections.forget();
            #[cfg(feature = "http")]
            self.recordings.discard();
        }
        reset
    }
}
