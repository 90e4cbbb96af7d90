//! Rules about the bytes of connections.

use crate::fault::rule::{Rule, What, Whose};
use crate::fault::{Stream, Toxic};
use crate::pattern::Is;

/// The beginning of a rule about bytes: whose, and which way. [`Rule::for_bytes`] makes it, and what is done with them makes
/// a rule of it. Where nothing is said, it is about the bytes to every client.
///
/// ```
/// use broker::fault::Rule;
///
/// let rules = [
///     Rule::for_bytes().of("lamp").upstream().latency(100).jitter(20),
///     Rule::for_bytes().both_ways().bandwidth(10).toxicity(0.5),
///     Rule::for_bytes().of("lamp").limit_data(4_096),
/// ];
/// for rule in &rules {
///     rule.check()?;
/// }
/// # Ok::<(), broker::fault::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "it is no rule yet: say what is done, as `.latency(100)` does"]
pub struct OnBytes {
    client: Option<Is>,
    stream: Stream,
}

impl Rule {
    /// A rule on the bytes of connections.
    ///
    /// ```
    /// use broker::fault::Rule;
    ///
    /// let slow = Rule::for_bytes().of("lamp").upstream().latency(100);
    /// assert_eq!(slow.to_string(), "latency of \"lamp\" upstream");
    /// ```
    pub fn for_bytes() -> OnBytes {
        OnBytes {
            client: None,
            stream: Stream::Downstream,
        }
    }
}

impl OnBytes {
    /// Only of this client. [`Rule::for_user`] and [`Rule::at_listener`] choose otherwise.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::Is;
    ///
    /// let one = Rule::for_bytes().of("lamp").stall();
    /// let many = Rule::for_bytes().of(Is::matching("^lamp-")).stall();
    /// ```
    pub fn of(mut self, client_id: impl Into<Is>) -> Self {
        self.client = Some(client_id.into());
        self
    }

    /// Bytes from the client.
    ///
    /// ```
    /// use broker::fault::Rule;
    ///
    /// let slow_to_send = Rule::for_bytes().of("lamp").upstream().bandwidth(1);
    /// ```
    pub fn upstream(self) -> Self {
        self.stream(Stream::Upstream)
    }

    /// Bytes to the client; so it is where nothing is said.
    ///
    /// ```
    /// use broker::fault::Rule;
    ///
    /// let slow_to_receive = Rule::for_bytes().of("lamp").downstream().bandwidth(1);
    /// ```
    pub fn downstream(self) -> Self {
        self.stream(Stream::Downstream)
    }

    /// Bytes from the client and to it.
    ///
    /// ```
    /// use broker::fault::Rule;
    ///
    /// let far_away = Rule::for_bytes().of("lamp").both_ways().latency(150);
    /// ```
    pub fn both_ways(self) -> Self {
        self.stream(Stream::Both)
    }

    fn stream(mut self, stream: Stream) -> Self {
        self.stream = stream;
        self
    }

    /// The toxic that is described.
    ///
    /// ```
    /// use broker::fault::{Rule, Toxic};
    ///
    /// let sliced = Toxic::Slicer { average_size: 3, size_variation: 1, delay: 10 };
    /// let rule = Rule::for_bytes().of("lamp").toxic(sliced);
    /// ```
    pub fn toxic(self, toxic: Toxic) -> Rule {
        let stream = self.stream;
        let mut rule = Rule::new(What::Bytes { stream, toxic });
        rule.whose = Whose {
            client: self.client,
            ..Whose::default()
        };
        // What JSON could not say cannot be said here.
        if let Err(wrong) = Toxic::read(toxic.name(), toxic.attributes().as_ref()) {
            rule.is_wrong(wrong);
        }
        rule
    }

    /// They are so many milliseconds late. [`Rule::jitter`] makes it uneven.
    ///
    /// ```
    /// use broker::fault::Rule;
    ///
    /// let slow = Rule::for_bytes().of("lamp").upstream().latency(100).jitter(20);
    /// ```
    pub fn latency(self, millis: u64) -> Rule {
        self.toxic(Toxic::Latency {
            latency: millis,
            jitter: 0,
        })
    }

