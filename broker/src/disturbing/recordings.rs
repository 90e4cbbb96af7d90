//! Recordings of a running broker, and playing them.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::answer::{Answer, block_on};
use crate::backend::Upstream;
use crate::broker::Broker;
use crate::capability::Capability;
use crate::error::{Error, Kind};
use crate::front::Command;
use crate::journal::Mark;
use crate::pattern::{Pattern, anything};
use crate::private_file;
use crate::reading::{BrokerJournal, Reading};
use crate::recording::{Dial, Play, Played, Writer, play_to, spare};
use crate::time::Time;

/// How many bytes are written at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// A recording that is being written. It ends with [`stop`](Recorder::stop), with the broker, or when this is dropped.
///
/// ```
/// let file = std::env::temp_dir().join(format!("recorder-{}.jsonl", std::process::id()));
/// let broker = broker::Broker::start().wait()?;
/// let recorder = broker.record(&file).wait()?;
/// broker.shutdown().wait()?;
/// assert_eq!(recorder.stop().wait()?.lines, 0); // nobody was there
/// # std::fs::remove_file(file)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "the recording ends when this is dropped"]
pub struct Recorder {
    journal: BrokerJournal,
    path: PathBuf,
    stop: Option<oneshot::Sender<Option<Mark>>>,
    done: oneshot::Receiver<io::Result<Recorded>>,
}

/// What was recorded.
///
/// ```
/// let file = std::env::temp_dir().join(format!("recorded-{}.jsonl", std::process::id()));
/// let broker = broker::Broker::start().wait()?;
/// let recorded = broker.record(&file).wait()?.stop().wait()?;
/// assert_eq!(recorded.missed, 0);
/// # std::fs::remove_file(file)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recorded {
    /// Lines that were written, without the first.
    pub lines: u64,
    /// Entries of the journal that came faster than they could be written; the recording lacks them.
    pub missed: u64,
}

impl Broker {
    /// Writes what happens from now on to this file, as JSON lines (docs/RECORDINGS.md): who connects how, every message and its
    /// deliveries. Passwords are left out. Clients are read from more slowly while the file is behind, so that nothing is missing.
    ///
    /// # Errors
    /// The file cannot be made, the journal is off, or the broker has stopped.
    ///
    /// ```
    /// let file = std::env::temp_dir().join(format!("record-{}.jsonl", std::process::id()));
    /// let broker = broker::Broker::start().wait()?;
    /// let recorder = broker.record(&file).wait()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp").wait()?;
    /// assert_eq!(recorder.stop().wait()?.lines, 2); // CONNECT and CONNACK
    /// # std::fs::remove_file(file)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn record(&self, path: impl AsRef<Path>) -> Answer<Recorder> {
        self.record_matching(path, anything())
    }

    /// The same with what the pattern means alone: messages, deliveries, subscriptions, acknowledgements. How connections begin
    /// and end is always there.
    ///
    /// # Errors
    /// As [`record`](Broker::record); or no entry can fit the pattern ([`Error::is_invalid`]).
    ///
    /// ```
    /// use broker::pattern::publish;
    ///
    /// let file = std::env::temp_dir().join(format!("matching-{}.jsonl", std::process::id()));
    /// let broker = broker::Broker::start().wait()?;
    /// let recorder = broker.record_matching(&file, publish("home/#").from("lamp")).wait()?;
    /// recorder.stop().wait()?;
    /// # std::fs::remove_file(file)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn record_matching(&self, path: impl AsRef<Path>, wanted: Pattern) -> Answer<Recorder> {
        let path = path.as_ref().to_owned();
        let (file, spared) = (path.clone(), spare(&self.settings.upstream, &path));
        let make = move || spared.and_then(|()| private_file::create(&file));
        self.record_in(path, make, wanted)
    }

    /// The same in what `make` makes, which goes by the name `path`.
    pub(crate) fn record_in<W: io::Write + Send + 'static>(
        &self,
        path: PathBuf,
        make: impl FnOnce() -> io::Result<W> + Send + 'static,
        wanted: Pattern,
    ) -> Answer<Recorder> {
        if let Err(invalid) = wanted.check() {
            return Answer::ready(Err(invalid.into()));
        }
        let now = self
            .caller
            .ask(|backend| (backend.now(), backend.journal().mark()));
        let (journal, engine) = (self.journal(), self.engine().name());
        let is_off = self.settings.journal.entries == 0;
        Answer::new(async move {
            if is_off {
                return Err(Kind::NoJournal.into());
            }
            let from = now.await?;
            let file = make().map_err(|cause| recording_file("make", &path, cause))?;
            Recorder::start(journal, engine, (path, file), (from, wanted)).await
        })
    }

    /// Plays what the publishers of a recording did: each message is published as if from nobody, on the broker's own clock, so
    /// that an hour of it passes when the [clock](Broker::clock) is moved by an hour. The answer comes with the last message.
    ///
    /// To have clients that connect as the recorded ones did, play it [to](Play::to) this broker's [URL](Broker::url).
    ///
    /// # Errors
    /// The engine is not ours, or the broker has stopped.
    ///
    /// ```
    /// use broker::recording::Recording;
    /// use std::time::Duration;
    ///
    /// let text = "{\"at_secs\":0,\"topic\":\"lamp\",\"payload\":\"on\",\"retain\":true}\n\
    ///             {\"at_secs\":3600,\"topic\":\"lamp\",\"payload\":\"off\",\"retain\":true}\n";
    /// let broker = broker::Broker::start().wait()?;
    /// broker.clock().freeze().wait()?;
    /// let played = broker.play(Recording::read(text.as_bytes())?.play());
    /// broker.clock().advance(Duration::from_secs(3600)).wait()?;
    /// assert_eq!(played.wait()?.messages, 2);
    /// assert_eq!(broker.state().wait()?.retained_message("lamp").and_then(|it| it.text()), Some("off"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn play(&self, play: Play) -> Answer<Played> {
        self.caller.call(
            Capability::Inject,
            move |answer| Command::Play(Box::new(play.script()), answer),
            Ok,
        )
    }
}

