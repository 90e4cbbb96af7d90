//! [`Rule`]: what kind of thing can be broken.

/// What kind of thing was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// No channel has this topic.
    Topic,
    /// This client is not the one that publishes here.
    Action,
    /// A parameter of the topic.
    Parameter,
    /// The schema of the payload.
    Payload,
    /// It would take too much work to know whether the payload keeps to its schema.
    Unchecked,
    /// What the payload is said to be.
    ContentType,
    /// QoS.
    Qos,
    /// RETAIN.
    Retain,
    /// Another property of MQTT 5.0.
    Property,
    /// How the application connects.
    Connect,
}

impl Rule {
    /// Its word in events.
    ///
    /// ```
    /// assert_eq!(broker_contract::Rule::ContentType.name(), "content_type");
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Self::Topic => "topic",
            Self::Action => "action",
            Self::Parameter => "parameter",
            Self::Payload => "payload",
            Self::Unchecked => "unchecked",
            Self::ContentType => "content_type",
            Self::Qos => "qos",
            Self::Retain => "retain",
            Self::Property => "property",
            Self::Connect => "connect",
        }
    }
}
