//! The lies.

/// What a client does before the lie is told to it, and what is asked about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Does {
    /// It connects.
    Connects,
    /// It subscribes to "t".
    Subscribes,
    /// It publishes to "t" at this QoS.
    Speaks(u8),
    /// It is subscribed to "t" at this QoS, and somebody publishes there.
    Hears(u8),
}

/// One lie.
pub(super) struct Lie {
    pub heading: &'static str,
    /// What the standard asks of a client here.
    pub asked: &'static str,
    pub does: Does,
    rule: &'static str,
}

/// The rule that a packet for "t" on its way to the client meets, once.
const ON_A_MESSAGE: &str = r#"when = { packet = "PUBLISH", direction = "out", client_id = "lamp", topic = "t" }
nth = 1"#;

pub(super) const LIES: &[Lie] = &[
    Lie {
        heading: "CONNACK says that there is a session, and there is none",
        asked: "A client that has no session of its own must close the connection (MQTT5-3.2.2-4).",
        does: Does::Connects,
        rule: r#"when = { packet = "CONNACK", client_id = "lamp" }
nth = 1
action = { type = "edit", set = { session_present = true } }"#,
    },
    Lie {
        heading: "SUBACK before the subscription holds",
        asked: "A client cannot know. What is published before it holds is not for this client.",
        does: Does::Subscribes,
        rule: r#"when = { packet = "SUBSCRIBE", client_id = "lamp" }
nth = 2
action = { type = "answer_early", latency = 50 }"#,
    },
    Lie {
        heading: "SUBACK twice",
        asked: "The second one is for no SUBSCRIBE.",
        does: Does::Subscribes,
        rule: r#"when = { packet = "SUBACK", client_id = "lamp" }
nth = 2
action = "duplicate""#,
    },
    Lie {
        heading: "No SUBACK",
        asked: "A client may wait as long as it likes.",
        does: Does::Subscribes,
        rule: r#"when = { packet = "SUBACK", client_id = "lamp" }
nth = 2
action = "drop""#,
    },
    Lie {
        heading: "SUBACK with a wrong Packet Identifier",
        asked: "It is for no SUBSCRIBE of this client.",
        does: Does::Subscribes,
        rule: r#"when = { packet = "SUBACK", client_id = "lamp" }
nth = 2
action = { type = "edit", set = { packet_identifier = 77 } }"#,
    },
    Lie {
        heading: "PUBACK twice",
        asked: "The second one acknowledges nothing.",
        does: Does::Speaks(1),
        rule: r#"when = { packet = "PUBACK", direction = "out", client_id = "lamp" }
nth = 1
action = "duplicate""#,
    },
    Lie {
        heading: "No PUBACK",
        asked: "The message is sent again when the client comes back, and not before (MQTT5-4.4.0-1).",
        does: Does::Speaks(1),
        rule: r#"when = { packet = "PUBACK", direction = "out", client_id = "lamp" }
nth = 1
action = "drop""#,
    },
    Lie {
        heading: "PUBACK with a wrong Packet Identifier",
        asked: "It acknowledges nothing, so the message still is on its way.",
        does: Does::Speaks(1),
        rule: r#"when = { packet = "PUBACK", direction = "out", client_id = "lamp" }
nth = 1
action = { type = "edit", set = { packet_identifier = 77 } }"#,
    },
    Lie {
        heading: "PUBREC twice",
        asked: "Each is answered with PUBREL.",
        does: Does::Speaks(2),
        rule: r#"when = { packet = "PUBREC", direction = "out", client_id = "lamp" }
nth = 1
action = "duplicate""#,
    },
    Lie {
        heading: "PUBCOMP twice",
        asked: "The second one completes nothing.",
        does: Does::Speaks(2),
        rule: r#"when = { packet = "PUBCOMP", direction = "out", client_id = "lamp" }
nth = 1
action = "duplicate""#,
    },
    Lie {
        heading: "A message of QoS 1 twice, with the same Packet Identifier",
        asked: "It may be delivered twice.",
        does: Does::Hears(1),
        rule: "action = \"duplicate\"",
    },
    Lie {
        heading: "A message of QoS 2 twice, with the same Packet Identifier",
        asked: "It must be delivered once (MQTT5-4.3.3-10).",
        does: Does::Hears(2),
        rule: "action = \"duplicate\"",
    },
    Lie {
        heading: "PUBREL for a message that never came",
        asked: "It is answered with PUBCOMP, in MQTT 5.0 with Packet Identifier not found.",
        does: Does::Hears(0),
        rule: "action = { type = \"send\", after = true, packets = { packet = \"PUBREL\", packet_identifier = 77 } }",
    },
    Lie {
        heading: "PUBACK for nothing, out of the blue",
        asked: "It acknowledges nothing.",
        does: Does::Hears(0),
        rule: "action = { type = \"send\", after = true, packets = { packet = \"PUBACK\", packet_identifier = 77 } }",
    },
    Lie {
        heading: "SUBACK for nothing, out of the blue",
        asked: "It is for no SUBSCRIBE.",
        does: Does::Hears(0),
        rule: "action = { type = \"send\", after = true, packets = { packet = \"SUBACK\", packet_identifier = 77, reason_codes = [1] } }",
    },
    Lie {
        heading: "PINGRESP that nobody asked for",
        asked: "Nothing is said of it.",
        does: Does::Hears(0),
        rule: "action = { type = \"send\", after = true, packets = { packet = \"PINGRESP\" } }",
    },
    Lie {
        heading: "A second CONNACK",
        asked: "A broker sends one in a connection (MQTT5-3.2.0-2).",
        does: Does::Hears(0),
        rule: "action = { type = \"send\", after = true, packets = { packet = \"CONNACK\" } }",
    },
    Lie {
        heading: "A packet that only clients send: PINGREQ",
        asked: "It is not for a client.",
        does: Does::Hears(0),
        rule: "action = { type = \"send\", after = true, packets = { packet = \"PINGREQ\" } }",
    },
];

impl Lie {
    /// The rule, as a table has it.
    pub fn rule(&self) -> String {
        match self.does {
            Does::Hears(_) => format!("{ON_A_MESSAGE}\n{}", self.rule),
            _ => self.rule.to_owned(),
        }
    }
}
