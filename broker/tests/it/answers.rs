//! Every call of the handle returns an `Answer`: it is sent at once, needs no runtime, and can be waited for anywhere.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use broker::expect::{connected, publish};
use broker::journal::Mark;
use broker::{Broker, Error, Injected, ReasonCode};

const SOON: Duration = Duration::from_millis(20);
const NEVER: Duration = Duration::MAX;

fn start() -> Broker {
    Broker::start().wait().expect("it starts")
}

fn lamp(broker: &Broker) -> TcpStream {
    let mut client = TcpStream::connect(broker.addr()).expect("it connects");
    client
        .write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")
        .expect("it is sent");
    client
}

fn retained(topic: &str) -> Injected {
    Injected::text(topic, "on").retained()
}

#[test]
fn a_command_is_sent_when_the_call_returns() {
    let broker = start();
    let stored = broker.publish(retained("a"));
    assert_eq!(
        broker.state().wait().unwrap().retained.len(),
        1,
        "nobody waited yet"
    );
    assert_eq!(stored.wait().unwrap(), 0);
    drop(broker.publish(retained("b")));
    assert_eq!(broker.state().wait().unwrap().retained.len(), 2, "and need not");
}

#[test]
fn marks_and_expectations_keep_their_order_though_nobody_waits() {
    let broker = start();
    let _client = lamp(&broker);
    broker.wait_connected("lamp").wait().expect("it comes");
    drop(broker.mark());
    broker.expect(connected()).never().wait();
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_joined_raced_spawned_and_sent_to_other_threads() {
    let broker = Broker::start().await.expect("it starts");
    let (a, b) = tokio::try_join!(broker.publish(retained("a")), broker.publish(retained("b"))).unwrap();
    assert_eq!((a, b), (0, 0));
    tokio::select! {
        _ = broker.wait_connected("nobody") => panic!("nobody came"),
        stats = broker.stats() => assert_eq!(stats.unwrap().clients_connected, 0),
    }
    let spawned = tokio::spawn(broker.wait_connected("lamp"));
    let expected = tokio::spawn(broker.expect(connected()).into_future());
    let here = broker.clock().now();
    let in_thread = tokio::task::spawn_blocking(move || here.wait());
    let _client = lamp(&broker);
    spawned.await.unwrap().expect("it comes");
    assert_eq!(&*expected.await.unwrap()[0].client_id, "lamp");
    in_thread.await.unwrap().expect("it runs");
    // A wait within a task of a runtime with several threads.
    let broker = Arc::new(broker);
    let within = broker.clone();
    let waited = tokio::spawn(async move { within.wait_connected("lamp").wait() });
    waited.await.unwrap().expect("it is there");
}

#[tokio::test]
async fn waiting_within_a_runtime_of_one_thread_panics_nowhere() {
    let broker = start();
    let _client = lamp(&broker);
    broker.wait_connected("lamp").wait().expect("it comes");
    broker.expect(connected()).times(1).wait();
    assert_eq!(broker.journal().all().wait().unwrap().entries.len(), 3);
    broker.clock().freeze().wait().expect("it runs");
    broker
        .clock()
        .advance(Duration::from_secs(3600))
        .wait()
        .expect("it runs");
    let tail = broker.journal().tail_from(Mark::START);
    assert!(tail.next().wait().unwrap().is_some());
    broker.shutdown().wait().expect("it stops");
}

#[tokio::test]
async fn a_task_may_wait_as_often_as_it_likes() {
    // Tokio lets a task poll only so often in one turn, and a wait gives no turn away.
    let broker = start();
    for _ in 0..1000 {
        broker.stats().wait().expect("it runs");
    }
}

#[tokio::test(start_paused = true)]
async fn paused_time_is_none_of_its_business() {
    let broker = Broker::builder().deadline(SOON).start().await.expect("it starts");
    assert!(broker.wait_connected("nobody").await.unwrap_err().is_timeout());
    assert!(broker.wait_connected("nobody").wait().unwrap_err().is_timeout());
    let _client = lamp(&broker);
    let slow = broker.expect(connected()).within(NEVER).check();
    slow.wait().expect("it comes");
}

#[test]
fn a_time_out_within_a_runtime_advises_to_await_and_elsewhere_it_does_not() {
    let broker = Broker::builder()
        .deadline(SOON)
        .start()
        .wait()
        .expect("it starts");
    let nobody = || broker.wait_connected("nobody").wait().unwrap_err().to_string();
    let nothing = || {
        broker
            .expect(publish("a"))
            .check()
            .wait()
            .unwrap_err()
            .to_string()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for told in [nobody(), nothing()] {
        assert!(!told.contains(".await"), "{told}");
    }
    for told in runtime.block_on(async { [nobody(), nothing()] }) {
        assert!(told.contains("Use `.await` instead"), "{told}");
    }
    // What was awaited, and what is no time-out, needs no advice.
    let awaited = runtime.block_on(broker.wait_connected("nobody")).unwrap_err();
    let wrong = runtime.block_on(async { broker.publish(Injected::text("a/+", "")).wait() });
    for error in [awaited, wrong.unwrap_err()] {
        assert!(!error.to_string().contains(".await"), "{error}");
    }
}

#[test]
fn a_broker_is_dropped_while_others_wait() {
    let broker = Arc::new(start());
    let addr = broker.addr();
    let answers: Vec<Box<dyn FnOnce() -> Result<(), Error> + Send>> = vec![
        Box::new({
            let it = broker.wait_connected("nobody");
            move || it.wait()
        }),
        Box::new({
            let it = broker.expect(publish("a")).within(NEVER).check();
            move || it.wait().map(drop)
        }),
    ];
    let journal = broker.journal();
    let tail = journal.tail_from(Mark::START);
    let (ready, is_ready) = std::sync::mpsc::channel();
    let follower = std::thread::spawn(move || {
        ready.send(()).unwrap();
        tail.next().wait()
    });
    is_ready.recv().unwrap();
    let waiting: Vec<_> = answers.into_iter().map(std::thread::spawn).collect();
    drop(Arc::into_inner(broker).expect("no answer holds it"));
    TcpListener::bind(addr).expect("the port is free");
    for thread in waiting {
        assert!(thread.join().unwrap().unwrap_err().is_shut_down());
    }
    assert_eq!(follower.join().unwrap().unwrap(), None, "a tail ends");
}

#[test]
fn a_call_after_the_shutdown_is_an_error_and_the_journal_is_left() {
    let broker = start();
    let outage = broker.outage(broker::Restart::KeepState, broker::Cut::Reset);
    let outage = outage.wait().expect("it goes away");
    assert_eq!(broker.shutdown().wait().unwrap().stats.panics_caught, 0);
    TcpListener::bind(broker.addr()).expect("the port is free");
    let errors = [
        broker.stats().wait().map(drop),
        broker.publish(retained("a")).wait().map(drop),
        broker.settle().wait(),
        broker.wait_connected("lamp").wait(),
        broker.clock().advance(SOON).wait(),
        broker.expect(publish("a")).check().wait().map(drop),
        broker.mark().wait().map(drop),
        broker.snapshot().wait().map(drop),
        broker.restart(broker::Restart::KeepState).wait(),
        broker.shutdown().wait().map(drop),
        outage.end().wait(),
    ];
    for error in errors {
        assert!(error.unwrap_err().is_shut_down());
    }
    assert!(broker.journal().all().wait().is_ok());
}

#[test]
fn a_shutdown_or_a_start_that_nobody_waits_for_is_complete_as_well() {
    let broker = start();
    drop(broker.shutdown());
    TcpListener::bind(broker.addr()).expect("the port is free");
    drop(Broker::start());
}

#[test]
fn what_is_given_up_moves_no_clock_any_further() {
    let broker = start();
    broker.clock().freeze().wait().expect("it runs");
    // There is a round of `$SYS` on each ten seconds of the way.
    let years = Duration::from_secs(1000 * 365 * 24 * 3600);
    drop(broker.clock().advance(years));
    let now = || broker.clock().now().wait().expect("it runs");
    let stands = now();
    assert!(stands.since_start() < years, "{stands}");
    assert_eq!(now(), stands);
}

#[test]
fn a_tail_gives_each_entry_to_one_answer_and_loses_none() {
    let broker = start();
    let tail = broker.journal().tail_from(Mark::START);
    let (first, second, dropped) = (tail.next(), tail.next(), tail.next());
    let _client = lamp(&broker);
    drop(dropped);
    // In any order: an answer that is not waited for holds no other one up.
    let second = second.wait().unwrap().expect("CONNECT");
    let first = first.wait().unwrap().expect("CONNACK");
    let third = tail.next().wait().unwrap().expect("an event");
    assert_eq!([second.seq, first.seq, third.seq], [1, 2, 3]);
}

#[test]
fn a_hook_that_waits_for_its_own_broker_gets_an_error() {
    let own: Arc<OnceLock<Broker>> = Arc::default();
    let (inside, told) = (own.clone(), std::sync::mpsc::channel());
    let builder = Broker::builder().check_login(move |_| {
        let broker = inside.get().expect("it is set before a client comes");
        told.0
            .send(broker.stats().wait().unwrap_err().to_string())
            .unwrap();
        Err(ReasonCode::BANNED)
    });
    let broker = own.get_or_init(|| builder.start().wait().expect("it starts"));
    let _client = lamp(broker);
    assert!(told.1.recv().unwrap().contains("own thread"));
    // The hook holds the broker, and the broker the hook: only this ends it.
    broker.shutdown().wait().expect("it stops");
}

#[test]
fn an_error_is_one_of_the_standard_library_and_names_its_cause() {
    fn is_error<T: std::error::Error + Send + Sync + 'static>(error: T) -> T {
        error
    }
    let first = start();
    let error = is_error(
        Broker::builder()
            .port(first.addr().port())
            .start()
            .wait()
            .unwrap_err(),
    );
    assert!(error.is_port_taken() && !error.is_timeout() && !error.is_invalid());
    let cause = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<std::io::Error>());
    assert_eq!(
        cause.map(std::io::Error::kind),
        Some(std::io::ErrorKind::AddrInUse)
    );
    assert_eq!(
        format!("{error:?}"),
        error.to_string(),
        "`unwrap` prints it for people"
    );
}
