//! [`Upstream`]: the connection to a broker elsewhere, and the pause after a failure.

use std::cell::RefCell;
use std::time::Duration;

use settings::{UpstreamTls, UpstreamUrl};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::flow::Stream;
use super::tls::Tls;
use crate::clock::Clock;
use crate::time::Time;

#[derive(Debug)]
pub(crate) struct Upstream {
    pub url: UpstreamUrl,
    pub pass_through: bool,
    tls: Option<Tls>,
    gate: RefCell<Gate>,
    /// Real time, whatever the broker's clock shows: the upstream has its own.
    clock: Clock,
    connect_timeout: Duration,
    pub connack_timeout: Duration,
    retry_after: Duration,
    retry_after_max: Duration,
}

/// Limits how often an unreachable upstream is tried.
#[derive(Debug, Default)]
struct Gate {
    /// Failures in a row.
    failures: u32,
    /// No attempt before this.
    closed_until: Time,
    /// What went wrong last.
    why: String,
    /// One client tries, while others are refused.
    trying: bool,
}

impl Upstream {
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(settings: &settings::Upstream) -> Result<Self, String> {
        let millis = |millis: u32| Duration::from_millis(u64::from(millis));
        let url = UpstreamUrl::parse(&settings.url).map_err(|what| format!("`upstream.url` {what}"))?;
        let pass_through = settings.tls == UpstreamTls::PassThrough;
        let tls = if url.tls && !pass_through {
            Some(Tls::new(&url.host, &settings.ca_file, settings.insecure)?)
        } else {
            None
        };
        Ok(Self {
            url,
            pass_through,
            tls,
            gate: RefCell::default(),
            clock: Clock::start(),
            connect_timeout: millis(settings.connect_timeout_millis),
            connack_timeout: millis(settings.connack_timeout_millis),
            retry_after: millis(settings.retry_after_millis),
            retry_after_max: millis(settings.retry_after_max_millis),
        })
    }

    /// A connection to the upstream. While the last failure is recent, or another client tries again, the answer is
    /// that failure.
    ///
    /// # Errors
    /// Why there is no connection, in words.
    pub async fn connect(&self) -> Result<Box<dyn Stream>, String> {
        {
            let mut gate = self.gate.borrow_mut();
            if gate.failures > 0 {
                if gate.trying || self.clock.now() < gate.closed_until {
                    return Err(format!("{} (not tried again yet)", gate.why));
                }
                gate.trying = true;
            }
        }
        // Reset also when the client goes away and this is dropped halfway.
        let trying = Trying(&self.gate);
        let result = match timeout(self.connect_timeout, self.attempt()).await {
            Ok(result) => result,
            Err(_) => Err(format!("no connection in {:?}", self.connect_timeout)),
        };
        drop(trying);
        let mut gate = self.gate.borrow_mut();
        match result {
            Ok(stream) => {
                *gate = Gate::default();
                Ok(stream)
            }
            Err(why) => {
                let doubled = self.retry_after.saturating_mul(1 << gate.failures.min(20));
                gate.failures = gate.failures.saturating_add(1);
                gate.closed_until = self.clock.now() + doubled.min(self.retry_after_max);
                gate.why.clone_from(&why);
                Err(why)
            }
        }
    }

    async fn attempt(&self) -> Result<Box<dyn Stream>, String> {
        let place = (self.url.host.as_str(), self.url.port);
        let stream = TcpStream::connect(place)
            .await
            .map_err(|error| error.to_string())?;
        // Whole packets are written, so there is nothing to wait for.
        let _ = stream.set_nodelay(true);
        match &self.tls {
            Some(tls) => tls.connect(stream).await,
            None => Ok(Box::new(stream)),
        }
    }
}

struct Trying<'a>(&'a RefCell<Gate>);

impl Drop for Trying<'_> {
    fn drop(&mut self) {
        self.0.borrow_mut().trying = false;
    }
}
