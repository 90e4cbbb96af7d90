//! What a caller wants to see and to decide while something is published.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use client::{Ack, Observer};

/// Ready when the caller wants no more.
pub(crate) type Stop = Pin<Box<dyn Future<Output = ()>>>;

/// Something worth telling while the plan is carried out.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Notice {
    /// The broker acknowledged a message with a reason code that says no (version 5).
    Refused(Ack),
    /// A recording has properties, and the connection's version of MQTT has none: they are left out. Told once.
    PropertiesLeftOut,
    /// The recording is of a newer format than this program knows: it is read as far as it can be.
    NewerRecording {
        /// Its version.
        version: u32,
    },
    /// The recording ends in the middle of this line: it was cut.
    RecordingCut {
        /// Which line, from 1.
        line: u64,
    },
    /// A line of a newer format that cannot be read, or one whose payload was too large to be recorded, is passed over.
    LinePassedOver {
        /// Which line, from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// The connection was lost; the next attempt comes after `wait`.
    Reconnecting {
        /// Why.
        error: String,
        /// How long until the next attempt.
        wait: Duration,
    },
    /// The connection is back; this many messages are being sent again.
    Reconnected {
        /// How many messages of QoS 1 and 2 were not acknowledged.
        again: usize,
        /// The broker kept the session.
        session_present: bool,
    },
}

/// What the caller wants to see and to decide while the plan is carried out; the default is nothing.
#[derive(Default)]
pub struct Hooks {
    /// Sees every packet.
    pub observer: Option<Observer>,
    /// Is told what is worth telling.
    pub notice: Option<Box<dyn FnMut(Notice)>>,
    /// Counts the bytes that the socket takes.
    pub written: Option<Arc<AtomicU64>>,
    /// When this is ready, the run ends with a clean DISCONNECT and [`Error::Stopped`](crate::Error::Stopped).
    pub stop: Option<Pin<Box<dyn Future<Output = ()>>>>,
}

impl std::fmt::Debug for Hooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hooks").finish_non_exhaustive()
    }
}
