//! Whether messages would go round without end, if both brokers of a bridge were the same.

use crate::topics::Topics;

/// With more lines than this it is not looked for.
const MOST_LINES: usize = 200;

/// A line in one direction: which topics it takes, and which it makes of them.
struct Way<'a> {
    takes: &'a str,
    makes: &'a str,
    out: bool,
    nth: usize,
}

impl Topics {
    /// A line on a circle: what it makes of a message is taken by a line, and so on, until it is taken by this one again. In the
    /// words of a sentence.
    pub(crate) fn goes_round(&self) -> Option<String> {
        if self.rules.len() > MOST_LINES {
            return Some(format!("one of its {} lines may", self.rules.len()));
        }
        let mut ways = Vec::new();
        for (nth, known) in self.rules.iter().enumerate() {
            let (here, there) = (&*known.local, &*known.remote);
            if known.rule.direction.goes_out() {
                ways.push(Way {
                    takes: here,
                    makes: there,
                    out: true,
                    nth,
                });
            }
            if known.rule.direction.comes_in() {
                ways.push(Way {
                    takes: there,
                    makes: here,
                    out: false,
                    nth,
                });
            }
        }
        // What came in is published by the client here, which does not get its own. So nothing that came in goes out.
        let leads = |from: &Way<'_>, to: &Way<'_>| from.out == to.out && overlap(from.makes, to.takes);
        // Ways that nothing leads to, or that lead nowhere, are on no circle; without them, others are not, either.
        loop {
            let before = ways.len();
            let is_between = |way: &Way<'_>| {
                ways.iter().any(|from| leads(from, way)) && ways.iter().any(|to| leads(way, to))
            };
            let keep: Vec<bool> = ways.iter().map(is_between).collect();
            let mut keep = keep.into_iter();
            ways.retain(|_| keep.next() == Some(true));
            if ways.len() == before {
                break;
            }
        }
        let rule = &self.rules.get(ways.first()?.nth)?.rule;
        Some(format!("its line \"{rule}\" would"))
    }
}

/// Whether there is a topic that both filters select.
fn overlap(one: &str, other: &str) -> bool {
    let is_hidden = |wide: &str, narrow: &str| wide.starts_with(['+', '#']) && narrow.starts_with('$');
    if is_hidden(one, other) || is_hidden(other, one) {
        return false;
    }
    let (mut one, mut other) = (one.split('/'), other.split('/'));
    loop {
        match (one.next(), other.next()) {
            (None, None) | (Some("#"), _) | (_, Some("#")) => return true,
            (Some("+"), Some(_)) | (Some(_), Some("+")) => {}
            (Some(level), Some(same)) if level == same => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use broker_core::wire::QoS;

    use super::*;
    use crate::topics::{Direction, Rule};

    fn goes_round(lines: &[(&str, Direction, &str, &str)]) -> Option<String> {
        let rule = |(pattern, direction, local, remote): &(&str, Direction, &str, &str)| {
            Rule::new(*pattern, *direction, QoS::AtLeastOnce).prefixes(*local, *remote)
        };
        Topics::new(lines.iter().map(rule).collect()).goes_round()
    }

    #[test]
    fn filters_overlap_where_a_topic_fits_both() {
        for (one, other, expected) in [
            ("a", "a", true),
            ("a", "b", false),
            ("a/#", "a", true),
            ("a/#", "b/#", false),
            ("+/b", "a/+", true),
            ("+/b", "a/c", false),
            ("a/+", "a", false),
            ("#", "$SYS/x", false),
            ("$SYS/#", "$SYS/x", true),
            ("+/+/c", "a/#", true),
        ] {
            assert_eq!(overlap(one, other), expected, "{one} {other}");
            assert_eq!(overlap(other, one), expected, "{other} {one}");
        }
    }

    #[test]
    fn a_line_goes_round_where_it_takes_what_it_makes() {
        use Direction::{Both, In, Out};
        for direction in [In, Out, Both] {
            let round = goes_round(&[("x/#", direction, "", "")]).expect("it takes what it makes");
            assert!(round.starts_with("its line \"x/# "), "{round}");
            assert_eq!(goes_round(&[("#", direction, "a/", "b/")]), None, "other topics");
            assert!(
                goes_round(&[("#", direction, "", "a/")]).is_some(),
                "longer each time"
            );
        }
        // Over two lines, and over three.
        let two = [("#", Out, "a/", "b/"), ("#", Out, "b/", "a/")];
        assert!(goes_round(&two).is_some_and(|it| it == "its line \"# out 1 a/ b/\" would"));
        let three = [
            ("#", Out, "in/", "a/"),
            ("#", Out, "a/", "b/"),
            ("#", Out, "b/", "c/"),
            ("#", Out, "c/", "a/"),
        ];
        assert!(
            goes_round(&three).is_some_and(|it| it.contains("# out 1 a/ b/")),
            "not the one that only leads there"
        );
        assert_eq!(goes_round(&three[..3]), None);
        // What came in is no news to the client here.
        let back = [("#", Out, "a/", "b/"), ("#", In, "a/", "b/")];
        assert_eq!(goes_round(&back), None);
        let through = [
            ("#", Out, "a/", "b/"),
            ("#", In, "c/", "b/"),
            ("#", Out, "c/", "a/"),
        ];
        assert_eq!(goes_round(&through), None);
        let many = vec![("x", Out, "a/", "b/"); MOST_LINES + 1];
        assert!(goes_round(&many).is_some_and(|it| it == "one of its 201 lines may"));
    }
}
