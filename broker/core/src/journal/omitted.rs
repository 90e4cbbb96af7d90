//! [`Omitted`]: what is kept of a payload that is larger than the journal keeps.

use std::fmt::{self, Write as _};

use sha2::{Digest as _, Sha256};

/// What is known of a payload that is larger than the journal keeps: its length and its digest. So a message can still be
/// expected by its topic, its length and its digest.
///
/// ```
/// use broker::Broker;
/// use broker::expect::{Is, publish};
/// use broker_core::journal::Record;
///
/// let small = broker::Broker::builder().configure(|settings| settings.journal.bytes = 65_536);
/// let broker = small.start().wait()?;
/// // … "lamp" publishes 100,000 zeros to a …
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp\x30\xA3\x8D\x06\0\x01a")?;
/// # std::io::Write::write_all(&mut lamp, &[0; 100_000])?;
/// let found = broker.expect(publish("a").payload(Is::len_bytes(100_000))).wait();
/// let Record::Packet { omitted: Some(omitted), .. } = &found[0].record else { panic!("it is too large") };
/// println!("{} bytes, SHA-256 {}", omitted.bytes, omitted.digest());
/// broker.expect(publish("a").payload(Is::sha256(omitted.digest()))).wait();
/// broker.expect(publish("a").bytes(vec![0; 100_000])).wait(); // has the same digest
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Omitted {
    /// The length of the payload.
    pub bytes: usize,
    /// The SHA-256 of the payload.
    pub sha256: [u8; 32],
}

impl Omitted {
    pub(crate) fn of(payload: &[u8]) -> Self {
        Self {
            bytes: payload.len(),
            sha256: Sha256::digest(payload).into(),
        }
    }

    /// The SHA-256 of the payload as `sha256sum` prints it.
    pub fn digest(&self) -> String {
        self.sha256.iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

impl fmt::Display for Omitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({} bytes, not kept)", self.bytes)
    }
}
