//! The broker's core behind functions that JavaScript can call.
//!
//! A module has one engine. The caller writes what a client sent into the memory at [`input`], calls [`receive`], and
//! reads the answers of any connection at the place that [`output`] gives. Times are milliseconds since the engine
//! began; the caller says them, as everywhere in the core.
//!
//! ```text
//! const c = open(0);
//! memory.set(connect, input(connect.length)); receive(0, c);
//! const length = take(0, c); memory.slice(output(), output() + length); // CONNACK
//! ```

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use broker_core::engine::{ConnId, Engine};
use broker_core::settings::BrokerSettings;
use broker_core::time::Time;

struct Machine {
    engine: Engine,
    /// A connection's handle is its place here.
    conns: Vec<ConnId>,
    input: Vec<u8>,
    output: Vec<u8>,
}

thread_local! {
    static MACHINE: RefCell<Machine> = RefCell::new(Machine {
        engine: Engine::new(Arc::new(BrokerSettings::default()), 1),
        conns: Vec::new(),
        input: Vec::new(),
        output: Vec::new(),
    });
}

fn with<T>(run: impl FnOnce(&mut Machine) -> T) -> T {
    MACHINE.with_borrow_mut(run)
}

fn time(millis: f64) -> Time {
    Time::ZERO + Duration::from_secs_f64(millis.max(0.0) / 1000.0)
}

/// A client connects; gives its handle.
#[unsafe(no_mangle)]
pub extern "C" fn open(now_millis: f64) -> u32 {
    with(|it| {
        let conn = it.engine.open(time(now_millis), "the page".to_owned());
        it.conns.push(conn);
        (it.conns.len() - 1) as u32
    })
}

/// Makes room for so many bytes of input; gives the address to write them to.
#[unsafe(no_mangle)]
pub extern "C" fn input(length: u32) -> *const u8 {
    with(|it| {
        it.input.clear();
        it.input.resize(length as usize, 0);
        it.input.as_ptr()
    })
}

/// Hands the input to the engine, as what this client sent; gives the number of bytes that it took. The caller says the
/// others again, with what comes behind them. An unknown handle gives 0.
#[unsafe(no_mangle)]
pub extern "C" fn receive(now_millis: f64, conn: u32) -> u32 {
    with(|it| {
        let Some(id) = it.conns.get(conn as usize) else {
            return 0;
        };
        it.engine.receive(time(now_millis), *id, &it.input) as u32
    })
}

/// Takes what the engine has to send to this client; gives the number of bytes. They stand at [`output`] until the next
/// call. An unknown handle gives 0.
#[unsafe(no_mangle)]
pub extern "C" fn take(now_millis: f64, conn: u32) -> u32 {
    with(|it| {
        it.output.clear();
        let Some(id) = it.conns.get(conn as usize).copied() else {
            return 0;
        };
        while let Some(outbox) = it.engine.outbox(id).filter(|outbox| !outbox.is_empty()) {
            let front = outbox.front();
            it.output.extend_from_slice(front);
            let written = front.len();
            it.engine.wrote(time(now_millis), id, written);
        }
        it.output.len() as u32
    })
}

/// Where the bytes stand that [`take`] took.
#[unsafe(no_mangle)]
pub extern "C" fn output() -> *const u8 {
    with(|it| it.output.as_ptr())
}

/// Does what is due by then.
#[unsafe(no_mangle)]
pub extern "C" fn tick(now_millis: f64) {
    with(|it| it.engine.tick(time(now_millis)));
}

/// 1 if the engine wants this connection closed, else 0.
#[unsafe(no_mangle)]
pub extern "C" fn wants_close(conn: u32) -> u32 {
    with(|it| {
        let id = it.conns.get(conn as usize);
        u32::from(id.is_some_and(|id| it.engine.close_reason(*id).is_some()))
    })
}

/// The client's connection is gone.
#[unsafe(no_mangle)]
pub extern "C" fn close(now_millis: f64, conn: u32) {
    with(|it| {
        if let Some(id) = it.conns.get(conn as usize) {
            it.engine.closed(time(now_millis), *id, "the page closed it");
        }
    });
}
