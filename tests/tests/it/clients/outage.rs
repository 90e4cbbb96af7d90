//! What the publisher does when the broker goes away and comes back.

use std::io::Write;
use std::net::TcpListener;

use broker::expect::publish;
use broker::{Cut, Restart};
use client::Version;
use packets::read;

use super::request::service;
use super::{broker, client, start};

/// More than the broker has acknowledged when it crashes in the middle of them.
const MANY: usize = 5000;

fn record(number: usize) -> String {
    format!("{{\"topic\":\"a/{number}\",\"qos\":1,\"payload\":\"x\"}}\n")
}

#[test]
fn a_replay_continues_where_it_was() {
    let broker = broker();
    let mut program = start(&mut client(
        "publisher",
        broker.addr(),
        &["--replay", "-", "--speed", "max", "--trace"],
    ));
    program.input(&record(1));
    program.until_stderr("PUBACK", |line| line.contains("←  PUBACK"));
    let outage = broker
        .block_on(broker.outage(Restart::LoseState, Cut::Orderly))
        .unwrap();
    program.until_stderr("the loss", |line| line.ends_with("Trying again in 1 s."));
    // What comes meanwhile is not lost.
    program.input(&record(2));
    program.until_stderr("a second attempt", |line| {
        line.contains("connection refused") && line.ends_with("Trying again in 2 s.")
    });
    broker.block_on(outage.end()).unwrap();
    program.until_stderr("its end", |line| {
        line == "Connected again; nothing has to be sent again."
    });
    program.input(&record(3));
    let finished = program.wait();
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    for number in 1..=3 {
        broker.block_on(
            broker
                .expect(publish(format!("a/{number}")).qos(1).times(1))
                .into_future(),
        );
    }
}

#[test]
fn a_replay_sends_again_only_what_was_not_acknowledged() {
    let broker = broker();
    let mut program = start(&mut client(
        "publisher",
        broker.addr(),
        &["--replay", "-", "--speed", "max"],
    ));
    program.input(&(1..=MANY).map(record).collect::<String>());
    broker.block_on(broker.expect(publish("a/100")).into_future());
    broker.block_on(broker.crash(Restart::KeepState)).unwrap();
    program.until_stderr("its end", |line| line.starts_with("Connected again; "));
    let finished = program.wait();
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    let arrived = broker.stats().publish_received as usize;
    // 20 are on their way at most.
    assert!((MANY..=MANY + 20).contains(&arrived), "{arrived}");
    for number in [1, 100, MANY] {
        broker.block_on(broker.expect(publish(format!("a/{number}"))).into_future());
    }
}

#[test]
fn a_request_keeps_waiting_for_its_answer() {
    for version in ["311", "5"] {
        let broker = broker();
        let property: &[&str] = match version {
            "5" => &["-D", "publish", "correlation-data", "z"],
            _ => &[],
        };
        let run = |arguments: &[&str]| {
            let arguments = [&["-V", version, "-q", "1"], arguments, property].concat();
            start(&mut client("publisher", broker.addr(), &arguments))
        };
        let mut asking = run(&["-t", "service", "-m", "ping", "-e", "answers", "-W", "60", "-d"]);
        asking.until("PUBACK", |line| line.contains("received PUBACK"));
        broker.block_on(broker.crash(Restart::LoseState)).unwrap();
        asking.until("its end", |line| line.contains("received SUBACK"));
        run(&["-t", "answers", "-m", "pong"]).succeed();
        asking.until("the answer", |line| line == "pong");
        assert_eq!(asking.wait().code, Some(0));
        // It was acknowledged, so it is not asked again.
        broker.block_on(broker.expect(publish("service").times(1)).into_future());
    }
}

#[test]
fn requests_go_on_after_an_outage() {
    let broker = broker();
    service(broker.addr(), Version::V311);
    let mut asking = start(&mut client(
        "publisher",
        broker.addr(),
        &["-t", "service", "-l", "-e", "answers"],
    ));
    asking.input("one\n");
    assert_eq!(asking.line(), "ONE");
    broker.block_on(broker.restart(Restart::LoseState)).unwrap();
    asking.until_stderr("its end", |line| line.starts_with("Connected again; "));
    service(broker.addr(), Version::V311);
    asking.input("two\n");
    assert_eq!(asking.line(), "TWO");
    assert_eq!(asking.wait().code, Some(0));
}

#[test]
fn a_request_of_qos_0_is_not_asked_again_and_the_error_says_so() {
    let broker = broker();
    let arguments = ["-t", "nobody", "-m", "x", "-e", "answers", "-W", "1.5"];
    let asking = start(&mut client("publisher", broker.addr(), &arguments));
    broker.block_on(broker.expect(publish("nobody")).into_future());
    // Away until it gives up.
    let _outage = broker
        .block_on(broker.outage(Restart::LoseState, Cut::Reset))
        .unwrap();
    let finished = asking.wait();
    assert_eq!(finished.code, Some(27), "{finished:#?}");
    assert_eq!(
        finished.stderr.last().unwrap(),
        "Error: no answer on 'answers' within 1.5 s; the connection was lost meanwhile, and at QoS 0 a request is not sent \
         again (with -q 1 it is)"
    );
}

/// No real broker holds an acknowledgement back when a test needs it.
#[test]
fn the_answers_are_subscribed_to_before_a_request_is_sent_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let arguments = ["-q", "1", "-t", "q", "-m", "x", "-e", "r", "-W", "60"];
    let asking = start(&mut client("publisher", addr, &arguments));
    let connected = || {
        let (mut stream, _) = listener.accept().unwrap();
        assert_eq!(read(&mut stream).unwrap()[0], 0x10);
        stream.write_all(&[0x20, 2, 0, 0]).unwrap();
        let subscribe = read(&mut stream).unwrap();
        assert_eq!(subscribe[0], 0x82);
        stream
            .write_all(&[0x90, 3, subscribe[2], subscribe[3], 1])
            .unwrap();
        let publish = read(&mut stream).unwrap();
        // A new session has never seen it, so it is no duplicate.
        assert_eq!(publish[0], 0x32);
        (stream, [publish[5], publish[6]])
    };
    drop(connected());
    let (mut stream, id) = connected();
    stream.write_all(&[0x40, 2, id[0], id[1]]).unwrap();
    stream.write_all(b"\x30\x07\x00\x01rdone").unwrap();
    assert_eq!(asking.succeed(), ["done"]);
}
