//! `[sys]`, `[journal]`, `[faults]` and `[engine]`: how the broker runs and what it keeps about itself.

use crate::choice::{EngineKind, ProfileMode};
use crate::define::section;
use crate::schema::between;

section! {
    /// The broker's figures about itself, as messages.
    #[example = "settings.sys.interval_secs = 0; // no $SYS topics"]
    pub struct Sys in "sys" {
        /// Time between two rounds of `$SYS/broker/…` messages. 0 = no such messages.
        interval_secs: u32 = 10,
            expect: between(0, 86_400),
            unit: "seconds";
    }
}

section! {
    /// What crossed the wire lately, and what was decided about it, kept to be looked at. Memory is taken as it is
    /// needed, never more than the bounds.
    #[example = "settings.journal.entries = 1_000; // the latest"]
    pub struct Journal in "journal" {
        /// Packets and events that are kept. Beyond that the oldest are forgotten. 0 = there is no journal.
        entries: u32 = 65_536;

        /// File that the program writes it to, in the form that the ending asks for: `.jsonl` (JSON lines) and
        /// `.pcapng` (for Wireshark) grow as things happen; `.txt` (a ladder) and `.mmd` (a sequence diagram of
        /// Mermaid) are drawn at the end, of what is still kept then. Empty = no file.
        file: String = String::new(),
            tradeoff: "A capture has every byte in it, passwords included; the other forms leave those out. A new file \
                can be read by its owner alone. A slow disk slows the clients down, because the file must have no gaps.";

        /// File that the program records every session to, as JSON lines without passwords, to be played again by `broker play`; `broker stubs` makes
        /// stubs of it.
        /// Empty = no recording.
        recording: String = String::new();

        /// Memory for them. Beyond that the oldest are forgotten; the newest is always kept.
        bytes: u64 = 16_777_216,
            expect: between(65_536, 17_179_869_184),
            unit: "bytes";
    }
}

section! {
    /// Rules that disturb what passes. The rules themselves are tables `[[fault]]`.
    #[example = "settings.faults.user_property = true; // packets may ask for faults"]
    pub struct FaultSettings in "faults" {
        /// Whether a packet may say itself what is to be done with it, by the User Property `x-fault`: `drop`, `latency 500`,
        /// `refuse 0x97`. Any client may, so it is for tests only.
        user_property: bool = false,
            tradeoff: "While it is on, the packets of every client are looked into, which costs time.";
    }
}

section! {
    /// Another broker whose limits clients are held against: what it would not take is told. docs/PROFILES.md has the profiles.
    #[example = "settings.profile.name = \"aws-iot\".to_owned();"]
    pub struct ProfileSettings in "profile" {
        /// Name of a profile, such as `aws-iot`, as `broker profile list` has them; or a file with one of one's own: a path with
        /// a `/` in it, or one that ends in `.toml`. Empty = none.
        name: String = String::new();

        /// What comes of a violation: `warn` = it is told, and the packet passes, so that no client sees any of it; `enforce` =
        /// it is told, and the broker does what the other would do.
        mode: ProfileMode = ProfileMode::Warn;
    }
}

section! {
    /// What answers behind the front door.
    #[example = "settings.engine.seed = 7; // the same choices again"]
    pub struct EngineSettings in "engine" {
        /// Which engine: `native` is Citronella's own, `rumqttd` is stock rumqttd, embedded. With `upstream.url` the
        /// broker at that URL answers instead.
        kind: EngineKind = EngineKind::Native;

        /// Seed of the engine's random numbers. The same seed gives the same generated client identifiers
        /// and random choices again; 0 = a new one from the operating system at each start.
        seed: u64 = 0,
            tradeoff: "With a fixed seed generated client identifiers can be guessed: for tests only.";
    }
}
