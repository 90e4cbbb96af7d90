//! [`Stubs`]: what a recording becomes: stubs that answer as its clients did.

mod find;
#[cfg(test)]
mod tests;
mod toml;

use super::read::Recording;

/// Stubs made of a recording, as the text of a TOML file.
///
/// ```
/// use broker::recording::Recording;
///
/// let text = "{\"at_secs\":1,\"client_id\":\"app\",\"topic\":\"ask\",\"payload\":\"how\",\"properties\":{\"response_topic\":\"app/in\"}}\n\
///             {\"at_secs\":1.25,\"client_id\":\"lamp\",\"topic\":\"app/in\",\"payload\":\"well\"}\n";
/// let stubs = Recording::read(text.as_bytes())?.stubs();
/// assert_eq!(stubs.count, 1);
/// assert!(stubs.toml.contains("[[stub]]") && stubs.toml.contains("delay = 250"), "{}", stubs.toml);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stubs {
    /// Tables `[[stub]]`, for a settings file or a script.
    pub toml: String,
    /// How many stubs there are.
    pub count: usize,
    /// What was not made a stub, in words.
    pub notes: Vec<String>,
}

impl Recording {
    /// Makes stubs of it, which answer in place of all its clients. Three things become stubs:
    ///
    /// - a message with a Response Topic, and the message that another client published there;
    /// - a message that a client got, and what that client published then within five seconds: a command and its answer;
    /// - messages that a client published at regular times: telemetry.
    ///
    /// ```no_run
    /// use broker::recording::Recording;
    ///
    /// print!("{}", Recording::open("run.jsonl")?.stubs().toml);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn stubs(&self) -> Stubs {
        self.stubs_of(&[])
    }

    /// The same in place of these clients alone; `*` stands for any characters.
    ///
    /// ```
    /// use broker::recording::Recording;
    ///
    /// let stubs = Recording::default().stubs_of(&["lamp*"]);
    /// assert_eq!(stubs.count, 0);
    /// ```
    pub fn stubs_of(&self, clients: &[&str]) -> Stubs {
        let found = find::find(self, clients);
        Stubs {
            toml: toml::text(self, &found),
            count: found.answers.len() + found.series.len(),
            notes: found.notes,
        }
    }
}
