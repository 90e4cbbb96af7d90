//! A SCRAM client that shares no code with the broker: rsasl's.

use rsasl::config::SASLConfig;
use rsasl::mechname::Mechname;
use rsasl::prelude::{MessageSent, SASLClient, Session, State};

use super::bench::{Bench, SCRAM, Said, answer, connect, one, with_method};
use broker_core::engine::ConnId;

pub struct Client {
    session: Session,
}

impl Client {
    pub fn new(name: &str, password: &str) -> Self {
        Self::of(SCRAM, name, password)
    }

    /// The same for another method.
    pub fn of(method: &str, name: &str, password: &str) -> Self {
        let config = SASLConfig::with_credentials(None, name.to_owned(), password.to_owned()).unwrap();
        let offered = [Mechname::parse(method.as_bytes()).unwrap()];
        let session = SASLClient::new(config).start_suggested(&offered).unwrap();
        assert!(session.are_we_first());
        Self { session }
    }

    /// The first message.
    pub fn first(&mut self) -> Vec<u8> {
        self.step(None)
    }

    /// The last message, to a challenge.
    pub fn last(&mut self, challenge: &Said) -> Vec<u8> {
        self.step(Some(challenge.data().expect("a challenge has data")))
    }

    /// Whether the server, too, proved that it knows the password.
    pub fn trusts(&mut self, success: &Said) -> bool {
        let mut nothing = Vec::new();
        let state = self
            .session
            .step(Some(success.data().expect("a verifier")), &mut nothing);
        matches!(state, Ok(State::Finished(MessageSent::No)))
    }

    fn step(&mut self, data: Option<&[u8]>) -> Vec<u8> {
        let mut message = Vec::new();
        let state = self.session.step(data, &mut message).unwrap();
        assert!(state.is_running() || state.has_sent_message());
        message
    }
}

impl Bench {
    /// Connects with SCRAM; what came last, and the connection.
    pub fn log_in(&mut self, client_id: &str, name: &str, password: &str) -> (ConnId, Said) {
        let conn = self.open();
        let mut client = Client::new(name, password);
        let first = client.first();
        let challenge = self.ask(conn, &connect(with_method(client_id, SCRAM, Some(&first))));
        let last = client.last(&challenge);
        let end = one(self.send(conn, &answer(&last)));
        if end.data().is_some() {
            assert!(client.trusts(&end));
        }
        (conn, end)
    }
}
