//! Raw flags → a checked [`Plan`].

use std::time::Duration;

use client::packet::{Filter, QoS, RetainForwardRule, SubscribeProperties, UnsubscribeProperties};
use client::{Connection, Kind, UsageError, parse_number, parse_qos, validate_filter};

use crate::flags::Flags;

/// What to subscribe to, and when to end.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The connection to make.
    pub connection: Connection,
    /// Filters to subscribe to, with their options.
    pub filters: Vec<Filter>,
    /// Filters to unsubscribe from. Not set by default.
    pub unsubscribe: Vec<String>,
    /// Properties of SUBSCRIBE; version 5 only. Not set by default.
    pub subscribe_properties: Option<SubscribeProperties>,
    /// Properties of UNSUBSCRIBE; version 5 only. Not set by default.
    pub unsubscribe_properties: Option<UnsubscribeProperties>,
    /// The chance that a message is handed on, of 10,000. Default 10,000.
    pub chance: u32,
    /// Messages whose topic matches one of these are left out. Not set by default.
    pub filter_out: Vec<String>,
    /// Leave out retained messages. Default false.
    pub no_retain: bool,
    /// Only retained messages; end at the first other one. Default false.
    pub retained_only: bool,
    /// Clear each retained message that arrives from the broker. Default false.
    pub remove_retained: bool,
    /// End after this many messages. Default never.
    pub count: Option<u64>,
    /// End after this long, with [`Error::TimedOut`](crate::Error::TimedOut). Default never.
    pub timeout: Option<Duration>,
    /// End once SUBACK has come. Default false.
    pub exit_after_subscribe: bool,
    /// End this long after SUBACK, with [`End::TimeUp`](crate::End::TimeUp); connecting and subscribing may take as long
    /// before that. Default never.
    pub within: Option<Duration>,
    /// Make a lost connection again. Default true.
    pub reconnect: bool,
}

impl Plan {
    /// These filters at QoS 0, for ever.
    pub fn new<F: Into<String>>(connection: Connection, filters: impl IntoIterator<Item = F>) -> Self {
        Self {
            connection,
            filters: filters
                .into_iter()
                .map(|filter| Filter::new(filter, QoS::AtMostOnce))
                .collect(),
            unsubscribe: Vec::new(),
            subscribe_properties: None,
            unsubscribe_properties: None,
            chance: 10_000,
            filter_out: Vec::new(),
            no_retain: false,
            retained_only: false,
            remove_retained: false,
            count: None,
            timeout: None,
            exit_after_subscribe: false,
            within: None,
            reconnect: true,
        }
    }