    /// At most so many KB pass in a second.
    ///
    /// ```
    /// use broker::fault::Rule;
    ///
    /// let narrow = Rule::for_bytes().of("lamp").bandwidth(10);
    /// ```
    pub fn bandwidth(self, rate: u64) -> Rule {
        self.toxic(Toxic::Bandwidth { rate })
    }

    /// The end of the connection is passed on so many milliseconds late.
    ///
    /// ```
    /// use broker::fault::Rule;
    ///
    /// let lingers = Rule::for_bytes().of("lamp").slow_close(2_000);
    /// ```
    pub fn slow_close(self, millis: u64) -> Rule {
        self.toxic(Toxic::SlowClose { delay: millis })
    }

    /// Nothing passes, and after so many milliseconds the connection is closed; 0: it never is.
    ///
    /// ```
    /// use broker::fault::Rule;
    ///
    /// let dead = Rule::for_bytes().of("lamp").timeout(5_000);
    /// ```
    pub fn timeout(self, millis: u64) -> Rule {
        self.toxic(Toxic::Timeout { timeout: millis })
    }

    /// After so many milliseconds the connection is reset.
    ///
    /// ```
    /// use broker::fault::Rule;
    ///
    /// let torn = Rule::for_bytes().of("lamp").reset_peer(200);
    /// ```
    pub fn reset_peer(self, millis: u64) -> Rule {
        self.toxic(Toxic::ResetPeer { timeout: millis })
    }

    /// They go on in slices of about so many bytes, each a write of its own.
    ///
    /// ```
    /// use broker::fault::Rule;
    ///
    /// let crumbs = Rule::for_bytes().of("lamp").slicer(2);
    /// ```
    pub fn slicer(self, average_size: u64) -> Rule {
        self.toxic(Toxic::Slicer {
            average_size,
            size_variation: 0,
            delay: 0,
        })
    }

    /// After so many bytes the connection is closed. [`OnBytes::reset_after`] resets it.
    ///
    /// ```
    /// use broker::fault::Rule;
    ///
    /// let short = Rule::for_bytes().of("lamp").limit_data(4_096);
    /// ```
    pub fn limit_data(self, bytes: u64) -> Rule {
        self.toxic(Toxic::LimitData { bytes, reset: false })
    }

    /// After so many bytes the connection is reset.
    ///
    /// ```
    /// use broker::fault::Rule;
    ///
    /// let torn = Rule::for_bytes().of("lamp").reset_after(4_096);
    /// ```
    pub fn reset_after(self, bytes: u64) -> Rule {
        self.toxic(Toxic::LimitData { bytes, reset: true })
    }

    /// Nothing is read from the sender: its own socket fills up. Nothing is lost, and all goes on when the rule is gone.
    ///
    /// ```
    /// use broker::fault::Rule;
    ///
    /// let unread = Rule::for_bytes().of("lamp").upstream().stall();
    /// ```
    pub fn stall(self) -> Rule {
        self.toxic(Toxic::Stall)
    }

    /// The connection is cut, and so is each new one. With [`Rule::at_listener`] and no client, the listener is down: its port
    /// refuses connections.
    ///
    /// ```
    /// use std::time::Duration;
    /// use broker::fault::Rule;
    ///
    /// let away = Rule::for_bytes().of("lamp").down().until(Duration::from_secs(60));
    /// ```
    pub fn down(self) -> Rule {
        self.toxic(Toxic::Down)
    }

    /// After so many milliseconds what answers takes the connection for lost, and the client is told nothing.
    ///
    /// ```
    /// use broker::fault::Rule;
    ///
    /// let forgotten = Rule::for_bytes().of("lamp").half_open(1_000);
    /// ```
    pub fn half_open(self, millis: u64) -> Rule {
        self.toxic(Toxic::HalfOpen { timeout: millis })
    }
}
