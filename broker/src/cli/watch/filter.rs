//! [`Filter`]: which rows are shown: words that all have to fit, families that are hidden, and, where there is too much to follow,
//! a sample.

use super::row::{Family, Marks, Row};
use super::word::{Word, words};
use crate::time::Time;

/// So many rows a second can be followed on a terminal; above that one in so many is shown.
const FOLLOWED_PER_SEC: u64 = 100;
/// The longest query.
const MOST_CHARS: usize = 200;

#[derive(Debug, Default)]
pub(super) struct Filter {
    pub query: String,
    words: Vec<Word>,
    hidden: [bool; Family::ALL.len()],
    /// One row in so many is shown; 0 and 1 mean all.
    every: u64,
    came: u64,
    since: Time,
}

impl Filter {
    /// Takes another query.
    pub fn ask(&mut self, query: String) {
        self.words = words(&query);
        self.query = query;
    }

    pub fn push(&mut self, character: char) {
        if !settings::text::is_unseen(character) && self.query.chars().count() < MOST_CHARS {
            self.ask(format!("{}{character}", self.query));
        }
    }

    /// Takes back a character.
    pub fn pop(&mut self) {
        let mut query = std::mem::take(&mut self.query);
        query.pop();
        self.ask(query);
    }

    /// Takes back a word, with the spaces behind it.
    pub fn pop_word(&mut self) {
        let kept = self.query.trim_end();
        let kept = kept.trim_end_matches(|one: char| !one.is_whitespace());
        self.ask(kept.to_owned());
    }

    /// What is wrong with a word that no row can fit, and what would be right.
    pub fn wrong(&self) -> Option<String> {
        self.words.iter().find_map(Word::wrong)
    }

    /// Whether the words ask for this client.
    pub fn asks(&self, name: &str) -> bool {
        let mut asked = self.words.iter().filter_map(|word| word.asks(name)).peekable();
        asked.peek().is_some() && asked.all(|is_asked| is_asked)
    }

    /// Hides a family, or shows it again.
    pub fn toggle(&mut self, family: usize) {
        if let Some(is_hidden) = self.hidden.get_mut(family) {
            *is_hidden = !*is_hidden;
        }
    }

    pub fn hides(&self, family: Family) -> bool {
        self.hidden[family as usize]
    }

