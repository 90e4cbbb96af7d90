//! The control API: what the handle of a broker can do, over HTTP, and nothing else.
//!
//! It is served on a thread of its own, which asks through the handle as any program does: so no JSON stalls a message. The
//! thread begins when the first request comes. `front` leads a connection here once its first bytes are a request for the
//! API ([`Visitor`](crate::way::Visitor)); for the engine it never was a connection.
//!
//! | file | what it knows |
//! |---|---|
//! | `thread` | the thread, and its end |
//! | `server`, `stream`, `explained` | connections: how many, how slow, how long |
//! | `gate` | who may use the API |
//! | `strict` | that a request says nothing that its route does not take |
//! | `intake`, `body`, `path`, `query` | what a request says, and what is wrong with it |
//! | `problem`, `mistakes`, `words` | errors, as RFC 9457 wants them |
//! | `shapes` | shapes that several routes share |
//! | `new_broker`, `given_files` | what may be said of a further broker, and of files |
//! | `ask`, `listing` | patterns, pages and deadlines, which many requests say |
//! | `schema` | the shapes that the core has its own JSON for |
//! | `console`, `pages` | the page that a browser sees, and the other pages of the port |
//! | `document` | the description of all routes (OpenAPI 3.1) |
//! | each other | some routes, with the shapes of what they take and give |

mod access;
mod ask;
mod body;
mod bridges;
mod brokers;
mod certificates;
mod clients;
mod clock;
mod console;
mod contracts;
mod devices;
mod disconnect;
mod document;
mod events;
mod expectations;
mod explained;
mod export;
mod faults;
mod gate;
mod given_files;
mod health;
mod info;
mod intake;
mod keeping;
mod listing;
mod messages;
mod metrics;
mod mistakes;
mod near_misses;
mod new_broker;
mod packets;
mod pages;
mod path;
mod payload;
mod problem;
mod profile;
mod publish;
mod query;
mod recordings;
mod reset;
mod scenarios;
mod schema;
mod server;
mod shapes;
mod sparkplug;
mod state;
mod stream;
mod strict;
mod stubs;
#[cfg(test)]
mod tests;
mod thread;
mod waits;
mod words;
mod world;

use std::sync::Arc;

use axum::Router;
use tokio::sync::Semaphore;

use crate::broker::Broker;
use crate::error::Error;
use crate::expecting;
use crate::front::StartError;
use gate::Token;
use settings::BrokerSettings;

pub(crate) use recordings::Recordings;
pub(crate) use thread::Api;

use body::Body;
use brokers::Brokers;
use path::Path;
use problem::Problem;
use query::Query;

/// What every route of one broker shares.
struct Shared {
    broker: Broker,
    /// What every request must show.
    token: Option<Token>,
    /// Further brokers that requests began.
    brokers: Brokers,
    /// Takes turns in making reports.
    reports: Arc<Semaphore>,
    /// How much of bodies is held.
    held: intake::Held,
    patience: server::Patience,
}

type State = axum::extract::State<Arc<Shared>>;

/// Serves the control API of this broker from here on.
pub(crate) fn open(broker: &mut Broker) -> Result<(), Error> {
    open_with(broker, server::Patience::default())
}

fn open_with(broker: &mut Broker, patience: server::Patience) -> Result<(), Error> {
    if !broker.settings.http.enabled {
        broker.visitors.shut();
        return Ok(());
    }
    let token = Token::read(&broker.settings)?;
    let shared = Arc::new(Shared {
        broker: broker.view(),
        token,
        brokers: Brokers::new(broker.settings.http.max_brokers),
        reports: expecting::afar::reports(),
        held: intake::Held::default(),
        patience,
    });
    broker.api = Some(Api::open(shared, &broker.visitors));
    Ok(())
}

/// What would be wrong with the API at a start.
pub(crate) fn look(settings: &BrokerSettings) -> Result<(), StartError> {
    Token::read(settings).map(drop)
}

/// Every route. A route stands in `document.rs`, too: a test holds the two against each other.
fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .merge(health::routes())
        .merge(info::routes())
        .merge(publish::routes())
        .merge(faults::routes())
        .merge(world::routes())
        .merge(clock::routes())
        .merge(disconnect::routes())
        .merge(reset::routes())
        .merge(stubs::routes())
        .merge(scenarios::routes())
        .merge(profile::routes())
        .merge(contracts::routes())
        .merge(devices::routes())
        .merge(keeping::routes())
        .merge(recordings::routes())
        .merge(access::routes())
        .merge(certificates::routes())
        .merge(metrics::routes())
        .merge(bridges::routes())
        .merge(brokers::routes())
        .merge(packets::routes())
        .merge(messages::routes())
        .merge(expectations::routes())
        .merge(waits::routes())
        .merge(near_misses::routes())
        .merge(state::routes())
        .merge(clients::routes())
        .merge(events::routes())
        .merge(export::routes())
        .merge(document::routes())
}
