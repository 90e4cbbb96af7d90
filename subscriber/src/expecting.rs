//! [`expect`]: a subscription that ends when it is clear whether what was expected has come.

use std::io;
use std::time::Duration;

use client::Message;

use crate::error::Error;
use crate::expect::{Expectation, Verdict};
use crate::plan::Plan;
use crate::run::{Hooks, run_with};
use crate::sink::{Notice, Sink};

/// Subscribes as `plan` says, and waits for what is expected, at most for `within` from SUBACK on. `ready` is called once
/// SUBACK has come: what is published from then on is not missed.
///
/// ```
/// use std::time::Duration;
/// use client::{Connection, packet::QoS};
/// use subscriber::{Expectation, Plan};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let broker = broker::Broker::start().await?;
/// let here = || Connection::to("127.0.0.1", broker.addr().port());
///
/// let mut wanted = Expectation::new("home/+");
/// wanted.json = Some(serde_json::json!({ "unit": "C" }));
/// let (subscribed, ready) = tokio::sync::oneshot::channel();
/// let plan = Plan::new(here(), ["home/+"]);
/// let expected = subscriber::expect(plan, wanted, Duration::from_secs(5), || drop(subscribed.send(())));
/// let published = async {
///     ready.await.expect("it subscribes");
///     publisher::run(publisher::Plan::new(here(), "home/hall", r#"{"value":21.5,"unit":"C"}"#)).await
/// };
/// let (verdict, report) = tokio::join!(expected, published);
/// assert!(verdict?.satisfied(), "nothing in °C");
/// assert_eq!(report?.sent, 1);
/// # Ok(())
/// # }
/// ```
///
/// # Errors [`Error`]: no connection, the subscription refused. It is not an error but a [`Verdict`] that an expected
/// message did not come.
pub async fn expect(
    plan: Plan,
    expectation: Expectation,
    within: Duration,
    ready: impl FnOnce(),
) -> Result<Verdict, Error> {
    let mut verdict = Verdict::new(expectation);
    let plan = Plan {
        within: Some(within),
        ..plan
    };
    let sink = Expecting {
        verdict: &mut verdict,
        ready: Some(ready),
    };
    run_with(plan, sink, Hooks::default()).await?;
    Ok(verdict)
}

struct Expecting<'a, R> {
    verdict: &'a mut Verdict,
    ready: Option<R>,
}

impl<R: FnOnce()> Sink for Expecting<'_, R> {
    fn message(&mut self, message: Message) -> io::Result<()> {
        self.verdict.message(&message);
        Ok(())
    }

    fn wants_more(&mut self) -> bool {
        !self.verdict.decided()
    }

    fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Subscribed { .. } => {
                if let Some(ready) = self.ready.take() {
                    ready();
                }
            }
            Notice::Reconnecting { .. } => self.verdict.interrupt(),
            Notice::Reconnected { .. } => {}
        }
    }
}
