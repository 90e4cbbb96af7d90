//! Packets that are changed, made up and answered, byte for byte.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::super::{Cut, Onward, Wait};
use super::acts::{
    CONNECT_5, CONNECT_311, PUBACK, PUBLISH_5, PUBLISH_311, SUBSCRIBE_5, SUBSCRIBE_311, V5, V311, act,
    onward, swallowed, why,
};
use super::{Bench, client};
use crate::journal::Direction::{self, In, Out};
use crate::wire::{PacketType, Version};

#[test]
fn edit_changes_fields() {
    let edit = |set: Json| json!({"type": "edit", "set": set});
    // False Session Present.
    assert_eq!(
        onward(V311, b"\x20\x02\0\0", edit(json!({"session_present": true}))),
        b"\x20\x02\x01\0"
    );
    assert_eq!(
        onward(
            V5,
            b"\x20\x03\0\0\0",
            edit(json!({"session_present": true, "reason_code": "0x87"}))
        ),
        b"\x20\x03\x01\x87\0"
    );
    // Wrong Packet Identifier.
    assert_eq!(
        onward(V311, PUBACK, edit(json!({"packet_identifier": 258}))),
        b"\x40\x02\x01\x02"
    );
    assert_eq!(
        onward(V5, PUBACK, edit(json!({"reason_code": "Quota exceeded"}))),
        b"\x40\x03\0\x07\x97"
    );
    // A PUBLISH.
    let all = json!({"topic": "c", "payload": {"json": {"on": true}}, "qos": 2, "retain": true, "dup": true});
    assert_eq!(
        onward(V311, PUBLISH_311, edit(all)),
        b"\x3D\x10\0\x01c\0\x07{\"on\":true}"
    );
    assert_eq!(
        onward(
            V311,
            PUBLISH_311,
            edit(json!({"qos": 0, "payload": {"base64": "/w=="}}))
        ),
        b"\x30\x06\0\x03a/b\xFF"
    );
    assert_eq!(
        onward(
            V5,
            PUBLISH_5,
            edit(json!({"properties": {"content_type": "x", "user_property": {"name": "a", "value": "b"}}}))
        ),
        b"\x32\x15\0\x03a/b\0\x07\x0B\x03\0\x01x\x26\0\x01a\0\x01bhi"
    );
    // The others stay, and one can be taken out.
    let with_two = b"\x32\x15\0\x03a/b\0\x07\x0B\x03\0\x01x\x26\0\x01a\0\x01bhi";
    assert_eq!(
        onward(
            V5,
            with_two,
            json!({"type": "edit", "set": {"qos": 1}, "remove": ["properties.content_type"]})
        ),
        b"\x32\x11\0\x03a/b\0\x07\x07\x26\0\x01a\0\x01bhi"
    );
    assert_eq!(
        onward(V311, b"\x90\x03\0\x05\0", edit(json!({"reason_codes": [128, 1]}))),
        b"\x90\x04\0\x05\x80\x01"
    );
    assert_eq!(
        act(
            V311,
            In,
            CONNECT_311,
            edit(json!({"user_name": "x", "will": {"topic": "w", "payload": "gone"}}))
        )
        .onward,
        Onward::Bytes(b"\x10\x1C\0\x04MQTT\x04\x86\0\0\0\x04lamp\0\x01w\0\x04gone\0\x01x".to_vec())
    );
    // A subscription with other options.
    let filters = json!({"topic_filters": {"topic_filter": "z", "qos": 2, "no_local": true}});
    assert_eq!(
        act(V5, In, SUBSCRIBE_5, edit(filters)).onward,
        Onward::Bytes(b"\x82\x07\0\x05\0\0\x01z\x06".to_vec())
    );
}

#[test]
fn an_edit_that_the_version_has_no_room_for_says_why() {
    let edit = |set: Json| json!({"type": "edit", "set": set});
    assert_eq!(
        why(V311, PUBACK, edit(json!({"reason_code": 0x97}))),
        "in MQTT 3.1.1 PUBACK has no reason_code"
    );
    assert_eq!(
        why(
            V311,
            PUBLISH_311,
            edit(json!({"properties": {"content_type": "x"}}))
        ),
        "in MQTT 3.1.1 PUBLISH has no properties"
    );
    assert_eq!(
        why(
            V311,
            b"\x20\x02\0\0",
            edit(json!({"reason_code": 0x9B, "session_present": true}))
        ),
        "MQTT 3.1.1 has no return code that says 0x9B QoS not supported"
    );
    assert_eq!(
        why(V311, b"\x30\x07\0\x03a/bhi", edit(json!({"qos": 1}))),
        "a PUBLISH of QoS 0 has no packet_identifier: set one, too"
    );
    assert_eq!(
        why(V311, b"\x40\x01\0", edit(json!({"packet_identifier": 1}))),
        "its bytes are not a packet"
    );
}

