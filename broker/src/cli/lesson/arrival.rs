//! Whether a broker answers: what it is waited for is said, and it is not waited for without end.

use std::time::Duration;

use tokio::time::timeout;

use crate::cli::ctl::client::Client;
use crate::cli::ctl::failure::Failure;
use crate::cli::ctl::plan::get;
use crate::cli::log::complain;

/// After so long somebody wants to know what is waited for.
const QUIET: Duration = Duration::from_secs(2);
/// A broker that has not answered by then is none.
const PATIENCE: Duration = Duration::from_secs(8);

/// Asks which broker it is. `place` is the broker's for people.
pub(super) async fn greeted(client: &Client, place: &str) -> Result<(), Failure> {
    let question = get("info");
    let mut answer = std::pin::pin!(client.ask(&question));
    if let Ok(answer) = timeout(QUIET, &mut answer).await {
        return answer.map(drop);
    }
    complain(&format!("waiting for an answer of {place}"));
    let answer = timeout(PATIENCE, answer).await;
    answer.map_or_else(
        |_| {
            Err(Failure::Silent(format!(
                "{place} has not answered for {} s: is something else listening there? --port or --url names another place",
                (QUIET + PATIENCE).as_secs()
            )))
        },
        |answer| answer.map(drop),
    )
}

#[cfg(test)]
mod tests {
    use std::process::ExitCode;

    use clap::Parser;

    use super::*;
    use crate::cli::ctl::target::Flags;

    #[derive(Parser)]
    struct Said {
        #[command(flatten)]
        target: Flags,
    }

    #[tokio::test(start_paused = true)]
    async fn who_never_answers_is_given_up() {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = silent.local_addr().expect("it has one").port();
        let said = Said::parse_from(["lesson", "--url", &format!("http://127.0.0.1:{port}")]);
        let client = Client::new(said.target.target().expect("it is a URL"));
        let failure = greeted(&client, "http://here").await.expect_err("it is silent");
        assert_eq!(
            format!("{:?}", failure.code()),
            format!("{:?}", ExitCode::from(3))
        );
        let words = failure.words().expect("it says why");
        assert!(
            words.starts_with("http://here has not answered for 10 s"),
            "{words}"
        );
    }
}
