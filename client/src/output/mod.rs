//! How both programs show things: a message as mosquitto_sub prints it, laid out for a terminal, or as a line of
//! JSON; with or without colours.
//!
//! | file | idea |
//! | --- | --- |
//! | `flags` | the flags that say how |
//! | `message` | [`Message`] |
//! | `printer` | a message → bytes of standard output |
//! | `format` | `-F`: what each sequence prints |
//! | `cjson` | JSON as `%j` and `%J` print it |
//! | `terminal` | a message laid out for a terminal |
//! | `highlight` | JSON indented and coloured |
//! | `hex` | bytes that are no text |
//! | `style` | colours, and when |
//! | `lines` | `--json`: the schema of its lines |
//! | `record` | a message as JSON, there and back |

mod cjson;
mod flags;
mod format;
mod format_json;
mod hex;
mod highlight;
mod lines;
mod message;
mod printer;
mod record;
mod style;
mod terminal;

pub use flags::{Layout, MessageFlags, ScreenFlags};
pub use format::Format;
pub use lines::{Granted, Line, Lines, Other, Unfinished};
pub use message::Message;
pub use printer::{MessagePrinter, Style};
pub use record::{PropertiesRecord, Record, RecordError, newer_format};
pub use style::{Color, Paint, Screen, terminal_height};
pub use terminal::shown_payload;
pub(crate) use terminal::{describe_properties, named};
