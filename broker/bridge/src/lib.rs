//! A bridge: messages of one broker go to another, and the other way round. This is the machine that stands between two
//! connections; it opens no socket and reads no clock.
//!
//! A bridge is a client on both sides. The *local* leg is a connection to the broker that it belongs to, with a session that
//! stays; the *remote* leg is a connection to the other broker. The machine answers for neither: what one broker sends is
//! acknowledged there only once the other broker has acknowledged it. So a message is always in the session of one of the two,
//! and nothing has to be kept here but one number beside the session in ours ([`State`]).
//!
//! How it is driven:
//!
//! 1. After each call: while [`Bridge::wants_local`], open a connection to the local broker and say [`Bridge::local_opened`]; if
//!    [`Bridge::dial`] names an address, connect there, and say [`Bridge::remote_opened`] or [`Bridge::remote_closed`].
//! 2. What a connection brings goes into [`Bridge::receive`]; what [`Bridge::outgoing`] has goes out, and is then
//!    [`Bridge::sent`]. Nothing is read from a leg while [`Bridge::is_deaf`].
//! 3. A leg that [`Bridge::wants_close`] is closed once its bytes are out; every end of a connection is told with
//!    [`Bridge::local_closed`] or [`Bridge::remote_closed`].
//! 4. [`Bridge::tick`] is due at [`Bridge::next_timeout`]. [`Bridge::next_told`] says what happened.
//!
//! ```
//! use broker_bridge::{Bridge, Direction, Plan, Rule, Side};
//! use broker_core::time::Time;
//! use broker_core::wire::QoS;
//!
//! let rule = Rule::new("sensors/#", Direction::Out, QoS::AtLeastOnce).prefixes("", "house/");
//! let mut bridge = Bridge::new(Time::ZERO, Plan::new("up", vec![rule]), 7);
//! assert!(bridge.wants_local()); // first of all it makes its session there
//! bridge.local_opened(Time::ZERO);
//! assert_eq!(bridge.outgoing(Side::Local)[0] >> 4, 1); // CONNECT
//! ```

mod backoff;
mod begin;
mod bridge;
mod bytes;
mod inbound;
mod inward;
mod leg;
mod life;
mod link;
mod outward;
mod plan;
mod round;
mod state;
mod status;
mod topics;

pub use bridge::Bridge;
pub use leg::Side;
pub use plan::{Backoff, Login, Notification, Plan, Start};
pub use state::State;
pub use status::{Phase, Status, Told};
pub use topics::{Direction, Rule, Topics};
