//! [`Failure`]: why `broker ctl` did not do what it was told, and its exit codes.

use std::process::ExitCode;

use hyper::StatusCode;
use serde_json::Value;

/// The exit codes, each with what it means.
pub(in crate::cli) const EXIT_CODES: &[(u8, &str)] = &[
    (0, "it is done; or what was expected or waited for came"),
    (
        1,
        "what was expected or waited for did not come; stderr has what came nearest",
    ),
    (
        2,
        "a flag, a pattern, a rule or another word is wrong; nothing is changed",
    ),
    (
        3,
        "no broker can be reached there, it has no control API, or it broke off",
    ),
    (
        4,
        "the broker does not do it: there is no such thing, or not as things stand, or not for this caller",
    ),
];

/// Why it is not done.
#[derive(Debug)]
pub(in crate::cli) enum Failure {
    /// Words of the command line, or what they lead to, are wrong.
    Usage(String),
    /// There is no answer.
    Unreachable(String),
    /// Something listens there, and says nothing.
    Silent(String),
    /// The broker answered with a problem.
    Problem(Problem),
    /// A file of ours cannot be written.
    File(String),
    /// The reader of stdout has gone, as `head` does. That is no failure.
    ReaderGone,
}

/// A problem as RFC 9457 has it.
#[derive(Debug)]
pub(in crate::cli) struct Problem {
    status: StatusCode,
    value: Value,
}

/// Requests and members of bodies, each with what it is on the command line.
const COMMANDS: [(&str, &str); 10] = [
    (
        "the header Authorization: Bearer TOKEN",
        "name its file with --token-file or CITRONELLA_TOKEN_FILE",
    ),
    (
        "the header Authorization does not show the token of http.token_file; it must be: Authorization: Bearer TOKEN",
        "the token is wrong: --token-file or CITRONELLA_TOKEN_FILE must name a file with that of the broker's http.token_file",
    ),
    ("POST /api/v1/recordings/start", "broker ctl recording start"),
    ("POST /api/v1/recordings/stop", "broker ctl recording stop"),
    ("POST /api/v1/clock/advance", "broker ctl clock advance TIME"),
    ("POST /api/v1/devices", "broker ctl device add"),
    ("DELETE /api/v1/outage", "broker ctl outage end"),
    ("`unproven_is_enough`", "--unproven-is-enough"),
    ("`timeout_secs`", "--timeout"),
    ("`after`", "--after"),
];

/// What the broker says, in the words of the command line.
pub(super) fn as_commands(said: &str) -> String {
    let mut said = said.to_owned();
    for (request, command) in COMMANDS {
        said = said.replace(request, command);
    }
    for method in ["GET", "POST", "PUT", "DELETE"] {
        said = said.replace(
            &format!("{method} /api/v1/"),
            &format!("broker ctl api {method} "),
        );
    }
    said
}

/// Without the place in a body that the words of the command line became: the first pattern, or the only one, says what is wrong
/// with it by itself.
fn without_place(said: &str) -> String {
    let of_step = |said: &str| {
        let (number, what) = said.strip_prefix("`steps[")?.split_once("].pattern`: ")?;
        match number.parse::<usize>().ok()? {
            0 => Some(what.to_owned()),
            more => Some(format!("pattern {}: {what}", more.checked_add(1)?)),
        }
    };
    of_step(said).unwrap_or_else(|| said.strip_prefix("`pattern`: ").unwrap_or(said).to_owned())
}

impl Problem {
    /// What an answer says that is no success. `None` where it is not from a control API.
    pub fn read(status: StatusCode, body: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(body).ok()?;
        value.get("detail")?.as_str()?;
        Some(Self { status, value })
    }
}

impl Failure {
    /// What was found instead, where an expectation is not met.
    pub(in crate::cli) fn not_met(&self) -> Option<&Value> {
        match self {
            Self::Problem(problem) if problem.status == StatusCode::EXPECTATION_FAILED => {
                problem.value.get("failure")
            }
            _ => None,
        }
    }

    /// The status of a problem.
    pub(in crate::cli) fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Problem(problem) => Some(problem.status),
            _ => None,
        }
    }

    pub(in crate::cli) fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Usage(_) => 2,
            Self::Unreachable(_) | Self::Silent(_) => 3,
            Self::File(_) => 4,
            Self::ReaderGone => 0,
            Self::Problem(problem) => match problem.status {
                StatusCode::EXPECTATION_FAILED => 1,
                StatusCode::BAD_REQUEST
                | StatusCode::UNPROCESSABLE_ENTITY
                | StatusCode::PAYLOAD_TOO_LARGE
                | StatusCode::UNSUPPORTED_MEDIA_TYPE => 2,
                _ => 4,
            },
        })
    }

    /// For people; `None` where there is nothing to say.
    pub(in crate::cli) fn words(&self) -> Option<String> {
        Some(match self {
            Self::ReaderGone => return None,
            // Each system has its own words for it.
            Self::Unreachable(what) if what.to_lowercase().contains("refused") => {
                format!(
                    "{what}; nothing listens there: `broker` starts a broker, and --url names one elsewhere"
                )
            }
            Self::Usage(what) | Self::Unreachable(what) | Self::Silent(what) | Self::File(what) => {
                what.clone()
            }
            Self::Problem(problem) => {
                let detail = problem.value["detail"].as_str().unwrap_or_default();
                // Names that clients chose are in it.
                let lines: Vec<String> = detail.lines().map(settings::text::escaped).collect();
                as_commands(&without_place(&lines.join("\n")))
            }
        })
    }

    /// For programs: the problem as it came.
    pub(super) fn json(&self) -> Option<String> {
        match self {
            Self::Problem(problem) => Some(problem.value.to_string()),
            other => Some(serde_json::json!({ "detail": other.words()? }).to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_come_is_told_apart_from_what_is_wrong() {
        let code = |status| {
            let problem = Problem::read(status, br#"{"detail": "x\u001b[2J"}"#).expect("it is one");
            let failure = Failure::Problem(problem);
            assert_eq!(failure.words().as_deref(), Some(r"x\u{1b}[2J"));
            format!("{:?}", failure.code())
        };
        let exit = |code: u8| format!("{:?}", ExitCode::from(code));
        assert_eq!(code(StatusCode::EXPECTATION_FAILED), exit(1));
        assert_eq!(code(StatusCode::UNPROCESSABLE_ENTITY), exit(2));
        assert_eq!(code(StatusCode::NOT_FOUND), exit(4));
        assert!(Problem::read(StatusCode::NOT_FOUND, b"<html>").is_none());
        assert!(Problem::read(StatusCode::NOT_FOUND, b"{}").is_none());
    }

    #[test]
    fn a_pattern_of_words_is_not_named_by_a_place_in_a_body() {
        for (said, shown) in [
            ("`steps[0].pattern`: there is no packet", "there is no packet"),
            (
                "`steps[1].pattern`: there is no field",
                "pattern 2: there is no field",
            ),
            ("`pattern`: there is no field", "there is no field"),
            ("`steps[0].times`: no", "`steps[0].times`: no"),
        ] {
            assert_eq!(without_place(said), shown);
        }
    }

    #[test]
    fn words_are_those_of_the_command_line() {
        assert_eq!(
            as_commands("a token is needed: the header Authorization: Bearer TOKEN"),
            "a token is needed: name its file with --token-file or CITRONELLA_TOKEN_FILE"
        );
        let said = as_commands("DELETE /api/v1/outage or DELETE /api/v1/faults/x; `timeout_secs`");
        assert_eq!(
            said,
            "broker ctl outage end or broker ctl api DELETE faults/x; --timeout"
        );
    }
}
