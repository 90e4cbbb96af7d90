//! Encrypting what is sent, in as few records as can be.

use std::io::IoSlice;

use rustls::unbuffered::{EncryptError, WriteTraffic};

/// The most that one record carries. RFC 8446 5.1
const PLAIN_BYTES: usize = 16_384;
/// What encryption adds to a record at most: its head, and a nonce, a kind and a tag, as the version has them.
const ADDED_BYTES: usize = 5 + 8 + 1 + 16;

/// Appends the slices, encrypted. Says whether that was possible.
pub(super) fn seal<Data>(
    traffic: &mut WriteTraffic<'_, Data>,
    slices: &[IoSlice<'_>],
    down: &mut Vec<u8>,
) -> bool {
    let Some((last, others)) = slices.split_last() else {
        return true;
    };
    // Short slices are put together, so that each costs no record of its own.
    let mut gathered = Vec::new();
    for slice in others {
        let rest = gather(traffic, &mut gathered, slice, down);
        let Some(rest) = rest else { return false };
        let (records, rest) = rest.split_at(rest.len() / PLAIN_BYTES * PLAIN_BYTES);
        if !encrypt(traffic, records, down) {
            return false;
        }
        gathered.extend_from_slice(rest);
    }
    let rest = gather(traffic, &mut gathered, last, down);
    rest.is_some_and(|rest| encrypt(traffic, &gathered, down) && encrypt(traffic, rest, down))
}

/// Fills up a record that was begun, and encrypts it when it is full. Answers what is left of the slice then: nothing if
/// there is still room in it. `None` if encryption failed.
fn gather<'a, Data>(
    traffic: &mut WriteTraffic<'_, Data>,
    gathered: &mut Vec<u8>,
    slice: &'a [u8],
    down: &mut Vec<u8>,
) -> Option<&'a [u8]> {
    if gathered.is_empty() {
        return Some(slice);
    }
    let room = PLAIN_BYTES - gathered.len().min(PLAIN_BYTES);
    let (now, rest) = slice.split_at(room.min(slice.len()));
    gathered.extend_from_slice(now);
    if gathered.len() == PLAIN_BYTES {
        let encrypted = encrypt(traffic, gathered, down);
        gathered.clear();
        return encrypted.then_some(rest);
    }
    Some(rest)
}

fn encrypt<Data>(traffic: &mut WriteTraffic<'_, Data>, plain: &[u8], down: &mut Vec<u8>) -> bool {
    if plain.is_empty() {
        return true;
    }
    let before = down.len();
    let mut needed = plain.len() + plain.len().div_ceil(PLAIN_BYTES) * ADDED_BYTES;
    // More is needed once where an answer to a change of keys goes first.
    for _ in 0..2 {
        down.resize(before + needed, 0);
        match traffic.encrypt(plain, down.get_mut(before..).unwrap_or_default()) {
            Ok(written) => {
                down.truncate(before + written);
                return true;
            }
            Err(EncryptError::InsufficientSize(size)) => needed = size.required_size,
            Err(EncryptError::EncryptExhausted) => break,
        }
    }
    down.truncate(before);
    false
}
