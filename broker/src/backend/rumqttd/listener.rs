//! [`Listener`]: one of rumqttd's two servers, in its own thread, as in rumqttd itself.
//!
//! It can be renewed: a new server listens on a new port, while the connections of the old one go on in the same
//! thread. The servers of `rumqttd::Broker` cannot do that: they take no orders once they run.

use std::future::poll_fn;
use std::net::{Ipv4Addr, TcpListener};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::thread::JoinHandle;

use rumqttd::protocol::Protocol;
use rumqttd::{LinkType, Server};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use super::hook;
use super::keeper::{Part, Trouble};

/// How often to look for a free port: another program may take it before rumqttd does.
const PORT_TRIES: usize = 16;

/// Answered with the port, once it listens there.
type Order = oneshot::Sender<Result<u16, String>>;

#[derive(Debug)]
pub(super) struct Listener {
    name: String,
    orders: Option<UnboundedSender<Order>>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    /// Starts the thread. It begins to listen when it is renewed for the first time. `server` makes a server for a
    /// port.
    pub fn start<P: Protocol + Clone + Send + 'static>(
        name: String,
        part: Part,
        keeper: &UnboundedSender<Trouble>,
        server: impl FnMut(u16) -> Server<P> + Send + 'static,
    ) -> Result<Self, String> {
        let (orders, inbox) = unbounded_channel();
        hook::watch(&name, part, keeper);
        let keeper = keeper.clone();
        let thread = std::thread::Builder::new()
            .name(name.clone())
            .spawn(move || work(part, inbox, &keeper, server))
            .map_err(|error| error.to_string())?;
        Ok(Self {
            name,
            orders: Some(orders),
            thread: Some(thread),
        })
    }

    /// A fresh server; answered with its port.
    pub fn renew(&self) -> oneshot::Receiver<Result<u16, String>> {
        let (answer, renewed) = oneshot::channel();
        if let Some(orders) = &self.orders {
            // A thread that has ended drops the order, and the wait ends with that.
            let _ = orders.send(answer);
        }
        renewed
    }
}

impl Drop for Listener {
    /// Closes its port and all its connections.
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        hook::forget(&self.name);
    }
}

fn work<P: Protocol + Clone + Send + 'static>(
    part: Part,
    mut orders: UnboundedReceiver<Order>,
    keeper: &UnboundedSender<Trouble>,
    mut server: impl FnMut(u16) -> Server<P>,
) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return;
    };
    // When the server itself panics, its connections live on in the runtime.
    while catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(serve(part, &mut orders, keeper, &mut server));
    }))
    .is_err()
    {}
}

/// Runs one server after the other. Returns when nobody can order another one.
async fn serve<P: Protocol + Clone + Send + 'static>(
    part: Part,
    orders: &mut UnboundedReceiver<Order>,
    keeper: &UnboundedSender<Trouble>,
    server: &mut impl FnMut(u16) -> Server<P>,
) {
    let mut next = orders.recv().await;
    let mut tries = 0;
    while let Some(order) = next {
        tries += 1;
        let port = match free_port() {
            Ok(port) => port,
            Err(error) => {
                let _ = order.send(Err(error.to_string()));
                next = orders.recv().await;
                continue;
            }
        };
        let mut server = server(port);
        let mut serving = pin!(server.start(LinkType::Remote));
        // Its first step is to listen.
        let begun = poll_fn(|cx| Poll::Ready(serving.as_mut().poll(cx))).await;
        if let Poll::Ready(result) = begun {
            if tries < PORT_TRIES {
                next = Some(order);
            } else {
                let _ = order.send(Err(format!("{:?}", result.err())));
                next = orders.recv().await;
            }
            continue;
        }
        tries = 0;
        let _ = order.send(Ok(port));
        next = tokio::select! {
            result = serving => {
                let why = format!("the server ended: {:?}", result.err());
                let _ = keeper.send(Trouble::Panic { part, why });
                orders.recv().await
            }
            order = orders.recv() => order,
        };
    }
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