fn recording_file(verb: &'static str, path: &Path, cause: io::Error) -> Error {
    let path = path.to_owned();
    Kind::RecordingFile { verb, path, cause }.into()
}

impl Recorder {
    /// Begins to write what happens `from` then on.
    pub(crate) async fn start<W: io::Write + Send + 'static>(
        journal: BrokerJournal,
        engine: &'static str,
        (path, mut file): (PathBuf, W),
        (from, wanted): ((Time, Mark), Pattern),
    ) -> Result<Self, Error> {
        // From here on no entry is forgotten before it is written.
        let tail = journal.read_all().await?;
        let (end, done) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let mut writer = Writer::new(from, wanted);
        let of = journal.clone();
        std::thread::Builder::new()
            .name("recording".to_owned())
            .spawn(move || {
                let result = write(&mut file, &mut writer, engine, (&of, tail), stopped);
                let missed = result.as_ref().copied().unwrap_or_default();
                let lines = writer.lines();
                let _ = end.send(result.map(|_| Recorded { lines, missed }));
            })
            .map_err(|cause| recording_file("write", &path, cause))?;
        Ok(Self {
            journal,
            path,
            stop: Some(stop),
            done,
        })
    }

    /// Writes everything up to now, and ends the recording.
    ///
    /// # Errors
    /// The file could not be written.
    ///
    /// ```
    /// let file = std::env::temp_dir().join(format!("stop-{}.jsonl", std::process::id()));
    /// let broker = broker::Broker::start().wait()?;
    /// let recorder = broker.record(&file).wait()?;
    /// let recorded = recorder.stop().wait()?;
    /// println!("{} lines", recorded.lines);
    /// # std::fs::remove_file(file)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stop(mut self) -> Answer<Recorded> {
        let mark = self.journal.mark();
        let stop = self.stop.take();
        Answer::new(async move {
            let mark = mark.await.ok();
            if let Some(stop) = stop {
                let _ = stop.send(mark);
            }
            self.finish().await
        })
    }

    /// Waits until everything is written; the broker has stopped.
    pub(crate) async fn finish(&mut self) -> Result<Recorded, Error> {
        let ended = || io::Error::other("the thread that writes it ended");
        let result = (&mut self.done).await.unwrap_or_else(|_| Err(ended()));
        result.map_err(|cause| recording_file("write", &self.path, cause))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Writes until the broker stops, or until `stopped` says where to end. Returns how many entries were missed.
fn write(
    file: &mut impl io::Write,
    writer: &mut Writer,
    engine: &str,
    (journal, mut tail): (&BrokerJournal, Reading),
    mut stopped: oneshot::Receiver<Option<Mark>>,
) -> io::Result<u64> {
    let mut chunk = Vec::new();
    Writer::head(jiff::Timestamp::now().to_string(), engine, &mut chunk);
    let everything = anything();
    let (mut missed, mut end) = (0, None);
    loop {
        if chunk.len() >= CHUNK_BYTES || !tail.is_ready() {
            file.write_all(&chunk)?;
            chunk.clear();
        }
        if end.is_some_and(|end| tail.is_read_to(end)) {
            break;
        }
        let next = block_on(async {
            tokio::select! {
                biased;
                next = tail.next(&everything) => Some(next),
                mark = &mut stopped, if end.is_none() => {
                    end = match mark {
                        Ok(mark) => mark,
                        // The recorder was dropped.
                        Err(_) => journal.mark().await.ok(),
                    };
                    end = end.or(Some(Mark::START));
                    None
                }
            }
        });
        match next {
            None => {}
            Some(Ok(Some(entry))) if end.is_some_and(|end| entry.seq >= end.seq()) => break,
            Some(Ok(Some(entry))) => writer.entry(&entry, &mut chunk),
            Some(Ok(None)) => break,
            Some(Err(error)) => {
                // What the journal forgot before the beginning is not missing.
                let more = error.missed().filter(|_| !writer.is_before()).unwrap_or_default();
                if more > 0 {
                    missed += more;
                    Writer::missed(more, &mut chunk);
                }
            }
        }
    }
    writer.begin(&mut chunk);
    file.write_all(&chunk)?;
    Ok(missed)
}

impl Play {
    /// Plays it to the broker at this URL, `mqtt://HOST:PORT` or `mqtts://HOST:PORT`: clients connect, subscribe, publish and
    /// leave as the recorded ones did, with their identifiers, versions and wills. It goes on also if the answer is dropped.
    ///
    /// # Errors
    /// The URL is wrong. What a client could not do is told in [`Played::notes`].
    ///
    /// ```
    /// use broker::recording::{Recording, Speed};
    ///
    /// let text = r#"{"client_id":"lamp","topic":"home/lamp","payload":"on","qos":1}"#;
    /// let broker = broker::Broker::start().wait()?;
    /// let play = Recording::read(text.as_bytes())?.play().speed(Speed::Max);
    /// let played = play.to(&broker.url()).wait()?;
    /// assert_eq!((played.messages, played.acknowledged), (1, 1));
    /// broker.expect(broker::expect::publish("home/lamp").from("lamp")).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to(self, url: &str) -> Answer<Played> {
        let settings = settings::Upstream {
            url: url.to_owned(),
            ..settings::Upstream::default()
        };
        self.against(settings)
    }

    /// The same, with all that can be said of a broker elsewhere: a CA to trust, time-outs.
    pub(crate) fn against(self, settings: settings::Upstream) -> Answer<Played> {
        if let Err(what) = settings::UpstreamUrl::parse(&settings.url) {
            let what = format!("the URL {what}");
            return Answer::ready(Err(Kind::Play(what).into()));
        }
        let (answer, answered) = oneshot::channel();
        let spawned = std::thread::Builder::new()
            .name("play".to_owned())
            .spawn(move || drop(answer.send(run(&self, &settings))));
        if let Err(error) = spawned {
            return Answer::ready(Err(Kind::Play(error.to_string()).into()));
        }
        Answer::of(answered, |result| result.map_err(|what| Kind::Play(what).into()))
    }
}

/// Plays it in this thread.
fn run(play: &Play, settings: &settings::Upstream) -> Result<Played, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let upstream = Upstream::new(settings)?;
    let dial: Dial<'_> = &|| {
        Box::pin(async {
            // A client that could not connect keeps no other one from trying.
            let mut last = String::new();
            for wait in [0, 150, 600] {
                tokio::time::sleep(Duration::from_millis(wait)).await;
                match upstream.connect().await {
                    Ok(stream) => return Ok(Box::new(stream) as Box<_>),
                    Err(why) => last = why,
                }
            }
            Err(format!("{}: {last}", upstream.url))
        })
    };
    let local = tokio::task::LocalSet::new();
    Ok(local.block_on(&runtime, play_to(play, dial)))
}
