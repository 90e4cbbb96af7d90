//! Recordings: a session as a file, and played again.
