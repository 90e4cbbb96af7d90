//! What was handed over, and what became of it.

use client::packet::QoS;
use client::{Ack, ClientError};

use crate::error::Error;
use crate::run::Report;

/// Counts messages from the hand-over to the acknowledgement.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Messages of QoS 0. It is not known which of them arrived.
    unconfirmed: u64,
    /// Of QoS 1 and 2.
    confirmed: Confirmed,
}

#[derive(Debug, Default)]
struct Confirmed {
    handed_over: u64,
    accepted: u64,
    refused: u64,
    first_refusal: u8,
}

impl Tally {
    /// A message is handed over.
    pub(crate) fn handed_over(&mut self, qos: QoS) {
        match qos {
            QoS::AtMostOnce => self.unconfirmed += 1,
            _ => self.confirmed.handed_over += 1,
        }
    }

    /// A message of QoS 1 or 2 is acknowledged, with any code.
    pub(crate) fn acknowledged(&mut self, ack: &Ack) {
        let all = &mut self.confirmed;
        if ack.code < 0x80 {
            all.accepted += 1;
            return;
        }
        if all.refused == 0 {
            all.first_refusal = ack.code;
        }
        all.refused += 1;
    }

    /// Whether it matters to a message how the connection ends.
    pub(crate) fn depends_on_the_end(&self) -> bool {
        self.unconfirmed > 0
    }

    fn all(&self) -> u64 {
        self.unconfirmed + self.confirmed.handed_over
    }

    /// The caller wants no more.
    pub(crate) fn stopped(&self) -> Error {
        Error::Stopped {
            acknowledged: self.unconfirmed + self.confirmed.accepted,
        }
    }

    /// The connection has ended, and is not made again; `unsent` more messages were to be sent.
    pub(crate) fn ended_by(&self, source: ClientError, unsent: u64) -> Error {
        let Confirmed {
            handed_over,
            accepted,
            refused,
            ..
        } = self.confirmed;
        let waiting = match handed_over {
            0 => self.unconfirmed,
            _ => handed_over - accepted - refused,
        };
        if self.all() == 0 || (waiting == 0 && unsent == 0) {
            source.into()
        } else {
            Error::Unacknowledged {
                sent: self.all(),
                waiting,
                unsent,
                source,
            }
        }
    }

    pub(crate) fn report(&self) -> Result<Report, Error> {
        if self.confirmed.refused > 0 {
            return Err(Error::Refused {
                sent: self.all(),
                refused: self.confirmed.refused,
                code: self.confirmed.first_refusal,
            });
        }
        Ok(Report { sent: self.all() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost() -> ClientError {
        ClientError::Lost { source: None }
    }

    #[test]
    fn a_message_of_qos_0_is_not_missing_an_acknowledgement() {
        let mut tally = Tally::default();
        tally.handed_over(QoS::AtMostOnce);
        assert!(matches!(
            tally.ended_by(lost(), 0),
            Error::Unacknowledged {
                sent: 1,
                waiting: 1,
                ..
            }
        ));
        tally.handed_over(QoS::AtLeastOnce);
        tally.handed_over(QoS::ExactlyOnce);
        tally.acknowledged(&Ack {
            id: 1,
            code: 0,
            reason: None,
        });
        assert!(matches!(
            tally.ended_by(lost(), 0),
            Error::Unacknowledged {
                sent: 3,
                waiting: 1,
                ..
            }
        ));
        assert!(matches!(tally.stopped(), Error::Stopped { acknowledged: 2 }));
        tally.acknowledged(&Ack {
            id: 2,
            code: 0x97,
            reason: None,
        });
        assert!(matches!(tally.ended_by(lost(), 0), Error::Client(_)));
        assert!(matches!(
            tally.report(),
            Err(Error::Refused {
                sent: 3,
                refused: 1,
                code: 0x97
            })
        ));
    }
}