    /// The plan that `flags` ask for; `environment` looks up a variable.
    ///
    /// # Errors
    /// The first flag that is wrong or missing, with what would be right.
    pub fn from_flags(
        flags: &Flags,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, UsageError> {
        let (connection, properties, url_topic) =
            Connection::from_flags(Kind::Subscriber, &flags.connection, environment)?;
        let expected = flags
            .expect
            .expect
            .clone()
            .filter(|filter| !flags.topic.contains(filter));
        let filters = flags.topic.iter().cloned().chain(url_topic);
        let mut plan = Self::new(connection, filters.chain(expected));
        for filter in plan
            .filters
            .iter()
            .map(|filter| &filter.path)
            .chain(&flags.unsubscribe)
        {
            validate_filter(filter)?;
        }
        for filter in &flags.filter_out {
            validate_filter(filter).map_err(|error| UsageError(format!("-T: {error}")))?;
        }
        if plan.filters.is_empty() && flags.unsubscribe.is_empty() {
            return Err(UsageError::new(
                "You must specify a topic to subscribe to: -t FILTER.",
            ));
        }
        // To expect a QoS, one must not lower it.
        let default = if flags.expect.expect.is_some() {
            QoS::ExactlyOnce
        } else {
            QoS::AtMostOnce
        };
        let qos = flags
            .qos
            .as_deref()
            .map_or(Ok(default), |text| parse_qos("-q", text))?;
        let rule = match flags.retain_handling.as_deref() {
            None | Some("always") => RetainForwardRule::OnEverySubscribe,
            Some("new") => RetainForwardRule::OnNewSubscribe,
            Some("never") => RetainForwardRule::Never,
            Some(other) => {
                return Err(UsageError(format!(
                    "--retain-handling: `{other}` is not one of always, new, never"
                )));
            }
        };
        for filter in &mut plan.filters {
            filter.qos = qos;
            filter.preserve_retain = flags.retain_as_published;
            filter.retain_forward_rule = rule.clone();
        }
        if let Some(text) = &flags.random_filter {
            let percent: f64 = text.parse().unwrap_or(f64::NAN);
            if !(0.1..=100.0).contains(&percent) {
                return Err(UsageError::new(
                    "--random-filter chance must be between 0.1-100.0",
                ));
            }
            // Never negative: the range above.
            #[allow(clippy::cast_sign_loss)]
            let chance = (percent * 100.0) as u32;
            plan.chance = chance;
        }
        plan.subscribe_properties = properties.subscribe;
        plan.unsubscribe_properties = properties.unsubscribe;
        plan.unsubscribe.clone_from(&flags.unsubscribe);
        plan.filter_out.clone_from(&flags.filter_out);
        if flags.no_retain && flags.retained_only {
            return Err(UsageError::new(
                "Combining '-R' and '--retained-only' makes no sense.",
            ));
        }
        plan.no_retain = flags.no_retain;
        plan.retained_only = flags.retained_only;
        plan.remove_retained = flags.remove_retained;
        plan.exit_after_subscribe = flags.exit_after_subscribe;
        if let Some(text) = &flags.count {
            plan.count = match parse_number("-C", text, "1 or more")? {
                0 => {
                    return Err(UsageError::new(
                        "-C: Invalid message count \"0\"; it is 1 or more.",
                    ));
                }
                count => Some(count),
            };
        }
        if let Some(text) = &flags.timeout {
            plan.timeout = match parse_number("-W", text, "1 or more")? {
                0_u32 => {
                    return Err(UsageError::new(
                        "-W: Invalid timeout \"0\"; it is 1 second or more.",
                    ));
                }
                seconds => Some(Duration::from_secs(u64::from(seconds))),
            };
        }
        Ok(plan)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn plan(arguments: &[&str]) -> Result<Plan, String> {
        let flags = Flags::try_parse_from([&["subscriber"], arguments].concat())
            .map_err(|error| error.to_string())?;
        Plan::from_flags(&flags, |_| None).map_err(|error| error.to_string())
    }

    #[test]
    fn the_qos_is_for_every_filter() {
        let plan = plan(&["-t", "a", "-q", "1", "-t", "b/#", "-L", "mqtt://h/c"]).unwrap();
        let filters: Vec<_> = plan
            .filters
            .iter()
            .map(|filter| (filter.path.as_str(), filter.qos))
            .collect();
        assert_eq!(
            filters,
            [
                ("a", QoS::AtLeastOnce),
                ("b/#", QoS::AtLeastOnce),
                ("c", QoS::AtLeastOnce)
            ]
        );
    }

    #[test]
    fn ends_are_numbers() {
        let plan = plan(&["-t", "a", "-C", "3", "-W", "7", "-E"]).unwrap();
        assert_eq!(
            (plan.count, plan.timeout),
            (Some(3), Some(Duration::from_secs(7)))
        );
        assert!(plan.exit_after_subscribe);
    }

    #[test]
    fn wrong_flags_say_what_would_be_right() {
        let wrong: &[(&[&str], &str)] = &[
            (&[], "must specify a topic"),
            (&["-t", "a#"], "wildcards correct?"),
            (&["-t", "a", "-U", "+b"], "wildcards correct?"),
            (&["-t", "a", "-T", "b#"], "-T: "),
            (&["-t", "a", "-C", "0"], "1 or more"),
            (&["-t", "a", "-C", "x"], "1 or more"),
            (&["-t", "a", "-W", "0"], "1 second or more"),
            (&["-t", "a", "-R", "--retained-only"], "makes no sense"),
            (&["-t", "a", "-q", "-1"], "it is 0, 1 or 2"),
        ];
        for (arguments, words) in wrong {
            let error = plan(arguments).unwrap_err();
            assert!(error.contains(words), "{arguments:?}: {error}");
        }
    }
}
