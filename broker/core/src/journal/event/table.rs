//! What the table of events is made into: the type [`Event`], its fields by name, and its sentences.

use std::borrow::Cow;

use settings::text::cut;

use super::Event;
use crate::journal::value::{Field, Value};
use crate::journal::words::STRING_CHARS;

/// One kind of event, as the table has it.
#[derive(Debug)]
pub struct EventType {
    /// Its name in JSON and in patterns.
    pub word: &'static str,
    /// When it comes.
    pub what: &'static str,
    /// The fields in their order: for each of the variant what it is shown as.
    pub(super) fields: &'static [&'static [Field]],
}

impl EventType {
    /// Everything that its JSON has beside its word and the time: the name of each field and its meaning.
    pub fn meanings(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.fields().map(|field| (field.name, field.what))
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().copied().flatten()
    }
}

/// An event as one line among others, in columns.
#[derive(Debug)]
pub struct Brief {
    /// The client, else the number of the connection, else what failed.
    pub who: String,
    /// What it means to a person who looks on.
    pub tone: Tone,
    /// What happened, in a word or two.
    pub verb: &'static str,
    /// The rest.
    pub detail: String,
}

/// What an event means to a person who looks on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As hoped for.
    Good,
    /// As usual.
    Plain,
    /// Perhaps a mistake somewhere.
    Odd,
    /// Something did not work.
    Bad,
    /// Not worth a line, unless all is asked for.
    Quiet,
}

/// The name of a field in JSON, and what it can be: as its row says, else as its type does.
macro_rules! field {
    (name $field:ident, $name:literal) => {
        $name
    };
    (name $field:ident,) => {
        stringify!($field)
    };
    (kind $type:ty, $kind:expr) => {
        $kind
    };
    (kind $type:ty,) => {
        <$type as Shown>::KIND
    };
}

macro_rules! events {
    ($dollar:tt $(
        $(#[doc = $what:literal])+
        $event:ident = $word:ident {
            $( $(#[doc = $meaning:literal])+ $field:ident: $type:ty $(as $name:literal)? $(= $kind:expr)?, )*
        }
        words |$who:ident, $cut:ident| $words:block
        brief |$shorten:ident| $tone:expr, $verb:expr, $detail:block
    )+) => {
        /// Something that happened in the broker, above the level of single packets.
        ///
        /// ```
        /// use broker::{Event, journal::{Mark, Record}, pattern::any_event};
        ///
        /// let broker = broker::Broker::start().wait()?;
        /// let events = broker.journal().tail_from(Mark::START).matching(any_event());
        /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
        /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
        /// match events.next().wait()?.map(|entry| entry.record) {
        ///     Some(Record::Event(Event::Connected { client_id, version, .. })) => println!("{client_id} speaks {version}"),
        ///     other => panic!("{other:?}"),
        /// }
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        #[derive(Debug, Clone, PartialEq)]
        pub enum Event {
            $(
                $(#[doc = $what])+
                $event { $( $(#[doc = $meaning])+ $field: $type, )* },
            )+
        }

        /// Hands each event to a macro: its documentation and its word.
        macro_rules! each_event {
            ($dollar then:ident) => {
                $dollar then! { $( $(#[doc = $what])+ $word; )+ }
            };
        }
        pub(crate) use each_event;

        /// Every kind of event there is.
        pub static EVENTS: &[EventType] = &[$(
            EventType {
                word: stringify!($word),
                what: concat!($($what),+).trim_ascii(),
                fields: &[$(
                    &[Field::new(
                        field!(name $field, $($name)?),
                        field!(kind $type, $($kind)?),
                        concat!($($meaning),+).trim_ascii(),
                    )],
                    <$type as Shown>::BESIDE,
                )*],
            },
        )+];

        #[cfg(test)]
        impl Event {
            /// One of each kind.
            pub(crate) fn samples() -> Vec<Self> {
                vec![$(Self::$event { $($field: $crate::journal::event::samples::Sample::sample()),* },)+]
            }
        }

        impl Event {
            /// One word for machines: what its JSON has as `event`.
            pub const fn word(&self) -> &'static str {
                match self {
                    $(Self::$event { .. } => stringify!($word),)+
                }
            }

            /// The connection that it tells of, if it names one.
            pub fn conn(&self) -> Option<ConnId> {
                match self {
                    $(Self::$event { $($field),* } => None $(.or(Shown::conn($field)))*,)+
                }
            }

            /// The client that it tells of; empty where the client is not known.
            pub fn client_id(&self) -> Arc<str> {
                match self {
                    $(Self::$event { $($field),* } => {
                        $(if stringify!($field) == "client_id" {
                            return Shown::shared($field);
                        })*
                    })+
                }
                Arc::from("")
            }

            /// Each field under its name in JSON.
            pub(crate) fn each<'s>(&'s self, visit: &mut dyn FnMut(&'static str, Option<Value<'s>>)) {
                match self {
                    $(Self::$event { $($field),* } => {
                        $(
                            visit(field!(name $field, $($name)?), Shown::value($field));
                            for (place, beside) in <$type as Shown>::BESIDE.iter().enumerate() {
                                visit(beside.name, Shown::beside($field, place));
                            }
                        )*
                    })+
                }
            }

            /// What happened in a sentence: `who` is the client, `cut` shortens names.
            #[allow(unused_variables)]
            fn sentence(&self, who: &str, cut: &dyn Fn(&str) -> String) -> String {
                match self {
                    $(Self::$event { $($field),* } => {
                        let ($who, $cut) = (who, cut);
                        $words
                    })+
                }
            }

            /// As one line among others, after the time and the client. `name` makes names of peers fit to be shown.
            #[allow(unused_variables)]
            pub fn brief(&self, name: &dyn Fn(&str) -> String) -> Brief {
                match self {
                    $(Self::$event { $($field),* } => {
                        let $shorten = name;
                        Brief { who: self.who(), tone: $tone, verb: $verb, detail: $detail }
                    })+
                }
            }
        }
    };
}

impl Event {
    /// What its JSON has under this name.
    pub(crate) fn get(&self, name: &str) -> Option<Value<'_>> {
        let mut found = None;
        self.each(&mut |field, value| {
            if field == name {
                found = value;
            }
        });
        found
    }

    /// The topic name, where it tells of a message.
    pub(crate) fn topic(&self) -> Option<&str> {
        match self.get("topic") {
            Some(Value::Text(Cow::Borrowed(topic))) => Some(topic),
            _ => None,
        }
    }

    /// Each field under its name in JSON, with its value there.
    pub fn each_json(&self, visit: &mut dyn FnMut(&'static str, serde_json::Value)) {
        self.each(&mut |name, value| {
            visit(
                name,
                value.map_or(serde_json::Value::Null, |value| value.to_json()),
            );
        });
    }

    pub(super) fn who(&self) -> String {
        let engine = || {
            self.get("engine")
                .and_then(|engine| engine.as_text().map(str::to_owned))
        };
        match (&*self.client_id(), self.conn()) {
            ("", Some(conn)) => conn.to_string(),
            ("", None) => engine().unwrap_or_default(),
            (client_id, _) => client_id.to_owned(),
        }
    }

    /// What happened in words, whose it is first.
    pub(crate) fn words(&self) -> String {
        let client_id = self.client_id();
        let who = match (self.conn(), client_id.is_empty()) {
            (Some(conn), true) => format!("connection {conn}"),
            (None, true) => "the broker".to_owned(),
            (_, false) => cut(&client_id, STRING_CHARS),
        };
        self.sentence(&who, &|name| cut(name, STRING_CHARS))
    }
}
