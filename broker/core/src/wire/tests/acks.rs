//! PUBACK, PUBREC, PUBREL and PUBCOMP.

use super::{Refusal, V5, V31, V311, refused};

const ID: &str = "the Packet Identifier is missing or cut short: the packet ends inside it";
const ID_0: &str = "the Packet Identifier is 0; it must be that of the PUBLISH";
const LEFT: &str = "bytes are left over after the packet's last field";
const PROPERTIES: &str = "the Property Length is greater than what is left of the packet";

#[test]
fn malformed_acknowledgements_are_refused() {
    #[rustfmt::skip]
    let table: &[Refusal] = &[
        (V5, "40:", ID, 2, "MQTT5-2.1.4", 0x81),
        (V311, "50: 00", ID, 2, "MQTT311-2.2.3", 0x81),
        (V31, "62:", ID, 2, "MQTT31-2.1", 0x81),
        (V5, "40: 0000", ID_0, 2, "MQTT5-2.2.1-5", 0x82),
        (V311, "62: 0000", ID_0, 2, "MQTT311-2.3.1-6", 0x82),
        (V31, "70: 0000", ID_0, 2, "MQTT31-2.4", 0x82),
        (V311, "40: 0001 00", LEFT, 4, "MQTT311-2.2.3", 0x81),
        (V31, "62: 0001 00", LEFT, 4, "MQTT31-2.1", 0x81),
        (V5, "40: 0001 00 [] 00", LEFT, 6, "MQTT5-2.1.4", 0x81),
        (V5, "40: 0001 00 01", PROPERTIES, 5, "MQTT5-2.2.2.1", 0x81),
        (V5, "62: 0001 00 80", "a Variable Byte Integer is missing or cut short: the packet ends inside it", 5, "MQTT5-2.1.4", 0x81),
    ];
    refused(table);
}

#[test]
fn each_has_its_own_reason_codes() {
    #[rustfmt::skip]
    let table: &[Refusal] = &[
        (V5, "40: 0001 92", "the Reason Code is not one that PUBACK may carry", 4, "MQTT5-3.4.2-1", 0x82),
        (V5, "50: 0001 01", "the Reason Code is not one that PUBREC may carry", 4, "MQTT5-3.5.2-1", 0x82),
        (V5, "62: 0001 10", "the Reason Code is not one that PUBREL may carry", 4, "MQTT5-3.6.2-1", 0x82),
        (V5, "70: 0001 FF []", "the Reason Code is not one that PUBCOMP may carry", 4, "MQTT5-3.7.2-1", 0x82),
    ];
    refused(table);
}
