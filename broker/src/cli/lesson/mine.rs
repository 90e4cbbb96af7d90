//! [`Mine`]: a lesson that one of several takes on one broker, with a name before every topic and every client identifier.

use std::collections::BTreeSet;

use serde_json::Value;

use super::form::Lesson;

/// Members of patterns and bodies that are client identifiers.
const CLIENTS: [&str; 2] = ["client_id", "client_identifier"];
/// Those that are topics or topic filters.
const TOPICS: [&str; 5] = ["topic_name", "topic_filter", "topic", "filter", "response_topic"];
/// A word behind one of these is a thing, and no client that is called so.
const ARTICLES: [&str; 5] = ["the ", "The ", "a ", "A ", "under "];

/// Whose lesson it is.
#[derive(Debug)]
pub(super) struct Mine<'a> {
    name: &'a str,
    clients: BTreeSet<String>,
    topics: BTreeSet<String>,
    /// Names of rules that the steps make.
    rules: BTreeSet<String>,
}

/// The client identifiers of a lesson.
pub(super) fn clients(lesson: &Lesson) -> BTreeSet<String> {
    let mut mine = Mine::new("");
    mine.learn_all(lesson);
    mine.clients
}

/// The lesson, as `name` takes it.
pub(super) fn lesson(mut lesson: Lesson, name: &str) -> Lesson {
    let mut mine = Mine::new(name);
    mine.learn_all(&lesson);
    for request in &mut lesson.prepare {
        request.say = mine.prose(&request.say);
        if let Some(body) = &mut request.body {
            if let Some(Value::String(rule)) = body.get_mut("name") {
                *rule = format!("{name}: {rule}");
            }
            // Who may do what is one list for all; a lesson writes it so that it holds behind each name.
            if request.path != "acl" {
                mine.put(body);
            }
        }
    }
    for step in &mut lesson.steps {
        step.say = mine.prose(&step.say);
        step.command = step.command.take().map(|command| mine.words(&command));
        step.client = step.client.take().map(|client| format!("{name}-{client}"));
        for (key, value) in &mut step.with.0 {
            mine.member(key, value);
        }
        if let Some(rule) = step.rule().map(|rule| mine.client(rule)) {
            step.with.0["body"]["name"] = Value::String(rule);
        }
    }
    lesson.exercise = mine.prose(&lesson.exercise);
    for check in &mut lesson.checks {
        check.say = mine.prose(&check.say);
        check.hint = mine.prose(&check.hint);
        mine.put(&mut check.expect);
        check.then.iter_mut().for_each(|pattern| mine.put(pattern));
    }
    lesson
}

impl<'a> Mine<'a> {
    fn new(name: &'a str) -> Self {
        Self {
            name,
            clients: BTreeSet::new(),
            topics: BTreeSet::new(),
            rules: BTreeSet::new(),
        }
    }

    fn learn_all(&mut self, lesson: &Lesson) {
        for step in &lesson.steps {
            self.clients.extend(step.client.clone());
            self.learn(&Value::Object(step.with.0.clone()));
            if let Some(rule) = step.rule() {
                self.rules.insert(rule.to_owned());
            }
        }
        for check in &lesson.checks {
            self.learn(&check.expect);
            check.then.iter().for_each(|pattern| self.learn(pattern));
        }
    }

    fn learn(&mut self, value: &Value) {
        for (key, value) in value.as_object().into_iter().flatten() {
            match value {
                Value::String(text) if CLIENTS.contains(&&**key) => _ = self.clients.insert(text.clone()),
                Value::String(text) if TOPICS.contains(&&**key) => _ = self.topics.insert(text.clone()),
                Value::String(text) if key == "rule" => _ = self.rules.insert(text.clone()),
                _ => self.learn(value),
            }
        }
    }

    fn client(&self, text: &str) -> String {
        format!("{}-{text}", self.name)
    }

    fn topic(&self, text: &str) -> String {
        let name = self.name;
        let shared = text.strip_prefix("$share/").and_then(|rest| rest.split_once('/'));
        match shared {
            Some((group, filter)) => format!("$share/{group}/{name}/{filter}"),
            // `$SYS` is one for all.
            None if text.starts_with('$') => text.to_owned(),
            None => format!("{name}/{text}"),
        }
    }

    /// Everywhere below.
    fn put(&self, value: &mut Value) {
        match value {
            Value::Object(members) => members
                .iter_mut()
                .for_each(|(key, value)| self.member(key, value)),
            Value::Array(list) => list.iter_mut().for_each(|value| self.put(value)),
            _ => {}
        }
    }

    fn member(&self, key: &str, value: &mut Value) {
        match value {
            Value::String(text) if CLIENTS.contains(&key) || key == "rule" => *text = self.client(text),
            Value::String(text) if TOPICS.contains(&key) => *text = self.topic(text),
            other => self.put(other),
        }
    }

    /// A command: each word that is one of the names.
    fn words(&self, text: &str) -> String {
        Self::each_word(text, |word, before| {
            let is_rule = self.rules.contains(word) && before.ends_with("name=");
            if is_rule || self.clients.contains(word) {
                Some(self.client(word))
            } else {
                self.is_topic(word).then(|| self.topic(word))
            }
        })
    }

