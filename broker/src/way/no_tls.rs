//! In place of [`tls`](super) in a build without the feature of that name: nothing of TLS is there, and it says so.

// The calls are those of the module that it stands for.
#![allow(clippy::unnecessary_wraps, clippy::unused_self)]

use std::io::IoSlice;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use super::{Fault, Layer};
use crate::arrival::TlsFacts;

/// Without the feature there is no CA.
#[derive(Debug, Clone)]
pub(crate) struct Authority;

impl Authority {
    pub fn in_memory() -> Self {
        Self
    }

    pub fn in_directory(_: &Path) -> Result<Self, String> {
        Ok(Self)
    }

    pub fn ca_pem(&self) -> Result<String, String> {
        Err("this broker was built without its feature `tls`".to_owned())
    }
}

/// Where no suite is spoken, none is missed.
pub(crate) fn unknown_ciphers(_: &[String]) -> Vec<String> {
    Vec::new()
}

/// Accepts nothing.
#[derive(Debug, Clone)]
pub(crate) struct Acceptor;

impl Acceptor {
    pub fn new(_: &settings::Tls, _: &Authority, _: &[IpAddr]) -> Result<Self, String> {
        Ok(Self)
    }

    pub fn accept(&self) -> Result<Tls, Fault> {
        Err(Fault::new(
            "a TLS ClientHello came, and this broker was built without its feature `tls`",
        ))
    }
}

/// There is none.
pub(crate) enum Tls {}

impl Tls {
    pub fn is_open(&self) -> bool {
        match *self {}
    }

    pub fn facts(&self) -> TlsFacts {
        match *self {}
    }

    pub fn identity(&self) -> Option<Arc<str>> {
        match *self {}
    }
}

impl Layer for Tls {
    fn receive(&mut self, _: &mut [u8], _: &mut Vec<u8>, _: &mut Vec<u8>) -> Result<(), Fault> {
        match *self {}
    }

    fn send(&mut self, _: &[IoSlice<'_>], _: &mut Vec<u8>) {
        match *self {}
    }

    fn end(&mut self, _: &mut Vec<u8>) {
        match *self {}
    }

    fn peer_ended(&self) -> bool {
        match *self {}
    }

    fn owes(&self) -> Option<String> {
        match *self {}
    }
}
