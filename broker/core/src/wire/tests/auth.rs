//! AUTH.

use super::{Refusal, V5, V311, refused};
use crate::wire::{Auth, AuthProperties, Packet, ReasonCode};

#[test]
fn malformed_auths_are_refused() {
    const REASON: &str = "the Reason Code is not one that AUTH may carry";
    const METHOD: &str =
        "there is no Authentication Method; only an AUTH with reason 0x00 and no properties may do without";
    const LEFT: &str = "bytes are left over after the packet's last field";
    #[rustfmt::skip]
    let table: &[Refusal] = &[
        (V5, "F0: 01", REASON, 2, "MQTT5-3.15.2-1", 0x82),
        (V5, "F0: 87 [15 0001 61]", REASON, 2, "MQTT5-3.15.2-1", 0x82),
        (V5, "F0: 18", METHOD, 3, "MQTT5-3.15.2.2.2", 0x82),
        (V5, "F0: 19 []", METHOD, 3, "MQTT5-3.15.2.2.2", 0x82),
        (V5, "F0: 00 [1F 0001 61]", METHOD, 3, "MQTT5-3.15.2.2.2", 0x82),
        (V5, "F0: 18 [16 0001 61]", METHOD, 3, "MQTT5-3.15.2.2.2", 0x82),
        (V5, "F0: 18 [1F 0001 61]", METHOD, 3, "MQTT5-3.15.2.2.2", 0x82),
        (V5, "F0: 18 [15 0001 61] 00", LEFT, 8, "MQTT5-2.1.4", 0x81),
        (V5, "F0: 18 [11 00000001]", "Session Expiry Interval is not a property of this packet", 4, "MQTT5-2.2.2.2", 0x81),
    ];
    refused(table);
}

#[test]
fn version_3_has_nothing_to_write() {
    let auth = Packet::Auth(Auth {
        reason: ReasonCode::SUCCESS,
        properties: AuthProperties::default(),
    });
    let mut out = Vec::new();
    auth.encode(V311, &mut out);
    assert_eq!((out.len(), auth.encoded_len(V311)), (0, 0));
}
