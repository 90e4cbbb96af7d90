//! What in a recording is a question with its answer, and what comes at regular times.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use crate::recording::line::What;
use crate::recording::message::Message;
use crate::recording::play::glob;
use crate::recording::read::Recording;

/// How long an answer may take: to a question that names where to answer, and to one that does not.
const ANSWER: Duration = Duration::from_secs(60);
const REACTION: Duration = Duration::from_secs(5);
/// So many messages at least make a series.
const LEAST_SERIES: usize = 3;
/// So many messages of a series, or answers to the same question, are told one after the other; then they begin again.
const MOST_IN_TURN: usize = 100;
/// Of questions without an answer so many are remembered.
const MAX_OPEN: usize = 10_000;

/// All that was found.
#[derive(Debug, Default)]
pub(super) struct Found<'a> {
    pub answers: Vec<Answers<'a>>,
    pub series: Vec<Series<'a>>,
    pub notes: Vec<String>,
}

/// A question, and its answers in the order in which they came.
#[derive(Debug)]
pub(super) struct Answers<'a> {
    /// Who answered.
    pub client_id: &'a str,
    pub topic: &'a str,
    /// The payload that the question must have, where it matters.
    pub payload: Option<&'a [u8]>,
    /// The question names the topic of its answer.
    pub is_reply: bool,
    pub all: Vec<Answer<'a>>,
}

#[derive(Debug, Clone)]
pub(super) struct Answer<'a> {
    pub message: &'a Message,
    pub delay: Duration,
}

/// Messages that came at regular times.
#[derive(Debug)]
pub(super) struct Series<'a> {
    pub client_id: &'a str,
    pub topic: &'a str,
    pub every: Duration,
    pub messages: Vec<&'a Message>,
}

/// A message that a client published.
#[derive(Clone, Copy)]
struct Said<'a> {
    at: Duration,
    client_id: &'a str,
    message: &'a Message,
}

/// A question that a client got, and may answer.
struct Open<'a> {
    question: &'a Message,
    /// Who asked, if that is known.
    at: Duration,
}

struct Pair<'a> {
    question: &'a Message,
    is_reply: bool,
    answer: Said<'a>,
    delay: Duration,
}

pub(super) fn find<'a>(recording: &'a Recording, clients: &[&str]) -> Found<'a> {
    let takes =
        |client_id: &str| clients.is_empty() || clients.iter().any(|pattern| glob(pattern, client_id));
    let mut found = Found::default();
    let (mut said, mut pairs) = (Vec::new(), Vec::new());
    let mut answered: HashSet<*const Message> = HashSet::new();
    // Questions that name where to answer, by that topic; and the latest message that each client got.
    let mut asked: HashMap<&str, Vec<Said<'_>>> = HashMap::new();
    let mut got: HashMap<&str, Open<'_>> = HashMap::new();
    for step in &recording.steps {
        let client_id = step.client_id.as_str();
        match &step.what {
            What::Delivery { message, .. } if !message.retain && message.omitted_bytes.is_none() => {
                got.insert(
                    client_id,
                    Open {
                        question: message,
                        at: step.at,
                    },
                );
            }
            What::Message(message) if !message.dup && message.omitted_bytes.is_none() => {
                let answer = Said {
                    at: step.at,
                    client_id,
                    message,
                };
                said.push(answer);
                if let Some(topic) = &message.properties.response_topic
                    && asked.len() < MAX_OPEN
                {
                    asked.entry(topic).or_default().push(answer);
                }
                let question = asked
                    .get_mut(message.topic.as_str())
                    .and_then(|open| replied(open, &answer));
                let pair = match question {
                    Some(question) => Some(Pair {
                        question: question.message,
                        is_reply: true,
                        answer,
                        delay: step.at.saturating_sub(question.at),
                    }),
                    None => reaction(&got, answer),
                };
                if let Some(pair) = pair
                    && takes(client_id)
                {
                    answered.insert(&raw const **message);
                    pairs.push(pair);
                }
            }
            _ => {}
        }
    }
    let questions: HashSet<&str> = pairs.iter().map(|pair| pair.question.topic.as_str()).collect();
    found.answers = group(pairs);
    let rest = said
        .into_iter()
        .filter(|said| takes(said.client_id) && !answered.contains(&(&raw const *said.message)));
    series(rest, &questions, &mut found);
    found
}

