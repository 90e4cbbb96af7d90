//! Connections to the control API: each is served by hyper, within bounds.

use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::Request;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::explained::Explained;
use super::gate::{self, Caller};
use super::stream::{Answering, Course, Stream};
use super::{Shared, pages, problem, routes, strict};
use crate::way::Visitor;

/// How long clients may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// A connection may be idle, or owe the rest of a head, for so long.
    pub head: Duration,
    /// A body has to be there after so long.
    pub body: Duration,
    /// Something of an answer must be taken within so long.
    pub answer: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let long = Duration::from_secs(30);
        Self {
            head: long,
            body: long,
            answer: long,
        }
    }
}

/// So long may requests that are under way take once the broker ends.
const END_GRACE: Duration = Duration::from_millis(300);
/// What is held of a head, and of an answer that a slow reader does not take.
const BUFFER_BYTES: usize = 64 * 1024;

/// The thread. It serves until `over`.
pub(super) fn run(shared: Arc<Shared>, mut inbox: mpsc::Receiver<Visitor>, mut over: watch::Receiver<bool>) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        // The visitors see their connections closed.
        return;
    };
    runtime.block_on(async {
        let places = Arc::new(Semaphore::new(
            shared.broker.settings.http.max_connections as usize,
        ));
        let app = app(&shared);
        let mut connections = JoinSet::new();
        loop {
            let visitor = tokio::select! {
                visitor = inbox.recv() => visitor,
                _ = over.wait_for(|over| *over) => None,
                Some(_) = connections.join_next() => continue,
            };
            let Some(visitor) = visitor else { break };
            let (app, shared, over) = (app.clone(), shared.clone(), over.clone());
            match places.clone().try_acquire_owned() {
                Ok(place) => {
                    connections.spawn(async move {
                        // A connection that breaks concerns its peer alone.
                        let _ = serve(visitor, app, &shared, over).await;
                        drop(place);
                    });
                }
                Err(_) => {
                    connections.spawn(async move {
                        let _ = timeout(END_GRACE, turn_away(visitor)).await;
                    });
                }
            }
        }
        let _ = timeout(END_GRACE, async {
            while connections.join_next().await.is_some() {}
        })
        .await;
        // Those that are not through by now are cut off.
        connections.shutdown().await;
        shared.brokers.end();
    });
}

fn app(shared: &Arc<Shared>) -> Router {
    routes()
        .route_layer(axum::middleware::from_fn_with_state(
            shared.clone(),
            strict::check,
        ))
        .method_not_allowed_fallback(problem::method_not_allowed)
        .fallback(pages::answer)
        .layer(axum::middleware::from_fn_with_state(shared.clone(), gate::check))
        .with_state(shared.clone())
}

/// Serves one connection until the client, a fault or the end of the broker ends it.
async fn serve(
    visitor: Visitor,
    app: Router,
    shared: &Shared,
    mut over: watch::Receiver<bool>,
) -> Result<(), Fault> {
    let caller = Arc::new(Caller::of(&visitor));
    let course = Course::default();
    let stream = Stream::new(visitor, course.clone(), shared.patience.answer)?;
    let app = TowerToHyperService::new(app.layer(axum::Extension(caller)));
    let answers = course.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let (answering, answered) = (answers.begin(), app.call(request));
        Box::pin(async move {
            answered.await.map(|response| {
                response.map(|body| Under {
                    body,
                    _answering: answering,
                })
            })
        })
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(shared.patience.head)
        .max_buf_size(BUFFER_BYTES.max(shared.broker.settings.websocket.max_header_bytes as usize))
        .serve_connection(TokioIo::new(Explained::new(stream)), service);
    let mut connection = pin!(connection);
    tokio::select! {
        done = connection.as_mut() => return Ok(done?),
        _ = over.wait_for(|over| *over) => {}
    }
    course.hurry();
    connection.as_mut().graceful_shutdown();
    Ok(connection.await?)
}

/// One too many.
async fn turn_away(visitor: Visitor) -> io::Result<()> {
    let mut stream = Stream::new(visitor, Course::default(), END_GRACE)?;
    stream
        .write_all(problem::too_many_connections().as_bytes())
        .await?;
    stream.shutdown().await
}

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// The body of an answer, which is under way for as long as this is there.
struct Under {
    body: Body,
    _answering: Answering,
}

impl HttpBody for Under {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
