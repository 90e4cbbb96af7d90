//! Rules that change packets, answer them, or end connections.

use serde_json::{Value as Json, json};

use super::OnPackets;
use crate::fault::Cut;
use crate::fault::action::{Action, Part, Toward, word_of};
use crate::fault::rule::Rule;
use crate::wire::ReasonCode;

impl OnPackets {
    /// One bit is flipped in each of so many bytes behind its fixed header. The seed chooses which.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::connack;
    ///
    /// let noise = Rule::on(connack().to("lamp")).corrupt(1);
    /// ```
    pub fn corrupt(self, bytes: u32) -> Rule {
        self.act_as(json!({"type": "corrupt", "bytes": bytes}))
    }

    /// The same in the payload of a PUBLISH: it is still a packet.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::publish;
    ///
    /// let noise = Rule::on(publish("sensors/#").to("heater")).corrupt_payload(3);
    /// ```
    pub fn corrupt_payload(self, bytes: u32) -> Rule {
        self.act_as(json!({"type": "corrupt", "bytes": bytes, "at": word_of(Part::WORDS, &Part::Payload)}))
    }

    /// Only so many bytes of it go on. What comes behind is taken for the rest of it.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::publish;
    ///
    /// let cut_short = Rule::on(publish("#").to("lamp")).truncate(3);
    /// ```
    pub fn truncate(self, keep: u32) -> Rule {
        self.act(Action::Truncate { keep, adjust: false })
    }

    /// Fields of it are changed. They have the names that patterns have.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::{connack, puback, publish};
    /// use serde_json::json;
    ///
    /// let lie = Rule::on(connack().to("lamp")).edit(json!({"session_present": true}));
    /// let wrong_identifier = Rule::on(puback().to("lamp")).edit(json!({"packet_identifier": 999}));
    /// let other = Rule::on(publish("a").to("lamp")).edit(json!({"payload": {"json": {"on": true}}, "retain": true}));
    /// ```
    pub fn edit(self, set: impl Into<Json>) -> Rule {
        self.act_as(json!({"type": "edit", "set": set.into()}))
    }

    /// Another packet goes on in its place, or a list of them: `{"packet": "PUBACK", …}` with its fields, or
    /// `{"base64": "…"}` with its bytes.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::pubrec;
    /// use serde_json::json;
    ///
    /// let wrong_answer = Rule::on(pubrec().to("lamp")).replace(json!({"packet": "PUBACK"}));
    /// ```
    pub fn replace(self, with: impl Into<Json>) -> Rule {
        self.act_as(json!({"type": "replace", "with": with.into()}))
    }

    /// It is lost, and its sender gets this packet, or this list of packets.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::subscribe;
    /// use serde_json::json;
    ///
    /// let refused = Rule::on(subscribe().from("lamp")).answer(json!({"packet": "SUBACK", "reason_codes": [0x87]}));
    /// ```
    pub fn answer(self, with: impl Into<Json>) -> Rule {
        self.act_as(json!({"type": "answer", "with": with.into()}))
    }

    /// Its sender is told at once that all is granted, and it goes on so many milliseconds late: a SUBACK before the
    /// subscription holds, a PUBACK before the message is there.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::subscribe;
    ///
    /// let too_early = Rule::on(subscribe().from("lamp")).answer_early(500);
    /// ```
    pub fn answer_early(self, latency: u64) -> Rule {
        self.act_as(json!({"type": "answer_early", "latency": latency}))
    }

    /// A CONNECT, PUBLISH, SUBSCRIBE or UNSUBSCRIBE is refused, in the packet and the code that the client's version has. A
    /// connection closes after a refused CONNECT, and where the version has no packet that refuses: PUBLISH of QoS 1 and 2
    /// in 3.1.1.
    ///
    /// ```
    /// use broker::ReasonCode;
    /// use broker::fault::Rule;
    /// use broker::pattern::publish;
    ///
    /// let full = Rule::on(publish("sensors/#")).refuse(ReasonCode::QUOTA_EXCEEDED);
    /// ```
    pub fn refuse(self, code: ReasonCode) -> Rule {
        self.act_as(json!({"type": "refuse", "reason_code": code.0}))
    }

    /// The connection closes, and the packet is lost.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::publish;
    ///
    /// let never_acknowledged = Rule::on(publish("#").qos(1)).nth(1).disconnect();
    /// ```
    pub fn disconnect(self) -> Rule {
        self.act_as("disconnect")
    }

    /// The packet goes on, then the connection closes.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::suback;
    ///
    /// let gone = Rule::on(suback().to("lamp")).nth(1).disconnect_after();
    /// ```
    pub fn disconnect_after(self) -> Rule {
        self.act_as(json!({"type": "disconnect", "after": true}))
    }

    /// The packet is lost, the client gets a DISCONNECT with this reason code if it speaks 5.0, and the connection closes.
    ///
    /// ```
    /// use broker::ReasonCode;
    /// use broker::fault::Rule;
    /// use broker::pattern::publish;
    ///
    /// let sent_away = Rule::on(publish("#")).nth(100).disconnect_with(ReasonCode::SERVER_SHUTTING_DOWN);
    /// ```
    pub fn disconnect_with(self, code: ReasonCode) -> Rule {
        self.act_as(json!({"type": "disconnect", "reason_code": code.0}))
    }

    /// The connection is reset, and the packet is lost with all that waits.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::publish;
    ///
    /// let torn = Rule::on(publish("#")).nth(3).reset();
    /// ```
    pub fn reset(self) -> Rule {
        let (after, reason_code) = (false, None);
        self.act(Action::Disconnect {
            after,
            how: Cut::Reset,
            reason_code,
        })
    }

    /// What answers takes the connection for lost, and the client is told nothing: its socket stays open, and silent.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::publish;
    ///
    /// let forgotten = Rule::on(publish("#")).nth(3).half_open();
    /// ```
    pub fn half_open(self) -> Rule {
        let (after, reason_code) = (false, None);
        self.act(Action::Disconnect {
            after,
            how: Cut::HalfOpen,
            reason_code,
        })
    }

    /// It passes, and the client gets this packet beside it, or this list of packets, for which it never asked.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::pingreq;
    /// use serde_json::json;
    ///
    /// let surprise = Rule::on(pingreq().from("lamp")).send_to_client(json!({"packet": "PUBACK", "packet_identifier": 77}));
    /// ```
    pub fn send_to_client(self, packets: impl Into<Json>) -> Rule {
        self.send(packets.into(), Toward::Client)
    }

    /// It passes, and what answers gets this packet beside it, or this list of packets, as if the client had sent them.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::pingreq;
    /// use serde_json::json;
    ///
    /// let forged = Rule::on(pingreq().from("lamp")).send_to_broker(json!({"packet": "PUBLISH", "topic": "a", "payload": "x"}));
    /// ```
    pub fn send_to_broker(self, packets: impl Into<Json>) -> Rule {
        self.send(packets.into(), Toward::Broker)
    }

    fn send(self, packets: Json, to: Toward) -> Rule {
        let to = word_of(Toward::WORDS, &to);
        self.act_as(json!({"type": "send", "packets": packets, "to": to}))
    }
}
