//! TLS as a [`Layer`](super::Layer), and the certificates for it.

mod acceptor;
mod authority;
mod clients;
mod facts;
mod fault;
mod files;
mod hello;
mod machine;
mod made;
mod moment;
mod seal;
mod suites;
#[cfg(test)]
mod tests;

pub(crate) use suites::unknown as unknown_ciphers;
pub(crate) use {acceptor::Acceptor, authority::Authority, machine::Tls};
