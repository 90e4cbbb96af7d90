//! UNSUBSCRIBE and UNSUBACK.

use super::{Refusal, V5, V31, V311, refused};

#[test]
fn malformed_unsubscribes_are_refused() {
    const ID_0: &str = "the Packet Identifier is 0; it must be 1 to 65,535";
    const NONE: &str = "there is no Topic Filter; an UNSUBSCRIBE has at least one";
    const FILTER: &str = "Topic Filter is missing or cut short: the packet ends inside it";
    const NUL: &str = "Topic Filter holds the character U+0000, which no string may";
    #[rustfmt::skip]
    let table: &[Refusal] = &[
        (V5, "A2: 0000 [] 'a'", ID_0, 2, "MQTT5-2.2.1-3", 0x82),
        (V311, "A2: 0000 'a'", ID_0, 2, "MQTT311-2.3.1-1", 0x82),
        (V5, "A2: 0001 []", NONE, 5, "MQTT5-3.10.3-2", 0x82),
        (V311, "A2: 0001", NONE, 4, "MQTT311-3.10.3-2", 0x82),
        (V31, "A2: 0001", NONE, 4, "MQTT31-3.10", 0x82),
        (V5, "A2: 0001 [] 'a' 00", FILTER, 8, "MQTT5-2.1.4", 0x81),
        (V311, "A2: 0001 0002 61", FILTER, 4, "MQTT311-2.2.3", 0x81),
        (V311, "A2: 0001 0002 6100", NUL, 7, "MQTT311-1.5.3-2", 0x81),
        (V5, "A2: 0001 [0B 01] 'a'", "Subscription Identifier is not a property of this packet", 5, "MQTT5-2.2.2.2", 0x81),
    ];
    refused(table);
}

#[test]
fn malformed_unsubacks_are_refused() {
    const ID_0: &str = "the Packet Identifier is 0; it must be that of the UNSUBSCRIBE";
    const CODE: &str = "this code is not one that UNSUBACK may carry";
    const NONE: &str = "there is no Reason Code; an UNSUBACK has one for each filter of the UNSUBSCRIBE";
    const LEFT: &str = "bytes are left over after the packet's last field";
    #[rustfmt::skip]
    let table: &[Refusal] = &[
        (V5, "B0: 0000 [] 00", ID_0, 2, "MQTT5-2.2.1-6", 0x82),
        (V311, "B0: 0000", ID_0, 2, "MQTT311-2.3.1-7", 0x82),
        (V5, "B0: 0001 []", NONE, 5, "MQTT5-3.11.3-2", 0x82),
        (V5, "B0: 0001 [] 01", CODE, 5, "MQTT5-3.11.3-2", 0x82),
        (V311, "B0: 0001 00", LEFT, 4, "MQTT311-2.2.3", 0x81),
        (V31, "B0: 0001 00", LEFT, 4, "MQTT31-2.1", 0x81),
    ];
    refused(table);
}
