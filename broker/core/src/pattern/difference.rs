//! [`Difference`]: one thing about an entry that is not as expected.

use std::fmt;

use serde::Serialize;

/// One thing about an entry that is not as expected.
///
/// ```
/// use std::time::Duration;
/// use broker::expect::publish;
///
/// # let broker = broker::Broker::start().wait()?;
/// // … "dev-1" publishes "hi" to a/b at QoS 0 …
/// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
/// broker.settle().wait()?;
/// let wanted = broker.expect(publish("a/b").qos(1)).within(Duration::from_millis(1));
/// let error = wanted.check().wait().unwrap_err();
/// let failure = error.failure().expect("QoS is 0");
/// let difference = &failure.nearest[0].differences[0];
/// assert_eq!((&*difference.field, &*difference.found, &*difference.wanted), ("qos", "0", "1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which field: `qos`, `topic`, `payload at /unit`, ….
    pub field: String,
    /// What it is; empty where the entry does not have it.
    pub found: String,
    /// What it should have been; empty where `field` says it, which is so for a closure.
    pub wanted: String,
}

impl Difference {
    pub(super) fn new(field: impl Into<String>, found: impl Into<String>, wanted: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            found: found.into(),
            wanted: wanted.into(),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, found, wanted } = self;
        if wanted.is_empty() {
            write!(f, "{field}: {found}")
        } else if found.is_empty() {
            write!(f, "no {field}, wanted {wanted}")
        } else {
            write!(f, "{field} {found}, not {wanted}")
        }
    }
}
