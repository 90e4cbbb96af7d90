//! Stubs: what answers messages by itself.
