//! TLS as a [`Layer`](super::Layer), and the certificates for it.
