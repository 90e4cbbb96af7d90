//! Looking on while a broker runs.

use tokio::sync::oneshot;

use super::{Broker, CommandError};
use crate::front::Command;
use crate::notice::NoticeReceiver;

impl Broker {
    /// What happens from now on. A receiver that falls more than 4,096 notices behind misses the oldest and is told.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::{io::Write, net::TcpStream};
    /// use broker::{Event, Notice};
    ///
    /// let broker = broker::Broker::start().await?;
    /// let mut notices = broker.notices().await?;
    /// let mut client = TcpStream::connect(broker.addr())?;
    /// client.write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?; // CONNECT
    ///
    /// let Notice::Event(_, Event::Connected { client_id, .. }) = notices.recv().await? else {
    ///     panic!("something else came first");
    /// };
    /// assert_eq!(&*client_id, "lamp");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn notices(&self) -> Result<NoticeReceiver, CommandError> {
        let receiver = self.notices.subscribe();
        self.ask(|backend| backend.collect_events(true)).await?;
        Ok(receiver)
    }

    /// Adds every packet, in words, to the notices. Slow: meant for people who look. They come from the journal: without
    /// one, there are none.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use broker::Notice;
    ///
    /// let broker = broker::Broker::start().await?;
    /// let mut notices = broker.notices().await?;
    /// broker.watch_packets().await?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// let Notice::Packet { text, .. } = notices.recv().await? else {
    ///     panic!("something else came first");
    /// };
    /// assert!(text.starts_with("CONNECT"));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn watch_packets(&self) -> Result<(), CommandError> {
        self.send_watch_packets().await.map_err(|_| CommandError::Stopped)
    }

    pub(crate) fn send_watch_packets(&self) -> oneshot::Receiver<()> {
        let (answer, watched) = oneshot::channel();
        if let Some(commands) = &self.commands {
            let _ = commands.send(Command::WatchPackets(answer));
        }
        watched
    }
}