#[test]
fn an_identifier_that_was_made_up_is_answered_in_vain() {
    let deed = act(
        V311,
        In,
        PUBLISH_311,
        json!({"type": "edit", "set": {"packet_identifier": 8}}),
    );
    assert_eq!(deed.onward, Onward::Bytes(b"\x32\x09\0\x03a/b\0\x08hi".to_vec()));
    assert_eq!(swallowed(&deed), [(Out, PacketType::PubAck, Some(8))]);
}

#[test]
fn replace_and_answer() {
    assert_eq!(
        onward(
            V311,
            PUBACK,
            json!({"type": "replace", "with": {"packet": "PUBREC"}})
        ),
        b"\x50\x02\0\x07"
    );
    assert_eq!(
        onward(
            V311,
            PUBACK,
            json!({"type": "replace", "with": [{"base64": "AAA="}, {"packet": "PINGRESP"}]})
        ),
        b"\0\0\xD0\0"
    );
    let deed = act(
        V5,
        In,
        PUBLISH_5,
        json!({"type": "answer", "with": {"packet": "PUBACK", "reason_code": 0x66}}),
    );
    assert_eq!(
        (deed.onward, &deed.back[..]),
        (Onward::Nothing, &b"\x40\x03\0\x07\x66"[..])
    );
    let deed = act(
        V311,
        In,
        SUBSCRIBE_311,
        json!({"type": "answer", "with": {"packet": "SUBACK"}}),
    );
    assert_eq!(deed.back, b"\x90\x04\0\x05\x01\0", "all is granted");
    assert_eq!(
        why(
            V311,
            b"\x30\x07\0\x03a/bhi",
            json!({"type": "answer", "with": {"packet": "PUBACK"}})
        ),
        "PUBACK needs a packet_identifier, and PUBLISH has none"
    );
}

#[test]
fn answer_early_swallows_the_true_answer() {
    let early = json!({"type": "answer_early", "latency": 500});
    let cases: [(Version, &[u8], &[u8], PacketType); 5] = [
        (V311, SUBSCRIBE_311, b"\x90\x04\0\x05\x01\0", PacketType::SubAck),
        (V5, SUBSCRIBE_5, b"\x90\x05\0\x05\0\x01\0", PacketType::SubAck),
        (V311, PUBLISH_311, b"\x40\x02\0\x07", PacketType::PubAck),
        (
            V5,
            b"\x34\x0A\0\x03a/b\0\x07\0hi",
            b"\x50\x02\0\x07",
            PacketType::PubRec,
        ),
        (
            V5,
            b"\xA2\x06\0\x07\0\0\x01a",
            b"\xB0\x04\0\x07\0\0",
            PacketType::UnsubAck,
        ),
    ];
    for (version, packet, answer, kind) in cases {
        let deed = act(version, In, packet, early.clone());
        assert_eq!(
            (&deed.onward, deed.wait),
            (&Onward::Same, Wait::For(Duration::from_millis(500)))
        );
        assert_eq!(deed.back, answer);
        let id = if kind == PacketType::SubAck { 5 } else { 7 };
        assert_eq!(swallowed(&deed), [(Out, kind, Some(id))]);
    }
}

#[test]
fn refuse_takes_the_packet_and_the_code_of_the_version() {
    /// Version, packet, code, answer, whether the connection closes.
    type Case = (Version, &'static [u8], u8, &'static [u8], bool);
    let refuse = |code: u8| json!({"type": "refuse", "reason_code": code});
    let cases: [Case; 12] = [
        (V5, CONNECT_5, 0x97, b"\x20\x03\0\x97\0", true),
        (V311, CONNECT_311, 0x87, b"\x20\x02\0\x05", true),
        (V311, CONNECT_311, 0x89, b"\x20\x02\0\x03", true),
        (V311, CONNECT_311, 0x80, b"", true), // no return code says that
        (V5, SUBSCRIBE_5, 0x97, b"\x90\x05\0\x05\0\x97\x97", false),
        (V311, SUBSCRIBE_311, 0x97, b"\x90\x04\0\x05\x80\x80", false),
        (Version::V31, SUBSCRIBE_311, 0x97, b"", true),
        (V5, PUBLISH_5, 0x97, b"\x40\x03\0\x07\x97", false),
        (
            V5,
            b"\x34\x0A\0\x03a/b\0\x07\0hi",
            0x97,
            b"\x50\x03\0\x07\x97",
            false,
        ),
        (V5, b"\x30\x08\0\x03a/b\0hi", 0x97, b"", false),
        (V311, PUBLISH_311, 0x97, b"", true),
        (
            V5,
            b"\xA2\x06\0\x07\0\0\x01a",
            0x87,
            b"\xB0\x04\0\x07\0\x87",
            false,
        ),
    ];
    for (version, packet, code, answer, closes) in cases {
        let deed = act(version, In, packet, refuse(code));
        assert_eq!(deed.onward, Onward::Nothing);
        assert_eq!(
            (&deed.back[..], deed.cut),
            (answer, closes.then_some(Cut::Close)),
            "{version} {packet:?} {code}"
        );
    }
    // Before its CONNECT nobody knows a client's version; CONNECT says it.
    let mut bench = Bench::of(json!({"name": "x", "when": {"packet": "CONNECT"}, "action": refuse(0x87)}));
    let deed = bench.decide(&client("", V311), In, CONNECT_5).unwrap();
    assert_eq!(deed.back, b"\x20\x03\0\x87\0");
}

