//! Templates: texts with places that are filled in, as Jinja writes them (`{{ message.topic }}`).
//!
//! A [`Template`] is made from its source and a [`Scope`], the names that it may use; a name or helper that does not exist is
//! an error then. Filling it in takes what it [`Seen`] now has under these names, the time, chance from a seed, and a [`Feed`]:
//! counters, contents of files, and the wall time at which the broker's clock began. Nothing else goes in, so that the same
//! arguments give the same text.
//!
//! ```
//! use std::time::Duration;
//! use broker_core::{chance::Rng, template::{Feed, Scope, Seen, Template}, time::Time};
//!
//! let scope = Scope::default().with("lamp");
//! let template = Template::new(r#"{{ lamp.name | upper }} at {{ now(offset="2 hours") }}"#, &scope)?;
//! let seen = Seen::default().with("lamp", &serde_json::json!({"name": "hall"}));
//! let mut feed = Feed::new(Duration::ZERO); // the clock begins in 1970
//! let text = template.text(&seen, &mut feed, Time::from_secs(60), &mut Rng::new(7))?;
//! assert_eq!(text, "HALL at 1970-01-01T02:01:00Z");
//!
//! let error = Template::new("{{ lmap.name }}", &scope).unwrap_err();
//! assert!(error.to_string().starts_with(r#"line 1, column 4: there is no "lmap" here (did you mean "lamp"?)"#), "{error}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Bounds
//!
//! A source has at most 1 MiB, and so has a text that is made. How long it may take is counted in steps: a template that runs
//! on and on fails.

mod check;
mod compiled;
mod feed;
mod helpers;
mod message;
mod scan;
mod scope;
mod seen;
#[cfg(test)]
mod tests;

pub use compiled::{Failed, Invalid, Template};
pub use feed::{Content, Feed, Files};
#[doc(hidden)] // for docs/STUBS.md
pub use helpers::table::{markdown, names_seen as names};
pub use message::Message;
pub use scope::{Scope, Shape};
pub use seen::Seen;
