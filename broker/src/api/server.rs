//! Connections to the control API: each is served by hyper, within bounds.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::gate::{self, Caller};
use super::{Shared, pages, problem, routes};
use crate::way::{Visitor, VisitorStream};

/// A connection may be idle, or owe the rest of a head, for so long.
const HEAD_PATIENCE: Duration = Duration::from_secs(30);
/// So long may requests that are under way take once the broker ends.
const END_GRACE: Duration = Duration::from_millis(300);
/// What is held of a head, and of an answer that a slow reader does not take.
const BUFFER_BYTES: usize = 64 * 1024;

/// The thread. It serves until `over`.
pub(super) fn run(
    shared: Arc<Shared>,
    mut inbox: mpsc::UnboundedReceiver<Visitor>,
    mut over: watch::Receiver<bool>,
) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        // The visitors see their connections closed.
        Err(_) => return,
    };
    runtime.block_on(async {
        let places = Arc::new(Semaphore::new(
            shared.broker.settings.http.max_connections as usize,
        ));
        let app = app(&shared);
        let mut connections = JoinSet::new();
        let ended = over.clone();
        let mut ended_in = over.clone();
        loop {
            let visitor = tokio::select! {
                visitor = inbox.recv() => visitor,
                _ = ended_in.wait_for(|over| *over) => None,
                Some(_) = connections.join_next() => continue,
            };
            let Some(visitor) = visitor else { break };
            let (app, shared, ended) = (app.clone(), shared.clone(), ended.clone());
            match places.clone().try_acquire_owned() {
                Ok(place) => {
                    connections.spawn(async move {
                        // A connection that breaks concerns its peer alone.
                        let _ = serve(visitor, app, &shared, ended).await;
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
        // Whoever is not through by now is cut off.
        connections.shutdown().await;
        let _ = over.borrow_and_update();
    });
}

fn app(shared: &Arc<Shared>) -> Router {
    routes()
        .method_not_allowed_fallback(problem::method_not_allowed)
        .fallback(pages::answer)
        .layer(axum::middleware::from_fn_with_state(shared.clone(), gate::check))
        .with_state(shared.clone())
}

async fn serve(
    visitor: Visitor,
    app: Router,
    shared: &Shared,
    mut over: watch::Receiver<bool>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let caller = Arc::new(Caller::of(&visitor));
    let stream = Stream::new(visitor)?;
    let service = TowerToHyperService::new(app.layer(axum::Extension(caller)));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .max_buf_size(BUFFER_BYTES.max(shared.broker.settings.websocket.max_header_bytes as usize))
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        done = connection.as_mut() => return Ok(done?),
        _ = over.wait_for(|over| *over) => {}
    }
    connection.as_mut().graceful_shutdown();
    Ok(connection.await?)
}

/// One too many.
async fn turn_away(visitor: Visitor) -> io::Result<()> {
    let mut stream = Stream::new(visitor)?;
    stream.write_all(problem::TOO_MANY_CONNECTIONS.as_bytes()).await?;
    stream.shutdown().await
}

/// The bytes of a visitor: those that were read already, then those that come.
struct Stream {
    first: io::Cursor<Vec<u8>>,
    rest: Box<dyn Duplex>,
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

impl Stream {
    fn new(visitor: Visitor) -> io::Result<Self> {
        let rest: Box<dyn Duplex> = match visitor.stream {
            VisitorStream::Tcp(stream) => Box::new(TcpStream::from_std(stream)?),
            #[cfg(unix)]
            VisitorStream::Unix(stream) => Box::new(UnixStream::from_std(stream)?),
            VisitorStream::Pipe(pipe) => Box::new(pipe),
        };
        Ok(Self {
            first: io::Cursor::new(visitor.first),
            rest,
        })
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = to.filled().len();
        if Pin::new(&mut self.first).poll_read(cx, to).is_ready() && to.filled().len() > before {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.rest).poll_read(cx, to)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.rest).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.rest).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.rest).poll_shutdown(cx)
    }
}
