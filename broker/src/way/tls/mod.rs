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
mod plain_file;
mod seal;
#[cfg(test)]
mod tests;

pub(crate) use {acceptor::Acceptor, authority::Authority, machine::Tls};
