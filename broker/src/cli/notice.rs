//! Turns the broker's notices into the program's lines.

use crate::cli::line::{At, Line, Way};
use crate::engine::Direction;
use crate::journal::Side;
use crate::notice::Notice;
use crate::time::Time;

impl<'a> From<&'a Notice> for Line<'a> {
    fn from(notice: &'a Notice) -> Self {
        match notice {
            Notice::Event(at, event) => Line::Event {
                at_secs: At(*at),
                event,
            },
            Notice::Packet {
                at,
                conn,
                client_id,
                direction,
                side,
                text,
            } => Line::Packet {
                at_secs: At(*at),
                conn: conn.number(),
                client_id,
                direction: match direction {
                    Direction::In => Way::In,
                    Direction::Out => Way::Out,
                },
                side: match side {
                    Side::Both => None,
                    Side::Client => Some("client"),
                    Side::Engine => Some("engine"),
                },
                text,
            },
            Notice::AcceptFailed {
                at,
                why,
                open_files_limit,
            } => Line::AcceptFailed {
                at_secs: At(*at),
                why,
                open_files_limit: *open_files_limit,
            },
            Notice::AcceptResumed { at, failed } => Line::AcceptResumed {
                at_secs: At(*at),
                failed: *failed,
            },
            Notice::Remark {
                at, log_type, text, ..
            } => Line::Remark {
                at_secs: At(*at),
                log_type: *log_type,
                text,
            },
            Notice::LoginUnanswered { at, why } => Line::LoginUnanswered {
                at_secs: At(*at),
                why,
            },
            Notice::LoginAnswered { at, unanswered } => Line::LoginAnswered {
                at_secs: At(*at),
                unanswered: *unanswered,
            },
            Notice::Missed(events) => Line::Missed {
                at_secs: At(Time::ZERO),
                events: *events,
            },
        }
    }
}