    /// Whether everything is shown.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.hidden == [false; Family::ALL.len()]
    }

    /// One row in so many is shown.
    pub fn every(&self) -> u64 {
        self.every.max(1)
    }

    /// Counts what came, and says how much of it can be followed.
    pub fn pace(&mut self, came: u64, now: Time) {
        self.came += came;
        let took = now.saturating_since(self.since);
        if took.as_millis() < 500 {
            return;
        }
        let per_sec = u128::from(self.came) * 1_000 / took.as_millis();
        let per_sec = u64::try_from(per_sec).unwrap_or(u64::MAX);
        self.every = if per_sec > FOLLOWED_PER_SEC * 5 / 4 {
            per_sec.div_ceil(FOLLOWED_PER_SEC)
        } else {
            1
        };
        self.came = 0;
        self.since = now;
    }

    pub fn shows(&self, row: &Row) -> bool {
        if row.is(Marks::HIDDEN) {
            return false;
        }
        // Of a family that is hidden trouble is still shown.
        let is_trouble = row.is(Marks::TROUBLE) && !self.hides(Family::Trouble);
        if self.hides(row.family()) && !is_trouble {
            return false;
        }
        self.words.iter().all(|word| word.fits(row))
    }

    /// Whether it is in the sample. A message and its handshake are in it together, and trouble always is.
    pub fn samples(&self, n: u64, row: &Row) -> bool {
        if self.every() == 1 || row.is(Marks::TROUBLE) || row.who.is_empty() {
            return true;
        }
        let whole = if row.exchange > 0 {
            row.exchange
        } else {
            row.root.unwrap_or(n)
        };
        whole % self.every() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::watch::row::Kind;
    use crate::wire::PacketType;

    fn row(kind: Kind, who: &str, topic: Option<&str>, id: u16) -> Row {
        Row {
            seq: 1,
            at: Time::ZERO,
            kind,
            marks: Marks::default(),
            qos: 0,
            id,
            who: who.into(),
            topic: topic.map(Into::into),
            text: r#""Hello""#.into(),
            note: None,
            exchange: 0,
            root: None,
        }
    }

    fn shows(query: &str, row: &Row) -> bool {
        let mut filter = Filter::default();
        filter.ask(query.to_owned());
        filter.shows(row)
    }

    #[test]
    fn every_word_has_to_fit() {
        let publish = row(
            Kind::Packet(PacketType::Publish),
            "Lamp-1",
            Some("home/lamp/state"),
            7,
        );
        for query in [
            "",
            "client:lamp",
            "topic:home/+/state",
            "topic:#",
            "type:pub",
            "type:subscribe,publish",
            "id:7",
            "hello",
            "text:hello",
            "client:lamp id:7 home/",
            // A word that is being typed.
            "client:",
        ] {
            assert!(shows(query, &publish), "{query:?}");
        }
        for query in [
            "client:foo",
            "topic:home/state",
            "topic:HOME/#",
            "type:puback",
            "id:77",
            "client:lamp id:8",
            "text:lost",
        ] {
            assert!(!shows(query, &publish), "{query:?}");
        }
        let ack = row(Kind::Packet(PacketType::PubAck), "lamp", None, 0);
        assert!(!shows("topic:#", &ack) && !shows("id:0", &ack));
    }

    #[test]
    fn in_quotes_a_name_is_exact_and_may_hold_spaces() {
        let publish = Kind::Packet(PacketType::Publish);
        let lamp = row(publish, "my lamp", Some("living room/lamp 1"), 7);
        for query in [
            r#"client:"my lamp""#,
            r#"topic:"living room/lamp 1" id:7"#,
            r#"client:"my lamp"id:7"#,
            // One that is being typed.
            r#"client:"my la"#,
            r#"topic:"living r"#,
            r#"topic:""#,
        ] {
            assert!(shows(query, &lamp), "{query:?}");
        }
        for query in [
            r#"client:"my""#,
            r#"client:"My lamp""#,
            r#"topic:"living room/+""#,
            r#"client:"my lamp" id:8"#,
        ] {
            assert!(!shows(query, &lamp), "{query:?}");
        }
        let foo10 = row(publish, "foo10", Some("a"), 0);
        assert!(shows("client:foo1", &foo10) && !shows(r#"client:"foo1""#, &foo10));
        let quotes = row(publish, r#"a "b" c"#, Some("a"), 0);
        let query = format!("client:{}", crate::cli::watch::word::exact(&quotes.who));
        assert!(shows(&query, &quotes) && !shows(&query, &lamp), "{query}");
    }

    #[test]
    fn a_wrong_word_is_said_with_what_would_be_right() {
        let mut filter = Filter::default();
        for (query, said) in [
            ("type:foo", "type:publish"),
            ("type:publish,foo", "type:publish"),
            ("id:abc", "from 1 to 65535"),
            ("id:0", "from 1 to 65535"),
            ("topic:temp/#/x", "topic:home/+/state"),
        ] {
            filter.ask(query.to_owned());
            let wrong = filter.wrong().unwrap_or_default();
            assert!(wrong.contains(said), "{query}: {wrong}");
        }
        let right = r#"type:pub,dropped id:7 topic:a/+ topic:"a/#/b" client:x y"#;
        filter.ask(right.to_owned());
        assert_eq!(filter.wrong(), None);
    }

    #[test]
    fn a_word_is_taken_back_at_once() {
        let mut filter = Filter::default();
        filter.ask("client:a id:7  ".to_owned());
        filter.pop_word();
        assert_eq!(filter.query, "client:a ");
        filter.pop_word();
        assert_eq!(filter.query, "");
    }

    #[test]
    fn trouble_is_shown_although_its_family_is_hidden() {
        let mut ack = row(Kind::Packet(PacketType::PubAck), "lamp", None, 7);
        let mut filter = Filter::default();
        filter.toggle(1);
        assert!(!filter.shows(&ack) && !filter.is_empty());
        ack.marks.set(Marks::TROUBLE);
        assert!(filter.shows(&ack));
        filter.toggle(5);
        assert!(!filter.shows(&ack));
    }

    #[test]
    fn a_sample_keeps_trouble_and_whole_exchanges() {
        let mut filter = Filter::default();
        filter.pace(10_000, Time::from_secs(1));
        assert_eq!(filter.every(), 100);
        let mut one = row(Kind::Packet(PacketType::Publish), "lamp", Some("a"), 7);
        assert!(!filter.samples(150, &one) && filter.samples(300, &one));
        one.exchange = 200;
        assert!(filter.samples(150, &one));
        one.exchange = 201;
        assert!(!filter.samples(300, &one));
        one.marks.set(Marks::TROUBLE);
        assert!(filter.samples(150, &one));
        // Little comes: all is shown again.
        filter.pace(100, Time::from_secs(2));
        assert_eq!(filter.every(), 1);
    }
}
