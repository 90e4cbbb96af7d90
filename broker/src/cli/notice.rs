//! From what the broker tells to what the program says.

use crate::cli::line::{At, Line, Shown, Way};
use crate::engine::{Direction, Event};
use crate::notice::Notice;
use crate::time::Time;

impl<'a> From<&'a Notice> for Line<'a> {
    fn from(notice: &'a Notice) -> Self {
        match notice {
            Notice::Event(at, event) => of_event(*at, event),
            Notice::Packet {
                at,
                conn,
                client_id,
                direction,
                text,
            } => Line::Packet {
                at_secs: At(*at),
                conn: conn.number(),
                client_id,
                direction: match direction {
                    Direction::In => Way::In,
                    Direction::Out => Way::Out,
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
            Notice::Missed(events) => Line::Missed {
                at_secs: At(Time::ZERO),
                events: *events,
            },
        }
    }
}

fn of_event(at: Time, event: &Event) -> Line<'_> {
    let at_secs = At(at);
    match event {
        Event::Connected {
            conn,
            client_id,
            version,
            peer,
            user,
            clean_start,
            session_present,
            keep_alive_secs,
        } => Line::Connected {
            at_secs,
            conn: conn.number(),
            client_id,
            peer,
            mqtt_version: Shown(*version),
            user: user.as_deref(),
            clean_start: *clean_start,
            session_present: *session_present,
            keep_alive_secs: *keep_alive_secs,
        },
        Event::Refused {
            conn,
            client_id,
            peer,
            reason,
        } => Line::Refused {
            at_secs,
            conn: conn.number(),
            client_id,
            peer,
            reason_code: reason.0,
            reason: reason.name(),
        },
        Event::Disconnected {
            conn,
            client_id,
            peer,
            cause,
        } => Line::Disconnected {
            at_secs,
            conn: conn.number(),
            client_id,
            peer,
            cause: cause.word(),
            reason_code: cause.reason_code().map(|reason| reason.0),
            text: cause.to_string(),
        },
        Event::Contested {
            conn,
            client_id,
            peer,
            other_peer,
            takeovers,
            within,
        } => Line::Contested {
            at_secs,
            conn: conn.number(),
            client_id,
            peer,
            other_peer,
            takeovers: *takeovers,
            within_secs: within.as_secs_f64(),
        },
        Event::Subscribed {
            client_id,
            filter,
            qos,
        } => Line::Subscribed {
            at_secs,
            client_id,
            filter,
            qos: qos.bits(),
        },
        Event::SubscriptionRefused {
            client_id,
            filter,
            reason,
        } => Line::SubscriptionRefused {
            at_secs,
            client_id,
            filter,
            reason_code: reason.0,
            reason: reason.name(),
        },
        Event::Unsubscribed { client_id, filter } => Line::Unsubscribed {
            at_secs,
            client_id,
            filter,
        },
        Event::SessionEnded { client_id, expired } => Line::SessionEnded {
            at_secs,
            client_id,
            expired: *expired,
        },
        Event::WillPublished { client_id, topic } => Line::WillPublished {
            at_secs,
            client_id,
            topic,
        },
        Event::Dropped {
            client_id,
            topic,
            why,
        } => Line::Dropped {
            at_secs,
            client_id,
            topic,
            why: why.word(),
        },
        Event::UpstreamUnavailable {
            conn,
            client_id,
            upstream,
            why,
        } => Line::UpstreamUnavailable {
            at_secs,
            conn: conn.number(),
            client_id,
            upstream,
            why,
        },
        Event::PassedThrough { conn, peer } => Line::PassedThrough {
            at_secs,
            conn: conn.number(),
            peer,
        },
        Event::EngineFailed { engine, part, why } => Line::EngineFailed {
            at_secs,
            engine,
            part,
            why,
        },
        Event::EngineRenewed {
            engine,
            part,
            connections_kept,
        } => Line::EngineRenewed {
            at_secs,
            engine,
            part,
            connections_kept: *connections_kept,
        },
    }
}
