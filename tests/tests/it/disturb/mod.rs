//! Disturbed lines, with clients as they are and with raw sockets.

mod clients;
