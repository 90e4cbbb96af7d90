//! Conformance as data: rows of bytes out and bytes back, and the ledger of statements.
