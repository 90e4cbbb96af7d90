//! The broker's core behind functions that JavaScript can call.
//!
//! A module has one broker. The caller writes what a client sent into the memory at [`input`], calls [`receive`], and reads what
//! the broker has for any connection at the place that [`output`] gives. Times are milliseconds since the broker began; the
//! caller says them, as everywhere in the core.
//!
//! ```text
//! const c = open(0);
//! memory.set(connect, input(connect.length)); receive(0, c, 0);
//! const whole = unsent(c);                 // CONNACK is at output(): it may travel as slowly as the page likes
//! const length = pass(0, c, whole, 0);     // now it has arrived: these bytes are the client's
//! ```
//!
//! What the control API has, [`ask`] has: a request as JSON goes in, and the answer comes out, in the API's own shapes.

mod answer;
mod ask;
mod broker;
mod connection;
mod expected;
mod shapes;
mod who;

use std::cell::RefCell;
use std::time::Duration;

use broker_core::journal::ClockChange;
use broker_core::time::Time;

use answer::Answer;
use broker::{Broker, End, Fate};

#[derive(Default)]
struct Page {
    broker: Broker,
    input: Vec<u8>,
    output: Vec<u8>,
    status: u16,
}

thread_local! {
    static PAGE: RefCell<Page> = RefCell::default();
}

fn with<T>(run: impl FnOnce(&mut Page) -> T) -> T {
    PAGE.with_borrow_mut(run)
}

fn time(millis: f64) -> Time {
    let micros = (millis.clamp(0.0, 1e15) * 1000.0).round();
    Time::ZERO + Duration::from_micros(micros as u64)
}

fn fate(is_lost: u32) -> Fate {
    if is_lost == 0 { Fate::Arrives } else { Fate::IsLost }
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

/// What was done to the clock, which shows this: 0 it was stopped, 1 it runs again, 2 it is moved by so much.
#[unsafe(no_mangle)]
pub extern "C" fn clock_changed(now_millis: f64, change: u32, by_millis: f64) {
    let change = match change {
        0 => ClockChange::Stopped,
        1 => ClockChange::Runs,
        _ => ClockChange::Moved,
    };
    let by = Duration::from_secs_f64((by_millis / 1000.0).clamp(0.0, 1e9));
    with(|it| it.broker.engine.clock_changed(time(now_millis), change, by));
}

/// Where the bytes stand that the last call gave.
#[unsafe(no_mangle)]
pub extern "C" fn output() -> *const u8 {
    with(|it| it.output.as_ptr())
}

/// A client connects, from where the input says; gives its handle.
#[unsafe(no_mangle)]
pub extern "C" fn open(now_millis: f64) -> u32 {
    with(|it| {
        let peer = String::from_utf8_lossy(&it.input).into_owned();
        it.broker.open(time(now_millis), peer)
    })
}

/// The input has come from this client, in whole packets or not. With `is_lost` = 1 it is lost on its way, by hand.
#[unsafe(no_mangle)]
pub extern "C" fn receive(now_millis: f64, conn: u32, is_lost: u32) {
    with(|it| {
        let bytes = std::mem::take(&mut it.input);
        it.broker.receive(time(now_millis), conn, &bytes, fate(is_lost));
    });
}

/// What the broker sends to this client now, which sets out on its way; gives the number of bytes. The caller says with [`pass`]
/// when they arrive.
#[unsafe(no_mangle)]
pub extern "C" fn unsent(conn: u32) -> u32 {
    with(|it| {
        it.output.clear();
        it.broker.unsent(conn, &mut it.output);
        it.output.len() as u32
    })
}

/// So many bytes have come to the client's end, or were lost on the way. Gives the number of bytes that the client gets: a rule may
/// keep some back.
#[unsafe(no_mangle)]
pub extern "C" fn pass(now_millis: f64, conn: u32, bytes: u32, is_lost: u32) -> u32 {
    with(|it| {
        it.output.clear();
        it.broker.pass(
            time(now_millis),
            conn,
            bytes as usize,
            fate(is_lost),
            &mut it.output,
        );
        it.output.len() as u32
    })
}

/// What a rule kept back from this client until now; gives the number of bytes.
#[unsafe(no_mangle)]
pub extern "C" fn take(now_millis: f64, conn: u32) -> u32 {
    with(|it| {
        it.output.clear();
        it.broker.take(time(now_millis), conn, &mut it.output);
        it.output.len() as u32
    })
}

/// Does what is due by then.
#[unsafe(no_mangle)]
pub extern "C" fn tick(now_millis: f64) {
    with(|it| it.broker.tick(time(now_millis)));
}

/// When there is something to do next, in milliseconds; infinity for never.
#[unsafe(no_mangle)]
pub extern "C" fn next_timeout() -> f64 {
    with(|it| {
        it.broker
            .next_timeout()
            // Up, so that it is due by then.
            .map_or(f64::INFINITY, |at| (at.as_nanos() as f64 / 1e6).ceil())
    })
}

/// 0 while the connection goes on; 1 if the broker wants it closed once the client has all, 2 if a rule wants it closed at once.
#[unsafe(no_mangle)]
pub extern "C" fn wants_close(conn: u32) -> u32 {
    with(|it| match it.broker.wants_close(conn) {
        End::No => 0,
        End::Once => 1,
        End::AtOnce => 2,
    })
}

/// The connection is gone; the input says why, for people.
#[unsafe(no_mangle)]
pub extern "C" fn close(now_millis: f64, conn: u32) {
    with(|it| {
        let why = String::from_utf8_lossy(&it.input).into_owned();
        it.broker.close(time(now_millis), conn, &why);
    });
}

/// The number of the newest entry of the journal.
#[unsafe(no_mangle)]
pub extern "C" fn newest() -> f64 {
    with(|it| it.broker.engine.journal().mark().last() as f64)
}

/// Answers a request of the control API: the input is `{"method", "path", "body"}`. Gives the length of the answer; its status is
/// [`status`].
#[unsafe(no_mangle)]
pub extern "C" fn ask(now_millis: f64) -> u32 {
    with(|it| {
        let said = std::mem::take(&mut it.input);
        let Answer { status, body } = ask::ask(&mut it.broker, time(now_millis), &said);
        it.status = status;
        it.output = body;
        it.output.len() as u32
    })
}

/// The status of the last answer, as HTTP has it.
#[unsafe(no_mangle)]
pub extern "C" fn status() -> u32 {
    with(|it| u32::from(it.status))
}
