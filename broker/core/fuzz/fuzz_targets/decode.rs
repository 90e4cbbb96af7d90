//! Every packet that the decoder accepts can be encoded, and decodes to itself again: in every version, for any bytes.
//!
//! The first byte of the input chooses the version, the rest is what a peer sent.

#![no_main]

use broker_core::wire::{Version, decode, frame};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((choice, bytes)) = input.split_first() else {
        return;
    };
    let version = [Version::V31, Version::V311, Version::V5][usize::from(choice % 3)];
    let _ = frame(bytes, 1 << 20);
    if let Ok(packet) = decode(version, bytes) {
        let mut again = Vec::new();
        packet.encode(version, &mut again);
        assert_eq!(packet.encoded_len(version), again.len());
        assert_eq!(decode(version, &again).as_ref(), Ok(&packet));
        let _ = packet.to_string();
    }
});