/// The question to which this is the answer, by its topic and Correlation Data.
fn replied<'a>(open: &mut Vec<Said<'a>>, answer: &Said<'a>) -> Option<Said<'a>> {
    let data = &answer.message.properties.correlation_data;
    let fits = |question: &Said<'_>| {
        let asked = &question.message.properties.correlation_data;
        question.client_id != answer.client_id
            && (asked.is_none() || asked == data)
            && answer.at.saturating_sub(question.at) <= ANSWER
    };
    let place = open.iter().position(fits)?;
    Some(open.remove(place))
}

/// The message to which this is what its publisher did then.
fn reaction<'a>(got: &HashMap<&str, Open<'a>>, answer: Said<'a>) -> Option<Pair<'a>> {
    let Open { question, at } = got.get(answer.client_id)?;
    let delay = answer.at.saturating_sub(*at);
    // A client that hears itself answers nothing.
    let is_own = question.topic == answer.message.topic;
    (delay <= REACTION && !is_own).then_some(Pair {
        question,
        is_reply: false,
        answer,
        delay,
    })
}

/// One stub for a topic where all questions have the same answer; otherwise one for each payload.
fn group(pairs: Vec<Pair<'_>>) -> Vec<Answers<'_>> {
    let mut by_topic: BTreeMap<(&str, &str, bool), Vec<Pair<'_>>> = BTreeMap::new();
    for pair in pairs {
        let key = (pair.answer.client_id, pair.question.topic.as_str(), pair.is_reply);
        by_topic.entry(key).or_default().push(pair);
    }
    let mut all = Vec::new();
    for ((client_id, topic, is_reply), pairs) in by_topic {
        let same = |pair: &Pair<'_>| {
            pairs
                .first()
                .is_some_and(|first| is_same(first.answer.message, pair.answer.message))
        };
        let is_one = pairs.iter().all(same);
        let mut by_payload: Vec<(Option<&[u8]>, Vec<Answer<'_>>)> = Vec::new();
        for pair in &pairs {
            let payload = (!is_one).then_some(&pair.question.payload[..]);
            let answer = Answer {
                message: pair.answer.message,
                delay: pair.delay,
            };
            match by_payload.iter_mut().find(|(known, _)| *known == payload) {
                Some((_, answers)) if answers.len() >= MOST_IN_TURN => {}
                Some((_, answers)) => answers.push(answer),
                None => by_payload.push((payload, vec![answer])),
            }
        }
        for (payload, mut answers) in by_payload {
            answers.dedup_by(|later, first| is_same(later.message, first.message));
            all.push(Answers {
                client_id,
                topic,
                payload,
                is_reply,
                all: answers,
            });
        }
    }
    all
}

fn is_same(one: &Message, other: &Message) -> bool {
    one.topic == other.topic
        && one.payload == other.payload
        && one.qos == other.qos
        && one.retain == other.retain
}

/// What comes again and again in about the same time.
fn series<'a>(rest: impl Iterator<Item = Said<'a>>, questions: &HashSet<&str>, found: &mut Found<'a>) {
    let mut by_topic: BTreeMap<(&str, &str), Vec<Said<'_>>> = BTreeMap::new();
    for said in rest {
        by_topic
            .entry((said.client_id, said.message.topic.as_str()))
            .or_default()
            .push(said);
    }
    for ((client_id, topic), all) in by_topic {
        let mut pauses: Vec<Duration> = all
            .windows(2)
            .filter_map(|pair| Some(pair.get(1)?.at.saturating_sub(pair.first()?.at)))
            .collect();
        pauses.sort_unstable();
        let every = pauses.get(pauses.len() / 2).copied().unwrap_or_default();
        let is_near = |pause: &&Duration| pause.abs_diff(every) <= every / 5 + Duration::from_millis(5);
        let near = pauses.iter().filter(is_near).count();
        if all.len() >= LEAST_SERIES && every >= Duration::from_millis(1) && near * 5 >= pauses.len() * 4 {
            let messages = all.iter().map(|said| said.message).take(MOST_IN_TURN).collect();
            found.series.push(Series {
                client_id,
                topic,
                every,
                messages,
            });
        } else if !questions.contains(topic) {
            let count = all.len();
            let s = if count == 1 { "" } else { "s" };
            found.notes.push(format!(
                "{count} message{s} of {client_id:?} to {topic:?} became no stub: no answer to what it got, and not at regular times"
            ));
        }
    }
}