    /// A sentence: topics everywhere, clients where they are no things, names of rules where they are marked as such.
    fn prose(&self, text: &str) -> String {
        let text = self.commands(text);
        Self::each_word(&text, |word, before| {
            let marks = ["`", "name=", "fault remove "];
            let is_rule = self.rules.contains(word) && marks.iter().any(|mark| before.ends_with(mark));
            let is_client =
                self.clients.contains(word) && !ARTICLES.iter().any(|article| before.ends_with(article));
            if is_rule || is_client {
                Some(self.client(word))
            } else {
                self.is_topic(word).then(|| self.topic(word))
            }
        })
    }

    /// `broker lesson 2` becomes that of this name: without it the lesson would reset the broker of all.
    fn commands(&self, text: &str) -> String {
        let parts = text
            .split('`')
            .map(|part| match part.strip_prefix("broker lesson ") {
                Some(number) if number.parse::<usize>().is_ok() => format!("{part} --as {}", self.name),
                _ => part.to_owned(),
            });
        parts.collect::<Vec<_>>().join("`")
    }

    fn is_topic(&self, word: &str) -> bool {
        self.topics.contains(word) && word.contains(['/', '#', '+'])
    }

    /// The text with words replaced; `with` is given a word and what stands before it.
    fn each_word(text: &str, with: impl Fn(&str, &str) -> Option<String>) -> String {
        let is_part = |character: char| character.is_alphanumeric() || "_/+#$-".contains(character);
        let (mut done, mut rest) = (String::new(), text);
        while let Some(first) = rest.chars().next() {
            let end = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
            let end = if end == 0 { first.len_utf8() } else { end };
            let (word, behind) = rest.split_at(end);
            match with(word, &text[..text.len() - rest.len()]) {
                Some(other) => done.push_str(&other),
                None => done.push_str(word),
            }
            rest = behind;
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_topic_and_client_gets_the_name() {
        let text = r#"
title = "t"
goal = "g"
minutes = 1
needs = "tab"
exercise = "The client `door` opens the door on house/door."
[[prepare]]
say = "The PUBREL of foo2 is lost, and the door is shut"
method = "POST"
path = "faults"
body = { name = "lost", when = { client_id = "foo2" } }
[[prepare]]
say = "Ann may do everything"
method = "PUT"
path = "acl"
body = { acl = [{ user = "ann", topic = "+/test/#" }] }
[[step]]
say = "foo1 listens"
command = "subscriber -i foo1 -t 'test/#' -t $share/g/test/topic -q 1"
client = "foo1"
action = "subscribe"
topic_filter = "test/#"
[[step]]
say = "s"
client = "foo1"
action = "subscribe"
topic_filter = "$share/g/test/topic"
[[step]]
say = "s"
command = """broker ctl fault add name=lost 'when={"client_id":"foo2"}'"""
action = "request"
method = "POST"
path = "faults"
body = { name = "lost", when = { client_id = "foo2" } }
[[check]]
say = "`lost` has lost a PUBLISH"
hint = "publisher -i door -t house/door; `broker lesson 2` anew begins again, and so does broker ctl fault remove lost"
expect = { packet = "PUBLISH", client_id = "door", topic_name = "house/door" }
"#;
        let lesson = lesson(Lesson::parse(text).expect("it is good"), "ana");
        assert_eq!(
            lesson.steps[0].command.as_deref(),
            Some("subscriber -i ana-foo1 -t 'ana/test/#' -t $share/g/ana/test/topic -q 1")
        );
        assert_eq!(lesson.steps[0].with.0["topic_filter"], "ana/test/#");
        assert_eq!(lesson.steps[0].say, "ana-foo1 listens");
        assert_eq!(
            lesson.steps[2].command.as_deref(),
            Some(r#"broker ctl fault add name=ana-lost 'when={"client_id":"ana-foo2"}'"#)
        );
        assert_eq!(
            lesson.steps[2].with.0["body"],
            json!({"name": "ana-lost", "when": {"client_id": "ana-foo2"}})
        );
        assert_eq!(lesson.checks[0].say, "`ana-lost` has lost a PUBLISH");
        assert_eq!(
            lesson.exercise,
            "The client `ana-door` opens the door on ana/house/door."
        );
        assert_eq!(
            lesson.checks[0].hint,
            "publisher -i ana-door -t ana/house/door; `broker lesson 2 --as ana` anew begins again, and so does broker ctl fault remove \
             ana-lost"
        );
        assert_eq!(
            lesson.checks[0].expect,
            json!({"packet": "PUBLISH", "client_id": "ana-door", "topic_name": "ana/house/door"})
        );
        assert_eq!(
            lesson.prepare[0].say,
            "The PUBREL of ana-foo2 is lost, and the door is shut"
        );
        assert_eq!(
            lesson.prepare[1].body,
            Some(json!({"acl": [{"user": "ann", "topic": "+/test/#"}]}))
        );
        assert_eq!(
            lesson.prepare[0].body,
            Some(json!({"name": "ana: lost", "when": {"client_id": "ana-foo2"}}))
        );
    }
}