#[test]
fn disconnect_before_or_after_with_or_without_a_word() {
    let cut = |direction: Direction, version: Version, action: Json| {
        let deed = act(version, direction, PUBACK, action);
        (deed.onward, deed.back, deed.cut)
    };
    let goodbye = || b"\xE0\x02\x8B\0".to_vec();
    let (close, reset) = (Some(Cut::Close), Some(Cut::Reset));
    assert_eq!(cut(In, V5, json!("disconnect")), (Onward::Nothing, vec![], close));
    assert_eq!(
        cut(In, V5, json!({"type": "disconnect", "after": true})),
        (Onward::Same, vec![], close)
    );
    assert_eq!(
        cut(In, V5, json!({"type": "disconnect", "how": "reset"})),
        (Onward::Nothing, vec![], reset)
    );
    let said = json!({"type": "disconnect", "reason_code": 0x8B});
    assert_eq!(cut(In, V5, said.clone()), (Onward::Nothing, goodbye(), close));
    assert_eq!(
        cut(In, V311, said.clone()),
        (Onward::Nothing, vec![], close),
        "3.1.1 has none to a client"
    );
    assert_eq!(cut(Out, V5, said), (Onward::Bytes(goodbye()), vec![], close));
    let after = json!({"type": "disconnect", "reason_code": "Server shutting down", "after": true});
    assert_eq!(
        cut(Out, V5, after),
        (Onward::Bytes([PUBACK, &goodbye()].concat()), vec![], close)
    );
}

#[test]
fn send_puts_packets_beside() {
    let publish =
        json!({"packet": "PUBLISH", "topic": "s", "qos": 1, "packet_identifier": 3, "payload": "x"});
    let made = b"\x32\x06\0\x01s\0\x03x";
    let send = |to: &str, after: bool| json!({"type": "send", "packets": publish, "to": to, "after": after});
    let deed = act(V311, In, PUBACK, send("client", false));
    assert_eq!((&deed.onward, &deed.back[..]), (&Onward::Same, &made[..]));
    assert_eq!(swallowed(&deed), [(In, PacketType::PubAck, Some(3))]);
    let deed = act(V311, In, PUBACK, send("broker", false));
    assert_eq!(
        (&deed.onward, deed.back.len()),
        (&Onward::Bytes([made, PUBACK].concat()), 0)
    );
    assert_eq!(swallowed(&deed), [(Out, PacketType::PubAck, Some(3))]);
    let deed = act(V311, Out, PUBACK, send("client", true));
    assert_eq!(deed.onward, Onward::Bytes([PUBACK, made].concat()));
    assert_eq!(swallowed(&deed), [(In, PacketType::PubAck, Some(3))]);
    let deed = act(V311, Out, PUBACK, send("broker", true));
    assert_eq!((&deed.onward, &deed.back[..]), (&Onward::Same, &made[..]));
}

#[test]
fn a_packet_may_say_itself_what_is_done_with_it() {
    let lamp = client("lamp", V5);
    let publish = |value: &str| {
        let property = [
            b"\x26\0\x07x-fault\0".as_slice(),
            &[value.len() as u8],
            value.as_bytes(),
        ]
        .concat();
        let body = [
            b"\0\x03a/b\0\x07".as_slice(),
            &[property.len() as u8],
            &property,
            b"hi",
        ]
        .concat();
        [&[0x32, body.len() as u8][..], &body].concat()
    };
    let mut bench = Bench::new([]);
    assert!(bench.decide(&lamp, In, &publish("drop")).is_none(), "it is off");
    assert!(!bench.faults.may_concern(&lamp) && bench.faults.is_empty());
    bench.faults.allow_user_property(true);
    assert!(bench.faults.may_concern(&lamp) && !bench.faults.is_empty());
    let mut said = |value: &str| bench.decide(&lamp, In, &publish(value)).unwrap();
    let deed = said("drop");
    assert_eq!(
        (&*deed.rule, deed.nth, deed.action, deed.onward),
        ("x-fault", 1, "drop", Onward::Nothing)
    );
    assert_eq!(said("latency 500").wait, Wait::For(Duration::from_millis(500)));
    assert_eq!(said("refuse 0x97").back, b"\x40\x03\0\x07\x97");
    assert_eq!(
        said("{\"type\": \"hold\", \"timeout\": 3}").wait,
        Wait::Held(Some(Duration::from_millis(3)))
    );
    let deed = said("latensy 3");
    // What cannot be done is not counted: this would have been the fifth.
    assert_eq!((deed.nth, deed.onward), (4, Onward::Same));
    assert!(
        deed.why
            .unwrap()
            .starts_with("there is no action \"latensy\" (did you mean \"latency\"?)")
    );
    assert!(
        bench.decide(&lamp, Out, &publish("drop")).is_none(),
        "on the way out it is a property like others"
    );
}
