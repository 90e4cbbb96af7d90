//! DISCONNECT.

use super::{Refusal, V5, V31, V311, refused};

#[test]
fn malformed_disconnects_are_refused() {
    const REASON: &str = "the Reason Code is not one that DISCONNECT may carry";
    const LEFT: &str = "bytes are left over after the packet's last field";
    const TWICE: &str = "Session Expiry Interval comes twice; it may come once";
    #[rustfmt::skip]
    let table: &[Refusal] = &[
        (V311, "E0: 00", LEFT, 2, "MQTT311-2.2.3", 0x81),
        (V31, "E0: 00", LEFT, 2, "MQTT31-2.1", 0x81),
        (V5, "E0: 01", REASON, 2, "MQTT5-3.14.2-1", 0x82),
        (V5, "E0: 84 []", REASON, 2, "MQTT5-3.14.2-1", 0x82),
        (V5, "E0: 00 [] 00", LEFT, 4, "MQTT5-2.1.4", 0x81),
        (V5, "E0: 00 [11 00000001 11 00000001]", TWICE, 9, "MQTT5-3.14.2.2.2", 0x82),
        (V5, "E0: 00 [15 0001 61]", "Authentication Method is not a property of this packet", 4, "MQTT5-2.2.2.2", 0x81),
    ];
    refused(table);
}
