//! Starting brokers and clients, as libraries and as programs.
